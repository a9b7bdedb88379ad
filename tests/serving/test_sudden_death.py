"""The API ends in the middle of its work: nothing acknowledged is lost, nothing is done twice."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg
import pytest
from sqlalchemy import text

from foundation import database
from foundation.embedded_postgres import DATABASE, SUPERUSER, Server
from tests.served import TLS
from tests.serving.conftest import Register
from tests.serving.market import Market, keyed, open_market

pytestmark = [pytest.mark.committing, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
CALLERS, REQUESTS = 6, 48


@contextmanager
def api_process() -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """`sauda api` as a process of its own, answering."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "API_PORT": str(port), "LOG_LEVEL": "ERROR"}
    process = subprocess.Popen([sys.executable, "-m", "sauda", "api"], cwd=ROOT, env=environment)
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 180
        while True:
            try:
                httpx.get(f"{address}/metrics").raise_for_status()
                break
            except httpx.TransportError:
                assert process.poll() is None, "the API ended before it answered"
                assert time.monotonic() < deadline, "the API did not answer within three minutes"
        yield process, address
    finally:
        process.kill()
        process.wait()


def place(address: str, market: Market, key: str) -> str | None:
    """The order's id; None when the answer did not come."""
    try:
        answer = httpx.post(
            f"{address}/api/v1/orders",
            json=market.wish("1"),
            headers=keyed(market.retailer, key),
            timeout=30,
            verify=TLS,
        )
    except httpx.TransportError:
        return None
    assert answer.status_code in (201, 503), answer.text
    return answer.json().get("id")


@pytest.mark.parametrize("acknowledged_before_death", [3, 17])
def test_killed_in_the_middle_of_orders(person: Register, acknowledged_before_death: int):
    market = open_market(person)
    keys = [uuid4().hex for _ in range(REQUESTS)]
    first: dict[str, str] = {}
    with api_process() as (process, address), ThreadPoolExecutor(CALLERS) as callers:

        def try_one(key: str) -> None:
            order_id = place(address, market, key)
            if order_id is not None:
                first[key] = order_id
            if len(first) >= acknowledged_before_death and process.poll() is None:
                process.send_signal(signal.SIGKILL)

        list(callers.map(try_one, keys))
    assert acknowledged_before_death <= len(first) < REQUESTS
    with api_process() as (_, address), ThreadPoolExecutor(CALLERS) as callers:
        second = dict(zip(keys, callers.map(lambda key: place(address, market, key), keys), strict=True))
    assert None not in second.values()
    assert first.items() <= second.items()
    assert len(set(second.values())) == REQUESTS
    with database.read() as session:
        counts = session.execute(
            text("""
                SELECT (SELECT count(*) FROM app.orders WHERE retailer_id = :retailer),
                       (SELECT count(*) FROM app.order_lines WHERE retailer_id = :retailer),
                       (SELECT count(*) FROM app.decisions WHERE retailer_id = :retailer AND kind = 'order'),
                       (SELECT count(*) FROM app.domain_events
                        WHERE payload->>'retailer_id' = :name AND type = 'order-placed'),
                       (SELECT held_paisa FROM app.receivables WHERE business_id = :vendor),
                       (SELECT CAST(reserved AS bigint) FROM app.stock_levels WHERE business_id = :vendor)
            """),
            {"retailer": market.retailer.own, "vendor": market.vendor.own, "name": str(market.retailer.own)},
        ).one()
    assert tuple(counts) == (REQUESTS, REQUESTS, REQUESTS, REQUESTS, REQUESTS * 10_50, REQUESTS)


def test_told_to_stop_it_answers_what_it_began_and_takes_no_more(
    person: Register, migrated: Server, monkeypatch: pytest.MonkeyPatch
):
    # On a busy machine the API takes longer to shut than a request waits for a lock.
    monkeypatch.setenv("DB_LOCK_TIMEOUT_MS", "60000")
    monkeypatch.setenv("DB_STATEMENT_TIMEOUT_MS", "90000")
    market = open_market(person)
    with (
        psycopg.connect(migrated.url(SUPERUSER, DATABASE)) as holding,
        api_process() as (process, address),
        ThreadPoolExecutor(1) as caller,
    ):
        # Somebody holds the account, so the request is at work when the API is told to stop.
        holding.execute("SELECT FROM app.receivables WHERE business_id = %s FOR UPDATE", [market.vendor.own])
        answer = caller.submit(place, address, market, uuid4().hex)
        wait_until_blocked_by(holding.info.backend_pid)
        process.send_signal(signal.SIGTERM)
        wait_until_shut(address)
        holding.rollback()
        order_id = answer.result(timeout=30)
        process.wait(timeout=30)
    assert order_id is not None
    with database.read() as session:
        assert (
            session.execute(text("SELECT count(*) FROM app.orders WHERE id = :id"), {"id": order_id}).scalar()
            == 1
        )


def wait_until_shut(address: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            httpx.get(f"{address}/metrics", timeout=10)
        except httpx.ConnectError:
            return
        assert time.monotonic() < deadline, "the API still takes requests a minute after it was told to stop"


def wait_until_blocked_by(pid: int) -> None:
    question = text("SELECT count(*) FROM pg_stat_activity WHERE :pid = ANY (pg_blocking_pids(pid))")
    deadline = time.monotonic() + 60
    while True:
        with database.read() as session:
            if session.execute(question, {"pid": pid}).scalar_one():
                return
        assert time.monotonic() < deadline, "nobody waited for the account within a minute"

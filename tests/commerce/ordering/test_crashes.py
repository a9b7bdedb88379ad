"""Processes that die and connections that break: no order half made, and an unknown outcome is called one."""

from __future__ import annotations

import os
import random
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.ordering import service as ordering
from foundation.database import read, write
from foundation.embedded_postgres import APP, DATABASE, Server
from foundation.errors import OutcomeUnknown, Unavailable
from foundation.idempotency import RequestKey
from tests.commerce.factories import Market, market
from tests.conftest import forget_connections

pytestmark = pytest.mark.committing

HALF_MADE = text("""
    SELECT count(*) FROM app.orders o WHERE o.vendor_id = :vendor AND (
        (SELECT count(*) FROM app.order_lines line WHERE line.order_id = o.id) <> 2
        OR NOT EXISTS (SELECT FROM app.holds hold WHERE hold.id = o.id AND hold.amount_paisa = o.total_paisa)
        OR NOT EXISTS (SELECT FROM app.order_timeline told WHERE told.order_id = o.id)
        OR NOT EXISTS (SELECT FROM app.decisions decision WHERE decision.order_id = o.id)
        OR NOT EXISTS (SELECT FROM app.domain_events e WHERE e.payload ->> 'order_id' = CAST(o.id AS text)))
""")
ORDERS = text("SELECT count(*) FROM app.orders WHERE vendor_id = :vendor")


def count(statement: object, trade: Market) -> int:
    with read() as session:
        return int(session.execute(statement, {"vendor": trade.vendor_id}).scalar_one())  # type: ignore[call-overload]


@pytest.mark.parametrize("seed", range(4))
def test_a_killed_process_leaves_no_order_half_made(migrated: Server, seed: int) -> None:
    trade = market(on_hand=10**6, limit_paisa=10**12)
    script = Path(__file__).with_name("place_under_test.py")
    arguments = [trade.vendor_id, trade.retailer_id, *trade.products]
    process = subprocess.Popen(
        [sys.executable, str(script), *map(str, arguments)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )
    try:
        assert process.stdout is not None
        process.stdout.readline()
        # Somewhere within one of the next orders, at a moment that the seed draws.
        select.select([], [], [], random.Random(seed).uniform(0.01, 0.15))
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
    made = count(ORDERS, trade)
    assert made >= 1
    assert count(HALF_MADE, trade) == 0
    order_id = trade.place(1, 1)  # nothing is left locked
    assert isinstance(order_id, UUID)
    made = count(ORDERS, trade)
    assert trade.exposure()[1] == made * 2_000
    assert trade.shelf()[1] == made


class Cutter:
    """A proxy before Postgres that cuts the connection at COMMIT: before it arrives, or before its answer."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.cut: str | None = None
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._carry, args=(client,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _carry(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self._port)) as server:
            while True:
                for ready in select.select([client, server], [], [])[0]:
                    data = ready.recv(65536)
                    if not data:
                        return
                    if ready is server:
                        client.sendall(data)
                    elif self.cut and b"COMMIT" in data:
                        if self.cut == "after":
                            server.sendall(data)
                            server.recv(65536)  # the server has committed when it answers
                        return
                    else:
                        server.sendall(data)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(timeout=10)


@pytest.fixture
def cutter(migrated: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cutter]:
    proxy = Cutter(migrated.port)
    address = migrated.url(APP, DATABASE).replace(f":{migrated.port}/", f":{proxy.port}/")
    monkeypatch.setenv("DATABASE_URL", address)
    forget_connections()
    yield proxy
    monkeypatch.delenv("DATABASE_URL")
    forget_connections()
    proxy.close()


@pytest.mark.parametrize(("cut", "committed"), [("before", 0), ("after", 1)])
def test_a_connection_lost_at_commit_is_unknown_and_the_key_tells(
    cutter: Cutter, cut: str, committed: int
) -> None:
    trade = market()
    request = RequestKey.of(trade.retailer_id, trade.retailer_id, "place", "k1", b"body")
    cutter.cut = cut
    with pytest.raises(OutcomeUnknown, match="same Idempotency-Key"):
        trade.place(1, request=request)
    cutter.cut = None
    assert count(ORDERS, trade) == committed
    first = trade.place(1, request=request)
    assert trade.place(1, request=request) == first
    assert count(ORDERS, trade) == 1


def test_a_connection_lost_before_commit_changed_nothing_and_is_replaced(migrated: Server) -> None:
    trade = market()

    def place_and_lose(session: Session) -> None:
        ordering.place(
            session, vendor_id=trade.vendor_id, retailer_id=trade.retailer_id, wishes=trade.wishes(1)
        )
        session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(Unavailable, match="nothing was changed"):
        write(place_and_lose)
    assert count(ORDERS, trade) == 0
    trade.place(1)


def test_connections_that_the_server_ended_meanwhile_are_replaced_unseen(own_world: str) -> None:
    trade = market()
    trade.place(1)

    with psycopg.connect(own_world, autocommit=True) as superuser:
        ended = superuser.execute(
            "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchone()
        assert ended is not None
        assert ended[0] >= 1
    trade.place(1)
    assert count(ORDERS, trade) == 2

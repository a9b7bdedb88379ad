"""`sauda worker` as an operator meets it: it seals, expires, stops tidily, and doctor sees what it leaves."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import time as time_of_day
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import httpx
import psycopg
import pytest
import structlog
from prometheus_client import REGISTRY
from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.customers import service as customers
from commerce.customers.details import Details
from commerce.customers.service import Preferences
from commerce.ordering import service as ordering
from commerce.reminders import service as reminders
from commerce.reminders.service import Wanted
from commerce.stock import queries as stock_queries
from commerce.stock import service as stock
from foundation import clock, database, jobs
from foundation.clock import business_day
from sauda import doctor, worker
from tests.commerce.factories import Market, business, market

pytestmark = pytest.mark.committing

DEADLINE_SECONDS = 60


def wait_for(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"waited {DEADLINE_SECONDS} s for {what}"
        threading.Event().wait(0.02)


def live_workers() -> tuple[str, ...]:
    with database.read() as session:
        return tuple(one.name for one in jobs.live_workers(session))


def test_a_worker_told_to_stop_ends_with_zero_and_gives_its_name_back(own_world: str) -> None:
    process = subprocess.Popen([sys.executable, "-m", "sauda", "worker"], env=dict(os.environ))
    try:
        wait_for(lambda: live_workers() == ("worker-1.v1",), "the worker")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=DEADLINE_SECONDS) == 0
    finally:
        process.kill()
        process.wait()
    wait_for(lambda: live_workers() == (), "the name to be free")


def test_a_worker_says_what_is_due(own_world: str) -> None:
    def write_down(session: Session) -> UUID:
        shop = business(session)
        always = Preferences(heard_from=time_of_day(0), heard_until=time_of_day(23, 59, 59))
        customer_id = customers.add_customer(
            session, business_id=shop, details=Details("Ramesh", phone="9841234567"), preferences=always
        )
        wanted = Wanted("custom", clock.now() + timedelta(seconds=1), customer_id, text="Your ghee has come")
        return reminders.add_reminder(session, business_id=shop, wanted=wanted)

    reminder_id = database.write(write_down)

    def state() -> str:
        with database.read() as session:
            asked = text("SELECT state FROM app.reminders WHERE id = :id")
            return str(session.execute(asked, {"id": reminder_id}).scalar_one())

    process = subprocess.Popen([sys.executable, "-m", "sauda", "worker"], env=dict(os.environ))
    try:
        wait_for(lambda: state() == "sent", "the reminder to be said and carried")
    finally:
        process.kill()
        process.wait()


def test_a_worker_answers_on_its_own_port(own_world: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "sauda", "worker"], env={**os.environ, "WORKER_PORT": str(port)}
    )
    try:
        wait_for(lambda: answers(port), "the port of the worker")
        assert httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False).text == "ok"
        figures = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text
        for line in ("sauda_database_up 1.0", "sauda_workers 1.0", "sauda_jobs_failed 0.0"):
            assert line in figures.splitlines()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=DEADLINE_SECONDS) == 0
    finally:
        process.kill()
        process.wait()


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_every_schedule_runs_on_an_empty_market(own_world: str) -> None:
    names = []
    for schedule in worker.schedules():
        schedule.run()
        names.append(schedule.name)
    assert names == [
        "seal",
        "webhooks",
        "messages",
        "reminders",
        "tax-rates",
        "due",
        "price-alerts",
        "risk",
        "anchor",
        "clear",
    ]


def due_failures(verb: str) -> float:
    return REGISTRY.get_sample_value("sauda_due_failures_total", {"verb": verb}) or 0


def delivered_in_part(trade: Market) -> UUID:
    """An order of a vendor that gives a left-over up at the end of its day."""
    terms = ordering.HandoverTerms(release_days=0)
    database.write(
        lambda session: ordering.set_rules(
            session, vendor_id=trade.vendor_id, rules=ordering.Rules(), handover=terms
        )
    )
    order_id = trade.accepted(2)
    trade.deliver(order_id, {1: Decimal(1)})
    return order_id


def test_one_order_that_cannot_expire_or_be_released_keeps_no_other_from_it(own_world: str) -> None:
    broken, sound = market(), market()
    stuck, lapsed = broken.place(1), sound.place(1)
    kept, released = delivered_in_part(broken), delivered_in_part(sound)
    with psycopg.connect(own_world, autocommit=True) as owner:
        # Less is held than the order would give back: the check of the account refuses that.
        owner.execute("UPDATE app.receivables SET held_paisa = 0 WHERE business_id = %s", [broken.vendor_id])
    before = due_failures("expire"), due_failures("release")
    with clock.at(clock.now() + timedelta(hours=240)), structlog.testing.capture_logs() as told:
        worker.do_what_is_due()
    with database.read() as session:
        rows = session.execute(text("SELECT id, number, order_state FROM app.orders")).all()
    assert {row.id: row.order_state for row in rows} == {
        stuck: "placed",
        lapsed: "expired",
        kept: "accepted",
        released: "completed",
    }
    number_of = {row.id: row.number for row in rows}
    for event, order_id in (("order.not_expired", stuck), ("order.not_released", kept)):
        assert [entry["order"] for entry in told if entry["event"] == event] == [number_of[order_id]]
    assert (due_failures("expire"), due_failures("release")) == (before[0] + 1, before[1] + 1)


def test_one_good_that_cannot_expire_keeps_no_other_from_it(own_world: str) -> None:
    trade = market(on_hand=1)
    today = business_day(clock.now(), "Asia/Kathmandu")

    def take_in(session: database.Session) -> None:
        stock.receive(
            session,
            business_id=trade.vendor_id,
            quantities=dict.fromkeys(trade.products, Decimal(4)),
            batches=[stock.Incoming(product, "B1", Decimal(4), today) for product in trade.products],
        )

    database.write(take_in)
    stuck, sound = trade.products
    with psycopg.connect(own_world, autocommit=True) as owner:
        # Less lies in batches than would expire: the check of the level refuses that.
        owner.execute("UPDATE app.stock_levels SET batched = 3 WHERE product_id = %s", [stuck])
    before = due_failures("expire_goods")
    with clock.at(clock.now() + timedelta(days=1)), structlog.testing.capture_logs() as told:
        worker.do_what_is_due()
    with database.read() as session:
        free = stock_queries.free(session, trade.vendor_id, trade.products)
    assert free == {stuck: 5, sound: 1}
    assert [entry["product"] for entry in told if entry["event"] == "stock.not_expired"] == [str(stuck)]
    assert due_failures("expire_goods") == before + 1


def test_doctor_names_stranded_and_failed_work(own_world: str) -> None:
    assert [finding.seen for finding in doctor.work()] == ["nothing stranded, nothing failed"]

    def plant(session: database.Session) -> None:
        for workflow_id, ending, version in (("left", "PENDING", "0"), ("broken", "ERROR", "1")):
            jobs.enqueue(session, "remind", workflow_id=workflow_id)
            session.execute(
                text(
                    "UPDATE dbos.workflow_status SET status = :status, application_version = :version"
                    " WHERE workflow_uuid = :id"
                ),
                {"status": ending, "version": version, "id": workflow_id},
            )

    database.write(plant)
    stranded, failed = doctor.work()
    assert stranded.verdict is doctor.Verdict.BAD
    assert "remind left" in stranded.seen
    assert "version 0" in stranded.remedy
    assert failed.seen == "1 workflow"

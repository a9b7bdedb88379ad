"""`write`: runs again what Postgres gave up, and translates what cannot be healed."""

from __future__ import annotations

import threading

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from foundation import database
from foundation.database import ATTEMPTS, Busy, read, write
from foundation.embedded_postgres import SUPERUSER, Server
from foundation.errors import Unavailable, VersionMismatch
from tests.conftest import forget_connections

pytestmark = pytest.mark.committing


@pytest.mark.parametrize(("state", "cause"), [("40001", "serialization-failure"), ("40P01", "deadlock")])
def test_work_that_postgres_gave_up_is_run_again_in_a_fresh_session(
    migrated: Server, state: str, cause: str
) -> None:
    sessions: list[Session] = []
    before = database.retries.labels(cause)._value.get()

    def work(session: Session) -> str:
        sessions.append(session)
        if len(sessions) < ATTEMPTS:
            session.execute(text(f"DO $$ BEGIN RAISE EXCEPTION 'given up' USING ERRCODE = '{state}'; END $$"))
        return "done"

    assert write(work) == "done"
    assert len(set(map(id, sessions))) == len(sessions) == ATTEMPTS
    assert database.retries.labels(cause)._value.get() == before + ATTEMPTS - 1


def test_three_times_at_most(migrated: Server) -> None:
    tries = []

    def work(session: Session) -> None:
        tries.append(1)
        session.execute(text("DO $$ BEGIN RAISE EXCEPTION 'given up' USING ERRCODE = '40001'; END $$"))

    with pytest.raises(DBAPIError):
        write(work)
    assert len(tries) == ATTEMPTS


def test_a_real_deadlock_is_healed(own_world: str) -> None:
    with psycopg.connect(own_world, autocommit=True) as owner:
        owner.execute("CREATE TABLE app.two (id int PRIMARY KEY, n int)")
        owner.execute("INSERT INTO app.two VALUES (1, 0), (2, 0)")
        owner.execute("GRANT SELECT, UPDATE ON app.two TO sauda_app")
    database.engine()
    meet = threading.Barrier(2)
    first_time = {1: True, 2: True}

    def add(first: int, second: int) -> None:
        def work(session: Session) -> None:
            session.execute(text("UPDATE app.two SET n = n + 1 WHERE id = :id"), {"id": first})
            if first_time.pop(first, False):
                meet.wait(timeout=30)
            session.execute(text("UPDATE app.two SET n = n + 1 WHERE id = :id"), {"id": second})

        write(work)

    threads = [threading.Thread(target=add, args=pair) for pair in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    with read() as session:
        assert session.execute(text("SELECT n FROM app.two ORDER BY id")).scalars().all() == [2, 2]


def test_a_lock_that_is_not_given_is_busy(migrated: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_LOCK_TIMEOUT_MS", "20")
    forget_connections()
    try:
        with psycopg.connect(migrated.url(SUPERUSER, "sauda")) as other:
            other.execute("LOCK app.orders IN ACCESS EXCLUSIVE MODE")
            with pytest.raises(Busy):
                write(lambda session: session.execute(text("SELECT 1 FROM app.orders")))
    finally:
        monkeypatch.undo()
        forget_connections()


def test_a_read_session_cannot_write(migrated: Server) -> None:
    with pytest.raises(DBAPIError, match="read-only"), read() as session:
        session.execute(text("UPDATE app.orders SET version = version"))


def test_a_pool_that_is_used_up_is_unavailable(migrated: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_POOL_SIZE", "1")
    monkeypatch.setenv("DB_POOL_TIMEOUT_SECONDS", "0.05")
    forget_connections()
    try:
        with read() as session:
            session.execute(text("SELECT 1"))
            with pytest.raises(Unavailable, match="in use"):
                write(lambda _session: None)
    finally:
        monkeypatch.undo()
        forget_connections()


def test_a_value_that_the_driver_cannot_send_is_not_a_lost_connection(migrated: Server) -> None:
    with pytest.raises(DBAPIError, match="NUL"):
        write(lambda session: session.execute(text("SELECT CAST(:value AS text)"), {"value": "a\0b"}))


def test_a_refusal_is_answered_also_when_its_record_cannot_be_kept(migrated: Server) -> None:
    def refuse(_session: Session) -> None:
        refusal = VersionMismatch("no")
        refusal.aftermath = lambda session: session.execute(text("SELECT CAST(10 ^ 30 AS bigint)"))
        raise refusal

    with capture_logs() as lines, pytest.raises(VersionMismatch):
        write(refuse)
    assert [(line["event"], line["sqlstate"]) for line in lines] == [("refusal.not_recorded", "22003")]

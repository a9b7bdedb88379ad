"""Jobs exist exactly if their cause committed, and get done once whatever is killed."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from benchmarks.parts.driver import statements_sent
from foundation import database, events, jobs, locations
from foundation.database import Base
from foundation.embedded_postgres import APP, OWNER, SUPERUSER, Server
from foundation.events import DomainEvent, Subscriber
from foundation.logs import correlation_id
from foundation.settings import settings
from foundation.tables import DomainEventRow
from tests.conftest import forget_connections

pytestmark = [pytest.mark.committing, pytest.mark.slow]

GATE = 77
DEADLINE_SECONDS = 60


@dataclass(frozen=True)
class Rang(DomainEvent):
    type: ClassVar[str] = "bell_rang"
    bell_id: str


@pytest.fixture
def database_url(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A database of its own with the tables of mechanism, and this process pointed at it."""
    name = f"jobs_{secrets.token_hex(4)}"
    superuser = server.url(SUPERUSER, "postgres")
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} OWNER {OWNER}")
    owner_url = server.url(OWNER, name)
    jobs.install(owner_url, APP)
    owner = create_engine(locations.for_sqlalchemy(owner_url))
    with owner.begin() as connection:
        connection.execute(text("CREATE SCHEMA app"))
        Base.metadata.create_all(connection, tables=[DomainEventRow.__table__])
        connection.execute(text("CREATE TABLE app.effects (workflow text, effect text, key text)"))
        connection.execute(text(f"GRANT USAGE ON SCHEMA app TO {APP}"))
        connection.execute(text(f"GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA app TO {APP}"))
    owner.dispose()
    url = server.url(APP, name)
    monkeypatch.setenv("DATABASE_URL", url)
    forget_connections()
    yield url
    forget_connections()
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def bell() -> Iterator[None]:
    """Two internal and one outward subscriber of `Rang`."""
    events.subscribe(
        Rang,
        Subscriber("one_step", "internal"),
        Subscriber("tell_correlation", "internal"),
        Subscriber("unavailable_once", "outward"),
    )
    yield
    del events._subscribers[Rang.type]


class Workers:
    """Worker processes of one test; whatever still runs is killed at its end."""

    def __init__(self) -> None:
        self._running: list[subprocess.Popen[str]] = []

    def start(self, version: str = "1") -> tuple[subprocess.Popen[str], str]:
        script = Path(__file__).with_name("worker_under_test.py")
        process = subprocess.Popen(
            [sys.executable, str(script), version],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.getcwd()},
        )
        self._running.append(process)
        assert process.stdout is not None
        name = process.stdout.readline().strip()
        assert name, f"the worker ended with {process.wait()}"
        return process, name

    def kill(self, process: subprocess.Popen[str]) -> None:
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
        self._running.remove(process)

    def kill_all(self) -> None:
        for process in list(self._running):
            self.kill(process)


@pytest.fixture
def workers(database_url: str) -> Iterator[Workers]:
    made = Workers()
    yield made
    made.kill_all()


@contextmanager
def closed_gate(database_url: str) -> Iterator[None]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [GATE])
        yield


def wait_for(condition: Callable[[], object], what: str) -> None:
    """Wait until `condition` holds, asking the database again and again; fail at the deadline."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"waited {DEADLINE_SECONDS} s for {what}"
        threading.Event().wait(0.02)


def rows(statement: str, **values: object) -> list[tuple[object, ...]]:
    with database.read() as session:
        return [tuple(row) for row in session.execute(text(statement), values)]


def effects(workflow: str) -> list[str]:
    return sorted(
        str(effect) for (effect,) in rows("SELECT effect FROM app.effects WHERE workflow = :id", id=workflow)
    )


def status(workflow: str) -> str:
    [(found,)] = rows("SELECT status FROM dbos.workflow_status WHERE workflow_uuid = :id", id=workflow)
    return str(found)


def is_done(workflow: str) -> Callable[[], bool]:
    return lambda: status(workflow) == "SUCCESS"


def enqueue(name: str, **options: object) -> str:
    return database.write(lambda session: jobs.enqueue(session, name, **options))  # type: ignore[arg-type]


def ring(session: Session) -> str:
    return str(events.publish(session, Rang(bell_id="b1"), business_id=None))


# --- a job exists exactly if its cause committed ----------------------------------------------------


def test_a_committed_event_has_its_jobs_and_a_rolled_back_one_has_none(database_url: str, bell: None) -> None:
    rung = database.write(ring)

    def ring_and_fall(session: Session) -> None:
        ring(session)
        jobs.enqueue(session, "one_step", workflow_id="never")
        raise ValueError("the cause is undone")

    with pytest.raises(ValueError, match="undone"):
        database.write(ring_and_fall)

    assert rows("SELECT id::text FROM app.domain_events") == [(rung,)]
    assert rows("SELECT workflow_uuid, queue_name FROM dbos.workflow_status ORDER BY 1") == [
        (f"{rung}:one_step", "internal"),
        (f"{rung}:tell_correlation", "internal"),
        (f"{rung}:unavailable_once", "outward"),
    ]


def test_publishing_is_one_statement_whatever_the_number_of_subscribers(
    database_url: str, bell: None
) -> None:
    def count(session: Session) -> None:
        ring(session)

    with statements_sent() as statements:
        database.write(lambda _session: None)
        alone = len(statements)
        statements.clear()
        database.write(count)
    assert len(statements) == alone + 1


def test_an_id_given_twice_is_one_job(database_url: str) -> None:
    assert enqueue("one_step", workflow_id="adopt:run-7") == enqueue("one_step", workflow_id="adopt:run-7")
    assert rows("SELECT count(*) FROM dbos.workflow_status") == [(1,)]


# --- and gets done once, whatever is killed ---------------------------------------------------------


def test_a_job_carries_its_causes_correlation_and_asks_again_when_a_part_is_unavailable(
    database_url: str, bell: None, workers: Workers
) -> None:
    token = correlation_id.set("request-42")
    try:
        rung = database.write(ring)
    finally:
        correlation_id.reset(token)
    workers.start()
    for name in ("one_step", "tell_correlation", "unavailable_once"):
        wait_for(is_done(f"{rung}:{name}"), name)
    assert effects(f"{rung}:tell_correlation") == ["request-42"]
    assert effects(f"{rung}:unavailable_once") == ["answered at attempt 2"]
    assert rows("SELECT key FROM app.effects WHERE workflow = :id", id=f"{rung}:one_step") == [
        (f"{rung}:one_step:done",)
    ]


def test_a_killed_worker_s_job_goes_on_in_the_next_of_its_name_and_finished_steps_do_not_run_again(
    database_url: str, workers: Workers
) -> None:
    job = enqueue("two_steps")
    with closed_gate(database_url):
        first, name = workers.start()
        wait_for(lambda: "at the gate" in effects(job), "the gate")
        workers.kill(first)
    _, next_name = workers.start()
    wait_for(is_done(job), "the second worker")
    assert name == next_name == "worker-1.v1"
    # The step that was cut off ran again; the finished one before it did not.
    assert effects(job) == ["after", "at the gate", "at the gate", "before"]


def test_a_living_worker_takes_over_what_a_dead_one_of_another_name_left(
    database_url: str, workers: Workers
) -> None:
    with closed_gate(database_url):
        first, _ = workers.start()
        job = enqueue("two_steps")
        wait_for(lambda: "at the gate" in effects(job), "the gate")
        _, second_name = workers.start()
        workers.kill(first)
    wait_for(is_done(job), "the surviving worker")
    assert second_name == "worker-2.v1"
    assert effects(job).count("before") == 1
    assert effects(job).count("after") == 1


def test_a_refusal_is_the_same_when_it_is_replayed(database_url: str, workers: Workers) -> None:
    job = enqueue("refused_then_noted")
    with closed_gate(database_url):
        first, _ = workers.start()
        wait_for(lambda: "at the gate" in effects(job), "the gate")
        workers.kill(first)
    workers.start()
    wait_for(is_done(job), "the second worker")
    assert effects(job).count("refused") == 1
    assert effects(job).count("not-found 7") == 1


def test_two_workers_never_hold_one_name(database_url: str, workers: Workers) -> None:
    names = [workers.start()[1] for _ in range(2)]
    assert names == ["worker-1.v1", "worker-2.v1"]
    with database.read() as session:
        assert [worker.name for worker in jobs.live_workers(session)] == names


def test_names_leased_at_the_same_time_differ(database_url: str) -> None:
    from foundation.worker import Lease

    leases: list[Lease] = []
    threads = [threading.Thread(target=lambda: leases.append(Lease.take(database_url))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(lease.slot for lease in leases) == list(range(1, 9))
    for lease in leases:
        lease.release()


def test_a_worker_that_lost_its_name_stops(database_url: str, server: Server, workers: Workers) -> None:
    process, _ = workers.start()
    with psycopg.connect(server.url(SUPERUSER, "postgres"), autocommit=True) as connection:
        ended = connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'worker-1.v1'"
        ).fetchall()
    assert ended == [(True,)]
    assert process.wait(timeout=DEADLINE_SECONDS) == 3


def test_a_new_version_takes_new_work_and_what_the_old_one_left_is_listed_as_stranded(
    database_url: str, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = enqueue("two_steps")
    with closed_gate(database_url):
        old, _ = workers.start("1")
        wait_for(lambda: "at the gate" in effects(left), "the gate")
        workers.kill(old)
    workers.start("2")
    fresh = enqueue("one_step")
    wait_for(is_done(fresh), "the new version")
    monkeypatch.setattr(jobs, "APPLICATION_VERSION", "2")
    with database.read() as session:
        [stranded] = jobs.stranded(session)
    assert (stranded.id, stranded.version, stranded.name) == (left, "1", "two_steps")
    assert status(left) == "PENDING"

    workers.start("1")
    wait_for(is_done(left), "a worker of the old version to drain it")
    with database.read() as session:
        assert jobs.stranded(session) == []
    assert effects(left).count("before") == 1


def test_after_a_roll_back_the_old_version_takes_new_work_again(database_url: str, workers: Workers) -> None:
    newer, _ = workers.start("2")
    workers.kill(newer)
    workers.start("1")
    job = enqueue("one_step")
    wait_for(is_done(job), "the older version")


# --- looking, clearing ------------------------------------------------------------------------------


def test_health_shows_waiting_work_and_living_workers(database_url: str, workers: Workers) -> None:
    job = enqueue("one_step")
    with database.read() as session:
        before = jobs.health(session)
    assert before.workers == ()
    assert before.waiting == 1
    assert before.oldest_waiting_seconds is not None
    assert before.oldest_waiting_seconds >= 0

    workers.start()
    wait_for(is_done(job), "the worker")
    with database.read() as session:
        after = jobs.health(session)
    assert after == jobs.Health((jobs.LiveWorker("worker-1.v1", "1"),), 0, None, 0)


def test_a_failed_job_is_listed_and_goes_on_at_the_failed_step_when_retried(
    database_url: str, server: Server, workers: Workers
) -> None:
    job = enqueue("fails_unless_allowed")
    workers.start()
    wait_for(lambda: status(job) == "ERROR", "the failure")
    with database.read() as session:
        [dead] = jobs.failed(session)
        assert jobs.health(session).failed == 1
    assert dead.id == job
    assert "no permission yet" in str(dead.error)

    with psycopg.connect(server.url(OWNER, database_url.rpartition("/")[2]), autocommit=True) as connection:
        connection.execute("CREATE TABLE app.permission ()")
    jobs.retry_failed(database_url, job)
    wait_for(is_done(job), "the retry")
    assert effects(job) == ["allowed", "first"]
    with pytest.raises(ValueError, match="cannot be retried"):
        jobs.retry_failed(database_url, "no-such-job")


_END = text("UPDATE dbos.workflow_status SET status = :s, completed_at = :at WHERE workflow_uuid = :id")


def test_finished_jobs_go_after_a_week_and_failed_ones_after_three_months(database_url: str) -> None:
    now = datetime(2026, 6, 1, tzinfo=UTC)

    def plant(session: Session) -> None:
        ages = {
            "fresh": ("SUCCESS", 6),
            "old": ("SUCCESS", 8),
            "failed": ("ERROR", 89),
            "lost": ("ERROR", 91),
        }
        for name, (ending, days) in ages.items():
            jobs.enqueue(session, "one_step", workflow_id=name)
            session.execute(
                _END,
                {"s": ending, "at": int((now - timedelta(days=days)).timestamp() * 1000), "id": name},
            )
        jobs.enqueue(session, "one_step", workflow_id="waiting")

    database.write(plant)
    assert database.write(lambda session: jobs.delete_finished(session, now=now)) == 2
    kept = [("failed",), ("fresh",), ("waiting",)]
    assert rows("SELECT workflow_uuid FROM dbos.workflow_status ORDER BY 1") == kept
    assert rows("SELECT workflow_uuid FROM dbos.workflow_input ORDER BY 1") == kept


def test_installing_again_changes_nothing(database_url: str, server: Server) -> None:
    jobs.install(server.url(OWNER, database_url.rpartition("/")[2]), APP)
    assert status(enqueue("one_step")) == "ENQUEUED"


def test_a_name_is_registered_once(database_url: str) -> None:
    @jobs.workflow("registered_once")
    def body(*_: object) -> None: ...

    try:
        with pytest.raises(ValueError, match="registered already"):
            jobs.workflow("registered_once")(body)
    finally:
        del jobs._workflows["registered_once"]


def test_a_worker_refuses_to_start_when_a_subscriber_has_no_workflow(database_url: str, bell: None) -> None:
    from foundation import worker

    events.subscribe(Rang, Subscriber("written_by_nobody", "internal"))
    with pytest.raises(LookupError, match="written_by_nobody"):
        worker.launch(settings())


def test_a_worker_opens_no_more_connections_than_operations_counts(
    database_url: str, server: Server, workers: Workers
) -> None:
    from foundation import worker

    jobs_done = [enqueue("one_step") for _ in range(60)]
    workers.start()
    for job in jobs_done:
        wait_for(is_done(job), "the worker")
    database.engine().dispose()
    with psycopg.connect(server.url(SUPERUSER, "postgres")) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = %s", [database_url.rpartition("/")[2]]
        ).fetchone()
    assert row is not None
    assert 0 < row[0] <= settings().db_pool_size + worker.SYSTEM_POOL + 2

"""`sauda worker` as an operator meets it: it seals, expires, stops tidily, and doctor sees what it leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import pytest
from sqlalchemy import text

from foundation import database, jobs
from sauda import doctor, worker

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


def test_every_schedule_runs_on_an_empty_market(own_world: str) -> None:
    names = []
    for schedule in worker.schedules():
        schedule.run()
        names.append(schedule.name)
    assert names == ["seal", "due", "anchor", "clear"]


def test_clearing_forgets_request_keys_after_a_week(own_world: str) -> None:
    statement = text("""
        INSERT INTO app.idempotency_keys
            (business_id, actor_id, operation, key, body_hash, result_id, created_at)
        SELECT gen_random_uuid(), gen_random_uuid(), 'place', age || ' days', 'h', gen_random_uuid(),
               now() - make_interval(days => age)
        FROM unnest(ARRAY[6, 8]) AS age
    """)
    database.write(lambda session: session.execute(statement))
    worker.clear()
    with database.read() as session:
        assert session.execute(text("SELECT key FROM app.idempotency_keys")).scalars().all() == ["6 days"]


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
    assert failed.seen == "1 workflows"

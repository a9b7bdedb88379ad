"""A worker in a process of its own, so that a test can kill it: `worker_under_test.py VERSION`.

Its workflows note what they do in the table `effects`, and wait where the test holds an advisory lock.
"""

from __future__ import annotations

import os
import sys

import psycopg
from sqlalchemy import text

from foundation import database, jobs, worker
from foundation.errors import NotFound, Unavailable
from foundation.logs import configure_logs
from foundation.settings import settings

GATE = 77


def note(effect: str) -> str:
    """Write down that the running workflow did `effect`."""
    row = {"workflow": jobs.workflow_id(), "effect": effect, "key": jobs.step_key(effect)}
    statement = text("INSERT INTO app.effects (workflow, effect, key) VALUES (:workflow, :effect, :key)")
    database.write(lambda session: session.execute(statement, row))
    return effect


def wait_at_the_gate() -> None:
    """Wait until nobody holds the gate; on the way, tell the test that the workflow stands here."""
    note("at the gate")
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock_shared(%s)", [GATE])


@jobs.workflow("two_steps")
def two_steps(*_: object) -> None:
    jobs.step("before", note, "before")
    jobs.step("gate", wait_at_the_gate)
    jobs.step("after", note, "after")


@jobs.workflow("one_step")
def one_step(*_: object) -> None:
    jobs.step("done", note, "done")


def refuse() -> None:
    """Refuse, and say so in the table."""
    note("refused")
    raise NotFound("there is no such order", order_id="7")


@jobs.workflow("refused_then_noted")
def refused_then_noted(*_: object) -> None:
    try:
        jobs.step("refuse", refuse)
    except jobs.Refused as refusal:
        jobs.step("gate", wait_at_the_gate)
        jobs.step("note", note, f"{refusal.code} {refusal.facts['order_id']}")


@jobs.workflow("fails_unless_allowed")
def fails_unless_allowed(*_: object) -> None:
    jobs.step("first", note, "first")
    jobs.step("allowed", need_permission)


def need_permission() -> str:
    """Fail until the test has made the table `permission`."""
    with database.read() as session:
        if session.execute(text("SELECT to_regclass('app.permission')")).scalar() is None:
            raise ValueError("no permission yet")
    return note("allowed")


attempts = 0


@jobs.workflow("unavailable_once")
def unavailable_once(*_: object) -> None:
    jobs.step("ask", ask_twice)


def ask_twice() -> str:
    """Find the other side unavailable the first time."""
    global attempts  # noqa: PLW0603 - counts the calls of this process
    attempts += 1
    if attempts == 1:
        raise Unavailable("the other side sleeps")
    return note(f"answered at attempt {attempts}")


@jobs.workflow("tell_correlation")
def tell_correlation(*_: object) -> None:
    jobs.step("tell", lambda: note(str(jobs.correlation_id.get())))


if __name__ == "__main__":
    configure_logs()  # to stderr: the test reads the worker's name from stdout
    jobs.APPLICATION_VERSION = sys.argv[1]  # type: ignore[misc]
    running = worker.launch(settings())
    print(running.name, flush=True)
    running.wait()
    if running.lost_its_name:
        os._exit(3)

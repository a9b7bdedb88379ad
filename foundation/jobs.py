"""Durable work: what is enqueued inside a transaction, and what can be seen of it afterwards.

A job is a row of the same database as its cause, so it exists exactly if its cause committed. Workers
(`foundation/worker.py`) run the jobs; everyone else enqueues, here or by `events.publish`, and looks.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, TypeVar

import psycopg
from sqlalchemy import text
from sqlalchemy.orm import Session

from foundation.errors import DomainError, Unavailable
from foundation.logs import correlation_id

Body = TypeVar("Body", bound=Callable[..., object])

APPLICATION_VERSION: Final = "1"
"""Raised by one when the steps of a workflow change, so that a half-done one could not be replayed.

The greatest live version takes new work; what an older one began waits for a worker of that version.
"""

Queue = Literal["internal", "outward"]
QUEUES: Final[tuple[Queue, ...]] = ("internal", "outward")

KEEP_FINISHED = timedelta(days=7)
KEEP_FAILED = timedelta(days=90)

# The first half of the two-integer advisory locks: a worker's name, and a schedule that runs alone.
LEASES, SCHEDULES = 7_305_121, 7_305_122

DELETED_AT_ONCE: Final = 10_000

STEP_ATTEMPTS = 6
"""Attempts of a step that finds a part unavailable: about half a minute, then the workflow fails."""


def install(admin_url: str, app_role: str) -> None:
    """Make the `dbos` schema, or bring it up to date, and let `app_role` use it. Safe to repeat."""
    from dbos import DBOS

    logging.getLogger("dbos").setLevel(logging.WARNING)  # it tells every statement
    DBOS.migrate(admin_url, application_role=app_role)


# --- bodies ---------------------------------------------------------------------------------------

_workflows: dict[str, Callable[..., object]] = {}


def workflow(name: str) -> Callable[[Body], Body]:
    """Register the function as the body of workflow `name`.

    It is called with what was enqueued: (event id, event type, payload) for a subscriber. Everything that
    it does to the world happens in a `step`; between steps it must decide the same way when replayed.
    """

    def register(body: Body) -> Body:
        if name in _workflows:
            raise ValueError(f"workflow {name!r} is registered already, by {_workflows[name].__module__}")
        _workflows[name] = body
        return body

    return register


def registered() -> Mapping[str, Callable[..., object]]:
    """The bodies by name, as far as their modules were imported."""
    return _workflows


class Refused(Exception):
    """A step's verb refused; the same on the first run and when replayed."""

    def __init__(self, code: str, message: str, facts: dict[str, Any]) -> None:
        super().__init__(message)
        self.code, self.facts = code, facts


def step(name: str, work: Callable[..., Any], *arguments: object) -> Any:
    """Run `work` as step `name` of the running workflow; a finished step is never run again.

    Its result must be plain JSON, for it is kept. A part that is Unavailable is asked again, with growing
    pauses. Raises Refused for a DomainError.
    """
    from dbos import DBOS

    outcome: dict[str, Any] = DBOS.run_step(
        {
            "name": name,
            "retries_allowed": True,
            "max_attempts": STEP_ATTEMPTS,
            "interval_seconds": 0.5,
            "backoff_rate": 2.0,
            "should_retry": lambda error: isinstance(error, Unavailable),
        },
        _outcome_of,
        work,
        arguments,
    )
    if "refused" in outcome:
        raise Refused(**outcome["refused"])
    return outcome["value"]


def _outcome_of(work: Callable[..., object], arguments: tuple[object, ...]) -> dict[str, object]:
    # A refusal is kept as a value: an exception would come back from the record without its type.
    try:
        return {"value": work(*arguments)}
    except DomainError as error:
        return {"refused": {"code": error.code, "message": error.message, "facts": error.facts}}


def workflow_id() -> str:
    """The id of the running workflow. Raises RuntimeError outside of one."""
    from dbos import DBOS

    running: str | None = DBOS.workflow_id
    if running is None:
        raise RuntimeError("no workflow is running here; call this from a workflow's body or step")
    return running


def step_key(name: str) -> str:
    """The idempotency key for the verb of step `name` of the running workflow."""
    return f"{workflow_id()}:{name}"


# --- enqueueing -----------------------------------------------------------------------------------

_ENQUEUE = text("""
    SELECT dbos.enqueue_workflow(
        workflow_name => :workflow,
        queue_name => :queue,
        positional_args => ARRAY(SELECT json_array_elements(CAST(:arguments AS json))),
        named_args => json_build_object('correlation_id', CAST(:correlation_id AS text)),
        workflow_id => :workflow_id
    )
""")


def enqueue(
    session: Session,
    name: str,
    *arguments: object,
    workflow_id: str | None = None,
    queue: Queue = "internal",
) -> str:
    """Enqueue workflow `name` in the caller's transaction and return its id.

    The arguments are plain JSON: ids, no names or phones. A `workflow_id` given twice is one workflow.
    """
    row = {
        "workflow": name,
        "queue": queue,
        "arguments": json.dumps(arguments),
        "correlation_id": correlation_id.get(),
        "workflow_id": workflow_id,
    }
    return str(session.execute(_ENQUEUE, row).scalar_one())


_ENQUEUE_ALL = text("""
    SELECT dbos.enqueue_workflow(
        workflow_name => :workflow,
        queue_name => :queue,
        positional_args => ARRAY(SELECT json_array_elements(job.arguments)),
        named_args => json_build_object('correlation_id', CAST(:correlation_id AS text)),
        workflow_id => job.workflow_id,
        delay_until_epoch_ms => CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)
            + CAST(:delay_ms AS bigint)
    )
    FROM json_to_recordset(CAST(:jobs AS json)) AS job (workflow_id text, arguments json)
""")


def enqueue_all(
    session: Session,
    name: str,
    arguments: Mapping[str, tuple[object, ...]],
    *,
    queue: Queue = "internal",
    delay: timedelta | None = None,
) -> None:
    """Enqueue workflow `name` once for each workflow id, with its arguments, by one statement.

    With a delay they start so much later by the real clock: for pauses before a provider is asked again. What
    is due on a business date stands in a column.
    """
    row = {
        "workflow": name,
        "queue": queue,
        "correlation_id": correlation_id.get(),
        "jobs": json.dumps([{"workflow_id": id_, "arguments": given} for id_, given in arguments.items()]),
        "delay_ms": None if delay is None else delay // timedelta(milliseconds=1),
    }
    session.execute(_ENQUEUE_ALL, row)


# --- looking --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LiveWorker:
    """A worker that holds its name now."""

    name: str
    version: str


@dataclass(frozen=True)
class Health:
    """How the work stands. `waiting` is what could start now and did not; `failed` needs a person."""

    workers: tuple[LiveWorker, ...]
    waiting: int
    oldest_waiting_seconds: float | None
    failed: int


@dataclass(frozen=True)
class Job:
    """A workflow as an operator sees it."""

    id: str
    name: str
    status: str
    version: str | None
    worker: str | None
    error: str | None
    updated_at: datetime


# A lease is a session lock, so it ends with its worker; the session carries the worker's name.
_LIVE_WORKERS = text("""
    SELECT session.application_name AS name, split_part(session.application_name, '.v', 2) AS version
    FROM pg_locks AS lease
    JOIN pg_stat_activity AS session USING (pid)
    WHERE lease.locktype = 'advisory' AND lease.granted AND lease.objsubid = 2
      AND CAST(lease.classid AS bigint) = :leases
      AND lease.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND session.application_name LIKE 'worker-%.v%'
    ORDER BY CAST(lease.objid AS bigint)
""")

_WAITING = text("""
    SELECT count(*) AS waiting,
           extract(epoch FROM clock_timestamp()) * 1000
               - min(greatest(created_at, coalesce(delay_until_epoch_ms, 0))) AS oldest_ms
    FROM dbos.workflow_status
    WHERE status = 'ENQUEUED'
""")

_FAILED = "status IN ('ERROR', 'MAX_RECOVERY_ATTEMPTS_EXCEEDED')"
_COUNT_FAILED = text(f"SELECT count(*) FROM dbos.workflow_status WHERE {_FAILED}")  # noqa: S608

_JOB = """
    SELECT status.workflow_uuid AS id, status.name, status.status, status.application_version AS version,
           status.executor_id AS worker, coalesce(output.error, status.error) AS error,
           to_timestamp(status.updated_at / 1000.0) AS updated_at
    FROM dbos.workflow_status AS status
    LEFT JOIN dbos.workflow_output AS output USING (workflow_uuid)
"""
_LIST_FAILED = text(f"{_JOB} WHERE status.{_FAILED} ORDER BY status.updated_at DESC LIMIT :limit")
_STRANDED = text(f"""
    {_JOB}
    WHERE status.status IN ('ENQUEUED', 'DELAYED', 'PENDING')
      AND status.application_version IS NOT NULL
      AND NOT status.application_version = ANY (CAST(:versions AS text[]))
    ORDER BY status.created_at
    LIMIT :limit
""")


def live_workers(session: Session) -> tuple[LiveWorker, ...]:
    """Who holds a worker's name now."""
    rows = session.execute(_LIVE_WORKERS, {"leases": LEASES})
    return tuple(LiveWorker(row.name, row.version) for row in rows)


def health(session: Session) -> Health:
    """Workers alive, work that waits, work that failed."""
    waiting = session.execute(_WAITING).one()
    return Health(
        workers=live_workers(session),
        waiting=waiting.waiting,
        oldest_waiting_seconds=None
        if waiting.oldest_ms is None
        else max(0.0, float(waiting.oldest_ms) / 1000),
        failed=session.execute(_COUNT_FAILED).scalar_one(),
    )


def failed(session: Session, *, limit: int = 100) -> list[Job]:
    """The dead letters, newest first: workflows that ended in an error or were given up."""
    return _jobs(session, _LIST_FAILED, {"limit": limit})


def stranded(session: Session, *, limit: int = 100) -> list[Job]:
    """Workflows begun by a version that no live worker has and this code is not; nobody will finish them.

    The way out: run one worker of that version until they are done.
    """
    versions = {APPLICATION_VERSION, *(worker.version for worker in live_workers(session))}
    return _jobs(session, _STRANDED, {"versions": sorted(versions), "limit": limit})


def _jobs(session: Session, statement: Any, values: dict[str, object]) -> list[Job]:
    return [Job(**row._mapping) for row in session.execute(statement, values)]


_DELETE_FINISHED = text("""
    WITH gone AS (
        DELETE FROM dbos.workflow_status
        WHERE workflow_uuid IN (
            SELECT workflow_uuid
            FROM dbos.workflow_status
            WHERE (status IN ('SUCCESS', 'CANCELLED')
                   AND coalesce(completed_at, updated_at) < :finished_before)
               OR (status IN ('ERROR', 'MAX_RECOVERY_ATTEMPTS_EXCEEDED')
                   AND coalesce(completed_at, updated_at) < :failed_before)
            LIMIT :batch
        )
        RETURNING workflow_uuid
    ), inputs AS (
        DELETE FROM dbos.workflow_input USING gone WHERE workflow_input.workflow_uuid = gone.workflow_uuid
    ), outputs AS (
        DELETE FROM dbos.workflow_output USING gone WHERE workflow_output.workflow_uuid = gone.workflow_uuid
    ), steps AS (
        DELETE FROM dbos.operation_outputs USING gone
        WHERE operation_outputs.workflow_uuid = gone.workflow_uuid
    )
    SELECT count(*) FROM gone
""")


def delete_finished(session: Session, *, now: datetime, batch: int = DELETED_AT_ONCE) -> int:
    """Delete what finished more than 7 days or failed more than 90 days before `now`; how many were deleted.

    At most `batch` at once, so that no transaction grows long: repeat while the answer equals it.
    """
    values = {
        "finished_before": _epoch_ms(now - KEEP_FINISHED),
        "failed_before": _epoch_ms(now - KEEP_FAILED),
        "batch": batch,
    }
    return int(session.execute(_DELETE_FINISHED, values).scalar_one())


def _epoch_ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def retry_failed(database_url: str, workflow_id: str) -> None:
    """Put a failed workflow back under its own id; it goes on at the step that failed.

    Raises ValueError when there is no such workflow, or it has not failed.
    """
    from dbos import DBOSClient, error

    client = DBOSClient(system_database_url=database_url)
    try:
        steps = client.list_workflow_steps(workflow_id)
        broken = [row["function_id"] for row in steps if row["error"]]
        # A refused step is recorded, and the body fails after it: the last one is asked again.
        last = max((row["function_id"] for row in steps), default=1)
        queue = client.retrieve_workflow(workflow_id).get_status().queue_name
        client.rewind_workflow(workflow_id, start_step=min(broken, default=last), queue_name=queue)
    except error.DBOSException as refusal:
        raise ValueError(f"workflow {workflow_id!r} cannot be retried: {refusal}") from refusal
    finally:
        client.destroy()


_PARK_OUTWARD = """
    WITH parked AS (
        UPDATE dbos.workflow_status
        SET status = 'ERROR', owner_xid = NULL, delay_until_epoch_ms = NULL,
            updated_at = extract(epoch FROM clock_timestamp()) * 1000,
            completed_at = extract(epoch FROM clock_timestamp()) * 1000
        WHERE queue_name = 'outward' AND status IN ('ENQUEUED', 'DELAYED', 'PENDING')
        RETURNING workflow_uuid, completed_at
    )
    INSERT INTO dbos.workflow_output (workflow_uuid, error, retention_timestamp)
    SELECT workflow_uuid, %(error)s, completed_at FROM parked
    ON CONFLICT (workflow_uuid) DO UPDATE SET error = excluded.error
"""
_PARKED = json.dumps(
    {
        "name": "Parked",
        "message": "the database was restored, and this may have been sent in the time that was lost; "
        "look, then `sauda jobs retry` sends it",
    }
)


def park_outward(connection: psycopg.Connection) -> int:
    """Put unfinished work that reaches people among the failed, for review; how much that was.

    After a restore nobody but a person can tell whether it was done in the time that was lost.
    """
    return connection.execute(_PARK_OUTWARD, {"error": _PARKED}).rowcount

"""The worker: leases a name, runs the queues under it, and runs the schedules.

Two live workers of one name would run the same workflow twice, so the name is a session advisory lock on
a connection of its own: who loses the connection has lost the name and stops at once. What a dead worker
left half done is taken up by the next worker of its name, or else by a living one that can lock its name.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final

import psycopg
import structlog
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer
from sqlalchemy import text

from foundation import database, events, jobs, locations
from foundation.errors import Unavailable
from foundation.logs import correlation_id
from foundation.settings import Settings

log = structlog.get_logger(__name__)

POLLING_SECONDS: Final = 0.1
SYSTEM_POOL: Final = 8
"""Connections of DBOS itself, beside the worker's own pool; its listener and the lease are one more each."""

_HEARTBEAT_SECONDS: Final = 1.0
_HOUSEKEEPING_SECONDS: Final = 5.0
_SLOTS: Final = 1_000
_NAME: Final = re.compile(r"worker-([0-9]+)\.v[0-9]+")

# A server that vanished without a word is noticed within about ten seconds, from either end.
_LEASE_CONNECTION: Final[dict[str, Any]] = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "options": "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3",
}


def _lock_number(slot: int) -> int:
    # Each version counts its own names: one that comes back to drain its work finds the names it had.
    return int(jobs.APPLICATION_VERSION) * _SLOTS + slot - 1


class Lease:
    """A worker's name, held for as long as this connection lives."""

    def __init__(self, connection: psycopg.Connection[Any], slot: int) -> None:
        self._connection = connection
        self.slot = slot

    @property
    def name(self) -> str:
        return f"worker-{self.slot}.v{jobs.APPLICATION_VERSION}"

    @classmethod
    def take(cls, url: str) -> Lease:
        """The first free name. Raises Unavailable when the database does not answer, or all are taken."""
        try:
            connection = psycopg.connect(url, autocommit=True, **_LEASE_CONNECTION)
        except psycopg.OperationalError as error:
            raise Unavailable("the database does not answer; the worker cannot lease a name") from error
        for slot in range(1, _SLOTS + 1):
            lease = cls(connection, slot)
            if lease.lock(jobs.LEASES, _lock_number(slot)):
                connection.execute("SELECT set_config('application_name', %s, false)", [lease.name])
                return lease
        connection.close()
        raise Unavailable(f"all {_SLOTS} worker names are taken")

    def lock(self, group: int, number: int) -> bool:
        """Take an advisory lock in the lease's session, so that it falls with the worker."""
        row = self._connection.execute("SELECT pg_try_advisory_lock(%s, %s)", [group, number]).fetchone()
        return row is not None and bool(row[0])

    def unlock(self, group: int, number: int) -> None:
        self._connection.execute("SELECT pg_advisory_unlock(%s, %s)", [group, number])

    def is_held(self) -> bool:
        """Whether the session still lives, asked of the server."""
        try:
            self._connection.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def release(self) -> None:
        self._connection.close()


@dataclass(frozen=True)
class Schedule:
    """Work that repeats: first when the worker starts, then `every` so often, in a thread of its own.

    With `alone`, one worker at a time runs it; the others skip their turn.
    """

    name: str
    every: timedelta
    run: Callable[[], object]
    alone: bool = True


class Worker:
    """A running worker. Made by `launch`."""

    def __init__(self, lease: Lease, stopping: threading.Event) -> None:
        self._lease = lease
        self._stopping = stopping
        self._threads: list[threading.Thread] = []
        self.lost_its_name = False

    @property
    def name(self) -> str:
        return self._lease.name

    def ails(self) -> str | None:
        """What keeps this worker from working; None while all is well."""
        if self.lost_its_name:
            return f"{self.name} lost its name; another worker may bear it"
        if self._stopping.is_set():
            return f"{self.name} is stopping"
        return None

    def wait(self) -> None:
        """Wait until the worker is told to stop or has lost its name (`lost_its_name`)."""
        self._stopping.wait()

    def stop(self, *, grace_seconds: int = 20) -> None:
        """Take no more work, let what runs finish within the grace, and give the name back.

        What is still running then goes on, step by step, in the next worker of this name.
        """
        self._stopping.set()
        for thread in self._threads:
            thread.join(timeout=grace_seconds)
        DBOS.destroy(workflow_completion_timeout_sec=grace_seconds, destroy_registry=True)
        self._lease.release()

    def _start(self, name: str, every_seconds: float, run: Callable[[], object]) -> None:
        def loop() -> None:
            while not self._stopping.is_set():
                run()
                self._stopping.wait(every_seconds)

        thread = threading.Thread(target=loop, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _watch_lease(self) -> None:
        if not self._lease.is_held() and not self._stopping.is_set():
            log.error("worker_lost_its_name", worker=self.name)
            self.lost_its_name = True
            self._stopping.set()

    def _turn(self, schedule: Schedule, number: int) -> None:
        try:
            if not schedule.alone:
                schedule.run()
            elif self._lease.lock(jobs.SCHEDULES, number):
                try:
                    schedule.run()
                finally:
                    self._lease.unlock(jobs.SCHEDULES, number)
        except Exception:
            # The next turn tries again; one bad turn must not end the worker, and must not pass unseen.
            if not self._stopping.is_set():
                log.exception("schedule_failed", schedule=schedule.name)

    def _keep_house(self) -> None:
        try:
            with database.read() as session:
                workers = jobs.live_workers(session)
                left_by: list[str] = list(
                    session.execute(_LEFT_BY, {"version": jobs.APPLICATION_VERSION}).scalars()
                )
            self._lead_if_none_newer({worker.version for worker in workers})
            for name in left_by:
                if name not in {worker.name for worker in workers}:
                    self._take_over(name)
        except Exception:
            if not self._stopping.is_set():
                log.exception("worker_housekeeping_failed", worker=self.name)

    def _lead_if_none_newer(self, live: set[str]) -> None:
        # Work is enqueued without a version and goes to the leading one: after a roll-back the old version
        # must take the lead again, or new work would wait for ever.
        leading = DBOS.get_latest_application_version()["version_name"]
        ours = jobs.APPLICATION_VERSION
        if leading != ours and (leading not in live or int(leading) < int(ours)):
            DBOS.set_latest_application_version(ours)
            log.info("worker_version_leads", version=ours, before=leading)

    def _take_over(self, name: str) -> None:
        match = _NAME.fullmatch(name)
        if match is None:
            return
        number = _lock_number(int(match[1]))
        if not self._lease.lock(jobs.LEASES, number):
            return
        # While its name is locked here, no new worker can start under it.
        try:
            taken = DBOS._recover_pending_workflows([name])
            log.info("worker_took_over", worker=self.name, left_by=name, workflows=len(taken))
        finally:
            self._lease.unlock(jobs.LEASES, number)


_LEFT_BY = text("""
    SELECT DISTINCT executor_id
    FROM dbos.workflow_status
    WHERE status = 'PENDING' AND application_version = :version AND executor_id IS NOT NULL
""")


def launch(
    chosen: Settings, schedules: Sequence[Schedule] = (), stopping: threading.Event | None = None
) -> Worker:
    """Lease a name, run both queues and the schedules under it, and return at once.

    The modules with workflows must be imported before. One worker per process. Setting `stopping` lets
    its `wait` return; a signal handler may do that, also while the worker still starts. Raises LookupError for a
    subscriber without a workflow, Unavailable when the database does not answer.
    """
    unknown = events.subscribed_workflows() - set(jobs.registered())
    if unknown:
        raise LookupError(
            f"no workflow is registered for the subscribers {', '.join(sorted(unknown))}; "
            "import the module that defines them before the worker starts"
        )
    url = locations.database_url()
    lease = Lease.take(url)
    worker = Worker(lease, stopping or threading.Event())
    try:
        _launch_dbos(url, lease.name, chosen)
    except BaseException:
        DBOS.destroy(destroy_registry=True)
        lease.release()
        raise
    worker._start("lease", _HEARTBEAT_SECONDS, worker._watch_lease)
    worker._start("housekeeping", _HOUSEKEEPING_SECONDS, worker._keep_house)
    for number, schedule in enumerate(schedules, start=1):
        turn = partial(worker._turn, schedule, number)
        worker._start(schedule.name, schedule.every.total_seconds(), turn)
    log.info("worker_started", worker=worker.name, version=jobs.APPLICATION_VERSION, pid=os.getpid())
    return worker


def _launch_dbos(url: str, name: str, chosen: Settings) -> None:
    config: DBOSConfig = {
        "name": "sauda",
        "system_database_url": url,
        "executor_id": name,
        "application_version": jobs.APPLICATION_VERSION,
        "run_migrations": False,
        "sys_db_pool_size": SYSTEM_POOL,
        # Plain JSON in the tables: readable, and nothing is unpickled.
        "serializer": DBOSPortableJSONSerializer(),
        "log_level": "WARNING",
    }
    DBOS(config=config)
    for workflow, body in jobs.registered().items():
        DBOS.workflow(name=workflow)(_carrying_correlation(body))
    DBOS.launch()
    for queue in jobs.QUEUES:
        DBOS.register_queue(
            queue,
            worker_concurrency=chosen.worker_concurrency,
            polling_interval_sec=POLLING_SECONDS,
            on_conflict="always_update",
        )


def _carrying_correlation(body: Callable[..., object]) -> Callable[..., None]:
    def run(*arguments: object, **extra: object) -> None:
        token = correlation_id.set(str(extra["correlation_id"]) if extra.get("correlation_id") else None)
        try:
            body(*arguments)
        finally:
            correlation_id.reset(token)

    return run

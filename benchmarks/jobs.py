"""How many workflows workers finish, beside the limit that concurrency and polling set.

    sauda bench jobs

The limit of one worker is `worker_concurrency / polling interval`: a queue is filled up once per poll.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg

from foundation import embedded_postgres, jobs
from foundation.embedded_postgres import APP, OWNER, SUPERUSER, Server

WORKFLOWS = 600
POLLING_SECONDS = 0.1

_WORKER = """
import os, threading
from foundation import jobs, worker
from foundation.settings import settings

jobs.workflow("one_step")(lambda *_: jobs.step("only", lambda: None))
worker.launch(settings())
print("ready", flush=True)
threading.Event().wait()
"""
_ENQUEUE = """
    SELECT count(dbos.enqueue_workflow('one_step', 'internal', workflow_id => 'w' || number))
    FROM generate_series(1, %s) AS number
"""
_LATENCY = """
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY started_at_epoch_ms - created_at)
    FROM dbos.workflow_status WHERE workflow_uuid LIKE 'single-%%'
"""


def measure() -> dict[str, object]:
    """Workflows of one step a second, by workers and their concurrency, and the wait of a lone one."""
    with tempfile.TemporaryDirectory(prefix="sauda-bench-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        home.chmod(0o711)
        server = embedded_postgres.ensure_running(home)
        try:
            runs = {
                f"{workers} x {concurrency}": _drain(server, home, workers, concurrency)
                for workers, concurrency in ((1, 8), (1, 32), (2, 8))
            }
            wait_ms = _lone_wait_ms(server, home)
        finally:
            embedded_postgres.erase(home)
    limit = 8 / POLLING_SECONDS
    return {
        "what": f"{WORKFLOWS} workflows of one step each, drained by leased workers",
        "workflows_per_second": runs,
        "limit_of_1_x_8": limit,
        "lone_workflow_starts_after_ms": wait_ms,
        "ratio": round(runs["1 x 8"] / limit, 3),
    }


def _drain(server: Server, home: Path, workers: int, concurrency: int) -> float:
    with _database(server) as url, ExitStack() as running:
        for _ in range(workers):
            running.enter_context(_worker(url, home, concurrency))
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(_ENQUEUE, [WORKFLOWS])
            began = time.monotonic()
            _await(connection, "SELECT count(*) = 0 FROM dbos.workflow_status WHERE status <> 'SUCCESS'")
            return round(WORKFLOWS / (time.monotonic() - began), 1)


def _lone_wait_ms(server: Server, home: Path) -> float:
    with (
        _database(server) as url,
        _worker(url, home, 8),
        psycopg.connect(url, autocommit=True) as connection,
    ):
        for number in range(20):
            connection.execute(
                "SELECT dbos.enqueue_workflow('one_step', 'internal', workflow_id => %s)",
                [f"single-{number}"],
            )
            _await(connection, "SELECT count(*) = 0 FROM dbos.workflow_status WHERE status <> 'SUCCESS'")
        row = connection.execute(_LATENCY).fetchone()
        return round(float(row[0]), 1) if row else 0.0


def _await(connection: psycopg.Connection, question: str) -> None:
    while connection.execute(question).fetchone() != (True,):
        time.sleep(0.02)


@contextmanager
def _database(server: Server) -> Iterator[str]:
    name = f"jobs_{secrets.token_hex(4)}"
    with psycopg.connect(server.url(SUPERUSER, "postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} OWNER {OWNER}")
    jobs.install(server.url(OWNER, name), APP)
    yield server.url(APP, name)


@contextmanager
def _worker(url: str, home: Path, concurrency: int) -> Iterator[None]:
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "SAUDA_HOME": str(home),
        "WORKER_CONCURRENCY": str(concurrency),
    }
    with subprocess.Popen(
        [sys.executable, "-c", _WORKER], env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.strip() == "ready":
                break
        try:
            yield
        finally:
            process.kill()


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))

"""One warehouse for the run with the hand-written market in it, built once by dbt."""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.graph.thread_pool import DbtThreadPool
from obstore.store import LocalStore
from psycopg import sql

from foundation.embedded_postgres import OWNER, SUPERUSER, Server
from foundation.object_store import ObjectStore
from foundation.published import Publication, Reader
from tests.transforms.story import AS_OF, Story, tell
from transforms import metrics, parsed, project, publish
from transforms.publish import Check


@dataclass
class Warehouse:
    """A scratch database, and how to run dbt on it in this process."""

    url: str
    target: Path

    def dbt(self, *arguments: str, as_of: str | None = AS_OF, run_id: str = "run-1") -> dbtRunnerResult:
        """Run dbt; every warning is an error."""
        before = dict(os.environ)
        os.environ |= project.environment(self.url)
        os.environ |= {
            "DBT_TARGET_PATH": str(self.target / arguments[0]),
            "DBT_LOG_PATH": str(self.target / "logs"),
        }
        try:
            return dbtRunner(parsed.manifest(self.url)).invoke(
                [
                    "--warn-error",
                    "--quiet",
                    "--log-level-file",
                    "none",  # dbt leaves the file open, and pytest minds
                    *arguments,
                    "--project-dir",
                    str(project.PROJECT_DIR),
                    "--profiles-dir",
                    str(project.PROFILES_DIR),
                    "--vars",
                    project.variables(date.fromisoformat(as_of), run_id) if as_of else "{}",
                ]
            )
        finally:
            os.environ.clear()
            os.environ.update(before)
            _end_threads_that_dbt_left()

    def build(self, *arguments: str, as_of: str = AS_OF, run_id: str = "run-1") -> None:
        """Build everything, tests included, or fail with what dbt said."""
        result = self.dbt("build", *arguments, as_of=as_of, run_id=run_id)
        assert result.success, failures(result)

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with psycopg.connect(self.url) as connection:
            return connection.execute(query, parameters or None).fetchall()

    def value(self, query: str, *parameters: Any) -> Any:
        """The one value of a query."""
        [(value,)] = self.rows(query, *parameters)
        return value

    def execute(self, statement: str, *parameters: Any) -> None:
        """Change something and commit."""
        with psycopg.connect(self.url) as connection:
            connection.execute(statement, parameters or None)


def _end_threads_that_dbt_left() -> None:
    """A compile, or a run that fails early, leaves dbt's pool open; pytest minds when it is collected."""
    for pool in [one for one in gc.get_objects() if isinstance(one, DbtThreadPool)]:
        pool.terminate()


def failures(result: dbtRunnerResult) -> str:
    """What dbt complained about, in one text."""
    if result.exception is not None:
        return str(result.exception)
    return "\n".join(
        f"{r.node.unique_id}: {r.message}" for r in result.result if r.status not in ("success", "pass")
    )


@pytest.fixture(scope="session")
def story() -> Story:
    return tell()


@pytest.fixture(scope="session")
def make_warehouse(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Makes scratch warehouses with a market in `raw`, and the same one in `app`."""
    made: list[str] = []

    def make(story: Story) -> Warehouse:
        name = f"warehouse_{uuid4().hex}"
        with psycopg.connect(server.url(SUPERUSER, "postgres"), autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(OWNER))
            )
        made.append(name)
        url = server.url(OWNER, name)
        with psycopg.connect(url) as connection:
            story.market.load(connection, "raw")
            story.market.load(connection, "app")
        return Warehouse(url, tmp_path_factory.mktemp("dbt"))

    yield make
    with psycopg.connect(server.url(SUPERUSER, "postgres"), autocommit=True) as connection:
        for name in made:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def warehouse(make_warehouse: Any, story: Story) -> Warehouse:
    """The shared market, built as of the story's day. Read it; what changes it takes one of its own."""
    built = make_warehouse(story)
    built.build()
    return built


def publish_run(
    warehouse: Warehouse, store: ObjectStore, run_id: str, checks: list[Check] | None = None
) -> dict[str, Any]:
    """Publish what the warehouse holds under that name, with the build's own checks unless others are given."""
    return publish.publish(
        warehouse_url=warehouse.url,
        store=store,
        as_of=date.fromisoformat(AS_OF),
        run_id=run_id,
        checks=publish.checks_of(warehouse.target / "build" / "run_results.json")
        if checks is None
        else checks,
        metrics=metrics.load(json.loads((warehouse.target / "build" / "manifest.json").read_text())),
    )


@pytest.fixture(scope="session")
def publication(warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Publication:
    """The shared market, published."""
    folder = tmp_path_factory.mktemp("objects")
    store = ObjectStore(str(folder), LocalStore(folder))
    publish_run(warehouse, store, "run-1")
    return Reader(store, folder / "cache").current()

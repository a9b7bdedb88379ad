"""dbt in this process: the manifest that the assets are made of, and the build of a run.

Why not by `DbtCliResource`: docs/decisions/0006-dbt-in-process.md.
"""

from __future__ import annotations

import json
import os
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import psycopg
from dbt.cli.main import dbtRunner, dbtRunnerResult
from psycopg import sql

from transforms import project

_TARGET = project.PROJECT_DIR / "target" / "orchestration"
_SOURCES = ("dbt_project.yml", "transforms", "foundation/score")
_READ_BY_DBT = (".sql", ".yml", ".csv")
_QUIET = ("--no-use-colors", "--log-level", "none", "--log-level-file", "none", "--no-print", "--warn-error")


@dataclass(frozen=True)
class Node:
    """A model, seed or test that dbt has finished with."""

    unique_id: str
    status: str
    message: str
    rows: int | None
    seconds: float
    failures: int | None = None
    """Of a test: how many rows it found."""

    @property
    def kind(self) -> str:
        """`model`, `seed`, `test`, `exposure`."""
        return self.unique_id.partition(".")[0]

    @property
    def name(self) -> str:
        """Its name in the project."""
        return self.unique_id.split(".")[2]

    @property
    def is_good(self) -> bool:
        """It was built, or it passed."""
        return self.status.lower() in ("success", "pass", "no-op")


class DbtFailed(Exception):
    """dbt could not even begin; the message is dbt's own."""


@lru_cache
def manifest() -> dict[str, Any]:
    """The project as dbt understands it, parsed anew when a file of it changed since."""
    file = _TARGET / "manifest.json"
    if not file.exists() or file.stat().st_mtime < _newest_change():
        _parse(file)
    return dict(json.loads(file.read_text()))


def _newest_change() -> float:
    roots = [project.PROJECT_DIR / source for source in _SOURCES]
    files = [file for root in roots for file in (root.rglob("*") if root.is_dir() else [root])]
    return max(file.stat().st_mtime for file in files if file.suffix in _READ_BY_DBT)


def _parse(file: Path) -> None:
    # Two processes may parse at once; each renames a whole file of the same content.
    own = _TARGET / f"{os.getpid()}-{threading.get_ident()}"
    with _environment({"DBT_TARGET_PATH": str(own), "DBT_LOG_PATH": str(own)}):
        result = dbtRunner().invoke(["parse", *_QUIET, *_folders()])
    if not result.success:
        raise DbtFailed(f"dbt cannot read the project: {result.exception}")
    os.replace(own / "manifest.json", file)
    for rest in own.iterdir():
        rest.unlink()
    own.rmdir()


def build(*, warehouse_url: str, as_of: date, run_id: str, target: Path) -> Iterator[Node]:
    """Build and test everything, yielding each node as it ends; `target` gets dbt's artifacts.

    A seed that stands in the warehouse as it is in the project is left out: loading it takes longer than
    all models together. A failed node is yielded like the others, and what hangs on it as skipped. Raises
    DbtFailed when dbt could not begin.
    """
    # Unit tests prove the code and not the data; they run with the test suite.
    left_out = ["resource_type:unit_test"] + ([] if _seeds_to_load(warehouse_url) else ["resource_type:seed"])
    arguments = ["build", *_QUIET, *_folders(), "--exclude", *left_out]
    arguments += ["--vars", project.variables(as_of, run_id)]
    finished: queue.SimpleQueue[Node | None] = queue.SimpleQueue()
    outcome: list[dbtRunnerResult] = []

    def listen(event: Any) -> None:
        if event.info.name == "NodeFinished":
            finished.put(_node(event))

    def work() -> None:
        try:
            outcome.append(dbtRunner(callbacks=[listen]).invoke(arguments))
        finally:
            finished.put(None)

    place = {"DBT_TARGET_PATH": str(target), "DBT_LOG_PATH": str(target / "logs")}
    with _environment(project.environment(warehouse_url) | place):
        worker = threading.Thread(target=work, name="dbt")
        worker.start()
        try:
            while (node := finished.get()) is not None:
                yield node
        finally:
            worker.join()
    if not outcome or (outcome[0].exception is not None and outcome[0].result is None):
        raise DbtFailed(f"dbt could not build: {outcome[0].exception if outcome else 'it ended early'}")
    _remember_seeds(warehouse_url, {node.unique_id for node in _results(outcome[0]) if node.is_good})


def _results(outcome: dbtRunnerResult) -> list[Node]:
    results: Any = outcome.result
    return [
        Node(one.node.unique_id, str(one.status), one.message or "", None, one.execution_time)
        for one in results.results
    ]


def _node(event: Any) -> Node:
    result = event.data.run_result
    rows = dict(result.adapter_response).get("rows_affected")
    return Node(
        event.data.node_info.unique_id,
        result.status,
        result.message,
        None if rows is None else int(rows),
        result.execution_time,
        int(result.num_failures),
    )


def _folders() -> list[str]:
    return ["--project-dir", str(project.PROJECT_DIR), "--profiles-dir", str(project.PROFILES_DIR)]


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    # dbt takes its profile from the environment and from nowhere else.
    before = {name: os.environ.get(name) for name in variables}
    os.environ |= variables
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


# --- seeds: which of them the warehouse holds as they are is written on the tables themselves ------------


def _seeds() -> list[dict[str, Any]]:
    return [node for node in manifest()["nodes"].values() if node["resource_type"] == "seed"]


def _seeds_to_load(warehouse_url: str) -> bool:
    with psycopg.connect(warehouse_url) as connection:
        return any(
            connection.execute(
                "SELECT obj_description(to_regclass(%s), 'pg_class')", (f"{seed['schema']}.{seed['name']}",)
            ).fetchone()
            != (seed["checksum"]["checksum"],)
            for seed in _seeds()
        )


def _remember_seeds(warehouse_url: str, loaded: set[str]) -> None:
    with psycopg.connect(warehouse_url) as connection:
        for seed in _seeds():
            if seed["unique_id"] in loaded:
                table = sql.Identifier(seed["schema"], seed["name"])
                comment = sql.Literal(seed["checksum"]["checksum"])
                connection.execute(sql.SQL("COMMENT ON TABLE {} IS {}").format(table, comment))

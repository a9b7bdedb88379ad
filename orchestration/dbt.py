"""dbt in this process: the build of a run.

Why not by `DbtCliResource`: docs/decisions/0006-dbt-in-process.md.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
from dbt.cli.main import dbtRunner, dbtRunnerResult
from psycopg import sql

from transforms import parsed, project


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


def build(*, warehouse_url: str, as_of: date, run_id: str, target: Path) -> Iterator[Node]:
    """Build and test everything, yielding each node as it ends; `target` gets dbt's artifacts.

    A seed that stands in the warehouse as it is in the project is left out: loading it takes longer than
    all models together. A failed node is yielded like the others, and what hangs on it as skipped. Raises
    DbtFailed when dbt could not begin.
    """
    # Unit tests prove the code and not the data; they run with the test suite.
    left_out = ["resource_type:unit_test"] + ([] if _seeds_to_load(warehouse_url) else ["resource_type:seed"])
    arguments = ["build", *parsed.QUIET, *parsed.FOLDERS, "--exclude", *left_out]
    arguments += ["--vars", project.variables(as_of, run_id)]
    manifest = parsed.manifest(warehouse_url)
    finished: queue.SimpleQueue[Node | None] = queue.SimpleQueue()
    outcome: list[dbtRunnerResult] = []

    def listen(event: Any) -> None:
        if event.info.name == "NodeFinished":
            finished.put(_node(event))

    def work() -> None:
        try:
            outcome.append(dbtRunner(manifest, callbacks=[listen]).invoke(arguments))
        finally:
            finished.put(None)

    place = {"DBT_TARGET_PATH": str(target), "DBT_LOG_PATH": str(target / "logs")}
    with parsed.environment(project.environment(warehouse_url) | place):
        worker = threading.Thread(target=work, name="dbt")
        worker.start()
        try:
            while (node := finished.get()) is not None:
                yield node
        finally:
            worker.join()
    if not outcome or (outcome[0].exception is not None and outcome[0].result is None):
        raise parsed.DbtFailed(
            f"dbt could not build: {outcome[0].exception if outcome else 'it ended early'}"
        )
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


# --- seeds: which of them the warehouse holds as they are is written on the tables themselves ------------


def _seeds() -> list[dict[str, Any]]:
    return [node for node in parsed.document()["nodes"].values() if node["resource_type"] == "seed"]


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

"""What the data side has published: immutable runs, and a pointer to the newest.

    published/<run_id>/<table>.parquet   one per mart and prediction
    published/<run_id>/marts.duckdb      the same tables, and every metric as a table macro
    published/<run_id>/metrics.json      the metrics' definitions
    published/<run_id>/manifest.json     as_of, row counts, checks, model versions, the ledger's head; written last
    published/CURRENT                    the run_id that readers follow, swapped after everything else

A reader opens the file of the run it resolved and never another's under the same path: DuckDB would go on
serving the old content to a process that still holds it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, cast

import duckdb
import polars as pl

from foundation.errors import Conflict, NotFound
from foundation.metrics import Metric, Period
from foundation.object_store import ObjectNotFound, ObjectStore, object_store
from foundation.settings import settings

PREFIX = "published"
POINTER = f"{PREFIX}/CURRENT"
MANIFEST, METRICS, DATABASE = "manifest.json", "metrics.json", "marts.duckdb"
RUNS_KEPT = 3


class NothingPublished(NotFound):
    """No run of the data side has been published yet."""

    code = "nothing-published"


class RunNotPublished(NotFound):
    """There is no publication of that run."""

    code = "run-not-published"


class TableNotPublished(NotFound):
    """The publication holds no table, column or metric of that name."""

    code = "table-not-published"


class PublicationBroken(Conflict):
    """The publication does not hold what its manifest says."""

    code = "publication-broken"


def key(run_id: str, name: str) -> str:
    """The object key of a run's file."""
    return f"{PREFIX}/{run_id}/{name}"


@dataclass(frozen=True)
class MetricAnswer:
    """The rows of a metric: dictionaries of what it was split by, numerator, denominator and value."""

    metric: Metric
    as_of: date
    run_id: str
    rows: list[dict[str, Any]]


class Publication:
    """One published run, open for reading. Safe to share between threads."""

    def __init__(
        self, run_id: str, manifest: dict[str, Any], metrics: dict[str, Metric], database: Path
    ) -> None:
        self.run_id = run_id
        self.manifest = manifest
        self.metrics = metrics
        self.database = database

    @property
    def as_of(self) -> date:
        """The last business day that its figures know."""
        return date.fromisoformat(self.manifest["as_of"])

    @property
    def tables(self) -> list[str]:
        """The names of its marts and predictions."""
        return sorted(self.manifest["tables"])

    def metric(
        self,
        name: str,
        *,
        by: Sequence[str] = (),
        where: Mapping[str, Any] | None = None,
        period: Period | None = None,
    ) -> MetricAnswer:
        """Answer a metric, always split by origin (and by currency where it is an amount).

        `by`, `where` and `period` are those of `Metric.select`. Raises TableNotPublished, MetricInvalid.
        """
        if name not in self.metrics:
            raise TableNotPublished(
                f"there is no metric {name!r}; there are {', '.join(sorted(self.metrics))}", metric=name
            )
        metric = self.metrics[name]
        statement, parameters = metric.select(by=by, where=where, period=period)
        return MetricAnswer(metric, self.as_of, self.run_id, self.query(statement, parameters).to_dicts())

    def table(self, name: str) -> pl.DataFrame:
        """A whole mart or prediction. Raises TableNotPublished."""
        if name not in self.manifest["tables"]:
            raise TableNotPublished(
                f"run {self.run_id} holds no {name!r}; it holds {', '.join(self.tables)}", table=name
            )
        return self.query(f'SELECT * FROM "{name}"')  # noqa: S608 - one of the manifest's names

    def query(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> pl.DataFrame:
        """The rows of one of our own SELECTs with bound parameters. Text that people write goes elsewhere.

        Raises TableNotPublished where another version published the run, which knew not all that is asked now.
        """
        with self._connection.cursor() as cursor:
            cursor.execute("SET enable_progress_bar = false")
            try:
                rows = cursor.sql(sql, params=parameters or None).to_arrow_table()
            except (duckdb.BinderException, duckdb.CatalogException) as error:
                reason = str(error).partition("\n")[0]
                raise TableNotPublished(
                    f"run {self.run_id} was published by another version of Sauda ({reason}); let `sauda run` "
                    "publish anew",
                    run_id=self.run_id,
                ) from error
        return cast(pl.DataFrame, pl.from_arrow(rows))

    def etag(self, scope: str, question: str) -> str:
        """What an answer may be cached under: the same run, the same reader's scope, the same question."""
        asked = hashlib.sha256(f"{scope}\0{question}".encode()).hexdigest()[:24]
        return f'"{self.run_id}-{asked}"'

    @cached_property
    def _connection(self) -> duckdb.DuckDBPyConnection:
        # What runs here are our own SELECTs over one file: nothing else is to be read.
        return duckdb.connect(str(self.database), read_only=True, config={"enable_external_access": "false"})


class Reader:
    """Follows the pointer of one object store and keeps the last runs open."""

    def __init__(self, store: ObjectStore, cache: Path) -> None:
        self._store = store
        self._cache = cache
        self._open: OrderedDict[str, Publication] = OrderedDict()
        self._lock = threading.Lock()

    def current(self) -> Publication:
        """The newest publication. Raises NothingPublished."""
        run_id = self._store.read_pointer(POINTER)
        if run_id is None:
            raise NothingPublished("nothing is published yet; let `sauda run` end once")
        return self.run(run_id)

    def run(self, run_id: str) -> Publication:
        """The publication of one run. Raises RunNotPublished, PublicationBroken."""
        with self._lock:
            if run_id not in self._open:
                self._open[run_id] = self._opened(run_id)
            self._open.move_to_end(run_id)
            while len(self._open) > RUNS_KEPT:
                # Whoever still reads of it holds it; the file is closed with the last of them.
                self._open.popitem(last=False)
            return self._open[run_id]

    def _opened(self, run_id: str) -> Publication:
        try:
            manifest = json.loads(self._store.get(key(run_id, MANIFEST)))
        except ObjectNotFound:
            raise RunNotPublished(f"run {run_id!r} is not published", run_id=run_id) from None
        metrics = [Metric.from_dict(each) for each in json.loads(self._store.get(key(run_id, METRICS)))]
        return Publication(
            run_id, manifest, {each.name: each for each in metrics}, self._database(run_id, manifest)
        )

    def _database(self, run_id: str, manifest: Mapping[str, Any]) -> Path:
        """The run's DuckDB file: in place where the store is a folder, else a copy of its own in the cache."""
        here = self._store.local_path(key(run_id, DATABASE))
        if here is None:
            here = self._cache / run_id / DATABASE
            if not here.exists():
                self._fetch(run_id, here)
                self._forget_old_copies()
        if not here.exists() or here.stat().st_size != manifest["database_bytes"]:
            raise PublicationBroken(
                f"the database of run {run_id} is not the one that its manifest names; publish a run anew",
                run_id=run_id,
            )
        return here

    def _fetch(self, run_id: str, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as part:
            for chunk in self._store.chunks(key(run_id, DATABASE)):
                part.write(chunk)
        # Two processes may fetch at once; each renames a whole file of the same content.
        os.replace(part.name, target)

    def _forget_old_copies(self) -> None:
        copies = sorted(self._cache.iterdir(), key=lambda folder: folder.stat().st_mtime, reverse=True)
        for folder in copies[RUNS_KEPT:]:
            shutil.rmtree(folder, ignore_errors=True)


def reader() -> Reader:
    """The reader of this process, over the object store of the settings."""
    return _reader(object_store(), settings().home / "cache" / PREFIX)


@lru_cache
def _reader(store: ObjectStore, cache: Path) -> Reader:
    return Reader(store, cache)

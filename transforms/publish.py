"""Publishing a run: its marts and predictions as files that never change, and then the pointer.

Files go up in any order, the manifest after them, the pointer last. A publisher that dies before the swap
has published nothing, and the same run may be published again.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from adbc_driver_postgresql import dbapi

from foundation.errors import Conflict
from foundation.metrics import Metric
from foundation.object_store import ObjectStore
from foundation.published import DATABASE, MANIFEST, METRICS, POINTER, key
from transforms import metrics as definitions

SCHEMAS = ("marts", "predictions")
FORMAT = 1


class CheckFailed(Conflict):
    """A check of the run did not pass; the last publication stands."""

    code: ClassVar[str] = "check-failed"


class NothingToPublish(Conflict):
    """The warehouse holds no marts, or those of another day."""

    code: ClassVar[str] = "nothing-to-publish"


@dataclass(frozen=True)
class Check:
    """A check of the run: its name, whether it passed, and what it saw."""

    name: str
    passed: bool
    detail: str = ""


@dataclass(frozen=True)
class Column:
    """A column of a mart as Postgres names it."""

    name: str
    type: str
    precision: int | None
    scale: int | None

    @property
    def sql(self) -> str:
        """How it is selected: exact numbers as text, which ADBC would make of them anyhow."""
        return f'cast("{self.name}" as text) as "{self.name}"' if self.type == "numeric" else f'"{self.name}"'

    @property
    def decimal(self) -> pa.DataType | None:
        """Its exact type in Arrow, where it is a number with decimals."""
        return pa.decimal128(self.precision, self.scale) if self.type == "numeric" else None


def checks_of(run_results: Path) -> list[Check]:
    """The tests of a dbt build, from the `run_results.json` that it left."""
    results = json.loads(run_results.read_text())["results"]
    return [
        Check(one["unique_id"], one["status"] in ("pass", "success"), one["message"] or "")
        for one in results
        if one["unique_id"].split(".")[0] in ("test", "unit_test")
    ]


def publish(
    *,
    warehouse_url: str,
    store: ObjectStore,
    as_of: date,
    run_id: str,
    checks: Sequence[Check],
    metrics: Sequence[Metric],
) -> dict[str, Any]:
    """Publish the marts and predictions of a run, and return its manifest.

    The caller holds the warehouse's lock. A run that is published already is only pointed to again.
    Raises CheckFailed naming every check that did not pass, NothingToPublish.
    """
    if failed := [check for check in checks if not check.passed]:
        raise CheckFailed(
            f"not published: {', '.join(check.name for check in failed)} did not pass",
            checks=[asdict(check) for check in failed],
        )
    if not store.exists(key(run_id, MANIFEST)):
        with tempfile.TemporaryDirectory(prefix="sauda-publish-") as folder:
            manifest = _gather(Path(folder), warehouse_url, as_of, run_id, checks, metrics)
            for file in sorted(Path(folder).iterdir()):
                store.put(key(run_id, file.name), file)
            store.put(key(run_id, MANIFEST), json.dumps(manifest, indent=1).encode(), replace=False)
    store.swap_pointer(POINTER, run_id)
    return dict(json.loads(store.get(key(run_id, MANIFEST))))


def _gather(
    folder: Path,
    warehouse_url: str,
    as_of: date,
    run_id: str,
    checks: Sequence[Check],
    metrics: Sequence[Metric],
) -> dict[str, Any]:
    """Write every file but the manifest into `folder`; the manifest."""
    tables: dict[str, dict[str, Any]] = {}
    versions: dict[str, list[str]] = {}
    with dbapi.connect(warehouse_url) as connection, connection.cursor() as cursor:
        # One snapshot for all tables: they are the cut of one run.
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        found = _tables(cursor)
        if "credit_score" not in {name for _, name, _ in found}:
            raise NothingToPublish("the warehouse holds no marts; let dbt build them first")
        _check_day(cursor, as_of)
        for schema, name, columns in found:
            file = folder / f"{name}.parquet"
            rows = _write_parquet(cursor, schema, name, columns, as_of, file)
            tables[name] = {"schema": schema, "rows": rows, "bytes": file.stat().st_size}
            if schema == "predictions":
                column = pq.read_table(file, columns=["model_version"])["model_version"]
                versions[name] = sorted(column.unique().drop_null().to_pylist())
        head = _ledger_head(cursor)
    (folder / METRICS).write_text(definitions.as_json(metrics))
    _write_database(folder, sorted(tables), metrics)
    return {
        "format": FORMAT,
        "run_id": run_id,
        "as_of": as_of.isoformat(),
        "tables": tables,
        "database_bytes": (folder / DATABASE).stat().st_size,
        "checks": [asdict(check) for check in checks],
        "model_versions": versions,
        "ledger_head": head,
    }


def _check_day(cursor: dbapi.Cursor, as_of: date) -> None:
    """The marts are those of the day; a market without retailers has no row that could say so."""
    cursor.execute("SELECT DISTINCT as_of FROM predictions.credit_score")
    if other := [day for (day,) in cursor.fetchall() if day != as_of]:
        raise NothingToPublish(
            f"the marts are of {other[0]}, not of {as_of}; build them as of that day first"
        )


def _tables(cursor: dbapi.Cursor) -> list[tuple[str, str, list[Column]]]:
    cursor.execute(
        """
        SELECT c.table_schema::text, c.table_name::text, c.column_name::text, c.data_type::text,
               c.numeric_precision::int, c.numeric_scale::int
        FROM information_schema.columns c
        JOIN information_schema.tables t USING (table_schema, table_name)
        WHERE t.table_type = 'BASE TABLE' AND c.table_schema IN ('marts', 'predictions')
        ORDER BY c.table_schema, c.table_name, c.ordinal_position
        """
    )
    found: dict[tuple[str, str], list[Column]] = {}
    for schema, table, name, kind, precision, scale in cursor.fetchall():
        found.setdefault((schema, table), []).append(Column(name, kind, precision, scale))
    return [(schema, table, columns) for (schema, table), columns in found.items()]


def _write_parquet(
    cursor: dbapi.Cursor, schema: str, name: str, columns: Sequence[Column], as_of: date, file: Path
) -> int:
    """Write a table as Parquet, of a prediction only the rows of this as-of day; the number of rows."""
    selected = ", ".join(column.sql for column in columns)
    mine = f" WHERE as_of = DATE '{as_of.isoformat()}'" if schema == "predictions" else ""
    cursor.execute(f'SELECT {selected} FROM "{schema}"."{name}"{mine}')  # noqa: S608 - names from the catalogue
    reader = cursor.fetch_record_batch()
    exact = {column.name: column.decimal for column in columns}
    target = pa.schema([pa.field(field.name, exact[field.name] or field.type) for field in reader.schema])
    rows = 0
    with pq.ParquetWriter(file, target, compression="zstd") as writer:
        for batch in reader:
            writer.write_batch(batch.cast(target))
            rows += batch.num_rows
    return rows


def _write_database(folder: Path, tables: Sequence[str], metrics: Sequence[Metric]) -> None:
    """The DuckDB file of the run: every table, every metric as a macro, checkpointed and closed."""
    with duckdb.connect(str(folder / DATABASE)) as database:
        database.execute("SET enable_progress_bar = false")
        for name in tables:
            database.execute(
                f"CREATE TABLE \"{name}\" AS SELECT * FROM read_parquet('{folder / name}.parquet')"  # noqa: S608 - names from the catalogue
            )
        for metric in metrics:
            database.execute(metric.macro)
        database.execute("CHECKPOINT")


def _ledger_head(cursor: dbapi.Cursor) -> dict[str, Any]:
    """How far the books were sealed in what this run read: the hash of every chain's last link."""
    cursor.execute(
        """
        SELECT DISTINCT ON (business_id) business_id::text, seal_no::bigint, encode(hash, 'hex')
        FROM raw.ledger_seals ORDER BY business_id, seal_no DESC
        """
    )
    links = cursor.fetchall()
    text = "\n".join(f"{business} {number} {link}" for business, number, link in links)
    return {"books": len(links), "hash": hashlib.sha256(text.encode()).hexdigest()}

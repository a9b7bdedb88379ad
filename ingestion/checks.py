"""Does `raw` hold what the source held? Counts and sums at the cut, and no row left behind."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import adbc_driver_postgresql.dbapi as adbc
import psycopg
import pyarrow as pa

from foundation import locations
from foundation.errors import Conflict
from ingestion.cut import conform, figures, open_source, schema
from ingestion.merge import BATCHES
from ingestion.sources import Source, sources

INTERVAL = timedelta(hours=6)
"""Between two scheduled runs."""


class NothingIngested(Conflict):
    """The warehouse holds no batch yet."""

    code: ClassVar[str] = "nothing-ingested"

    def __init__(self) -> None:
        super().__init__("nothing was ingested into this warehouse yet; run `sauda run` first")


@dataclass(frozen=True)
class Finding:
    """What is wrong with one table of `raw`."""

    table: str
    what: str


def disagreements(*, warehouse_url: str | None = None) -> list[Finding]:
    """Where counts and sums of `raw` are not those that the source had at the cut. Raises NothingIngested."""
    found: list[Finding] = []
    with psycopg.connect(warehouse_url or locations.warehouse_url()) as warehouse:
        expected = _newest_source_figures(warehouse)
        for table in sources():
            actual = figures(warehouse, "raw", table)
            for name, value in expected.get(table.name, {}).items():
                if actual.get(name) != value:
                    found.append(Finding(table.name, f"{name}: source {value}, raw {actual.get(name)}"))
    return found


def left_behind(
    *, interval: timedelta = INTERVAL, source_url: str | None = None, warehouse_url: str | None = None
) -> list[Finding]:
    """Rows of the source that are older than two intervals and not in `raw`.

    Two ways to be late: a run took everything else and not this row, or no run has come for two intervals.
    Reads every key, so it is a check for every day and not for every run.
    """
    found: list[Finding] = []
    with (
        open_source(source_url or locations.database_url()) as take_cut,
        closing(adbc.connect(warehouse_url or locations.warehouse_url(), autocommit=True)) as warehouse,
    ):
        for table in sources():
            # `raw` first: a row deleted between the two looks must not seem lost.
            held = _keys(warehouse, table)
            with take_cut() as cut:
                old = cut.newest_receipt(older_than=2 * interval)
                newest = cut.newest_receipt(older_than=timedelta(0))
                if old is None or newest is None:
                    continue
                with cut.keys_seen_by(table, old) as batches:
                    missing = _absent(batches, held, table)
                waiting = cut.rows_unseen_by(table, newest) if old == newest else 0
            if missing:
                found.append(
                    Finding(table.name, f"{missing} rows that an earlier run must have taken are not in raw")
                )
            if waiting:
                found.append(
                    Finding(table.name, f"{waiting} rows wait, and no run has come for {2 * interval}")
                )
    return found


def _newest_source_figures(warehouse: psycopg.Connection) -> dict[str, dict[str, str]]:
    exists = warehouse.execute("SELECT to_regclass(%s)", (BATCHES,)).fetchone()
    if exists is None or exists[0] is None:
        raise NothingIngested
    query = f"SELECT source_figures FROM {BATCHES} ORDER BY batch DESC LIMIT 1"  # noqa: S608 - a constant
    row = warehouse.execute(query.encode()).fetchone()
    if row is None:
        raise NothingIngested
    return dict(row[0])


def _keys(warehouse: adbc.Connection, table: Source) -> pa.Table:
    names = ", ".join(f'"{column.name}"' for column in table.key_columns)
    wanted = schema(table.key_columns)
    with warehouse.cursor() as cursor:
        cursor.execute(f'SELECT {names} FROM raw."{table.name}"')  # noqa: S608 - names of the contracts
        return pa.Table.from_batches(
            [conform(batch, wanted, table.name) for batch in cursor.fetch_record_batch()], wanted
        )


def _absent(batches: Iterable[pa.RecordBatch], held: pa.Table, table: Source) -> int:
    expected = pa.Table.from_batches(batches, schema(table.key_columns))
    return int(expected.join(held, list(table.primary_key), join_type="left anti").num_rows)

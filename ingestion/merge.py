"""The warehouse's schema `raw`: the carried tables as the source had them at the watermark.

Everything a run does to it, the new watermark too, is one transaction: a run that dies leaves nothing.
All of it is unlogged, the watermark too: a crash of the warehouse's server empties the schema as a
whole, and the next run reads everything anew. What can be had again needs no write-ahead log.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC
from typing import Any

import adbc_driver_postgresql.dbapi as adbc
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.cut import Watermark, schema
from ingestion.lake import Batch
from ingestion.sources import Column, Source

BATCHES = "raw.ingestion_batches"

_BATCHES_TABLE = f"""
    CREATE UNLOGGED TABLE IF NOT EXISTS {BATCHES} (
        batch bigint PRIMARY KEY,
        run_id text NOT NULL,
        system_identifier text NOT NULL,
        timeline integer NOT NULL,
        snapshot text NOT NULL,
        contracts text NOT NULL,
        is_full boolean NOT NULL,
        cut_at timestamptz NOT NULL,
        source_figures jsonb NOT NULL,
        merged_at timestamptz NOT NULL DEFAULT now()
    )
"""


class Raw:
    """The open transaction on `raw`. Made by `open_raw`."""

    def __init__(self, connection: adbc.Connection) -> None:
        self._connection = connection
        self._execute("CREATE SCHEMA IF NOT EXISTS raw")
        self._execute(_BATCHES_TABLE)
        # The server may still be finishing the transaction of a run that was killed: its watermark
        # must stand or be gone before it is read here.
        self._execute(f"LOCK TABLE {BATCHES} IN EXCLUSIVE MODE")

    def watermark(self) -> Watermark | None:
        """What the warehouse holds; None before the first load."""
        rows = self._fetch(
            f"SELECT batch, run_id, system_identifier, timeline, snapshot, contracts FROM {BATCHES}"  # noqa: S608
            " ORDER BY batch DESC LIMIT 1"
        )
        return Watermark(**rows[0]) if rows else None

    def clear(self, source: Source) -> None:
        """Leave the table empty, in the contract's shape and without its index, ready for `fill`."""
        found = self._fetch(
            f"""
            SELECT a.attname AS name, NOT a.attnotnull AS is_nullable,
                   replace(replace(format_type(a.atttypid, a.atttypmod), 'character varying', 'varchar'),
                           'timestamp with time zone', 'timestamptz') AS type
            FROM pg_attribute a WHERE a.attrelid = to_regclass('raw."{source.name}"')
                 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
            """  # noqa: S608 - names come from the contracts
        )
        wanted = [{"name": c.name, "is_nullable": c.is_nullable, "type": c.type} for c in source.carried]
        if found == wanted:
            self._execute(f'TRUNCATE raw."{source.name}"')
            self._execute(f'DROP INDEX IF EXISTS raw."{_index(source)}"')
        else:
            # Views on a table of another shape cannot stand; dbt makes them anew in the same run.
            self._execute(f'DROP TABLE IF EXISTS raw."{source.name}" CASCADE')
            declared = ", ".join(_declared(column) for column in source.carried)
            self._execute(f'CREATE UNLOGGED TABLE raw."{source.name}" ({declared})')

    def fill(self, source: Source, batches: Iterator[pa.RecordBatch]) -> int:
        """COPY rows straight into a cleared table."""
        return self._copy(f"{source.name}", batches, source.carried, db_schema_name="raw")

    def finish(self, source: Source) -> None:
        """Give a filled table its key. Raises when two rows have the same."""
        self._execute(
            f'CREATE UNIQUE INDEX "{_index(source)}" ON raw."{source.name}" ({_names(source.key_columns)})'
        )
        self._execute(f'ANALYZE raw."{source.name}"')

    def delete(self, source: Source, keys: Iterator[pa.RecordBatch]) -> int:
        """Remove the rows of these keys; a key that is not there is no error."""
        staged = f"deleted_{source.name}"
        declared = ", ".join(_declared(column) for column in source.key_columns)
        self._execute(f'CREATE TEMP TABLE "{staged}" ({declared}) ON COMMIT DROP')
        count = self._copy(staged, keys, source.key_columns, temporary=True)
        same = " AND ".join(f't."{c.name}" = d."{c.name}"' for c in source.key_columns)
        self._execute(f'DELETE FROM raw."{source.name}" t USING "{staged}" d WHERE {same}')  # noqa: S608
        self._execute(f'DROP TABLE "{staged}"')
        return count

    def upsert(self, source: Source, batches: Iterator[pa.RecordBatch]) -> int:
        """Add rows, or put them in the place of those with the same key."""
        staged = f"changed_{source.name}"
        self._execute(f'CREATE TEMP TABLE "{staged}" (LIKE raw."{source.name}") ON COMMIT DROP')
        count = self._copy(staged, batches, source.carried, temporary=True)
        rest = [c.name for c in source.carried if c.name not in source.primary_key]
        action = "UPDATE SET " + ", ".join(f'"{n}" = excluded."{n}"' for n in rest) if rest else "NOTHING"
        names = _names(source.carried)
        self._execute(
            f'INSERT INTO raw."{source.name}" ({names}) SELECT {names} FROM "{staged}"'  # noqa: S608
            f" ON CONFLICT ({_names(source.key_columns)}) DO {action}"
        )
        self._execute(f'DROP TABLE "{staged}"')
        return count

    def forget(self) -> None:
        """Drop every watermark: what follows makes `raw` anew."""
        self._execute(f"DELETE FROM {BATCHES}")  # noqa: S608

    def commit(self, batch: Batch) -> None:
        """Write the batch's watermark and end the transaction: from here on the batch is in."""
        mark = batch.watermark
        self._execute(
            f"INSERT INTO {BATCHES} (batch, run_id, system_identifier, timeline, snapshot, contracts,"  # noqa: S608
            " is_full, cut_at, source_figures)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8::timestamptz, $9::jsonb)",
            (
                mark.batch, mark.run_id, mark.system_identifier, mark.timeline, mark.snapshot, mark.contracts,
                batch.is_full, batch.cut_at.astimezone(UTC).isoformat(), json.dumps(batch.source_figures),
            ),
        )  # fmt: skip
        self._connection.commit()

    def _copy(
        self, table: str, batches: Iterator[pa.RecordBatch], columns: tuple[Column, ...], **where: Any
    ) -> int:
        failures: list[Exception] = []

        def encoded() -> Iterator[pa.RecordBatch]:
            try:
                for batch in batches:
                    yield _as_copied(batch, columns)
            except Exception as error:
                failures.append(error)
                raise

        with self._connection.cursor() as cursor:
            reader = pa.RecordBatchReader.from_batches(_copied_schema(columns), encoded())
            try:
                return int(cursor.adbc_ingest(table, reader, mode="append", **where))
            except adbc.Error:
                if failures:
                    # ADBC saw our own failure pass through it and kept only its text.
                    raise failures[0] from None
                raise

    def _execute(self, statement: str, parameters: tuple[object, ...] | None = None) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(statement, parameters)

    def _fetch(self, query: str) -> list[dict[str, Any]]:
        with self._connection.cursor() as cursor:
            cursor.execute(query)
            return list(cursor.fetch_arrow_table().to_pylist())


@contextmanager
def open_raw(url: str) -> Iterator[Raw]:
    """One transaction on `raw`, rolled back unless the body commits it. The caller holds the warehouse lock."""
    with closing(adbc.connect(url)) as connection:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            cursor.execute("SET LOCAL client_min_messages = error")
        yield Raw(connection)


def _declared(column: Column) -> str:
    return f'"{column.name}" {column.type}' + ("" if column.is_nullable else " NOT NULL")


def _names(columns: tuple[Column, ...]) -> str:
    return ", ".join(f'"{column.name}"' for column in columns)


def _index(source: Source) -> str:
    return f"{source.name}_by_key"


_ENCODERS: dict[str, Callable[[pa.Array], pa.Array]] = {
    # The binary form of jsonb is its version, 1, and then the text.
    "jsonb": lambda array: pc.binary_join_element_wise(b"\x01", array.cast(pa.binary()), b""),
}


def _as_copied(batch: pa.RecordBatch, columns: tuple[Column, ...]) -> pa.RecordBatch:
    arrays = [
        _ENCODERS[column.type](array) if column.type in _ENCODERS else array
        for array, column in zip(batch.columns, columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=_copied_schema(columns))


def _copied_schema(columns: tuple[Column, ...]) -> pa.Schema:
    fields = [field if column.type != "jsonb" else pa.field(field.name, pa.binary())
              for field, column in zip(schema(columns), columns, strict=True)]  # fmt: skip
    return pa.schema(fields)

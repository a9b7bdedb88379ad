"""One cut of the source: every table as it stood at one instant, read through one snapshot.

The whole `pg_current_snapshot()` is the watermark. A row is new when the transaction that last wrote
it was not visible in the watermark before. So a transaction that commits late is read next time, and
one left open anywhere in the cluster delays nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import adbc_driver_postgresql.dbapi as adbc
import psycopg
import pyarrow as pa
from adbc_driver_postgresql import StatementOptions
from psycopg import sql

from foundation.errors import Unavailable
from ingestion.sources import Column, ContractBroken, Source

# A row whose writer is below the oldest transaction of the watermark was seen by it: the index on
# `changed_in` skips those. Of the others the snapshot itself says which it saw.
_UNSEEN = (
    "changed_in >= pg_snapshot_xmin('{since}'::pg_snapshot)"
    " AND NOT pg_visible_in_snapshot(changed_in, '{since}'::pg_snapshot)"
)

_BATCH_BYTES = 8 * 2**20

Figures = dict[str, str]
"""Of one table: `rows` and the sum of every number column, as text, so that JSON keeps them exact."""


@dataclass(frozen=True)
class Watermark:
    """What the warehouse holds: all that `snapshot` of that server saw."""

    batch: int
    run_id: str
    system_identifier: str
    timeline: int
    snapshot: str
    contracts: str

    @property
    def receipt_id(self) -> str:
        """The key of the receipt: a run that was repeated wrote more than one batch."""
        return f"{self.run_id}.{self.batch}"


class Cut:
    """The source at one instant. `open_cut` and `open_source` make it; several threads may call its methods."""

    def __init__(self, control: psycopg.Connection, readers: adbc.Connection) -> None:
        self._control = control
        self._readers = readers
        row = control.execute(
            """
            SELECT pg_current_snapshot()::text, now(), (SELECT system_identifier::text FROM pg_control_system()),
                   ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int,
                   to_regclass('app.ingestion_receipts') IS NOT NULL
            """
        ).fetchone()
        assert row is not None
        if not row[4]:
            raise Unavailable(
                f"database {control.info.dbname} has no tables of Sauda yet; run `sauda migrate`"
            )
        self.snapshot: str = row[0]
        self.taken_at: datetime = row[1]
        """By the source's clock."""
        self.system_identifier: str = row[2]
        self.timeline: int = row[3]

    def reason_to_read_anew(self, last: Watermark | None, contracts: str) -> str | None:
        """Why what the warehouse holds cannot be carried on from; None where it can."""
        if last is None:
            return "the warehouse holds nothing yet"
        if last.contracts != contracts:
            return "the contracts changed"
        if last.system_identifier != self.system_identifier:
            return f"the source is another server ({self.system_identifier}, was {last.system_identifier})"
        if last.timeline != self.timeline:
            return f"the source was restored (timeline {self.timeline}, was {last.timeline})"
        receipt = self._control.execute(
            "SELECT snapshot FROM app.ingestion_receipts WHERE run_id = %s", (last.receipt_id,)
        ).fetchone()
        if receipt is None or receipt[0] != last.snapshot:
            return (
                f"the source has no receipt of run {last.run_id}: it was restored, or that run was cut short"
            )
        return None

    @contextmanager
    def rows(self, source: Source, since: str | None) -> Iterator[Iterator[pa.RecordBatch]]:
        """The rows of a table that the snapshot `since` did not see (all for None), as its contract has them."""
        columns = ", ".join(_read_as(column) for column in source.carried)
        condition = f" WHERE {_UNSEEN.format(since=since)}" if since else ""
        query = f'SELECT {columns} FROM app."{source.name}"{condition}'  # noqa: S608 - names of the contracts
        with self._stream(query, schema(source.carried), source.name) as batches:
            yield batches

    @contextmanager
    def deleted(self, source: Source, since: str) -> Iterator[Iterator[pa.RecordBatch]]:
        """The keys of a table's rows that were deleted after the snapshot `since`."""
        columns = ", ".join(
            f"(key->>'{column.name}')::{column.type} AS \"{column.name}\"" for column in source.key_columns
        )
        query = (
            f"SELECT DISTINCT {columns} FROM app.tombstones"  # noqa: S608 - names come from the contracts
            f" WHERE table_name = '{source.name}' AND {_UNSEEN.format(since=since)}"
        )
        with self._stream(query, schema(source.key_columns), source.name) as batches:
            yield batches

    @contextmanager
    def keys_seen_by(self, source: Source, snapshot: str) -> Iterator[Iterator[pa.RecordBatch]]:
        """The keys of a table's rows that have not changed since `snapshot` saw them."""
        condition = f"pg_visible_in_snapshot(changed_in, '{snapshot}'::pg_snapshot)"
        names = ", ".join(f'"{column.name}"' for column in source.key_columns)
        query = f'SELECT {names} FROM app."{source.name}" WHERE {condition}'  # noqa: S608 - as above
        with self._stream(query, schema(source.key_columns), source.name) as batches:
            yield batches

    def rows_unseen_by(self, source: Source, snapshot: str) -> int:
        """How many rows of a table `snapshot` did not see."""
        query = f'SELECT count(*) FROM app."{source.name}" WHERE {_UNSEEN.format(since=snapshot)}'  # noqa: S608
        row = self._control.execute(query.encode()).fetchone()
        assert row is not None
        return int(row[0])

    def newest_receipt(self, older_than: timedelta) -> str | None:
        """The snapshot of the newest receipt that is older than this by the source's clock; None if there is none."""
        row = self._control.execute(
            "SELECT snapshot FROM app.ingestion_receipts WHERE written_at <= now() - %s"
            " ORDER BY written_at DESC LIMIT 1",
            (older_than,),
        ).fetchone()
        return row[0] if row else None

    def figures(self, source: Source) -> Figures:
        """Count and sums of a table at this instant, by SQL of their own: what `raw` must agree with."""
        return figures(self._control, "app", source)

    @contextmanager
    def _stream(self, query: str, wanted: pa.Schema, table: str) -> Iterator[Iterator[pa.RecordBatch]]:
        with self._readers.cursor() as cursor:
            cursor.adbc_statement.set_options(
                **{StatementOptions.BATCH_SIZE_HINT_BYTES.value: str(_BATCH_BYTES)}
            )
            cursor.execute(query)
            yield (conform(batch, wanted, table) for batch in cursor.fetch_record_batch() if batch.num_rows)


@contextmanager
def open_source(url: str) -> Iterator[Callable[[], AbstractContextManager[Cut]]]:
    """A function that takes one cut after the other, all over the same two connections.

    An ADBC connection reads the server's types when it is made, which takes longer than a small table does.
    """
    with (
        psycopg.connect(url, application_name="sauda ingest") as control,
        closing(adbc.connect(url)) as readers,
    ):
        control.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        control.read_only = True

        @contextmanager
        def cut() -> Iterator[Cut]:
            exported = control.execute("SELECT pg_export_snapshot()").fetchone()
            assert exported is not None
            with readers.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                cursor.execute(f"SET TRANSACTION SNAPSHOT '{exported[0]}'")
                cursor.execute("SET LOCAL statement_timeout = 0")
                cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
                cursor.execute("SET LOCAL app.business_id = '*'")
            control.execute("SET LOCAL statement_timeout = 0")
            control.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            control.execute("SET LOCAL app.business_id = '*'")
            yield Cut(control, readers)
            readers.rollback()
            control.rollback()

        yield cut


@contextmanager
def open_cut(url: str) -> Iterator[Cut]:
    """Hold one REPEATABLE READ READ ONLY snapshot of the source open for the body."""
    with open_source(url) as cut, cut() as held:
        yield held


def schema(columns: tuple[Column, ...]) -> pa.Schema:
    """The Arrow schema of contract columns."""
    return pa.schema([pa.field(column.name, column.arrow_type) for column in columns])


def conform(batch: pa.RecordBatch, wanted: pa.Schema, table: str) -> pa.RecordBatch:
    """The batch in exactly the contract's types. Raises ContractBroken where a value does not fit."""
    arrays = []
    for array, field in zip(batch.columns, wanted, strict=True):
        stored = array.storage if isinstance(array.type, pa.BaseExtensionType) else array
        try:
            arrays.append(stored.cast(field.type))
        except pa.ArrowInvalid as error:
            raise ContractBroken(f"{table}.{field.name} holds what {field.type} cannot: {error}") from error
    return pa.RecordBatch.from_arrays(arrays, schema=wanted)


def figures(connection: psycopg.Connection, schema_name: str, source: Source) -> Figures:
    """Count and sums of one table of a schema, exact."""
    summed = [column.name for column in source.carried if column.is_summed]
    sums = [sql.SQL("coalesce(sum({}), 0)::text").format(sql.Identifier(name)) for name in summed]
    query = sql.SQL("SELECT {} FROM {}").format(
        sql.SQL(", ").join([sql.SQL("count(*)::text"), *sums]), sql.Identifier(schema_name, source.name)
    )
    row = connection.execute(query).fetchone()
    assert row is not None
    return dict(zip(["rows", *summed], row, strict=True))


def _read_as(column: Column) -> str:
    # ADBC makes text of a numeric too, but on our side; so Postgres does it, on a core of its own.
    return f'"{column.name}"::text' if column.type.startswith("numeric(") else f'"{column.name}"'

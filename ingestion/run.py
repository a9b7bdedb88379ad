"""One ingestion run: cut the source, log the changes in the lake, merge them into `raw`, leave a receipt.

Each step may die and the run be repeated: nothing is missing, torn or doubled. The order of the three
commits is why: the lake first (a batch that the warehouse lacks is covered by the next one), then the
warehouse, then the receipt (without it the next run reads everything anew).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import chain

import psycopg
import pyarrow as pa
import structlog
from psycopg.types.json import Jsonb

from foundation import locations
from foundation.object_store import ObjectStore, object_store
from ingestion import lake
from ingestion.cut import Cut, Watermark, open_cut, schema
from ingestion.merge import Raw, open_raw
from ingestion.sources import Source, fingerprint, sources

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class TableCount:
    """How many rows of a table one run carried."""

    upserted: int = 0
    deleted: int = 0


@dataclass(frozen=True)
class IngestReport:
    """What one run carried."""

    run_id: str
    batch: int
    snapshot: str
    cut_at: datetime
    seconds: float
    read_anew_because: str | None
    """Why everything was read; None where only changes were."""
    tables: dict[str, TableCount] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Rows and deletions carried, of all tables."""
        return sum(count.upserted + count.deleted for count in self.tables.values())


def ingest(
    run_id: str,
    *,
    source_url: str | None = None,
    warehouse_url: str | None = None,
    store: ObjectStore | None = None,
    tables: tuple[Source, ...] | None = None,
) -> IngestReport:
    """Carry what was committed in the source since the last run. The caller holds the warehouse lock.

    Reads everything anew where the source is not the one of the last run, or forgot it.
    """
    started = time.perf_counter()
    source_url = source_url or locations.database_url()
    store = store or object_store()
    tables = tables or sources()
    with (
        ThreadPoolExecutor(3, thread_name_prefix="ingest") as pool,
        open_raw(warehouse_url or locations.warehouse_url()) as raw,
        open_cut(source_url) as cut,
    ):
        last = raw.watermark()
        contracts = fingerprint(tables)
        reason = cut.reason_to_read_anew(last, contracts)
        number = max(last.batch if last else 0, lake.last_batch_number(store)) + 1
        mark = Watermark(number, run_id, cut.system_identifier, cut.timeline, cut.snapshot, contracts)
        writer = lake.BatchWriter(store, mark, is_full=reason is not None, cut_at=cut.taken_at)
        log.info("ingest.started", run_id=run_id, batch=number, read_anew_because=reason)
        figures = pool.submit(lambda: {table.name: cut.figures(table) for table in tables})
        carry = _Carrier(cut, raw, writer, pool)
        for table in tables:
            if last is None or reason is not None:
                carry.everything(table)
            else:
                carry.changes(table, last.snapshot)
        batch = writer.seal(figures.result())
        raw.commit(batch)
    counts = {
        table.name: TableCount(batch.rows(table.name, "upsert"), batch.rows(table.name, "delete"))
        for table in tables
    }
    _write_receipt(source_url, mark, counts)
    report = IngestReport(
        run_id, number, mark.snapshot, cut.taken_at, time.perf_counter() - started, reason, counts
    )
    log.info("ingest.ended", run_id=run_id, batch=number, rows=report.rows, seconds=round(report.seconds, 3))
    return report


class _Carrier:
    """Takes tables through: read, lake and warehouse at the same time, some thousand rows each."""

    def __init__(self, cut: Cut, raw: Raw, writer: lake.BatchWriter, pool: ThreadPoolExecutor) -> None:
        self._cut = cut
        self._raw = raw
        self._writer = writer
        self._pool = pool

    def everything(self, table: Source) -> None:
        """Put the whole table in the place of what `raw` has of it."""
        self._raw.clear(table)
        with self._cut.rows(table, None) as batches:
            self._carry(table, "upsert", batches, schema(table.carried), self._raw.fill)
        self._raw.finish(table)

    def changes(self, table: Source, since: str) -> None:
        """Deletions first: a key that was deleted and written again is there in the end."""
        with self._cut.deleted(table, since) as keys:
            self._carry(table, "delete", keys, schema(table.key_columns), self._raw.delete)
        with self._cut.rows(table, since) as batches:
            self._carry(table, "upsert", batches, schema(table.carried), self._raw.upsert)

    def _carry(
        self,
        table: Source,
        operation: lake.Operation,
        batches: Iterator[pa.RecordBatch],
        rows: pa.Schema,
        load: Callable[[Source, Iterator[pa.RecordBatch]], int],
    ) -> None:
        first = next(batches, None)
        if first is None:
            return
        with self._writer.file(table.name, operation, rows) as file:
            tee = _Tee(self._pool, chain([first], batches), file)
            try:
                loaded = load(table, iter(tee))
            finally:
                tee.settle()
        if loaded != file.rows:
            raise RuntimeError(
                f"{table.name}: {file.rows} rows went to the lake and {loaded} to the warehouse"
            )


class _Tee:
    """Yields each batch while the next is read and this one is written: never more than three in memory."""

    def __init__(
        self, pool: ThreadPoolExecutor, batches: Iterator[pa.RecordBatch], file: lake.FileWriter
    ) -> None:
        self._pool = pool
        self._batches = batches
        self._file = file
        self._read: Future[pa.RecordBatch | None] = pool.submit(next, batches, None)
        self._written: Future[None] | None = None

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        while (batch := self._read.result()) is not None:
            self._read = self._pool.submit(next, self._batches, None)
            if self._written is not None:
                self._written.result()
            self._written = self._pool.submit(self._file.write, batch)
            yield batch
        if self._written is not None:
            self._written.result()

    def settle(self) -> None:
        """Wait until nothing reads or writes any more, however it ended: the cursor and the file close next."""
        wait([future for future in (self._read, self._written) if future is not None])


def _write_receipt(source_url: str, mark: Watermark, counts: dict[str, TableCount]) -> None:
    row_counts = {name: asdict(count) for name, count in counts.items() if count != TableCount()}
    with psycopg.connect(source_url, application_name="sauda ingest") as connection:
        connection.execute(
            """
            INSERT INTO app.ingestion_receipts (run_id, system_identifier, timeline, snapshot, row_counts)
            VALUES (%s, %s, %s, %s, %s) ON CONFLICT (run_id) DO NOTHING
            """,
            (mark.receipt_id, mark.system_identifier, mark.timeline, mark.snapshot, Jsonb(row_counts)),
        )


def rebuild_raw(*, warehouse_url: str | None = None, store: ObjectStore | None = None) -> Watermark | None:
    """Make `raw` anew from the lake alone, as of its newest batch; None for an empty lake.

    The next `ingest` goes on from there. The caller holds the warehouse lock. Raises LakeBroken.
    """
    store = store or object_store()
    tables = sources()
    batches = lake.since_last_full(store)
    if not batches:
        return None
    if any(batch.watermark.contracts != fingerprint(tables) for batch in batches):
        raise lake.LakeBroken("the lake was written under other contracts; read the source anew instead")
    with open_raw(warehouse_url or locations.warehouse_url()) as raw:
        raw.forget()
        for table in tables:
            raw.clear(table)
            for number, batch in enumerate(batches):
                for file in batch.files:  # in the order in which they were merged
                    if file.table == table.name:
                        _replay(raw, table, store, file, is_first=number == 0)
                if number == 0:
                    raw.finish(table)
        raw.commit(batches[-1])
    return batches[-1].watermark


def _replay(raw: Raw, table: Source, store: ObjectStore, file: lake.LogFile, *, is_first: bool) -> None:
    columns = table.key_columns if file.operation == "delete" else table.carried
    load = raw.delete if file.operation == "delete" else raw.fill if is_first else raw.upsert
    with lake.read(store, file, schema(columns)) as batches:
        load(table, batches)

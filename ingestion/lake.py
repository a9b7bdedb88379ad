"""The lake: an append-only log of every change that was carried, in Parquet, from which `raw` can be rebuilt.

    lake/<table>/day=<date>/<batch>-<run>-<operation>.parquet    rows of one batch, or keys that were deleted
    lake/_batches/<batch>.json                                   which files make the batch: written last

A file that no batch names is the remains of a run that was cut short, and is never read. A batch may
stand here and not in the warehouse (cut short between the two): the next one then covers it again.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from foundation.object_store import ObjectStore
from ingestion.cut import Figures, Watermark

ROOT = "lake"
_BATCHES = f"{ROOT}/_batches"

Operation = Literal["delete", "upsert"]


@dataclass(frozen=True)
class LogFile:
    """One Parquet file of a batch."""

    table: str
    operation: Operation
    key: str
    rows: int


@dataclass(frozen=True)
class Batch:
    """What one run carried: its watermark and its files. A full one begins the log anew."""

    watermark: Watermark
    is_full: bool
    cut_at: datetime
    """When the snapshot was taken, by the source's clock."""
    source_figures: dict[str, Figures]
    """Per table, what `raw` must agree with."""
    files: tuple[LogFile, ...]

    def rows(self, table: str, operation: Operation) -> int:
        """How many rows of a table the batch carries."""
        return sum(file.rows for file in self.files if (file.table, file.operation) == (table, operation))


class LakeBroken(RuntimeError):
    """The lake does not hold what its batches say; the message names the file."""


class BatchWriter:
    """Writes the files of one batch; the batch exists from `seal` on."""

    def __init__(self, store: ObjectStore, watermark: Watermark, *, is_full: bool, cut_at: datetime) -> None:
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,50}", watermark.run_id):
            raise ValueError(
                f"run id {watermark.run_id!r} cannot name a file; use at most 50 of A-Z a-z 0-9 _ -"
            )
        self._store = store
        self._watermark = watermark
        self._is_full = is_full
        self._cut_at = cut_at
        self._files: list[LogFile] = []

    @contextmanager
    def file(self, table: str, operation: Operation, rows: pa.Schema) -> Iterator[FileWriter]:
        """Write one file: seen in the lake when the body ends well, never in part."""
        mark = self._watermark
        key = f"{ROOT}/{table}/day={self._cut_at:%Y-%m-%d}/{mark.batch:08d}-{mark.run_id}-{operation}.parquet"
        with tempfile.TemporaryDirectory(prefix="sauda-lake-") as folder:
            path = Path(folder) / "rows.parquet"
            constants = {
                "_operation": operation,
                "_batch": mark.batch,
                "_run_id": mark.run_id,
                "_snapshot": mark.snapshot,
            }
            writer = FileWriter(path, rows, constants)
            try:
                yield writer
            finally:
                writer.close()
            self._store.put(key, path)
        self._files.append(LogFile(table, operation, key, writer.rows))

    def seal(self, source_figures: dict[str, Figures]) -> Batch:
        """Make the batch part of the log. Raises ObjectExists when another run took its number."""
        batch = Batch(self._watermark, self._is_full, self._cut_at, source_figures, tuple(self._files))
        content = json.dumps(asdict(batch), indent=1, default=datetime.isoformat).encode()
        self._store.put(_batch_key(self._watermark.batch), content, replace=False)
        return batch


class FileWriter:
    """A Parquet file of a table's rows and, in every row, the operation, batch, run and snapshot."""

    def __init__(self, path: Path, rows: pa.Schema, constants: dict[str, Any]) -> None:
        # Dictionaries of one value: a word is stored once per row group, not per row.
        self._constants = {name: pa.array([value]) for name, value in constants.items()}
        types = [pa.field(n, pa.dictionary(pa.int8(), v.type)) for n, v in self._constants.items()]
        self._schema = pa.schema([*types, *rows])
        # A dictionary of ids or moments, which are nearly all different, only costs time and room.
        moments = [field.name for field in rows if pa.types.is_timestamp(field.type)]
        unlike = {*moments, *(field.name for field in rows if pa.types.is_fixed_size_binary(field.type))}
        self._writer = pq.ParquetWriter(
            path,
            self._schema,
            compression="zstd",
            compression_level=1,
            use_dictionary=[name for name in self._schema.names if name not in unlike],
            column_encoding=dict.fromkeys(moments, "DELTA_BINARY_PACKED"),
        )
        self.rows = 0

    def write(self, batch: pa.RecordBatch) -> None:
        """Append the rows as one row group."""
        zeros = pa.array([0], pa.int8()).take(pa.repeat(pa.scalar(0, pa.int32()), batch.num_rows))
        marks = [pa.DictionaryArray.from_arrays(zeros, value) for value in self._constants.values()]
        self._writer.write_batch(pa.RecordBatch.from_arrays([*marks, *batch.columns], schema=self._schema))
        self.rows += batch.num_rows

    def close(self) -> None:
        """Write the footer."""
        self._writer.close()


def batches(store: ObjectStore) -> list[Batch]:
    """Every batch of the log, oldest first."""
    return [_read_batch(store.get(found.key)) for found in store.list(_BATCHES)]


def last_batch_number(store: ObjectStore) -> int:
    """The number of the newest batch; 0 for an empty lake."""
    found = store.list(_BATCHES)
    return int(found[-1].key.rpartition("/")[2].removesuffix(".json")) if found else 0


def since_last_full(store: ObjectStore) -> list[Batch]:
    """The batches that make up what `raw` holds: the newest full one and all after it."""
    log: list[Batch] = []
    for found in reversed(store.list(_BATCHES)):
        log.insert(0, _read_batch(store.get(found.key)))
        if log[0].is_full:
            return log
    return []


@contextmanager
def read(store: ObjectStore, file: LogFile, wanted: pa.Schema) -> Iterator[Iterator[pa.RecordBatch]]:
    """The rows of one file, without the log's own columns. Raises LakeBroken."""
    with _as_local_file(store, file.key) as path:
        try:
            with pq.ParquetFile(path) as parquet:
                if parquet.metadata.num_rows != file.rows:
                    raise LakeBroken(
                        f"{file.key} holds {parquet.metadata.num_rows} rows, its batch says {file.rows}"
                    )
                yield (batch.cast(wanted) for batch in parquet.iter_batches(columns=wanted.names))
        except pa.ArrowInvalid as error:
            raise LakeBroken(f"{file.key} cannot be read: {error}") from error


@contextmanager
def _as_local_file(store: ObjectStore, key: str) -> Iterator[Path]:
    local = store.local_path(key)
    if local is not None:
        if not local.exists():
            raise LakeBroken(f"{key} is named by its batch and is not in {store.location}")
        yield local
        return
    with tempfile.TemporaryDirectory(prefix="sauda-lake-") as folder:
        path = Path(folder) / "rows.parquet"
        with path.open("wb") as target:
            target.writelines(store.chunks(key))
        yield path


def _batch_key(number: int) -> str:
    return f"{_BATCHES}/{number:08d}.json"


def _read_batch(content: bytes) -> Batch:
    data = json.loads(content)
    return Batch(
        Watermark(**data["watermark"]),
        data["is_full"],
        datetime.fromisoformat(data["cut_at"]),
        data["source_figures"],
        tuple(LogFile(**file) for file in data["files"]),
    )

"""Opens a file of history: CSV, Parquet or XLSX to one frame of the mapped columns, nothing judged yet."""

from __future__ import annotations

import csv
import hashlib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import fastexcel
import polars as pl

from ingestion.history.canonical import FIELDS
from ingestion.history.errors import UnknownColumn, UnreadableFile, nearest
from ingestion.history.mapping import Mapping

if TYPE_CHECKING:
    from _csv import Reader

CSV_ROWS_AT_ONCE = 50_000  # the text of more rows as Python objects would cost more memory than the frame
MALFORMED = pl.Schema(
    {"row_no": pl.Int64(), "line_no": pl.Int64(), "reason": pl.String(), "text": pl.String()}
)


@dataclass(frozen=True)
class RawHistory:
    """The cells of a file, as the file has them.

    `cells`: `row_no`, `line_no` and one column per bound canonical field, named as the field. CSV and XLSX give
    text, Parquet its own types. `malformed`: `row_no`, `line_no`, `reason` and `text` of rows that are no rows
    at all. Rows count from 1 under the header, blank ones too, and identify what they became; `line_no` is
    where a person finds the row: the line of a CSV file or sheet, the row of a Parquet file.
    """

    path: Path
    file_hash: str
    cells: pl.DataFrame
    malformed: pl.DataFrame

    @property
    def row_count(self) -> int:
        return self.cells.height + self.malformed.height


def read(path: Path, mapping: Mapping) -> RawHistory:
    """Read the mapped columns of `path`. Raises UnreadableFile and UnknownColumn."""
    if not path.is_file():
        raise UnreadableFile(f"{path} does not exist or is not a file", path=str(path))
    if path.stat().st_size == 0:
        raise UnreadableFile(f"{path} is empty", path=str(path))
    readers = {".csv": _read_csv, ".parquet": _read_parquet, ".xlsx": _read_xlsx}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise UnreadableFile(
            f"{path} ends in '{path.suffix}'; read are {', '.join(readers)}",
            path=str(path),
            known=list(readers),
        )
    cells, malformed = reader(path, mapping)
    if cells.height + malformed.height == 0:
        raise UnreadableFile(f"{path} has a header and no rows", path=str(path))
    return RawHistory(path, hash_of(path), cells, malformed)


def hash_of(path: Path) -> str:
    """SHA-256 of the file's bytes; with a row number it identifies a line."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def rejected_rows(raw: RawHistory, rejects: pl.DataFrame) -> pl.DataFrame:
    """The file of rejects: where each stands, reason, amount, and the row as it stood, all as text."""
    numbers = ("row_no", "line_no")
    places = pl.concat([raw.cells.select(numbers), raw.malformed.select(numbers)])
    cells = raw.cells.select("row_no", pl.exclude(numbers).cast(pl.String))
    malformed = raw.malformed.select("row_no", pl.col("text").alias("unread_row"))
    found = places.join(rejects, on="row_no").join(cells, on="row_no", how="left")
    return found.join(malformed, on="row_no", how="left").sort("row_no").drop("row_no")


def _bound_columns(path: Path, header: list[str], mapping: Mapping) -> dict[str, str]:
    bound = mapping.columns.bound()
    missing = {field: column for field, column in bound.items() if column not in header}
    if missing:
        free = [column for column in header if column not in bound.values()]
        texts = [f"columns.{field} = '{column}'{nearest(column, free)}" for field, column in missing.items()]
        raise UnknownColumn(
            f"{path} has no such column: {'; '.join(texts)}. Its columns: {', '.join(header)}",
            path=str(path),
            missing=missing,
            columns=header,
        )
    doubled = sorted({column for column in bound.values() if header.count(column) > 1})
    if doubled:
        raise UnreadableFile(f"{path} has the column {', '.join(doubled)} more than once", path=str(path))
    return bound


def _named(frame: pl.DataFrame, bound: dict[str, str]) -> pl.DataFrame:
    return frame.select(
        "row_no", "line_no", *[pl.col(bound[field]).alias(field) for field in FIELDS if field in bound]
    )


def _no_malformed() -> pl.DataFrame:
    return pl.DataFrame(schema=MALFORMED)


def _read_parquet(path: Path, mapping: Mapping) -> tuple[pl.DataFrame, pl.DataFrame]:
    try:
        header = list(pl.read_parquet_schema(path))
        bound = _bound_columns(path, header, mapping)
        frame = pl.read_parquet(path, columns=sorted(set(bound.values())))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise UnreadableFile(f"{path} is not a whole Parquet file: {error}", path=str(path)) from None
    nested = [name for name, kind in frame.schema.items() if kind.is_nested() or kind == pl.Binary]
    if nested:
        raise UnreadableFile(
            f"{path}: column {', '.join(nested)} holds lists or bytes, not values", path=str(path)
        )
    return _named(_numbered(frame), bound), _no_malformed()


def _numbered(frame: pl.DataFrame, *, header_lines: int = 0) -> pl.DataFrame:
    row_no = pl.int_range(1, pl.len() + 1, dtype=pl.Int64)
    return frame.with_columns(row_no.alias("row_no"), (row_no + header_lines).alias("line_no"))


def _read_xlsx(path: Path, mapping: Mapping) -> tuple[pl.DataFrame, pl.DataFrame]:
    header = _sheet(path, mapping, 0).columns
    bound = _bound_columns(path, header, mapping)
    columns = list(dict.fromkeys(bound.values()))
    rows = _numbered(_sheet(path, mapping, None, columns), header_lines=1)
    is_blank = pl.all_horizontal(pl.col(columns).str.strip_chars().fill_null("") == "")
    return _named(rows.filter(~is_blank), bound), _no_malformed()


def _sheet(path: Path, mapping: Mapping, rows: int | None, columns: list[str] | None = None) -> pl.DataFrame:
    if not zipfile.is_zipfile(path):
        raise UnreadableFile(
            f"{path} is not a whole XLSX file; old .xls files must be saved as .xlsx", path=str(path)
        )
    try:
        book = fastexcel.read_excel(path)
        sheet = mapping.file.sheet or book.sheet_names[0]
        if sheet not in book.sheet_names:
            raise UnreadableFile(
                f"{path} has no sheet '{sheet}'{nearest(sheet, book.sheet_names)}. Its sheets: "
                f"{', '.join(book.sheet_names)}",
                path=str(path),
            )
        # Cells as text: a column of invoice numbers may hold numbers and 'C536379' alike.
        loaded = book.load_sheet(sheet, dtypes="string", n_rows=rows, use_columns=columns)
        return pl.DataFrame(loaded.to_polars())
    except fastexcel.FastExcelError as error:
        raise UnreadableFile(f"{path} cannot be read as XLSX: {error}", path=str(path)) from None


def _open_csv(path: Path, mapping: Mapping) -> TextIO:
    try:
        # A byte that is not of the encoding becomes a lone surrogate: its row is rejected, the others live.
        return path.open(encoding=mapping.file.encoding, errors="surrogateescape", newline="")
    except LookupError:
        raise UnreadableFile(
            f"encoding '{mapping.file.encoding}' is not known; write utf-8 or cp1252"
        ) from None


def _read_csv(path: Path, mapping: Mapping) -> tuple[pl.DataFrame, pl.DataFrame]:
    with _open_csv(path, mapping) as file:
        reader = csv.reader(file, delimiter=mapping.file.delimiter)
        try:
            header = next(reader, None)
            if not header:
                raise UnreadableFile(f"{path} has no header line", path=str(path))
            bound = _bound_columns(path, header, mapping)
            parts = list(_csv_parts(reader, header, bound))
        except csv.Error as error:
            raise UnreadableFile(
                f"{path} line {reader.line_num}: {error}; is a quotation mark left open?", path=str(path)
            ) from None
    schema = {"row_no": pl.Int64, "line_no": pl.Int64} | {
        field: pl.String for field in FIELDS if field in bound
    }
    cells = pl.concat([pl.DataFrame(schema=schema), *[good for good, _ in parts]])
    return cells, pl.concat([_no_malformed(), *[bad for _, bad in parts]])


def _csv_rows(reader: Reader) -> Iterator[tuple[int, int, list[str]]]:
    """Row number, line on which the row begins, and cells, of every row that is not blank."""
    line = reader.line_num + 1
    for number, row in enumerate(reader, 1):
        if "".join(row).strip():
            yield number, line, row
        line = reader.line_num + 1


def _csv_parts(
    reader: Reader, header: list[str], bound: dict[str, str]
) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    places = {field: header.index(bound[field]) for field in FIELDS if field in bound}
    found = _csv_rows(reader)
    while rows := list(islice(found, CSV_ROWS_AT_ONCE)):
        numbers, lines, good, bad = [], [], [], []
        for number, line, row in rows:
            if len(row) != len(header):
                reason = f"has {len(row)} cells where the header has {len(header)}"
                bad.append((number, line, reason, _shown(row)))
            elif not all(cell.isascii() or _is_text(cell) for cell in row):
                bad.append((number, line, "holds bytes that are not of the file's encoding", _shown(row)))
            else:
                numbers.append(number)
                lines.append(line)
                good.append(row)
        columns = {field: [row[at] or None for row in good] for field, at in places.items()}
        frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
        yield (
            frame.select(
                pl.Series("row_no", numbers, pl.Int64), pl.Series("line_no", lines, pl.Int64), pl.all()
            ),
            pl.DataFrame(bad, schema=MALFORMED, orient="row"),
        )


def _is_text(cell: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in cell)


def _shown(row: list[str]) -> str:
    return repr(row)[:1000]

"""Sheets that people fill in: CSV and XLSX read into cells of text, and written so that they read back the same."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

import polars as pl
from polars.exceptions import PolarsError
from xlsxwriter import Workbook

from foundation.errors import Invalid
from foundation.money import format_quantity
from foundation.spreadsheet import first_sheet

SPREADSHEET: Final = b"PK\x03\x04"
UNPACKED_BYTES_MAX: Final = 100_000_000
"""A spreadsheet is a packed file: a small one may unpack to more than the machine holds."""
EXACT_DIGITS: Final = 12
"""A number with more digits is written as text: a spreadsheet keeps fifteen and shows fewer."""
_WOULD_RUN: Final = re.compile(r"'*[=+\-@\t\r]")
_NUMBER: Final = r"^[+-][0-9][0-9.,]*$"


class SheetInvalid(Invalid):
    """The file is no sheet of the columns that are asked for."""

    code = "sheet-invalid"


Cell = str | Decimal
Row = Sequence[Cell]


def rows_of(
    content: bytes, *, columns: Sequence[str], optional: Sequence[str] = (), lines_max: int
) -> list[dict[str, str]]:
    """The cells of a CSV or XLSX file as texts, by heading; an optional column that is not there is in no row.

    The first row names the columns; other columns are passed over, lines without any cell too, though they count.
    Raises SheetInvalid.
    """
    frame = _frame_of(content, lines_max)
    if missing := [name for name in columns if name not in frame.columns]:
        raise SheetInvalid(
            f"the sheet has no column {', '.join(missing)}; its first row must name {', '.join(columns)}",
            missing=missing,
        )
    if frame.height > lines_max:
        raise _too_long(lines_max)
    wanted = [name for name in (*columns, *optional) if name in frame.columns]
    return [{name: _cell(row[name]) for name in wanted} for row in frame.select(wanted).to_dicts()]


def _too_long(lines_max: int) -> SheetInvalid:
    return SheetInvalid(f"the sheet has more than {lines_max} lines; send so many at most at once")


def _frame_of(content: bytes, lines_max: int) -> pl.DataFrame:
    if not content.strip():
        raise SheetInvalid("the sheet is empty; send CSV or XLSX whose first row names the columns")
    try:
        if content.startswith(SPREADSHEET):
            _refuse_to_burst(content)
            frame = first_sheet(content, has_headings=True, lines_max=lines_max + 1)
        else:
            frame = pl.read_csv(content, infer_schema=False)
        return frame.rename({name: name.strip().lower() for name in frame.columns}).cast(pl.String)
    except (PolarsError, zipfile.BadZipFile, ValueError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise SheetInvalid(f"this is no sheet that can be read ({reason}); send CSV or XLSX") from error


def _refuse_to_burst(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        size = sum(part.file_size for part in packed.infolist())
    if size > UNPACKED_BYTES_MAX:
        raise SheetInvalid(
            f"the spreadsheet unpacks to {size} bytes; send {UNPACKED_BYTES_MAX} at most, or CSV"
        )


def _cell(found: str | None) -> str:
    text = (found or "").strip()
    if "\0" in text:
        raise SheetInvalid(f"cell {text[:20]!r} holds the character NUL; leave it out")
    return text[1:] if text.startswith("'") and _WOULD_RUN.match(text) else text


def as_csv(columns: Sequence[str], rows: Iterable[Row]) -> bytes:
    """A sheet as CSV in UTF-8 that spreadsheets open as such; no text of it is run as a formula."""
    target = io.StringIO()
    lines = csv.writer(target, lineterminator="\n")
    lines.writerow(columns)
    for row in rows:
        lines.writerow([format_quantity(cell) if isinstance(cell, Decimal) else inert(cell) for cell in row])
    # Without this mark Excel does not read a CSV as UTF-8.
    return b"\xef\xbb\xbf" + target.getvalue().encode()


def as_xlsx(title: str, columns: Sequence[str], rows: Iterable[Row]) -> bytes:
    """A sheet as XLSX; quantities and prices are numbers where these are exact, texts are never formulas."""
    target = io.BytesIO()
    with Workbook(
        target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        sheet = book.add_worksheet(title)
        sheet.write_row(0, 0, columns)
        for row_no, row in enumerate(rows, 1):
            for column, cell in enumerate(row):
                if isinstance(cell, Decimal):
                    if len(cell.normalize().as_tuple().digits) <= EXACT_DIGITS:
                        sheet.write_number(row_no, column, float(cell))
                    else:
                        sheet.write_string(row_no, column, format_quantity(cell))
                elif cell:
                    sheet.write_string(row_no, column, inert(cell))
    return target.getvalue()


def inert(cell: str) -> str:
    """A text that no spreadsheet takes for a formula: one that begins like one would be run when the file is opened."""
    return f"'{cell}" if _WOULD_RUN.match(cell) else cell


def inert_frame(frame: pl.DataFrame) -> pl.DataFrame:
    """A frame for a file whose texts are as somebody wrote them; what is a number stays as it is."""
    text = pl.col(pl.String)
    runs = text.str.contains(_WOULD_RUN.pattern.replace("'*", "^'*", 1)) & ~text.str.contains(_NUMBER)
    return frame.with_columns(pl.when(runs).then("'" + text).otherwise(text).name.keep())


def grid_of(content: bytes, *, lines_max: int) -> list[list[str]]:
    """All cells of a CSV or XLSX file as texts, line by line, for files whose heading stands somewhere below the top.

    Raises SheetInvalid.
    """
    try:
        if content.startswith(SPREADSHEET):
            _refuse_to_burst(content)
            read = first_sheet(content, has_headings=False, lines_max=lines_max + 1)
            grid = [[_cell(cell) for cell in row] for row in read.rows()]
        else:
            text = _decoded(content)
            # Programs of banks part cells by one of these, and write amounts with commas where it is another.
            parted_by = max(";\t|", key=text.count)
            if text.count(parted_by) < text.count("\n"):
                parted_by = ","
            rows = csv.reader(io.StringIO(text), delimiter=parted_by)
            grid = [[_cell(cell) for cell in row] for row in rows]
    except (PolarsError, zipfile.BadZipFile, ValueError, csv.Error) as error:
        reason = str(error).strip().partition("\n")[0]
        raise SheetInvalid(f"this is no sheet that can be read ({reason}); send CSV or XLSX") from error
    if len(grid) > lines_max:
        raise _too_long(lines_max)
    return grid


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")  # what banks' older programs write

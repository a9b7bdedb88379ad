"""What is written as a sheet reads back the same, in either form."""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xlsxwriter import Workbook

from foundation import sheets
from foundation.money import format_quantity
from foundation.sheets import SheetInvalid

COLUMNS = ("code", "price")
# Read cells are stripped, so texts have no space around them.
texts = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=20).filter(
    lambda text: text == text.strip()
)
codes = st.one_of(texts, st.sampled_from(["=1+1", "'=1", "''@x", "-5", "'", "0123", "1e5", '"', "नमक, 1 kg"]))
prices = st.decimals(0, 10**9, places=6, allow_nan=False, allow_infinity=False)


priced = st.lists(st.tuples(codes, prices), min_size=1, max_size=5)


@given(priced)
def test_a_sheet_reads_back_as_it_was_written(rows: list[tuple[str, Decimal]]) -> None:
    assert _read_back(sheets.as_csv(COLUMNS, rows)) == _said(rows)


@settings(max_examples=10, deadline=None)  # each is read by a process of its own
@given(priced)
def test_a_spreadsheet_reads_back_as_it_was_written(rows: list[tuple[str, Decimal]]) -> None:
    assert _read_back(sheets.as_xlsx("Prices", COLUMNS, rows)) == _said(rows)


def _said(rows: list[tuple[str, Decimal]]) -> list[dict[str, str]]:
    return [{"code": code, "price": format_quantity(price)} for code, price in rows]


def _read_back(content: bytes) -> list[dict[str, str]]:
    read = sheets.rows_of(content, columns=COLUMNS, lines_max=5)
    return [{**row, "price": format_quantity(Decimal(row["price"]))} for row in read]


def test_a_small_spreadsheet_whose_cells_lie_far_apart_is_refused_and_ends_nobody() -> None:
    written = io.BytesIO()
    with Workbook(written, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Prices")
        sheet.write_row(0, 0, COLUMNS)
        sheet.write_string(1_048_575, 16_383, "far away")  # the last cell that a spreadsheet has
    content = written.getvalue()
    with pytest.raises(SheetInvalid, match="too far apart"):
        sheets.rows_of(content, columns=COLUMNS, lines_max=5)
    with pytest.raises(SheetInvalid, match="too far apart"):
        sheets.grid_of(content, lines_max=5)


def test_a_packed_file_that_is_no_spreadsheet_is_refused_with_the_reason() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as packed:
        packed.writestr("letter.txt", b"Dear Sir")
    with pytest.raises(SheetInvalid, match="no sheet that can be read"):
        sheets.rows_of(target.getvalue(), columns=COLUMNS, lines_max=5)


def test_a_spreadsheet_with_more_lines_than_asked_for_is_refused() -> None:
    content = sheets.as_xlsx("Prices", COLUMNS, [("a", Decimal(1))] * 3)
    with pytest.raises(SheetInvalid, match="more than 2 lines"):
        sheets.rows_of(content, columns=COLUMNS, lines_max=2)


def test_a_small_file_that_unpacks_to_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "UNPACKED_BYTES_MAX", 1000)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * 100_000)
    with pytest.raises(SheetInvalid, match="unpacks to"):
        sheets.rows_of(target.getvalue(), columns=COLUMNS, lines_max=5)


def test_more_lines_than_asked_for_are_refused() -> None:
    with pytest.raises(SheetInvalid, match="more than 2 lines"):
        sheets.rows_of(b"code\na\nb\nc\n", columns=("code",), lines_max=2)

"""What is written as a sheet reads back the same, in either form."""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


@given(st.lists(st.tuples(codes, prices), min_size=1, max_size=5))
def test_a_sheet_reads_back_as_it_was_written(rows: list[tuple[str, Decimal]]) -> None:
    said = [{"code": code, "price": format_quantity(price)} for code, price in rows]
    for content in (sheets.as_csv(COLUMNS, rows), sheets.as_xlsx("Prices", COLUMNS, rows)):
        read = sheets.rows_of(content, columns=COLUMNS, lines_max=5)
        assert [{**row, "price": format_quantity(Decimal(row["price"]))} for row in read] == said


def test_a_small_file_that_unpacks_to_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "UNPACKED_BYTES_MAX", 1000)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * 100_000)
    with pytest.raises(SheetInvalid, match="unpacks to"):
        sheets.rows_of(target.getvalue(), columns=COLUMNS, lines_max=5)


def test_more_lines_than_asked_for_are_refused() -> None:
    with pytest.raises(SheetInvalid, match="3 lines"):
        sheets.rows_of(b"code\na\nb\nc\n", columns=("code",), lines_max=2)

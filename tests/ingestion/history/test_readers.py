from __future__ import annotations

from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from ingestion.history import mapping, readers
from ingestion.history.errors import UnknownColumn, UnreadableFile

UCI = mapping.load("uci-online-retail")
WHEN = datetime(2010, 12, 1, 8, 26)  # noqa: DTZ001 - files hold times without a zone
HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
FIELDS = ["row_no", "line_no", "document_no", "product_code", "quantity", "unit_price", "occurred_at",
          "description", "customer_ref", "country"]  # fmt: skip


def csv_file(folder: Path, *rows: str, header: str = HEADER) -> Path:
    path = folder / "history.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def test_csv_cells_are_read_as_they_are_written(tmp_path: Path) -> None:
    path = csv_file(tmp_path, '536365,85123A,"HEART, WHITE",6,2010-12-01 08:26:00,2.550,17850,United Kingdom')
    raw = readers.read(path, UCI)
    assert raw.cells.columns == FIELDS
    assert raw.cells.row(0) == (
        1, 2, "536365", "85123A", "6", "2.550", "2010-12-01 08:26:00", "HEART, WHITE", "17850", "United Kingdom"
    )  # fmt: skip


def test_a_bom_and_another_delimiter_are_no_hindrance(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    path.write_text("\ufeff" + HEADER.replace(",", ";") + "\n1;A;x;1;2010-12-01 08:26:00;2,55;1;France\n")
    other = UCI.model_copy(update={"file": UCI.file.model_copy(update={"delimiter": ";"})})
    assert readers.read(path, other).cells["unit_price"].to_list() == ["2,55"]


def test_a_row_of_another_width_is_malformed_and_keeps_its_number(tmp_path: Path) -> None:
    good = "1,A,x,1,2010-12-01 08:26:00,2.55,1,France"
    raw = readers.read(csv_file(tmp_path, good, "2,A,x", good + ",extra", good), UCI)
    assert raw.cells["row_no"].to_list() == [1, 4]
    assert raw.malformed["row_no"].to_list() == [2, 3]
    assert raw.malformed["reason"].to_list() == [
        "has 3 cells where the header has 8",
        "has 9 cells where the header has 8",
    ]


def test_blank_lines_are_passed_over_and_the_others_keep_their_line_of_the_file(tmp_path: Path) -> None:
    good = '1,A,"two\nlines",1,2010-12-01 08:26:00,2.55,1,France'
    raw = readers.read(csv_file(tmp_path, good, "", ",,,,,,,", "  ", good, "2,A,x"), UCI)
    assert raw.cells["line_no"].to_list() == [2, 7]
    assert raw.cells["row_no"].to_list() == [1, 5]
    assert raw.malformed["line_no"].to_list() == [9]


def test_blank_rows_of_a_sheet_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "history.xlsx"
    one = frame(when=WHEN)
    pl.concat([one, one.clear(n=2), one]).write_excel(path)
    assert readers.read(path, UCI).cells["line_no"].to_list() == [2, 5]


def test_bytes_of_another_encoding_spoil_their_row_only(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "1,A,x,1,2010-12-01 08:26:00,2.55,1,France")
    path.write_bytes(path.read_bytes() + b"2,A,caf\xe9,1,2010-12-01 08:26:00,2.55,1,France\n")
    raw = readers.read(path, UCI)
    assert raw.cells.height == 1
    assert raw.malformed["reason"].to_list() == ["holds bytes that are not of the file's encoding"]


def test_an_unclosed_quotation_mark_is_said(tmp_path: Path) -> None:
    path = csv_file(tmp_path, '1,A,"x,1,2010-12-01 08:26:00,2.55,1,France', "y" * 200_000)
    with pytest.raises(UnreadableFile, match="quotation mark"):
        readers.read(path, UCI)


def test_a_missing_column_is_named_with_the_nearest(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "1", header=HEADER.replace("UnitPrice", "Unit Price"))
    with pytest.raises(UnknownColumn, match=r"columns\.unit_price = 'UnitPrice' \(did you mean 'Unit Price'"):
        readers.read(path, UCI)


def test_parquet_keeps_the_types_it_has(tmp_path: Path) -> None:
    path = tmp_path / "history.parquet"
    frame(when=WHEN).write_parquet(path)
    raw = readers.read(path, UCI)
    assert raw.cells.columns == FIELDS
    assert raw.cells.schema["unit_price"] == pl.Float64
    assert raw.cells["row_no"].to_list() == [1]


def test_a_broken_parquet_is_named(tmp_path: Path) -> None:
    path = tmp_path / "history.parquet"
    frame(when=WHEN).write_parquet(path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(UnreadableFile, match=r"history\.parquet is not a whole Parquet file"):
        readers.read(path, UCI)


def test_a_column_of_lists_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "history.parquet"
    frame(when=WHEN).with_columns(pl.lit([["a", "b"]]).alias("Country")).write_parquet(path)
    with pytest.raises(UnreadableFile, match="Country"):
        readers.read(path, UCI)


def test_xlsx_numbers_and_dates_come_as_exact_text(tmp_path: Path) -> None:
    path = tmp_path / "history.xlsx"
    frame(when=WHEN).write_excel(path)
    row = readers.read(path, UCI).cells.row(0, named=True)
    assert (row["unit_price"], row["quantity"], row["occurred_at"]) == ("0.001", "6", "2010-12-01 08:26:00")


def test_a_sheet_that_is_absent_is_named(tmp_path: Path) -> None:
    path = tmp_path / "history.xlsx"
    frame(when=WHEN).write_excel(path, worksheet="Sales 2010")
    other = UCI.model_copy(update={"file": UCI.file.model_copy(update={"sheet": "Sales 2011"})})
    with pytest.raises(UnreadableFile, match=r"no sheet 'Sales 2011' \(did you mean 'Sales 2010'"):
        readers.read(path, other)


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".xlsx"])
def test_an_empty_file_is_said_to_be_empty(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"history{suffix}"
    path.touch()
    with pytest.raises(UnreadableFile, match="is empty"):
        readers.read(path, UCI)


def test_a_header_without_rows_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="a header and no rows"):
        readers.read(csv_file(tmp_path), UCI)


def test_another_format_is_refused_with_those_that_are_read(tmp_path: Path) -> None:
    path = tmp_path / "history.ods"
    path.write_text("x")
    with pytest.raises(UnreadableFile, match=r"'\.ods'; read are \.csv, \.parquet, \.xlsx"):
        readers.read(path, UCI)


def test_a_text_file_called_xlsx_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "history.xlsx"
    path.write_text("no workbook")
    with pytest.raises(UnreadableFile, match="not a whole XLSX file"):
        readers.read(path, UCI)


def frame(when: datetime) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "InvoiceNo": ["536365"],
            "StockCode": ["85123A"],
            "Description": ["HEART"],
            "Quantity": [6],
            "InvoiceDate": [when],
            "UnitPrice": [0.001],
            "CustomerID": [17850.0],
            "Country": ["France"],
        }
    )

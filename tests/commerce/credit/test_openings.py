"""What was owed before is taken in from a sheet, once, in both books, whole or not at all."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime

import pytest
import xlsxwriter

from commerce.credit import openings, statements
from commerce.credit.errors import OpeningsFaulty
from commerce.credit.openings import Reading
from foundation import clock
from foundation.database import read, write
from foundation.embedded_postgres import Server
from foundation.sheets import SheetInvalid
from tests.commerce.factories import Market, market, open_debits

pytestmark = pytest.mark.committing

NOON = datetime(2026, 3, 1, 6, tzinfo=UTC)
HEAD = "retailer,number,amount,document_date,due_date\n"


def take_in(trade: Market, content: bytes, *, is_preview: bool = False) -> Reading:
    with clock.at(NOON):
        return write(
            lambda session: openings.take_in(
                session,
                vendor_id=trade.vendor_id,
                rows=openings.rows_of(content),
                time_zone="Asia/Kathmandu",
                is_preview=is_preview,
            )
        )


def refused(trade: Market, content: bytes) -> list[int]:
    """The lines for which a sheet is kept out, each with a reason."""
    with pytest.raises(OpeningsFaulty) as caught:
        take_in(trade, content)
    faults = caught.value.facts["faults"]
    assert all(fault["reason"] for fault in faults)
    return [fault["line_no"] for fault in faults]


def sheet(trade: Market, *lines: str) -> bytes:
    return (HEAD + "".join(f"{trade.retailer_id},{line}\n" for line in lines)).encode()


def test_open_invoices_are_owed_from_their_days_on_and_paid_like_others(migrated: Server) -> None:
    trade = market()
    content = sheet(trade, "A-1,100.50,2025-12-01,2026-01-01", 'A-2,"1,000",2026-02-01,')
    assert take_in(trade, content, is_preview=True).total_paisa == 110_050
    assert trade.exposure()[0] == 0
    assert take_in(trade, content).faults == []
    assert open_debits(trade) == [10_050, 100_000]
    assert refused(trade, content) == [2, 3]
    assert [fault.line_no for fault in take_in(trade, content, is_preview=True).faults] == [2, 3]
    trade.pay(20_000)
    assert (open_debits(trade), trade.exposure()[0]) == ([90_050], 90_050)


def test_an_older_debt_that_comes_in_later_is_open_until_the_advance_was_paid(migrated: Server) -> None:
    with clock.at(NOON):
        trade = market()
        trade.place(1)
        trade.pay(1)
    assert take_in(trade, sheet(trade, "A-1,123.45,2026-01-01,")).faults == []

    def told(day: date) -> tuple[int, int]:
        with read() as session:
            found = statements.statement(
                session, vendor_id=trade.vendor_id, retailer_id=trade.retailer_id, first=day, last=day
            )
        return sum(found.ageing.values()), found.closing_paisa

    assert told(date(2026, 1, 10)) == (12_345, 12_345)
    assert told(date(2026, 3, 1)) == (12_344, 12_344)


def test_a_document_of_a_year_that_nobody_has_is_a_fault(migrated: Server) -> None:
    trade = market()
    lines = ("A-1,1,0001-01-01,2026-01-01", "A-2,1,2026-01-01,9999-12-31", "A-3,1,2026-01-01,")
    assert refused(trade, sheet(trade, *lines)) == [2, 3]
    assert trade.exposure()[0] == 0


def test_one_bad_line_keeps_the_whole_sheet_out(migrated: Server) -> None:
    trade = market()
    faulty = refused(
        trade,
        sheet(
            trade,
            "A-1,100,2026-01-01,2026-01-31",
            "A-1,100,2026-01-01,2026-01-31",
            "A-2,-5,2026-01-01,",
            "A-3,0.001,2026-01-01,",
            "A-4,5,yesterday,",
            "A-5,5,2026-03-02,",
            "A-6,5,2026-01-02,2026-01-01",
            ",5,2026-01-02,",
        )
        + b"nobody,A-9,5,2026-01-01,\n",
    )
    assert faulty == [3, 4, 5, 6, 7, 8, 9, 10]
    assert trade.exposure()[0] == 0


def test_a_spreadsheet_says_the_same(migrated: Server) -> None:
    trade = market()
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["Retailer", "Number", "Amount", "Document_date", "Due_date"])
        page.write_row(1, 0, [str(trade.retailer_id), "A-1", 100.5])
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        page.write_datetime(1, 3, datetime(2026, 1, 1), day)  # noqa: DTZ001 - a cell has no zone
        page.write_datetime(1, 4, datetime(2026, 1, 31), day)  # noqa: DTZ001 - a cell has no zone
    [line] = take_in(trade, target.getvalue()).lines
    assert (line.amount_paisa, line.document_date, line.due_date) == (
        10_050,
        date(2026, 1, 1),
        date(2026, 1, 31),
    )
    assert open_debits(trade) == [10_050]


@pytest.mark.parametrize(
    "content", [b"", b"retailer,number\nx,1\n", b"PK\x03\x04 no spreadsheet", b"\xff\xfe\x00"]
)
def test_what_is_no_sheet_is_told(content: bytes) -> None:
    with pytest.raises(SheetInvalid):
        openings.rows_of(content)

"""The sales register tells every document of a period once, and adds up to the books."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import text

from commerce.billing.draft import AddGoods
from commerce.register import service
from commerce.register.errors import RegisterPeriodInvalid
from commerce.register.service import Document, Summed
from foundation import clock, sheets
from foundation.database import read
from foundation.embedded_postgres import Server
from tests.commerce.billing.counter import Shop
from tests.commerce.factories import market

pytestmark = pytest.mark.committing

NOON = datetime(2026, 12, 10, 6, 30, tzinfo=UTC)


def opened(profile: str, country: str = "IN", state: str = "07") -> Shop:
    with clock.at(NOON - timedelta(days=60)):
        return Shop(profile, country=country, state=state)


@pytest.fixture
def shop(migrated: Server) -> Shop:
    return opened("regular")


def biscuits(shop: Shop, quantity: int) -> AddGoods:
    return AddGoods(shop.biscuits, "packet", Decimal(quantity))


def trade(shop: Shop) -> dict[str, UUID]:
    """A bill, one that was cancelled, one to a customer of which a part came back."""
    # Of sugar nobody is sure in Nepal.
    sugar = [AddGoods(shop.sugar, "kg", Decimal(2))] if shop.country == "IN" else []
    with clock.at(NOON - timedelta(days=1)):
        plain = shop.sell(biscuits(shop, 10), *sugar)
        wrong = shop.sell(biscuits(shop, 4))
        named = shop.sell(biscuits(shop, 6), customer=shop.customer)
    with clock.at(NOON):
        shop.cancel(wrong)
        note = shop.give_back(named, (1, "2"))
    return {"plain": plain, "wrong": wrong, "named": named, "note": note}


def told(shop: Shop, **given: object) -> list[Document]:
    with clock.at(NOON), read((shop.id,)) as session:
        return service.documents(
            session,
            service.period(session, business_id=shop.id, **given),  # type: ignore[arg-type]
            limit=50,
        )


def summed(shop: Shop) -> Summed:
    with clock.at(NOON), read((shop.id,)) as session:
        return service.summary(session, service.period(session, business_id=shop.id))


def sheet(shop: Shop) -> list[dict[str, str]]:
    with clock.at(NOON), read((shop.id,)) as session:
        made = service.as_file(session, service.period(session, business_id=shop.id), "csv")
    return list(csv.DictReader(io.StringIO(made.decode("utf-8-sig"))))


def test_a_note_takes_away_and_a_cancelled_bill_comes_to_nothing(shop: Shop):
    made = trade(shop)
    rows = {one["id"]: one for one in told(shop)}
    assert list(rows) == [made["plain"], made["wrong"], made["named"], made["note"]]
    amounts = {name: rows[made[name]]["total_paisa"] for name in made}
    assert amounts == {"plain": 188_00, "wrong": 0, "named": 60_00, "note": -20_00}
    assert [rows[made[name]]["is_cancelled"] for name in made] == [False, True, False, False]
    assert (rows[made["named"]].buyer, rows[made["plain"]].buyer) == ("Ramesh", None)
    assert rows[made["note"]]["original_number"] == rows[made["named"]]["number"]


def test_the_register_adds_up_to_the_books_and_the_summary(shop: Shop):
    trade(shop)
    rows, sums = told(shop), summed(shop)
    with read((shop.id,)) as session:
        booked = session.execute(
            text("""
                SELECT account.code, -CAST(sum(line.amount_paisa) AS bigint) AS amount FROM app.postings line
                JOIN app.accounts account ON account.id = line.account_id
                WHERE account.business_id = :id AND account.code IN ('sales', 'sales_returns', 'output_tax')
                GROUP BY account.code
            """),
            {"id": shop.id},
        )
        posted = {row.code: row.amount for row in booked}
    taxes = ("cgst_paisa", "sgst_paisa", "igst_paisa", "cess_paisa", "vat_paisa")
    values = ("taxable_paisa", "untaxed_paisa")
    assert sum(row[name] for row in rows for name in taxes) == posted["output_tax"] > 0
    assert sum(row[name] for row in rows for name in values) == posted["sales"] + posted["sales_returns"]
    assert sum(row["taxable_paisa"] for row in sums.by_hsn) == sum(row[n] for row in rows for n in values)
    assert [(row["hsn"], row["quantity"]) for row in sums.by_hsn] == [("1701", 2), ("1905", 14)]


def test_the_series_tell_from_to_how_many_and_how_many_cancelled(shop: Shop):
    trade(shop)
    found = [
        (row["first_number"], row["last_number"], row["total"], row["cancelled"], row["missing"])
        for row in summed(shop).series
    ]
    assert sorted(found) == [
        ("26-27/000001", "26-27/000003", 3, 1, 0),
        ("CB/26-27/000001", "CB/26-27/000001", 1, 0, 0),
    ]


def test_a_vendors_invoices_stand_in_it_like_a_shops(migrated: Server):
    trade_ = market()
    trade_.deliver(trade_.accepted(5))
    with read((trade_.vendor_id, trade_.retailer_id)) as session:
        period = service.period(session, business_id=trade_.vendor_id)
        [one] = service.documents(session, period, limit=5)
        [series] = service.summary(session, period).series
    assert (one["retailer_id"], series["total"]) == (trade_.retailer_id, 1)
    assert one.buyer is not None


def test_nepals_book_has_its_own_columns_and_days(migrated: Server):
    shop = opened("vat", country="NP", state="NP-P3")
    trade(shop)
    rows = sheet(shop)
    assert tuple(rows[0]) == service.COLUMNS["NP"]
    assert [row["date_bs"] for row in rows] == ["2083.08.23", "2083.08.23", "2083.08.23", "2083.08.24"]
    for row in rows:
        parts = [Decimal(row[name]) for name in ("taxable_sales", "exempt_sales", "vat", "round_off")]
        assert sum(parts) == Decimal(row["total_sales"])
    assert {one["id"] for one in told(shop, month="2083.08")} == {one["id"] for one in told(shop)}
    assert told(shop, month="2083.07") == []


def test_a_month_of_india_is_of_our_calendar(shop: Shop):
    trade(shop)
    assert len(told(shop, month="2026-12")) == 4
    assert told(shop, month="2026-11") == []


def test_a_sheet_reads_back_as_it_was_written(shop: Shop):
    trade(shop)
    rows = sheet(shop)
    assert tuple(rows[0]) == service.COLUMNS["IN"]
    with clock.at(NOON), read((shop.id,)) as session:
        made = service.as_file(session, service.period(session, business_id=shop.id), "xlsx")
    again = sheets.rows_of(made, columns=("number", "total"), lines_max=100)
    assert [(row["number"], Decimal(row["total"])) for row in again] == [
        (row["number"], Decimal(row["total"])) for row in rows
    ]


def test_what_is_no_period_is_refused(shop: Shop):
    for given in (
        {"month": "2026-13"},
        {"month": "0001-01"},
        {"first": date(2026, 12, 10), "last": date(2026, 12, 9)},
        {"first": date(2024, 1, 1)},
        {"month": "2026-12", "last": date(2026, 12, 9)},
    ):
        with pytest.raises(RegisterPeriodInvalid):
            told(shop, **given)
    nepal = opened("vat", country="NP", state="NP-P3")
    with pytest.raises(RegisterPeriodInvalid, match="Bikram Sambat"):
        told(nepal, month="2099.01")

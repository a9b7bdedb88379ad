"""A shop's day: each figure is what was written on that day of its own calendar, and nothing else."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from commerce.billing import cancelling
from commerce.billing.draft import AddGoods
from commerce.billing.tenders import Tender
from commerce.expenses import service as expenses
from commerce.khata import service as khata
from commerce.purchases import service as purchases
from commerce.purchases.suppliers import Named
from commerce.stock import adjusting
from commerce.summary import service
from commerce.summary.errors import SummaryDayInvalid
from commerce.summary.service import Figures, Summary
from foundation import clock
from foundation.database import read, write
from foundation.embedded_postgres import Server
from tests.commerce.billing.counter import Shop

pytestmark = pytest.mark.committing

TODAY = date(2026, 12, 10)
NOON = datetime(2026, 12, 10, 6, 30, tzinfo=UTC)  # in Delhi
MIDNIGHT_PAST = datetime(2026, 12, 10, 19, 0, tzinfo=UTC)  # half past midnight of the eleventh in Delhi


@pytest.fixture
def shop(migrated: Server) -> Shop:
    with clock.at(NOON - timedelta(days=30)):
        return Shop("regular")


def biscuits(shop: Shop, quantity: int) -> AddGoods:
    return AddGoods(shop.biscuits, "packet", Decimal(quantity))


def summary(shop: Shop, day: date | None = None) -> Summary:
    with read((shop.id,)) as session:
        return service.daily(session, business_id=shop.id, day=day)


def trade(shop: Shop) -> None:
    """A day at the counter and beside it."""
    shop.sell(biscuits(shop, 10))
    shop.sell(biscuits(shop, 3), tenders=[Tender("upi", 20_00), Tender("cash", 10_00)])
    shop.sell(
        AddGoods(shop.sugar, "kg", Decimal(5)), customer=shop.customer, tenders=[Tender("cash", 100_00)]
    )
    wrong = shop.sell(biscuits(shop, 7))
    write(
        lambda session: cancelling.cancel(
            session, business_id=shop.id, invoice_id=wrong, reason="typed wrong"
        )
    )
    facts = {"business_id": shop.id, "customer_id": shop.customer}
    write(lambda session: khata.add_debit(session, **facts, amount_paisa=50_00))  # type: ignore[arg-type]
    write(
        lambda session: khata.record_payment(session, **facts, amount_paisa=30_00, mode="upi")  # type: ignore[arg-type]
    )
    spent = write(
        lambda session: expenses.record_expense(
            session, business_id=shop.id, head="refreshments", amount_paisa=40_00, mode="cash"
        )
    )
    write(
        lambda session: expenses.record_expense(
            session, business_id=shop.id, head="rent", amount_paisa=900_00, mode="bank"
        )
    )
    write(lambda session: expenses.reverse_expense(session, business_id=shop.id, expense_id=spent))
    line = purchases.Line(shop.sugar, Decimal(20), None, 800_00)
    write(
        lambda session: purchases.take_in(
            session, business_id=shop.id, lines=[line], paid_by="owed", supplier=Named("Gupta")
        )
    )
    shop.take_in("Sita")


def figures(told: Figures) -> dict[str, object]:
    return {
        **{name: value for name, value in vars(told).items() if name != "payments"},
        "payments": {row["mode"]: row["amount_paisa"] for row in told.payments},
    }


def test_a_day_is_told_and_nothing_of_the_days_beside_it(shop: Shop):
    with clock.at(NOON):
        trade(shop)
        told = summary(shop)
    with clock.at(MIDNIGHT_PAST):
        shop.sell(biscuits(shop, 1))
        assert figures(summary(shop, TODAY).today) == figures(told.today)
        assert summary(shop).today.bills == 1
    assert (told.day, told.compared_with) == (TODAY, TODAY - timedelta(days=7))
    found = figures(told.today)
    tax = found.pop("tax_paisa")
    assert isinstance(tax, int)
    assert 0 < tax < 350_00
    assert found == {
        "bills": 3,
        "bills_paisa": 350_00,
        "cancelled": 1,
        "cancelled_paisa": 70_00,
        "returns": 0,
        "returns_paisa": 0,
        "paid_paisa": 260_00,
        "on_credit_paisa": 90_00,
        "khata_given_paisa": 140_00,
        "khata_collected_paisa": 0,
        "expenses": 2,
        "expenses_paisa": 900_00,
        "stock_ins": 1,
        "stock_ins_paisa": 800_00,
        "stock_ins_owed_paisa": 800_00,
        "new_customers": 1,
        "outstanding_paisa": 140_00,
        "payments": {"cash": 210_00, "upi": 50_00},
    }
    assert [(row["sku"][:3], row["quantity"], row["total_paisa"]) for row in told.top_goods] == [
        ("SKU", 5, 220_00),
        ("SKU", 13, 130_00),
    ]


def test_the_week_before_stands_beside_it(shop: Shop):
    with clock.at(NOON - timedelta(days=7)):
        trade(shop)
    with clock.at(NOON):
        told = summary(shop)
    assert told.today.bills == told.today.bills_paisa == 0
    assert told.today.outstanding_paisa == 140_00
    assert (told.week_before.bills, told.week_before.bills_paisa) == (3, 350_00)
    assert told.top_goods == []


def test_goods_under_their_threshold_are_counted(shop: Shop):
    shop.stock_up(shop.biscuits, "5")
    with clock.at(NOON):
        assert summary(shop).low_stock == 0
        write(
            lambda session: adjusting.set_threshold(
                session,
                business_id=shop.id,
                product_id=shop.biscuits,
                quantity=Decimal(6),
                actor_id=shop.id,
            )
        )
        assert summary(shop).low_stock == 1


def test_a_day_that_has_not_come_has_no_summary(shop: Shop):
    with clock.at(NOON), pytest.raises(SummaryDayInvalid, match="has not come"):
        summary(shop, TODAY + timedelta(days=1))

"""When debts are due by the terms of a pair."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from commerce.credit import service as credit
from commerce.credit.errors import LimitInvalid
from commerce.credit.terms import due_date
from foundation import clock
from foundation.database import read, write
from foundation.embedded_postgres import Server
from foundation.ids import uuid7
from tests.commerce.factories import Market, market

NOON = datetime(2026, 3, 5, 6, tzinfo=UTC)


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 365), st.integers(1, 28))
def test_a_day_of_the_month_is_the_first_one_after_the_days_to_pay(
    day: date, net: int, of_month: int
) -> None:
    due = due_date(day, net, of_month)
    earliest = day + timedelta(days=net)
    assert due.day == of_month
    assert earliest <= due < earliest + timedelta(days=31)
    assert due_date(day, net) == earliest


def give(trade: Market, **terms: int | None) -> None:
    write(
        lambda session: credit.give_credit(
            session,
            vendor_id=trade.vendor_id,
            retailer_id=trade.retailer_id,
            limit_paisa=1_000_000,
            reason="new terms",
            approved_by=uuid7(),
            **terms,
        )
    )


def test_a_delivery_is_due_by_the_terms_of_its_day(migrated: Server) -> None:
    with clock.at(NOON - timedelta(days=1)):
        trade = market(net_days=15)
    with clock.at(NOON):
        trade.deliver(trade.accepted(1))
        give(trade, net_days=10, day_of_month=10)
        trade.deliver(trade.accepted(1))
        give(trade, net_days=None)
        trade.deliver(trade.accepted(1))
        give(trade, net_days=10)
        trade.deliver(trade.accepted(1))
        with pytest.raises(LimitInvalid):
            give(trade, net_days=10, day_of_month=29)
        with pytest.raises(LimitInvalid):
            give(trade, net_days=None, day_of_month=10)
    with read() as session:
        rows = session.execute(
            text("""
                SELECT item.due_date FROM app.receivable_items item
                JOIN app.credit_agreements agreement ON agreement.receivable_account_id = item.account_id
                WHERE agreement.vendor_id = :vendor_id ORDER BY item.recorded_at, item.id
            """),
            {"vendor_id": trade.vendor_id},
        )
        due = [row.due_date for row in rows]
    assert due == [date(2026, 3, 20), date(2026, 4, 10), date(2026, 4, 10), date(2026, 3, 15)]

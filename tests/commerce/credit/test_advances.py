"""A part of an order that is paid before its goods are handed over."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from commerce.credit import allocation
from commerce.credit.errors import LimitInvalid
from commerce.ordering import service as ordering
from commerce.ordering.advances import advance_of
from commerce.ordering.errors import AdvanceMissing
from foundation.database import read, write
from foundation.embedded_postgres import Server
from foundation.ids import uuid7
from tests.commerce.credit.test_terms import give
from tests.commerce.factories import VENDOR, Market, market, open_credits, open_debits


@pytest.fixture
def trade(migrated: Server) -> Market:
    """Half of every order is paid before; goods at 10 rupees."""
    trade = market()
    give(trade, net_days=10, advance_percent=50)
    return trade


def decisions(order_id: UUID) -> list[tuple[str, int, int]]:
    with read() as session:
        rows = session.execute(
            text("""
                SELECT reason_code, asked_paisa, granted_paisa FROM app.decisions
                WHERE order_id = :id AND kind = 'advance'
            """),
            {"id": order_id},
        )
        return [tuple(row) for row in rows]


@given(st.integers(0, 10**12), st.integers(1, 100))
def test_an_advance_is_never_less_than_its_part(total: int, percent: int) -> None:
    assert 0 <= advance_of(total, percent) * 100 - total * percent < 100


def test_goods_wait_for_the_advance_and_settle_themselves_with_it(trade: Market) -> None:
    order_id = trade.accepted(10)
    with pytest.raises(AdvanceMissing) as refused:
        trade.deliver(order_id)
    assert (refused.value.facts["needed_paisa"], refused.value.facts["there_paisa"]) == (5_000, 0)
    assert (trade.exposure()[:2], trade.shelf()) == ((0, 10_000), (1000, 10))
    trade.pay(5_000, is_rest_kept=True)
    trade.deliver(order_id, {1: Decimal(3)})
    # What settled the first part counts for the order still.
    assert (open_debits(trade), open_credits(trade)) == ([], [2_000])
    trade.deliver(order_id)
    assert (open_debits(trade), open_credits(trade)) == ([5_000], [])


def test_one_advance_counts_for_one_order(trade: Market) -> None:
    first, second = trade.accepted(10), trade.accepted(10)
    trade.pay(5_000, is_rest_kept=True)
    trade.deliver(first)
    with pytest.raises(AdvanceMissing):
        trade.deliver(second)


def test_what_came_back_or_was_given_up_was_not_paid_before(trade: Market) -> None:
    order_id = trade.accepted(10)
    part = {1: Decimal(3)}
    handed = partial(ordering.deliver, order_id=order_id, actor=VENDOR, quantities=part)
    write(partial(handed, without_advance="pays at the door"))
    back = partial(ordering.take_back, order_id=order_id, actor=VENDOR, quantities=part, reason="unsold")
    write(back)
    write(partial(handed, without_advance="pays at the door"))
    give_up(trade)
    assert (open_debits(trade), open_credits(trade)) == ([], [])
    with pytest.raises(AdvanceMissing) as refused:
        trade.deliver(order_id)
    assert refused.value.facts["there_paisa"] == 0
    trade.pay(5_000, is_rest_kept=True)
    trade.deliver(order_id)


def give_up(trade: Market) -> None:
    """Write off all that is owed."""
    with read() as session:
        [item_id] = session.execute(
            text("""
                SELECT id FROM app.receivable_items item WHERE business_id = :vendor_id AND amount_paisa > 0
                  AND amount_paisa > (SELECT coalesce(sum(amount_paisa), 0) FROM app.allocations
                                      WHERE debit_item_id = item.id)
            """),
            {"vendor_id": trade.vendor_id},
        ).scalars()
    write(
        lambda session: allocation.set_policy(
            session, vendor_id=trade.vendor_id, write_off_max_paisa=10_000, set_by=uuid7()
        )
    )
    write(
        lambda session: allocation.write_off(
            session,
            vendor_id=trade.vendor_id,
            item_id=item_id,
            amount_paisa=None,
            reason="gone",
            requested_by=uuid7(),
        )
    )


def test_the_vendor_may_not_wait_and_says_why(trade: Market) -> None:
    order_id = trade.accepted(10)
    trade.pay(1_000, is_rest_kept=True)
    write(partial(ordering.deliver, order_id=order_id, actor=VENDOR, without_advance="pays at the door"))
    assert decisions(order_id) == [("advance-waived", 5_000, 1_000)]
    give(trade, net_days=10)
    trade.deliver(trade.accepted(1))


def test_an_advance_is_a_part_of_terms(trade: Market) -> None:
    for terms in ({"net_days": 10, "advance_percent": 101}, {"net_days": None, "advance_percent": 10}):
        with pytest.raises(LimitInvalid):
            give(trade, **terms)

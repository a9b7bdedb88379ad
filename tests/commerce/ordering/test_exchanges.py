"""Goods that come back for others, or for the same ones whole."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from commerce.ledger.errors import CreditLimitExceeded
from commerce.ordering import queries
from commerce.ordering import service as ordering
from commerce.ordering.errors import (
    ExchangeAnswered,
    ExchangePriceChanged,
    NotYourMove,
    QuantityExceeded,
    QuantityInvalid,
)
from commerce.ordering.exchanges import exchange_of
from commerce.ordering.models import Exchange
from foundation.database import read, write
from foundation.embedded_postgres import Server
from tests.commerce.conftest import CALLERS, Crowd
from tests.commerce.factories import RETAILER, VENDOR, Market, market, open_credits, open_debits, reprice
from tests.commerce.ordering.test_concurrency import books_hold

pytestmark = pytest.mark.committing


@pytest.fixture
def trade(migrated: Server) -> Market:
    return market()


def delivered(trade: Market, *quantities: int, **given: object) -> UUID:
    order_id = trade.accepted(*quantities, **given)
    trade.deliver(order_id)
    return order_id


def given(back: int, same: int = 0, others: list[ordering.Wish] | None = None) -> dict[str, Any]:
    return {
        "back": {1: Decimal(back)},
        "same": {1: Decimal(same)} if same else {},
        "others": others or [],
        "reason": "torn",
    }


def exchange(order_id: UUID, actor: ordering.Actor = VENDOR, **what: Any) -> UUID:
    return write(lambda session: ordering.exchange(session, order_id=order_id, actor=actor, **what))


def ask(order_id: UUID, actor: ordering.Actor = RETAILER, **what: Any) -> UUID:
    return write(lambda session: ordering.ask_exchange(session, order_id=order_id, actor=actor, **what))


def accept(order_id: UUID, exchange_id: UUID) -> None:
    write(
        lambda session: ordering.accept_exchange(
            session, order_id=order_id, exchange_id=exchange_id, actor=VENDOR
        )
    )


def seen(order_id: UUID, exchange_id: UUID) -> Exchange:
    with read() as session:
        return exchange_of(session, order_id, exchange_id)


def test_the_same_goods_whole_cost_nothing(trade: Market) -> None:
    order_id = delivered(trade, 10)
    done = seen(order_id, exchange(order_id, **given(3, 3)))
    assert (done.credited_paisa, done.charged_paisa, done.new_order_id) == (3_000, 3_000, None)
    assert trade.exposure()[:2] == (10_000, 0)
    assert trade.shelf() == (987, 0), "what was torn is not sold again"
    with read() as session:
        order = queries.order(session, order_id)
    assert (order["order_state"], order["fulfilment_state"], order["credit_state"]) == (
        "completed",
        "delivered",
        "charged",
    )
    assert sum(open_debits(trade)) - sum(open_credits(trade)) == 10_000
    assert books_hold(trade)


def test_other_goods_cost_the_difference(trade: Market) -> None:
    order_id = delivered(trade, 10)
    other = ordering.Wish(trade.products[1], Decimal(5))
    done = seen(order_id, exchange(order_id, **given(3, 0, [other]), is_restocked=True))
    assert (done.credited_paisa, done.charged_paisa) == (3_000, 5_000)
    assert trade.exposure()[:2] == (12_000, 0)
    assert (trade.shelf(0), trade.shelf(1)) == ((993, 0), (995, 0))
    assert books_hold(trade)


def test_goods_of_an_open_order_are_replaced_and_the_rest_still_comes(trade: Market) -> None:
    order_id = trade.accepted(10)
    trade.deliver(order_id, {1: Decimal(4)})
    exchange(order_id, **given(2, 2))
    assert trade.exposure()[:2] == (4_000, 6_000)
    trade.deliver(order_id)
    assert trade.exposure()[:2] == (10_000, 0)
    trade.take_back(order_id, {1: 10})
    assert trade.exposure()[:2] == (0, 0)
    assert books_hold(trade)


def test_a_replacement_needs_no_room_under_a_limit_that_was_lowered(trade: Market) -> None:
    order_id = delivered(trade, 10)
    trade.set_limit(0)
    exchange(order_id, **given(3, 3))
    with pytest.raises(CreditLimitExceeded):
        exchange(order_id, **given(1, 0, [ordering.Wish(trade.products[1], Decimal(1))]))
    assert trade.exposure() == (10_000, 0, 0)
    assert books_hold(trade)


def test_a_paid_order_is_exchanged_against_what_was_paid(trade: Market) -> None:
    order_id = delivered(trade, 10)
    trade.pay(10_000)
    exchange(order_id, **given(3, 0, [ordering.Wish(trade.products[1], Decimal(2))]))
    assert (trade.exposure()[0], open_debits(trade), open_credits(trade)) == (-1_000, [], [1_000])


def test_cash_changes_hands_by_the_difference(trade: Market) -> None:
    order_id = delivered(trade, 10, settlement="cash")
    done = seen(order_id, exchange(order_id, **given(3, 1)))
    assert (done.credited_paisa, done.charged_paisa) == (3_000, 1_000)
    assert trade.exposure()[:2] == (0, 0)


def test_what_a_retailer_asks_for_happens_once_and_no_dearer_than_shown(trade: Market, crowd: Crowd) -> None:
    order_id = delivered(trade, 10)
    other = ordering.Wish(trade.products[1], Decimal(2))
    asked = ask(order_id, **given(3, 1, [other]))
    assert trade.exposure()[:2] == (10_000, 0)
    reprice(trade, 1, "11")
    with pytest.raises(ExchangePriceChanged, match="22"):
        accept(order_id, asked)
    reprice(trade, 1, "9")
    answers = crowd([lambda: accept(order_id, asked)] * CALLERS)
    assert Counter(type(answer).__name__ for answer in answers) == {
        "NoneType": 1,
        ExchangeAnswered.__name__: CALLERS - 1,
    }
    assert trade.exposure()[:2] == (10_000 - 3_000 + 1_000 + 1_800, 0)
    assert books_hold(trade)


def test_exchanges_of_many_never_deadlock(trade: Market, crowd: Crowd) -> None:
    """Goods come back of one shelf and go out of another, both ways round."""
    first, second = delivered(trade, 50), delivered(trade, 1, 50)

    def there() -> object:
        return exchange(
            first, **given(1, 0, [ordering.Wish(trade.products[1], Decimal(1))]), is_restocked=True
        )

    def back() -> object:
        what = given(1, 0, [ordering.Wish(trade.products[0], Decimal(1))]) | {"back": {2: Decimal(1)}}
        return exchange(second, **what, is_restocked=True)

    answers = crowd([there, back] * (CALLERS // 2))
    assert Counter(type(answer).__name__ for answer in answers) == {"UUID": CALLERS}
    assert trade.exposure()[:2] == (101_000, 0)
    assert books_hold(trade)


def test_what_cannot_be_exchanged_is_refused(trade: Market) -> None:
    order_id = delivered(trade, 10)
    with pytest.raises(QuantityExceeded, match="only 10"):
        exchange(order_id, **given(11, 1))
    with pytest.raises(QuantityInvalid, match="go out again"):
        exchange(order_id, **given(1, 2))
    with pytest.raises(QuantityInvalid, match="is a return"):
        exchange(order_id, **given(1))
    with pytest.raises(NotYourMove):
        exchange(order_id, RETAILER, **given(1, 1))
    with pytest.raises(NotYourMove):
        ask(order_id, VENDOR, **given(1, 1))

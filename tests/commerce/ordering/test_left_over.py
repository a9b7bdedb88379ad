"""What is left over of an order delivered in part is released in its time, where its vendor says so."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import RowMapping, text

from commerce.ordering import queries
from commerce.ordering import service as ordering
from commerce.ordering.ending import release_moment
from commerce.ordering.errors import MoveNotAllowed, RulesInvalid
from foundation import clock
from foundation.database import read, write
from foundation.embedded_postgres import Server
from tests.commerce.factories import VENDOR, Market, market
from tests.commerce.ordering.test_concurrency import books_hold

pytestmark = pytest.mark.committing


@pytest.fixture
def trade(migrated: Server) -> Market:
    return market()


def ask(trade: Market, release_days: int | None) -> None:
    terms = ordering.HandoverTerms(release_days=release_days)
    write(
        lambda session: ordering.set_rules(
            session, vendor_id=trade.vendor_id, rules=ordering.Rules(), handover=terms
        )
    )


def order(order_id: UUID) -> RowMapping:
    with read() as session:
        return queries.order(session, order_id)


def release(order_id: UUID) -> None:
    write(lambda session: ordering.release(session, order_id=order_id))


def due() -> set[UUID]:
    with read() as session:
        return {one.id for one in ordering.left_over_due(session)}


def test_the_left_over_comes_free_in_its_time_and_not_before(trade: Market) -> None:
    ask(trade, 3)
    order_id = trade.accepted(10, 5)
    ask(trade, None)  # what is asked later is for later orders
    assert order(order_id)["release_at"] is None
    trade.deliver(order_id, {1: Decimal(4)})
    at = order(order_id)["release_at"]
    assert order_id not in due()
    with pytest.raises(MoveNotAllowed, match=f"not released before {at.year}"):
        release(order_id)
    with clock.at(at):
        assert order_id in due()
        release(order_id)
        assert order_id not in due()
        with pytest.raises(MoveNotAllowed, match="is completed"):
            release(order_id)
    assert trade.exposure()[:2] == (4_000, 0)
    assert [trade.shelf(0), trade.shelf(1)] == [(996, 0), (1000, 0)]
    assert books_hold(trade)
    ended = order(order_id)
    assert (ended["order_state"], ended["fulfilment_state"], ended["release_at"]) == (
        "completed",
        "delivered",
        None,
    )
    with read() as session:
        last = queries.timeline(session, order_id)[-1]
        told = session.execute(
            text("""
                SELECT type, payload ->> 'amount_paisa' FROM app.domain_events
                WHERE payload ->> 'order_id' = :order_id AND occurred_at >= :at ORDER BY id
            """),
            {"order_id": str(order_id), "at": at},
        ).all()
    assert (last["verb"], last["channel"], last["note"]) == (
        "release",
        "system",
        "the rest was not delivered in time",
    )
    assert [tuple(one) for one in told] == [("order-closed", None), ("order-left-over-released", "11000")]


def test_each_delivery_after_the_promised_day_puts_it_off_and_the_last_ends_it(trade: Market) -> None:
    ask(trade, 2)
    order_id = trade.accepted(10)
    trade.deliver(order_id, {1: Decimal(1)})
    first = order(order_id)["release_at"]
    with clock.at(first - timedelta(minutes=1)):
        trade.deliver(order_id, {1: Decimal(1)})
        assert order(order_id)["release_at"] > first
        trade.deliver(order_id)
    assert order(order_id)["release_at"] is None


def test_without_a_rule_it_waits_for_the_vendor(trade: Market) -> None:
    order_id = trade.accepted(10)
    trade.deliver(order_id, {1: Decimal(1)})
    assert order(order_id)["release_at"] is None
    with clock.at(clock.now() + timedelta(days=400)):
        assert order_id not in due()
        with pytest.raises(MoveNotAllowed, match="not released by itself"):
            release(order_id)
    write(lambda session: ordering.close_short(session, order_id=order_id, actor=VENDOR))


@pytest.mark.parametrize(
    ("promised_on", "delivered_on", "days", "expected"),
    [
        (date(2026, 3, 2), date(2026, 3, 1), 0, "2026-03-03T00:00:00+05:45"),
        (date(2026, 3, 2), date(2026, 3, 1), 3, "2026-03-06T00:00:00+05:45"),
        (date(2026, 3, 2), date(2026, 3, 9), 3, "2026-03-13T00:00:00+05:45"),
        (None, date(2026, 3, 9), 1, "2026-03-11T00:00:00+05:45"),
    ],
)
def test_days_are_counted_to_the_end_of_the_last_one_where_the_vendor_is(
    promised_on: date | None, delivered_on: date, days: int, expected: str
) -> None:
    assert release_moment(promised_on, delivered_on, days, "Asia/Kathmandu") == datetime.fromisoformat(
        expected
    )


@pytest.mark.parametrize("days", [-1, 91])
def test_a_rule_out_of_bounds_is_refused(trade: Market, days: int) -> None:
    with pytest.raises(RulesInvalid, match=f"release_days is {days}"):
        ask(trade, days)

"""Batches: first expiry first, exact in units, never more than lies on the shelf."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from commerce.ordering import service as ordering
from commerce.ordering.errors import QuantityInvalid
from commerce.stock import adjusting, openings, queries
from commerce.stock.batches import Batch, expired_first, first_out, is_expired, total
from commerce.stock.errors import BatchExpired, BatchNotFound, BatchShort, OutOfStock, StockAdjustmentInvalid
from foundation import clock
from foundation.database import read, write
from foundation.embedded_postgres import Server
from foundation.ids import uuid7
from tests.commerce.conftest import CALLERS, Crowd
from tests.commerce.factories import VENDOR, Market, market, product, take_in

pytestmark = pytest.mark.committing
TODAY = date(2030, 11, 20)
NOON = datetime(2030, 11, 20, 6, 15, tzinfo=UTC)
SOON, LATER, PAST = TODAY + timedelta(days=10), TODAY + timedelta(days=90), TODAY - timedelta(days=1)

days = st.none() | st.integers(-5, 5).map(lambda n: TODAY + timedelta(days=n))
quantities = st.integers(0, 9).map(Decimal)
shelves = st.lists(st.tuples(days, quantities), max_size=6).map(
    lambda labels: [
        Batch(uuid7(), uuid7(), f"B{n}", expires_on, None, on_hand, NOON)
        for n, (expires_on, on_hand) in enumerate(labels)
    ]
)


@given(wanted=st.integers(1, 60).map(Decimal), batches=shelves, unbatched=quantities)
def test_what_expires_first_goes_first_and_nothing_that_has_expired(
    wanted: Decimal, batches: list[Batch], unbatched: Decimal
) -> None:
    parts = first_out(wanted, batches, unbatched, TODAY)
    sound = [batch for batch in batches if not is_expired(batch, TODAY)]
    assert total(parts) == min(wanted, sum((batch.on_hand for batch in sound), unbatched))
    taken = dict(parts)
    assert len(taken) == len(parts)
    assert all(quantity > 0 for quantity in taken.values())
    for batch in batches:
        assert taken.get(batch, 0) <= (0 if is_expired(batch, TODAY) else batch.on_hand)
    for earlier in sound:
        for other, _ in parts:
            if other is None or (earlier.expires_on or date.max) < (other.expires_on or date.max):
                assert taken.get(earlier, Decimal(0)) == earlier.on_hand, "what expires later went before it"
    spoiled = expired_first(wanted, batches, unbatched, TODAY)
    assert all(batch is None or is_expired(batch, TODAY) for batch, _ in spoiled)


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with clock.at(NOON):
        yield


@pytest.fixture
def trade(migrated: Server) -> Market:
    """Ten packets without a batch, and of batches: 4 that expire later, 6 soon, 5 that have expired."""
    made = market(on_hand=10)
    take_in(made, ("LATER", 4, LATER), ("SOON", 6, SOON), ("OLD", 5, PAST))
    return made


def shelf(trade: Market) -> dict[str | None, int]:
    """What lies there by batch; None is what lies there in none. All that is derived is as it should be."""
    with read() as session:
        rows = session.execute(
            text("""
                SELECT number, batch.on_hand, (SELECT coalesce(sum(quantity), 0) FROM app.stock_movements movement
                                               WHERE movement.batch_id = batch.id) AS moved
                FROM app.stock_batches batch WHERE business_id = :vendor AND product_id = :product
            """),
            {"vendor": trade.vendor_id, "product": trade.products[0]},
        ).all()
        level = session.execute(
            text("""
                SELECT on_hand, batched FROM app.stock_levels WHERE business_id = :vendor AND product_id = :product
            """),
            {"vendor": trade.vendor_id, "product": trade.products[0]},
        ).one()
    assert all(row.on_hand == row.moved for row in rows)
    assert level.batched == sum(row.on_hand for row in rows)
    found: dict[str | None, int] = {row.number: int(row.on_hand) for row in rows if row.on_hand}
    return {**found, None: int(level.on_hand - level.batched)}


def deliver(trade: Market, quantity: int, **given: Any) -> UUID:
    order_id = trade.accepted(quantity)
    write(lambda session: ordering.deliver(session, order_id=order_id, actor=VENDOR, **given))
    return order_id


def adjust(trade: Market, reason: str, quantity: int, batch: str | None = None, **given: Any) -> None:
    line = adjusting.Line(trade.products[0], Decimal(quantity), batch, **given)
    write(lambda session: adjusting.adjust(session, business_id=trade.vendor_id, reason=reason, lines=[line]))


def test_a_delivery_takes_first_what_expires_first_and_goods_without_a_batch_last(trade: Market) -> None:
    deliver(trade, 8)
    assert shelf(trade) == {"LATER": 2, "OLD": 5, None: 10}
    deliver(trade, 7)
    assert shelf(trade) == {"OLD": 5, None: 5}
    with pytest.raises(OutOfStock, match="the vendor's shelf has 5 of 6"):
        deliver(trade, 6)
    assert shelf(trade) == {"OLD": 5, None: 5}


def test_a_batch_may_be_sold_on_the_day_of_its_expiry(migrated: Server) -> None:
    trade = market(on_hand=1)
    take_in(trade, ("TODAY", 3, TODAY))
    deliver(trade, 3)
    assert shelf(trade) == {None: 1}


def test_who_names_batches_names_all_of_a_line_and_none_that_expired(trade: Market) -> None:
    one = Decimal(1)
    deliver(trade, 3, quantities={1: Decimal(3)}, batches={1: {"LATER": 2 * one, None: one}})
    assert shelf(trade) == {"LATER": 2, "SOON": 6, "OLD": 5, None: 9}
    for named, refusal in (
        ({"OLD": 3 * one}, BatchExpired),
        ({"LATER": 3 * one}, BatchShort),
        ({"NOWHERE": 3 * one}, BatchNotFound),
        ({"SOON": 2 * one}, QuantityInvalid),
    ):
        with pytest.raises(refusal):
            deliver(trade, 3, quantities={1: Decimal(3)}, batches={1: named})
    assert shelf(trade) == {"LATER": 2, "SOON": 6, "OLD": 5, None: 9}


def test_of_what_is_used_up_only_what_is_named_is_looked_at(trade: Market) -> None:
    (product_id, *_) = trade.products
    deliver(trade, 6)

    def found(*numbers: str) -> set[str]:
        with read() as session:
            named = [(product_id, number) for number in numbers]
            return {one.number for one in queries.batches_of(session, trade.vendor_id, [product_id], named)}

    assert found() == {"LATER", "OLD"}
    assert found("SOON", "NOWHERE") == {"LATER", "OLD", "SOON"}
    with pytest.raises(BatchShort, match="6 go out of batch SOON, but only 0"):
        deliver(trade, 6, quantities={1: Decimal(6)}, batches={1: {"SOON": Decimal(6)}})
    adjust(trade, "found", 2, "SOON")
    assert shelf(trade) == {"LATER": 4, "SOON": 2, "OLD": 5, None: 10}


def test_goods_come_back_into_the_batches_that_they_came_from(trade: Market) -> None:
    order_id = deliver(trade, 12)
    before = {"OLD": 5, None: 8}
    assert shelf(trade) == before
    trade.take_back(order_id, {1: 2})
    assert shelf(trade) == {**before, "SOON": 2}
    trade.take_back(order_id, {1: 1}, is_restocked=False)
    trade.take_back(order_id, {1: 2}, batches={1: {"LATER": Decimal(1), None: Decimal(1)}})
    assert shelf(trade) == {**before, "SOON": 2, "LATER": 1, None: 9}
    with pytest.raises(BatchShort, match="the customer holds 3"):
        trade.take_back(order_id, {1: 4}, batches={1: {"SOON": Decimal(4)}})
    trade.take_back(order_id, {1: 7})
    assert shelf(trade) == {"SOON": 5, "LATER": 4, "OLD": 5, None: 10}, "all but the spoiled one"


def test_goods_without_a_batch_that_were_delivered_first_come_back_first_and_into_none(
    migrated: Server,
) -> None:
    trade = market(on_hand=5)
    order_id = trade.accepted(5)
    trade.deliver(order_id, {1: Decimal(2)})
    take_in(trade, ("A", 2, SOON), ("B", 1, LATER))
    adjust(trade, "lost", 3)
    with clock.at(NOON + timedelta(days=1)):
        trade.deliver(order_id)
    assert shelf(trade) == {None: 0}
    trade.take_back(order_id, {1: 1})
    assert shelf(trade) == {None: 1}
    trade.take_back(order_id, {1: 2}, batches={1: {None: Decimal(1), "A": Decimal(1)}})
    assert shelf(trade) == {"A": 1, None: 2}
    with pytest.raises(BatchShort, match="the customer holds 0"):
        trade.take_back(order_id, {1: 1}, batches={1: {None: Decimal(1)}})
    trade.take_back(order_id, {1: 1})
    assert shelf(trade) == {"A": 2, None: 2}
    trade.take_back(order_id, {1: 1})
    assert shelf(trade) == {"A": 2, "B": 1, None: 2}


def test_what_a_delivery_took_is_never_changed(trade: Market) -> None:
    deliver(trade, 1)
    with pytest.raises(ProgrammingError, match="permission denied"):
        write(lambda session: session.execute(text("DELETE FROM app.delivery_batches")))


def test_adjustments_are_of_a_batch_or_of_what_lies_in_none(trade: Market) -> None:
    adjust(trade, "expired", 6)
    assert shelf(trade) == {"LATER": 4, "SOON": 6, None: 9}, "the expired ones first"
    adjust(trade, "damaged", 2, "SOON")
    adjust(trade, "lost", 1)
    adjust(trade, "found", 3, "NEW", expires_on=LATER)
    adjust(trade, "counted", 1, "LATER")
    assert shelf(trade) == {"LATER": 1, "SOON": 4, "NEW": 3, None: 8}
    adjust(trade, "counted", 15)
    assert shelf(trade) == {"LATER": 1, "SOON": 4, "NEW": 3, None: 7}
    for refused in (("expired", 8), ("lost", 8), ("counted", 7), ("damaged", 5, "SOON"), ("lost", 0, "SOON")):
        with pytest.raises(StockAdjustmentInvalid):
            adjust(trade, *refused)
    with pytest.raises(BatchNotFound):
        adjust(trade, "lost", 1, "NOWHERE")
    assert shelf(trade) == {"LATER": 1, "SOON": 4, "NEW": 3, None: 7}


def test_counts_of_several_batches_change_places_without_a_change_of_the_good(trade: Market) -> None:
    write(
        lambda session: adjusting.adjust(
            session,
            business_id=trade.vendor_id,
            reason="counted",
            lines=[
                adjusting.Line(trade.products[0], Decimal(quantity), batch)
                for batch, quantity in (("LATER", 6), ("SOON", 4))
            ],
        )
    )
    assert shelf(trade) == {"LATER": 6, "SOON": 4, "OLD": 5, None: 10}


def test_a_label_that_says_otherwise_than_what_lies_there_is_refused(trade: Market) -> None:
    with pytest.raises(StockAdjustmentInvalid, match=r"batch SOON expires on .* by what lies there"):
        take_in(trade, ("SOON", 1, LATER))
    take_in(trade, ("SOON", 1, None))
    adjust(trade, "counted", 0, "SOON")
    take_in(trade, ("SOON", 1, LATER))
    deliver(trade, 5)
    assert shelf(trade) == {"OLD": 5, None: 10}


def test_opening_stock_of_a_sheet_has_batches(migrated: Server) -> None:
    trade = market()
    write(lambda session: trade.products.insert(0, product(session, sku=f"OPEN-{uuid7().hex[-8:]}")))
    with read() as session:
        sku = session.execute(
            text("SELECT sku FROM app.products WHERE id = :id"), {"id": trade.products[0]}
        ).scalar_one()

    def send(*lines: str) -> openings.Reading:
        content = "\n".join(["product,quantity,batch,expiry", *lines]).encode()
        return write(
            lambda session: openings.take_in(
                session, business_id=trade.vendor_id, content=content, is_preview=False
            )
        )

    faults = send(f"{sku},1,B1,31.05.2027", f"{sku},1,,2027-05-31", f"{sku},1,B1,2027-02-31").faults
    assert [fault.line_no for fault in faults] == [2, 3, 4]
    write(
        lambda session: session.execute(
            text("UPDATE app.products SET owner_id = :vendor WHERE id = :id"),
            {"vendor": trade.vendor_id, "id": trade.products[0]},
        )
    )
    send(f"{sku},5,B1,2027-05-31", f"{sku},2,B2,", f"{sku},1,,")
    assert shelf(trade) == {"B1": 5, "B2": 2, None: 1}


def test_the_last_units_of_batches_go_out_once(migrated: Server, crowd: Crowd) -> None:
    trade = market(on_hand=3, limit_paisa=10**8)
    take_in(trade, ("A", 4, None), ("B", 5, None), ("C", 4, None))
    orders = [trade.accepted(1) for _ in range(CALLERS)]
    answers = crowd([lambda order_id=order_id: trade.deliver(order_id) for order_id in orders])  # type: ignore[misc]
    assert all(isinstance(answer, UUID) for answer in answers), answers
    assert shelf(trade) == {None: 0}
    with read() as session:
        taken = session.execute(
            text("""
                SELECT number, sum(quantity) FROM app.delivery_batches WHERE vendor_id = :vendor
                GROUP BY number ORDER BY number
            """),
            {"vendor": trade.vendor_id},
        ).all()
    assert taken == [("A", 4), ("B", 5), ("C", 4)]

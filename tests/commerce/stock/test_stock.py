"""Shelves: what comes in, what is promised, what can be taken away."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import text

from commerce.stock import service as stock
from commerce.stock.errors import OutOfStock, StockAdjustmentInvalid
from foundation.database import read, write
from foundation.embedded_postgres import Server
from tests.commerce.factories import Market, market


@pytest.fixture
def trade(migrated: Server) -> Market:
    return market(on_hand=10)


def receive(trade: Market, quantity: str, kind: str = "receipt", reason: str | None = None) -> None:
    write(
        lambda session: stock.receive(
            session,
            business_id=trade.vendor_id,
            quantities={trade.products[0]: Decimal(quantity)},
            kind=kind,
            reason=reason,
        )
    )


def test_an_order_reserves_and_a_delivery_takes(trade: Market) -> None:
    order_id = trade.accepted(4)
    assert trade.shelf() == (10, 4)
    trade.deliver(order_id, {1: Decimal(3)})
    assert trade.shelf() == (7, 1)
    trade.deliver(order_id)
    assert trade.shelf() == (6, 0)


def test_a_return_comes_back_to_the_shelf_unless_it_is_spoiled(trade: Market) -> None:
    order_id = trade.accepted(4)
    trade.deliver(order_id)
    trade.take_back(order_id, {1: 1})
    trade.take_back(order_id, {1: 1}, is_restocked=False)
    assert trade.shelf() == (7, 0)


def test_what_is_not_there_is_named(trade: Market) -> None:
    with pytest.raises(OutOfStock) as refused:
        trade.place(11, 12)
    assert [line["available"] for line in refused.value.facts["short"]] == ["10", "10"]
    assert trade.shelf() == (10, 0)


@pytest.mark.parametrize(
    ("asked", "step", "minimum", "available"), [(12, 4, 4, 8), (12, 4, 8, 8), (12, 6, 12, 0), (10, 5, 5, 10)]
)
def test_in_part_whole_steps_from_the_minimum_on(
    trade: Market, asked: int, step: int, minimum: int, available: int
) -> None:
    wanted = {trade.products[0]: stock.Wanted(Decimal(asked), Decimal(step), Decimal(minimum))}

    def reserve(*, allow_partial: bool) -> dict[UUID, Decimal]:
        return write(
            lambda session: stock.reserve(
                session, business_id=trade.vendor_id, wanted=wanted, allow_partial=allow_partial
            )
        )

    assert reserve(allow_partial=False) == {trade.products[0]: available}
    in_full = available if available == asked else 0
    assert trade.shelf()[1] == in_full, "what is short is not promised unless a part would do"
    if not in_full:
        assert reserve(allow_partial=True) == {trade.products[0]: available}
        assert trade.shelf()[1] == available


def test_an_adjustment_cannot_take_what_is_promised(trade: Market) -> None:
    trade.place(4)
    with pytest.raises(
        StockAdjustmentInvalid,
        match=r"taking 7 packet of SKU-.* leaves 3 that may be sold, and 4 are promised to orders \(10 on hand, 0",
    ):
        receive(trade, "-7", "adjustment", "damaged")
    with pytest.raises(
        StockAdjustmentInvalid, match=r"taking 5000 packet of SKU-.*, but only 10 are on hand"
    ):
        receive(trade, "-5000", "adjustment", "damaged")
    receive(trade, "-6", "adjustment", "damaged")
    assert trade.shelf() == (4, 4)


@pytest.mark.parametrize(
    ("quantity", "kind", "reason"),
    [("0", "receipt", None), ("-1", "receipt", None), ("1", "adjustment", None), ("1", "gift", "r")],
)
def test_movements_that_cannot_be_are_refused(
    trade: Market, quantity: str, kind: str, reason: str | None
) -> None:
    with pytest.raises(StockAdjustmentInvalid):
        receive(trade, quantity, kind, reason)
    assert trade.shelf() == (10, 0)


@pytest.mark.parametrize(
    ("quantity", "said"),
    [
        ("0.5", r"0\.5 packet has no place in stock, .* use whole multiples of 1 packet"),
        ("99999999999", r"receipt of 99999999999 SKU-.* onto the 10 on hand is more than stock can hold"),
        ("100000000000", "more than stock can hold"),
    ],
)
def test_what_no_shelf_can_hold_is_not_received(trade: Market, quantity: str, said: str) -> None:
    with pytest.raises(StockAdjustmentInvalid, match=said):
        receive(trade, quantity)
    assert trade.shelf() == (10, 0)


def test_every_movement_says_what_it_left_on_the_shelf(trade: Market) -> None:
    receive(trade, "2")
    trade.deliver(trade.accepted(3))
    with read() as session:
        rows = session.execute(
            text("""
                SELECT kind, quantity, on_hand_after FROM app.stock_movements
                WHERE product_id = :product ORDER BY moved_at, id
            """),
            {"product": trade.products[0]},
        ).all()
    assert rows == [
        ("opening", 10, 10),
        ("receipt", 2, 12),
        ("delivery", -3, 9),
    ]

"""A buyer's receipts: what the purchases of its book cost, its shelf where it keeps one, reversed by what goes back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from commerce.catalogue import service as catalogue
from commerce.credit import service as credit
from commerce.ordering import service as ordering
from commerce.receiving import service as receiving
from commerce.receiving.service import unit_cost
from commerce.stock import service as stock
from foundation import clock
from foundation.database import read, write
from foundation.embedded_postgres import Server
from foundation.ids import uuid7
from tests.commerce.conftest import CALLERS, Crowd
from tests.commerce.factories import VENDOR, Market, business, market, product
from tests.commerce.invoices.test_invoices import FAR, REGULAR, SHOP, trade_of

pytestmark = pytest.mark.committing
DAY, OTHER_DAY = date(2090, 1, 1), date(2090, 2, 1)


def receipts(trade: Market) -> list[RowMapping]:
    """The lines that the retailer has of its receipts, in order."""
    with read([trade.retailer_id]) as session:
        return list(
            session.execute(
                text("""
                    SELECT receipt.kind, receipt.delivery_id, receipt.cost_paisa AS whole_paisa, line.*
                    FROM app.goods_receipts receipt JOIN app.goods_receipt_lines line ON line.receipt_id = receipt.id
                    WHERE receipt.business_id = :retailer ORDER BY receipt.received_at, receipt.id, line.line_no
                """),
                {"retailer": trade.retailer_id},
            ).mappings()
        )


def keep(trade: Market, quantity: int, *labels: tuple[str, int, date | None]) -> None:
    """The retailer takes so much of the first good onto its shelf, so that it tracks it from now on."""
    write(
        lambda session: stock.receive(
            session,
            business_id=trade.retailer_id,
            quantities={trade.products[0]: Decimal(quantity)},
            batches=[
                stock.Incoming(trade.products[0], number, Decimal(part), expires_on)
                for number, part, expires_on in labels
            ],
        )
    )


def send(trade: Market, quantity: int, *labels: tuple[str, int, date | None]) -> UUID:
    """The vendor takes batches in and delivers an order."""
    if labels:
        write(
            lambda session: stock.receive(
                session,
                business_id=trade.vendor_id,
                quantities={trade.products[0]: Decimal(sum(part for _, part, _ in labels))},
                batches=[
                    stock.Incoming(trade.products[0], number, Decimal(part), expires_on)
                    for number, part, expires_on in labels
                ],
            )
        )
    order_id = trade.accepted(quantity)
    trade.deliver(order_id)
    return order_id


def shop_shelf(trade: Market) -> dict[str | None, int]:
    """What lies on the retailer's shelf by batch; None is in none. All that is derived is as it should be."""
    with read() as session:
        level = session.execute(
            text("""
                SELECT on_hand, batched, (SELECT sum(quantity) FROM app.stock_movements movement
                                          WHERE movement.business_id = level.business_id) AS moved
                FROM app.stock_levels level WHERE business_id = :retailer
            """),
            {"retailer": trade.retailer_id},
        ).one()
        rows = session.execute(
            text(
                "SELECT number, on_hand FROM app.stock_batches WHERE business_id = :retailer AND on_hand > 0"
            ),
            {"retailer": trade.retailer_id},
        ).all()
    assert level.on_hand == level.moved
    assert level.batched == sum(row.on_hand for row in rows)
    found: dict[str | None, int] = {row.number: int(row.on_hand) for row in rows}
    return {**found, None: int(level.on_hand - level.batched)}


@pytest.mark.parametrize(("retailer", "sets_off"), [(FAR, True), (SHOP, False)], ids=["registered", "shop"])
def test_what_goods_cost_is_what_the_book_says_of_purchases(
    migrated: Server, retailer: dict[str, object], sets_off: bool
) -> None:
    trade = trade_of(
        [("biscuits", None), ("biscuits", None)], vendor=REGULAR, retailer=retailer, price="9.99"
    )
    with clock.at(trade.moment):
        order_id = trade.accepted(7, 3)
        documents = [trade.deliver(order_id, {1: Decimal(4)}), trade.deliver(order_id)]
        documents += [trade.take_back(order_id, {1: n, 2: 1}) for n in (5, 1, 1)]
    lines = receipts(trade)
    for document in documents:
        of_document = [line for line in lines if line["delivery_id"] == document]
        books = trade.books(document)
        purchases = books.get("r.purchases", 0) - books.get("r.purchase_returns", 0)
        assert (
            sum(line["cost_paisa"] for line in of_document) == abs(purchases) == of_document[0]["whole_paisa"]
        )
        assert ("r.input_tax" in books) is sets_off
        for line in of_document:
            assert line["unit_cost"] == unit_cost(line["cost_paisa"], line["base_quantity"])
    by_kind = {
        kind: sum(line["cost_paisa"] for line in lines if line["kind"] == kind)
        for kind in ("receipt", "return")
    }
    assert by_kind["receipt"] == by_kind["return"], "all came back, so that nothing is left of the cost"


@given(paisa=st.integers(0, 10**9), thousandths=st.integers(1, 10**9))
def test_a_unit_costs_its_share_to_the_millionth(paisa: int, thousandths: int) -> None:
    quantity = Decimal(thousandths) / 1000
    cost = unit_cost(paisa, quantity)
    assert cost.as_tuple().exponent == -6
    assert abs(cost * quantity * 100 - paisa) <= quantity * 100 * Decimal("0.0000005")


def test_a_shop_that_does_not_track_a_good_has_the_receipt_and_no_movement(migrated: Server) -> None:
    trade = market()
    order_id = send(trade, 3)
    trade.take_back(order_id, {1: 1})
    assert [(line["kind"], line["base_quantity"], line["stocked_quantity"]) for line in receipts(trade)] == [
        ("receipt", 3, 0),
        ("return", 1, 0),
    ]
    with read() as session:
        assert not session.execute(
            text("SELECT count(*) FROM app.stock_movements WHERE business_id = :retailer"),
            {"retailer": trade.retailer_id},
        ).scalar_one()


def test_a_shelf_takes_deliveries_in_and_gives_returns_out_batch_by_batch(migrated: Server) -> None:
    trade = market(on_hand=10)
    keep(trade, 2)
    order_id = send(trade, 9, ("A", 4, DAY), ("B", 3, OTHER_DAY))
    assert shop_shelf(trade) == {"A": 4, "B": 3, None: 4}
    trade.take_back(order_id, {1: 5}, batches={1: {"B": Decimal(3), None: Decimal(2)}})
    assert shop_shelf(trade) == {"A": 4, None: 2}
    trade.take_back(order_id, {1: 4}, is_restocked=False)
    assert shop_shelf(trade) == {None: 2}, "spoiled or not, they are gone from the shop"
    assert [line["stocked_quantity"] for line in receipts(trade)] == [9, 5, 4]


def test_a_return_is_not_refused_for_what_the_shop_has_no_longer(migrated: Server) -> None:
    trade = market(on_hand=10)
    keep(trade, 1, ("OWN", 1, None))
    order_id = send(trade, 6, ("A", 4, DAY))
    write(
        lambda session: stock.move(
            session,
            business_id=trade.retailer_id,
            kind="adjustment",
            reason="sold",
            quantities={trade.products[0]: Decimal(-2)},
        )
    )
    trade.take_back(order_id, {1: 6})
    assert shop_shelf(trade) == {None: 0}
    assert [line["stocked_quantity"] for line in receipts(trade)] == [6, 5]


def test_what_came_without_a_receipt_goes_back_without_one(
    migrated: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    trade = market()
    keep(trade, 4)
    order_id = trade.accepted(5, 1)
    with monkeypatch.context() as before_receipts:
        before_receipts.setattr(receiving, "take_in", lambda *_, **__: None)
        trade.deliver(order_id, {1: Decimal(2)})
    trade.deliver(order_id)
    assert shop_shelf(trade) == {None: 7}
    trade.take_back(order_id, {1: 1})
    assert (len(receipts(trade)), shop_shelf(trade)) == (2, {None: 7})
    trade.take_back(order_id, {1: 3, 2: 1})
    trade.take_back(order_id, {1: 1})
    assert shop_shelf(trade) == {None: 4}
    assert [(line["kind"], line["base_quantity"], line["cost_paisa"]) for line in receipts(trade)] == [
        ("receipt", 3, 30_00),
        ("receipt", 1, 10_00),
        ("return", 2, 20_00),
        ("return", 1, 10_00),
        ("return", 1, 10_00),
    ]


def test_a_label_that_the_shop_reads_otherwise_puts_the_goods_in_no_batch(migrated: Server) -> None:
    trade = market(on_hand=10)
    keep(trade, 1, ("A", 1, OTHER_DAY))
    send(trade, 4, ("A", 4, DAY))
    assert shop_shelf(trade) == {"A": 1, None: 4}


def test_an_exchange_gives_back_and_takes_in(migrated: Server) -> None:
    trade = market(on_hand=10)
    keep(trade, 1)
    order_id = send(trade, 3, ("A", 2, DAY), ("B", 6, OTHER_DAY))
    assert shop_shelf(trade) == {"A": 2, "B": 1, None: 1}
    write(
        lambda session: ordering.exchange(
            session,
            order_id=order_id,
            actor=VENDOR,
            back={1: Decimal(2)},
            same={1: Decimal(2)},
            others=[ordering.Wish(trade.products[1], Decimal(1))],
            reason="torn",
        )
    )
    assert shop_shelf(trade) == {"B": 3, None: 1}
    assert [line["kind"] for line in receipts(trade)] == ["receipt", "return", "receipt", "receipt"]


def test_businesses_that_sell_to_each_other_do_not_deadlock(migrated: Server, crowd: Crowd) -> None:
    """Levels of both sides are locked by one statement: a delivery there and one back meet in the same rows."""

    def make(session: Session) -> tuple[Market, Market]:
        ours, theirs = (business(session, is_vendor=True) for _ in range(2))
        goods = [product(session) for _ in range(3)]
        for vendor_id, retailer_id in ((ours, theirs), (theirs, ours)):
            for product_id in goods:
                catalogue.set_offer(
                    session,
                    vendor_id=vendor_id,
                    product_id=product_id,
                    unit="packet",
                    unit_price=Decimal(10),
                    currency="NPR",
                )
            stock.receive(session, business_id=vendor_id, quantities=dict.fromkeys(goods, Decimal(100)))
            credit.agree(
                session,
                vendor_id=vendor_id,
                retailer_id=retailer_id,
                limit_paisa=10**8,
                net_days=15,
                reason="test",
                approved_by=uuid7(),
            )
        return Market(ours, theirs, goods), Market(theirs, ours, goods[::-1])

    there, back = write(make)
    orders = [(trade, trade.accepted(2, 2, 2)) for trade in (there, back) for _ in range(CALLERS // 2)]
    answers = crowd([lambda one=one: one[0].deliver(one[1]) for one in orders])  # type: ignore[misc]
    assert all(isinstance(answer, UUID) for answer in answers), answers
    returns = [lambda one=one: one[0].take_back(one[1], {2: 1}) for one in orders]  # type: ignore[misc]
    assert all(isinstance(answer, UUID) for answer in crowd(returns))
    assert {trade.shelf(n) for trade in (there, back) for n in range(3)} == {(100, 0)}

"""Schemes and agreed prices from the verb that sets them to the order that keeps their explanation."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from commerce.catalogue.errors import ProductNotFound, UnitNotSold
from commerce.catalogue.models import Offer
from commerce.catalogue.offers import OfferRow
from commerce.ordering import service as ordering
from commerce.ordering.errors import QuantityInvalid
from commerce.parties.errors import BusinessNotFound
from commerce.pricing import queries, service
from commerce.pricing.errors import CustomerPriceInvalid, SchemeInvalid, SchemeNotFound
from commerce.pricing.prices import Slab
from commerce.stock import service as stock
from foundation import clock
from foundation.database import read, write
from foundation.embedded_postgres import Server
from foundation.ids import uuid7
from tests.commerce.factories import Market, business, market, product

pytestmark = pytest.mark.committing

TEN_AND_ONE = service.FreeGoods(Decimal(10), "packet", Decimal(1), "packet")


@pytest.fixture
def trade(migrated: Server) -> Market:
    return market(on_hand=100)


def scheme(trade: Market, kind: str, terms: Any, *, code: str = "S", **given: Any) -> UUID:
    facts = {"product_id": trade.products[0], "name": "Festival", **given}
    return write(
        lambda session: service.set_scheme(
            session, vendor_id=trade.vendor_id, code=code, kind=kind, terms=terms, **facts
        )
    )


def percent(off: str) -> service.Slabs:
    return service.Slabs("value", [Slab(Decimal(0), Decimal(off))])


def agree(trade: Market, **given: Any) -> UUID:
    return write(
        lambda session: service.set_customer_price(
            session, vendor_id=trade.vendor_id, retailer_id=trade.retailer_id, **given
        )
    )


def quoted(trade: Market, *quantities: int | str, **given: Any) -> ordering.Quote:
    with read() as session:
        return ordering.quote(
            session,
            vendor_id=trade.vendor_id,
            retailer_id=trade.retailer_id,
            wishes=trade.wishes(*quantities),
            **given,
        )


def lines(order_id: UUID) -> list[Any]:
    with read() as session:
        return list(
            session.execute(
                text("""
                    SELECT line_no, product_id, unit_price, ordered_quantity, free_with_line, explanation
                    FROM app.order_lines WHERE order_id = :order_id ORDER BY line_no
                """),
                {"order_id": order_id},
            )
        )


def test_free_goods_are_lines_at_no_price_that_hold_stock(trade: Market):
    scheme(trade, "free_goods", TEN_AND_ONE)
    order_id = trade.accepted(20)
    paid, free = lines(order_id)
    assert (paid.ordered_quantity, paid.unit_price) == (20, 10)
    assert (free.ordered_quantity, free.unit_price, free.free_with_line) == (2, 0, 1)
    assert trade.shelf() == (100, 22)
    assert trade.exposure()[1] == 20_000
    trade.deliver(order_id)
    assert trade.shelf() == (78, 0)
    assert trade.exposure()[:2] == (20_000, 0)


def test_another_good_comes_free_and_is_cancelled_with_the_order(trade: Market):
    other = trade.products[1]
    scheme(trade, "free_goods", service.FreeGoods(Decimal(10), "packet", Decimal(2), "packet", other))
    order_id = trade.place(30)
    assert trade.shelf(1) == (100, 6)
    write(lambda session: ordering.cancel(session, order_id=order_id, actor=ordering.Actor("vendor")))
    assert trade.shelf(0) == trade.shelf(1) == (100, 0)


def test_in_part_the_paid_goods_come_before_the_free_ones(migrated: Server):
    trade = market(on_hand=105)
    scheme(trade, "free_goods", TEN_AND_ONE)
    order_id = trade.place(100, allow_partial=True)
    assert [line.ordered_quantity for line in lines(order_id)] == [100, 5]
    assert trade.shelf() == (105, 105)


def test_a_return_makes_no_money_of_free_goods(trade: Market):
    scheme(trade, "free_goods", TEN_AND_ONE)
    order_id = trade.accepted(20)
    trade.deliver(order_id)
    with pytest.raises(QuantityInvalid, match="1 more of line 2 must come back"):
        trade.take_back(order_id, {1: 1})
    trade.take_back(order_id, {1: 1, 2: 1})
    trade.take_back(order_id, {1: 9})
    with pytest.raises(QuantityInvalid, match="1 more of line 2"):
        trade.take_back(order_id, {1: 10})
    trade.take_back(order_id, {1: 10, 2: 1})
    assert trade.exposure()[:2] == (0, 0)
    assert trade.shelf() == (100, 0)


def test_the_explanation_stays_with_the_line(trade: Market):
    agree(trade, product_id=trade.products[0], unit="packet", unit_price=Decimal(9))
    scheme(trade, "percent", percent("10"))
    order_id = trade.place(5)
    scheme(trade, "percent", percent("50"))
    (line,) = lines(order_id)
    steps = line.explanation["steps"]
    assert [step["kind"] for step in steps] == ["list", "agreement", "scheme"]
    assert steps[-1] == {
        "kind": "scheme", "code": "S", "text": "Festival: 10 % off", "unit_price": "8.1", "effect": "-4.5",
    }  # fmt: skip
    assert line.unit_price == Decimal("8.1")
    assert quoted(trade, 5).total_paisa == 2250


def test_a_percentage_off_everything_gives_way_to_an_agreement_on_the_good(trade: Market):
    agree(trade, percent_off=Decimal(10))
    agree(trade, product_id=trade.products[0], unit="packet", unit_price=Decimal(7))
    assert [line.amount_paisa for line in quoted(trade, 1, 1).lines] == [700, 900]
    agree(trade, product_id=trade.products[0], unit="packet", unit_price=Decimal(7), is_active=False)
    assert [line.amount_paisa for line in quoted(trade, 1, 1).lines] == [900, 900]


def test_a_price_is_one_customers_alone(trade: Market):
    agree(trade, percent_off=Decimal(50))
    rival = market().vendor_id
    with read([trade.vendor_id]) as session:
        seen = queries.customer_prices(session, trade.vendor_id, clock.now(), limit=10)
        assert [row["retailer_id"] for row in seen] == [trade.retailer_id]
    with read([rival]) as session:
        assert queries.customer_prices(session, trade.vendor_id, clock.now(), limit=10) == []


def test_a_scheme_holds_from_its_day_to_its_end(trade: Market):
    now = clock.now()
    begins, ends = now + timedelta(days=2), now + timedelta(days=4)
    scheme(trade, "percent", percent("10"), valid_from=begins, valid_until=ends)

    def total(days: float) -> int:
        with clock.at(now + timedelta(days=days)):
            return quoted(trade, 1).total_paisa

    assert [total(days) for days in (1, 2.5, 5)] == [1000, 900, 1000]


def test_an_ended_scheme_is_off_the_price_and_cannot_be_ended_again(trade: Market):
    scheme(trade, "percent", percent("10"))
    write(lambda session: service.end_scheme(session, vendor_id=trade.vendor_id, code="S"))
    assert quoted(trade, 1).total_paisa == 1000
    with pytest.raises(SchemeNotFound):
        write(lambda session: service.end_scheme(session, vendor_id=trade.vendor_id, code="S"))


def test_a_cash_discount_counts_for_cash_only(trade: Market):
    scheme(trade, "cash_discount", service.CashDiscount(Decimal(2), 7), product_id=None)
    assert quoted(trade, 10, 10, settlement="cash").total_paisa == 19_600
    assert quoted(trade, 10, 10).total_paisa == 20_000


@pytest.mark.parametrize(
    ("kind", "terms", "changes"),
    [
        ("gift", percent("5"), {}),
        ("percent", TEN_AND_ONE, {}),
        ("percent", percent("0"), {}),
        ("percent", percent("101"), {}),
        ("percent", service.Slabs("value", []), {}),
        ("percent", service.Slabs("weight", [Slab(Decimal(0), Decimal(1))]), {}),
        ("percent", service.Slabs("value", [Slab(Decimal(5), Decimal(1)), Slab(Decimal(5), Decimal(2))]), {}),
        ("cash_discount", service.CashDiscount(Decimal(100), 7), {}),
        ("free_goods", TEN_AND_ONE, {"product_id": None}),
        ("free_goods", service.FreeGoods(Decimal(0), "packet", Decimal(1), "packet"), {}),
        ("percent", percent("5"), {"stacking": "perhaps"}),
        ("percent", percent("5"), {"valid_until": clock.now() - timedelta(days=1)}),
        ("percent", percent("5"), {"valid_from": clock.now() - timedelta(days=1)}),
    ],
)
def test_a_scheme_that_cannot_be_is_refused(trade: Market, kind: str, terms: Any, changes: dict[str, Any]):
    with pytest.raises(SchemeInvalid):
        scheme(trade, kind, terms, **changes)


def test_schemes_are_of_goods_and_units_that_the_vendor_has(trade: Market):
    rival = write(lambda session: business(session, is_vendor=True))
    theirs = write(lambda session: product(session, owner_id=rival))
    with pytest.raises(ProductNotFound):
        scheme(trade, "percent", percent("5"), product_id=theirs)
    with pytest.raises(UnitNotSold):
        scheme(trade, "free_goods", service.FreeGoods(Decimal(1), "bori", Decimal(1), "packet"))


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"unit_price": Decimal(5)},
        {"percent_off": Decimal(0)},
        {"percent_off": Decimal(101)},
        {"percent_off": Decimal("1.001")},
        {"percent_off": Decimal(5), "unit_price": Decimal(5)},
    ],
)
def test_an_agreement_that_cannot_be_is_refused(trade: Market, given: dict[str, Any]):
    with pytest.raises(CustomerPriceInvalid):
        agree(trade, **given)


def test_a_customer_is_a_retailer_who_is_there(trade: Market):
    for stranger in (uuid7(), trade.vendor_id):
        with pytest.raises(BusinessNotFound):
            write(
                lambda session, stranger=stranger: service.set_customer_price(
                    session, vendor_id=trade.vendor_id, retailer_id=stranger, percent_off=Decimal(5)
                )
            )


def test_what_was_agreed_is_never_changed(trade: Market):
    agree(trade, percent_off=Decimal(5))
    with pytest.raises(ProgrammingError, match="permission denied"):
        write(lambda session: session.execute(text("UPDATE app.customer_prices SET percent_off = 6")))


def test_under_terms_of_before_only_what_stock_can_hold_is_ordered_and_granted(migrated: Server):
    trade = market(products=1)

    def older_terms(session: Session) -> UUID:
        spice = product(session, base_unit="kg", units={})
        stock.receive(session, business_id=trade.vendor_id, quantities={spice: Decimal("0.005")})
        now = clock.now()
        session.execute(
            insert(Offer).values(
                id=uuid7(),
                vendor_id=trade.vendor_id,
                product_id=spice,
                currency="NPR",
                recorded_at=now,
                **OfferRow("g", Decimal(4), now, Decimal("0.4"), Decimal("0.4")).columns(),
            )
        )
        return spice

    trade.products = [write(older_terms)]
    with pytest.raises(QuantityInvalid, match="use whole multiples of 1 g"):
        quoted(trade, "1.6")
    order_id = trade.place("8", allow_partial=True)
    assert lines(order_id)[0].ordered_quantity == 4, "5 g are there; 4 g are whole steps of 0.4 g and of 1 g"
    assert trade.shelf() == (Decimal("0.005"), Decimal("0.004"))


def test_what_comes_free_has_a_place_in_stock(trade: Market):
    with pytest.raises(SchemeInvalid, match=r"0\.5 packet has no place in stock"):
        scheme(trade, "free_goods", service.FreeGoods(Decimal(10), "packet", Decimal("0.5"), "packet"))

"""Prices that are kept, orders that are asked for again, and what a vendor asks of orders."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import text

from commerce.catalogue import service as catalogue
from commerce.ledger.errors import CreditLimitExceeded
from commerce.ordering import queries
from commerce.ordering import service as ordering
from commerce.ordering.errors import (
    OrderNotFound,
    OrderTooSmall,
    ProductUnavailable,
    QuoteNotFound,
    QuoteOver,
    RulesInvalid,
)
from commerce.parties import service as parties
from commerce.pricing import service as pricing
from foundation import clock
from foundation.database import read, write
from foundation.embedded_postgres import Server
from foundation.ids import uuid7
from tests.commerce.conftest import CALLERS, Crowd
from tests.commerce.factories import Market, business, market

pytestmark = pytest.mark.committing


@pytest.fixture
def trade(migrated: Server) -> Market:
    return market()


def keep(trade: Market, *quantities: int) -> ordering.Kept:
    return write(
        lambda session: ordering.keep_quote(
            session,
            vendor_id=trade.vendor_id,
            retailer_id=trade.retailer_id,
            wishes=trade.wishes(*quantities),
        )
    )


def place(trade: Market, quote_id: UUID, **given: object) -> UUID:
    parties = {"vendor_id": trade.vendor_id, "retailer_id": trade.retailer_id, **given}
    return write(
        lambda session: ordering.place_quoted(session, quote_id=quote_id, **parties)  # type: ignore[arg-type]
    )


def again(trade: Market, order_id: UUID) -> ordering.Again:
    return write(
        lambda session: ordering.quote_again(session, order_id=order_id, retailer_id=trade.retailer_id)
    )


def sold(trade: Market, price: str, **terms: object) -> None:
    """New terms for the first product."""
    given = {"unit": "packet", "unit_price": Decimal(price), "currency": "NPR", **terms}
    write(
        lambda session: catalogue.set_offer(
            session,
            vendor_id=trade.vendor_id,
            product_id=trade.products[0],
            **given,  # type: ignore[arg-type]
        )
    )


def rule(trade: Market, **given: int) -> None:
    write(
        lambda session: ordering.set_rules(session, vendor_id=trade.vendor_id, rules=ordering.Rules(**given))
    )


def prices(order_id: UUID) -> list[Decimal]:
    with read() as session:
        return [line["unit_price"] for line in queries.shown_lines(session, order_id)]


# A price that is kept -----------------------------------------------------------------------


def test_a_kept_price_holds_when_the_offer_no_longer_does(trade: Market) -> None:
    kept = keep(trade, 3, 4)
    sold(trade, "12", minimum_quantity=Decimal(50))
    order_id = place(trade, kept.id)
    assert prices(order_id) == [Decimal(10), Decimal(10)]
    assert trade.exposure()[1] == 7_000
    assert [trade.shelf(0)[1], trade.shelf(1)[1]] == [3, 4]


def test_free_goods_and_the_way_to_a_price_are_kept_too(trade: Market) -> None:
    def scheme(code: str, kind: str, terms: pricing.FreeGoods | pricing.CashDiscount) -> None:
        write(
            lambda session: pricing.set_scheme(
                session,
                vendor_id=trade.vendor_id,
                code=code,
                name="Festival",
                kind=kind,
                product_id=trade.products[0],
                terms=terms,
            )
        )

    scheme("TEN", "free_goods", pricing.FreeGoods(Decimal(10), "packet", Decimal(1), "packet"))
    scheme("CASH", "cash_discount", pricing.CashDiscount(Decimal(2), 7))
    wishes = trade.wishes(20, 1)
    quoted = write(
        lambda session: ordering.keep_quote(
            session,
            vendor_id=trade.vendor_id,
            retailer_id=trade.retailer_id,
            wishes=wishes,
            settlement="cash",
        )
    )
    for code in ("TEN", "CASH"):
        write(lambda session, code=code: pricing.end_scheme(session, vendor_id=trade.vendor_id, code=code))  # type: ignore[misc]
    order_id = place(trade, quoted.id)
    with read() as session:
        order, lines = queries.order(session, order_id), queries.shown_lines(session, order_id)
        states = queries.lines_of(session, order_id)
    assert (order["settlement"], order["total_paisa"]) == ("cash", 19_600 + 1_000)
    assert [(line["ordered_quantity"], line["free_with_line"]) for line in lines] == [
        (20, None),
        (1, None),
        (2, 1),
    ]
    assert (states[2].free_buy_in_base, states[2].free_get) == (10, 1)
    assert lines[0]["steps"] == [part.as_data() for part in quoted.quote.lines[0].steps]


def test_keeping_a_quote_promises_no_goods_and_no_credit(trade: Market) -> None:
    keep(trade, 3)
    assert (trade.exposure()[1], trade.shelf()[1]) == (0, 0)


def test_a_quote_is_good_for_one_order(trade: Market) -> None:
    kept = keep(trade, 3)
    order_id = place(trade, kept.id)
    with pytest.raises(QuoteOver, match=str(order_id)):
        place(trade, kept.id)
    assert trade.exposure()[1] == 3_000


def test_of_many_at_once_one_gets_the_quoted_order(trade: Market, crowd: Crowd) -> None:
    kept = keep(trade, 3)
    answers = crowd([lambda: place(trade, kept.id)] * CALLERS)
    assert sorted(type(answer).__name__ for answer in answers) == ["QuoteOver"] * (CALLERS - 1) + ["UUID"]
    assert trade.exposure()[1] == 3_000


def test_a_quote_ends_with_its_time(trade: Market) -> None:
    rule(trade, quote_minutes=5)
    kept = keep(trade, 3)
    with clock.at(kept.valid_until - timedelta(seconds=1)):
        place(trade, kept.id)
    late = keep(trade, 3)
    with clock.at(late.valid_until), pytest.raises(QuoteOver, match="held until"):
        place(trade, late.id)


def test_a_refused_order_leaves_the_quote_as_good_as_before(migrated: Server) -> None:
    trade = market(limit_paisa=2_999)
    kept = keep(trade, 3)
    with pytest.raises(CreditLimitExceeded):
        place(trade, kept.id)
    trade.set_limit(3_000)
    place(trade, kept.id)
    assert trade.exposure()[1] == 3_000


def test_a_quote_is_for_those_whom_it_was_made_between(trade: Market) -> None:
    kept = keep(trade, 3)
    for stranger in ({"retailer_id": write(business)}, {"vendor_id": market().vendor_id}):
        with pytest.raises(QuoteNotFound):
            place(trade, kept.id, **stranger)
    with pytest.raises(QuoteNotFound):
        place(trade, uuid7())


# An order that is asked for again -----------------------------------------------------------


def test_an_order_asked_for_again_tells_what_changed(trade: Market) -> None:
    first = trade.place(3, 4)
    sold(trade, "11")
    told = again(trade, first)
    assert [line.changes for line in told.lines] == [("price",), ()]
    assert [line.unit_price_before for line in told.lines] == [Decimal(10), Decimal(10)]
    assert told.kept.quote.total_paisa == 7_300
    assert prices(place(trade, told.kept.id)) == [Decimal(11), Decimal(10)]


def test_a_good_whose_tax_is_not_known_is_not_to_be_had_and_the_others_are(trade: Market) -> None:
    first = trade.place(3, 4)
    write(
        lambda session: parties.set_tax_profile(
            session, business_id=trade.vendor_id, profile="vat", registration_number="301234567"
        )
    )
    sold(trade, "10", is_tax_inclusive=False)
    told = again(trade, first)
    assert [line.changes for line in told.lines] == [("unavailable",), ()]
    assert "the tax on Noodles 75 g" in (told.lines[0].refusal or "")
    assert told.kept.quote.total_paisa == 4_000


Terms = dict[str, Decimal]


@pytest.mark.parametrize(
    ("terms", "quantity"),
    [
        ({"minimum_quantity": Decimal(12)}, 12),
        ({"minimum_quantity": Decimal(4), "carton_multiple": Decimal(4)}, 8),
        ({"minimum_quantity": Decimal(12), "carton_multiple": Decimal(4)}, 12),
    ],
)
def test_a_quantity_no_longer_sold_becomes_the_next_that_is(
    trade: Market, terms: Terms, quantity: int
) -> None:
    first = trade.place(5, 1)
    sold(trade, "10", **terms)
    told = again(trade, first)
    assert told.lines[0].changes == ("minimum",)
    assert [line.quantity for line in told.kept.quote.lines] == [quantity, 1]
    place(trade, told.kept.id)


def test_of_goods_that_are_short_as_much_is_quoted_as_is_free(migrated: Server) -> None:
    trade = market(on_hand=9)
    first = trade.place(6, 1)
    told = again(trade, first)
    assert [line.changes for line in told.lines] == [("stock",), ()]
    assert [line.quantity for line in told.kept.quote.lines] == [3, 1]
    place(trade, told.kept.id)


def test_a_good_no_longer_on_sale_is_left_out_and_said_so(trade: Market) -> None:
    first = trade.place(2, 3)
    sold(trade, "10", is_listed=False)
    told = again(trade, first)
    assert [(line.changes, line.refusal is None) for line in told.lines] == [
        (("unavailable",), False),
        ((), True),
    ]
    assert [line.product_id for line in told.kept.quote.lines] == [trade.products[1]]


def test_nothing_to_be_had_is_a_refusal(migrated: Server) -> None:
    trade = market(on_hand=5)
    first = trade.place(5)
    with pytest.raises(ProductUnavailable, match="nothing of order"):
        again(trade, first)


def test_only_the_retailer_asks_for_its_orders_again(trade: Market) -> None:
    first = trade.place(2)
    trade.retailer_id = write(business)
    with pytest.raises(OrderNotFound):
        again(trade, first)


# What a vendor asks of orders ---------------------------------------------------------------


def test_an_order_waits_ten_minutes_or_as_the_vendor_says(trade: Market) -> None:
    def waits(order_id: UUID) -> timedelta:
        with read() as session:
            order = queries.order(session, order_id)
        expires_at: object = order["expires_at"] - order["placed_at"]
        assert isinstance(expires_at, timedelta)
        return expires_at

    assert waits(trade.place(1)) == timedelta(minutes=10)
    rule(trade, acceptance_minutes=90)
    assert waits(trade.place(1)) == timedelta(minutes=90)


def test_an_order_under_the_minimum_is_refused_with_its_decision(trade: Market) -> None:
    rule(trade, minimum_order_paisa=3_000)
    with pytest.raises(OrderTooSmall, match=r"from .*30\.00 on"):
        trade.place(1, 1)
    with pytest.raises(OrderTooSmall):
        keep(trade, 2)
    trade.place(1, 2)
    with read() as session:
        codes = session.execute(
            text(
                "SELECT reason_code FROM app.decisions WHERE vendor_id = :id AND kind = 'order' ORDER BY decided_at"
            ),
            {"id": trade.vendor_id},
        ).scalars()
        assert list(codes) == ["order-too-small", "in-full"]


def test_the_rules_of_one_vendor_are_not_anothers(trade: Market) -> None:
    rule(trade, minimum_order_paisa=10**9)
    market().place(1)


@pytest.mark.parametrize(
    "given", [{"acceptance_minutes": 0}, {"quote_minutes": 43_201}, {"minimum_order_paisa": -1}]
)
def test_rules_out_of_bounds_are_refused(trade: Market, given: dict[str, int]) -> None:
    with pytest.raises(RulesInvalid):
        rule(trade, **given)

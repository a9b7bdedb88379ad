"""From acceptance to return: who may do what when, and that money and goods follow exactly."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from commerce.catalogue import service as catalogue
from commerce.catalogue.errors import OfferInvalid
from commerce.ordering import queries
from commerce.ordering import service as ordering
from commerce.ordering.errors import (
    MoveNotAllowed,
    NotYourMove,
    OrderInvalid,
    OrderNotFound,
    QuantityExceeded,
    QuantityInvalid,
)
from commerce.ordering.states import MOVES, ORDER_STATES, payment_state
from commerce.stock import service as stock
from foundation import clock
from foundation.clock import business_day
from foundation.database import read, write
from foundation.embedded_postgres import Server
from foundation.errors import VersionMismatch
from foundation.idempotency import RequestKey
from foundation.ids import uuid7
from foundation.money import line_amount_paisa
from tests.commerce.conftest import Crowd
from tests.commerce.factories import RETAILER, VENDOR, Market, market, product


@pytest.fixture
def trade(migrated: Server) -> Market:
    return market()


def state(order_id: UUID) -> RowMapping:
    with read() as session:
        return queries.order(session, order_id)


def states(order_id: UUID) -> tuple[str, str, str]:
    found = state(order_id)
    return found["order_state"], found["fulfilment_state"], found["credit_state"]


def verb(name: str, order_id: UUID, actor: ordering.Actor = VENDOR, **given: object) -> None:
    write(lambda session: getattr(ordering, name)(session, order_id=order_id, actor=actor, **given))


@settings(max_examples=12, deadline=None)
@given(
    price=st.decimals("0.000001", "999.999999", places=6),
    parts=st.lists(st.integers(1, 40), min_size=1, max_size=5),
)
def test_partial_deliveries_add_up_to_the_order_to_the_paisa(
    migrated: Server, price: Decimal, parts: list[int]
) -> None:
    total = line_amount_paisa(price, Decimal(sum(parts)))
    assume(total > 0)  # an order that comes to nothing is refused
    trade = market(price=str(price), limit_paisa=10**9, products=1)
    order_id = trade.accepted(sum(parts))
    assert trade.exposure()[:2] == (0, total)
    for done, part in enumerate(parts, start=1):
        trade.deliver(order_id, {1: Decimal(part)})
        owed, held, _ = trade.exposure()
        assert owed + held == total
        assert owed == line_amount_paisa(price, Decimal(sum(parts[:done])))
    assert states(order_id) == ("completed", "delivered", "charged")
    assert state(order_id)["delivered_paisa"] == total
    for part in parts:
        trade.take_back(order_id, {1: part})
    assert trade.exposure()[:2] == (0, 0)
    assert states(order_id) == ("completed", "returned", "charged")


def test_a_part_delivery_keeps_the_rest_promised(trade: Market) -> None:
    order_id = trade.accepted(10, 5)
    trade.deliver(order_id, {1: Decimal(4)})
    assert trade.exposure()[:2] == (4_000, 11_000)
    assert states(order_id) == ("accepted", "part_delivered", "part_charged")


def test_closing_short_gives_the_rest_back(trade: Market) -> None:
    order_id = trade.accepted(10, 5)
    trade.deliver(order_id, {1: Decimal(4)})
    verb("close_short", order_id, reason="no more to come")
    assert trade.exposure()[:2] == (4_000, 0)
    assert [trade.shelf(0), trade.shelf(1)] == [(996, 0), (1000, 0)]
    assert states(order_id)[:2] == ("completed", "delivered")


def test_closing_short_when_all_came_back_leaves_it_returned(trade: Market) -> None:
    order_id = trade.accepted(10)
    trade.deliver(order_id, {1: Decimal(4)})
    trade.take_back(order_id, {1: 4})
    verb("close_short", order_id)
    assert states(order_id)[:2] == ("completed", "returned")


@pytest.mark.parametrize(
    ("name", "actor", "ending"),
    [("decline", VENDOR, "declined"), ("cancel", RETAILER, "cancelled"), ("cancel", VENDOR, "cancelled")],
)
def test_an_order_given_up_releases_credit_and_goods(
    trade: Market, name: str, actor: ordering.Actor, ending: str
) -> None:
    order_id = trade.place(10, 5)
    verb(name, order_id, actor, reason="not today")
    assert states(order_id) == (ending, "none", "released")
    assert trade.exposure()[:2] == (0, 0)
    assert [trade.shelf(0), trade.shelf(1)] == [(1000, 0), (1000, 0)]
    with read() as session:
        assert queries.timeline(session, order_id)[-1]["note"] == "not today"


def test_an_order_that_nobody_answers_expires(own_world: str) -> None:
    trade = market()
    waiting, accepted = trade.place(1), trade.accepted(1)
    assert write(ordering.due_to_expire) == []
    with clock.at(clock.now() + timedelta(minutes=11)):
        assert [order.id for order in write(ordering.due_to_expire)] == [waiting]
        expire(waiting)
        assert write(ordering.due_to_expire) == []
    assert states(waiting) == ("expired", "none", "released")
    assert states(accepted)[0] == "accepted"
    assert trade.exposure()[1] == 1_000


def bring_to(trade: Market, order_state: str) -> UUID:
    """An order in the state asked."""
    order_id = trade.place(2)
    steps: dict[str, Callable[[], object]] = {
        "placed": lambda: None,
        "accepted": lambda: verb("accept", order_id),
        "completed": lambda: (verb("accept", order_id), trade.deliver(order_id)),
        "declined": lambda: verb("decline", order_id),
        "cancelled": lambda: verb("cancel", order_id),
        "expired": lambda: expire(order_id),
    }
    steps[order_state]()
    return order_id


def expire(order_id: UUID) -> None:
    write(lambda session: ordering.expire(session, order_id=order_id))


CALLS: dict[str, Callable[[UUID, ordering.Actor], None]] = {
    "accept": lambda order_id, actor: verb("accept", order_id, actor),
    "decline": lambda order_id, actor: verb("decline", order_id, actor),
    "cancel": lambda order_id, actor: verb("cancel", order_id, actor),
    "change": lambda order_id, actor: verb("propose_change", order_id, actor, quantities={1: Decimal(1)}),
    "deliver": lambda order_id, actor: verb("deliver", order_id, actor),
    "close_short": lambda order_id, actor: verb("close_short", order_id, actor),
    "return": lambda order_id, actor: verb(
        "take_back", order_id, actor, quantities={1: Decimal(1)}, reason="spoiled"
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_verb_is_refused_from_every_state_that_the_table_does_not_name(trade: Market, name: str) -> None:
    for order_state in ORDER_STATES:
        if order_state in MOVES[name].sources:
            continue
        order_id = bring_to(trade, order_state)
        before = state(order_id)
        with pytest.raises(MoveNotAllowed, match=f"is {order_state}"):
            CALLS[name](order_id, VENDOR)
        assert state(order_id) == before


@pytest.mark.parametrize("name", CALLS)
def test_a_verb_is_for_the_sides_that_the_table_names(trade: Market, name: str) -> None:
    order_id = trade.place(2)
    for actor in (VENDOR, RETAILER):
        if actor.side not in MOVES[name].sides:
            with pytest.raises(NotYourMove):
                CALLS[name](order_id, actor)


def test_what_was_delivered_cannot_be_cancelled_and_what_was_not_not_closed_short(trade: Market) -> None:
    order_id = trade.accepted(2)
    with pytest.raises(MoveNotAllowed, match="cancel it instead"):
        verb("close_short", order_id)
    trade.deliver(order_id, {1: Decimal(1)})
    with pytest.raises(MoveNotAllowed, match="close it short"):
        verb("cancel", order_id)


@pytest.mark.parametrize(
    ("quantities", "refusal"),
    [
        ({1: Decimal(3)}, QuantityExceeded),
        ({1: Decimal(-1)}, QuantityInvalid),
        ({1: Decimal(0)}, QuantityInvalid),
        ({9: Decimal(1)}, QuantityInvalid),
        ({1: Decimal("0.0001")}, QuantityInvalid),
        ({1: Decimal("0.5")}, QuantityInvalid),
        ({1: Decimal("NaN")}, QuantityInvalid),
    ],
)
def test_deliveries_that_cannot_be_change_nothing(
    trade: Market, quantities: dict[int, Decimal], refusal: type[Exception]
) -> None:
    order_id = trade.accepted(2)
    with pytest.raises(refusal):
        trade.deliver(order_id, quantities)
    assert trade.exposure()[:2] == (0, 2_000)
    assert trade.shelf() == (1000, 2)


def test_what_has_no_parts_is_neither_delivered_nor_taken_back_in_parts(trade: Market) -> None:
    order_id = trade.accepted(2)
    trade.deliver(order_id)
    with pytest.raises(QuantityInvalid, match=r"0\.5 packet on line 1; a packet has no parts, give a whole"):
        trade.take_back(order_id, {1: Decimal("0.5")})


def test_what_is_weighed_is_delivered_in_parts(migrated: Server) -> None:
    trade = market()
    rice = write(lambda session: product(session, base_unit="kg", units={}))
    write(
        lambda session: catalogue.set_offer(
            session,
            vendor_id=trade.vendor_id,
            product_id=rice,
            unit="kg",
            unit_price=Decimal(80),
            currency="NPR",
            carton_multiple=Decimal("0.5"),
            minimum_quantity=Decimal("0.5"),
            availability="always",
        )
    )
    trade.products = [rice]
    order_id = trade.accepted("2.5")
    trade.deliver(order_id, {1: Decimal("1.25")})
    with pytest.raises(QuantityExceeded, match=r"1\.5 kg on line 1, but only 1\.25 are open"):
        trade.deliver(order_id, {1: Decimal("1.5")})
    assert trade.exposure()[:2] == (10_000, 10_000)


def test_what_stock_cannot_hold_is_refused_from_the_offer_to_the_return(migrated: Server) -> None:
    trade = market()

    def spice(session: Session) -> UUID:
        made = product(session, base_unit="kg", units={})
        stock.receive(session, business_id=trade.vendor_id, quantities={made: Decimal(1)})
        return made

    saffron = write(spice)
    trade.products = [saffron]

    def offer(multiple: str, minimum: str) -> None:
        write(
            lambda session: catalogue.set_offer(
                session,
                vendor_id=trade.vendor_id,
                product_id=saffron,
                unit="g",
                unit_price=Decimal(400),
                currency="NPR",
                carton_multiple=Decimal(multiple),
                minimum_quantity=Decimal(minimum),
            )
        )

    for multiple, minimum in (("0.4", "0.4"), ("0.4", "2"), ("0.5", "1")):
        with pytest.raises(
            OfferInvalid, match=r"\(0\.000[45] kg\) has no place .*; use whole multiples of 1 g"
        ):
            offer(multiple, minimum)
    offer("1", "1")
    with pytest.raises(QuantityInvalid):
        trade.place("1.6")
    order_id = trade.accepted("3")
    for quantity in ("1.5", "0.4"):
        with pytest.raises(QuantityInvalid, match=r"line 1: .* has no place .*; use whole multiples of 1 g"):
            trade.deliver(order_id, {1: Decimal(quantity)})
    trade.deliver(order_id, {1: Decimal(1)})
    trade.deliver(order_id, {1: Decimal(2)})
    with pytest.raises(QuantityInvalid, match="has no place"):
        trade.take_back(order_id, {1: Decimal("1.5")})
    trade.take_back(order_id, {1: 1})
    assert trade.shelf() == (Decimal("0.998"), 0)
    with read() as session:
        moved = session.execute(
            text("SELECT sum(quantity) FROM app.stock_movements WHERE product_id = :id"), {"id": saffron}
        ).scalar_one()
    assert moved == Decimal("0.998")


def test_no_more_comes_back_than_was_delivered(trade: Market) -> None:
    order_id = trade.accepted(5)
    trade.deliver(order_id, {1: Decimal(3)})
    trade.take_back(order_id, {1: 2})
    with pytest.raises(QuantityExceeded, match="only 1"):
        trade.take_back(order_id, {1: 2})


def test_a_return_settles_its_own_order_before_older_debt(trade: Market) -> None:
    older, newer = trade.accepted(5), trade.accepted(5)
    trade.deliver(older)
    trade.deliver(newer)
    trade.take_back(newer, {1: 2})
    with read() as session:
        assert queries.charged_and_settled(session, older) == (5_000, 0)
        assert queries.charged_and_settled(session, newer) == (5_000, 2_000)


@pytest.mark.parametrize(
    ("charged", "settled", "expected"),
    [(0, 0, "none"), (5, 0, "unpaid"), (5, 1, "part_paid"), (5, 5, "paid"), (5, 6, "paid")],
)
def test_the_payment_state_is_computed(charged: int, settled: int, expected: str) -> None:
    assert payment_state(charged, settled) == expected


def test_who_read_an_older_version_is_told(trade: Market) -> None:
    order_id = trade.place(1)
    verb("accept", order_id, expected_version=1)
    with pytest.raises(VersionMismatch, match="at version 2, not 1"):
        verb("cancel", order_id, expected_version=1)


def test_a_promise_lies_not_before_today(trade: Market) -> None:
    order_id = trade.place(1)
    today = business_day(clock.now(), "Asia/Kathmandu")
    with pytest.raises(OrderInvalid):
        verb("accept", order_id, promised_on=today - timedelta(days=1))
    verb("accept", order_id, promised_on=today)
    assert state(order_id)["promised_on"] == today


def test_an_order_that_is_not_there_is_not_found(migrated: Server) -> None:
    with pytest.raises(OrderNotFound):
        verb("accept", uuid7())


def test_a_delivery_under_one_key_is_made_once(trade: Market) -> None:
    order_id = trade.accepted(4)
    key = RequestKey.of(trade.vendor_id, trade.vendor_id, "deliver", "k1", b"2")
    made = [
        write(
            lambda session: ordering.deliver(
                session, order_id=order_id, actor=VENDOR, quantities={1: Decimal(2)}, request=key
            )
        )
        for _ in range(2)
    ]
    assert made[0] == made[1]
    assert trade.exposure()[:2] == (2_000, 2_000)


def test_parallel_deliveries_are_numbered_without_a_gap(migrated: Server, crowd: Crowd) -> None:
    trade = market()
    orders = [trade.accepted(1) for _ in range(16)]
    crowd([lambda order_id=order_id: trade.deliver(order_id) for order_id in orders])  # type: ignore[misc]
    with read() as session:
        numbers = sorted(queries.deliveries(session, order_id)[0]["number"] for order_id in orders)
    assert [number.rpartition("/")[2] for number in numbers] == [f"{n:06d}" for n in range(1, 17)]

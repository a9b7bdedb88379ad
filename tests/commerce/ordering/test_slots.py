"""Orders come in the slots that their retailers choose, and no slot takes more of them than it holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, time, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.delivery import queries as delivery_queries
from commerce.delivery import service as delivery
from commerce.delivery.errors import SlotClosed, SlotExists, SlotFull, SlotInvalid, SlotNotFound
from commerce.delivery.service import Place
from commerce.ordering import queries
from commerce.ordering import service as ordering
from commerce.ordering.errors import MoveNotAllowed, NotYourMove, OrderInvalid
from foundation import clock
from foundation.clock import business_day
from foundation.database import read, write
from foundation.embedded_postgres import Server
from foundation.errors import DomainError
from foundation.idempotency import RequestKey
from foundation.ids import uuid7
from tests.commerce.conftest import CALLERS, Crowd
from tests.commerce.factories import RETAILER, VENDOR, Market, market
from tests.commerce.ordering.test_concurrency import books_hold
from tests.commerce.ordering.test_placing import STATEMENTS_MAX, statements

__all__ = ["statements"]

pytestmark = pytest.mark.committing

ZONE = "Asia/Kathmandu"


@pytest.fixture
def trade(migrated: Server) -> Market:
    return market()


def ahead(days: int) -> date:
    return business_day(clock.now(), ZONE) + timedelta(days=days)


def slot(trade: Market, days: int = 3, **given: object) -> Place:
    """A slot of the weekday that is so many days ahead, and that day."""
    facts: dict[str, object] = {
        "zone": "Surkhet",
        "weekday": ahead(days).isoweekday(),
        "begins": time(9),
        "ends": time(12),
        "capacity": 2,
        "cutoff_hours": 12,
        **given,
    }
    slot_id = write(lambda session: delivery.add_slot(session, vendor_id=trade.vendor_id, **facts))  # type: ignore[arg-type]
    return Place(slot_id, ahead(days))


def choose(order_id: UUID, place: Place, actor: ordering.Actor = RETAILER) -> None:
    write(lambda session: ordering.choose_slot(session, order_id=order_id, actor=actor, place=place))


def give_up(order_id: UUID) -> None:
    write(lambda session: ordering.give_up_slot(session, order_id=order_id, actor=RETAILER))


def except_day(trade: Market, place: Place, **said: object) -> None:
    write(
        lambda session: delivery.except_day(
            session,
            vendor_id=trade.vendor_id,
            slot_id=place.slot_id,
            day=place.day,
            **said,  # type: ignore[arg-type]
        )
    )


def taken(place: Place) -> int:
    with read() as session:
        return (
            session.execute(
                text("SELECT taken FROM app.delivery_slot_days WHERE slot_id = :id AND day = :day"),
                {"id": place.slot_id, "day": place.day},
            ).scalar_one_or_none()
            or 0
        )


def promised(order_id: UUID) -> tuple[date, UUID | None]:
    with read() as session:
        order = queries.order(session, order_id)
    return order["promised_on"], order["slot_id"]


def counters_hold(trade: Market) -> bool:
    """Whether each day of a vendor's slots counts the orders that have it."""
    with read() as session:
        return bool(
            session.execute(
                text("""
                    SELECT bool_and(held.taken = (SELECT count(*) FROM app.orders
                                                  WHERE slot_id = held.slot_id AND promised_on = held.day))
                    FROM app.delivery_slot_days held WHERE business_id = :vendor
                """),
                {"vendor": trade.vendor_id},
            ).scalar_one()
        )


def waits_for(session: Session) -> bool:
    """Whether another transaction waits for what this one holds."""
    return bool(
        session.execute(
            # Not pg_stat_activity: a transaction goes on seeing it as it was at the first look.
            text(
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
            )
        ).scalar_one()
    )


def open_days(trade: Market, days: int = 8) -> list[date]:
    with read() as session:
        rows = delivery_queries.open_days(session, trade.vendor_id, "Surkhet", days, clock.now())
    return [row["day"] for row in rows]


def test_an_order_is_placed_for_a_slot_and_its_day_is_promised(trade: Market) -> None:
    place = slot(trade)
    order_id = trade.place(2, slot=place)
    assert promised(order_id) == (place.day, place.slot_id)
    assert (taken(place), counters_hold(trade)) == (1, True)
    write(lambda session: ordering.accept(session, order_id=order_id, actor=VENDOR))
    trade.deliver(order_id)
    assert promised(order_id) == (place.day, place.slot_id)
    assert taken(place) == 1, "what came in its slot had its place"


@pytest.mark.parametrize(
    "end",
    [
        lambda order_id: write(lambda session: ordering.cancel(session, order_id=order_id, actor=RETAILER)),
        lambda order_id: write(lambda session: ordering.decline(session, order_id=order_id, actor=VENDOR)),
        lambda order_id: write(lambda session: ordering.expire(session, order_id=order_id)),
    ],
    ids=["cancelled", "declined", "expired"],
)
def test_an_order_that_ends_frees_its_place(trade: Market, end: Callable[[UUID], None]) -> None:
    place = slot(trade, capacity=1)
    order_id = trade.place(2, slot=place)
    assert place.day not in open_days(trade)
    with pytest.raises(SlotFull):
        trade.place(2, slot=place)
    end(order_id)
    assert promised(order_id)[1] is None
    assert (taken(place), counters_hold(trade), place.day in open_days(trade)) == (0, True, True)


def test_a_slot_is_chosen_later_changed_and_given_up_until_the_cut_off(trade: Market) -> None:
    first, second = slot(trade, 3), slot(trade, 4)
    order_id = trade.accepted(2)
    before = promised(order_id)
    choose(order_id, first)
    assert promised(order_id) == (first.day, first.slot_id)
    choose(order_id, first)
    choose(order_id, second)
    assert promised(order_id) == (second.day, second.slot_id)
    assert (taken(first), taken(second)) == (0, 1)
    with pytest.raises(NotYourMove):
        choose(order_id, first, VENDOR)
    with read() as session:
        cut_off = delivery.times(session, second).change_until
    with clock.at(cut_off):
        with pytest.raises(SlotClosed, match="could be changed until"):
            give_up(order_id)
        with pytest.raises(SlotClosed, match="could be changed until"):
            choose(order_id, first)
    give_up(order_id)
    assert promised(order_id) == before
    assert (taken(second), counters_hold(trade)) == (0, True)
    with pytest.raises(SlotNotFound, match="no slot to give up"):
        give_up(order_id)
    with read() as session:
        notes = [(one["verb"], one["note"]) for one in queries.timeline(session, order_id)]
    assert notes[2:] == [
        ("choose_slot", f"{first.day}, 09:00 to 12:00"),
        ("choose_slot", f"{second.day}, 09:00 to 12:00"),
        ("give_up_slot", None),
    ]


def test_a_slot_is_refused_with_the_reason_and_leaves_no_order(trade: Market) -> None:
    place = slot(trade)
    for refused, where, said in (
        (SlotNotFound, Place(uuid7(), place.day), "offers no slot"),
        (SlotNotFound, slot(trade, 3, zone="Dang"), "in Surkhet"),
        (SlotNotFound, slot(market(), 3), "offers no slot"),
        (SlotInvalid, Place(place.slot_id, place.day + timedelta(days=1)), "the slot is on"),
        (SlotInvalid, Place(place.slot_id, place.day + timedelta(days=70)), "60 days ahead"),
        (SlotInvalid, Place(place.slot_id, place.day - timedelta(days=70)), "the goods are there on"),
    ):
        with pytest.raises(refused, match=said):
            trade.place(2, slot=where)
    with pytest.raises(SlotClosed, match="could be chosen until"):
        trade.place(2, slot=slot(trade, begins=time(13), ends=time(14), cutoff_hours=100))
    except_day(trade, place, is_closed=True)
    with pytest.raises(SlotClosed, match="does not deliver"):
        trade.place(2, slot=place)
    assert (trade.shelf(), trade.exposure()[:2], taken(place)) == ((1000, 0), (0, 0), 0)


def test_a_day_out_of_turn_holds_what_its_vendor_says_and_takes_nothing_away(trade: Market) -> None:
    place = slot(trade, capacity=1)
    kept = trade.place(1, slot=place)
    except_day(trade, place, capacity=3)
    for _ in range(2):
        trade.place(1, slot=place)
    with pytest.raises(SlotFull):
        trade.place(1, slot=place)
    with pytest.raises(SlotInvalid, match="more places of"):
        except_day(trade, place, capacity=2)
    write(
        lambda session: delivery.change_slot(
            session, vendor_id=trade.vendor_id, slot_id=place.slot_id, capacity=9
        )
    )
    with pytest.raises(SlotFull):
        trade.place(1, slot=place)
    except_day(trade, place, is_closed=True)
    assert promised(kept) == (place.day, place.slot_id)
    assert open_days(trade, 15) == [place.day + timedelta(days=7)]
    except_day(trade, place)
    assert place.day in open_days(trade), "nine places again"
    write(
        lambda session: delivery.change_slot(
            session, vendor_id=trade.vendor_id, slot_id=place.slot_id, capacity=1
        )
    )
    assert (taken(place), place.day in open_days(trade)) == (3, False)
    write(lambda session: delivery.end_slot(session, vendor_id=trade.vendor_id, slot_id=place.slot_id))
    with pytest.raises(SlotNotFound):
        trade.place(1, slot=place)
    assert open_days(trade, 15) == []
    assert (promised(kept)[1], counters_hold(trade)) == (place.slot_id, True)


def test_a_slot_is_settled_once_goods_are_out_and_accepted_for_its_day_only(trade: Market) -> None:
    place = slot(trade)
    order_id = trade.place(4, slot=place)
    with pytest.raises(OrderInvalid, match="accept it for that day"):
        write(
            lambda session: ordering.accept(
                session, order_id=order_id, actor=VENDOR, promised_on=place.day + timedelta(days=1)
            )
        )
    write(lambda session: ordering.accept(session, order_id=order_id, actor=VENDOR, promised_on=place.day))
    trade.deliver(order_id, {1: Decimal(1)})
    with pytest.raises(MoveNotAllowed, match="its slot is settled"):
        give_up(order_id)
    late = trade.place(1)
    write(
        lambda session: ordering.accept(
            session, order_id=late, actor=VENDOR, promised_on=place.day + timedelta(days=1)
        )
    )
    with pytest.raises(SlotInvalid, match="the goods are there on"):
        choose(late, place)


def test_an_accepted_order_is_put_off_by_a_week_at_most(trade: Market) -> None:
    order_id = trade.place(1)
    before, _ = promised(order_id)
    week = slot(trade, (before - ahead(0)).days + 7)
    write(lambda session: ordering.accept(session, order_id=order_id, actor=VENDOR))
    choose(order_id, week)
    later = slot(trade, (before - ahead(0)).days + 8)
    with pytest.raises(SlotInvalid, match=f"choose a slot until {week.day}"):
        choose(order_id, later)
    assert (promised(order_id), taken(later)) == ((week.day, week.slot_id), 0)
    open_still = trade.place(1)
    choose(open_still, later)
    write(lambda session: ordering.accept(session, order_id=open_still, actor=VENDOR))
    choose(open_still, slot(trade, (before - ahead(0)).days + 9))


def test_a_slot_costs_placing_one_statement_more(trade: Market, statements: list[str]) -> None:
    place = slot(trade, capacity=3)
    costs = []
    for chosen in (None, place, place):
        request = RequestKey.of(trade.retailer_id, uuid7(), "place", "k", b"")
        statements.clear()
        trade.place(1, request=request, slot=chosen)
        costs.append(len(statements))
    assert costs == [STATEMENTS_MAX, STATEMENTS_MAX + 1, STATEMENTS_MAX + 1]


@pytest.mark.parametrize(
    "given",
    [{"weekday": 8}, {"ends": time(9)}, {"capacity": 0}, {"cutoff_hours": 169}],
)
def test_a_slot_out_of_bounds_is_refused(trade: Market, given: dict[str, object]) -> None:
    with pytest.raises(SlotInvalid):
        slot(trade, **given)
    slot(trade)
    with pytest.raises(SlotExists):
        slot(trade)


def test_the_last_place_is_taken_once(migrated: Server, crowd: Crowd) -> None:
    trade = market()
    place = slot(trade, capacity=1)
    answers = crowd([lambda: trade.place(1, slot=place)] * CALLERS)
    assert Counter(type(answer).__name__ for answer in answers) == {"UUID": 1, "SlotFull": CALLERS - 1}
    assert (taken(place), trade.shelf(), trade.exposure()[:2]) == (1, (1000, 1), (0, 1_000))


@pytest.mark.parametrize("has_place", [False, True], ids=["placed", "exchanged"])
def test_a_capacity_that_is_lowered_holds_on_a_day_that_is_just_being_made(
    migrated: Server, has_place: bool
) -> None:
    trade = market()
    place = slot(trade, capacity=9)
    other = Place(place.slot_id, place.day + timedelta(days=7))
    order_id = trade.place(1, slot=other) if has_place else None

    def lower(session: Session) -> Future[object]:
        delivery.change_slot(session, vendor_id=trade.vendor_id, slot_id=place.slot_id, capacity=1)
        taking = callers.submit(
            lambda: trade.place(1, slot=place) if order_id is None else choose(order_id, place)
        )
        while not taking.done() and not waits_for(session):
            continue
        return taking

    with ThreadPoolExecutor(1) as callers:
        write(lower).result()
    assert (taken(place), taken(other), counters_hold(trade)) == (1, 0, True)
    with pytest.raises(SlotFull):
        trade.place(1, slot=place)


def test_orders_that_change_places_at_once_neither_deadlock_nor_overfill(
    migrated: Server, crowd: Crowd
) -> None:
    trade = market()
    places = [slot(trade, days, capacity=CALLERS // 2) for days in (3, 4)]
    orders = [trade.place(1, slot=places[n % 2]) for n in range(CALLERS - 1)]

    def move(n: int) -> None:
        choose(orders[n], places[(n + 1) % 2])

    def cancel(n: int) -> None:
        write(lambda session: ordering.cancel(session, order_id=orders[n], actor=RETAILER))

    calls = [lambda n=n: move(n) if n % 4 else cancel(n) for n in range(CALLERS - 1)]  # type: ignore[misc]
    answers = crowd(
        [
            *calls,
            lambda: write(
                lambda session: delivery.change_slot(
                    session, vendor_id=trade.vendor_id, slot_id=places[0].slot_id, capacity=CALLERS
                )
            ),
        ]
    )
    assert all(answer is None or isinstance(answer, DomainError) for answer in answers), answers
    assert counters_hold(trade)
    assert books_hold(trade)

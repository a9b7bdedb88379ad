"""When an order comes: the slot that its retailer chose, changed or gave up. Its promised day follows the slot.

The places themselves are `commerce/delivery`'s; the order's lock comes before theirs (docs/locking.md).
"""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from commerce.delivery import service as delivery
from commerce.delivery.errors import SlotInvalid, SlotNotFound
from commerce.delivery.service import Place
from commerce.ordering.errors import MoveNotAllowed
from commerce.ordering.events import SlotChosen
from commerce.ordering.moves import Actor, Seen, advance, locked, parties, tell
from commerce.ordering.queries import LockedOrder
from commerce.ordering.vocabulary import POSTPONED_DAYS_MAX


def choose_slot(
    session: Session, *, order_id: UUID, actor: Actor, place: Place, expected_version: Seen = None
) -> None:
    """Let an order come in a slot, or in another one than before, as long as the cut-off of neither is over.

    One that is accepted comes a week after the day that its vendor accepted it for at the latest.
    Raises OrderNotFound, NotYourMove, MoveNotAllowed, VersionMismatch, SlotNotFound, SlotInvalid, SlotClosed, SlotFull.
    """
    order = locked(session, order_id, "choose_slot", actor, expected_version)
    _check_nothing_is_out(order)
    old = place_of(order)
    if place == old:
        return
    _check_not_postponed(order, place.day)
    who = {"vendor_id": order.vendor_id, "retailer_id": order.retailer_id}
    if old is None:
        delivery.take_place(session, place, **who, earliest_on=order.promised_on)
    else:
        delivery.check_change(session, old)
        delivery.exchange_place(session, old, place, **who, earliest_on=order.promised_without_slot)
    note = delivery.told(session, place)
    advance(session, order, "choose_slot", actor, promised_on=place.day, slot_id=place.slot_id, note=note)
    chosen = SlotChosen(**parties(order), slot_id=str(place.slot_id), day=place.day.isoformat())
    tell(session, chosen, order, actor)


def give_up_slot(session: Session, *, order_id: UUID, actor: Actor, expected_version: Seen = None) -> None:
    """Let an order come by the day that was promised without its slot. Raises as `choose_slot`."""
    order = locked(session, order_id, "give_up_slot", actor, expected_version)
    _check_nothing_is_out(order)
    old, day = place_of(order), order.promised_without_slot
    if old is None or day is None:
        raise SlotNotFound(f"order {order.number} has no slot to give up", order_id=str(order.id))
    delivery.check_change(session, old)
    delivery.give_back(session, old)
    advance(session, order, "give_up_slot", actor, promised_on=day, keeps_slot=False)
    tell(session, SlotChosen(**parties(order), slot_id=None, day=day.isoformat()), order, actor)


def leave(session: Session, order: LockedOrder) -> None:
    """Free the place, if it has one, of an order that ends undelivered; the caller writes that it keeps no slot."""
    place = place_of(order)
    if place is not None:
        delivery.give_back(session, place)


def place_of(order: LockedOrder) -> Place | None:
    """The place that a locked order holds: its promised day is the slot's."""
    if order.slot_id is None or order.promised_on is None:
        return None
    return Place(order.slot_id, order.promised_on)


def _check_not_postponed(order: LockedOrder, day: date) -> None:
    # Goods and credit of an accepted order are held for the day that the vendor agreed to.
    if order.order_state != "accepted" or order.agreed_on is None:
        return
    latest = order.agreed_on + timedelta(days=POSTPONED_DAYS_MAX)
    if day > latest:
        raise SlotInvalid(
            f"order {order.number} is accepted for {order.agreed_on}; choose a slot until {latest}, or order anew",
            day=str(day),
            latest_on=str(latest),
        )


def _check_nothing_is_out(order: LockedOrder) -> None:
    if order.fulfilment_state != "none":
        raise MoveNotAllowed(
            f"order {order.number} is delivered in part; its slot is settled", order_id=str(order.id)
        )

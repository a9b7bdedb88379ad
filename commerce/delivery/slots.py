"""When a vendor delivers where: slots of the week, days out of turn, and the places that orders take.

A place is one of a day's row: it is taken by one conditional write of that row under a CHECK and never counted from
orders. Who takes one place for another touches both rows in the order of their keys (docs/locking.md).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from commerce.delivery import queries
from commerce.delivery.errors import SlotClosed, SlotExists, SlotFull, SlotInvalid, SlotNotFound
from commerce.delivery.vocabulary import AHEAD_DAYS, CAPACITY_MAX, CUTOFF_HOURS_MAX
from foundation import clock
from foundation.clock import business_day
from foundation.errors import DomainError
from foundation.ids import uuid7

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Place(NamedTuple):
    """A slot on one of its days; places sort as their rows are locked."""

    slot_id: UUID
    day: date


class Times(NamedTuple):
    """From when to when a slot is on a day, and until when it may be chosen, changed or given up."""

    begins_at: datetime
    ends_at: datetime
    change_until: datetime


def times_of(day: date, begins: time, ends: time, cutoff_hours: int, time_zone: str) -> Times:
    """The moments of a slot's day, where the vendor is. Pure."""
    begins_at, ends_at = (
        datetime.combine(day, at, ZoneInfo(time_zone)).astimezone(UTC) for at in (begins, ends)
    )
    return Times(begins_at, ends_at, begins_at - timedelta(hours=cutoff_hours))


def add_slot(
    session: Session,
    *,
    vendor_id: UUID,
    zone: str,
    weekday: int,
    begins: time,
    ends: time,
    capacity: int,
    cutoff_hours: int,
    actor_id: UUID | None = None,
) -> UUID:
    """Deliver in a zone every week at that time, to so many orders; the slot's id. Raises SlotInvalid, SlotExists."""
    if not 1 <= weekday <= 7:
        raise SlotInvalid(f"weekday is {weekday}; give 1 for Monday to 7 for Sunday", weekday=weekday)
    if begins >= ends:
        raise SlotInvalid(f"the slot begins at {begins} and ends at {ends}; end it later on the same day")
    _check(capacity, cutoff_hours)
    slot_id = uuid7()
    values = {
        "id": slot_id,
        "vendor_id": vendor_id,
        "zone": zone,
        "weekday": weekday,
        "begins": begins,
        "ends": ends,
        "capacity": capacity,
        "cutoff_hours": cutoff_hours,
        "actor_id": actor_id,
        "now": clock.now(),
    }
    if not queries.add_slot(session, values):
        raise SlotExists(
            f"there is a slot in {zone} on {WEEKDAYS[weekday - 1]} at {begins} already; change it or end it first"
        )
    return slot_id


def change_slot(
    session: Session,
    *,
    vendor_id: UUID,
    slot_id: UUID,
    capacity: int | None = None,
    cutoff_hours: int | None = None,
) -> None:
    """Give a slot another capacity or cut-off from today on. Days out of turn keep theirs, and a place that is taken
    stays taken: a day with more of them is full.

    Raises SlotNotFound, SlotInvalid.
    """
    slot = queries.lock_slot(session, vendor_id, slot_id)
    if slot is None:
        raise _no_slot(slot_id)
    capacity = slot.capacity if capacity is None else capacity
    cutoff_hours = slot.cutoff_hours if cutoff_hours is None else cutoff_hours
    _check(capacity, cutoff_hours)
    today = business_day(clock.now(), slot.time_zone)
    queries.change_slot(session, slot_id, capacity, cutoff_hours, today)


def end_slot(session: Session, *, vendor_id: UUID, slot_id: UUID) -> None:
    """Offer a slot no longer; orders that have it keep it. Raises SlotNotFound."""
    if queries.lock_slot(session, vendor_id, slot_id) is None:
        raise _no_slot(slot_id)
    queries.end_slot(session, slot_id, clock.now())


def except_day(
    session: Session,
    *,
    vendor_id: UUID,
    slot_id: UUID,
    day: date,
    capacity: int | None = None,
    is_closed: bool = False,
) -> None:
    """Say that a slot is closed on one of its days or has another capacity; with neither it is in turn again.

    Closing takes no place away from an order that has one. Raises SlotNotFound, SlotInvalid.
    """
    slot = queries.lock_slot(session, vendor_id, slot_id)
    if slot is None:
        raise _no_slot(slot_id)
    _check_day(slot.weekday, day)
    if capacity is not None:
        _check(capacity, slot.cutoff_hours)
    if not queries.except_day(session, slot, day, capacity, is_closed):
        raise SlotInvalid(
            f"capacity is {capacity}, and more places of {day} are taken; give as many, or close the day for the rest",
            capacity=capacity,
        )


def take_place(
    session: Session, place: Place, *, vendor_id: UUID, retailer_id: UUID, earliest_on: date | None
) -> None:
    """Take a place for an order of these two whose goods are there from `earliest_on` on.

    One statement; only a refusal asks once more. Raises SlotNotFound, SlotInvalid, SlotClosed, SlotFull.
    """
    if earliest_on is not None and place.day < earliest_on:
        raise SlotInvalid(
            f"the goods are there on {earliest_on}, and the slot is on {place.day}; choose one from then on",
            earliest_on=earliest_on.isoformat(),
        )
    now = clock.now()
    if not queries.take_place(session, *place, vendor_id, retailer_id, now, AHEAD_DAYS):
        raise _refusal(session, place, vendor_id, retailer_id, now)


def give_back(session: Session, place: Place) -> None:
    """Free the place of an order that does not come, or comes at another time."""
    queries.give_back(session, *place)


def exchange_place(
    session: Session,
    old: Place,
    new: Place,
    *,
    vendor_id: UUID,
    retailer_id: UUID,
    earliest_on: date | None,
) -> None:
    """Take one place for another. Raises as `take_place`."""
    # A slot comes before its days: whoever changes it holds it and waits for the day that is given back here.
    queries.share_slot(session, new.slot_id)
    # Two orders that change places at once would else wait for each other.
    for place in sorted((old, new)):
        if place == new:
            take_place(session, new, vendor_id=vendor_id, retailer_id=retailer_id, earliest_on=earliest_on)
        else:
            give_back(session, old)


def times(session: Session, place: Place) -> Times:
    """The moments of a place. Needs the vendor in scope and a slot that is there."""
    slot = queries.slot(session, place.slot_id)
    assert slot is not None  # an order refers to it
    return times_of(place.day, slot.begins, slot.ends, slot.cutoff_hours, slot.time_zone)


def told(session: Session, place: Place) -> str:
    """A place in words, by the clock on its vendor's wall. Needs the vendor in scope and a slot that is there."""
    slot = queries.slot(session, place.slot_id)
    assert slot is not None
    return f"{place.day}, {slot.begins:%H:%M} to {slot.ends:%H:%M}"


def check_change(session: Session, place: Place) -> None:
    """Whether an order may still leave its place. Raises SlotClosed after the cut-off."""
    until = times(session, place).change_until
    if clock.now() >= until:
        raise SlotClosed(
            f"the slot could be changed until {until.isoformat()}; ask the vendor, or cancel the order",
            change_until=until.isoformat(),
        )


def _refusal(
    session: Session, place: Place, vendor_id: UUID, retailer_id: UUID, now: datetime
) -> DomainError:
    slot = queries.slot(session, place.slot_id)
    zone = queries.zone_of(session, retailer_id)
    if slot is None or slot.vendor_id != vendor_id or slot.ended_at is not None or slot.zone != zone:
        return SlotNotFound(
            f"vendor {vendor_id} offers no slot {place.slot_id} in {zone}; "
            f"`GET /api/v1/delivery-slots/open?vendor_id={vendor_id}` has those that are open",
            slot_id=str(place.slot_id),
        )
    _check_day(slot.weekday, place.day)
    if place.day > business_day(now, slot.time_zone) + timedelta(days=AHEAD_DAYS):
        return SlotInvalid(f"{place.day} is more than {AHEAD_DAYS} days ahead; choose an earlier day")
    until = times_of(place.day, slot.begins, slot.ends, slot.cutoff_hours, slot.time_zone).change_until
    if until <= now:
        return SlotClosed(
            f"the slot of {place.day} could be chosen until {until.isoformat()}; choose a later one",
            change_until=until.isoformat(),
        )
    if queries.is_closed(session, *place):
        return SlotClosed(f"the vendor does not deliver in this slot on {place.day}; choose another one")
    return SlotFull(
        f"all places of the slot are taken on {place.day}; choose another one", slot_id=str(place.slot_id)
    )


def _check(capacity: int, cutoff_hours: int) -> None:
    if not 1 <= capacity <= CAPACITY_MAX:
        raise SlotInvalid(f"capacity is {capacity}; give 1 to {CAPACITY_MAX}", capacity=capacity)
    if not 0 <= cutoff_hours <= CUTOFF_HOURS_MAX:
        raise SlotInvalid(
            f"cutoff_hours is {cutoff_hours}; give 0 to {CUTOFF_HOURS_MAX}", cutoff_hours=cutoff_hours
        )


def _check_day(weekday: int, day: date) -> None:
    if day.isoweekday() != weekday:
        raise SlotInvalid(
            f"the slot is on {WEEKDAYS[weekday - 1]}, and {day} is a {WEEKDAYS[day.isoweekday() - 1]}"
        )


def _no_slot(slot_id: UUID) -> SlotNotFound:
    return SlotNotFound(
        f"there is no slot {slot_id} of yours; `GET /api/v1/delivery-slots` has the ids", slot_id=str(slot_id)
    )

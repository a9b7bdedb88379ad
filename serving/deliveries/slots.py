"""When vendors deliver: slots of the week, days out of turn, and what of it a retailer may choose."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from commerce.delivery import queries, service
from commerce.delivery.errors import SlotExists, SlotInvalid, SlotNotFound
from commerce.delivery.queries import SlotFilter
from commerce.delivery.vocabulary import SHOWN_DAYS, SHOWN_DAYS_MAX
from foundation import clock
from serving.deliveries.slot_schemas import (
    OpenSlotOut,
    SlotChangeIn,
    SlotDayIn,
    SlotDayOut,
    SlotIn,
    SlotOut,
)
from serving.dependencies import Read, Reader, SearchText, Writer
from serving.pagination import CursorInvalid, PageAsked
from serving.paths import V1
from serving.problems import describe, merged
from serving.security import GUARDED, Caller, may
from serving.shapes import Day, Page

router = APIRouter(prefix=f"{V1}/delivery-slots", tags=["deliveries"])

Ruler = Annotated[Caller, may("orders:rule")]
Seer = Annotated[Caller, may("slots:read")]
Days = Annotated[int, Query(ge=1, le=SHOWN_DAYS_MAX, description="So many days.")]


@router.post("", status_code=HTTPStatus.CREATED, responses=merged(GUARDED, describe(SlotInvalid, SlotExists)))
def add_delivery_slot(slot: SlotIn, caller: Ruler, write: Writer, read: Reader) -> SlotOut:
    """Deliver in a zone every week at that time, to so many orders."""
    slot_id = write(
        lambda session: service.add_slot(
            session,
            vendor_id=caller.own_business_id,
            zone=slot.zone,
            weekday=slot.weekday,
            begins=slot.begins,
            ends=slot.ends,
            capacity=slot.capacity,
            cutoff_hours=slot.cutoff_hours,
            actor_id=caller.user_id,
        )
    )
    return _slot(read, slot_id)


@router.get("", responses=merged(GUARDED, describe(CursorInvalid)))
def list_delivery_slots(
    caller: Seer,
    read: Reader,
    asked: PageAsked,
    zone: Annotated[SearchText | None, Query(description="Only in this delivery area.")] = None,
    weekday: Annotated[
        int | None, Query(ge=1, le=7, description="Only on this day of the week; 1 is Monday.")
    ] = None,
    sort: Annotated[
        Literal["zone", "weekday"],
        Query(
            description="`zone`: by zone, weekday and beginning; `weekday`: by weekday, beginning and zone."
        ),
    ] = "zone",
) -> Page[SlotOut]:
    """The slots that the vendor offers, by `sort`."""
    order = queries.SLOTS_BY[sort]
    rows = read(
        lambda session: queries.slots(
            session,
            caller.own_business_id,
            chosen=SlotFilter(zone, weekday),
            by=order,
            after=asked.after,
            limit=asked.fetch,
        )
    )
    return asked.page(rows, lambda row: SlotOut(**row), key=order.key)


@router.get("/days", responses=GUARDED)
def list_delivery_slot_days(
    caller: Seer,
    read: Reader,
    first: Annotated[Day | None, Query(description="From this day on; left out: today.")] = None,
    days: Days = SHOWN_DAYS,
) -> list[SlotDayOut]:
    """The vendor's slots day by day, with what is taken of each."""

    def ask(session: Session) -> Sequence[RowMapping]:
        return queries.days_of(session, caller.own_business_id, first, days, clock.now())

    return [SlotDayOut(**_timed(row)) for row in read(ask)]


@router.get("/open", responses=GUARDED)
def list_open_delivery_slots(
    caller: Annotated[Caller, may("orders:place")],
    read: Reader,
    vendor_id: UUID,
    days: Days = SHOWN_DAYS,
) -> list[OpenSlotOut]:
    """What of a vendor's slots may be chosen where the retailer is, from today on. Not how many places are left:
    how busy a vendor is concerns nobody else."""

    def ask(session: Session) -> Sequence[RowMapping]:
        zone = queries.zone_of(session, caller.own_business_id)
        return queries.open_days(session, vendor_id, zone or "", days, clock.now())

    return [OpenSlotOut(**_timed(row)) for row in read(ask, counterparty=vendor_id)]


@router.patch("/{slot_id}", responses=merged(GUARDED, describe(SlotNotFound, SlotInvalid)))
def change_delivery_slot(
    slot_id: UUID, changed: SlotChangeIn, caller: Ruler, write: Writer, read: Reader
) -> SlotOut:
    """Give a slot another capacity or cut-off from today on; places that are taken stay taken."""
    write(
        lambda session: service.change_slot(
            session,
            vendor_id=caller.own_business_id,
            slot_id=slot_id,
            capacity=changed.capacity,
            cutoff_hours=changed.cutoff_hours,
        )
    )
    return _slot(read, slot_id)


@router.delete(
    "/{slot_id}", status_code=HTTPStatus.NO_CONTENT, responses=merged(GUARDED, describe(SlotNotFound))
)
def end_delivery_slot(slot_id: UUID, caller: Ruler, write: Writer) -> None:
    """Offer a slot no longer; orders that have it keep it."""
    write(lambda session: service.end_slot(session, vendor_id=caller.own_business_id, slot_id=slot_id))


@router.put("/{slot_id}/days/{day}", responses=merged(GUARDED, describe(SlotNotFound, SlotInvalid)))
def except_delivery_slot_day(
    slot_id: UUID, day: Day, said: SlotDayIn, caller: Ruler, write: Writer
) -> SlotDayOut:
    """Close a slot on one of its days, or give the day another capacity; with neither it is as every week."""

    def ask(session: Session) -> RowMapping:
        service.except_day(
            session,
            vendor_id=caller.own_business_id,
            slot_id=slot_id,
            day=day,
            capacity=said.capacity,
            is_closed=said.is_closed,
        )
        # Read under the slot's lock: once it is released, somebody may end the slot.
        rows = queries.days_of(session, caller.own_business_id, day, 1, clock.now())
        return next(row for row in rows if row["slot_id"] == slot_id)

    return SlotDayOut(**_timed(write(ask)))


def _slot(read: Read, slot_id: UUID) -> SlotOut:
    return SlotOut.model_validate(read(lambda session: queries.slot(session, slot_id)))


def _timed(row: RowMapping) -> dict[str, Any]:
    times = service.times_of(row["day"], row["begins"], row["ends"], row["cutoff_hours"], row["time_zone"])
    return {**row, **times._asdict()}

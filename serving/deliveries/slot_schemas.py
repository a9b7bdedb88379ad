"""Payloads and views of slots in which vendors deliver."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from commerce.delivery.vocabulary import CAPACITY_MAX, CUTOFF_HOURS_MAX
from serving.shapes import Payload, View, WallTime

Zone = Annotated[str, StringConstraints(min_length=1, max_length=40)]
Capacity = Annotated[int, Field(ge=1, le=CAPACITY_MAX, examples=[12])]
Hours = Annotated[int, Field(ge=0, le=CUTOFF_HOURS_MAX, examples=[18])]
Weekday = Annotated[int, Field(ge=1, le=7, examples=[2], description="1 for Monday to 7 for Sunday.")]


class SlotIn(Payload):
    """A time of the week at which a vendor delivers in a zone; times are where the vendor is."""

    zone: Zone = Field(examples=["Birendranagar"], description="As retailers' businesses have it.")
    weekday: Weekday
    begins: WallTime = Field(examples=["09:00"])
    ends: WallTime = Field(examples=["12:00"])
    capacity: Capacity = Field(description="So many orders a day.")
    cutoff_hours: Hours = Field(
        12, description="So long before it begins it is chosen, changed or given up for the last time."
    )


class SlotChangeIn(Payload):
    """What changes of a slot from today on."""

    capacity: Capacity | None = None
    cutoff_hours: Hours | None = None


class SlotOut(View):
    """A slot that a vendor offers."""

    id: UUID
    zone: str = Field(examples=["Birendranagar"])
    weekday: int = Field(examples=[2], description="1 for Monday to 7 for Sunday.")
    begins: WallTime = Field(examples=["09:00:00"])
    ends: WallTime = Field(examples=["12:00:00"])
    capacity: int = Field(examples=[12])
    cutoff_hours: int = Field(examples=[18])


class SlotDayIn(Payload):
    """What is out of turn on one day of a slot; nothing: the day is as every week."""

    is_closed: bool = False
    capacity: Capacity | None = None


class SlotDayOut(View):
    """A slot on one of its days, as its vendor sees it."""

    slot_id: UUID
    zone: str = Field(examples=["Birendranagar"])
    day: date
    begins_at: datetime
    ends_at: datetime
    change_until: datetime
    capacity: int = Field(examples=[12])
    taken: int = Field(examples=[5])
    is_closed: bool = Field(examples=[False])
    is_exception: bool = Field(examples=[False], description="Whether the day is out of turn.")


class OpenSlotOut(View):
    """A slot on a day on which it may be chosen."""

    slot_id: UUID
    day: date
    begins_at: datetime
    ends_at: datetime
    change_until: datetime = Field(description="Until then it is chosen, changed or given up.")

"""Payloads and views of reminders."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints, WithJsonSchema

from commerce.reminders.vocabulary import AUTOMATIC_AT, AUTOMATIC_DAYS_MAX, TEXT_MAX
from serving.shapes import Day, Payload, View, WallTime, written

Kind = Literal["payment_due", "overdue", "invoice", "low_stock", "expiry", "follow_up", "custom"]
State = Literal["scheduled", "sending", "sent", "failed", "cancelled", "skipped"]
Repeats = Literal["daily", "weekly", "monthly"]
Text = Annotated[str, StringConstraints(min_length=1, max_length=TEXT_MAX)]

_MOMENT_PATTERN = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?$"
)
WallMoment = Annotated[
    datetime,
    written(_MOMENT_PATTERN, "2026-12-01T10:00"),
    WithJsonSchema({"type": "string", "pattern": _MOMENT_PATTERN, "examples": ["2027-01-15T10:00"]}),
]
"""A moment by the clock on the shop's wall, or with its offset from UTC."""


class ReminderIn(Payload):
    """What is to be said later, when, and to whom."""

    kind: Kind = Field(
        description="`payment_due`, `overdue`, `invoice` and `follow_up` go to a customer, `low_stock` and `expiry` to "
        "the shop's owners, `custom` to either.",
        examples=["payment_due"],
    )
    remind_at: WallMoment = Field(
        description="Without an offset it is of the shop's own clock.", examples=["2027-01-15T10:00"]
    )
    customer_id: UUID | None = Field(None, description="Left out: it goes to the shop's owners.")
    invoice_id: UUID | None = Field(None, description="Of `invoice`: the bill that is sent again.")
    product_id: UUID | None = Field(
        None, description="Of `low_stock` and `expiry`: this good alone; left out: all of the shop's."
    )
    text: Text | None = Field(
        None,
        description="What a `custom` one says; what a `follow_up` is about.",
        examples=["Your order of ghee has come"],
    )
    repeats: Repeats | None = Field(None, description="Left out: once.")
    repeats_until: Day | None = Field(
        None, description="The last day that it may fall on; left out: until it is cancelled."
    )


class ReminderChangeIn(Payload):
    """What is changed of a reminder: fields that are left out stay, `null` ends a repetition."""

    remind_at: WallMoment | None = Field(None, examples=["2027-01-16T18:30"])
    text: Text | None = None
    repeats: Repeats | None = None
    repeats_until: Day | None = None

    @property
    def changes(self) -> dict[str, Any]:
        """The fields that were sent."""
        return self.model_dump(include=self.model_fields_set)


class ReminderOut(View):
    """A reminder and what became of it."""

    id: UUID
    kind: Kind
    customer_id: UUID | None
    customer: str | None = Field(
        description="What the customer is called; null: it goes to the shop's owners.",
        examples=["Ramesh Kumar"],
    )
    invoice_id: UUID | None
    product_id: UUID | None
    text: str | None
    remind_at: datetime = Field(description="By the shop's own clock.")
    repeats: Repeats | None
    repeats_until: date | None
    is_automatic: bool = Field(description="Made by the shop's settings, not by a person.")
    state: State
    waits_until: datetime | None = Field(
        description="When it goes out, where that is later than its time: at the begin of the customer's hours, on "
        "another day, or after a failed try."
    )
    tries: int = Field(description="That failed so far; after three the reminder has failed.")
    reason: str | None = Field(description="Why it failed, was skipped or waits.", examples=["nothing-owed"])
    message_id: UUID | None = Field(description="The message that was made of it.")
    ended_at: datetime | None
    created_at: datetime
    version: int


class ReminderSettingsIn(Payload):
    """Which reminders customers get without anybody writing them."""

    days_before_due: Annotated[int, Field(ge=0, le=AUTOMATIC_DAYS_MAX)] | None = Field(
        None, description="So many days before a debt falls due; null: none.", examples=[2]
    )
    days_after_due: Annotated[int, Field(ge=1, le=AUTOMATIC_DAYS_MAX)] | None = Field(
        None, description="So many days after it fell due, if it is open still; null: none.", examples=[7]
    )
    at: WallTime = Field(AUTOMATIC_AT, description="By the shop's own clock.", examples=["10:00"])


class ReminderSettingsOut(View):
    """What holds for the shop now."""

    days_before_due: int | None
    days_after_due: int | None
    at: WallTime
    version: int = Field(description="0: nothing was set yet, and none is sent.")
    changed_at: datetime | None

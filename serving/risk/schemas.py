"""Payloads and views of risk control."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from serving.credit.schemas import ScoreOut
from serving.shapes import Day, Page, Payload, Rupees, View

RuleState = Literal["draft", "live", "retired"]
AlertState = Literal["open", "acknowledged", "snoozed", "closed"]
Note = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Seen = Annotated[dict[str, str | None], Field(examples=[{"days_past_due": "34"}])]


class FigureOut(View):
    """A figure that a rule may ask."""

    name: str = Field(examples=["days_past_due"])
    unit: str = Field(examples=["days"])
    meaning: str
    how: str


class FiguresOut(View):
    """All figures, and the day that a rule would be asked about now."""

    as_of: date
    items: list[FigureOut]


class RuleIn(Payload):
    """The next version of a rule of this name."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{2,39}$")] = Field(
        examples=["late-and-full"]
    )
    condition: Annotated[str, StringConstraints(min_length=1, max_length=500)] = Field(
        examples=["days_past_due >= 30 and utilisation > 0.9"]
    )


class OwedOut(View):
    """What pairs owe, in one currency."""

    currency: str = Field(examples=["NPR"])
    owed_paisa: Rupees


class SampleOut(View):
    """A pair that the rule would have hit, as it was on the last such day."""

    vendor_id: UUID
    retailer_id: UUID
    days: int
    last_day: date
    figures: Seen


class DryRunOut(View):
    """What a rule would have hit on the last 90 closed days."""

    first_day: date
    last_day: date
    hits: int = Field(description="Pairs and days of which it held.")
    pairs: int
    days: int
    owed: list[OwedOut] = Field(description="What those pairs owed on the last day each was hit.")
    samples: list[SampleOut]
    run_at: datetime


class RuleOut(View):
    """A version of a rule and its last dry run."""

    id: UUID
    name: str = Field(examples=["late-and-full"])
    version: int
    condition: str
    state: RuleState
    written_by: UUID
    written_at: datetime
    live_by: UUID | None
    live_at: datetime | None
    retired_by: UUID | None
    retired_at: datetime | None
    dry_run: DryRunOut | None


class AcknowledgementIn(Payload):
    """The caller looks after it."""

    note: Note | None = None


class SnoozeIn(Payload):
    """It may wait until a day to come."""

    until: Day
    note: Note | None = None


class ClosingIn(Payload):
    """Why it is done with."""

    reason: Note = Field(examples=["paid by cheque"])


class AlertOut(View):
    """A rule holds of a pair."""

    id: UUID
    rule_name: str = Field(examples=["late-and-full"])
    vendor_id: UUID
    retailer_id: UUID
    currency: str = Field(examples=["NPR"])
    day: date = Field(description="The closed day of which the rule held.")
    owed_paisa: Rupees
    figures: Seen
    state: AlertState
    owner_id: UUID | None
    snoozed_until: date | None
    raised_at: datetime


class AlertMoveOut(View):
    """What was done about an alert; by nobody where a rule raised it or its day came."""

    state: AlertState
    actor_id: UUID | None
    note: str | None
    happened_at: datetime


class AlertStoryOut(AlertOut):
    """An alert and its history, oldest first."""

    history: list[AlertMoveOut]


class RiskScoreOut(View):
    """The transparent score of a retailer, and the newest of its alerts that are not closed (50 at most)."""

    score: ScoreOut
    signals: list[AlertOut]


class ExposureOut(View):
    """What is owed, promised and allowed in one currency."""

    currency: str = Field(examples=["NPR"])
    pairs: int
    owed_paisa: Rupees
    held_paisa: Rupees
    limit_paisa: Rupees


class VendorExposureOut(ExposureOut):
    """The exposure of one vendor."""

    vendor_id: UUID


class ExposuresOut(Page[VendorExposureOut]):
    """A page of vendors, and the whole market's total by currency."""

    total: list[ExposureOut]

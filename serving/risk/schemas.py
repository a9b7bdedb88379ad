"""Payloads and views of risk control."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from serving.credit.schemas import ScoreOut
from serving.shapes import Day, Page, Payload, QuantityOut, Rupees, RupeesIn, View

RuleState = Literal["draft", "live", "retired"]
AlertState = Literal["open", "acknowledged", "snoozed", "closed"]
ActionKind = Literal["hold", "lower-limit", "stop"]
ActionState = Literal["due", "taken", "skipped", "reverted"]
RuleName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{2,39}$")]
Percent = Annotated[Decimal, Field(gt=0, le=100, max_digits=6, decimal_places=3)]
Note = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Seen = Annotated[dict[str, str | None], Field(examples=[{"days_past_due": "34"}])]


class FigureOut(View):
    """A figure that a rule may ask."""

    name: str = Field(examples=["days_past_due"])
    unit: str = Field(examples=["days"])
    meaning: str
    how: str
    is_inside: bool = Field(description="Told to the platform alone.")


class FiguresOut(View):
    """All figures, and the day that a rule would be asked about now."""

    as_of: date
    items: list[FigureOut]


class RuleIn(Payload):
    """The next version of a rule of this name."""

    name: RuleName = Field(examples=["late-and-full"])
    condition: Annotated[str, StringConstraints(min_length=1, max_length=500)] = Field(
        examples=["days_past_due >= 30 and utilisation > 0.9"]
    )
    effect: Literal["alert", "hold", "lower-limit", "stop"] = Field(
        "alert",
        description="What follows from a hit beside the alert. `hold`: orders of the pair on credit wait for approval. "
        "`lower-limit`: where the vendor lets rules do so, within its bounds. `stop`: orders on credit are refused.",
    )
    lower_by: Literal["step", "percent", "to-owed"] | None = Field(
        None,
        description="With `lower-limit`: by an amount, by a part of it, or to what is owed and promised.",
    )
    lower_paisa: Annotated[RupeesIn, Field(gt=0)] | None = Field(
        None, description="The step.", examples=["5000.00"]
    )
    lower_percent: Percent | None = Field(None, description="The percentage.", examples=["10"])


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
    limit_before_paisa: Rupees | None = Field(None, description="Before the first change.")
    limit_after_paisa: Rupees | None = Field(None, description="After the last change.")
    reason_code: str | None = Field(None, description="Why nothing would have been done.")


class LoweredOut(View):
    """By how much limits would have gone down, in one currency."""

    currency: str = Field(examples=["NPR"])
    lowered_paisa: Rupees


class TriedEffectOut(View):
    """What the rule would have done beside the alerts, by what vendors allow now."""

    kind: Literal["alert", "hold", "lower-limit", "stop"]
    pairs: int = Field(description="To which it would have done something.")
    changes: int = Field(description="Of limits.")
    lowered: list[LoweredOut]
    skipped: dict[str, int] = Field(
        description="Pairs to which it would have done nothing, by reason.", examples=[{"not-allowed": 3}]
    )
    orders: int = Field(
        description="Orders on credit after the first hit: they would have waited or been refused."
    )


class DryRunOut(View):
    """What a rule would have hit on the last 90 closed days."""

    first_day: date
    last_day: date
    hits: int = Field(description="Pairs and days of which it held.")
    pairs: int
    days: int
    owed: list[OwedOut] = Field(description="What those pairs owed on the last day each was hit.")
    effect: TriedEffectOut
    samples: list[SampleOut]
    run_at: datetime


class RuleOut(View):
    """A version of a rule and its last dry run."""

    id: UUID
    name: str = Field(examples=["late-and-full"])
    version: int
    condition: str
    effect: Literal["alert", "hold", "lower-limit", "stop"]
    lower_by: Literal["step", "percent", "to-owed"] | None
    lower_paisa: Rupees | None
    lower_percent: QuantityOut | None
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


class AssignmentIn(Payload):
    """Another admin looks after it."""

    owner_id: UUID
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
    owner_id: UUID | None = Field(description="The admin who looks after it; not told to vendors.")
    snoozed_until: date | None
    raised_at: datetime


class AlertMoveOut(View):
    """What was done about an alert; by nobody where a rule raised it or acted, or its day came."""

    state: AlertState
    actor_id: UUID | None = Field(description="Vendors are not told which admin.")
    owner_id: UUID | None = Field(description="Whose the alert is from then on; not told to vendors.")
    action_id: UUID | None = Field(description="What a rule did, or the vendor undid.")
    note: str | None = Field(description="What admins wrote is not told to vendors.")
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


class BoundsIn(Payload):
    """How far rules may lower one's limits."""

    is_on: bool = Field(description="Off: no rule lowers a limit.")
    floor_paisa: Annotated[RupeesIn, Field(ge=0)] = Field(
        description="No rule lowers a limit below it.", examples=["10000.00"]
    )
    step_max_percent: Percent = Field(
        description="The most of a limit that one change takes.", examples=["20"]
    )
    days_between: Annotated[int, Field(ge=1, le=365)] = Field(
        description="So long a limit stands that a rule or a person set, before a rule lowers it.",
        examples=[14],
    )


class BoundsOut(View):
    """What the vendor said last; until it says something no rule lowers a limit."""

    is_on: bool
    floor_paisa: Rupees | None = Field(examples=["10000.00"])
    step_max_percent: QuantityOut | None = Field(examples=["20"])
    days_between: int | None = Field(examples=[14])


class ActionOut(View):
    """What a rule did to a pair, or why it did not."""

    id: UUID
    alert_id: UUID
    policy_version: str = Field(
        examples=["risk-late-and-full-3"], description="Name and version of the rule."
    )
    vendor_id: UUID
    retailer_id: UUID
    currency: str = Field(examples=["NPR"])
    day: date = Field(description="The closed day of which the rule held.")
    kind: ActionKind
    state: ActionState
    reason_code: str | None = Field(examples=[None], description="Why it was skipped.")
    limit_before_paisa: Rupees | None = Field(examples=["50000.00"])
    limit_after_paisa: Rupees | None = Field(examples=["45000.00"])
    score_version: str | None = Field(
        examples=["transparent-1.5.0"], description="Of the score in force as the limit went down."
    )
    due_at: datetime
    decided_at: datetime | None
    reverted_by: UUID | None
    reverted_at: datetime | None
    revert_reason: str | None


class ReversalIn(Payload):
    """Why it is undone."""

    reason: Note = Field(examples=["paid in cash, the receipt was late"])

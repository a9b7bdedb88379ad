"""Payloads and views of those who collect: cheques, promises, visits, the run of a day."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from serving.credit.schemas import Reason
from serving.shapes import Day, Payload, QuantityOut, Rupees, RupeesIn, View

ChequeState = Literal["received", "deposited", "cleared", "bounced", "returned"]
ChequeMove = Literal["deposit", "clear", "bounce", "return"]
Outcome = Literal["open", "kept", "kept-in-part", "broken"]
VisitResult = Literal["paid", "promised", "not-there", "refused", "other"]


class ChequeIn(Payload):
    """A cheque that a retailer handed over."""

    retailer_id: UUID
    amount_paisa: Annotated[RupeesIn, Field(gt=0)]
    bank: Annotated[str, StringConstraints(min_length=1, max_length=100)] = Field(examples=["Nabil Bank"])
    number: Annotated[str, StringConstraints(min_length=1, max_length=40)] = Field(examples=["004211"])
    cheque_date: Day = Field(description="As written on it; it can be deposited from then on.")


class ChequeMoveIn(Payload):
    """When and why a cheque moved."""

    on: Day | None = Field(
        None, description="Of clear and bounce: the vendor's business day; left out: today."
    )
    reason: Reason | None = Field(None, description="Of bounce.", examples=["insufficient funds"])


class ChequeOut(View):
    """A cheque and where it is."""

    id: UUID
    vendor_id: UUID
    retailer_id: UUID
    amount_paisa: Rupees
    currency: str = Field(examples=["NPR"])
    bank: str
    number: str = Field(examples=["004211"])
    cheque_date: date
    state: ChequeState
    received_at: datetime
    changed_at: datetime
    bounce_reason: str | None
    payment_id: UUID | None = Field(description="The payment that was recorded when it cleared.")


class PromiseIn(Payload):
    """What a retailer says that it will pay."""

    retailer_id: UUID
    amount_paisa: Annotated[RupeesIn, Field(gt=0)]
    due_on: Day = Field(description="The last day on which it is kept.")
    note: Reason | None = None


class PromiseOut(View):
    """A promise and how it went."""

    id: UUID
    retailer_id: UUID
    amount_paisa: Rupees
    currency: str = Field(examples=["NPR"])
    promised_on: date
    due_on: date
    paid_paisa: Rupees = Field(description="Paid since the promise and by its day.")
    outcome: Outcome
    note: str | None
    recorded_by: UUID
    recorded_at: datetime


class VisitIn(Payload):
    """What came of going to a retailer today."""

    retailer_id: UUID
    result: VisitResult
    note: Reason | None = None


class VisitOut(View):
    """A visit that was recorded."""

    id: UUID


class CollectorIn(Payload):
    """Who visits a retailer from now on."""

    collector_id: UUID | None = Field(description="One of the vendor's people; null: nobody in particular.")


class InterestRuleIn(Payload):
    """What is taken for what is late, from today on."""

    percent: Annotated[Decimal, Field(ge=0, le=100, max_digits=6, decimal_places=3)] = Field(
        description="A year; 0 for none.", examples=["18"]
    )
    after_days: Annotated[int, Field(ge=0, le=365)] = Field(
        description="So many days late are free.", examples=[5]
    )


class InterestRuleOut(View):
    """What is taken for what is late."""

    percent: QuantityOut = Field(examples=["18"])
    after_days: int = Field(examples=[5])


class InterestOut(View):
    """What was charged for what was late."""

    item_id: UUID | None = Field(description="Null where nothing was due.")
    amount_paisa: Rupees


class StopOut(View):
    """A customer to be visited, and why."""

    retailer_id: UUID
    name: str = Field(examples=["Gita Kirana"])
    zone: str = Field(examples=["Birendranagar"])
    currency: str = Field(examples=["NPR"])
    collector_id: UUID | None
    overdue_paisa: Rupees
    days_past_due: int = Field(examples=[12])
    promise: Outcome | None = Field(description="How its last promise went.")
    promised_for: date | None
    visited_on: date | None = Field(description="When it was visited last.")
    last_result: VisitResult | None


class RunOut(View):
    """Whom to visit today, the most pressing first."""

    day: date
    stops: list[StopOut]
    next_cursor: str | None = Field(
        description="Send it as `cursor` for the next page; null on the last one."
    )

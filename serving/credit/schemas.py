"""Payloads and views of credit: limits, payments, history, ageing, score."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from serving.shapes import Day, Payload, Rupees, RupeesIn, View

ItemKind = Literal[
    "charge",
    "opening",
    "bounce",
    "interest",
    "cancel_fee",
    "reinstatement",
    "discount_reversal",
    "payment",
    "credit_note",
    "write_off",
    "fee_waiver",
    "cancel_credit",
    "cash_discount",
]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class LimitIn(Payload):
    """The most that a retailer may owe the caller, from now on."""

    limit_paisa: Annotated[RupeesIn, Field(ge=0)]
    reason: Reason = Field(examples=["pays on time since a year"])
    net_days: Annotated[int, Field(ge=0, le=365)] | None = Field(
        None, description="Days to pay; needed the first time.", examples=[15]
    )
    day_of_month: Annotated[int, Field(ge=1, le=28)] | None = Field(
        None, description="With `net_days`: due on the first such day after them.", examples=[10]
    )
    advance_percent: Annotated[int, Field(ge=0, le=100)] | None = Field(
        None,
        description="With `net_days`: so much of an order is paid before its goods are handed over.",
        examples=[None],
    )


class LimitOut(View):
    """What one party lets the other owe, and how much of it is used."""

    agreement_id: UUID
    vendor_id: UUID
    retailer_id: UUID
    currency: str = Field(examples=["NPR"])
    limit_paisa: Rupees
    owed_paisa: Rupees
    held_paisa: Rupees = Field(description="Promised to orders that are not delivered yet.")
    available_paisa: Rupees
    agreed_at: datetime


class PastLimitOut(View):
    """A limit of one retailer, from its moment until the next one."""

    id: UUID
    limit_paisa: Rupees
    reason: str = Field(examples=["a good year"])
    approved_by: UUID | None = Field(description="Null where a policy set it; `policy_version` says which.")
    policy_version: str | None
    valid_from: datetime


class AllocationIn(Payload):
    """So much of one open item is to be settled."""

    item_id: UUID
    amount_paisa: Annotated[RupeesIn, Field(gt=0)]


Allocations = Annotated[list[AllocationIn], Field(max_length=200)]


def chosen(allocations: list[AllocationIn]) -> dict[UUID, int]:
    """Amounts by item; what is named twice is added up."""
    amounts: dict[UUID, int] = {}
    for one in allocations:
        amounts[one.item_id] = amounts.get(one.item_id, 0) + one.amount_paisa
    return amounts


class PaymentIn(Payload):
    """Money that the caller took from a retailer."""

    retailer_id: UUID
    amount_paisa: Annotated[RupeesIn, Field(gt=0)]
    mode: Literal["cash", "upi", "bank", "card", "cheque"] = Field(examples=["upi"])
    paid_on: Day | None = Field(None, description="The vendor's business day; left out: today.")
    reference: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = Field(
        None, examples=["UPI 421903"]
    )
    settles: Allocations = Field([], description="What it pays, before all else; left out: the oldest debt.")
    is_rest_kept: bool = Field(
        False, description="What is left stays an advance, though older debts are open."
    )
    confirm_duplicate: bool = Field(False, description="It is no slip: the same amount was paid twice.")
    confirm_amount: bool = Field(False, description="It is no slip, though more than ten times what is owed.")


class PaymentReversalIn(Payload):
    """Why a payment is undone."""

    reason: Literal["bounced", "mistake"] = Field(
        description="The money did not come, which counts against the retailer; or it was never paid.",
        examples=["bounced"],
    )
    reversed_on: Day | None = Field(
        None, description="The vendor's business day on which it became known; left out: today."
    )
    reference: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = Field(
        None, examples=["Cheque 004211, insufficient funds"]
    )


class PaymentOut(View):
    """The payment or its reversal, and how the retailer stands now."""

    id: UUID
    item_id: UUID = Field(
        description="What it stands as in the history; `PUT /credit/items/{item_id}/allocations` takes it."
    )
    retailer_id: UUID
    amount_paisa: Rupees
    reverses_id: UUID | None = Field(description="Of a reversal: the payment that it undoes.")
    limit: LimitOut


class HistoryItemOut(View):
    """A debt (positive) or what lowers it (negative)."""

    id: UUID
    vendor_id: UUID
    retailer_id: UUID
    kind: ItemKind
    amount_paisa: Rupees
    currency: str = Field(examples=["NPR"])
    document_date: date
    due_date: date
    document_number: str | None = Field(examples=["DN/83-84/000001"])
    order_id: UUID | None
    payment_id: UUID | None = Field(description="Of a payment or its reversal.")
    mode: str | None = Field(description="Of a payment.", examples=["upi"])
    reference: str | None
    reverses_id: UUID | None = Field(description="Of a reversal: the payment that it undoes.")
    reversal_reason: str | None = Field(examples=["bounced"])
    recorded_at: datetime


class AgeingOut(View):
    """What a retailer owed a vendor on a day, by how late it was."""

    vendor_id: UUID
    retailer_id: UUID
    as_of: date
    currency: str = Field(examples=["NPR"])
    total_paisa: Rupees
    not_due_paisa: Rupees
    days_1_30_paisa: Rupees
    days_31_60_paisa: Rupees
    days_61_90_paisa: Rupees
    over_90_days_paisa: Rupees
    disputed_paisa: Rupees = Field(description="Owed, and late for nobody while the dispute lasts.")
    days_past_due: int = Field(description="Of the oldest open item.", examples=[12])


class ComponentOut(View):
    """A part of the score."""

    name: str = Field(examples=["payment_history"])
    weight_percent: int = Field(examples=[40])
    points: int = Field(description="Of 10,000.", examples=[9200])


class ReasonOut(View):
    """Why the score is what it is."""

    code: str = Field(examples=["always-on-time"])
    text: str = Field(examples=["All 12 credit purchases that came due were paid on time."])


class BandOut(View):
    """What a vendor may know of a retailer that consented: the grade, and nothing of what lies behind it."""

    view: Literal["band"] = "band"
    retailer_id: UUID
    as_of: date
    grade: str = Field(description="`NH`: not enough history.", examples=["B"])
    version: str = Field(examples=["transparent-1.2.0"])


class ScoreOut(View):
    """The transparent score with its components and reasons. A trade-credit score, not a credit bureau's."""

    view: Literal["full"] = "full"
    retailer_id: UUID
    as_of: date
    score: int | None = Field(
        description="300 to 900; null where there is not enough history.", examples=[742]
    )
    grade: str = Field(examples=["B"])
    version: str = Field(examples=["transparent-1.2.0"])
    components: list[ComponentOut]
    reasons: list[ReasonOut]


class ConsentIn(Payload):
    """Whom the caller's consent is for."""

    vendor_id: UUID | None = Field(description="One vendor; null: every vendor of the market.")


class ConsentOut(View):
    """What a retailer said last on a vendor (null: on every vendor that it does not name)."""

    vendor_id: UUID | None
    is_granted: bool
    recorded_at: datetime


class ConsentsOut(View):
    """Who may see the caller's grade. What is said on one vendor goes before what is said on all."""

    items: list[ConsentOut]

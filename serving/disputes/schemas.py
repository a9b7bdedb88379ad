"""Payloads and views of disputes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from serving.shapes import Base64File, Payload, Rupees, RupeesIn, View

Words = Annotated[str, StringConstraints(min_length=1, max_length=200)]
DisputeState = Literal["open", "answered", "escalated", "settled"]
SubjectKind = Literal["order", "delivery", "debt"]


class DisputeIn(Payload):
    """What one does not agree with, by how much and why."""

    subject: SubjectKind
    subject_id: UUID = Field(description="The order's, delivery's (or return's) or open item's id.")
    counterparty_id: UUID = Field(description="The other side.")
    amount_paisa: Annotated[RupeesIn, Field(gt=0)]
    reason: Literal[
        "amount",
        "price",
        "quantity",
        "quality",
        "not-delivered",
        "paid-already",
        "not-ordered",
        "other",
    ]
    note: Words | None = Field(None, examples=["two cartons were never unloaded"])
    evidence: Base64File | None = Field(None, description="PNG, JPEG or PDF in base64.", examples=[None])


class DisputeAnswerIn(Payload):
    """How the other side sees it."""

    answer: Words = Field(examples=["the driver has the signed note"])


class SettlementIn(Payload):
    """How the two end it between themselves."""

    outcome: Literal["credit-note", "paid", "withdrawn", "upheld"]
    credit_note_id: UUID | None = Field(
        None, description="With `credit-note`: the return that gives it back."
    )
    note: Words | None = Field(None, examples=["found on the lorry"])


class EscalationIn(Payload):
    """Why the answer does not help."""

    note: Words | None = Field(None, examples=["the note is not ours"])


class DisputeDecisionIn(Payload):
    """What the platform's admin says."""

    is_upheld: bool = Field(description="Whether the side that opened it is right.")
    note: Words = Field(examples=["the note bears no signature"])


class DisputeRowOut(View):
    """A dispute as lists have it."""

    id: UUID
    vendor_id: UUID
    retailer_id: UUID
    subject: SubjectKind
    order_id: UUID | None
    delivery_id: UUID | None
    item_id: UUID | None
    amount_paisa: Rupees
    currency: str = Field(examples=["NPR"])
    side: str = Field(examples=["retailer"], description="Who opened it.")
    reason: str = Field(examples=["quantity"])
    note: str | None
    has_evidence: bool
    state: DisputeState
    opened_at: datetime
    answer_by: datetime = Field(description="Without an answer by then the platform's admin is asked.")
    answer: str | None = Field(examples=[None])
    answered_at: datetime | None
    escalated_at: datetime | None
    outcome: str | None = Field(
        examples=[None], description="credit-note, paid, withdrawn, upheld or rejected."
    )
    settled_at: datetime | None
    credit_note_id: UUID | None


class DisputeStepOut(View):
    """One step of a dispute."""

    verb: str = Field(examples=["open"])
    state: DisputeState
    side: str = Field(examples=["retailer"])
    note: str | None
    happened_at: datetime


class DisputeOut(DisputeRowOut):
    """A dispute with its timeline."""

    timeline: list[DisputeStepOut]

"""Payloads and views of the credit desk: claims of payments, open items, write-offs, the vendor's policy."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from serving.credit.schemas import Allocations, Reason
from serving.shapes import Base64File, Day, Page, Payload, Rupees, RupeesIn, View

ClaimState = Literal["waiting", "accepted", "declined"]
WriteOffState = Literal["waiting", "approved", "declined"]


class ClaimIn(Payload):
    """Money that the caller says it gave to a vendor."""

    vendor_id: UUID
    amount_paisa: Annotated[RupeesIn, Field(gt=0)]
    mode: Literal["cash", "upi", "bank", "card", "cheque"] = Field(examples=["upi"])
    paid_on: Day | None = Field(None, description="The vendor's business day; left out: today.")
    reference: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = Field(
        None, examples=["UPI 421903"]
    )
    evidence: Base64File | None = Field(
        None, description="A picture of the payment: PNG, JPEG or PDF in base64.", examples=["iVBORw0KGgo="]
    )


class ClaimOut(View):
    """What a retailer says that it paid, and what the vendor answered."""

    id: UUID
    vendor_id: UUID
    retailer_id: UUID
    amount_paisa: Rupees
    currency: str = Field(examples=["NPR"])
    mode: str = Field(examples=["upi"])
    paid_on: date
    reference: str | None
    has_evidence: bool
    state: ClaimState
    claimed_at: datetime
    decided_at: datetime | None
    decline_reason: str | None
    payment_id: UUID | None = Field(description="Of an accepted claim: the payment that was recorded.")


class AcceptanceIn(Payload):
    """The vendor has the money."""

    confirm_duplicate: bool = Field(False, description="It is no slip: the same amount was paid twice.")
    confirm_amount: bool = Field(False, description="It is no slip, though more than ten times what is owed.")


class RefusalIn(Payload):
    """Why a claim is declined; the retailer reads it."""

    reason: Reason = Field(examples=["not in our account until today"])


class OpenItemOut(View):
    """A debt that is not settled, or credit that settles nothing yet."""

    id: UUID
    kind: str = Field(examples=["charge"])
    is_debt: bool
    amount_paisa: Rupees
    open_paisa: Rupees
    document_date: date
    due_date: date
    days_past_due: int = Field(description="Of a debt; 0 when it is not late.", examples=[12])
    document_number: str | None
    order_id: UUID | None


class OpenItemsOut(Page[OpenItemOut]):
    """A page of what is open between two parties, and all of it summed; debts less advances are the balance."""

    vendor_id: UUID
    retailer_id: UUID
    currency: str = Field(examples=["NPR"])
    debts_paisa: Rupees
    advances_paisa: Rupees


class ReallocationIn(Payload):
    """Which debts a payment or credit note settles from now on."""

    settles: Allocations
    is_rest_kept: bool = Field(
        False, description="What is left stays an advance, though older debts are open."
    )


class SettledOut(View):
    """How much of a retailer's advances settled debts."""

    retailer_id: UUID
    settled_paisa: Rupees


class SettlementsOut(View):
    """Every retailer that had an advance beside a debt."""

    items: list[SettledOut]


class PolicyIn(Payload):
    """What the people of the vendor may do alone, from now on: so much of each debt, in however many parts."""

    write_off_max_paisa: Annotated[RupeesIn, Field(ge=0)]


class PolicyOut(View):
    """What the people of the vendor may do alone."""

    write_off_max_paisa: Rupees


class WriteOffIn(Payload):
    """A debt to be given up."""

    item_id: UUID
    amount_paisa: Annotated[RupeesIn, Field(gt=0)] | None = Field(
        None, description="Left out: all of it that is open."
    )
    reason: Reason = Field(examples=["the shop closed for good"])


class WriteOffOut(View):
    """A debt that was given up, or that somebody asks to give up."""

    id: UUID
    retailer_id: UUID
    item_id: UUID
    amount_paisa: Rupees
    currency: str = Field(examples=["NPR"])
    reason: str
    state: WriteOffState
    requested_by: UUID
    requested_at: datetime
    decided_by: UUID | None = Field(description="Null while it waits, and within the bound of one person.")
    decided_at: datetime | None

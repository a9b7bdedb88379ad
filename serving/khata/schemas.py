"""Payloads and views of the khata."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from serving.credit.schemas import Allocations
from serving.customers.schemas import CustomerOut
from serving.shapes import Day, Payload, Rupees, RupeesIn, View

Mode = Literal["cash", "upi", "card", "bank", "cheque"]
Reason = Literal["bounced", "mistake"]
Reference = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class KhataEntryIn(Payload):
    """What all entries of a khata have."""

    customer_id: UUID
    amount_paisa: RupeesIn = Field(gt=0, examples=["250.00"])
    entered_on: Day | None = Field(None, description="The shop's day of it; left out: today.")
    reference: Reference | None = Field(None, examples=["UTR 4219 0399 8877"])
    confirm_duplicate: bool = Field(False, description="The same happened twice within five minutes.")


class KhataPaymentIn(KhataEntryIn):
    """Money that a customer gave."""

    mode: Mode = Field(examples=["upi"])
    settles: Allocations = Field([], description="Which debts it settles before all others.")
    is_rest_kept: bool = Field(
        False, description="What is left over is paid ahead and settles no older debt."
    )


class KhataDebitIn(KhataEntryIn):
    """What a customer owes without a bill."""

    due_on: Day | None = Field(None, description="When it is to be paid; left out: at once.")


class KhataReversalIn(Payload):
    """Why an entry is undone, and on which day."""

    reason: Reason
    entered_on: Day | None = Field(None, description="The shop's day of it; left out: today.")


class KhataEntryOut(View):
    """An entry that was written, and how the customer stands now."""

    id: UUID
    item_id: UUID = Field(description="What it stands as in the khata; payments name it by `settles`.")
    amount_paisa: Rupees = Field(description="What is owed more; below zero: less.")
    reverses_id: UUID | None
    customer: CustomerOut


class KhataRowOut(View):
    """A row of a khata: a bill or an entry beside bills."""

    id: UUID
    kind: str = Field(examples=["charge"])
    amount_paisa: Rupees = Field(description="What is owed more; below zero: less.")
    open_paisa: Rupees = Field(
        description="Of a debt what is not settled yet, of a credit what settles nothing yet."
    )
    currency: str = Field(examples=["INR"])
    document_date: date
    due_date: date
    document_number: str | None
    source: str = Field(examples=["khata"])
    source_id: UUID = Field(description="The bill or the entry itself.")
    mode: Mode | None = Field(description="Of a payment.")
    reference: str | None
    reverses_id: UUID | None = Field(description="The entry that it undoes.")
    reversal_reason: Reason | None
    recorded_at: datetime


class StatementRowOut(View):
    """A row of a statement, with the balance after it."""

    item_id: UUID
    document_date: date
    kind: str = Field(examples=["charge"])
    document_number: str | None
    reference: str | None
    amount_paisa: Rupees
    balance_paisa: Rupees


class KhataStatementOut(View):
    """What a customer owed at the begin of a period, what came and went, and what they owed at its end."""

    customer: str = Field(examples=["Ramesh Kumar"])
    currency: str = Field(examples=["INR"])
    first: date
    last: date
    opening_paisa: Rupees
    entries: list[StatementRowOut]
    closing_paisa: Rupees

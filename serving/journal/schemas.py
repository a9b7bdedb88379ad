"""Payloads and views of the entries of a book."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from commerce.corrections.vocabulary import UNDONE_BY
from serving.shapes import Day, Payload, Rupees, View


class PostingOut(View):
    """An amount on an account: debit above zero, credit below."""

    account: str = Field(description="The code of the account.", examples=["cash"])
    party_id: UUID | None = Field(description="Of a receivable or payable: the other business.")
    customer_id: UUID | None = Field(description="Of a khata: the customer.")
    amount_paisa: Rupees
    currency: str = Field(examples=["INR"])


class LedgerTransactionOut(View):
    """An entry of one's own book."""

    id: UUID
    kind: str = Field(examples=["expense"])
    source: str = Field(description="What it came of.", examples=["expense"])
    source_id: UUID = Field(description="The bill, expense, delivery, … itself.")
    effective_date: date
    recorded_at: datetime
    is_assumed: bool = Field(description="An import assumed it by rule.")
    document_number: str | None
    reverses_id: UUID | None = Field(description="The entry that it undoes.")
    reversed_by_id: UUID | None = Field(description="The entry that undid it.")
    is_reversible: bool = Field(description="Whether its reversal undoes it now.")
    undone_by: str = Field(
        description="What undoes an entry of this kind.",
        examples=["`POST /api/v1/expenses/{expense_id}/reversal`"],
    )
    postings: list[PostingOut]

    @classmethod
    def of(cls, row: Mapping[Any, Any]) -> LedgerTransactionOut:
        """As the API shows it."""
        undoing = UNDONE_BY[row["source"]]
        stands = row["reverses_id"] is None and row["reversed_by_id"] is None
        given = {name: row[name] for name in cls.model_fields if name in row}
        return cls(
            **given | {"postings": [PostingOut(**one) for one in row["postings"]]},
            is_reversible=undoing.is_here and stands,
            undone_by=undoing.verb,
        )


class LedgerReversalIn(Payload):
    """Why an entry is undone, and on which day."""

    reason: Literal["mistake", "bounced"] = Field("mistake", description="`bounced` is of a payment.")
    note: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = Field(
        None, description="What stands on a bill that is cancelled; left out: the reason."
    )
    entered_on: Day | None = Field(None, description="The day of it; left out: today.")

"""Payloads and views of what a shop spends."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from commerce.expenses.service import Spent
from serving.shapes import Day, Payload, Rupees, RupeesIn, View

Mode = Literal["cash", "upi", "card", "bank", "cheque"]
Head = Literal[
    "rent",
    "electricity",
    "salaries",
    "transport",
    "refreshments",
    "telephone",
    "repairs",
    "packing",
    "bank_charges",
    "licence_fees",
    "other_expenses",
]
HeadName = Annotated[str, StringConstraints(min_length=1, max_length=40)]
Reference = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class ExpenseHeadIn(Payload):
    """A head of the shop's own, and under which of all shops it is counted."""

    name: HeadName = Field(examples=["chowkidar"])
    head: Head = Field(examples=["salaries"])


class ExpenseHeadOut(View):
    """What money may be spent on."""

    id: UUID | None = Field(description="Null of a head that all shops have.")
    name: str = Field(examples=["chowkidar"])
    head: str = Field(
        description="The account that it stands on; of a head of all shops its own name.",
        examples=["salaries"],
    )


class ExpenseIn(Payload):
    """What was spent, on what, and how it was paid."""

    head: HeadName = Field(
        description="One of all shops, or the name of an own one; capitals make no difference.",
        examples=["rent"],
    )
    amount_paisa: RupeesIn = Field(gt=0, examples=["4500.00"])
    mode: Mode = Field(examples=["cash"])
    spent_on: Day | None = Field(None, description="The shop's day of it; left out: today.")
    reference: Reference | None = Field(None, examples=["UTR 4219 0399 8877"])
    note: Annotated[str, StringConstraints(min_length=1, max_length=500)] | None = Field(
        None,
        description="Kept sealed, for it may name people; it can be forgotten.",
        examples=["for November"],
    )
    confirm_duplicate: bool = Field(False, description="The same happened twice within five minutes.")


class UndoneIn(Payload):
    """On which day an entry is undone."""

    entered_on: Day | None = Field(None, description="The shop's day of it; left out: today.")


class ExpenseOut(View):
    """An expense, or what undid one."""

    id: UUID
    kind: str = Field(description="expense, or reversal for what undid one.", examples=["expense"])
    head: str = Field(description="The account that it stands on.", examples=["rent"])
    own_head: str | None = Field(description="The shop's own head, if it was written on one.")
    amount_paisa: Rupees = Field(description="What was spent; below zero in a reversal.")
    currency: str = Field(examples=["INR"])
    mode: Mode
    reference: str | None
    note: str | None = Field(description="Null too once it was forgotten.")
    spent_on: date
    recorded_at: datetime
    reverses_id: UUID | None = Field(description="The expense that it undoes.")
    reversed_by_id: UUID | None = Field(description="What undid it.")

    @classmethod
    def of(cls, spent: Spent) -> ExpenseOut:
        """As the API shows it."""
        return cls(**{name: spent.row[name] for name in cls.model_fields if name != "note"}, note=spent.note)

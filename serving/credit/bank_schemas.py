"""Payloads and views of statements of banks and of the review of their lines."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from serving.credit.report_schemas import FaultOut
from serving.credit.schemas import Allocations, Reason
from serving.shapes import Base64File, Payload, Rupees, RupeesIn, View

LineState = Literal["open", "recorded", "ignored", "out"]
Column = Annotated[int, Field(ge=0, le=200)]
FieldName = Literal["date", "narration", "reference", "credit", "debit", "amount", "direction", "balance"]


class LayoutIn(Payload):
    """Where the file has what; rows and columns are counted from 0."""

    heading_row: Annotated[int, Field(ge=0, le=200)] = Field(examples=[3])
    columns: dict[FieldName, Column] = Field(examples=[{"date": 0, "narration": 1, "debit": 4, "credit": 5}])
    date_order: Literal["dmy", "mdy", "ymd"] = Field("dmy", examples=["dmy"])


class BankFileIn(Payload):
    """A bank's statement."""

    file: Base64File = Field(
        description="CSV or XLSX in base64, as the bank gives it.",
        examples=["RGF0ZSxOYXJyYXRpb24sQ3JlZGl0CjAxLzA0LzI2LFVQSSwxLjAwCg=="],
    )
    layout: LayoutIn | None = Field(None, description="Left out: guessed, as a preview shows it.")


class LayoutOut(View):
    """Where the file has what, as it was guessed or given."""

    heading_row: int = Field(examples=[3])
    columns: dict[str, int] = Field(examples=[{"date": 0, "narration": 1, "debit": 4, "credit": 5}])
    date_order: str = Field(examples=["dmy"])


class ReadLineOut(View):
    """A line as it was understood; money that came is positive."""

    line_no: int = Field(examples=[5])
    booked_on: date
    amount_paisa: Rupees
    narration: str = Field(examples=["UPI-GITA KIRANA-421903998877"])
    reference: str | None = Field(examples=["421903998877"])


class PreviewOut(View):
    """What would come in."""

    layout: LayoutOut
    headings: list[str] = Field(examples=[["Date", "Narration", "Withdrawal Amt.", "Deposit Amt."]])
    lines: int = Field(examples=[120])
    came_paisa: Rupees
    went_paisa: Rupees
    first_lines: list[ReadLineOut] = Field(description="Ten at most.")
    faults: list[FaultOut] = Field(description="Twenty at most; with any of them nothing comes in.")


class BankStatementOut(View):
    """A file that came in."""

    id: UUID
    first_day: date
    last_day: date
    lines: int = Field(examples=[120])
    known_lines: int = Field(description="That an earlier file had brought already.", examples=[12])
    open_lines: int = Field(description="That wait for an answer.", examples=[30])
    imported_at: datetime


class ProposalOut(View):
    """Whose payment it may be, and why."""

    retailer_id: UUID
    score: int = Field(description="0 to 100.", examples=[70])
    reasons: list[str] = Field(examples=[["the name sounds alike"]])
    claim_id: UUID | None = Field(description="What it says that it paid, of this amount.")


class RecordedOut(View):
    """A payment that was recorded before the line came, and may be it."""

    payment_id: UUID
    retailer_id: UUID
    amount_paisa: Rupees
    paid_on: date
    reference: str | None


class BankLineOut(View):
    """A line, and whose payment it may be. Nothing is recorded until somebody says so."""

    id: UUID
    statement_id: UUID
    booked_on: date
    amount_paisa: Rupees
    narration: str = Field(examples=["UPI-GITA KIRANA-421903998877"])
    reference: str | None = Field(examples=["421903998877"])
    state: LineState
    note: str | None
    payments: list[UUID] = Field(description="The standing payments that it is recorded as.")
    proposals: list[ProposalOut]
    recorded: list[RecordedOut]


class PartIn(Payload):
    """So much of the line is a payment of this retailer."""

    retailer_id: UUID
    amount_paisa: Annotated[RupeesIn, Field(gt=0)]
    settles: Allocations = Field([], description="What it pays, before all else; left out: the oldest debt.")
    claim_id: UUID | None = Field(None, description="The claim that is answered with it.")


class LineAcceptanceIn(Payload):
    """Whose payment a line is; the parts are the whole of it."""

    parts: Annotated[list[PartIn], Field(min_length=1, max_length=50)]
    confirm_duplicate: bool = Field(False, description="It is no slip: the same amount was paid twice.")


class LinkIn(Payload):
    """That the line is a payment which was recorded before."""

    payment_id: UUID


class IgnoreIn(Payload):
    """Why the line is no payment of a retailer."""

    reason: Reason = Field(examples=["interest of the bank"])

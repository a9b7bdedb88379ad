"""Views of what is owed: statements, ageing of all, the past of a debt, the cash flow."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from serving.shapes import Base64File, Page, Payload, Rupees, View

Form = Literal["json", "pdf", "csv", "xlsx"]


class EntryOut(View):
    """A line of a statement: a debt is positive, what lowers it negative."""

    item_id: UUID
    document_date: date
    due_date: date
    kind: str = Field(examples=["charge"])
    document_number: str | None
    reference: str | None
    amount_paisa: Rupees
    balance_paisa: Rupees


class StatementOut(View):
    """What a retailer owed a vendor at the begin of a period, what came and went, and how it stood at the end."""

    vendor_id: UUID
    vendor: str = Field(examples=["Himal Traders"])
    retailer_id: UUID
    retailer: str = Field(examples=["Gita Kirana"])
    currency: str = Field(examples=["NPR"])
    first: date
    last: date
    known_at: datetime
    opening_paisa: Rupees
    entries: list[EntryOut]
    closing_paisa: Rupees
    not_due_paisa: Rupees
    days_1_30_paisa: Rupees
    days_31_60_paisa: Rupees
    days_61_90_paisa: Rupees
    over_90_days_paisa: Rupees
    disputed_paisa: Rupees = Field(description="Owed, and late for nobody while the dispute lasts.")
    advance_paisa: Rupees = Field(description="Paid or got back, and settling nothing on the last day.")
    days_past_due: int = Field(description="Of the oldest open debt.", examples=[12])


class CustomerAgeingOut(View):
    """What one customer owed, by how late it was."""

    retailer_id: UUID
    currency: str = Field(examples=["NPR"])
    total_paisa: Rupees
    not_due_paisa: Rupees
    days_1_30_paisa: Rupees
    days_31_60_paisa: Rupees
    days_61_90_paisa: Rupees
    over_90_days_paisa: Rupees
    disputed_paisa: Rupees = Field(description="Owed, and late for nobody while the dispute lasts.")
    days_past_due: int = Field(description="Of the oldest open debt.", examples=[12])


class AgeingOfAllOut(Page[CustomerAgeingOut]):
    """A page of the customers that owed something on the day."""

    as_of: date


class StepOut(View):
    """How a debt stood from a day on."""

    day: date
    open_paisa: Rupees
    days_past_due: int = Field(examples=[12])


class PastDueOut(View):
    """How a debt stood on each day on which it changed."""

    item_id: UUID
    amount_paisa: Rupees
    due_date: date
    days_past_due_max: int = Field(examples=[12])
    steps: list[StepOut]


class WeekOut(View):
    """Seven days."""

    first: date
    last: date
    due_paisa: Rupees = Field(description="What falls due.")
    expected_paisa: Rupees = Field(description="What is likely to come, by each payer's own delay.")


class PayerOut(View):
    """How late a payer paid within the last year."""

    retailer_id: UUID
    delay_days: int = Field(description="Mean by amount; negative: early.", examples=[4])
    settled_items: int = Field(
        description="How many debts this is of; under 3 the mean of all payers counts.", examples=[12]
    )


class CashFlowOut(View):
    """When open debts fall due and when they are likely to be paid. An expectation, no promise."""

    today: date
    currency: str = Field(examples=["NPR"])
    overdue_paisa: Rupees
    weeks: list[WeekOut]
    later_paisa: Rupees = Field(description="Expected after the last week.")
    payers: list[PayerOut]


class OpeningsIn(Payload):
    """What customers owed before."""

    sheet: Base64File = Field(
        description="CSV or XLSX in base64.",
        examples=["cmV0YWlsZXIsbnVtYmVyLGFtb3VudCxkb2N1bWVudF9kYXRlLGR1ZV9kYXRlCg=="],
    )
    is_preview: bool = Field(False, description="Say what would come in, and write nothing.")


class FaultOut(View):
    """Why a line cannot be taken in."""

    line_no: int = Field(description="2 is the first below the heading.", examples=[2])
    reason: str


class OpeningsOut(View):
    """What came in, or what a preview found."""

    is_written: bool
    lines: int = Field(description="Lines without a fault.", examples=[12])
    total_paisa: Rupees
    faults: list[FaultOut] = Field(description="Of a preview; a sheet that has any is refused.")

"""Views of credit over many pairs, and a lender's advice."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, PlainSerializer, WithJsonSchema

from foundation.money import format_quantity
from serving.credit.schemas import Reason
from serving.shapes import Payload, Rupees, RupeesIn, View

Form = Literal["json", "csv", "xlsx"]

Percent = Annotated[
    Decimal,
    PlainSerializer(format_quantity, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]+(\.[0-9])?$", "examples": ["41.5"]}),
]
"""A part of a hundred, one decimal at most; also below zero."""


class PositionOut(View):
    """How one retailer stood with one vendor."""

    vendor_id: UUID
    vendor: str = Field(examples=["Himal Traders"])
    retailer_id: UUID
    retailer: str = Field(examples=["Gita Kirana"])
    currency: str = Field(examples=["NPR"])
    limit_paisa: Rupees
    net_days: int | None = Field(examples=[15])
    day_of_month: int | None = Field(examples=[None])
    advance_percent: int | None = Field(description="Paid before goods are handed over.", examples=[None])
    owed_paisa: Rupees = Field(description="The balance: open debts less advances.")
    held_paisa: Rupees | None = Field(description="Promised to orders; of today alone.")
    not_due_paisa: Rupees
    days_1_30_paisa: Rupees
    days_31_60_paisa: Rupees
    days_61_90_paisa: Rupees
    over_90_days_paisa: Rupees
    disputed_paisa: Rupees = Field(description="Owed, and late for nobody while the dispute lasts.")
    overdue_paisa: Rupees
    exposure_paisa: Rupees
    days_past_due: int = Field(description="Of the oldest open debt.", examples=[12])


class SummaryOut(View):
    """Every pair of the business that was asked for."""

    as_of: date
    items: list[PositionOut]


class FiguresOut(View):
    """A retailer's credit in one currency."""

    currency: str = Field(examples=["NPR"])
    vendors: int = Field(description="With whom it has a limit, a debt or an order.", examples=[3])
    limit_paisa: Rupees
    owed_paisa: Rupees
    held_paisa: Rupees
    exposure_paisa: Rupees
    utilisation_percent: Percent | None = Field(description="Exposure by limit.", examples=["41.5"])
    overdue_paisa: Rupees
    days_past_due: int = Field(examples=[12])
    turnover_paisa: Rupees = Field(description="Bought on credit within 90 days, less returns.")
    turnover_before_paisa: Rupees = Field(description="Within the 90 days before.")
    trend_percent: Percent | None = Field(examples=["-8"])
    largest_share_percent: Percent | None = Field(
        description="The part of the exposure that one vendor bears at most; of one's own part null.",
        examples=["60"],
    )


class MarketOut(View):
    """The same over all vendors, as far as a vendor may know it."""

    currency: str = Field(examples=["NPR"])
    vendors: int = Field(examples=[7])
    exposure_paisa: Rupees
    utilisation_percent: Percent | None = Field(examples=["41.5"])
    days_past_due: int = Field(examples=[12])


class AdviceOut(View):
    """What a lender says the retailer should owe all vendors together at most."""

    currency: str = Field(examples=["NPR"])
    limit_paisa: Rupees
    is_over: bool
    reason: str = Field(examples=["turnover of one season"])
    valid_from: datetime


class MetricsOut(View):
    """How a retailer stands with its vendors, or with the one that asks."""

    retailer_id: UUID
    as_of: date
    figures: list[FiguresOut]
    market: list[MarketOut] | None = Field(
        description="For a vendor that the retailer lets see it, of five vendors or more; else null."
    )
    advice: AdviceOut | None = Field(description="For lenders.")


class ExposureOut(View):
    """What a retailer owes and was promised over all vendors, in one currency."""

    retailer_id: UUID
    currency: str = Field(examples=["NPR"])
    vendors: int = Field(examples=[3])
    limit_paisa: Rupees
    owed_paisa: Rupees
    held_paisa: Rupees
    exposure_paisa: Rupees
    advised_paisa: Rupees | None


class AdviceIn(Payload):
    """What a retailer should owe all its vendors together at most."""

    limit_paisa: Annotated[RupeesIn, Field(ge=0)]
    reason: Reason = Field(examples=["turnover of one season"])

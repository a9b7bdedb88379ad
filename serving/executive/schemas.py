"""The owner's figures, each with the definition it comes from."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from serving.shapes import View

Unit = Literal["rupees", "rupees_per_order", "count", "ratio"]


class FigureOut(View):
    """One figure of one origin and currency; nothing is summed across either."""

    metric: str = Field(examples=["gmv"])
    label: str = Field(examples=["Gross merchandise value"])
    unit: Unit
    origin: str = Field(examples=["real"])
    currency: str | None = Field(examples=["NPR"])
    value: str | None = Field(
        description="Null where there is nothing to divide by.", examples=["1234567.50"]
    )
    numerator: str | None = Field(description="Of a ratio or a mean.", examples=["1200.00"])
    denominator: str | None = Field(description="Of a ratio or a mean.", examples=["1300.00"])


class TrendPointOut(View):
    """A figure on one day."""

    day: date
    metric: str = Field(examples=["gmv"])
    origin: str = Field(examples=["real"])
    currency: str | None = Field(examples=["NPR"])
    value: str | None = Field(examples=["54321.00"])


class TopVendorOut(View):
    """A vendor by what was ordered from it in the period, among those of its origin and currency."""

    rank: int = Field(examples=[1])
    vendor_id: UUID
    name: str | None = Field(examples=["Karnali Traders"])
    origin: str = Field(examples=["real"])
    currency: str = Field(examples=["NPR"])
    gmv: str = Field(examples=["98765.00"])


class SummaryOut(View):
    """The market in one answer, as of the last closed business day that was published."""

    as_of: date
    run_id: str
    period_from: date
    period_until: date
    figures: list[FigureOut]
    trend: list[TrendPointOut]
    top_vendors: list[TopVendorOut]


class MetricOut(View):
    """A metric as it was asked: rows of what it is split by, and its figures."""

    as_of: date
    run_id: str
    metric: str = Field(examples=["gmv"])
    label: str = Field(examples=["Gross merchandise value"])
    description: str
    unit: Unit
    rows: list[dict[str, str | None]] = Field(
        examples=[[{"origin": "real", "currency": "NPR", "zone": "Birendranagar", "value": "1234567.50"}]]
    )

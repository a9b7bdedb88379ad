"""What will be asked for, as the last publication has it."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from pydantic import Field

from serving.shapes import View


class ForecastDayOut(View):
    """Demand for a vendor's product on a day, in the product's base unit."""

    vendor_id: UUID
    product_id: UUID
    origin: str = Field(examples=["real"])
    currency: str = Field(description="Of the sales that it is learned from.", examples=["NPR"])
    business_date: date
    step: int = Field(description="Days after the as-of day.", examples=[1])
    mean_units: float = Field(examples=[12.4])
    p10_units: float = Field(description="Demand stays above it on nine days of ten.", examples=[5.0])
    p50_units: float = Field(examples=[12.0])
    p80_units: float = Field(examples=[17.0])
    p90_units: float = Field(description="Demand stays below it on nine days of ten.", examples=[21.0])
    model: str = Field(examples=["same_weekday"])
    interval_basis: str = Field(examples=["own errors"])
    reason: str
    model_version: str
    as_of: date

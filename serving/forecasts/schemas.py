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
    day: date
    mean: float = Field(examples=[12.4])
    p10: float | None = Field(description="Demand stays above it on nine days of ten.", examples=[5.0])
    p50: float | None = Field(examples=[12.0])
    p80: float | None = Field(examples=[17.0])
    p90: float | None = Field(description="Demand stays below it on nine days of ten.", examples=[21.0])
    model: str = Field(examples=["same_weekday"])
    model_version: str
    as_of: date

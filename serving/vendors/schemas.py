"""How vendors rank, as the last publication has it."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from pydantic import Field

from serving.shapes import View


class RankedVendorOut(View):
    """A vendor's place and the parts of its score (0 to 100), each shrunk towards the market's mean.

    A part is null where it is not known; imported orders count in none, for a file holds no promise and no refusal.
    """

    vendor_id: UUID
    name: str | None = Field(examples=["Karnali Traders"])
    zone: str | None = Field(examples=["Birendranagar"])
    origin: str = Field(examples=["real"])
    currency: str = Field(examples=["NPR"])
    rank: int | None = Field(description="Null where there is not enough history.", examples=[1])
    grade: str = Field(examples=["A"])
    score: float | None = Field(examples=[87.5])
    fill: float | None = Field(examples=[91.2])
    on_time: float | None = Field(examples=[84.0])
    acceptance: float | None = Field(examples=[97.1])
    price: float | None = Field(examples=[55.3])
    orders_asked: int = Field(examples=[120])
    deliveries: int = Field(examples=[98])
    reason: str = Field(
        description="Why it has no place; empty where it has one.",
        examples=["not known: imported orders hold no promise and no refusal"],
    )
    model_version: str
    as_of: date

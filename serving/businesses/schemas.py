"""Businesses as others in the market may see them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from serving.shapes import View


class BusinessCardOut(View):
    """A business by name and place; nothing of its books."""

    id: UUID
    name: str = Field(examples=["Karnali Traders"])
    is_vendor: bool
    is_retailer: bool
    country: str = Field(examples=["NP"])
    zone: str = Field(examples=["Birendranagar"])
    currency: str = Field(examples=["NPR"])
    origin: str = Field(examples=["real"])
    joined_at: datetime

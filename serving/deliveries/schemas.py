"""Payloads and views of who received a delivery."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from serving.shapes import Base64File, Payload, Rupees, View

Name = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class PlaceIn(Payload):
    """Where goods were handed over, in degrees; kept to five decimals, a metre."""

    latitude: Annotated[Decimal, Field(ge=-90, le=90, examples=["28.60190"])]
    longitude: Annotated[Decimal, Field(ge=-180, le=180, examples=["81.61740"])]


class ProofIn(Payload):
    """Who received the goods, and what shows it."""

    received_by: Name = Field(examples=["Maya Chaudhary"])
    received_at: AwareDatetime | None = Field(
        None, description="Left out: now.", examples=["2026-11-20T10:15:00Z"]
    )
    place: PlaceIn | None = None
    note: Words | None = Field(None, examples=["left with the neighbour"])
    photo: Base64File | None = Field(None, description="JPEG or PNG in base64.", examples=[None])
    signature: Base64File | None = Field(None, description="JPEG or PNG in base64.", examples=[None])


class ProofOut(View):
    """Who received a delivery, as the vendor says."""

    id: UUID
    delivery_id: UUID
    received_by: str = Field(
        examples=["Maya Chaudhary"], description="`(forgotten)` once the person asked for that."
    )
    received_at: datetime
    note: str | None = Field(examples=["left with the neighbour"])
    latitude: Decimal | None = Field(examples=["28.60190"])
    longitude: Decimal | None = Field(examples=["81.61740"])
    has_photo: bool = Field(examples=[True])
    has_signature: bool = Field(examples=[False])
    recorded_at: datetime


class UnprovenOut(View):
    """A delivery that wants a proof by its vendor's rules and has none."""

    id: UUID
    number: str = Field(examples=["DN/83-84/000001"])
    order_id: UUID
    order_number: str = Field(examples=["ORD261120001"])
    retailer_id: UUID
    currency: str = Field(examples=["NPR"])
    total_paisa: Rupees
    delivered_at: datetime

"""Payloads and views of stock."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from serving.shapes import Payload, Quantity, QuantityOut, View


class ReceivedLineIn(Payload):
    """So much of a product, in its base unit."""

    product_id: UUID
    quantity: Quantity


class ReceiptIn(Payload):
    """Goods that came onto the caller's shelf."""

    kind: Literal["opening", "receipt"] = "receipt"
    lines: Annotated[list[ReceivedLineIn], Field(min_length=1, max_length=200)]
    reason: Annotated[str, StringConstraints(min_length=1, max_length=40)] | None = Field(
        None, examples=["truck of Monday"]
    )


class ReceivedLineOut(View):
    """A product that came in, in its base unit."""

    product_id: UUID
    sku: str = Field(examples=["SALT-1KG"])
    name: str = Field(examples=["Iodised salt 1 kg"])
    unit: str = Field(examples=["packet"])
    quantity: QuantityOut
    on_hand_after: QuantityOut | None = Field(description="What then lay on the shelf.")


class ReceiptOut(View):
    """Goods that came in together."""

    id: UUID
    kind: str = Field(examples=["receipt"])
    reason: str | None = Field(examples=["truck of Monday"])
    received_at: datetime
    lines: list[ReceivedLineOut]

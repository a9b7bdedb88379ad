"""Payloads and views of stock."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from serving.shapes import Payload, Quantity, View


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


class ReceiptOut(View):
    """The movement's id."""

    id: UUID

"""Payloads of exchanges: what comes back, what goes out against it, and what became of that."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from commerce.ordering.quoting import LINES_MAX
from serving.orders.schemas import ClaimLineOut, LineQuantityIn, Reason, WishIn
from serving.shapes import Payload, Rupees, View

QuantitiesIn = Annotated[list[LineQuantityIn], Field(max_length=LINES_MAX)]


class ExchangeIn(Payload):
    """What comes back, and what goes out against it: the same goods, whole, or others."""

    back: Annotated[list[LineQuantityIn], Field(min_length=1, max_length=LINES_MAX)]
    same: QuantitiesIn = Field(
        default_factory=list,
        description="So much of what comes back goes out again, at the order's prices.",
        examples=[[{"line_no": 1, "quantity": "1"}]],
    )
    others: Annotated[list[WishIn], Field(max_length=LINES_MAX)] = Field(
        default_factory=list, description="Other goods, at the prices of this moment.", examples=[[]]
    )
    reason: Reason = Field(examples=["torn packets"])
    is_restocked: bool = Field(
        False, description="By the vendor: what comes back can be sold again. A retailer's is not asked."
    )


class ExchangeAcceptIn(Payload):
    """That the vendor agrees."""

    is_restocked: bool = Field(False, description="What comes back can be sold again.")


class ExchangeDeclineIn(Payload):
    """Why not, or no longer."""

    reason: Reason | None = Field(None, examples=["opened by a customer"])


class OtherGoodOut(View):
    """Another good that goes out."""

    product_id: UUID
    unit: str | None = Field(examples=["packet"], description="Null: as the vendor sells it.")
    quantity: str = Field(examples=["2"])


class ExchangeOut(View):
    """An exchange and what became of it."""

    id: UUID
    order_id: UUID
    currency: str = Field(examples=["NPR"])
    side: str = Field(examples=["retailer"], description="Who began it.")
    state: str = Field(examples=["open"], description="open, done, declined or withdrawn.")
    reason: str = Field(examples=["torn packets"])
    back: list[ClaimLineOut]
    same: list[ClaimLineOut]
    others: list[OtherGoodOut]
    agreed_paisa: Rupees | None = Field(description="The most that the other goods may cost.")
    made_at: datetime
    answer: str | None = Field(examples=[None])
    answered_at: datetime | None
    credit_note_id: UUID | None = Field(description="The return.")
    replacement_id: UUID | None = Field(description="The delivery of the same goods.")
    new_order_id: UUID | None = Field(description="The order of the other goods.")
    credited_paisa: Rupees | None
    charged_paisa: Rupees | None

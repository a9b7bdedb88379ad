"""Payloads and views of a shop's prices and billing settings."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from commerce.billing.vocabulary import ADDRESS_MAX, DRAFT_HOURS, DRAFT_HOURS_MAX
from serving.shapes import Payload, UnitPrice, View

Timing = Literal["section-12", "section-14"]
Turnover = Literal["up-to-5-crore", "above-5-crore"]


class ShopPriceIn(Payload):
    """What a good costs at the counter from now on, the tax in it."""

    unit: Annotated[str, StringConstraints(min_length=1, max_length=20)] = Field(examples=["packet"])
    unit_price: UnitPrice | None = Field(
        description="The tax in it; null: it has no price any more.", examples=["14.00"]
    )
    mrp: UnitPrice | None = Field(
        None, description="The retail sale price printed on it.", examples=["15.00"]
    )


class ShopPriceOut(View):
    """What a shop asks for a good now."""

    id: UUID
    product_id: UUID
    sku: str = Field(examples=["KIRANA-BISCUITS"])
    name: str = Field(examples=["Biscuits"])
    unit: str = Field(examples=["packet"])
    unit_price: UnitPrice
    mrp: UnitPrice | None
    currency: str = Field(examples=["INR"])
    valid_from: datetime


class BillingSettingsIn(Payload):
    """How the shop's bills are reckoned and kept from now on."""

    timing: Timing = Field(
        "section-12",
        description="Which rule decides the rate around its change: section 12(2)(a) with Notification 66/2017, or "
        "section 14's six cases.",
    )
    turnover: Turnover = Field(
        "up-to-5-crore", description="Of the year before: how many digits of the HSN a bill shows."
    )
    rounds_to_rupee: bool = Field(False, description="A line of its own rounds what is to be paid.")
    may_abbreviate: bool = Field(
        False, description="Nepal: the tax office lets the shop give abbreviated tax invoices."
    )
    upi_address: Annotated[str, StringConstraints(min_length=5, max_length=255)] | None = Field(
        None,
        description="To which customers pay by the QR code of a bill.",
        examples=["sharma.stores@okaxis"],
    )
    address: Annotated[str, StringConstraints(max_length=ADDRESS_MAX)] | None = Field(
        None,
        description="Street and place, as papers write them; the state is put after them.",
        examples=["14, Gandhi Nagar Main Road, Delhi 110031"],
    )
    phone: Annotated[str, StringConstraints(max_length=30)] | None = Field(
        None, description="For customers to call, on papers.", examples=["98765 43210"]
    )
    paper_language: Literal["en", "hi", "ne"] | None = Field(
        None,
        description="In which papers are written; null: in the customer's own, in English where nobody is known.",
    )
    draft_hours: int = Field(
        DRAFT_HOURS, ge=1, le=DRAFT_HOURS_MAX, description="How long a bill that is not confirmed is kept."
    )


class BillingSettingsOut(View):
    """What holds for the shop's bills now."""

    timing: Timing
    turnover: Turnover
    rounds_to_rupee: bool
    may_abbreviate: bool
    upi_address: str | None = Field(examples=["sharma.stores@okaxis"])
    address: str | None = Field(examples=["14, Gandhi Nagar Main Road, Delhi 110031"])
    phone: str | None = Field(examples=["+919876543210"])
    paper_language: str | None = Field(examples=["hi"])
    draft_hours: int = Field(examples=[DRAFT_HOURS])
    version: int = Field(description="0: nothing was set yet.")
    changed_at: datetime | None

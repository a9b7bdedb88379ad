"""Payloads and views of a vendor's offers as a sheet."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from serving.shapes import Base64File, Payload, View, WarningOut

Token = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
A_TOKEN = "3b7c" * 16


class OfferSheetIn(Payload):
    """A sheet of offers."""

    sheet: Base64File = Field(
        description="CSV or XLSX in base64; its first row names the columns.",
        examples=["c2t1LHVuaXRfcHJpY2UKU0FMVC0xS0csNDIuNTAK"],
    )


class OfferSheetApplyIn(OfferSheetIn):
    """The sheet that was previewed, and the token of its preview."""

    token: Token = Field(description="Of the preview.", examples=[A_TOKEN])
    only_good: bool = Field(False, description="Leave lines with faults out. Else one fault keeps all out.")


class SheetFaultOut(View):
    """What is wrong with a line."""

    column: str = Field(description="Empty: the line as a whole.", examples=["unit"])
    value: str = Field(examples=["bori"])
    reason: str = Field(examples=["unit 'bori' is not sold for SALT-1KG; use packet or carton"])


class SheetChangeOut(View):
    """A column whose value would be another."""

    column: str = Field(examples=["unit_price"])
    before: str = Field(examples=["42.50"])
    after: str = Field(examples=["44"])


class SheetLineOut(View):
    """What a line would do."""

    line_no: int = Field(description="Line 2 is the first below the heading.", examples=[2])
    action: str = Field(description="new, changed, same or error.", examples=["changed"])
    product_id: UUID | None = Field(description="Null: not found, or to be made.")
    sku: str | None = Field(examples=["SALT-1KG"])
    name: str | None = Field(examples=["Iodised salt 1 kg"])
    is_new_product: bool
    changes: list[SheetChangeOut]
    price_percent: Decimal | None = Field(
        description="How much dearer a base unit gets; null without a price before.", examples=["3.53"]
    )
    faults: list[SheetFaultOut]
    warnings: list[WarningOut] = Field(
        description="What the line would do, and what would be in the way later."
    )


class OfferPreviewOut(View):
    """What the sheet would change, line by line; nothing is written."""

    token: str = Field(description="Applying with it does exactly this.", examples=[A_TOKEN])
    new: int = Field(examples=[1])
    changed: int = Field(examples=[12])
    same: int = Field(examples=[230])
    errors: int = Field(examples=[0])
    new_products: int = Field(examples=[1])
    lines: list[SheetLineOut]


class OfferAppliedOut(View):
    """How the sheet came in; the same answer however often it is sent with its token."""

    id: UUID
    new_offers: int = Field(examples=[1])
    changed_offers: int = Field(examples=[12])
    new_products: int = Field(examples=[1])
    left_out: int = Field(description="Lines with faults that were left out.", examples=[0])
    applied_at: datetime

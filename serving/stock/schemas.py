"""Payloads and views of stock."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from commerce.stock.batches import NUMBER_MAX
from serving.shapes import (
    Base64File,
    Day,
    MovedOut,
    Payload,
    Quantity,
    QuantityOrNone,
    QuantityOut,
    Rupees,
    RupeesIn,
    View,
)

BatchNumber = Annotated[str, StringConstraints(min_length=1, max_length=NUMBER_MAX)]


class ReceivedLineIn(Payload):
    """So much of a product, in its base unit, and what the label says of its batch."""

    product_id: UUID
    quantity: Quantity
    batch: BatchNumber | None = Field(
        None, description="The maker's number of the batch.", examples=["B2611"]
    )
    expires_on: Day | None = Field(
        None, description="The last day on which the batch may be sold.", examples=["2027-05-31"]
    )
    mrp_paisa: RupeesIn | None = Field(
        None, gt=0, description="The retail price printed on one base unit.", examples=["24.00"]
    )

    @model_validator(mode="after")
    def _of_a_batch(self) -> ReceivedLineIn:
        if self.batch is None and (self.expires_on is not None or self.mrp_paisa is not None):
            raise ValueError("expires_on and mrp are of a batch; give its number as batch")
        return self


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
    batch: str | None = Field(examples=["B2611"])
    expires_on: date | None


class ReceiptOut(View):
    """Goods that came in together."""

    id: UUID
    kind: str = Field(examples=["receipt"])
    reason: str | None = Field(examples=["truck of Monday"])
    received_at: datetime
    lines: list[ReceivedLineOut]


class LevelOut(View):
    """What lies on the shelf of a tracked good, in its base unit."""

    product_id: UUID
    sku: str = Field(examples=["SALT-1KG"])
    name: str = Field(examples=["Iodised salt 1 kg"])
    unit: str = Field(examples=["packet"])
    on_hand: QuantityOut
    reserved: QuantityOut = Field(description="Promised to orders.")
    expired: QuantityOut = Field(description="On hand in batches that have expired: it may not be sold.")
    free: QuantityOut = Field(description="On hand less what is promised and what has expired, at least 0.")
    threshold: QuantityOut | None = Field(
        description="Under so much that may be sold it is low; null: not watched."
    )
    is_low: bool
    changed_at: datetime


class BatchOut(View):
    """Goods of one making that lie on the shelf, in the good's base unit."""

    id: UUID
    product_id: UUID
    sku: str = Field(examples=["SALT-1KG"])
    name: str = Field(examples=["Iodised salt 1 kg"])
    unit: str = Field(examples=["packet"])
    number: str = Field(description="The maker's.", examples=["B2611"])
    expires_on: date | None = Field(description="The last day on which it may be sold.")
    is_expired: bool
    mrp_paisa: Rupees | None = Field(description="Printed on one base unit.", examples=["24.00"])
    on_hand: QuantityOut
    made_at: datetime = Field(description="When the first of it came in.")


class ThresholdIn(Payload):
    """How little is too little."""

    quantity: Quantity | None = Field(description="In the base unit; null ends it.", examples=["24"])


class MovementOut(View):
    """A quantity that came (above zero) or went (below), in the base unit."""

    id: UUID
    product_id: UUID
    sku: str = Field(examples=["SALT-1KG"])
    name: str = Field(examples=["Iodised salt 1 kg"])
    unit: str = Field(examples=["packet"])
    kind: str = Field(examples=["adjustment"])
    quantity: MovedOut
    on_hand_after: QuantityOut | None = Field(description="Null: the good is not tracked here.")
    reason: str | None = Field(examples=["damaged"])
    source_id: UUID | None = Field(description="The receipt, delivery, return or adjustment that moved it.")
    batch_id: UUID | None
    batch: str | None = Field(examples=["B2611"])
    moved_at: datetime


Reason = Literal["damaged", "expired", "lost", "own_use", "found", "counted"]


class AdjustedLineIn(Payload):
    """So much of a product, in its base unit: what went or came, or all that was counted."""

    product_id: UUID
    quantity: QuantityOrNone
    batch: BatchNumber | None = Field(
        None, description="Only of this batch. Left out: see [stock](stock.md).", examples=[None]
    )
    expires_on: Day | None = Field(
        None, description="Of a batch that was found or counted and nobody knew.", examples=[None]
    )

    @model_validator(mode="after")
    def _of_a_batch(self) -> AdjustedLineIn:
        if self.batch is None and self.expires_on is not None:
            raise ValueError("expires_on is of a batch; give its number as batch")
        return self


class AdjustmentIn(Payload):
    """What is to be corrected on the shelf, and why."""

    reason: Reason = Field(
        description="`damaged`, `expired`, `lost`, `own_use` take out; `found` puts in; "
        "`counted` makes the quantity what is on hand."
    )
    lines: Annotated[list[AdjustedLineIn], Field(min_length=1, max_length=200)]

    @model_validator(mode="after")
    def _each_once(self) -> AdjustmentIn:
        if len({(line.product_id, line.batch) for line in self.lines}) < len(self.lines):
            raise ValueError("a product is there twice; give each batch of it once")
        return self


class AdjustedLineOut(ReceivedLineOut):
    """A product of which some came (above zero) or went (below), in its base unit."""

    quantity: MovedOut


class AdjustmentOut(View):
    """What an adjustment moved; goods that were counted as they should be are not among its lines."""

    id: UUID
    reason: str = Field(examples=["damaged"])
    lines: list[AdjustedLineOut]


class OpeningStockIn(Payload):
    """What lay on the shelves before."""

    sheet: Base64File = Field(
        description="CSV or XLSX in base64, with the columns product (code or barcode), quantity and, if you like, "
        "unit, batch and expiry.",
        examples=["cHJvZHVjdCxxdWFudGl0eSx1bml0ClNBTFQtMUtHLDEyLGNhcnRvbgo="],
    )
    is_preview: bool = Field(False, description="Say what would come in, and write nothing.")


class FaultOut(View):
    """Why a line cannot be taken in."""

    line_no: int = Field(description="2 is the first below the heading.", examples=[2])
    reason: str = Field(examples=["'SALT' is the code or barcode of no product; add the product first"])


class OpeningStockOut(View):
    """What came in, or why nothing did."""

    receipt_id: UUID | None = Field(description="Null: nothing was written.")
    lines: int = Field(description="Lines without a fault.", examples=[12])
    faults: list[FaultOut]

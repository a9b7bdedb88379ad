"""Views of received goods, for the business that received them."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from serving.shapes import QuantityOut, Rupees, UnitPrice, View


class GoodsReceiptRowOut(View):
    """Goods that came with a delivery, or went back with a return."""

    id: UUID
    kind: str = Field(description="receipt, or return for what went back.", examples=["receipt"])
    vendor_id: UUID
    vendor: str = Field(examples=["Shree Traders"])
    order_id: UUID
    delivery_id: UUID
    number: str = Field(description="Of the vendor's paper.", examples=["DN/83-84/000001"])
    document_date: date
    currency: str = Field(examples=["NPR"])
    cost_paisa: Rupees = Field(description="Without the tax that is set off; as purchases in the books.")
    received_at: datetime


class ReceivedBatchOut(View):
    """So much of a line that is of one batch, in the base unit."""

    batch: str = Field(description="The maker's number.", examples=["B2611"])
    expires_on: date | None
    mrp_paisa: Rupees | None = Field(description="Printed on one base unit.", examples=["24.00"])
    quantity: QuantityOut


class GoodsReceiptLineOut(View):
    """A line as the vendor counts it, and as the shelf does."""

    line_no: int = Field(examples=[1])
    product_id: UUID
    sku: str = Field(examples=["SALT-1KG"])
    name: str = Field(examples=["Iodised salt 1 kg"])
    unit: str = Field(description="The order's.", examples=["carton"])
    quantity: QuantityOut
    base_unit: str = Field(examples=["packet"])
    base_quantity: QuantityOut = Field(description="The same in the base unit.", examples=["60"])
    stocked_quantity: QuantityOut = Field(
        description="What of that one's own shelf took in or gave out; 0 where it does not track the good.",
        examples=["0"],
    )
    cost_paisa: Rupees
    unit_cost: UnitPrice = Field(description="Of one base unit.", examples=["20.5"])
    batches: list[ReceivedBatchOut] = Field(
        description="As the vendor sent them out; goods without are not here."
    )


class GoodsReceiptOut(GoodsReceiptRowOut):
    """A receipt with its lines."""

    lines: list[GoodsReceiptLineOut]

"""What a shop received of its vendors and gave back: written with each delivery and return, in the shop's own book."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base
from foundation.tables import BusinessId, Currency, Id, Moment, Paisa, Quantity, UnitPrice, Word

GOODS_RECEIPT_KINDS = ("receipt", "return")


class GoodsReceipt(Base):
    """Goods that a buyer took in with a delivery, or gave back with a return. Added, never changed."""

    __tablename__ = "goods_receipts"

    id: Mapped[Id]
    business_id: Mapped[BusinessId]
    """The buyer, in whose book it stands."""
    kind: Mapped[Word]
    vendor_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.businesses.id"))
    order_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.orders.id"))
    delivery_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.deliveries.id"))
    document_date: Mapped[date]
    """The vendor's business day, as on its paper and in both books."""
    currency: Mapped[Currency]
    cost_paisa: Mapped[Paisa]
    received_at: Mapped[Moment]

    __table_args__ = (
        CheckConstraint(f"kind IN {GOODS_RECEIPT_KINDS}", name="kind"),
        UniqueConstraint("delivery_id"),
        Index(None, "business_id", "received_at", "id"),
        Index(None, "business_id", "vendor_id", "received_at", "id"),
    )


class GoodsReceiptLine(Base):
    """One line of it, positive in both kinds: what the vendor counts, and what that is on the buyer's shelf."""

    __tablename__ = "goods_receipt_lines"

    receipt_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.goods_receipts.id"), primary_key=True)
    line_no: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    """The line of the delivery, whose batches are the line's."""
    business_id: Mapped[BusinessId]
    product_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.products.id"))
    unit: Mapped[str] = mapped_column(String(20))
    quantity: Mapped[Quantity]
    base_unit: Mapped[str] = mapped_column(String(20))
    base_quantity: Mapped[Quantity]
    """The same in the product's base unit."""
    stocked_quantity: Mapped[Quantity]
    """What of that the buyer's shelf took in or gave out: nothing where it does not track the good."""
    cost_paisa: Mapped[Paisa]
    """What the line cost without the tax that the buyer sets off."""
    unit_cost: Mapped[UnitPrice]
    """Of one base unit, in major units."""

    __table_args__ = (
        CheckConstraint("quantity > 0 AND base_quantity > 0 AND cost_paisa >= 0", name="positive"),
        CheckConstraint("stocked_quantity BETWEEN 0 AND base_quantity", name="stocked"),
        Index(None, "business_id", "product_id"),
    )

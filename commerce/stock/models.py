"""What lies on whose shelves, what of it is promised, and every movement."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Numeric, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base
from foundation.tables import BusinessId, Captured, Id, Moment, Paisa, Quantity, Word

MOVEMENT_KINDS = ("opening", "receipt", "delivery", "return", "adjustment", "sale", "sale_return")
"""`sale` and `sale_return`: over the counter, by a bill; the rest is trade between businesses, or counting."""


class StockLevel(Base):
    """Derived hot state of a tracked good, in its base unit: locked before it is trusted, not captured."""

    __tablename__ = "stock_levels"

    business_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.businesses.id"), primary_key=True)
    product_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.products.id"), primary_key=True)
    on_hand: Mapped[Decimal] = mapped_column(Numeric(14, 3), server_default=text("0"))
    reserved: Mapped[Decimal] = mapped_column(Numeric(14, 3), server_default=text("0"))
    batched: Mapped[Decimal] = mapped_column(Numeric(14, 3), server_default=text("0"))
    """What of it lies in batches: the sum of their `on_hand`, which this row's lock guards."""
    expired: Mapped[Decimal] = mapped_column(Numeric(14, 3), server_default=text("0"))
    """What of it may be sold no longer: the sum of `on_hand` of the batches that are marked as expired."""
    low_at: Mapped[Quantity | None]
    """Under so much that may be sold it is low: the newest of its `stock_thresholds`, kept where every move sees it."""
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        CheckConstraint("0 <= reserved AND reserved <= on_hand", name="reserved_within_on_hand"),
        CheckConstraint("low_at > 0", name="low_at"),
        CheckConstraint("0 <= batched AND batched <= on_hand", name="batched_within_on_hand"),
        CheckConstraint("0 <= expired AND expired <= batched", name="expired_within_batched"),
        {"postgresql_with": {"fillfactor": "70"}},
    )


class StockBatch(Base):
    """Goods of one making on one shelf. `on_hand` is derived hot state, guarded by the lock of the good's level."""

    __tablename__ = "stock_batches"

    id: Mapped[Id]
    business_id: Mapped[BusinessId]
    product_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.products.id"))
    number: Mapped[Word]
    """The maker's, as it stands on the label."""
    expires_on: Mapped[date | None]
    """The last day on which it may be sold."""
    expired_on: Mapped[date | None]
    """The day on which it was marked as expired, and began to count in its level's `expired`."""
    mrp_paisa: Mapped[Paisa | None]
    """The retail price that is printed on one base unit."""
    on_hand: Mapped[Decimal] = mapped_column(Numeric(14, 3), server_default=text("0"))
    made_at: Mapped[Moment]

    __table_args__ = (
        CheckConstraint("on_hand >= 0", name="on_hand"),
        CheckConstraint("mrp_paisa > 0", name="mrp"),
        CheckConstraint(
            "expired_on IS NULL OR (expires_on IS NOT NULL AND expired_on > expires_on)", name="expired_on"
        ),
        UniqueConstraint("business_id", "product_id", "number"),
        # Of columns that no movement changes, so that batches still change in place (HOT).
        Index(
            "ix_stock_batches_expiring",
            "expires_on",
            postgresql_where=text("expired_on IS NULL AND expires_on IS NOT NULL"),
        ),
        {"postgresql_with": {"fillfactor": "70"}},
    )


class StockMovement(Captured, Base):
    """A quantity that came or went (signed, base unit), of one batch or of none. Rows are added, never changed."""

    __tablename__ = "stock_movements"

    id: Mapped[Id]
    business_id: Mapped[BusinessId]
    product_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.products.id"))
    kind: Mapped[Word]
    quantity: Mapped[Quantity]
    on_hand_after: Mapped[Quantity | None]
    """The level after this movement, so that stock-out intervals can be read off; none where untracked."""
    reason: Mapped[Word | None]
    source_id: Mapped[UUID | None]
    batch_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("app.stock_batches.id"))
    moved_at: Mapped[Moment]
    recorded_at: Mapped[Moment]

    __table_args__ = (
        CheckConstraint(f"kind IN {MOVEMENT_KINDS}", name="kind"),
        CheckConstraint("quantity <> 0", name="moves"),
        Index(None, "business_id", "product_id", "moved_at"),
        Index(None, "business_id", "moved_at", "id"),
        Index(None, "changed_in"),
        Index(
            "ix_stock_movements_receipt",
            "source_id",
            postgresql_where=text("kind IN ('opening', 'receipt') AND source_id IS NOT NULL"),
        ),
        Index(
            "ix_stock_movements_adjustment",
            "source_id",
            postgresql_where=text("kind = 'adjustment' AND source_id IS NOT NULL"),
        ),
        Index(
            "ix_stock_movements_sale",
            "source_id",
            postgresql_where=text("kind IN ('sale', 'sale_return')"),
        ),
        Index(
            "ix_stock_movements_batch",
            "batch_id",
            "moved_at",
            "id",
            postgresql_where=text("batch_id IS NOT NULL"),
        ),
    )


class StockThreshold(Base):
    """Under so much on hand a good is low from a moment on; none: no longer watched. Rows are added, never changed."""

    __tablename__ = "stock_thresholds"

    id: Mapped[Id]
    business_id: Mapped[BusinessId]
    product_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.products.id"))
    quantity: Mapped[Quantity | None]
    set_by: Mapped[UUID | None]
    recorded_at: Mapped[Moment]

    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        Index(None, "business_id", "product_id", "recorded_at"),
    )

"""What can be traded: products, their units, and vendors' dated offers."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Numeric, String, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base
from foundation.tables import (
    UPDATED_IN_PLACE,
    BusinessId,
    Captured,
    Currency,
    Id,
    Line,
    Moment,
    Quantity,
    UnitPrice,
    Word,
)

AVAILABILITY_MODES = ("tracked", "flag", "always")
"""tracked: stock levels decide; flag: the vendor says in or out; always: never refused for stock."""


class Unit(Base):
    """A unit of count or measure that people of the trade use."""

    __tablename__ = "units"

    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    name: Mapped[Line]
    name_hi: Mapped[Line]
    name_ne: Mapped[Line]
    is_divisible: Mapped[bool]


class Product(Captured, Base):
    """A good. Without an owner it is the platform's and any vendor may offer it."""

    __tablename__ = "products"

    id: Mapped[Id]
    owner_id: Mapped[BusinessId | None]
    sku: Mapped[str] = mapped_column(String(60))
    name: Mapped[Line]
    category: Mapped[Word]
    base_unit: Mapped[str] = mapped_column(String(20), ForeignKey("app.units.code"))
    hsn: Mapped[str | None] = mapped_column(String(8))
    is_active: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    created_at: Mapped[Moment]
    recorded_at: Mapped[Moment] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        Index("uq_products_shared_sku", "sku", unique=True, postgresql_where=text("owner_id IS NULL")),
        Index(
            "uq_products_owner_sku",
            "owner_id",
            "sku",
            unique=True,
            postgresql_where=text("owner_id IS NOT NULL"),
        ),
        Index("ix_products_sku_id", "sku", "id"),
        UPDATED_IN_PLACE,
    )


class ProductUnit(Captured, Base):
    """How many base units one `unit` of a product holds (a carton of 24). Never changed once used."""

    __tablename__ = "product_units"

    product_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.products.id"), primary_key=True)
    unit: Mapped[str] = mapped_column(String(20), ForeignKey("app.units.code"), primary_key=True)
    base_quantity: Mapped[Quantity]

    __table_args__ = (CheckConstraint("base_quantity > 0", name="positive"), Index(None, "changed_in"))


class Offer(Captured, Base):
    """A vendor's terms for a product from a moment on; the newest row before a moment holds. Never changed."""

    __tablename__ = "offers"

    id: Mapped[Id]
    vendor_id: Mapped[BusinessId]
    product_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.products.id"))
    unit: Mapped[str] = mapped_column(String(20))
    unit_price: Mapped[UnitPrice]
    currency: Mapped[Currency]
    minimum_quantity: Mapped[Quantity]
    carton_multiple: Mapped[Decimal] = mapped_column(Numeric(14, 3))
    """Quantities must be whole multiples of it; in the offer's unit."""
    availability: Mapped[Word]
    is_listed: Mapped[bool]
    """False ends the offer; for availability `flag` it says that the good is out."""
    lead_time_days: Mapped[int]
    valid_from: Mapped[Moment]
    recorded_at: Mapped[Moment] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        CheckConstraint("unit_price >= 0", name="price"),
        CheckConstraint("minimum_quantity > 0 AND carton_multiple > 0", name="quantities"),
        CheckConstraint(f"availability IN {AVAILABILITY_MODES}", name="availability"),
        Index(None, "vendor_id", "product_id", "valid_from"),
        Index(None, "product_id", "valid_from"),
        Index(None, "changed_in"),
    )

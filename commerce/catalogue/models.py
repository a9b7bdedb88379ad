"""What can be traded: products, their units, and vendors' dated offers."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Numeric, String, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
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

LANGUAGES = ("en", "hi", "ne")


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
    barcode: Mapped[str | None] = mapped_column(String(14))
    """GTIN-8, -12, -13 or -14, its check digit proven."""
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
        Index(None, "sku", "id"),
        Index(None, "name", "id"),
        Index(None, "owner_id", "name", "id"),
        Index(None, "barcode", postgresql_where=text("barcode IS NOT NULL")),
        UPDATED_IN_PLACE,
    )


class ProductName(Captured, Base):
    """A further name of a good, as people of a language call it."""

    __tablename__ = "product_names"

    product_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.products.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(2), primary_key=True)
    name: Mapped[str] = mapped_column(String(200), primary_key=True)

    __table_args__ = (
        CheckConstraint(f"language IN {LANGUAGES}", name="language"),
        Index(None, "changed_in"),
    )


class ProductSearch(Base):
    """How a good is found and what it is compared with; made from its names by `service.index`."""

    __tablename__ = "product_search"

    product_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.products.id"), primary_key=True)
    sounds: Mapped[str] = mapped_column(Text)
    """Code and names as they sound, one space between words."""
    skeletons: Mapped[str] = mapped_column(Text)
    comparison_key: Mapped[str] = mapped_column(Text)
    """Goods of different owners with the same key are the same good on the market."""

    __table_args__ = (
        Index(
            "ix_product_search_words",
            "sounds",
            "skeletons",
            postgresql_using="gin",
            postgresql_ops={"sounds": "gin_trgm_ops", "skeletons": "gin_trgm_ops"},
        ),
        Index(None, "comparison_key"),
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
    """A vendor's terms for a product from a moment on, perhaps until another; never changed.

    Of the rows in force at a moment the one that began last holds: a price announced for a day to come takes over
    on that day, and when a time-limited one is over, the terms before it hold again.
    """

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
    tiers: Mapped[list[dict[str, str]]] = mapped_column(JSONB, server_default=text("'[]'"))
    """Prices from larger quantities on: `minimum_quantity` and `unit_price` as decimal strings, rising quantities."""
    availability: Mapped[Word]
    is_tax_inclusive: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    """False: the tax comes on top of `unit_price` and of the tiers' prices when goods are quoted."""
    is_listed: Mapped[bool]
    """False ends the offer; for availability `flag` it says that the good is out."""
    lead_time_days: Mapped[int]
    valid_from: Mapped[Moment]
    valid_until: Mapped[Moment | None]
    """The first moment at which the terms do not hold any more."""
    recorded_at: Mapped[Moment] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        CheckConstraint("unit_price >= 0", name="price"),
        CheckConstraint("valid_until > valid_from", name="validity"),
        CheckConstraint("minimum_quantity > 0 AND carton_multiple > 0", name="quantities"),
        CheckConstraint(f"availability IN {AVAILABILITY_MODES}", name="availability"),
        Index(None, "vendor_id", "product_id", "valid_from"),
        Index(None, "product_id", "valid_from"),
        Index(None, "changed_in"),
    )


class OfferUpload(Base):
    """A sheet of offers that was applied, once for each preview; the offers that it made are rows of their own."""

    __tablename__ = "offer_uploads"

    id: Mapped[Id]
    vendor_id: Mapped[BusinessId]
    token: Mapped[str] = mapped_column(String(64))
    """The hash of what was previewed, and of what it would replace."""
    lines: Mapped[int]
    new_offers: Mapped[int]
    changed_offers: Mapped[int]
    new_products: Mapped[int]
    left_out: Mapped[int]
    """Lines with faults, where the good ones alone were asked for."""
    applied_by: Mapped[UUID]
    applied_at: Mapped[Moment]

    __table_args__ = (Index("uq_offer_uploads_vendor_id_token", "vendor_id", "token", unique=True),)

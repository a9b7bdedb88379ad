"""What takes a price off its list: vendors' schemes, and prices agreed with one customer. Dated, never changed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Numeric, String, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base
from foundation.tables import UPDATED_IN_PLACE, BusinessId, Captured, Id, Json, Line, Moment, Word

SCHEME_KINDS = ("free_goods", "percent", "amount", "cash_discount")
ALERT_STATES = ("open", "acknowledged", "closed")
STACKINGS = ("stackable", "exclusive")
"""stackable: with others of its line, by priority; exclusive: alone, where that gives the buyer more."""


class Scheme(Captured, Base):
    """A vendor's scheme from a moment on; of the rows of a code the one that began last holds.

    `terms` by kind, quantities and amounts as decimal strings:
    free_goods: `buy`, `get`, `unit`, `free_product_id`, `free_unit`; percent, amount: `basis` (quantity or value) and
    `slabs` of `from` and `off`; cash_discount: `percent` and `within_days`.
    """

    __tablename__ = "schemes"

    id: Mapped[Id]
    vendor_id: Mapped[BusinessId]
    code: Mapped[Word]
    name: Mapped[Line]
    kind: Mapped[Word]
    product_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("app.products.id"))
    """None: every good of the vendor."""
    terms: Mapped[dict[str, Any]] = mapped_column(JSONB)
    stacking: Mapped[Word]
    priority: Mapped[int]
    """Stackable schemes apply in this order, each on what the one before left."""
    is_active: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    valid_from: Mapped[Moment]
    valid_until: Mapped[Moment | None]
    recorded_at: Mapped[Moment]

    __table_args__ = (
        CheckConstraint(f"kind IN {SCHEME_KINDS}", name="kind"),
        CheckConstraint(f"stacking IN {STACKINGS}", name="stacking"),
        CheckConstraint("valid_until > valid_from", name="validity"),
        Index(None, "vendor_id", "code", "valid_from"),
        Index(None, "changed_in"),
    )


class CustomerPrice(Captured, Base):
    """What a vendor agreed with one customer: a price for a good, or a percentage off; the newest in force holds."""

    __tablename__ = "customer_prices"

    id: Mapped[Id]
    vendor_id: Mapped[BusinessId]
    retailer_id: Mapped[BusinessId]
    product_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("app.products.id"))
    """None: a percentage off every good that has no agreement of its own."""
    unit: Mapped[str | None] = mapped_column(String(20))
    unit_price: Mapped[Decimal | None] = mapped_column(Numeric(18, 6))
    percent_off: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    is_active: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    """False ends the agreement."""
    valid_from: Mapped[Moment]
    valid_until: Mapped[Moment | None]
    recorded_by: Mapped[UUID | None]
    recorded_at: Mapped[Moment]

    __table_args__ = (
        CheckConstraint("(unit_price IS NULL) <> (percent_off IS NULL)", name="one_of"),
        CheckConstraint(
            "unit_price IS NULL OR (unit_price >= 0 AND product_id IS NOT NULL AND unit IS NOT NULL)",
            name="price",
        ),
        CheckConstraint("percent_off > 0 AND percent_off <= 100", name="percent"),
        CheckConstraint("valid_until > valid_from", name="validity"),
        Index("ix_customer_prices_as_vendor", "vendor_id", "retailer_id", "product_id", "valid_from"),
        Index("ix_customer_prices_as_retailer", "retailer_id", "vendor_id"),
        Index(None, "changed_in"),
    )


class PriceAlertRule(Base):
    """When a business wants to be told of prices, from a moment on; a threshold that is null is off."""

    __tablename__ = "price_alert_rules"

    id: Mapped[Id]
    business_id: Mapped[BusinessId]
    band_percent: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    above_days: Mapped[int | None]
    rise_percent: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    valid_from: Mapped[Moment]
    recorded_by: Mapped[UUID]

    __table_args__ = (Index(None, "business_id", "valid_from"),)


class PriceAlert(Base):
    """What a business was told of a price, once for each cause, and how it stands."""

    __tablename__ = "price_alerts"

    id: Mapped[Id]
    business_id: Mapped[BusinessId]
    kind: Mapped[Word]
    product_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.products.id"))
    vendor_id: Mapped[BusinessId]
    """Who asks the price: the business itself, or its supplier."""
    cause: Mapped[Line]
    """The kind and the offer."""
    facts: Mapped[Json]
    state: Mapped[Word]
    raised_at: Mapped[Moment]
    changed_at: Mapped[Moment]

    __table_args__ = (
        CheckConstraint(f"state IN {ALERT_STATES}", name="state"),
        Index("uq_price_alerts_business_id_cause", "business_id", "cause", unique=True),
        Index(None, "business_id", "raised_at", "id"),
        UPDATED_IN_PLACE,
    )


class PriceAlertMove(Base):
    """That somebody acknowledged, closed or reopened an alert."""

    __tablename__ = "price_alert_moves"

    id: Mapped[Id]
    business_id: Mapped[BusinessId]
    alert_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.price_alerts.id"))
    state: Mapped[Word]
    note: Mapped[str | None] = mapped_column(String(200))
    moved_by: Mapped[UUID]
    moved_at: Mapped[Moment]

    __table_args__ = (Index(None, "alert_id", "moved_at"),)

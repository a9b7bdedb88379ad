"""What a shop asks at its counter, and how its bills are made."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, Numeric, String, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from commerce.billing.vocabulary import DRAFT_HOURS, DRAFT_HOURS_MAX, TIMINGS, TURNOVERS
from foundation.database import Base
from foundation.tables import UPDATED_IN_PLACE, BusinessId, Captured, Currency, Id, Moment, Word


class ShopPrice(Captured, Base):
    """What a shop asks for a good from a moment on, the tax in it. Added, never changed; the newest holds."""

    __tablename__ = "shop_prices"

    id: Mapped[Id]
    business_id: Mapped[BusinessId]
    product_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.products.id"))
    unit: Mapped[str] = mapped_column(String(20))
    unit_price: Mapped[Decimal | None] = mapped_column(Numeric(18, 6))
    """None: the good has no price any more, and none is asked until one is said again."""
    mrp: Mapped[Decimal | None] = mapped_column(Numeric(18, 6))
    """The retail sale price printed on it; nobody may ask more."""
    currency: Mapped[Currency]
    valid_from: Mapped[Moment]
    recorded_by: Mapped[UUID | None]

    __table_args__ = (
        CheckConstraint("unit_price > 0 AND mrp > 0", name="positive"),
        CheckConstraint("unit_price <= mrp", name="within_mrp"),
        Index(None, "business_id", "product_id", "unit", "valid_from"),
        Index(None, "business_id", "valid_from", "id"),
        Index(None, "changed_in"),
    )


class BillingSettings(Base):
    """How a shop's bills are reckoned and kept. Each bill keeps what held when it was made."""

    __tablename__ = "billing_settings"

    business_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.businesses.id"), primary_key=True)
    timing: Mapped[Word]
    """Which rule decides the rate around its change, as the shop's accountant chose (`commerce/tax/timing.py`)."""
    turnover: Mapped[Word]
    """Of the year before: how many digits of the HSN a bill shows, and whether e-invoices are due."""
    rounds_to_rupee: Mapped[bool] = mapped_column(Boolean)
    may_abbreviate: Mapped[bool] = mapped_column(Boolean)
    """Nepal: the tax office lets the shop give abbreviated tax invoices."""
    upi_address: Mapped[str | None] = mapped_column(String(255))
    draft_hours: Mapped[int] = mapped_column(Integer, server_default=text(str(DRAFT_HOURS)))
    """How long a bill that is not confirmed is kept."""
    version: Mapped[int] = mapped_column(server_default=text("1"))
    changed_by: Mapped[UUID | None]
    changed_at: Mapped[Moment]

    __table_args__ = (
        CheckConstraint(f"timing IN {TIMINGS}", name="timing"),
        CheckConstraint(f"turnover IN {TURNOVERS}", name="turnover"),
        CheckConstraint(f"draft_hours BETWEEN 1 AND {DRAFT_HOURS_MAX}", name="draft_hours"),
        UPDATED_IN_PLACE,
    )

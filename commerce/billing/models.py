"""What a shop asks at its counter, how its bills are made, and bills that are being made or were undone."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    String,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from commerce.billing.vocabulary import (
    ADDRESS_MAX,
    DRAFT_HOURS,
    DRAFT_HOURS_MAX,
    DRAFT_STATES,
    TIMINGS,
    TURNOVERS,
)
from commerce.customers.vocabulary import LANGUAGES
from commerce.khata.vocabulary import MODES
from foundation.database import Base
from foundation.tables import UPDATED_IN_PLACE, BusinessId, Captured, Currency, Id, Line, Moment, Paisa, Word


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
    address: Mapped[str | None] = mapped_column(String(ADDRESS_MAX))
    """As papers write it: street and place; the state stands after it."""
    phone: Mapped[str | None] = mapped_column(String(20))
    """E.164; on papers, for customers to call."""
    paper_language: Mapped[str | None] = mapped_column(String(2))
    """In which papers are written; None: in the customer's own, and in English for those that are not known."""
    draft_hours: Mapped[int] = mapped_column(Integer, server_default=text(str(DRAFT_HOURS)))
    """How long a bill that is not confirmed is kept."""
    version: Mapped[int] = mapped_column(server_default=text("1"))
    changed_by: Mapped[UUID | None]
    changed_at: Mapped[Moment]

    __table_args__ = (
        CheckConstraint(f"timing IN {TIMINGS}", name="timing"),
        CheckConstraint(f"turnover IN {TURNOVERS}", name="turnover"),
        CheckConstraint(f"paper_language IN {LANGUAGES}", name="paper_language"),
        CheckConstraint(f"draft_hours BETWEEN 1 AND {DRAFT_HOURS_MAX}", name="draft_hours"),
        UPDATED_IN_PLACE,
    )


class Till(Base):
    """A device that bills by a series of its own, so that it can number its bills where nobody is to be asked."""

    __tablename__ = "tills"

    business_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.businesses.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(2), primary_key=True)
    """The series: `T1/25-26/000001`."""
    name: Mapped[Line]
    opened_by: Mapped[UUID | None]
    opened_at: Mapped[Moment]
    closed_at: Mapped[Moment | None]

    __table_args__ = (CheckConstraint("code ~ '^[A-Z][0-9]$'", name="code"), UPDATED_IN_PLACE)


class BillDraft(Base):
    """A bill that is being made: what was said of it so far. Kept for some hours after it was last touched."""

    __tablename__ = "bill_drafts"

    id: Mapped[Id]
    business_id: Mapped[BusinessId]
    customer_id: Mapped[UUID | None] = mapped_column(Uuid)
    session: Mapped[str] = mapped_column(String(40))
    """Where it is made: what the device or conversation calls itself."""
    state: Mapped[Word]
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """`draft.Content`."""
    undoable: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """The contents before, the newest last."""
    version: Mapped[int] = mapped_column(server_default=text("1"))
    invoice_id: Mapped[UUID | None] = mapped_column(
        Uuid, ForeignKey("app.invoices.id", deferrable=True, initially="DEFERRED")
    )
    """Named before it is written: the draft is taken by the statement that locks it."""
    made_by: Mapped[UUID | None]
    made_at: Mapped[Moment]
    changed_at: Mapped[Moment]
    expires_at: Mapped[Moment]

    __table_args__ = (
        CheckConstraint(f"state IN {DRAFT_STATES}", name="state"),
        CheckConstraint("(state = 'confirmed') = (invoice_id IS NOT NULL)", name="confirmed"),
        ForeignKeyConstraint(
            ["business_id", "customer_id"], ["app.customers.business_id", "app.customers.id"]
        ),
        Index(
            "uq_bill_drafts_of_customer",
            "business_id",
            "customer_id",
            unique=True,
            postgresql_where=text("state = 'open' AND customer_id IS NOT NULL"),
        ),
        Index(None, "business_id", "changed_at", "id"),
        Index(None, "expires_at"),
        UPDATED_IN_PLACE,
    )


class BillTender(Captured, Base):
    """Money that was taken, or given back, for a bill of nobody by name. Added, never changed."""

    __tablename__ = "bill_tenders"

    id: Mapped[Id]
    business_id: Mapped[BusinessId]
    invoice_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.invoices.id"))
    """The bill; of money that was given back for goods that came back, their credit note."""
    mode: Mapped[Word]
    amount_paisa: Mapped[Paisa]
    """Below zero: given back."""
    currency: Mapped[Currency]
    reference: Mapped[str | None] = mapped_column(String(100))
    taken_on: Mapped[date]
    recorded_by: Mapped[UUID | None]
    recorded_at: Mapped[Moment]

    __table_args__ = (
        CheckConstraint(f"mode IN {MODES}", name="mode"),
        CheckConstraint("amount_paisa <> 0", name="moves"),
        Index(None, "invoice_id"),
        Index(None, "business_id", "taken_on"),
        Index(None, "changed_in"),
    )


class BillCancellation(Captured, Base):
    """That a bill holds no longer: its number stays taken, its entry is reversed. Added, never changed."""

    __tablename__ = "bill_cancellations"

    invoice_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.invoices.id"), primary_key=True)
    business_id: Mapped[BusinessId]
    reason: Mapped[Line]
    cancelled_on: Mapped[date]
    cancelled_by: Mapped[UUID | None]
    cancelled_at: Mapped[Moment]

    __table_args__ = (Index(None, "business_id", "cancelled_on"), Index(None, "changed_in"))

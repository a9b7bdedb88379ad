"""Businesses that sell, buy, or both, and the dated facts about them."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, String, Uuid, text
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
    RecordedAt,
    Word,
)

ORIGINS = ("real", "imported", "simulated")
TAX_PROFILES = ("unregistered", "composition", "regular", "pan", "vat", "foreign")
SCORE_BAND = "score-band"
"""The purpose of a consent: to see the grade of the retailer's score, and nothing behind it."""


class Business(Captured, Base):
    """A vendor, a retailer, or both. Figures of different origins are never summed."""

    __tablename__ = "businesses"

    id: Mapped[Id]
    name: Mapped[Line]
    is_vendor: Mapped[bool]
    is_retailer: Mapped[bool]
    keeps_books: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    """False for a counterparty that is known by name only (a customer in an imported history)."""
    is_walk_in: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    """True of the many people without a name to whom an imported history sold: nobody who could be lent to."""
    country: Mapped[str] = mapped_column(String(2))
    state: Mapped[Word]
    zone: Mapped[Word]
    """The delivery area, coarse enough to be a fact and not a person's address ("Surkhet")."""
    currency: Mapped[Currency]
    time_zone: Mapped[Word]
    origin: Mapped[Word]
    external_ref: Mapped[str | None] = mapped_column(String(100))
    """The party's key in the file that it was imported from, prefixed by the trader's id."""
    joined_at: Mapped[Moment]
    """Business time: when the relation with the platform began (for an import: the first line)."""
    recorded_at: Mapped[RecordedAt] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        CheckConstraint("is_vendor OR is_retailer", name="side"),
        CheckConstraint(f"origin IN {ORIGINS}", name="origin"),
        Index("uq_businesses_external_ref", "external_ref", unique=True),
        Index(None, "origin", "is_vendor"),
        UPDATED_IN_PLACE,
    )


class TaxProfile(Captured, Base):
    """How a business stands to the tax office from a day on. Rows are added, never changed."""

    __tablename__ = "tax_profiles"

    id: Mapped[Id]
    business_id: Mapped[BusinessId]
    valid_from: Mapped[date]
    profile: Mapped[Word]
    registration_number: Mapped[str | None] = mapped_column(String(20))
    recorded_at: Mapped[Moment]

    __table_args__ = (
        CheckConstraint(f"profile IN {TAX_PROFILES}", name="profile"),
        Index(None, "business_id", "valid_from"),
        Index(None, "changed_in"),
    )


class Consent(Captured, Base):
    """From a moment on a retailer lets a vendor, or every vendor, see its score band, or no longer does.

    Rows are added, never changed: the newest one on a vendor holds, and without one the newest on all vendors.
    """

    __tablename__ = "consents"

    id: Mapped[Id]
    business_id: Mapped[BusinessId]
    """The retailer that the score is about."""
    vendor_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("app.businesses.id"))
    """Who may see; None: every vendor of the market."""
    purpose: Mapped[Word]
    is_granted: Mapped[bool]
    recorded_by: Mapped[UUID | None]
    recorded_at: Mapped[Moment]

    __table_args__ = (
        CheckConstraint(f"purpose = '{SCORE_BAND}'", name="purpose"),
        CheckConstraint("vendor_id <> business_id", name="two_parties"),
        Index(None, "business_id", "purpose", "recorded_at"),
        Index(None, "changed_in"),
    )

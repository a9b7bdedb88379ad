"""Whom a shop knows: its customers, what they are called, how they like to be spoken to."""

from __future__ import annotations

from datetime import time
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    Time,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from commerce.customers.vocabulary import CHANNELS, LANGUAGES
from commerce.parties.models import TAX_PROFILES
from foundation.database import Base
from foundation.personal import INDEX_BYTES
from foundation.tables import UPDATED_IN_PLACE, BusinessId, Captured, Currency, Id, Moment, Word


class Customer(Captured, Base):
    """A person or household that a shop sells to. The books name it; what is known of it stands in its profile."""

    __tablename__ = "customers"

    id: Mapped[Id]
    """That of the subject whose key seals what is personal, too."""
    business_id: Mapped[BusinessId]
    account_id: Mapped[UUID] = mapped_column(Uuid)
    """The customer's khata in the shop's book."""
    currency: Mapped[Currency]
    created_by: Mapped[UUID | None]
    created_at: Mapped[Moment]
    erased_at: Mapped[Moment | None]

    __table_args__ = (
        UniqueConstraint("business_id", "id"),
        ForeignKeyConstraint(["business_id", "account_id"], ["app.accounts.business_id", "app.accounts.id"]),
        Index(None, "business_id", "created_at", "id"),
        Index(None, "account_id", unique=True),
        UPDATED_IN_PLACE,
    )


class CustomerProfile(Base):
    """What a shop knows of a customer and how they like to be spoken to. Deleted when the customer is erased."""

    __tablename__ = "customer_profiles"

    customer_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    business_id: Mapped[UUID] = mapped_column(Uuid)
    details_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """`details.Details`: names, phone, e-mail, landmark, tax number."""
    phone_index: Mapped[bytes | None] = mapped_column(LargeBinary(INDEX_BYTES))
    email_index: Mapped[bytes | None] = mapped_column(LargeBinary(INDEX_BYTES))
    words: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    """Keyed hashes of how the names sound, by which the customer is found (`words.py`)."""
    tax_profile: Mapped[Word]
    """How the customer stands to the tax office, as it told the shop; `unregistered` for a consumer."""
    state: Mapped[Word | None]
    """Where goods are brought to, as a tax document names it; None where nobody asked."""
    language: Mapped[str] = mapped_column(String(2))
    channel: Mapped[Word]
    purposes: Mapped[list[str]] = mapped_column(ARRAY(String(40)))
    """What the customer wants to hear of."""
    heard_from: Mapped[time] = mapped_column(Time)
    """Messages that can wait are sent from this hour of the shop's day on …"""
    heard_until: Mapped[time] = mapped_column(Time)
    """… until this one."""
    version: Mapped[int] = mapped_column(server_default=text("1"))

    __table_args__ = (
        CheckConstraint(f"channel IN {CHANNELS}", name="channel"),
        CheckConstraint(f"language IN {LANGUAGES}", name="language"),
        CheckConstraint(f"tax_profile IN {TAX_PROFILES}", name="tax_profile"),
        CheckConstraint("heard_from < heard_until", name="hours"),
        ForeignKeyConstraint(
            ["business_id", "customer_id"], ["app.customers.business_id", "app.customers.id"]
        ),
        Index(None, "business_id", "phone_index", postgresql_where=text("phone_index IS NOT NULL")),
        Index(None, "business_id", "email_index", postgresql_where=text("email_index IS NOT NULL")),
        Index(None, "words", postgresql_using="gin"),
        UPDATED_IN_PLACE,
    )

"""Who did what to whose access: added, sealed, never changed."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base
from foundation.tables import BusinessId, Id, Json, Moment, Word

PLATFORM = UUID(int=0)
"""The chain of the entries that belong to no business."""


class AuditEntry(Base):
    """One act. `facts` hold ids, names of things and counts: no names of people, no addresses, no secrets."""

    __tablename__ = "audit_entries"

    id: Mapped[Id]
    business_id: Mapped[BusinessId | None]
    actor_id: Mapped[UUID | None]
    api_key_id: Mapped[UUID | None]
    action: Mapped[Word]
    subject_id: Mapped[UUID | None]
    """Whom or what it was done to: a user, an invitation, an API key."""
    facts: Mapped[Json]
    correlation_id: Mapped[str | None] = mapped_column(String(64))
    recorded_at: Mapped[Moment]

    __table_args__ = (
        Index("ix_audit_entries_of_business", "business_id", "recorded_at", "id"),
        Index("ix_audit_entries_newest", "recorded_at", "id"),
        Index("ix_audit_entries_of_actor", "actor_id", "recorded_at", "id"),
        Index("ix_audit_entries_of_subject", "subject_id", "recorded_at", "id"),
    )


class AuditUnsealed(Base):
    """An entry that waits for its seal."""

    __tablename__ = "audit_unsealed"

    business_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    entry_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.audit_entries.id"), primary_key=True)
    queued_at: Mapped[Moment] = mapped_column(server_default=text("clock_timestamp()"))

    __table_args__ = (Index(None, "queued_at"),)


class AuditSeal(Base):
    """A seal over a batch of entries of one business, or of the platform."""

    __tablename__ = "audit_seals"

    business_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    seal_no: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    version: Mapped[int] = mapped_column(SmallInteger)
    member_count: Mapped[int] = mapped_column(Integer)
    previous_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    sealed_at: Mapped[Moment] = mapped_column(server_default=text("clock_timestamp()"))


class AuditSealMember(Base):
    """Which entry stands at which place of which seal."""

    __tablename__ = "audit_seal_members"

    business_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    entry_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.audit_entries.id"), primary_key=True)
    seal_no: Mapped[int] = mapped_column(BigInteger)
    position: Mapped[int] = mapped_column(Integer)

    __table_args__ = (
        ForeignKeyConstraint(
            ["business_id", "seal_no"], ["app.audit_seals.business_id", "app.audit_seals.seal_no"]
        ),
        UniqueConstraint("business_id", "seal_no", "position"),
    )

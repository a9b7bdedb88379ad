"""What was said to whom, sealed under the person's key."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base
from foundation.tables import UPDATED_IN_PLACE, Id, Moment, Word

CHANNELS = ("phone", "mail")
STATES = ("queued", "sent", "refused")


class Message(Base):
    """One message to one person. On the sandbox channel of phones this row is the delivery."""

    __tablename__ = "messages"

    id: Mapped[Id]
    person_id: Mapped[UUID]
    """The subject whose key seals it; without that key it cannot be read any more."""
    channel: Mapped[Word]
    purpose: Mapped[Word]
    recipient_index: Mapped[bytes] = mapped_column(LargeBinary(32))
    recipient_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    title_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[Word]
    queued_at: Mapped[Moment]
    sent_at: Mapped[Moment | None]

    __table_args__ = (
        CheckConstraint(f"channel IN {CHANNELS}", name="channel"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        Index(None, "recipient_index", "queued_at"),
        Index(None, "person_id"),
        Index(None, "queued_at"),
        UPDATED_IN_PLACE,
    )

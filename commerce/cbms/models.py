"""What was reported to Nepal's tax office, and with which credentials."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base
from foundation.tables import UPDATED_IN_PLACE, BusinessId, Line, Moment, Word

STATES: Final = ("pending", "accepted", "already_there", "refused", "failed")
"""It waits for its next try; the office took it; an earlier try had reached it; the office will not have it so; no
answer said so within all tries, or the credentials are wrong."""
REPORTED: Final = ("accepted", "already_there")


class CbmsSettings(Base):
    """How a business reports: the office's credentials, the password sealed under the installation's key."""

    __tablename__ = "cbms_settings"

    business_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.businesses.id"), primary_key=True)
    username: Mapped[Word]
    password_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    turnover_rupees: Mapped[int] = mapped_column(BigInteger)
    """Of the year before: above the office's threshold every bill is reported."""
    is_active: Mapped[bool] = mapped_column(Boolean)
    changed_by: Mapped[UUID | None]
    changed_at: Mapped[Moment]

    __table_args__ = (CheckConstraint("turnover_rupees >= 0", name="turnover"), UPDATED_IN_PLACE)


class CbmsReport(Base):
    """How far the report of a document came."""

    __tablename__ = "cbms_reports"

    invoice_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.invoices.id"), primary_key=True)
    business_id: Mapped[BusinessId]
    state: Mapped[Word]
    tries: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    """Counted before each: one that was broken off may have reached the office."""
    turn: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    """Which round of tries: people may ask for another."""
    is_return: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    """The office has the bill, and what it is told now is that the bill was cancelled."""
    code: Mapped[int | None] = mapped_column(Integer)
    """The office's last answer."""
    meaning: Mapped[Line | None]
    queued_at: Mapped[Moment]
    tried_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("(state = 'pending') = (ended_at IS NULL)", name="ended"),
        Index(None, "business_id", "queued_at", "invoice_id"),
        UPDATED_IN_PLACE,
    )

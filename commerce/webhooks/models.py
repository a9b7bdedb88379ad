"""Where a business wants to be told of what happens, and how telling it went."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, String, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base
from foundation.tables import UPDATED_IN_PLACE, BusinessId, Id, Line, Moment, Word

DISABLED_REASONS = ("owner", "failing", "gone")
STATES = ("pending", "delivered", "failed")


class WebhookEndpoint(Base):
    """An address of a business's own system."""

    __tablename__ = "webhook_endpoints"

    id: Mapped[Id]
    business_id: Mapped[BusinessId]
    url: Mapped[str] = mapped_column(String(2000))
    description: Mapped[Line]
    event_types: Mapped[list[str] | None] = mapped_column(ARRAY(String(40)))
    """None: all that there are, those that come later too."""
    sealed_secret: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_old_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    old_secret_until: Mapped[Moment | None]
    failing_since: Mapped[Moment | None]
    """The first failure after the last success."""
    disabled_at: Mapped[Moment | None]
    disabled_reason: Mapped[Word | None]
    created_at: Mapped[Moment]

    __table_args__ = (
        CheckConstraint(f"disabled_reason IN {DISABLED_REASONS}", name="disabled_reason"),
        CheckConstraint("(disabled_at IS NULL) = (disabled_reason IS NULL)", name="disabled"),
        CheckConstraint("(sealed_old_secret IS NULL) = (old_secret_until IS NULL)", name="old_secret"),
        Index(None, "business_id", "id"),
        UPDATED_IN_PLACE,
    )


class WebhookDelivery(Base):
    """One event on its way to one endpoint."""

    __tablename__ = "webhook_deliveries"

    id: Mapped[Id]
    business_id: Mapped[BusinessId]
    endpoint_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("app.webhook_endpoints.id", ondelete="CASCADE")
    )
    event_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.domain_events.id"))
    event_type: Mapped[Word]
    state: Mapped[Word]
    turn: Mapped[int]
    """Counts the attempts that were set up; one whose number is not this one is out of date and does nothing."""
    tries: Mapped[int] = mapped_column(SmallInteger)
    """Attempts since it was first sent, or last replayed."""
    next_attempt_at: Mapped[Moment | None]
    delivered_at: Mapped[Moment | None]
    created_at: Mapped[Moment]

    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        Index("uq_webhook_deliveries_endpoint_event", "endpoint_id", "event_id", unique=True),
        Index(None, "endpoint_id", "created_at", "id"),
        Index(None, "created_at"),
        UPDATED_IN_PLACE,
    )


class WebhookAttempt(Base):
    """One try to deliver, and what came back."""

    __tablename__ = "webhook_attempts"

    delivery_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("app.webhook_deliveries.id", ondelete="CASCADE"), primary_key=True
    )
    turn: Mapped[int] = mapped_column(primary_key=True)
    business_id: Mapped[BusinessId]
    began_at: Mapped[Moment]
    duration_ms: Mapped[int]
    outcome: Mapped[Word]
    status_code: Mapped[int | None] = mapped_column(SmallInteger)
    reason: Mapped[str | None] = mapped_column(String(200))
    response_excerpt: Mapped[str] = mapped_column(Text)


class WebhookProgress(Base):
    """How far the feed of events was handed out to endpoints; one row."""

    __tablename__ = "webhook_progress"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    server: Mapped[str] = mapped_column(String(32))
    snapshot: Mapped[str] = mapped_column(Text)
    moved_at: Mapped[Moment]

    __table_args__ = (CheckConstraint("id = 1", name="one_row"), UPDATED_IN_PLACE)

"""Disputes between a vendor and a retailer, what they mark, and their timeline. Two-party tables."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from commerce.disputes.vocabulary import OUTCOMES, REASONS, SIDES, STATES, SUBJECTS
from foundation.database import Base
from foundation.tables import UPDATED_IN_PLACE, BusinessId, Captured, Currency, Id, Line, Moment, Paisa, Word


class Dispute(Captured, Base):
    """That one side does not agree with an order, a delivery or a debt, and what became of it."""

    __tablename__ = "disputes"

    id: Mapped[Id]
    vendor_id: Mapped[BusinessId]
    retailer_id: Mapped[BusinessId]
    subject: Mapped[Word]
    order_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("app.orders.id"))
    delivery_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("app.deliveries.id"))
    item_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("app.receivable_items.id"))
    amount_paisa: Mapped[Paisa]
    currency: Mapped[Currency]
    side: Mapped[Word]
    """Who opened it."""
    reason: Mapped[Word]
    note: Mapped[Line | None]
    evidence_key: Mapped[str | None] = mapped_column(String(200))
    state: Mapped[Word]
    opened_by: Mapped[UUID | None]
    opened_at: Mapped[Moment]
    answer_by: Mapped[Moment]
    """While open: when the platform is asked in place of the other side."""
    answer: Mapped[Line | None]
    answered_at: Mapped[Moment | None]
    escalated_at: Mapped[Moment | None]
    outcome: Mapped[Word | None]
    settled_at: Mapped[Moment | None]
    credit_note_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("app.deliveries.id"))

    __table_args__ = (
        CheckConstraint(f"subject IN {SUBJECTS}", name="subject"),
        CheckConstraint(
            "(subject = 'debt') = (item_id IS NOT NULL) AND (subject = 'delivery') = (delivery_id IS NOT NULL)"
            " AND (subject <> 'order' OR order_id IS NOT NULL)",
            name="about",
        ),
        CheckConstraint("amount_paisa > 0", name="positive"),
        CheckConstraint("side IN ('vendor', 'retailer')", name="side"),
        CheckConstraint(f"reason IN {REASONS}", name="reason"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint(f"outcome IN {OUTCOMES}", name="outcome"),
        CheckConstraint(
            "(state = 'settled') = (outcome IS NOT NULL) AND (outcome IS NULL) = (settled_at IS NULL)",
            name="settled",
        ),
        Index("ix_disputes_as_vendor", "vendor_id", "opened_at", "id"),
        Index("ix_disputes_as_retailer", "retailer_id", "opened_at", "id"),
        Index(None, "opened_at", "id"),
        Index(None, "order_id"),
        Index("ix_disputes_unanswered", "answer_by", postgresql_where=text("state = 'open'")),
        UPDATED_IN_PLACE,
    )


class DisputedItem(Captured, Base):
    """So much of a debt is in dispute, as long as that lasts. Added, never changed."""

    __tablename__ = "disputed_items"

    dispute_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.disputes.id"), primary_key=True)
    item_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.receivable_items.id"), primary_key=True)
    vendor_id: Mapped[UUID] = mapped_column(Uuid)
    retailer_id: Mapped[UUID] = mapped_column(Uuid)
    amount_paisa: Mapped[Paisa]

    __table_args__ = (
        CheckConstraint("amount_paisa > 0", name="positive"),
        Index(None, "item_id"),
        Index(None, "changed_in"),
    )


class DisputeStep(Base):
    """What happened to a dispute, in words that both sides may read. Added, never changed."""

    __tablename__ = "dispute_timeline"

    id: Mapped[Id]
    dispute_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.disputes.id"))
    vendor_id: Mapped[UUID] = mapped_column(Uuid)
    retailer_id: Mapped[UUID] = mapped_column(Uuid)
    verb: Mapped[Word]
    state: Mapped[Word]
    side: Mapped[Word]
    actor_id: Mapped[UUID | None]
    note: Mapped[Line | None]
    happened_at: Mapped[Moment]

    __table_args__ = (
        CheckConstraint(f"side IN {SIDES}", name="side"),
        Index(None, "dispute_id", "happened_at"),
    )

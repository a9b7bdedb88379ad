"""What is written into a customer's khata beside bills."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from commerce.khata.vocabulary import KINDS, MODES, REVERSAL_REASONS
from foundation.database import Base
from foundation.tables import BusinessId, Captured, Currency, Id, Moment, Paisa, Word


class KhataEntry(Captured, Base):
    """Money that a customer gave, or owes without a bill. Added, never changed; a row that reverses one says why."""

    __tablename__ = "khata_entries"

    id: Mapped[Id]
    business_id: Mapped[BusinessId]
    customer_id: Mapped[UUID] = mapped_column(Uuid)
    kind: Mapped[Word]
    amount_paisa: Mapped[Paisa]
    """What the customer owes more; below zero: less."""
    currency: Mapped[Currency]
    mode: Mapped[Word | None]
    """How a payment came, or went back."""
    reference: Mapped[str | None] = mapped_column(String(100))
    """Of the payment (UTR, number of a cheque), or of the page in the shop's own book."""
    entered_on: Mapped[date]
    """The shop's own day of it."""
    recorded_by: Mapped[UUID | None]
    recorded_at: Mapped[Moment]
    reverses_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("app.khata_entries.id"), unique=True)
    reversal_reason: Mapped[Word | None]

    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint(f"mode IN {MODES}", name="mode"),
        CheckConstraint(
            "CASE kind WHEN 'payment' THEN amount_paisa < 0 AND mode IS NOT NULL"
            " WHEN 'reversal' THEN amount_paisa <> 0 ELSE amount_paisa > 0 AND mode IS NULL END",
            name="sign",
        ),
        CheckConstraint(
            "(kind = 'reversal') = (reverses_id IS NOT NULL) AND (kind = 'reversal') = (reversal_reason IS NOT NULL)",
            name="reversal",
        ),
        CheckConstraint(f"reversal_reason IN {REVERSAL_REASONS}", name="reversal_reason"),
        ForeignKeyConstraint(
            ["business_id", "customer_id"], ["app.customers.business_id", "app.customers.id"]
        ),
        Index(None, "customer_id", "recorded_at", "id"),
        Index(None, "business_id", "recorded_at", "id"),
        Index(None, "business_id", "entered_on"),
        Index(
            "uq_khata_entries_opening",
            "customer_id",
            unique=True,
            postgresql_where=text("kind = 'opening'"),
        ),
        Index(None, "changed_in"),
    )

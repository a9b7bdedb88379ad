"""What a shop spends on other things than goods."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.orm import Mapped, mapped_column

from commerce.expenses.vocabulary import HEADS, KINDS, MODES
from foundation.database import Base
from foundation.tables import BusinessId, Captured, Currency, Id, Moment, Paisa, Word


class ExpenseHead(Base):
    """A head of the shop's own, under one that all shops have. Added, never changed."""

    __tablename__ = "expense_heads"

    id: Mapped[Id]
    business_id: Mapped[BusinessId]
    name: Mapped[Word]
    head: Mapped[Word]
    """The one of all shops that it belongs to, whose account it is written on."""
    made_by: Mapped[UUID | None]
    made_at: Mapped[Moment]

    __table_args__ = (
        CheckConstraint(f"head IN {HEADS}", name="head"),
        UniqueConstraint("business_id", "id"),
        Index("uq_expense_heads_name", "business_id", "name", unique=True),
    )


class Expense(Captured, Base):
    """Money that was spent. Added, never changed; a row that reverses one takes all of it back."""

    __tablename__ = "expenses"

    id: Mapped[Id]
    business_id: Mapped[BusinessId]
    kind: Mapped[Word]
    head: Mapped[Word]
    """The account that it stands on."""
    own_head_id: Mapped[UUID | None] = mapped_column(Uuid)
    amount_paisa: Mapped[Paisa]
    """What was spent; below zero in a reversal."""
    currency: Mapped[Currency]
    mode: Mapped[Word]
    reference: Mapped[str | None] = mapped_column(String(100))
    """Of the payment (UTR, number of a cheque), or of the bill that was paid."""
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What the shop wrote beside it, under a key of its own: it may name people, and can be forgotten."""
    spent_on: Mapped[date]
    """The shop's own day of it."""
    recorded_by: Mapped[UUID | None]
    recorded_at: Mapped[Moment]
    reverses_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("app.expenses.id"), unique=True)

    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint(f"head IN {HEADS}", name="head"),
        CheckConstraint(f"mode IN {MODES}", name="mode"),
        CheckConstraint(
            "CASE kind WHEN 'reversal' THEN amount_paisa < 0 AND reverses_id IS NOT NULL"
            " ELSE amount_paisa > 0 AND reverses_id IS NULL END",
            name="sign",
        ),
        ForeignKeyConstraint(
            ["business_id", "own_head_id"], ["app.expense_heads.business_id", "app.expense_heads.id"]
        ),
        Index(None, "business_id", "recorded_at", "id"),
        Index(None, "business_id", "spent_on", "id"),
        Index(None, "changed_in"),
    )

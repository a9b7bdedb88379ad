"""What a shop spent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from foundation.events import DomainEvent


@dataclass(frozen=True)
class ExpenseEntered(DomainEvent):
    """Money was spent on something else than goods, or that was undone."""

    type: ClassVar[str] = "expense-entered"

    expense_id: str
    kind: str
    head: str
    amount_paisa: int
    """What was spent; below zero: what an undoing takes back."""
    currency: str

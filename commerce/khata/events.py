"""What came into a khata and what left it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from foundation.events import DomainEvent


@dataclass(frozen=True)
class KhataEntered(DomainEvent):
    """An entry beside bills: an opening, a debit, a payment, or what undoes one."""

    type: ClassVar[str] = "khata-entered"

    entry_id: str
    customer_id: str
    kind: str
    amount_paisa: int
    """What is owed more; below zero: less."""
    balance_paisa: int
    currency: str

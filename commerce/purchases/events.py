"""What a shop bought beside orders, and paid for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from foundation.events import DomainEvent


@dataclass(frozen=True)
class StockedIn(DomainEvent):
    """Goods came to a shop beside an order, or that was undone."""

    type: ClassVar[str] = "stocked-in"

    stock_in_id: str
    kind: str
    supplier_id: str | None
    paid_by: str
    total_paisa: int
    """What they cost with all tax; below zero: what an undoing takes back."""
    currency: str


@dataclass(frozen=True)
class SupplierPaid(DomainEvent):
    """A supplier got money for what it was owed, or that was undone."""

    type: ClassVar[str] = "supplier-paid"

    payment_id: str
    kind: str
    supplier_id: str
    amount_paisa: int
    """What it is owed less; below zero: more."""
    currency: str

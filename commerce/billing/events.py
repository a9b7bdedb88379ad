"""What became of a shop's bills."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from foundation.events import DomainEvent


@dataclass(frozen=True)
class BillIssued(DomainEvent):
    """A shop sold goods by a bill."""

    type: ClassVar[str] = "bill-issued"

    invoice_id: str
    customer_id: str | None
    """None: to nobody by name."""
    kind: str
    number: str
    payable_paisa: int
    paid_paisa: int
    """What was paid with it."""
    currency: str


@dataclass(frozen=True)
class BillWasCancelled(DomainEvent):
    """A bill holds no longer."""

    type: ClassVar[str] = "bill-cancelled"

    invoice_id: str
    customer_id: str | None
    number: str
    payable_paisa: int
    currency: str


@dataclass(frozen=True)
class BillReturned(DomainEvent):
    """Goods of a bill came back, and their credit note was written."""

    type: ClassVar[str] = "bill-returned"

    invoice_id: str
    """The credit note."""
    original_id: str
    customer_id: str | None
    number: str
    payable_paisa: int
    currency: str

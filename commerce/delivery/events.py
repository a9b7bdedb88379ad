"""What happened at the door."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from foundation.events import DomainEvent


@dataclass(frozen=True)
class DeliveryProven(DomainEvent):
    """The vendor says who received a delivery; the name is read by id."""

    type: ClassVar[str] = "delivery-proven"
    counterparty: ClassVar[str | None] = "retailer_id"

    delivery_id: str
    order_id: str
    vendor_id: str
    retailer_id: str
    proof_id: str

"""What happened to prices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from foundation.events import DomainEvent


@dataclass(frozen=True)
class PriceAlertRaised(DomainEvent):
    """A price came to where the business wants to be told: `vendor_id` asks it, itself or its supplier."""

    type: ClassVar[str] = "price-alert-raised"

    alert_id: str
    kind: str
    product_id: str
    vendor_id: str

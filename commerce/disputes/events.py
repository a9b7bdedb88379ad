"""What happened to disputes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from foundation.events import DomainEvent


@dataclass(frozen=True)
class _DisputeEvent(DomainEvent):
    counterparty: ClassVar[str | None] = "retailer_id"

    dispute_id: str
    vendor_id: str
    retailer_id: str
    state: str
    amount_paisa: int
    currency: str


@dataclass(frozen=True)
class DisputeOpened(_DisputeEvent):
    """One side (`side`) does not agree with an order, a delivery or a debt (`subject`)."""

    type: ClassVar[str] = "dispute-opened"

    side: str
    subject: str


@dataclass(frozen=True)
class DisputeMoved(_DisputeEvent):
    """It was answered, given to the platform, or settled with its `outcome`."""

    type: ClassVar[str] = "dispute-moved"

    outcome: str | None

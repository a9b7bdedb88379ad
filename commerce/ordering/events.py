"""What happened to orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from foundation.events import DomainEvent


@dataclass(frozen=True)
class _OrderEvent(DomainEvent):
    counterparty: ClassVar[str | None] = "retailer_id"

    order_id: str
    vendor_id: str
    retailer_id: str


@dataclass(frozen=True)
class OrderPlaced(_OrderEvent):
    type: ClassVar[str] = "order-placed"

    total_paisa: int
    currency: str


@dataclass(frozen=True)
class OrderAccepted(_OrderEvent):
    type: ClassVar[str] = "order-accepted"


@dataclass(frozen=True)
class OrderClosed(_OrderEvent):
    """Declined, cancelled, expired or closed short: `state` says which."""

    type: ClassVar[str] = "order-closed"

    state: str


@dataclass(frozen=True)
class OrderDelivered(_OrderEvent):
    type: ClassVar[str] = "order-delivered"

    delivery_id: str
    total_paisa: int
    currency: str


@dataclass(frozen=True)
class GoodsReturned(_OrderEvent):
    type: ClassVar[str] = "goods-returned"

    delivery_id: str
    total_paisa: int
    currency: str

"""What happened to shelves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from foundation.events import DomainEvent


@dataclass(frozen=True)
class StockRanLow(DomainEvent):
    """A good fell under its threshold; told again only after it had recovered."""

    type: ClassVar[str] = "stock-ran-low"

    product_id: str
    on_hand: str
    threshold: str
    expired: str = "0"
    """What of it has expired, and so does not count."""


@dataclass(frozen=True)
class GoodsExpired(DomainEvent):
    """What lies there of a batch may be sold no longer; told once of a batch, when its last day is over."""

    type: ClassVar[str] = "goods-expired"

    product_id: str
    batch_id: str
    expires_on: str
    quantity: str

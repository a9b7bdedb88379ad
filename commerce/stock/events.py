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

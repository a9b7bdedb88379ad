"""What may be disputed, why, and how that ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

SUBJECTS: Final = ("order", "delivery", "debt")
REASONS: Final = (
    "amount",
    "price",
    "quantity",
    "quality",
    "not-delivered",
    "paid-already",
    "not-ordered",
    "other",
)
STATES: Final = ("open", "answered", "escalated", "settled")
LIVE: Final = ("open", "answered", "escalated")
OUTCOMES: Final = ("credit-note", "paid", "withdrawn", "upheld", "rejected")
SIDES: Final = ("vendor", "retailer", "admin", "system")

ANSWER_WITHIN: Final = timedelta(days=7)
"""So long the other side has for its answer; then the platform's admin is asked."""

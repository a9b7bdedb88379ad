"""How the delivery of webhooks is tried, and its bounds."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

RETRY_AFTER: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""Pauses after a failed attempt, as Standard Webhooks 1.0 proposes them ("Deliverability and reliability")."""

REFUSED_TRIES: Final = 3
"""Attempts at a receiver that refuses what it gets: it hardly changes its mind, but it may be mid-deploy."""

FAILING_FOR: Final = timedelta(days=5)
"""An endpoint that took nothing for so long is switched off."""

OLD_SECRET_FOR: Final = timedelta(hours=24)
"""How long both secrets sign after a rotation, unless another one follows."""
SAME_ROTATION_FOR: Final = timedelta(minutes=1)
"""Who asks again within so long lost the answer: it gets the same secret."""

DELIVERIES_KEPT: Final = timedelta(days=30)

ENDPOINTS_MAX: Final = 10
REPLAYED_AT_ONCE: Final = 1_000
EXCERPT_CHARACTERS: Final = 500

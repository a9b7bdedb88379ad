"""Bounds and defaults of ordering."""

from __future__ import annotations

from typing import Final

ACCEPTANCE_MINUTES: Final = 10
"""How long an order waits for an answer where the vendor says nothing else: it holds goods and credit meanwhile."""

QUOTE_MINUTES: Final = 60
"""How long the prices of a kept quote hold where the vendor says nothing else."""

MINUTES_MAX: Final = 30 * 24 * 60
"""Neither waits longer than a month."""

BACK_ORDER_DAYS: Final = 30
"""So long goods that a vendor had not are waited for."""

POSTPONED_DAYS_MAX: Final = 7
"""So much later than the day that its vendor accepted it for a retailer lets an order come: the same slot next week."""

NOTICE_HOURS_MAX = 720
"""A vendor asks for thirty days' notice of a cancelled order at most."""

RELEASE_DAYS_MAX: Final = 90
"""What is left over of an order waits for a season at most, where its vendor says how long."""

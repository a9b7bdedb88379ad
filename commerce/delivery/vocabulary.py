"""Bounds of what is said about deliveries."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

ENTERED_WITHIN: Final = timedelta(days=1)
"""Goods may be handed over so long before their order is written down."""
CLOCKS_APART: Final = timedelta(minutes=5)
"""So far the clock of a phone at the door may run before ours."""

UNPROVEN_DAYS: Final = 30
"""So far back a vendor looks for deliveries without proof, unless it says otherwise."""

DEGREE_DECIMALS: Final = 5
"""A place is kept to a metre; what a phone says beyond is noise."""

CAPACITY_MAX: Final = 10_000
"""Orders of one slot on one day."""

CUTOFF_HOURS_MAX: Final = 168
"""A slot is chosen a week before it begins at the earliest end."""

AHEAD_DAYS: Final = 60
"""So far ahead a place is taken."""

SHOWN_DAYS: Final = 14
SHOWN_DAYS_MAX: Final = 31
"""So many days of slots are shown at once."""

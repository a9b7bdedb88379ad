"""The words of a shop's bills."""

import re
from decimal import Decimal
from typing import Final

TIMINGS: Final = ("section-12", "section-14")
TURNOVERS: Final = ("up-to-5-crore", "above-5-crore")
DRAFT_STATES: Final = ("open", "confirmed", "cancelled")
ADDRESS_MAX: Final = 300
DRAFT_HOURS: Final = 4
DRAFT_HOURS_MAX: Final = 72
PRICE_MAX: Final = Decimal(10_000_000)
"""A crore of rupees for one unit of a good is a slip of the finger."""
TILL_CODE: Final = re.compile("[A-Z][0-9]")
"""The name of a till's series. Two characters leave room for year and serial within the sixteen of Rule 46(b)."""

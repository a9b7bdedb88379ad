"""The words of papers and links."""

from datetime import timedelta
from typing import Final

FORMS: Final = ("sheet", "slip", "link", "filed")
"""In which way a paper was given out: A4, a roll, a customer's link, or put away and mailed after the bill."""
LINK_LASTS: Final = timedelta(days=7)

"""The words of a shop's dealings with its customers."""

from datetime import time
from typing import Final

CHANNELS: Final = ("whatsapp", "sms", "mail", "none")
LANGUAGES: Final = ("en", "hi", "ne")
PURPOSES: Final = ("bill", "payment", "reminder", "offer")
"""Bills and receipts are of the customer's own dealings; offers are sent to none who did not ask for them."""
WANTED_UNASKED: Final = ("bill", "payment", "reminder")
HEARD_FROM: Final = time(9)
HEARD_UNTIL: Final = time(20)
"""Within the hours in which businesses in India may message (TRAI, TCCCPR 2018: not from 21 to 9)."""

ALIASES_MAX: Final = 10
FOUND_MAX: Final = 50
"""So many customers are looked at one by one for a search."""

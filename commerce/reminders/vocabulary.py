"""The words of reminders, and their bounds."""

from datetime import time, timedelta
from typing import Final

KINDS: Final = ("payment_due", "overdue", "invoice", "low_stock", "expiry", "follow_up", "custom")
TO_CUSTOMER: Final = ("payment_due", "overdue", "invoice", "follow_up", "custom")
TO_SHOP: Final = ("low_stock", "expiry", "custom")
"""Of these the owners of the shop are told."""
WITH_TEXT: Final = ("custom", "follow_up")
"""These say, or ask about, what the shop wrote."""

STATES: Final = ("scheduled", "sending", "sent", "failed", "cancelled", "skipped")
ENDED: Final = ("sent", "failed", "cancelled", "skipped")
REPEATS: Final = ("daily", "weekly", "monthly")

TEXT_MAX: Final = 500
AHEAD_MAX: Final = timedelta(days=731)
"""Two years: what is to be said later than that is a slip of the finger in the year."""

PAUSES: Final = (timedelta(seconds=60), timedelta(minutes=5))
"""Between the three tries of a reminder."""
KEPT_BACK_MAX: Final = timedelta(days=7)
"""A reminder that finds its customer's day full so long is not sent any more."""
EXPIRY_AHEAD: Final = timedelta(days=7)
"""Owners are told of goods that expire so soon."""
TOGETHER: Final = 200
"""Reminders of one transaction."""
GOODS_NAMED: Final = 10
"""So many goods are named in a message to the shop; of the others their number is told."""

AUTOMATIC_AT: Final = time(10)
AUTOMATIC_DAYS_MAX: Final = 60
KEPT: Final = timedelta(days=365)
"""How long a reminder is kept after its end."""

"""The words of what shops say: ways, purposes, states, hours, bounds, each with its source."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Final

CHANNELS: Final = ("whatsapp", "sms", "mail", "none")
"""As the customers' own; `none` is the way of a message that was not to go out."""
ADDRESSED_BY: Final = {"whatsapp": "phone", "sms": "phone", "mail": "email"}
LANGUAGES: Final = ("en", "hi", "ne")

PURPOSES: Final = ("bill", "payment", "reminder", "offer", "stock", "summary", "answer")
TO_CUSTOMERS: Final = ("bill", "payment", "reminder", "offer")
TO_OWNERS: Final = ("stock", "summary")
ANSWER: Final = "answer"
"""What is answered to who wrote: whatever they want to hear of, it goes back the way that it came."""
OTHER: Final = "other"
"""Of words that came in and answer nothing that was said."""
CAN_WAIT: Final = ("reminder", "offer")
"""Kept back until the customer's hours. A bill or a receipt is the answer to what the customer just did."""
PROMOTIONAL: Final = ("offer",)

PROMOTED_FROM: Final = time(9)
PROMOTED_UNTIL: Final = time(21)
"""Promotional messages in India go out within these hours alone (TRAI, TCCCPR 2018, schedule II)."""

DIRECTIONS: Final = ("out", "in")
STATES: Final = (
    "queued",
    "sent",
    "delivered",
    "read",
    "failed",
    "refused",
    "expired",
    "suppressed",
    "received",
)
RECEIPTS: Final = ("sent", "failed", "delivered", "read")
"""What a provider tells later, in the order in which one outdoes the other: `delivered` may follow `failed`, for a
provider gives up waiting and the phone comes back."""
BEFORE: Final = {
    "sent": ("queued",),
    "refused": ("queued",),
    "expired": ("queued",),
    "failed": ("queued", "sent"),
    "delivered": ("queued", "sent", "failed"),
    "read": ("queued", "sent", "failed", "delivered"),
}
"""The states that each may follow: a message moves forward only, in whatever order receipts come."""
RESENDABLE: Final = ("failed", "refused", "expired", "suppressed")

REMINDERS_PER_DAY: Final = 2
OFFERS_PER_DAY: Final = 1
"""What one customer is sent on one day of the shop at most, where the shop has chosen no other bound."""
PER_DAY_MAX: Final = 10

WORTH_SENDING_FOR: Final = {
    "bill": timedelta(days=3),
    "payment": timedelta(days=3),
    "reminder": timedelta(days=1),
    "offer": timedelta(days=1),
    "stock": timedelta(days=1),
    "summary": timedelta(days=1),
    "answer": timedelta(days=1),
}
"""What could not go out for so long has expired: a reminder of the day before yesterday is worse than none."""

HEARD_CHARACTERS: Final = 4_096
"""As long as a text on WhatsApp may be."""
CONSENT_WAYS: Final = ("reply", "shop")
ALL: Final = "all"

KEY_CHARACTERS: Final = 200
ATTACHMENTS_MAX: Final = 5
VALUE_CHARACTERS: Final = 1_000
"""As long as a parameter of a template of WhatsApp may be (1,024)."""

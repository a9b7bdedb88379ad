"""What became of reminders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from foundation.events import DomainEvent


@dataclass(frozen=True)
class ReminderEnded(DomainEvent):
    """A reminder was sent, failed, was skipped or cancelled; what it said is read by its id."""

    type: ClassVar[str] = "reminder-ended"

    reminder_id: str
    customer_id: str | None
    """None: it went to the owners of the shop."""
    kind: str
    state: str
    reason: str | None

"""What happened between a shop and those it writes to; words and addresses are read by id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from foundation.events import DomainEvent


@dataclass(frozen=True)
class MessageReceived(DomainEvent):
    """A customer answered: by words, or by one touch of a button."""

    type: ClassVar[str] = "message-received"

    message_id: str
    customer_id: str
    button: str | None
    reply_to_id: str | None
    about: str | None
    """What the message was said of that was answered: a bill, a reminder."""


@dataclass(frozen=True)
class ConsentChanged(DomainEvent):
    """A customer allowed messages, or forbade them."""

    type: ClassVar[str] = "message-consent-changed"

    customer_id: str
    channel: str
    purpose: str
    is_given: bool
    how: str

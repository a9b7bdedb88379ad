"""What a shop said and heard, opened for its people and for the sandbox."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from commerce.messaging import queries
from commerce.messaging.errors import MessageNotFound
from commerce.messaging.saying import opened_content
from commerce.messaging.templates import Content
from commerce.messaging.vocabulary import RESENDABLE
from foundation import personal
from foundation.personal import SubjectKey

_PLAIN = (
    "id",
    "direction",
    "customer_id",
    "purpose",
    "template",
    "language",
    "channel",
    "about",
    "reply_to_id",
    "resend_of_id",
    "button",
    "state",
    "reason",
    "tries",
    "said_at",
    "not_before",
    "expires_at",
    "sent_at",
    "delivered_at",
    "read_at",
)


@dataclass(frozen=True)
class Shown:
    """A message in plain words. Of an old one the words are gone."""

    id: UUID
    direction: str
    customer_id: UUID | None
    purpose: str
    template: str | None
    language: str
    channel: str
    about: UUID | None
    reply_to_id: UUID | None
    resend_of_id: UUID | None
    button: str | None
    state: str
    reason: str | None
    tries: int
    said_at: datetime
    not_before: datetime
    expires_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    recipient: str | None = field(repr=False)
    content: Content | None = field(repr=False)
    attachments: tuple[str, ...]
    """Keys of the object store."""

    @property
    def is_resendable(self) -> bool:
        """Whether it did not arrive and can be sent once more."""
        return self.direction == "out" and self.state in RESENDABLE and self.content is not None

    @property
    def file_names(self) -> list[str]:
        """The attachments as their recipient reads them."""
        return [key.rpartition("/")[2] for key in self.attachments]


def get_message(session: Session, *, business_id: UUID, message_id: UUID) -> Shown:
    """One message of a shop. Raises MessageNotFound."""
    rows = queries.messages_of(session, business_id, [message_id])
    if not rows:
        raise MessageNotFound(message_id)
    return shown(rows[0])


def shown_all(rows: Iterable[RowMapping]) -> list[Shown]:
    """Rows of `queries.messages` in plain words."""
    return [shown(row) for row in rows]


def shown(row: RowMapping) -> Shown:
    """A row of `queries.messages` in plain words."""
    recipient = content = None
    if row["sealed_key"] is not None:
        key = SubjectKey(id=row["subject_id"], sealed_key=row["sealed_key"], made_at=row["key_made_at"])
        subject = personal.subject_of(key)
        recipient = row["recipient_sealed"] and subject.open("recipient", row["recipient_sealed"])
        content = row["content_sealed"] and opened_content(subject, row["content_sealed"])
    return Shown(
        **{name: row[name] for name in _PLAIN},
        recipient=recipient or None,
        content=content or None,
        attachments=tuple(row["attachments"]),
    )

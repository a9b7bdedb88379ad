"""Say something to a person: a sealed row and the job that carries it, in the caller's transaction.

Phones are served by the sandbox channel: the row itself is the delivery, read by `sauda messages`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from commerce.messaging.models import Message, MessageCount, ShopMessage
from commerce.messaging.ports import SMS_FOLDER, MailFolder
from foundation import jobs, personal
from foundation.ids import uuid7
from foundation.object_store import object_store
from foundation.personal import Subject
from foundation.settings import settings

SEND = "send-message"
KEPT = timedelta(days=30)
WORDS_KEPT = timedelta(days=180)


@dataclass(frozen=True)
class Opened:
    """A message as its recipient reads it."""

    id: UUID
    person_id: UUID
    channel: str
    purpose: str
    recipient: str = field(repr=False)
    title: str = field(repr=False)
    body: str = field(repr=False)
    state: str
    queued_at: datetime


def send(
    session: Session,
    subject: Subject,
    *,
    channel: Literal["phone", "mail"],
    recipient: str,
    purpose: str,
    title: str,
    body: str,
) -> UUID:
    """Queue a message to a person's phone (E.164) or mail address; it goes out when the caller has committed."""
    message_id = uuid7()
    session.add(
        Message(
            id=message_id,
            person_id=subject.id,
            channel=channel,
            purpose=purpose,
            recipient_index=personal.blind_index(channel, recipient),
            recipient_sealed=subject.seal("recipient", recipient),
            # A title with a line break would be a further header of the mail.
            title_sealed=subject.seal("title", " ".join(title.split())),
            body_sealed=subject.seal("body", body),
            state="queued",
            queued_at=datetime.now(UTC),
        )
    )
    session.flush()
    jobs.enqueue(session, SEND, str(message_id), workflow_id=f"{SEND}:{message_id}", queue="outward")
    return message_id


def opened(session: Session, message_id: UUID) -> Opened | None:
    """The message in plain words; None once its person is forgotten, or the message was cleared away."""
    row = session.get(Message, message_id)
    subject = personal.subject(session, row.person_id) if row else None
    return _opened(row, subject) if row and subject else None


def inbox(
    session: Session, *, channel: Literal["phone", "mail"], recipient: str, limit: int = 20
) -> list[Opened]:
    """What was said to a phone (E.164) or address, newest first: what its owner would see on the device."""
    rows = session.scalars(
        select(Message)
        .where(Message.recipient_index == personal.blind_index(channel, recipient))
        .order_by(Message.queued_at.desc(), Message.id.desc())
        .limit(limit)
    )
    with_subjects = [(row, personal.subject(session, row.person_id)) for row in rows]
    return [_opened(row, subject) for row, subject in with_subjects if subject]


def mark(session: Session, message_id: UUID, state: Literal["sent", "refused"]) -> None:
    """Keep how the sending ended."""
    session.execute(
        update(Message).where(Message.id == message_id).values(state=state, sent_at=datetime.now(UTC))
    )


def as_mail(message: Opened) -> EmailMessage:
    """The message as a mail; its Message-ID is the same however often it is sent."""
    mail = EmailMessage()
    mail["From"] = settings().mail_from
    mail["To"] = message.recipient
    mail["Subject"] = message.title
    mail["Date"] = format_datetime(message.queued_at)
    mail["Message-ID"] = f"<{message.id}@sauda>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.body)
    return mail


def forget(session: Session, person_id: UUID) -> None:
    """Delete every message to a person or customer, and from them, that is kept here."""
    session.execute(delete(Message).where(Message.person_id == person_id))
    session.execute(delete(ShopMessage).where(ShopMessage.subject_id == person_id))
    session.execute(delete(MessageCount).where(MessageCount.customer_id == person_id))


def forget_files(person_id: UUID) -> None:
    """Delete the mails and short messages to a person that were written as files. Called outside of transactions."""
    store = object_store()
    MailFolder(store).forget(person_id)
    store.delete(*(found.key for found in store.list(f"{SMS_FOLDER}/{person_id}")))


def delete_old(session: Session, *, now: datetime) -> None:
    """Delete messages to people of more than thirty days before `now`, and the words of shops' messages of more than
    180: that something was said stays, so that it is said once."""
    session.execute(delete(Message).where(Message.queued_at < now - KEPT))
    session.execute(delete(MessageCount).where(MessageCount.day < (now - KEPT).date()))
    session.execute(
        update(ShopMessage)
        .where(
            ShopMessage.said_at < now - WORDS_KEPT,
            ShopMessage.content_sealed.is_not(None),
            ShopMessage.state != "queued",
        )
        .values(content_sealed=None, recipient_sealed=None, recipient_index=None, attachments=[])
    )


def _opened(row: Message, subject: Subject) -> Opened:
    return Opened(
        id=row.id,
        person_id=row.person_id,
        channel=row.channel,
        purpose=row.purpose,
        recipient=subject.open("recipient", row.recipient_sealed),
        title=subject.open("title", row.title_sealed),
        body=subject.open("body", row.body_sealed),
        state=row.state,
        queued_at=row.queued_at,
    )

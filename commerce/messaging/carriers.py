"""Who carries what shops say: one carrier for each way, the sandbox where no provider is set."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Literal, Protocol
from uuid import UUID

from commerce.messaging import mails
from commerce.messaging.errors import AddressRefused, MailRefused
from commerce.messaging.ports import SMS_FOLDER, Mailer, mailer
from commerce.messaging.templates import Content
from foundation.errors import Unavailable
from foundation.object_store import ObjectNotFound, ObjectStore, object_store

Outcome = Literal["sent", "refused", "temporary", "rate-limited", "unknown"]


@dataclass(frozen=True)
class Outgoing:
    """A message on its way, in plain words: everything that some provider asks for."""

    id: UUID
    """The provider's key for it as well: however often it is tried, it is the same one."""
    business_id: UUID
    subject_id: UUID
    channel: str
    recipient: str = field(repr=False)
    """E.164, or a mail address."""
    content: Content = field(repr=False)
    sender: str = field(repr=False)
    """The shop's name."""
    country: str
    """The shop's, whose law holds."""
    category: str
    """`utility` or `marketing`, as WhatsApp lists the template."""
    said_at: datetime
    attachments: tuple[str, ...] = ()
    """Keys of the object store."""
    sms_header: str | None = None
    principal_entity_id: str | None = None
    dlt_template_id: str | None = None
    is_window_open: bool = False
    """The person wrote within 24 hours: words outside of a template are allowed on WhatsApp."""


@dataclass(frozen=True)
class Handed:
    """What a carrier made of a message. All but `sent` and `refused` is tried again, with the same key."""

    outcome: Outcome
    reason: str | None = None
    """A word, never the provider's own text: that may repeat an address."""
    provider_id: str | None = None
    retry_after_seconds: int | None = None


class Carrier(Protocol):
    """Takes messages of one way over. Called outside of transactions, by several threads at once."""

    def hand_over(self, message: Outgoing) -> Handed:
        """Hand a message over; the same one again only after an answer that was not `sent`, or none that was kept."""
        ...


class SandboxWhatsApp:
    """No provider: the row of the message is its delivery, read on `/sandbox/…`."""

    def hand_over(self, message: Outgoing) -> Handed:
        return Handed("sent", provider_id=f"sandbox:{message.id}")


class SandboxSms:
    """Short messages as files of the object store, as a gateway would get them; by India's rules for senders there."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def hand_over(self, message: Outgoing) -> Handed:
        if message.country == "IN" and not (message.sms_header and message.principal_entity_id):
            return Handed("refused", "dlt-header-missing")
        if message.country == "IN" and not message.dlt_template_id:
            return Handed("refused", "dlt-template-missing")
        words = [message.content.body, message.content.link]
        told = {
            "to": message.recipient,
            "header": message.sms_header,
            "principal_entity_id": message.principal_entity_id,
            "dlt_template_id": message.dlt_template_id,
            "text": "\n".join(filter(None, words)),
        }
        key = f"{SMS_FOLDER}/{message.subject_id}/{message.id}.json"
        self._store.put(key, json.dumps(told, ensure_ascii=False).encode())
        return Handed("sent", provider_id=f"sandbox:{message.id}")


class Post:
    """Mail, by the server of SMTP_URL or into files."""

    def __init__(self, mailer: Mailer, store: ObjectStore) -> None:
        self._mailer, self._store = mailer, store

    def hand_over(self, message: Outgoing) -> Handed:
        try:
            mail = self._written(message)
        except ObjectNotFound:
            return Handed("refused", "attachment-missing")
        except ValueError:
            return Handed("refused", "mail-unwritable")
        try:
            self._mailer.send(mail, person_id=message.subject_id, message_id=message.id)
        except AddressRefused:
            return Handed("refused", "address-refused")
        except MailRefused:
            return Handed("refused", "mail-refused")
        except Unavailable:
            return Handed("temporary", "server-unavailable")
        return Handed("sent", provider_id=f"<{message.id}@sauda>")

    def _written(self, message: Outgoing) -> EmailMessage:
        files = [(key.rpartition("/")[2], self._store.get(key)) for key in message.attachments]
        return mails.written(
            message.content,
            message_id=message.id,
            sender=message.sender,
            recipient=message.recipient,
            said_at=message.said_at.astimezone(UTC),
            files=files,
        )


@contextmanager
def carriers() -> Iterator[dict[str, Carrier]]:
    """The carrier of each way, as the settings choose; a mail server is spoken to over the same connections."""
    store, post = object_store(), mailer(keeps_connections=True)
    try:
        yield {"whatsapp": SandboxWhatsApp(), "sms": SandboxSms(store), "mail": Post(post, store)}
    finally:
        post.close()

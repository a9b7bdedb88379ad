"""The sandbox's phones: whom a page of it is for, and what is read and answered there.

A page is found by a contact: the id of a customer (or of one of the shop's people) with a mark that only this
installation can make. Who has it may read and answer, as who holds a phone may; a phone number stands nowhere in it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from commerce.messaging import inbound, queries, reading, sending
from commerce.messaging.errors import SandboxContactUnknown
from commerce.messaging.reading import Shown
from commerce.parties import service as parties
from foundation import clock, keys
from foundation.ids import uuid7
from foundation.settings import settings

MARK_BYTES: Final = 16
SHOWN_AT_ONCE: Final = 200
ANSWERED_BY: Final = ("whatsapp", "sms")


@dataclass(frozen=True)
class Conversation:
    """What a contact sees: the shop's name, and the messages, the oldest first."""

    subject_id: UUID
    business_id: UUID | None
    """None where nothing was ever said."""
    shop: str
    messages: list[Shown] = field(repr=False)
    may_answer: bool
    channel: str
    """By which an answer goes."""


def is_open() -> bool:
    """Whether there is a sandbox here: never in production, where messages are of real people."""
    return settings().sauda_env != "production"


def contact_of(subject_id: UUID) -> str:
    """How the pages of the sandbox name a customer, or one of a shop's people."""
    return base64.urlsafe_b64encode(subject_id.bytes + _mark(subject_id)).decode().rstrip("=")


def subject_of(contact: str) -> UUID:
    """Whom a contact names. Raises SandboxContactUnknown, also in production."""
    try:
        told = base64.urlsafe_b64decode(contact + "=" * (-len(contact) % 4))
        subject_id = UUID(bytes=told[:16])
    except (ValueError, binascii.Error):
        raise SandboxContactUnknown from None
    if not is_open() or not hmac.compare_digest(told[16:], _mark(subject_id)):
        raise SandboxContactUnknown
    return subject_id


def conversation(session: Session, contact: str) -> Conversation:
    """What the contact would see on the phone. Raises SandboxContactUnknown."""
    subject_id = subject_of(contact)
    rows = queries.conversation(session, subject_id, SHOWN_AT_ONCE)
    messages = reading.shown_all(reversed(rows))
    if not rows:
        return Conversation(subject_id, None, "", [], may_answer=False, channel="whatsapp")
    shop = parties.get_business(session, business_id=rows[0]["business_id"])
    ways = [one.channel for one in messages if one.channel in ANSWERED_BY]
    return Conversation(
        subject_id=subject_id,
        business_id=shop.id,
        shop=shop.name,
        messages=messages,
        may_answer=rows[0]["customer_id"] is not None,
        channel=ways[-1] if ways else "whatsapp",
    )


def look(session: Session, contact: str) -> None:
    """Somebody looked at the phone: what was sent to it is delivered and read, as a provider would tell."""
    for message in conversation(session, contact).messages:
        if (
            message.direction == "out"
            and message.channel in ANSWERED_BY
            and message.state in ("sent", "delivered")
        ):
            for state in ("delivered", "read"):
                sending.take_receipt(
                    session,
                    channel=message.channel,
                    provider_id=f"sandbox:{message.id}",
                    state=state,
                    at=clock.now(),
                )


def answer(
    session: Session,
    contact: str,
    *,
    text: str = "",
    button: str | None = None,
    reply_to_id: UUID | None = None,
) -> None:
    """Answer from the phone: words, or the button of a message.

    Raises SandboxContactUnknown, MessageInvalid, MessageNotFound.
    """
    told = conversation(session, contact)
    if told.business_id is None or not told.may_answer:
        raise SandboxContactUnknown
    inbound.hear(
        session,
        business_id=told.business_id,
        customer_id=told.subject_id,
        channel=told.channel,
        key=f"sandbox:{uuid7()}",
        text=text,
        button=button,
        reply_to_id=reply_to_id,
    )


def _mark(subject_id: UUID) -> bytes:
    return hmac.digest(keys.derived("sandbox contacts"), subject_id.bytes, hashlib.sha256)[:MARK_BYTES]

"""What customers answer: kept once, and `STOP` and `START` taken at their word."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import asdict, dataclass
from typing import Final, Literal
from uuid import UUID

from sqlalchemy.orm import Session

from commerce.customers import service as customers
from commerce.customers.errors import CustomerErased
from commerce.messaging import queries, saying, templates
from commerce.messaging.errors import MessageInvalid, MessageNotFound
from commerce.messaging.events import ConsentChanged, MessageReceived
from commerce.messaging.models import MessageConsent, ShopMessage
from commerce.messaging.templates import Content
from commerce.messaging.vocabulary import (
    ALL,
    ANSWER,
    CHANNELS,
    HEARD_CHARACTERS,
    OTHER,
    TO_CUSTOMERS,
)
from commerce.parties import service as parties
from foundation import clock, personal
from foundation.events import publish
from foundation.ids import uuid7

STOP_WORDS: Final = frozenset(
    ("stop", "stop all", "unsubscribe", "बंद", "बंद करो", "बंद करें", "रोको", "बन्द", "बन्द गर्नुहोस्", "रोक्नुहोस्")
)
START_WORDS: Final = frozenset(
    ("start", "unstop", "subscribe", "शुरू", "शुरू करो", "चालू", "चालू करो", "सुरु", "सुरु गर्नुहोस्")
)
"""As a whole answer only: "stop the milk" is no wish to hear nothing more."""


@dataclass(frozen=True)
class Heard:
    """The answer as it is kept, and whether it ended or began messages."""

    message_id: UUID
    effect: Literal["stopped", "started"] | None


def hear(
    session: Session,
    *,
    business_id: UUID,
    customer_id: UUID,
    channel: str,
    key: str,
    text: str = "",
    button: str | None = None,
    reply_to_id: UUID | None = None,
) -> Heard:
    """Keep what a customer answered, once per `key`, which the provider gives; a `STOP` ends what waits, too.

    A button is of the message that it stood under. Raises CustomerNotFound, CustomerErased,
    MessageNotFound, MessageInvalid.
    """
    key = f"in:{channel}:{key}"
    if (earlier := queries.by_key(session, business_id, key)) is not None:
        return Heard(earlier["id"], None)
    known = customers.get_customer(session, business_id=business_id, customer_id=customer_id)
    subject = personal.subject(session, customer_id)
    if subject is None:
        raise CustomerErased(customer_id)
    answered = _answered(session, business_id, customer_id, reply_to_id)
    label = None if button is None else _label(subject, answered, button)
    if not (label or text.strip()):
        raise MessageInvalid("text", text, "write something, or press a button")
    message_id, now = uuid7(), clock.now()
    content = Content(
        template=None,
        language=known.preferences.language,
        title="",
        body=(label or text).strip()[:HEARD_CHARACTERS],
    )
    row = {
        "id": message_id,
        "business_id": business_id,
        "key": key,
        "direction": "in",
        "subject_id": customer_id,
        "customer_id": customer_id,
        "purpose": answered.purpose if answered else OTHER,
        "template": None,
        "language": content.language,
        "channel": channel,
        "content_sealed": subject.seal("content", json.dumps(asdict(content), ensure_ascii=False)),
        "attachments": [],
        "about": answered and answered.about,
        "reply_to_id": reply_to_id,
        "button": button,
        "state": "received",
        "tries": 0,
        "said_at": now,
        "not_before": now,
        "expires_at": now,
    }
    if not queries.add_message(session, row):
        twin = queries.by_key(session, business_id, key)
        assert twin is not None  # it stood in the way of the insert
        return Heard(twin["id"], None)
    publish(
        session,
        MessageReceived(
            message_id=str(message_id),
            customer_id=str(customer_id),
            button=button,
            reply_to_id=str(reply_to_id) if reply_to_id else None,
            about=str(answered.about) if answered and answered.about else None,
        ),
        business_id=business_id,
        channel=channel,
    )
    effect = _effect(session, business_id, customer_id, channel, content.body, button, message_id)
    return Heard(message_id, effect)


def allow(
    session: Session,
    *,
    business_id: UUID,
    customer_id: UUID,
    channel: str,
    purpose: str,
    is_given: bool,
    how: str = "shop",
    message_id: UUID | None = None,
    actor_id: UUID | None = None,
) -> MessageConsent:
    """Write down that a customer allowed messages or forbade them (`all` is every way, every purpose), from now on.

    What waits and is forbidden now is kept back. Raises CustomerNotFound, CustomerErased,
    MessageInvalid.
    """
    known = customers.get_customer(session, business_id=business_id, customer_id=customer_id)
    if known.is_erased:
        raise CustomerErased(customer_id)
    ways = (*CHANNELS[:-1], ALL)
    if channel not in ways:
        raise MessageInvalid("channel", channel, f"take one of {', '.join(ways)}")
    if purpose not in (*TO_CUSTOMERS, ALL):
        raise MessageInvalid("purpose", purpose, f"take one of {', '.join((*TO_CUSTOMERS, ALL))}")
    consent = MessageConsent(
        id=uuid7(),
        business_id=business_id,
        customer_id=customer_id,
        channel=channel,
        purpose=purpose,
        is_given=is_given,
        how=how,
        message_id=message_id,
        recorded_by=actor_id,
        recorded_at=clock.now(),
    )
    session.add(consent)
    session.flush()
    if not is_given:
        queries.suppress_waiting(session, customer_id, channel=channel, purpose=purpose)
    publish(
        session,
        ConsentChanged(
            customer_id=str(customer_id), channel=channel, purpose=purpose, is_given=is_given, how=how
        ),
        business_id=business_id,
        actor_id=actor_id,
    )
    return consent


def _answered(
    session: Session, business_id: UUID, customer_id: UUID, message_id: UUID | None
) -> ShopMessage | None:
    if message_id is None:
        return None
    found = queries.message(session, business_id, message_id)
    if found is None or found.customer_id != customer_id or found.direction != "out":
        raise MessageNotFound(message_id)
    return found


def _label(subject: personal.Subject, answered: ShopMessage | None, button: str) -> str:
    known = {}
    if answered is not None and answered.content_sealed is not None:
        known = dict(saying.opened_content(subject, answered.content_sealed).buttons)
    if button not in known:
        raise MessageInvalid(
            "button", button, f"the message has {', '.join(known) or 'no buttons'}; press one that it has"
        )
    return known[button]


def _effect(
    session: Session,
    business_id: UUID,
    customer_id: UUID,
    channel: str,
    body: str,
    button: str | None,
    message_id: UUID,
) -> Literal["stopped", "started"] | None:
    said = " ".join(unicodedata.normalize("NFC", body).lower().strip(" .!।").split())
    if button == "stop":
        purpose, is_given = "offer", False
    elif button is None and said in STOP_WORDS | START_WORDS:
        purpose, is_given = ALL, said in START_WORDS
    else:
        return None
    allow(
        session,
        business_id=business_id,
        customer_id=customer_id,
        channel=channel,
        purpose=purpose,
        is_given=is_given,
        how="reply",
        message_id=message_id,
    )
    _confirm(session, business_id, customer_id, channel, message_id, purpose=purpose, is_given=is_given)
    return "started" if is_given else "stopped"


def _confirm(
    session: Session,
    business_id: UUID,
    customer_id: UUID,
    channel: str,
    message_id: UUID,
    *,
    purpose: str,
    is_given: bool,
) -> None:
    """Answer the way it came: who says stop is told once that it was heard."""
    shop = parties.get_business(session, business_id=business_id)
    known = customers.get_customer(session, business_id=business_id, customer_id=customer_id)
    name = "started" if is_given else "stopped" if purpose == ALL else "offers-stopped"
    content = templates.filled(
        templates.named(name), known.preferences.language, {"shop": shop.name, "customer": known.name}
    )
    saying.put(
        session,
        shop,
        known,
        content,
        purpose=ANSWER,
        key=f"answer:{message_id}",
        channel=channel,
        attachments=(),
        about=None,
    )

"""`say`: a shop says something to a customer, once, in the caller's transaction; what keeps it back is kept too.

The row is the outbox (`sending.py` takes it from there), so a message exists exactly if its cause committed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from commerce.customers import service as customers
from commerce.customers.errors import CustomerErased
from commerce.customers.service import Known
from commerce.identity import queries as members
from commerce.messaging import hours, queries, templates
from commerce.messaging.errors import (
    MessageInvalid,
    MessagePurposeInvalid,
)
from commerce.messaging.senders import Sender
from commerce.messaging.templates import Content
from commerce.messaging.vocabulary import (
    ADDRESSED_BY,
    ANSWER,
    ATTACHMENTS_MAX,
    CAN_WAIT,
    CHANNELS,
    KEY_CHARACTERS,
    LANGUAGES,
    TO_CUSTOMERS,
    TO_OWNERS,
    WORTH_SENDING_FOR,
)
from commerce.parties import service as parties
from commerce.parties.models import Business
from foundation import clock, personal
from foundation.idempotency import RequestKey, claim
from foundation.ids import uuid7
from foundation.personal import Subject, SubjectKey, blind_index


@dataclass(frozen=True)
class Said:
    """What became of it: `queued`, or `suppressed` with the reason; of a key that was used before, how that stands.

    Without a message where the customer was erased: nothing new is written about them.
    """

    message_id: UUID | None
    state: str
    reason: str | None


def say(
    session: Session,
    *,
    business_id: UUID,
    customer_id: UUID,
    purpose: str,
    template: str,
    values: Mapping[str, str],
    key: str,
    channel: str | None = None,
    attachments: tuple[str, ...] = (),
    about: UUID | None = None,
    message_id: UUID | None = None,
) -> Said:
    """Say something to a customer, at most once for ever per `key` of the shop; it goes out after the commit.

    `values` fill the template in; `shop` and `customer` are known, and `link` is an address to be shown below. By
    `channel`, or else the customer's own way. `attachments` are keys of the object store. Who cannot be reached, does
    not want it or had enough today is no failure: the message is kept as `suppressed` with its reason.
    Raises CustomerNotFound, MessageTemplateUnknown, MessageValuesMissing, MessagePurposeInvalid, MessageInvalid.
    """
    session.flush()
    if (earlier := queries.by_key(session, business_id, key)) is not None:
        return _said(earlier)
    shape = templates.named(template)
    if purpose not in shape.purposes or purpose not in TO_CUSTOMERS:
        raise MessagePurposeInvalid(template, purpose, [one for one in shape.purposes if one in TO_CUSTOMERS])
    known = customers.get_customer(session, business_id=business_id, customer_id=customer_id)
    if known.is_erased:
        return Said(None, "suppressed", "erased")
    shop = parties.get_business(session, business_id=business_id)
    language = known.preferences.language
    content = templates.filled(shape, language, {"shop": shop.name, "customer": known.name, **values})
    return put(
        session,
        shop,
        known,
        content,
        purpose=purpose,
        key=key,
        channel=channel,
        attachments=attachments,
        about=about,
        message_id=message_id,
    )


def say_as_asked(
    session: Session,
    *,
    business_id: UUID,
    customer_id: UUID,
    purpose: str,
    template: str,
    values: Mapping[str, str],
    channel: str | None,
    request: RequestKey,
) -> UUID:
    """`say` for somebody who asks for it by a request; the message, whatever became of it.

    Raises CustomerErased, RequestKeyReused, and what `say` raises.
    """
    message_id = uuid7()
    if (done := claim(session, request, message_id)) is not None:
        return done
    said = say(
        session,
        business_id=business_id,
        customer_id=customer_id,
        purpose=purpose,
        template=template,
        values=values,
        key=f"asked:{message_id}",
        channel=channel,
        message_id=message_id,
    )
    if said.message_id is None:
        raise CustomerErased(customer_id)
    return said.message_id


def put(
    session: Session,
    shop: Business,
    known: Known,
    content: Content,
    *,
    purpose: str,
    key: str,
    channel: str | None,
    attachments: tuple[str, ...],
    about: UUID | None,
    message_id: UUID | None = None,
    resend_of_id: UUID | None = None,
) -> Said:
    """Queue these words to a customer, or keep them with the reason why they are kept back. Raises MessageInvalid."""
    now = clock.now()
    way = channel or known.preferences.channel
    _check(key, way, attachments)
    address = getattr(known.details, ADDRESSED_BY[way]) if way in ADDRESSED_BY else None
    facts = queries.facts(session, shop.id, known.id, way, purpose)
    assert facts is not None  # who has a profile has a key
    reason = _kept_back(known, purpose, way, has_address=address is not None, is_allowed=facts["is_allowed"])
    start = None
    if reason is None:
        start = hours.not_before(
            now,
            purpose=purpose,
            country=shop.country,
            time_zone=shop.time_zone,
            heard_from=known.preferences.heard_from,
            heard_until=known.preferences.heard_until,
        )
        reason = "no-common-hours" if start is None else None
    key_kept = SubjectKey(id=known.id, sealed_key=facts["sealed_key"], made_at=facts["made_at"])
    subject = personal.subject_of(key_kept)
    message_id = message_id or uuid7()
    row = outgoing(
        subject,
        message_id,
        business_id=shop.id,
        content=content,
        channel=way,
        address=address,
        purpose=purpose,
        key=key,
        now=now,
        not_before=start or now,
    ) | {
        "customer_id": known.id,
        "attachments": list(attachments),
        "about": about,
        "resend_of_id": resend_of_id,
        "state": "queued" if reason is None else "suppressed",
        "reason": reason,
    }
    if not queries.add_message(session, row):
        twin = queries.by_key(session, shop.id, key)
        assert twin is not None  # it stood in the way of the insert
        return _said(twin)
    # Counted after the row, so that one who comes second with the same key takes no place of the day.
    if reason is None and not _has_room(session, shop, known.id, purpose, row["not_before"], facts):
        reason = "enough-for-the-day"
        queries.suppress(session, message_id, reason)
    return Said(message_id, "queued" if reason is None else "suppressed", reason)


def tell_owners(
    session: Session,
    *,
    business_id: UUID,
    purpose: str,
    template: str,
    values: Mapping[str, str],
    key: str,
    language: str = "en",
    attachments: tuple[str, ...] = (),
    about: UUID | None = None,
) -> list[Said]:
    """Tell each owner of a shop something, at most once for ever per `key`: by WhatsApp, or mail who has no phone.

    `shop` is known to the template. Raises MessageTemplateUnknown, MessageValuesMissing, MessagePurposeInvalid,
    MessageInvalid.
    """
    session.flush()
    shape = templates.named(template)
    if purpose not in shape.purposes or purpose not in TO_OWNERS:
        raise MessagePurposeInvalid(template, purpose, [one for one in shape.purposes if one in TO_OWNERS])
    if language not in LANGUAGES:
        raise MessageInvalid("language", language, f"take one of {', '.join(LANGUAGES)}")
    shop = parties.get_business(session, business_id=business_id)
    content = templates.filled(shape, language, {"shop": shop.name, **values})
    owners = members.members(session, business_id, chosen=members.MemberFilter(position="owner"))
    said = []
    for owner in owners:
        subject = personal.subject(session, owner.id)
        if subject is None:
            continue
        phone = owner.phone_sealed and subject.open("phone", owner.phone_sealed)
        address = phone or (owner.email_sealed and subject.open("email", owner.email_sealed))
        own_key, way = f"{key}:{owner.id}", "whatsapp" if phone else "mail"
        _check(own_key, way, attachments)
        now, message_id = clock.now(), uuid7()
        row = outgoing(
            subject,
            message_id,
            business_id=business_id,
            content=content,
            channel=way,
            address=address or None,
            purpose=purpose,
            key=own_key,
            now=now,
            not_before=now,
        ) | {"attachments": list(attachments), "about": about}
        if queries.add_message(session, row):
            said.append(Said(message_id, "queued", None))
        elif (earlier := queries.by_key(session, business_id, own_key)) is not None:
            said.append(_said(earlier))
    return said


def outgoing(
    subject: Subject,
    message_id: UUID,
    *,
    business_id: UUID,
    content: Content,
    channel: str,
    address: str | None,
    purpose: str,
    key: str,
    now: datetime,
    not_before: datetime,
) -> dict[str, Any]:
    """The row of a message that goes out, sealed for its subject."""
    return {
        "id": message_id,
        "business_id": business_id,
        "key": key,
        "direction": "out",
        "subject_id": subject.id,
        "purpose": purpose,
        "template": content.template,
        "language": content.language,
        "channel": channel,
        "recipient_index": address and blind_index(ADDRESSED_BY[channel], address),
        "recipient_sealed": address and subject.seal("recipient", address),
        "content_sealed": subject.seal("content", json.dumps(asdict(content), ensure_ascii=False)),
        "attachments": [],
        "state": "queued",
        "tries": 0,
        "said_at": now,
        "not_before": not_before,
        "expires_at": not_before + WORTH_SENDING_FOR[purpose],
    }


def opened_content(subject: Subject, sealed: bytes) -> Content:
    """What `outgoing` sealed."""
    told = json.loads(subject.open("content", sealed))
    return Content(**told | {"buttons": tuple(map(tuple, told["buttons"]))})


def _kept_back(
    known: Known, purpose: str, channel: str, *, has_address: bool, is_allowed: bool | None
) -> str | None:
    if purpose == ANSWER:
        return None if has_address else "no-address"
    if channel == "none":
        return "wants-no-messages"
    if purpose not in known.preferences.purposes:
        return "purpose-not-wanted"
    if not has_address:
        return "no-address"
    if is_allowed is False:
        return "opted-out"
    return None


def _has_room(
    session: Session,
    shop: Business,
    customer_id: UUID,
    purpose: str,
    start: datetime,
    facts: Mapping[str, Any],
) -> bool:
    """Whether the customer may be said that much on the day on which it goes out."""
    if purpose not in CAN_WAIT:
        return True
    usual = Sender()
    bounds = {
        "reminder": (facts["reminders_per_day"], usual.reminders_per_day),
        "offer": (facts["offers_per_day"], usual.offers_per_day),
    }
    chosen, unasked = bounds[purpose]
    return queries.counted(
        session,
        business_id=shop.id,
        customer_id=customer_id,
        day=clock.business_day(start, shop.time_zone),
        purpose=purpose,
        at_most=unasked if chosen is None else chosen,
    )


def _check(key: str, channel: str, attachments: tuple[str, ...]) -> None:
    if not 0 < len(key) <= KEY_CHARACTERS:
        raise MessageInvalid("key", key[:40], f"give one of 1 to {KEY_CHARACTERS} characters")
    if channel not in CHANNELS:
        raise MessageInvalid("channel", channel, f"take one of {', '.join(CHANNELS)}")
    if len(attachments) > ATTACHMENTS_MAX:
        raise MessageInvalid("attachments", len(attachments), f"attach {ATTACHMENTS_MAX} at most")


def _said(row: Mapping[str, Any]) -> Said:
    return Said(row["id"], row["state"], row["reason"])

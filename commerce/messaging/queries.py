"""Questions about what shops said and heard, and the statements that keep their bounds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from commerce.messaging.models import MessageSettings, ShopMessage
from commerce.messaging.vocabulary import RESENDABLE
from foundation.keyset import Order, page
from foundation.statements import Statement

_BY_KEY = Statement(
    "SELECT id, state, reason FROM app.shop_messages WHERE business_id = :business_id AND key = :key"
)


def by_key(session: Session, business_id: UUID, key: str) -> dict[str, Any] | None:
    """Id, state and reason of what was said under a key."""
    rows = _BY_KEY.named(session, {"business_id": business_id, "key": key})
    return rows[0] if rows else None


def add_message(session: Session, row: Mapping[str, Any]) -> bool:
    """Write a message; False where its key was used before. Who comes second waits for the first to commit."""
    added = session.scalar(
        insert(ShopMessage)
        .values(row)
        .on_conflict_do_nothing(index_elements=["business_id", "key"])
        .returning(ShopMessage.id)
    )
    return added is not None


def suppress(session: Session, message_id: UUID, reason: str) -> None:
    """Keep a message back that was just written."""
    session.execute(
        update(ShopMessage).where(ShopMessage.id == message_id).values(state="suppressed", reason=reason)
    )


_SUPPRESS_WAITING = text("""
    UPDATE app.shop_messages SET state = 'suppressed', reason = :reason, free_at = NULL
    WHERE customer_id = :customer_id AND state = 'queued' AND purpose <> 'answer'
      AND (:channel = 'all' OR channel = :channel) AND (:purpose = 'all' OR purpose = :purpose)
""")


def suppress_waiting(session: Session, customer_id: UUID, *, channel: str, purpose: str) -> None:
    """Keep back what waits for a customer and is wanted no more."""
    values = {"customer_id": customer_id, "channel": channel, "purpose": purpose, "reason": "opted-out"}
    session.execute(_SUPPRESS_WAITING, values)


def message(session: Session, business_id: UUID, message_id: UUID) -> ShopMessage | None:
    """One message of a shop."""
    return session.scalar(
        select(ShopMessage).where(ShopMessage.business_id == business_id, ShopMessage.id == message_id)
    )


def lock_message(session: Session, business_id: UUID, message_id: UUID) -> ShopMessage | None:
    """One message of a shop, locked."""
    return session.scalar(
        select(ShopMessage)
        .where(ShopMessage.business_id == business_id, ShopMessage.id == message_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


def resent_as(session: Session, message_id: UUID) -> UUID | None:
    """The message by which one was sent again, unless that did not arrive either."""
    return session.scalar(
        select(ShopMessage.id)
        .where(ShopMessage.resend_of_id == message_id, ShopMessage.state.not_in(RESENDABLE))
        .limit(1)
    )


MESSAGES_BY = {
    "newest": Order((("said_at", "timestamptz"), ("id", "uuid")), is_descending=True),
    "oldest": Order((("said_at", "timestamptz"), ("id", "uuid"))),
}
_MESSAGES = """
    SELECT message.*, subject.sealed_key, subject.made_at AS key_made_at
    FROM app.shop_messages message LEFT JOIN app.subject_keys subject ON subject.id = message.subject_id
    WHERE message.business_id = :business_id
"""
_MESSAGE_IS = {
    "customer_id": "message.customer_id = :customer_id",
    "state": "message.state = :state",
    "purpose": "message.purpose = :purpose",
    "direction": "message.direction = :direction",
    "channel": "message.channel = :channel",
    "button": "message.button = :button",
    "about": "message.about = :about",
}


@dataclass(frozen=True)
class MessageFilter:
    """Which messages of a list; None does not filter."""

    customer_id: UUID | None = None
    state: str | None = None
    purpose: str | None = None
    direction: str | None = None
    channel: str | None = None
    button: str | None = None
    about: UUID | None = None


def messages(
    session: Session,
    business_id: UUID,
    *,
    chosen: MessageFilter = MessageFilter(),
    by: Order = MESSAGES_BY["newest"],
    after: Sequence[Any] | None = None,
    limit: int,
) -> Sequence[RowMapping]:
    """What a shop said and heard, with the keys that open it."""
    values = {**vars(chosen), "business_id": business_id}
    return page(session, _MESSAGES, values, filters=_MESSAGE_IS, by=by, after=after, limit=limit)


def messages_of(session: Session, business_id: UUID, ids: Sequence[UUID]) -> Sequence[RowMapping]:
    """These messages of a shop, with the keys that open them."""
    question = text(f"{_MESSAGES} AND message.id = ANY (CAST(:ids AS uuid[]))")
    return session.execute(question, {"business_id": business_id, "ids": list(ids)}).mappings().all()


_FACTS = Statement("""
    SELECT subject.sealed_key, subject.made_at, kept.reminders_per_day, kept.offers_per_day,
           (SELECT consent.is_given FROM app.message_consents consent
            WHERE consent.customer_id = subject.id AND consent.channel IN (:channel, 'all')
              AND consent.purpose IN (:purpose, 'all')
            ORDER BY consent.recorded_at DESC, consent.id DESC LIMIT 1) AS is_allowed
    FROM app.subject_keys subject LEFT JOIN app.message_settings kept ON kept.business_id = :business_id
    WHERE subject.id = :customer_id
""")


def facts(
    session: Session, business_id: UUID, customer_id: UUID, channel: str, purpose: str
) -> dict[str, Any] | None:
    """What decides about one message to a customer: their key, the bounds that the shop chose, and what they last
    said about such messages (None where nobody asked)."""
    values = {
        "business_id": business_id,
        "customer_id": customer_id,
        "channel": channel,
        "purpose": purpose,
    }
    rows = _FACTS.named(session, values)
    return rows[0] if rows else None


CONSENTS_BY = {
    "newest": Order((("recorded_at", "timestamptz"), ("id", "uuid")), is_descending=True),
    "oldest": Order((("recorded_at", "timestamptz"), ("id", "uuid"))),
}
_CONSENTS = (
    "SELECT * FROM app.message_consents WHERE business_id = :business_id AND customer_id = :customer_id"
)


def consents(
    session: Session,
    business_id: UUID,
    customer_id: UUID,
    *,
    channel: str | None = None,
    by: Order = CONSENTS_BY["newest"],
    after: Sequence[Any] | None = None,
    limit: int,
) -> Sequence[RowMapping]:
    """What a customer allowed and forbade."""
    values = {"business_id": business_id, "customer_id": customer_id, "channel": channel}
    filters = {"channel": "channel = :channel"}
    return page(session, _CONSENTS, values, filters=filters, by=by, after=after, limit=limit)


_COUNT = Statement("""
    INSERT INTO app.message_counts AS counted (customer_id, day, purpose, business_id, said)
    SELECT :customer_id, :day, :purpose, :business_id, 1 WHERE :at_most > 0
    ON CONFLICT (customer_id, day, purpose) DO UPDATE SET said = counted.said + 1 WHERE counted.said < :at_most
    RETURNING said
""")


def counted(
    session: Session, *, business_id: UUID, customer_id: UUID, day: date, purpose: str, at_most: int
) -> bool:
    """Take one of the day's places of a customer; False where they are used up."""
    values = {
        "business_id": business_id,
        "customer_id": customer_id,
        "day": day,
        "purpose": purpose,
        "at_most": at_most,
    }
    return _COUNT.first(session, values) is not None


def settings_of(session: Session, business_id: UUID) -> MessageSettings | None:
    """How a shop's messages go out, as far as it said so."""
    return session.scalar(select(MessageSettings).where(MessageSettings.business_id == business_id))


_URGENT = "purpose NOT IN ('reminder', 'offer')"
_CLAIM = """
    WITH due AS (
        SELECT id FROM app.shop_messages
        WHERE state = 'queued' AND {urgency} AND not_before <= :now
          AND (free_at IS NULL OR free_at <= clock_timestamp())
        ORDER BY not_before, id LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED
    ), claimed AS (
        UPDATE app.shop_messages message SET free_at = clock_timestamp() + :lease, tries = message.tries + 1
        FROM due WHERE message.id = due.id RETURNING message.*
    )
    SELECT claimed.*, shop.name AS shop, shop.country,
           claimed.purpose NOT IN ('reminder', 'offer') OR EXISTS (
               SELECT FROM app.customer_profiles profile
               WHERE profile.customer_id = claimed.customer_id AND profile.channel <> 'none'
                 AND claimed.purpose = ANY (profile.purposes)
           ) AS is_wanted,
           EXISTS (
               SELECT FROM app.shop_messages heard
               WHERE heard.customer_id = claimed.customer_id AND heard.direction = 'in'
                 AND heard.channel = claimed.channel AND heard.said_at > CAST(:now AS timestamptz) - interval '24 hours'
           ) AS is_window_open
    FROM claimed JOIN app.businesses shop ON shop.id = claimed.business_id
    ORDER BY claimed.not_before, claimed.id
"""
_CLAIMS = (text(_CLAIM.format(urgency=_URGENT)), text(_CLAIM.format(urgency=f"NOT ({_URGENT})")))


def claim(session: Session, now: datetime, lease: timedelta, limit: int) -> list[RowMapping]:
    """Lease messages that may go out, the urgent ones first; what others are claiming is passed by."""
    found: list[RowMapping] = []
    for statement in _CLAIMS:
        if len(found) < limit:
            values = {"now": now, "lease": lease, "limit": limit - len(found)}
            found.extend(session.execute(statement, values).mappings())
    return found


_KEEP = text("""
    UPDATE app.shop_messages message
    SET state = told.state, reason = told.reason, tries = told.tries,
        provider_id = coalesce(told.provider_id, message.provider_id),
        sent_at = CASE told.state WHEN 'sent' THEN :now ELSE message.sent_at END,
        free_at = CASE told.state WHEN 'queued'
            THEN clock_timestamp() + make_interval(secs => told.pause_seconds) END
    FROM json_to_recordset(CAST(:outcomes AS json)) AS told
        (id uuid, lease timestamptz, state text, reason text, provider_id text, pause_seconds double precision,
         tries smallint)
    WHERE message.id = told.id
      AND (message.state = 'queued' AND (told.state = 'sent' OR message.free_at = told.lease)
           OR message.state = 'suppressed' AND told.state = 'sent')
""")


def keep_outcomes(session: Session, outcomes: Sequence[Mapping[str, object]], now: datetime) -> None:
    """Keep how sending went. A failure must be under our lease; what was sent was sent, whatever came meanwhile."""
    session.execute(_KEEP, {"outcomes": json.dumps(outcomes), "now": now})


_EXPIRE = text("""
    WITH over AS (
        SELECT id FROM app.shop_messages
        WHERE state = 'queued' AND not_before <= :now AND expires_at <= :now
          AND (free_at IS NULL OR free_at <= clock_timestamp())
        ORDER BY not_before, id LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE app.shop_messages message SET state = 'expired', free_at = NULL FROM over WHERE message.id = over.id
""")


def expire(session: Session, now: datetime, limit: int) -> None:
    """End messages that could not go out in time; the reason of the last failure stays."""
    session.execute(_EXPIRE, {"now": now, "limit": limit})


_MOVE = text("""
    UPDATE app.shop_messages message
    SET state = told.state, free_at = NULL, sent_at = coalesce(sent_at, told.at),
        reason = CASE WHEN told.state = 'failed' THEN coalesce(told.reason, 'provider-failed') END,
        delivered_at = CASE WHEN told.state IN ('delivered', 'read') THEN coalesce(delivered_at, told.at) END,
        read_at = CASE WHEN told.state = 'read' THEN told.at END
    FROM (SELECT CAST(:state AS text) AS state, CAST(:reason AS text) AS reason,
                 CAST(:at AS timestamptz) AS at) told
    WHERE message.channel = :channel AND message.provider_id = :provider_id AND message.state = ANY (:before)
    RETURNING message.id
""")


def move(
    session: Session,
    channel: str,
    provider_id: str,
    *,
    state: str,
    before: Sequence[str],
    at: datetime,
    reason: str | None,
) -> bool:
    """Move a message on if it stands in one of the states before; whether it did."""
    values = {
        "channel": channel,
        "provider_id": provider_id,
        "state": state,
        "before": list(before),
        "at": at,
        "reason": reason,
    }
    return session.scalar(_MOVE, values) is not None


def conversation(session: Session, subject_id: UUID, limit: int) -> Sequence[RowMapping]:
    """What was said to a customer or one of a shop's people and by them, the newest first; not what was kept back."""
    question = text("""
        SELECT message.*, subject.sealed_key, subject.made_at AS key_made_at
        FROM app.shop_messages message JOIN app.subject_keys subject ON subject.id = message.subject_id
        WHERE message.subject_id = :subject_id AND message.state <> 'suppressed'
        ORDER BY message.said_at DESC, message.id DESC LIMIT :limit
    """)
    return session.execute(question, {"subject_id": subject_id, "limit": limit}).mappings().all()

"""Endpoints of webhooks, what is handed to them, and what follows from an attempt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from commerce.subscriptions import TOLD
from commerce.webhooks import queries, signing
from commerce.webhooks.addresses import check_url
from commerce.webhooks.errors import (
    EventTypeUnknown,
    TooManyWebhookEndpoints,
    WebhookDeliveryNotFound,
    WebhookEndpointIsDisabled,
    WebhookEndpointNotFound,
)
from commerce.webhooks.events import WebhookEndpointDisabled
from commerce.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookProgress
from commerce.webhooks.sending import Attempt, Message
from commerce.webhooks.vocabulary import (
    DELIVERIES_KEPT,
    ENDPOINTS_MAX,
    FAILING_FOR,
    OLD_SECRET_FOR,
    REFUSED_TRIES,
    REPLAYED_AT_ONCE,
    RETRY_AFTER,
    SAME_ROTATION_FOR,
)
from foundation import jobs
from foundation.events import publish
from foundation.feed import server_and_snapshot
from foundation.ids import uuid7, uuid7s

DELIVER_WEBHOOK = "deliver-webhook"
LONGEST_TRANSACTION = timedelta(days=1)
"""Older events than this are not new, whatever a restore did to the numbers of transactions."""


# --- endpoints ------------------------------------------------------------------------------------


def add_endpoint(
    session: Session, *, business_id: UUID, url: str, event_types: Sequence[str] | None, description: str
) -> tuple[WebhookEndpoint, str]:
    """A new endpoint and its secret, which is told this once.

    Raises WebhookUrlInvalid, EventTypeUnknown, TooManyWebhookEndpoints.
    """
    check_url(url)
    if queries.lock_business_endpoints(session, business_id) >= ENDPOINTS_MAX:
        raise TooManyWebhookEndpoints(ENDPOINTS_MAX)
    endpoint_id, secret = uuid7(), signing.new_secret()
    endpoint = WebhookEndpoint(
        id=endpoint_id,
        business_id=business_id,
        url=url,
        description=description,
        event_types=_known(event_types),
        sealed_secret=signing.sealed(secret, endpoint_id),
        created_at=_now(),
    )
    session.add(endpoint)
    session.flush()
    return endpoint, secret


def change_endpoint(
    session: Session, *, business_id: UUID, endpoint_id: UUID, changes: Mapping[str, Any]
) -> None:
    """Change `url`, `event_types`, `description` or `is_enabled`; what is left out stays.

    Raises WebhookEndpointNotFound, WebhookUrlInvalid, EventTypeUnknown.
    """
    endpoint = _locked(session, business_id, endpoint_id)
    if "url" in changes:
        check_url(changes["url"])
        endpoint.url = changes["url"]
    if "event_types" in changes:
        endpoint.event_types = _known(changes["event_types"])
    if "description" in changes:
        endpoint.description = changes["description"]
    if changes.get("is_enabled") is True:
        endpoint.disabled_at = endpoint.disabled_reason = endpoint.failing_since = None
    elif changes.get("is_enabled") is False and endpoint.disabled_at is None:
        endpoint.disabled_at, endpoint.disabled_reason = _now(), "owner"


def delete_endpoint(session: Session, *, business_id: UUID, endpoint_id: UUID) -> None:
    """Forget an endpoint with the log of its deliveries. Raises WebhookEndpointNotFound."""
    session.delete(_locked(session, business_id, endpoint_id))


@dataclass(frozen=True)
class Rotated:
    """A new secret, until when the one before signs beside it, and whether an older one that still signed ended."""

    secret: str = field(repr=False)
    old_secret_until: datetime
    is_older_ended: bool


def rotate_secret(
    session: Session, *, business_id: UUID, endpoint_id: UUID, is_trial: bool = False
) -> Rotated:
    """A new secret, told this once; the one before signs beside it for a day, an older one no longer.

    Asked again within a minute it is the same one: a client that lost the answer would else end the secret that its
    receiver knows. A trial is never told the secret in force. Raises WebhookEndpointNotFound.
    """
    endpoint = _locked(session, business_id, endpoint_id)
    now, until = _now(), endpoint.old_secret_until
    if not is_trial and until is not None and until - OLD_SECRET_FOR > now - SAME_ROTATION_FOR:
        return Rotated(signing.opened(endpoint.sealed_secret, endpoint_id), until, is_older_ended=False)
    secret = signing.new_secret()
    endpoint.sealed_old_secret = endpoint.sealed_secret
    endpoint.old_secret_until = now + OLD_SECRET_FOR
    endpoint.sealed_secret = signing.sealed(secret, endpoint_id)
    return Rotated(secret, endpoint.old_secret_until, is_older_ended=until is not None and until > now)


def _locked(session: Session, business_id: UUID, endpoint_id: UUID) -> WebhookEndpoint:
    endpoint = queries.lock_endpoint(session, business_id, endpoint_id)
    if endpoint is None:
        raise WebhookEndpointNotFound(endpoint_id)
    return endpoint


def _known(event_types: Sequence[str] | None) -> list[str] | None:
    if event_types is None:
        return None
    for one in event_types:
        if one not in TOLD:
            raise EventTypeUnknown(one, TOLD)
    return sorted(set(event_types))


# --- handing out ----------------------------------------------------------------------------------


def hand_out(session: Session) -> int:
    """Set up the delivery of every event that was committed since the last turn; how many were set up.

    The feed is read by snapshot, so none is lost and none comes twice. Placing an order pays nothing for it.
    """
    progress = queries.lock_progress(session)
    server, now = server_and_snapshot(session)
    if progress is None or progress.server != server:
        # The first turn, or a database that was restored elsewhere: what happened before is not news.
        session.merge(WebhookProgress(id=queries.PROGRESS_ID, server=server, snapshot=now, moved_at=_now()))
        return 0
    fresh = queries.fresh_events(
        session,
        since=progress.snapshot,
        until=now,
        types=list(TOLD),
        not_before=progress.moved_at - LONGEST_TRANSACTION,
    )
    progress.snapshot, progress.moved_at = now, _now()
    if not fresh:
        return 0
    added = queries.add_deliveries(session, _new_deliveries([dict(row) for row in fresh]))
    _enqueue(session, added)
    return len(added)


def replay(
    session: Session,
    *,
    business_id: UUID,
    endpoint_id: UUID,
    since: datetime,
    event_types: Sequence[str] | None,
) -> tuple[int, datetime | None]:
    """Deliver again what was recorded at `since` or later: how many, and since when to go on (None: that was all).

    Raises WebhookEndpointNotFound, WebhookEndpointIsDisabled, EventTypeUnknown.
    """
    endpoint = _locked(session, business_id, endpoint_id)
    if endpoint.disabled_at is not None:
        raise WebhookEndpointIsDisabled(endpoint_id)
    types = _known(event_types) or endpoint.event_types or list(TOLD)
    past = queries.past_events(session, business_id, since=since, types=types, limit=REPLAYED_AT_ONCE + 1)
    rows = [
        {
            "business_id": business_id,
            "endpoint_id": endpoint_id,
            "event_id": row["event_id"],
            "event_type": row["event_type"],
        }
        for row in past[:REPLAYED_AT_ONCE]
    ]
    if rows:
        _enqueue(session, queries.set_up_again(session, _new_deliveries(rows)))
    more = past[REPLAYED_AT_ONCE]["recorded_at"] if len(past) > REPLAYED_AT_ONCE else None
    return len(rows), more


def replay_delivery(session: Session, *, business_id: UUID, delivery_id: UUID) -> None:
    """Deliver one event once more. Raises WebhookDeliveryNotFound, WebhookEndpointIsDisabled."""
    known = queries.delivery(session, business_id, delivery_id)
    if known is None:
        raise WebhookDeliveryNotFound(delivery_id)
    endpoint = _locked(session, business_id, known.endpoint_id)
    if endpoint.disabled_at is not None:
        raise WebhookEndpointIsDisabled(endpoint.id)
    row = {name: getattr(known, name) for name in ("business_id", "endpoint_id", "event_id", "event_type")}
    _enqueue(session, queries.set_up_again(session, _new_deliveries([row])))


def _new_deliveries(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    now = _now()
    begun = {"state": "pending", "turn": 1, "tries": 0, "next_attempt_at": now, "created_at": now}
    return [{"id": id_, **row, **begun} for id_, row in zip(uuid7s(len(rows)), rows, strict=True)]


def _enqueue(session: Session, turns: Mapping[UUID, int], delay: timedelta | None = None) -> None:
    waiting = {f"webhook:{id_}:{turn}": (str(id_), turn) for id_, turn in turns.items()}
    jobs.enqueue_all(session, DELIVER_WEBHOOK, waiting, queue="outward", delay=delay)


# --- attempts -------------------------------------------------------------------------------------


def message_of(session: Session, *, delivery_id: UUID, turn: int) -> Message | None:
    """What this turn of a delivery shall send; None when the turn is out of date or the endpoint is off."""
    found = queries.delivery_for_sending(session, delivery_id)
    if found is None:
        return None
    delivery, endpoint, event = found
    if delivery.state != "pending" or delivery.turn != turn or endpoint.disabled_at is not None:
        return None
    kept = [endpoint.sealed_secret]
    if (
        endpoint.sealed_old_secret is not None
        and endpoint.old_secret_until is not None
        and endpoint.old_secret_until > _now()
    ):
        kept.append(endpoint.sealed_old_secret)
    return Message(
        id=f"msg_{event.id}",
        url=endpoint.url,
        secrets=[signing.opened(one, endpoint.id) for one in kept],
        type=event.type,
        occurred_at=event.occurred_at,
        payload=event.payload,
    )


@dataclass(frozen=True)
class Next:
    """What follows an attempt: the state of the delivery, and the pause before the next one."""

    state: str
    pause: timedelta | None = None


def what_follows(outcome: str, tries: int, retry_after_seconds: int | None) -> Next:
    """What an attempt leads to, by the class of its outcome and how many there were."""
    if outcome == "delivered":
        return Next("delivered")
    is_refusal = outcome in ("refused", "address-refused")
    if outcome == "gone" or tries > len(RETRY_AFTER) or (is_refusal and tries >= REFUSED_TRIES):
        return Next("failed")
    asked = timedelta(seconds=retry_after_seconds or 0)
    return Next("pending", max(RETRY_AFTER[tries - 1], min(asked, RETRY_AFTER[-1])))


def record_attempt(session: Session, *, delivery_id: UUID, turn: int, attempt: Attempt) -> str | None:
    """Write an attempt down and do what follows; the state of the delivery, None when it is out of date."""
    found = queries.delivery_for_sending(session, delivery_id)
    endpoint = None if found is None else queries.lock_endpoint(session, found[1].business_id, found[1].id)
    delivery = None if endpoint is None else queries.lock_delivery(session, delivery_id)
    if endpoint is None or delivery is None or delivery.turn != turn or delivery.state != "pending":
        return None
    session.add(
        WebhookAttempt(
            delivery_id=delivery_id,
            turn=turn,
            business_id=endpoint.business_id,
            began_at=datetime.fromisoformat(attempt.began_at),
            duration_ms=attempt.duration_ms,
            outcome=attempt.outcome,
            status_code=attempt.status_code,
            reason=attempt.reason,
            response_excerpt=attempt.response_excerpt,
        )
    )
    delivery.tries += 1
    follows = what_follows(attempt.outcome, delivery.tries, attempt.retry_after_seconds)
    delivery.state, delivery.next_attempt_at = follows.state, None
    if follows.state == "delivered":
        delivery.delivered_at, endpoint.failing_since = _now(), None
    else:
        _note_failure(session, endpoint, attempt.outcome)
    if follows.pause is not None:
        delivery.turn += 1
        delivery.next_attempt_at = _now() + follows.pause
        _enqueue(session, {delivery_id: delivery.turn}, delay=follows.pause)
    return follows.state


def _note_failure(session: Session, endpoint: WebhookEndpoint, outcome: str) -> None:
    now = _now()
    endpoint.failing_since = endpoint.failing_since or now
    reason = (
        "gone" if outcome == "gone" else "failing" if now - endpoint.failing_since >= FAILING_FOR else None
    )
    if reason is None or endpoint.disabled_at is not None:
        return
    endpoint.disabled_at, endpoint.disabled_reason = now, reason
    publish(
        session,
        WebhookEndpointDisabled(endpoint_id=str(endpoint.id), reason=reason),
        business_id=endpoint.business_id,
    )


def give_up_if_disabled(session: Session, *, delivery_id: UUID, turn: int) -> None:
    """A delivery whose endpoint was switched off before its turn has failed; a replay brings it back."""
    delivery: WebhookDelivery | None = queries.lock_delivery(session, delivery_id)
    if delivery is not None and delivery.state == "pending" and delivery.turn == turn:
        delivery.state, delivery.next_attempt_at = "failed", None


def delete_old_deliveries(session: Session, *, now: datetime) -> None:
    """Delete what was set up more than 30 days before `now`."""
    queries.delete_deliveries_before(session, now - DELIVERIES_KEPT)


def _now() -> datetime:
    # Attempts, secrets and their pauses belong to the real clock, like all timing of work.
    return datetime.now(UTC)

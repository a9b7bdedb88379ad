"""Questions and locks of webhooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select, delete, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from commerce.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookProgress
from foundation.feed import UNSEEN
from foundation.ids import first_uuid7_of
from foundation.keyset import Order
from foundation.tables import DomainEventRow

PROGRESS_ID = 1


def endpoint(session: Session, business_id: UUID, endpoint_id: UUID) -> WebhookEndpoint | None:
    """The business's endpoint."""
    return session.scalars(_endpoint(business_id, endpoint_id)).one_or_none()


def lock_endpoint(session: Session, business_id: UUID, endpoint_id: UUID) -> WebhookEndpoint | None:
    """The business's endpoint, locked."""
    locking = _endpoint(business_id, endpoint_id).with_for_update(key_share=True)
    return session.scalars(locking.execution_options(populate_existing=True)).one_or_none()


def _endpoint(business_id: UUID, endpoint_id: UUID) -> Select[WebhookEndpoint]:
    return select(WebhookEndpoint).where(
        WebhookEndpoint.business_id == business_id, WebhookEndpoint.id == endpoint_id
    )


def lock_business_endpoints(session: Session, business_id: UUID) -> int:
    """How many endpoints the business has; who also wants to add one waits until this transaction ends."""
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('webhook-endpoints:' || :id, 0))"),
        {"id": str(business_id)},
    )
    counted = select(func.count()).where(WebhookEndpoint.business_id == business_id)
    return session.execute(counted).scalar_one()


_ADDED = (("webhook_endpoints.id", "uuid"),)
ENDPOINTS_BY = {"oldest": Order(_ADDED), "newest": Order(_ADDED, is_descending=True)}


def endpoints(
    session: Session,
    business_id: UUID,
    *,
    is_enabled: bool | None = None,
    by: Order = ENDPOINTS_BY["oldest"],
    after: Sequence[Any] | None,
    limit: int,
) -> Sequence[WebhookEndpoint]:
    """The business's endpoints, oldest first."""
    question = select(WebhookEndpoint).where(WebhookEndpoint.business_id == business_id)
    if is_enabled is not None:
        question = question.where(WebhookEndpoint.disabled_at.is_(None) == is_enabled)
    return session.scalars(by.paged(question, after, limit)).all()


_MADE = (("webhook_deliveries.created_at", "timestamptz"), ("webhook_deliveries.id", "uuid"))
DELIVERIES_BY = {"newest": Order(_MADE, is_descending=True), "oldest": Order(_MADE)}


def deliveries(
    session: Session,
    business_id: UUID,
    endpoint_id: UUID,
    *,
    state: str | None,
    event_type: str | None,
    by: Order = DELIVERIES_BY["newest"],
    after: Sequence[Any] | None,
    limit: int,
) -> Sequence[WebhookDelivery]:
    """What went to an endpoint, newest first."""
    question = select(WebhookDelivery).where(
        WebhookDelivery.business_id == business_id, WebhookDelivery.endpoint_id == endpoint_id
    )
    if state is not None:
        question = question.where(WebhookDelivery.state == state)
    if event_type is not None:
        question = question.where(WebhookDelivery.event_type == event_type)
    return session.scalars(by.paged(question, after, limit)).all()


def delivery(session: Session, business_id: UUID, delivery_id: UUID) -> WebhookDelivery | None:
    """One delivery of the business."""
    return session.scalars(
        select(WebhookDelivery).where(
            WebhookDelivery.business_id == business_id, WebhookDelivery.id == delivery_id
        )
    ).one_or_none()


def attempts(session: Session, delivery_id: UUID) -> Sequence[WebhookAttempt]:
    """The attempts of a delivery, first to last."""
    return session.scalars(
        select(WebhookAttempt).where(WebhookAttempt.delivery_id == delivery_id).order_by(WebhookAttempt.turn)
    ).all()


def delivery_for_sending(
    session: Session, delivery_id: UUID
) -> tuple[WebhookDelivery, WebhookEndpoint, DomainEventRow] | None:
    """A delivery with its endpoint and event; None when the endpoint was deleted meanwhile."""
    row = session.execute(
        select(WebhookDelivery, WebhookEndpoint, DomainEventRow)
        .join(WebhookEndpoint, WebhookEndpoint.id == WebhookDelivery.endpoint_id)
        .join(DomainEventRow, DomainEventRow.id == WebhookDelivery.event_id)
        .where(WebhookDelivery.id == delivery_id)
    ).one_or_none()
    return None if row is None else (row[0], row[1], row[2])


def lock_delivery(session: Session, delivery_id: UUID) -> WebhookDelivery | None:
    """The delivery, locked. Its endpoint is locked before it."""
    return session.scalars(
        select(WebhookDelivery)
        .where(WebhookDelivery.id == delivery_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()


def lock_progress(session: Session) -> WebhookProgress | None:
    """How far events were handed out, locked; who comes second waits."""
    return session.scalars(select(WebhookProgress).with_for_update(key_share=True)).one_or_none()


_FRESH = text(f"""
    WITH fresh AS (
        SELECT id, type, business_id, counterparty_id FROM app.domain_events
        WHERE {UNSEEN} AND pg_visible_in_snapshot(changed_in, CAST(:until AS pg_snapshot))
          AND type = ANY(:types) AND recorded_at > :not_before
    )
    SELECT endpoint.business_id, endpoint.id AS endpoint_id, fresh.id AS event_id, fresh.type AS event_type
    FROM fresh
    JOIN app.webhook_endpoints AS endpoint
      ON endpoint.business_id IN (fresh.business_id, fresh.counterparty_id)
    WHERE endpoint.disabled_at IS NULL
      AND (endpoint.event_types IS NULL OR fresh.type = ANY(endpoint.event_types))
    ORDER BY fresh.id
""")  # noqa: S608 - a constant


def fresh_events(
    session: Session, *, since: str, until: str, types: Sequence[str], not_before: datetime
) -> Sequence[RowMapping]:
    """What was committed between two snapshots, once for each endpoint that wants it."""
    values = {"since": since, "until": until, "types": list(types), "not_before": not_before}
    return session.execute(_FRESH, values).mappings().all()


_PAST = text("""
    SELECT id AS event_id, type AS event_type, recorded_at
    FROM (
        (SELECT id, type, recorded_at FROM app.domain_events
         WHERE business_id = :business_id AND id >= :first_id AND recorded_at >= :since AND type = ANY(:types)
         ORDER BY recorded_at, id LIMIT :limit)
        UNION ALL
        (SELECT id, type, recorded_at FROM app.domain_events
         WHERE counterparty_id = :business_id AND id >= :first_id AND recorded_at >= :since AND type = ANY(:types)
         ORDER BY recorded_at, id LIMIT :limit)
    ) AS told
    ORDER BY recorded_at, event_id LIMIT :limit
""")


def past_events(
    session: Session, business_id: UUID, *, since: datetime, types: Sequence[str], limit: int
) -> Sequence[RowMapping]:
    """What a business may be told of and was recorded at `since` or later, oldest first."""
    # An id holds the moment of its making, which the index knows; a minute is left for clocks that differ.
    first_id = first_uuid7_of(since - timedelta(minutes=1))
    values = {
        "business_id": business_id,
        "since": since,
        "first_id": first_id,
        "types": list(types),
        "limit": limit,
    }
    return session.execute(_PAST, values).mappings().all()


def add_deliveries(session: Session, rows: Sequence[Mapping[str, Any]]) -> dict[UUID, int]:
    """Write deliveries that are not there yet; the turn of each that was written."""
    adding = (
        insert(WebhookDelivery).on_conflict_do_nothing().returning(WebhookDelivery.id, WebhookDelivery.turn)
    )
    return {row.id: row.turn for row in session.execute(adding, list(rows))}


def set_up_again(session: Session, rows: Sequence[Mapping[str, Any]]) -> dict[UUID, int]:
    """Write deliveries, or set those that are there to begin anew; the turn of each."""
    adding = insert(WebhookDelivery)
    again = adding.on_conflict_do_update(
        index_elements=["endpoint_id", "event_id"],
        set_={
            "state": "pending",
            "turn": WebhookDelivery.turn + 1,
            "tries": 0,
            "next_attempt_at": adding.excluded.next_attempt_at,
            "delivered_at": None,
        },
    ).returning(WebhookDelivery.id, WebhookDelivery.turn)
    return {row.id: row.turn for row in session.execute(again, list(rows))}


def delete_deliveries_before(session: Session, moment: datetime) -> None:
    """Delete deliveries that were made before the moment, with their attempts."""
    session.execute(delete(WebhookDelivery).where(WebhookDelivery.created_at < moment))

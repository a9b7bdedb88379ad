"""Webhooks: where a business is told of what happens, by Standard Webhooks, and the log of it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy.orm import Session

from commerce.webhooks import queries, service
from commerce.webhooks.errors import (
    EventTypeUnknown,
    TooManyWebhookEndpoints,
    WebhookDeliveryNotFound,
    WebhookEndpointIsDisabled,
    WebhookEndpointNotFound,
    WebhookUrlInvalid,
)
from commerce.webhooks.models import WebhookEndpoint
from serving.dependencies import Read, Reader, Writer
from serving.pagination import CursorInvalid, PageAsked
from serving.paths import V1
from serving.problems import describe, merged
from serving.security import GUARDED, Caller, may
from serving.shapes import Page
from serving.webhooks.schemas import (
    AttemptOut,
    DeliveryOut,
    EndpointChangesIn,
    EndpointCreatedOut,
    EndpointIn,
    EndpointOut,
    ReplayedOut,
    ReplayIn,
    SecretOut,
    WholeDeliveryOut,
)

router = APIRouter(prefix=f"{V1}/webhooks", tags=["webhooks"])

MayManage = Annotated[Caller, may("webhooks:manage")]

OF_ENDPOINTS = merged(GUARDED, describe(WebhookEndpointNotFound))


@router.post(
    "/endpoints",
    status_code=HTTPStatus.CREATED,
    responses=merged(GUARDED, describe(WebhookUrlInvalid, EventTypeUnknown, TooManyWebhookEndpoints)),
)
def add_endpoint(
    wanted: EndpointIn, caller: MayManage, write: Writer, response: Response
) -> EndpointCreatedOut:
    """Be told at an address of one's own. The answer holds the secret, which is not shown again."""
    endpoint, secret = write(
        lambda session: service.add_endpoint(
            session, business_id=caller.own_business_id, **wanted.model_dump()
        )
    )
    response.headers["Location"] = f"{V1}/webhooks/endpoints/{endpoint.id}"
    return EndpointCreatedOut(**dict(_shown(endpoint)), secret=secret)


@router.get("/endpoints", responses=merged(GUARDED, describe(CursorInvalid)))
def list_endpoints(
    caller: MayManage,
    read: Reader,
    asked: PageAsked,
    is_enabled: Annotated[bool | None, Query(description="Only those that are on, or off.")] = None,
    sort: Annotated[
        Literal["oldest", "newest"],
        Query(description="`oldest`: what was added first; `newest`: what was added last first."),
    ] = "oldest",
) -> Page[EndpointOut]:
    """One's endpoints, by `sort`."""
    order = queries.ENDPOINTS_BY[sort]
    rows = read(
        lambda session: queries.endpoints(
            session,
            caller.own_business_id,
            is_enabled=is_enabled,
            by=order,
            after=asked.after,
            limit=asked.fetch,
        )
    )
    return asked.page(rows, _shown, key=order.key_of)


@router.get("/endpoints/{endpoint_id}", responses=OF_ENDPOINTS)
def read_endpoint(endpoint_id: UUID, caller: MayManage, read: Reader) -> EndpointOut:
    """One endpoint; whether it is switched off, and why."""
    return _endpoint(read, endpoint_id, caller)


@router.patch(
    "/endpoints/{endpoint_id}",
    responses=merged(OF_ENDPOINTS, describe(WebhookUrlInvalid, EventTypeUnknown)),
)
def change_endpoint(
    endpoint_id: UUID, changes: EndpointChangesIn, caller: MayManage, write: Writer, read: Reader
) -> EndpointOut:
    """Change an endpoint, or switch it off or on."""
    write(
        lambda session: service.change_endpoint(
            session,
            business_id=caller.own_business_id,
            endpoint_id=endpoint_id,
            changes=changes.model_dump(exclude_unset=True),
        )
    )
    return _endpoint(read, endpoint_id, caller)


@router.delete("/endpoints/{endpoint_id}", status_code=HTTPStatus.NO_CONTENT, responses=OF_ENDPOINTS)
def delete_endpoint(endpoint_id: UUID, caller: MayManage, write: Writer) -> None:
    """Be told there no longer; the log of its deliveries goes too."""
    write(
        lambda session: service.delete_endpoint(
            session, business_id=caller.own_business_id, endpoint_id=endpoint_id
        )
    )


@router.post("/endpoints/{endpoint_id}/rotate-secret", responses=OF_ENDPOINTS)
def rotate_secret(endpoint_id: UUID, caller: MayManage, write: Writer) -> SecretOut:
    """A new secret; the one before signs beside it for a day, one before that no longer.

    Asked again within a minute it is the same one, so that a lost answer may be asked for again.
    """
    rotated = write(
        lambda session: service.rotate_secret(
            session, business_id=caller.own_business_id, endpoint_id=endpoint_id, is_trial=caller.is_trial
        )
    )
    return SecretOut.model_validate(rotated)


@router.post(
    "/endpoints/{endpoint_id}/replay",
    responses=merged(OF_ENDPOINTS, describe(EventTypeUnknown, WebhookEndpointIsDisabled)),
)
def replay_since(endpoint_id: UUID, wanted: ReplayIn, caller: MayManage, write: Writer) -> ReplayedOut:
    """Send again what happened since a moment, a thousand at once."""
    deliveries, next_since = write(
        lambda session: service.replay(
            session,
            business_id=caller.own_business_id,
            endpoint_id=endpoint_id,
            since=wanted.since,
            event_types=wanted.event_types,
        )
    )
    return ReplayedOut(deliveries=deliveries, next_since=next_since)


@router.get("/endpoints/{endpoint_id}/deliveries", responses=merged(OF_ENDPOINTS, describe(CursorInvalid)))
def list_deliveries(
    endpoint_id: UUID,
    caller: MayManage,
    read: Reader,
    asked: PageAsked,
    state: Annotated[
        Literal["pending", "delivered", "failed"] | None, Query(description="Only in this state.")
    ] = None,
    event_type: Annotated[
        str | None, Query(pattern=r"^[a-z-]{1,40}$", description="Only of this event type.")
    ] = None,
    sort: Annotated[
        Literal["newest", "oldest"],
        Query(description="`newest`: what was made last first; `oldest`: what was made first."),
    ] = "newest",
) -> Page[DeliveryOut]:
    """What went to an endpoint in the last 30 days, by `sort`."""
    order = queries.DELIVERIES_BY[sort]

    def ask(session: Session) -> list[DeliveryOut]:
        if queries.endpoint(session, caller.own_business_id, endpoint_id) is None:
            raise WebhookEndpointNotFound(endpoint_id)
        rows = queries.deliveries(
            session,
            caller.own_business_id,
            endpoint_id,
            state=state,
            event_type=event_type,
            by=order,
            after=asked.after,
            limit=asked.fetch,
        )
        return [DeliveryOut.model_validate(row) for row in rows]

    return asked.page(read(ask), lambda row: row, key=order.key_of)


@router.get("/deliveries/{delivery_id}", responses=merged(GUARDED, describe(WebhookDeliveryNotFound)))
def read_delivery(delivery_id: UUID, caller: MayManage, read: Reader) -> WholeDeliveryOut:
    """One delivery with all its attempts."""
    return _delivery(read, delivery_id, caller)


@router.post(
    "/deliveries/{delivery_id}/replay",
    responses=merged(GUARDED, describe(WebhookDeliveryNotFound, WebhookEndpointIsDisabled)),
)
def replay_delivery(delivery_id: UUID, caller: MayManage, write: Writer, read: Reader) -> WholeDeliveryOut:
    """Send one event once more."""
    write(
        lambda session: service.replay_delivery(
            session, business_id=caller.own_business_id, delivery_id=delivery_id
        )
    )
    return _delivery(read, delivery_id, caller)


def _endpoint(read: Read, endpoint_id: UUID, caller: Caller) -> EndpointOut:
    endpoint = read(lambda session: queries.endpoint(session, caller.own_business_id, endpoint_id))
    if endpoint is None:
        raise WebhookEndpointNotFound(endpoint_id)
    return _shown(endpoint)


def _shown(endpoint: WebhookEndpoint) -> EndpointOut:
    names = EndpointOut.model_fields.keys() - {"is_enabled"}
    facts = {name: getattr(endpoint, name) for name in names}
    return EndpointOut(**facts, is_enabled=endpoint.disabled_at is None)


def _delivery(read: Read, delivery_id: UUID, caller: Caller) -> WholeDeliveryOut:
    def ask(session: Session) -> WholeDeliveryOut:
        delivery = queries.delivery(session, caller.own_business_id, delivery_id)
        if delivery is None:
            raise WebhookDeliveryNotFound(delivery_id)
        attempts = [AttemptOut.model_validate(one) for one in queries.attempts(session, delivery_id)]
        return WholeDeliveryOut(**dict(DeliveryOut.model_validate(delivery)), attempts=attempts)

    return read(ask)

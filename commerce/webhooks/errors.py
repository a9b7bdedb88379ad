"""What can be wrong with webhooks."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from foundation.errors import Conflict, Invalid, NotFound


class WebhookEndpointNotFound(NotFound):
    """No such endpoint of this business."""

    code = "webhook-endpoint-not-found"

    def __init__(self, endpoint_id: UUID) -> None:
        super().__init__(
            f"there is no webhook endpoint {endpoint_id}; `GET /api/v1/webhooks/endpoints` lists yours",
            endpoint_id=str(endpoint_id),
        )


class WebhookDeliveryNotFound(NotFound):
    """No such delivery to an endpoint of this business, or it is older than deliveries are kept."""

    code = "webhook-delivery-not-found"

    def __init__(self, delivery_id: UUID) -> None:
        super().__init__(
            f"there is no webhook delivery {delivery_id}; they are kept for 30 days",
            delivery_id=str(delivery_id),
        )


class WebhookUrlInvalid(Invalid):
    """Webhooks do not go to this address."""

    code = "webhook-url-invalid"

    def __init__(self, url: str, way_out: str) -> None:
        super().__init__(f"webhooks cannot go to {url[:200]!r}; {way_out}", url=url[:200])


class EventTypeUnknown(Invalid):
    """There are no events of this type to be told of."""

    code = "event-type-unknown"

    def __init__(self, event_type: str, known: Iterable[str]) -> None:
        super().__init__(
            f"there is no event type {event_type!r}; give some of {', '.join(known)}",
            event_type=event_type,
            known=list(known),
        )


class TooManyWebhookEndpoints(Conflict):
    """The business has as many endpoints as it may have."""

    code = "too-many-webhook-endpoints"

    def __init__(self, most: int) -> None:
        super().__init__(
            f"a business has at most {most} webhook endpoints; delete one that it no longer needs", most=most
        )


class WebhookEndpointIsDisabled(Conflict):
    """Nothing is sent to an endpoint that is switched off."""

    code = "webhook-endpoint-is-disabled"

    def __init__(self, endpoint_id: UUID) -> None:
        super().__init__(
            f"webhook endpoint {endpoint_id} is switched off; switch it on by PATCH with is_enabled true",
            endpoint_id=str(endpoint_id),
        )

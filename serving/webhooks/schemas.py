"""Webhooks as clients send and get them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from serving.shapes import Payload, View

Url = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Description = Annotated[str, StringConstraints(max_length=200)]
EventTypes = Annotated[
    list[Annotated[str, StringConstraints(min_length=1, max_length=40)]], Field(min_length=1, max_length=50)
]
AN_URL = "https://shop.example/webhooks"
A_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class EndpointIn(Payload):
    """Where to send, and what."""

    url: Url = Field(examples=[AN_URL])
    event_types: EventTypes | None = Field(
        None, description="None: all, those that come later too.", examples=[["order-placed"]]
    )
    description: Description = Field("", examples=["our warehouse"])


class EndpointChangesIn(Payload):
    """What shall be changed of an endpoint; what is left out stays."""

    url: Url = Field("", examples=[AN_URL])
    event_types: EventTypes | None = Field(None, examples=[["order-placed"]])
    description: Description = Field("", examples=["our warehouse"])
    is_enabled: bool = Field(True, description="True also switches on again what failing switched off.")


class EndpointOut(View):
    """An endpoint; its secret was told when it was made."""

    id: UUID
    url: str = Field(examples=[AN_URL])
    event_types: list[str] | None = Field(examples=[["order-placed"]])
    description: str = Field(examples=["our warehouse"])
    is_enabled: bool
    disabled_at: datetime | None
    disabled_reason: Literal["owner", "failing", "gone"] | None = Field(
        description="`failing`: took nothing for five days; `gone`: answered 410."
    )
    failing_since: datetime | None
    old_secret_until: datetime | None = Field(description="Until then the secret before signs too.")
    created_at: datetime


class EndpointCreatedOut(EndpointOut):
    """The new endpoint with its secret, which is not shown again."""

    secret: str = Field(examples=[A_SECRET])


class SecretOut(View):
    """The new secret, which is not shown again, and what becomes of the others."""

    secret: str = Field(examples=[A_SECRET])
    old_secret_until: datetime = Field(
        description="Until then the secret before signs beside it, unless you rotate again."
    )
    is_older_ended: bool = Field(
        examples=[False],
        description="A rotation of less than 24 hours ago was still under way: the secret before that one ended now.",
    )


class ReplayIn(Payload):
    """From when on to send again."""

    since: AwareDatetime = Field(examples=["2026-11-20T10:15:00Z"])
    event_types: EventTypes | None = Field(None, examples=[["order-placed"]])


class ReplayedOut(View):
    """How much is sent again."""

    deliveries: int = Field(examples=[12])
    next_since: datetime | None = Field(description="Not null: there is more; ask again with it.")


class DeliveryOut(View):
    """One event on its way to one endpoint."""

    id: UUID
    endpoint_id: UUID
    event_id: UUID
    event_type: str = Field(examples=["order-placed"])
    state: Literal["pending", "delivered", "failed"]
    tries: int = Field(description="Since it was first sent or last replayed.", examples=[1])
    next_attempt_at: datetime | None
    delivered_at: datetime | None
    created_at: datetime


class AttemptOut(View):
    """One try, and what came back."""

    began_at: datetime
    duration_ms: int = Field(examples=[84])
    outcome: Literal["delivered", "no-answer", "unwell", "refused", "gone", "address-refused"]
    status_code: int | None = Field(examples=[200])
    reason: str | None
    response_excerpt: str = Field(examples=["ok"])


class WholeDeliveryOut(DeliveryOut):
    """A delivery with all its attempts."""

    attempts: list[AttemptOut]

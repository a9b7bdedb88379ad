"""What happened to webhooks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from foundation.events import DomainEvent


@dataclass(frozen=True)
class WebhookEndpointDisabled(DomainEvent):
    """An endpoint gets nothing more: `reason` is `failing` or `gone`."""

    type: ClassVar[str] = "webhook-endpoint-disabled"

    endpoint_id: str
    reason: str

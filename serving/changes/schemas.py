"""The feed of changes as clients get it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from serving.shapes import View


class ChangeOut(View):
    """Something that happened."""

    id: UUID = Field(description="Also `webhook-id`, after `msg_`.")
    type: str = Field(examples=["order-placed"])
    version: int = Field(examples=[1])
    occurred_at: datetime
    data: dict[str, Any] = Field(
        description="Ids and amounts; docs/webhooks.md has the fields of each type.",
        examples=[
            {"order_id": "01a1fa6f-115e-716d-ae0c-8e7fc6490264", "total": "1234.50", "currency": "NPR"}
        ],
    )


class ChangesOut(View):
    """What came after the cursor, and the cursor for the next request."""

    items: list[ChangeOut]
    next_after: str = Field(description="Keep it and send it as `after`, at once while `has_more`.")
    has_more: bool

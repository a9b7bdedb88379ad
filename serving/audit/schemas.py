"""Views of the audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from serving.shapes import View


class AuditEntryOut(View):
    """One act; people are named by id."""

    id: UUID
    recorded_at: datetime
    action: str = Field(examples=["api-key-made"])
    actor_id: UUID | None
    subject_id: UUID | None = Field(description="Whom or what it was done to.")
    business_id: UUID | None
    facts: dict[str, Any] = Field(examples=[{"mode": "live", "scopes": ["orders:read"]}])
    correlation_id: str | None = Field(examples=["01a1fa6f-115e-716d-ae0c-8e7fc6490264"])

"""The audit log: one entry per act on access or by an administrator, in the transaction of the act itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from commerce.audit.models import PLATFORM, AuditEntry
from foundation.ids import uuid7
from foundation.logs import correlation_id
from foundation.seals import Chain

AUDIT = Chain(
    name="audit",
    entries="audit_entries",
    key="entry_id",
    noun="audit entry",
    version=1,
    lock_class=730_512,
    content=f"""
        SELECT coalesce(entry.business_id, '{PLATFORM}') AS business_id, entry.id AS entry_id,
            sha256(convert_to(concat_ws('|', 'v1', entry.id, coalesce(CAST(entry.business_id AS text), '-'),
                coalesce(CAST(entry.actor_id AS text), '-'), coalesce(CAST(entry.api_key_id AS text), '-'),
                entry.action, coalesce(CAST(entry.subject_id AS text), '-'), CAST(entry.facts AS text),
                coalesce(entry.correlation_id, '-'),
                to_char(entry.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US')), 'UTF8')
            ) AS content_hash
        FROM app.audit_entries entry
    """,  # noqa: S608 - a constant of this package
)
"""Its seals: a chain per business, and one for what belongs to none."""


def record(
    session: Session,
    action: str,
    *,
    business_id: UUID | None,
    actor_id: UUID | None,
    subject_id: UUID | None = None,
    api_key_id: UUID | None = None,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Write down that `actor_id` did `action` to `subject_id`. Facts are plain JSON without people or secrets."""
    session.add(
        AuditEntry(
            id=uuid7(),
            business_id=business_id,
            actor_id=actor_id,
            api_key_id=api_key_id,
            action=action,
            subject_id=subject_id,
            facts=dict(facts or {}),
            correlation_id=correlation_id.get(),
            # The real clock: an audit log tells when somebody was at the door, not what day the books have.
            recorded_at=datetime.now(UTC),
        )
    )

"""Questions about the audit log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from commerce.audit.models import AuditEntry
from foundation.keyset import Order

_RECORDED = (("audit_entries.recorded_at", "timestamptz"), ("audit_entries.id", "uuid"))
ENTRIES_BY = {"newest": Order(_RECORDED, is_descending=True), "oldest": Order(_RECORDED)}


@dataclass(frozen=True)
class AuditFilter:
    """What is asked for; None is everything."""

    business_id: UUID | None = None
    action: str | None = None
    actor_id: UUID | None = None
    subject_id: UUID | None = None
    since: datetime | None = None
    """From this moment on."""
    until: datetime | None = None
    """Before this moment."""


def entries(
    session: Session,
    chosen: AuditFilter,
    *,
    by: Order = ENTRIES_BY["newest"],
    after: Sequence[Any] | None = None,
    limit: int = 50,
) -> Sequence[AuditEntry]:
    """Entries, newest first, `limit` of them after the one with the key given."""
    question = select(AuditEntry)
    for name in ("business_id", "action", "actor_id", "subject_id"):
        if (value := getattr(chosen, name)) is not None:
            question = question.where(getattr(AuditEntry, name) == value)
    if chosen.since is not None:
        question = question.where(AuditEntry.recorded_at >= chosen.since)
    if chosen.until is not None:
        question = question.where(AuditEntry.recorded_at < chosen.until)
    return session.scalars(by.paged(question, after, limit)).all()

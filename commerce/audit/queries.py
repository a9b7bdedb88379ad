"""Questions about the audit log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from commerce.audit.models import AuditEntry


@dataclass(frozen=True)
class AuditFilter:
    """What is asked for; None is everything."""

    business_id: UUID | None = None
    action: str | None = None
    actor_id: UUID | None = None
    subject_id: UUID | None = None


def entries(
    session: Session, chosen: AuditFilter, *, before: tuple[datetime, UUID] | None = None, limit: int = 50
) -> Sequence[AuditEntry]:
    """Entries, newest first, `limit` of them before the (moment, id) given."""
    question = select(AuditEntry).order_by(AuditEntry.recorded_at.desc(), AuditEntry.id.desc()).limit(limit)
    for name, value in vars(chosen).items():
        if value is not None:
            question = question.where(getattr(AuditEntry, name) == value)
    if before is not None:
        question = question.where(tuple_(AuditEntry.recorded_at, AuditEntry.id) < before)
    return session.scalars(question).all()

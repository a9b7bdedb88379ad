"""Who did what to whose access."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from commerce.audit import queries
from commerce.audit.queries import AuditFilter
from serving.audit.schemas import AuditEntryOut
from serving.dependencies import Reader
from serving.pagination import CursorInvalid, PageAsked
from serving.paths import V1
from serving.problems import describe, merged
from serving.security import GUARDED, Caller, may
from serving.shapes import Page

router = APIRouter(prefix=f"{V1}/audit", tags=["audit"])


@router.get("", responses=merged(GUARDED, describe(CursorInvalid)))
def list_audit_entries(
    caller: Annotated[Caller, may("audit:read")],
    read: Reader,
    asked: PageAsked,
    action: Annotated[
        str | None, Query(pattern="^[a-z-]{1,40}$", description="Only acts of this kind.")
    ] = None,
    actor_id: Annotated[UUID | None, Query(description="Only acts of this user.")] = None,
    subject_id: Annotated[UUID | None, Query(description="Only what was done to this.")] = None,
) -> Page[AuditEntryOut]:
    """The audit log, newest first: an owner's business, or for an admin everything."""
    chosen = AuditFilter(caller.business_id, action, actor_id, subject_id)
    rows = read(lambda session: queries.entries(session, chosen, before=asked.after, limit=asked.fetch))
    return asked.page(rows, AuditEntryOut.model_validate, key=lambda row: (row.recorded_at, row.id))

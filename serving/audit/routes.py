"""Who did what to whose access."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

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
    business_id: Annotated[
        UUID | None, Query(description="Only of this business; an owner sees its own alone.")
    ] = None,
    since: Annotated[AwareDatetime | None, Query(description="From this moment on.")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Before this moment.")] = None,
    sort: Annotated[
        Literal["newest", "oldest"],
        Query(description="`newest`: the last act first; `oldest`: the first act first."),
    ] = "newest",
) -> Page[AuditEntryOut]:
    """The audit log by `sort`: an owner's business, or for an admin everything."""
    order = queries.ENTRIES_BY[sort]
    is_anothers = caller.business_id is not None and business_id not in (None, caller.business_id)
    chosen = AuditFilter(caller.business_id or business_id, action, actor_id, subject_id, since, until)
    rows = (
        []
        if is_anothers
        else read(
            lambda session: queries.entries(session, chosen, by=order, after=asked.after, limit=asked.fetch)
        )
    )
    return asked.page(rows, AuditEntryOut.model_validate, key=order.key_of)

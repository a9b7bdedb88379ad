"""Reports of bills to Nepal's tax office: the credentials, what was reported, and another try."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session

from commerce.cbms import queries, service
from commerce.cbms.errors import CbmsReported, CbmsReportNotFound, CbmsSettingInvalid
from serving.cbms.schemas import CbmsReportOut, CbmsSettingsIn, CbmsSettingsOut, State
from serving.dependencies import Read, Reader, Writer
from serving.pagination import CursorInvalid, PageAsked
from serving.paths import V1
from serving.problems import describe, merged
from serving.security import GUARDED, Caller, may
from serving.shapes import Page

router = APIRouter(prefix=f"{V1}/tax", tags=["tax"])

Seer = Annotated[Caller, may("tax:read")]
Manager = Annotated[Caller, may("tax:manage")]


@router.get("/cbms-settings", responses=GUARDED)
def read_cbms_settings(caller: Seer, read: Reader) -> CbmsSettingsOut:
    """How the business reports its bills; the password is never shown."""
    return _settings(read, caller)


@router.put("/cbms-settings", responses=merged(GUARDED, describe(CbmsSettingInvalid)))
def change_cbms_settings(
    wanted: CbmsSettingsIn, caller: Manager, write: Writer, read: Reader
) -> CbmsSettingsOut:
    """Report with these credentials from now on, or no longer."""
    write(
        lambda session: service.change_settings(
            session,
            business_id=caller.own_business_id,
            username=wanted.username,
            password=None if wanted.password is None else wanted.password.get_secret_value(),
            turnover_rupees=wanted.turnover_rupees,
            is_active=wanted.is_active,
            actor_id=caller.user_id,
        )
    )
    return _settings(read, caller)


@router.get("/cbms", responses=merged(GUARDED, describe(CursorInvalid)))
def list_cbms_reports(
    caller: Seer,
    read: Reader,
    asked: PageAsked,
    sort: Annotated[
        Literal["newest", "oldest"], Query(description="`newest`: queued last; `oldest`: first.")
    ] = "newest",
    state: Annotated[State | None, Query(description="Only in this state.")] = None,
) -> Page[CbmsReportOut]:
    """What was reported, and what waits."""
    order = queries.REPORTS_BY[sort]
    rows = read(
        lambda session: queries.reports(
            session, caller.own_business_id, state=state, by=order, after=asked.after, limit=asked.fetch
        )
    )
    return asked.page(rows, lambda row: CbmsReportOut(**row), key=order.key)


@router.post(
    "/cbms/{invoice_id}/resend", responses=merged(GUARDED, describe(CbmsReportNotFound, CbmsReported))
)
def resend_to_cbms(invoice_id: UUID, caller: Manager, write: Writer, read: Reader) -> CbmsReportOut:
    """Try a document again now; one that the office has is never sent again."""
    write(lambda session: service.resend(session, business_id=caller.own_business_id, invoice_id=invoice_id))

    def ask(session: Session) -> CbmsReportOut:
        row = queries.report(session, caller.own_business_id, invoice_id)
        if row is None:
            raise CbmsReportNotFound(invoice_id)
        return CbmsReportOut(**row)

    return read(ask)


def _settings(read: Read, caller: Caller) -> CbmsSettingsOut:
    held = read(lambda session: queries.settings_of(session, caller.own_business_id))
    if held is None:
        return CbmsSettingsOut(
            username=None, has_password=False, turnover_rupees=None, is_active=False, changed_at=None
        )
    return CbmsSettingsOut(
        **{name: held[name] for name in ("username", "turnover_rupees", "is_active", "changed_at")},
        has_password=True,
    )

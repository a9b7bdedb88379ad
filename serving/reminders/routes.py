"""Reminders: written, moved, called off, sent again; and which of them a shop sends by itself."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from sqlalchemy.orm import Session

from commerce.catalogue.errors import ProductNotFound
from commerce.customers.errors import CustomerErased, CustomerNotFound
from commerce.reminders import queries, service
from commerce.reminders.errors import (
    ReminderInvalid,
    ReminderMoveNotAllowed,
    ReminderNotFound,
    ReminderSettingInvalid,
)
from commerce.reminders.queries import ReminderFilter
from commerce.reminders.service import Settings, Wanted
from foundation.errors import VersionMismatch
from serving.dependencies import KEYED, VERSION, IdempotencyKey, IfMatch, Read, Reader, Writer
from serving.pagination import CursorInvalid, PageAsked
from serving.paths import V1
from serving.problems import CONDITIONAL, describe, merged
from serving.reminders.schemas import (
    Kind,
    ReminderChangeIn,
    ReminderIn,
    ReminderOut,
    ReminderSettingsIn,
    ReminderSettingsOut,
    State,
    WallMoment,
)
from serving.security import GUARDED, Caller, may
from serving.shapes import Page

router = APIRouter(prefix=f"{V1}/reminders", tags=["reminders"])

Seer = Annotated[Caller, may("reminders:read")]
Teller = Annotated[Caller, may("reminders:write")]


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses=merged(
        GUARDED, KEYED, describe(ReminderInvalid, CustomerNotFound, CustomerErased, ProductNotFound)
    ),
)
def add_reminder(
    wanted: ReminderIn, caller: Teller, request: IdempotencyKey, write: Writer, read: Reader
) -> ReminderOut:
    """Write down what is to be said later, to a customer or to the shop's own owners."""
    reminder_id = write(
        lambda session: service.add_reminder(
            session,
            business_id=caller.own_business_id,
            wanted=Wanted(**wanted.model_dump()),
            actor_id=caller.user_id,
            request=request,
        )
    )
    return _reminder(read, caller, reminder_id)


@router.get("", responses=merged(GUARDED, describe(CursorInvalid, ReminderInvalid)))
def list_reminders(
    caller: Seer,
    read: Reader,
    asked: PageAsked,
    sort: Annotated[
        Literal["due", "latest"],
        Query(description="`due`: what is to be said first comes first; `latest`: last."),
    ] = "due",
    customer_id: Annotated[UUID | None, Query(description="Only to this customer.")] = None,
    state: Annotated[State | None, Query(description="Only those in this state.")] = None,
    kind: Annotated[Kind | None, Query(description="Only those of this kind.")] = None,
    due_from: Annotated[
        WallMoment | None, Query(description="From this moment on; without an offset of the shop's clock.")
    ] = None,
    due_until: Annotated[
        WallMoment | None, Query(description="Before this moment; without an offset of the shop's clock.")
    ] = None,
) -> Page[ReminderOut]:
    """The shop's reminders, what became of them, and until when those wait that do."""
    order, business_id = queries.REMINDERS_BY[sort], caller.own_business_id

    def ask(session: Session) -> Page[ReminderOut]:
        chosen = ReminderFilter(
            customer_id,
            state,
            kind,
            service.moment(session, business_id=business_id, name="due_from", told=due_from),
            service.moment(session, business_id=business_id, name="due_until", told=due_until),
        )
        rows = queries.reminders(
            session, business_id, chosen=chosen, by=order, after=asked.after, limit=asked.fetch
        )
        views = {view.id: view for view in service.shown(session, business_id, rows)}
        return asked.page(rows, lambda row: ReminderOut.model_validate(views[row["id"]]), key=order.key)

    return read(ask)


@router.get("/settings", responses=GUARDED)
def read_reminder_settings(caller: Seer, read: Reader) -> ReminderSettingsOut:
    """Which reminders the shop's customers get without anybody writing them."""
    return _settings(read, caller)


@router.put("/settings", responses=merged(GUARDED, describe(ReminderSettingInvalid)))
def change_reminder_settings(
    wanted: ReminderSettingsIn,
    caller: Annotated[Caller, may("reminders:rule")],
    write: Writer,
    read: Reader,
) -> ReminderSettingsOut:
    """Let customers be told from today on of debts that fall due or fell due; without days nobody is."""
    write(
        lambda session: service.change_settings(
            session,
            business_id=caller.own_business_id,
            wanted=Settings(**wanted.model_dump()),
            actor_id=caller.user_id,
        )
    )
    return _settings(read, caller)


@router.get("/{reminder_id}", responses=merged(GUARDED, describe(ReminderNotFound)))
def read_reminder(reminder_id: UUID, caller: Seer, read: Reader, request: Request) -> ReminderOut:
    """One reminder."""
    shown = _reminder(read, caller, reminder_id)
    request.scope[VERSION] = shown.version
    return shown


@router.patch(
    "/{reminder_id}",
    responses=merged(
        GUARDED,
        CONDITIONAL,
        describe(ReminderNotFound, ReminderMoveNotAllowed, ReminderInvalid, VersionMismatch),
    ),
)
def change_reminder(
    reminder_id: UUID,
    changed: ReminderChangeIn,
    caller: Teller,
    write: Writer,
    read: Reader,
    seen: IfMatch,
) -> ReminderOut:
    """Give a reminder that was not sent yet another time, text or repetition."""
    write(
        lambda session: service.change_reminder(
            session,
            business_id=caller.own_business_id,
            reminder_id=reminder_id,
            changes=changed.changes,
            seen=seen,
        )
    )
    return _reminder(read, caller, reminder_id)


@router.post(
    "/{reminder_id}/cancel", responses=merged(GUARDED, describe(ReminderNotFound, ReminderMoveNotAllowed))
)
def cancel_reminder(reminder_id: UUID, caller: Teller, write: Writer, read: Reader) -> ReminderOut:
    """Call a reminder off, and with it the times that would follow."""
    write(
        lambda session: service.cancel_reminder(
            session,
            business_id=caller.own_business_id,
            reminder_id=reminder_id,
            actor_id=caller.user_id,
        )
    )
    return _reminder(read, caller, reminder_id)


@router.post(
    "/{reminder_id}/resend", responses=merged(GUARDED, describe(ReminderNotFound, ReminderMoveNotAllowed))
)
def resend_reminder(reminder_id: UUID, caller: Teller, write: Writer, read: Reader) -> ReminderOut:
    """Try a reminder that failed again, at once."""
    write(
        lambda session: service.resend_reminder(
            session, business_id=caller.own_business_id, reminder_id=reminder_id
        )
    )
    return _reminder(read, caller, reminder_id)


def _reminder(read: Read, caller: Caller, reminder_id: UUID) -> ReminderOut:
    return ReminderOut.model_validate(
        read(
            lambda session: service.get_reminder(
                session, business_id=caller.own_business_id, reminder_id=reminder_id
            )
        )
    )


def _settings(read: Read, caller: Caller) -> ReminderSettingsOut:
    return ReminderSettingsOut.model_validate(
        read(lambda session: service.settings_of(session, business_id=caller.own_business_id))
    )

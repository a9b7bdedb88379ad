"""The sandbox's phones as pages: only outside of production, and only for who has a contact's own link."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import parse_qs
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from commerce.messaging import sandbox
from commerce.messaging.errors import MessageInvalid, MessageNotFound
from commerce.parties import service as parties
from foundation import database
from foundation.object_store import object_store
from serving.sandbox.page import POLICY, page

router = APIRouter(prefix="/sandbox", include_in_schema=False)

FORM_BYTES_MAX = 10_000
ELSEWHERE = "UTC"
HEADERS = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}


@router.get("/{contact}")
def show_sandbox(contact: str) -> HTMLResponse:
    """What the contact would see on the phone; what was sent counts as read from now on."""
    database.write(lambda session: sandbox.look(session, contact))

    def ask(session: Session) -> str:
        told = sandbox.conversation(session, contact)
        zone = ELSEWHERE
        if told.business_id is not None:
            zone = parties.get_business(session, business_id=told.business_id).time_zone
        return page(contact, told, zone)

    with database.read() as session:
        return HTMLResponse(ask(session), headers=HEADERS)


@router.post("/{contact}")
async def answer_sandbox(contact: str, request: Request) -> RedirectResponse:
    """Answer by words or by a button, and come back to the page."""
    sandbox.subject_of(contact)
    body = await request.body()
    if len(body) > FORM_BYTES_MAX:
        raise MessageInvalid("text", f"{len(body)} bytes", "write less")
    sent = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}

    def work(session: Session) -> None:
        sandbox.answer(
            session,
            contact,
            text=sent.get("text", "").replace("\0", ""),
            button=sent.get("button"),
            reply_to_id=_id(sent.get("message")),
        )

    await run_in_threadpool(database.write, work)
    return RedirectResponse(f"/sandbox/{contact}", HTTPStatus.SEE_OTHER)


@router.get("/{contact}/files/{message_id}/{at}")
def read_sandbox_file(contact: str, message_id: UUID, at: int) -> Response:
    """A file of a message, to be kept and not to be opened within the page."""
    with database.read() as session:
        told = sandbox.conversation(session, contact)
    found = [one for one in told.messages if one.id == message_id]
    if not found or not 0 <= at < len(found[0].attachments):
        raise MessageNotFound(message_id)
    name = "".join(
        letter if letter.isalnum() or letter in "-._" else "_" for letter in found[0].file_names[at]
    )
    return Response(
        object_store().get(found[0].attachments[at]),
        media_type="application/octet-stream",
        headers={**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'},
    )


def _id(written: str | None) -> UUID | None:
    try:
        return UUID(written) if written else None
    except ValueError:
        raise MessageInvalid("message", written, "send the id of the message that is answered") from None

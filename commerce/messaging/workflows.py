"""Carrying messages out of the house."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal
from uuid import UUID

from commerce.messaging import service
from commerce.messaging.errors import AddressRefused, MailRefused
from commerce.messaging.ports import mailer
from foundation import jobs
from foundation.database import read, write

FORGET_FILES: Final = "forget-message-files"


@jobs.workflow(FORGET_FILES)
def forget_files(_event_id: str, _event_type: str, payload: Mapping[str, str]) -> None:
    """Delete the mails and short messages to a customer who was erased: their rows went with the erasure itself."""
    jobs.step("forget", _forget, payload["customer_id"])


def _forget(customer_id: str) -> None:
    service.forget_files(UUID(customer_id))


@jobs.workflow(service.SEND)
def send_message(message_id: str) -> None:
    """Hand a message to its channel; a refused address is kept as the message's state, not retried."""
    jobs.step("send", _send, message_id)


def _send(message_id: str) -> str:
    found = UUID(message_id)
    with read() as session:
        message = service.opened(session, found)
    if message is None or message.state != "queued":
        return "nothing to send"
    state = _posted(message) if message.channel == "mail" else "sent"
    write(lambda session: service.mark(session, found, state))
    return state


def _posted(message: service.Opened) -> Literal["sent", "refused"]:
    try:
        mail = service.as_mail(message)
    except ValueError:
        return "refused"  # no header can hold it, however often it is tried
    try:
        mailer().send(mail, person_id=message.person_id, message_id=message.id)
    except (AddressRefused, MailRefused):
        return "refused"
    return "sent"

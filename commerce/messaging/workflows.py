"""Carrying messages out of the house."""

from __future__ import annotations

from uuid import UUID

from commerce.messaging import service
from commerce.messaging.errors import AddressRefused
from commerce.messaging.ports import mailer
from foundation import jobs
from foundation.database import read, write


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
    state = "sent"
    if message.channel == "mail":
        try:
            mailer().send(service.as_mail(message), person_id=message.person_id, message_id=found)
        except AddressRefused:
            state = "refused"
    write(lambda session: service.mark(session, found, "refused" if state == "refused" else "sent"))
    return state

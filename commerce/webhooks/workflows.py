"""One attempt to deliver a webhook, once for each turn."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from commerce.webhooks import sending, service
from commerce.webhooks.sending import Attempt
from commerce.webhooks.service import DELIVER_WEBHOOK
from foundation import jobs
from foundation.database import read, write


@jobs.workflow(DELIVER_WEBHOOK)
def deliver_webhook(delivery_id: str, turn: int) -> None:
    """Send, then write down how it went; the next attempt is a workflow of its own, after its pause."""
    attempt = jobs.step("send", _send, delivery_id, turn)
    jobs.step("record", _record, delivery_id, turn, attempt)


def _send(delivery_id: str, turn: int) -> dict[str, Any] | None:
    with read() as session:
        message = service.message_of(session, delivery_id=UUID(delivery_id), turn=turn)
    return None if message is None else asdict(sending.send(message))


def _record(delivery_id: str, turn: int, attempt: dict[str, Any] | None) -> str | None:
    if attempt is None:
        write(lambda session: service.give_up_if_disabled(session, delivery_id=UUID(delivery_id), turn=turn))
        return None
    made = Attempt(**attempt)
    return write(
        lambda session: service.record_attempt(
            session, delivery_id=UUID(delivery_id), turn=turn, attempt=made
        )
    )

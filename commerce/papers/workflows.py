"""What follows a bill in a worker: the paper into the object store, then a message; each comes later where it must."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from commerce.papers import filing
from foundation import jobs
from foundation.database import write
from foundation.errors import Unavailable

FOLLOW_BILL = "follow-bill"
FORGET_PAPERS = "forget-papers"
FIRST_PAUSE: Final = timedelta(minutes=1)
LONGEST_PAUSE: Final = timedelta(hours=1)
PUT_OFF_MAX: Final = 54
"""Attempts at a store that takes nothing: two days, with the longest pause; then a person is asked."""


@jobs.workflow(FOLLOW_BILL)
def follow_bill(event_id: str, event_type: str, payload: dict[str, Any], attempt: int = 0) -> None:
    """Put the paper of a bill or note away and tell the customer; while no store takes it, try again later.

    Only a mail waits for the paper, and not beyond the last attempt, which fails for a person to look at.
    """
    invoice_id = str(payload["invoice_id"])
    is_last = attempt >= PUT_OFF_MAX
    key = None if is_last else jobs.step("file", _file, invoice_id)
    jobs.step("tell", _tell, event_type, invoice_id, key, not is_last)
    if is_last:
        jobs.step("file-at-last", _file_at_last, invoice_id)
    elif key is None:
        jobs.step("put-off", _put_off, event_id, event_type, payload, attempt + 1)


@jobs.workflow(FORGET_PAPERS)
def forget_papers(_event_id: str, _event_type: str, payload: dict[str, Any]) -> None:
    """Delete what was put away with the name of a customer who is forgotten."""
    jobs.step("forget", _forget, str(payload["customer_id"]))


def _file(invoice_id: str) -> str | None:
    return filing.file_paper(UUID(invoice_id))


def _file_at_last(invoice_id: str) -> str:
    key = filing.file_paper(UUID(invoice_id))
    if key is None:
        raise Unavailable(f"no store took the paper of {invoice_id} in two days; see OBJECT_STORE_URL")
    return key


def _tell(event_type: str, invoice_id: str, key: str | None, may_wait: bool) -> list[str | None]:
    told = write(
        lambda session: filing.tell(
            session, event_type=event_type, invoice_id=UUID(invoice_id), key=key, may_wait=may_wait
        )
    )
    return [told.state, told.reason]


def _put_off(event_id: str, event_type: str, payload: dict[str, Any], attempt: int) -> str:
    delay = min(FIRST_PAUSE * 2 ** min(attempt - 1, 10), LONGEST_PAUSE)
    workflow_id = f"{event_id}:{FOLLOW_BILL}:{attempt}"
    later = {workflow_id: (event_id, event_type, payload, attempt)}
    write(lambda session: jobs.enqueue_all(session, FOLLOW_BILL, later, queue="outward", delay=delay))
    return workflow_id


def _forget(customer_id: str) -> int:
    return filing.forget_papers(UUID(customer_id))

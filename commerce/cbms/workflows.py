"""A document is reported after its commit, and tried again until the office has it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from commerce.cbms import queries, sending, service
from commerce.cbms.service import REPORT
from commerce.tax.errors import BikramYearUnpublished, BillInvalid
from foundation import jobs
from foundation.database import read, write

FOLLOW_DOCUMENT = "queue-for-cbms"


@jobs.workflow(FOLLOW_DOCUMENT)
def queue_for_cbms(_event_id: str, _event_type: str, payload: dict[str, Any]) -> None:
    """Queue the document of a bill, delivery or return, or a bill's cancellation, if its seller has to report it."""
    jobs.step("queue", queue_document, payload.get("invoice_id"), payload.get("delivery_id"))


@jobs.workflow(REPORT)
def report_to_cbms(invoice_id: str, turn: int) -> None:
    """Try once; the next try is a workflow of its own, after its pause."""
    jobs.step("report", report_once, invoice_id, turn)


def queue_document(invoice_id: str | None, delivery_id: str | None) -> bool:
    """Let a document be reported if its seller has to; whether it has to."""
    with read() as session:
        paper = (
            queries.paper(session, UUID(invoice_id))
            if invoice_id is not None
            else queries.paper_of_delivery(session, UUID(str(delivery_id)))
        )
    if paper is None:
        return False

    def queue(session: Any) -> bool:
        if not service.queue(session, paper):
            return False
        service.enqueue(session, invoice_id=paper.id, turn=0, tries=0)
        service.queue_return(session, invoice_id=paper.id)
        return True

    return write(queue)


def report_once(invoice_id: str, turn: int) -> str:
    """Count a try, send, write down the answer; after a crash between, the next one knows that it repeats."""
    one = UUID(invoice_id)
    try:
        wanted = write(lambda session: service.begin_try(session, invoice_id=one, turn=turn))
    except (BikramYearUnpublished, BillInvalid) as error:
        told = error.message
        write(lambda session: service.fail(session, invoice_id=one, turn=turn, told=told))
        return "failed"
    if wanted is None:
        return "nothing to send"
    code, said = sending.send(wanted.path, wanted.body)

    def record(session: Any) -> str:
        pause = service.record_answer(
            session, invoice_id=one, turn=turn, code=code, told=said, is_repeat=wanted.is_repeat
        )
        if pause is None:
            service.queue_return(session, invoice_id=one)
            return "ended"
        standing = queries.lock_report(session, one)
        assert standing is not None
        service.enqueue(session, invoice_id=one, turn=turn, tries=standing.tries, delay=pause)
        return "again"

    return write(record)

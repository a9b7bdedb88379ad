"""What follows an order's events outside the books."""

from __future__ import annotations

from uuid import UUID

from commerce.ordering import documents
from foundation import jobs
from foundation.database import read
from foundation.object_store import object_store

FILE_DELIVERY_DOCUMENT = "file-delivery-document"


@jobs.workflow(FILE_DELIVERY_DOCUMENT)
def file_delivery_document(_event_id: str, _event_type: str, payload: dict[str, str]) -> None:
    """Put the paper of a delivery or return into the object store; the same file however often it runs."""
    jobs.step("file", _file, payload["vendor_id"], payload["delivery_id"])


def _file(vendor_id: str, delivery_id: str) -> str:
    with read() as session:
        paper = documents.delivery_note(session, UUID(delivery_id))
    key = documents.key_of(vendor_id, delivery_id)
    object_store().put(key, paper)
    return key

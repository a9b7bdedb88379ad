"""What follows a bill outside the books: its paper is put away, and who wants to hear of it is told."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.billing.events import BillIssued, BillReturned, BillWasCancelled
from commerce.customers import service as customers
from commerce.messaging import saying
from commerce.papers import links, queries, service
from commerce.papers.paper import BillPaper
from commerce.papers.sheet import sheet_pdf
from commerce.tax.requirements import NAMED_FROM_PAISA
from foundation import database
from foundation.errors import Unavailable
from foundation.money import format_amount
from foundation.object_store import ObjectExists, object_store

TEMPLATES: Final = {
    BillIssued.type: "bill",
    BillReturned.type: "credit-note",
    BillWasCancelled.type: "bill-cancelled",
}


@dataclass(frozen=True)
class Told:
    """What became of a message about a paper."""

    state: str
    reason: str | None = None


WAITS: Final = Told("waits", "the paper is not put away yet")
NOBODY: Final = Told("nobody")


def key_of(vendor_id: UUID, invoice_id: UUID, number: str, *, is_cancelled: bool = False) -> str:
    """Where the object store keeps a paper; the last part is what a mail calls the file."""
    end = "-cancelled" if is_cancelled else ""
    return f"{folder_of(vendor_id, invoice_id)}/{number.replace('/', '-')}{end}.pdf"


def folder_of(vendor_id: UUID, invoice_id: UUID) -> str:
    """Where all that is kept of a paper stands."""
    return f"documents/{vendor_id}/{invoice_id}"


def file_paper(invoice_id: UUID) -> str | None:
    """Put the paper away, and once it is cancelled one that says so beside it; the key of the later of them.

    What is there is left as it is: it may have a name that the law wants kept and the rows have no more. None where no
    store takes it. Called outside of transactions. Where prints are counted all of it is one.
    """
    with database.read() as session:
        paper, vendor_id = service.linked(session, invoice_id)
    if paper.country in service.COUNTED_IN:
        copy_no = database.write(
            lambda session: service.count_print(
                session, business_id=vendor_id, invoice_id=invoice_id, form="filed"
            ),
            scope=(vendor_id,),
        )
        paper = service.as_copy(paper, copy_no)
    key = key_of(vendor_id, invoice_id, paper.number)
    try:
        _put_away(key, replace(paper, cancelled_on=None, cancel_reason=None))
        if paper.cancelled_on is not None:
            key = key_of(vendor_id, invoice_id, paper.number, is_cancelled=True)
            _put_away(key, paper)
    except Unavailable:
        return None
    return key


def _put_away(key: str, paper: BillPaper) -> None:
    store = object_store()
    if store.exists(key):
        return
    with suppress(ObjectExists):
        store.put(key, sheet_pdf(paper), replace=False)


def tell(
    session: Session, *, event_type: str, invoice_id: UUID, key: str | None, may_wait: bool = True
) -> Told:
    """Tell the customer of a bill, of its end or of a credit note, once; a mail has the paper with it.

    Without a `key` a mail waits for the paper, if it may.
    """
    head = queries.head(session, invoice_id)
    assert head is not None  # papers are never deleted
    if head["customer_id"] is None:
        return NOBODY
    known = customers.get_customer(session, business_id=head["vendor_id"], customer_id=head["customer_id"])
    is_mail = known.preferences.channel == "mail"
    if is_mail and key is None and may_wait:
        return WAITS
    paper = service.paper_of(session, invoice_id)
    if event_type == BillIssued.type and paper.cancelled_on is not None:
        return Told("nobody", "cancelled meanwhile")
    said = saying.say(
        session,
        business_id=head["vendor_id"],
        customer_id=head["customer_id"],
        purpose="bill",
        template=_template(event_type, paper),
        values=_values(paper, invoice_id),
        key=f"{event_type}:{invoice_id}",
        attachments=(key,) if is_mail and key is not None else (),
        about=invoice_id,
    )
    return Told(said.state, said.reason)


# CGST Rule 46(d) and (e); VAT Rules 2053, schedule 5.
_MAY_GO = text("""
    SELECT id, vendor_id FROM app.invoices
    WHERE customer_id = :customer_id AND NOT gives_input_tax
      AND NOT (country = 'IN' AND total_paisa >= :named_from) AND NOT (country = 'NP' AND kind = 'tax_invoice')
""")


def forget_papers(customer_id: UUID) -> int:
    """Delete the papers with a forgotten customer's name that were put away; how many there were.

    Called outside of transactions. The rows stay, and from them each can be drawn again, without the name. Papers on
    which the law wants the buyer's name are kept as they were given out.
    """
    with database.read() as session:
        rows = session.execute(_MAY_GO, {"customer_id": customer_id, "named_from": NAMED_FROM_PAISA}).all()
    store = object_store()
    found = [each.key for row in rows for each in store.list(folder_of(row.vendor_id, row.id))]
    store.delete(*found)
    return len(found)


def _template(event_type: str, paper: BillPaper) -> str:
    is_on_khata = event_type == BillIssued.type and paper.paid_paisa < paper.payable_paisa
    return "bill-on-khata" if is_on_khata else TEMPLATES[event_type]


def _values(paper: BillPaper, invoice_id: UUID) -> Mapping[str, str]:
    values = {
        "number": paper.number,
        "date": f"{paper.day:%d-%m-%Y}",
        "amount": format_amount(paper.payable_paisa, paper.currency),
        "link": links.link_to("bill", invoice_id).url,
    }
    if paper.balance is not None:
        values["balance"] = format_amount(paper.balance.after_paisa, paper.currency)
    if paper.originals:
        values["bill"] = ", ".join(number for number, _ in paper.originals)
    return values

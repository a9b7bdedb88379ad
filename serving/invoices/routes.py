"""Invoices of deliveries and credit notes of returns, for the vendor who wrote them and the retailer who got them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal, TypeVar
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session

from commerce.invoices import queries
from commerce.invoices.errors import InvoiceNotFound
from commerce.invoices.queries import InvoiceFilter
from commerce.invoices.summary import hsn_summary
from commerce.papers.words import in_words
from serving.dependencies import Read, Reader
from serving.invoices.schemas import (
    InvoiceLineOut,
    InvoiceOut,
    InvoicePartyOut,
    InvoiceRowOut,
    Kind,
    TaxSumOut,
)
from serving.pagination import CursorInvalid, PageAsked
from serving.paths import V1
from serving.problems import describe, merged
from serving.security import GUARDED, Caller, may
from serving.shapes import Day, Page

router = APIRouter(prefix=f"{V1}/invoices", tags=["invoices"])

T = TypeVar("T")


@router.get("", responses=merged(GUARDED, describe(CursorInvalid)))
def list_invoices(
    caller: Annotated[Caller, may("invoices:read")],
    read: Reader,
    asked: PageAsked,
    counterparty_id: Annotated[UUID | None, Query(description="Only with this business.")] = None,
    order_id: Annotated[UUID | None, Query(description="Only of this order.")] = None,
    kind: Annotated[Kind | None, Query(description="Only papers of this kind.")] = None,
    number: Annotated[
        str | None, Query(pattern="^[A-Za-z0-9/-]{1,16}$", description="Only with this number.")
    ] = None,
    first: Annotated[Day | None, Query(description="Dated this day or later.")] = None,
    last: Annotated[Day | None, Query(description="Dated this day or earlier.")] = None,
    sort: Annotated[
        Literal["newest", "oldest"],
        Query(description="`newest`: what was written last first; `oldest`: what was written first."),
    ] = "newest",
) -> Page[InvoiceRowOut]:
    """The invoices and credit notes that the caller wrote as a vendor, or got as a retailer; by `sort`."""
    order = queries.INVOICES_BY[sort]
    rows = read(
        lambda session: queries.invoices_of(
            session,
            caller.role,
            caller.own_business_id,
            chosen=InvoiceFilter(counterparty_id, order_id, kind, number, first, last),
            by=order,
            after=asked.after,
            limit=asked.fetch,
        )
    )
    return asked.page(rows, InvoiceRowOut.model_validate, key=order.key)


@router.get("/{invoice_id}", responses=merged(GUARDED, describe(InvoiceNotFound)))
def read_invoice(
    invoice_id: UUID, caller: Annotated[Caller, may("invoices:read")], read: Reader
) -> InvoiceOut:
    """One invoice or credit note: parties, lines with the trace of every figure, summary by HSN."""
    return _with_both(read, caller, invoice_id, lambda session: _whole(session, invoice_id))


def _with_both(read: Read, caller: Caller, invoice_id: UUID, question: Callable[[Session], T]) -> T:
    """Ask with both parties in scope, once the caller is known to be one of them."""
    head = read(lambda session: queries.invoice(session, invoice_id))
    other = head["retailer_id"] if caller.own_business_id == head["vendor_id"] else head["vendor_id"]
    return read(question, counterparty=other)


def _whole(session: Session, invoice_id: UUID) -> InvoiceOut:
    head = queries.invoice(session, invoice_id)
    lines = queries.lines_of(session, invoice_id)
    vendor, retailer = queries.named_parties(session, head)
    return InvoiceOut(
        **{name: head[name] for name in InvoiceRowOut.model_fields},
        vendor=InvoicePartyOut(**_named(vendor, head["vendor_state"])),
        retailer=InvoicePartyOut(**_named(retailer, head["retailer_state"])),
        lines=[
            InvoiceLineOut(**{name: line[name] for name in InvoiceLineOut.model_fields}) for line in lines
        ],
        hsn_summary=[TaxSumOut.model_validate(each) for each in hsn_summary(lines)],
        amount_in_words=in_words(head["total_paisa"]),
    )


def _named(party: queries.NamedParty, state: str) -> dict[str, object]:
    facts = party._asdict()
    del facts["zone"]
    return {**facts, "state": state}

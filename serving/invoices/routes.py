"""Invoices of deliveries, bills of shops and credit notes, for who wrote them and for the retailer who got them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal, TypeVar
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from commerce.billing import queries as billing
from commerce.customers import service as customers
from commerce.invoices import queries
from commerce.invoices.errors import InvoiceNotFound
from commerce.invoices.queries import InvoiceFilter
from commerce.invoices.summary import hsn_summary
from commerce.papers import service as papers
from commerce.papers.words import in_words
from serving.customers.schemas import CustomerOut
from serving.dependencies import Read, Reader
from serving.invoices.schemas import (
    BuyerOut,
    InvoiceLineOut,
    InvoiceOut,
    InvoicePartyOut,
    InvoiceRowOut,
    Kind,
    State,
    TaxSumOut,
    TenderOut,
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
    side: Annotated[
        Literal["sold", "bought"] | None,
        Query(
            description="What the business wrote, or what it got; left out: a vendor's written, a retailer's got."
        ),
    ] = None,
    order_id: Annotated[UUID | None, Query(description="Only of this order.")] = None,
    customer_id: Annotated[UUID | None, Query(description="Only bills of this customer.")] = None,
    kind: Annotated[Kind | None, Query(description="Only papers of this kind.")] = None,
    number: Annotated[
        str | None, Query(pattern="^[A-Za-z0-9/-]{1,16}$", description="Only with this number.")
    ] = None,
    first: Annotated[Day | None, Query(description="Dated this day or later.")] = None,
    last: Annotated[Day | None, Query(description="Dated this day or earlier.")] = None,
    state: Annotated[State | None, Query(description="How it stands.")] = None,
    till: Annotated[str | None, Query(pattern="^[A-Z][0-9]$", description="Of this till's series.")] = None,
    is_bill: Annotated[
        bool | None, Query(description="Only of the shop's counter, or only of orders.")
    ] = None,
    sort: Annotated[
        Literal["newest", "oldest"],
        Query(description="`newest`: what was written last first; `oldest`: what was written first."),
    ] = "newest",
) -> Page[InvoiceRowOut]:
    """The invoices, bills and credit notes that the business wrote, or got; by `sort`."""
    order = queries.INVOICES_BY[sort]
    if side is None and (customer_id or till or is_bill):
        side = "sold"  # nobody gets a bill of its own customers
    chosen = InvoiceFilter(
        counterparty_id, order_id, customer_id, kind, number, first, last, state, till, is_bill
    )
    rows = read(
        lambda session: queries.invoices_of(
            session,
            {"sold": "vendor", "bought": "retailer", None: caller.role}[side],
            caller.own_business_id,
            chosen=chosen,
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
    """One invoice, bill or credit note: parties, lines with the trace of every figure, summary by HSN."""
    return with_both(read, caller, invoice_id, lambda session: whole(session, invoice_id))


def with_both(read: Read, caller: Caller, invoice_id: UUID, question: Callable[[Session], T]) -> T:
    """Ask with both parties in scope, once the caller is known to be one of them."""
    head = read(lambda session: queries.invoice(session, invoice_id))
    is_own = caller.own_business_id == head["vendor_id"]
    other = head["retailer_id"] if is_own else head["vendor_id"]
    return read(question, counterparty=other)


def whole(session: Session, invoice_id: UUID) -> InvoiceOut:
    """A paper as its page shows it. Needs both parties in scope."""
    head = queries.invoice(session, invoice_id)
    lines = queries.lines_of(session, invoice_id)
    vendor, retailer = queries.named_parties(session, head)
    return InvoiceOut(
        **{name: head[name] for name in InvoiceRowOut.model_fields},
        vendor=InvoicePartyOut(**_named(vendor, head["vendor_state"])),
        retailer=None if retailer is None else InvoicePartyOut(**_named(retailer, head["retailer_state"])),
        **_customer(session, head),
        tenders=[TenderOut.model_validate(row) for row in billing.tenders_of(session, invoice_id)],
        lines=[
            InvoiceLineOut(**{name: line[name] for name in InvoiceLineOut.model_fields}) for line in lines
        ],
        hsn_summary=[TaxSumOut.model_validate(each) for each in hsn_summary(lines)],
        amount_in_words=in_words(head["payable_paisa"]),
    )


def _customer(session: Session, head: RowMapping) -> dict[str, object]:
    if head["customer_id"] is None:
        return {"buyer": None, "customer": None}
    known = customers.get_customer(session, business_id=head["vendor_id"], customer_id=head["customer_id"])
    then = papers.bought(session, head["id"], known)
    return {
        "buyer": BuyerOut(
            name=then.buyer.name,
            address=then.buyer.address,
            phone=then.buyer.phone,
            registration_number=then.buyer.number,
            profile=then.profile,
        ),
        "customer": CustomerOut.of(known),
    }


def _named(party: queries.NamedParty, state: str) -> dict[str, object]:
    facts = party._asdict()
    del facts["zone"]
    return {**facts, "state": state}

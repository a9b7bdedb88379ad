"""Papers: invoices, bills and credit notes on A4 and on slips, and links by which customers open them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse

from commerce.customers import service as customers
from commerce.customers.errors import CustomerErased, CustomerNotFound
from commerce.invoices import queries as invoices
from commerce.invoices.errors import InvoiceNotFound
from commerce.papers import khata_page, links, queries, service
from commerce.papers.errors import LinkExpired, LinkInvalid
from commerce.papers.paper import BillPaper
from commerce.papers.sheet import sheet_pdf
from commerce.papers.slip import Width, slip_pdf
from commerce.papers.text_slip import slip_text
from foundation import database
from foundation.database import Writer as Write
from foundation.errors import DomainError
from serving import problems
from serving.dependencies import Read, Reader, Writer
from serving.papers.schemas import CopyOut, LinkOut
from serving.paths import V1
from serving.problems import Responses, describe, merged
from serving.security import GUARDED, Caller, may

router = APIRouter(tags=["papers"])

Seer = Annotated[Caller, may("invoices:read")]
Token = Annotated[
    str,
    Path(min_length=1, max_length=200, description="As it stands in the link.", examples=["q2Jm0cOa1vY7"]),
]
PDF: Responses = {
    200: {
        "content": {
            "application/pdf": {
                "schema": {"type": "string", "format": "binary"},
                "example": "(the bytes of the file)",
            }
        }
    }
}
SLIP: Responses = {
    200: {
        "content": {
            **PDF[200]["content"],
            "text/plain": {"schema": {"type": "string"}, "example": "Total                   ₹ 633.00"},
        }
    }
}
PAGE: Responses = {
    200: {"content": {"text/html": {"schema": {"type": "string"}, "example": "<!doctype html>…"}}}
}
PRIVATE = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"}
LINKED = describe(LinkInvalid, LinkExpired)


@router.get(
    f"{V1}/invoices/{{invoice_id}}/pdf",
    response_class=Response,
    responses=merged(GUARDED, describe(InvoiceNotFound)) | PDF,
)
def print_invoice(invoice_id: UUID, caller: Seer, read: Reader, write: Writer) -> Response:
    """The paper of an invoice, a bill or a credit note on A4. In Nepal each one is a print, and is counted."""
    paper = _printed(read, write, caller, invoice_id, "sheet")
    return _file(sheet_pdf(paper), f"{paper.number}.pdf")


@router.get(
    f"{V1}/invoices/{{invoice_id}}/slip",
    response_class=Response,
    responses=merged(GUARDED, describe(InvoiceNotFound)) | SLIP,
)
def print_slip(
    invoice_id: UUID,
    caller: Seer,
    read: Reader,
    write: Writer,
    width: Annotated[Literal["58", "80"], Query(description="Of the roll, in millimetres.")] = "80",
    form: Annotated[
        Literal["pdf", "text"],
        Query(
            description="`pdf`: one page; `text`: lines of 32 or 48 columns, for printers that take characters."
        ),
    ] = "pdf",
) -> Response:
    """The same paper on a roll, as long as it has to be. In Nepal each one is a print, and is counted."""
    paper = _printed(read, write, caller, invoice_id, "slip")
    roll: Width = 58 if width == "58" else 80
    if form == "text":
        return PlainTextResponse(slip_text(paper, roll), headers=PRIVATE)
    return _file(slip_pdf(paper, roll), f"{paper.number}-{width}mm.pdf")


@router.get(f"{V1}/invoices/{{invoice_id}}/copies", responses=merged(GUARDED, describe(InvoiceNotFound)))
def list_copies(invoice_id: UUID, caller: Seer, read: Reader) -> list[CopyOut]:
    """The prints of a paper, where they are counted, the original first."""
    _issued(read, caller, invoice_id)
    rows = read(lambda session: queries.copies(session, invoice_id))
    return [CopyOut.model_validate(row) for row in rows]


@router.post(f"{V1}/invoices/{{invoice_id}}/link", responses=merged(GUARDED, describe(InvoiceNotFound)))
def link_invoice(invoice_id: UUID, caller: Seer, read: Reader) -> LinkOut:
    """A link by which the buyer opens a paper without a log-in, for seven days; for who wrote it."""
    _issued(read, caller, invoice_id)
    return LinkOut.model_validate(links.link_to("bill", invoice_id))


@router.post(
    f"{V1}/customers/{{customer_id}}/khata-link",
    responses=merged(GUARDED, describe(CustomerNotFound, CustomerErased)),
)
def link_khata(customer_id: UUID, caller: Annotated[Caller, may("customers:read")], read: Reader) -> LinkOut:
    """A link by which a customer sees their khata without a log-in, for seven days."""
    known = read(
        lambda session: customers.get_customer(
            session, business_id=caller.own_business_id, customer_id=customer_id
        )
    )
    if known.is_erased:
        raise CustomerErased(customer_id)
    return LinkOut.model_validate(links.link_to("khata", customer_id))


@router.get("/b/{token}", response_class=Response, responses=LINKED | PDF)
def open_bill(token: Token, request: Request) -> Response:
    """The paper that a link is to, for whoever holds it."""
    try:
        invoice_id, until = links.opened("bill", token)
        paper = _linked(invoice_id, until)
    except (LinkInvalid, LinkExpired) as refusal:
        return _refused(request, refusal)
    return _file(sheet_pdf(paper), f"{paper.number}.pdf", is_opened=True)


@router.get("/k/{token}", response_class=HTMLResponse, responses=LINKED | PAGE)
def open_khata(token: Token, request: Request) -> Response:
    """The khata that a link is to, as a page for a phone, for whoever holds it."""
    try:
        customer_id, until = links.opened("khata", token)
        with database.read() as session:
            page = khata_page.khata_page(session, customer_id, until)
    except (LinkInvalid, LinkExpired) as refusal:
        return _refused(request, refusal)
    return _page(khata_page.as_html(page), 200)


def _printed(read: Read, write: Write, caller: Caller, invoice_id: UUID, form: str) -> BillPaper:
    """The paper, marked as which copy it is where prints are counted; the other side's is a copy without a number."""
    head = read(lambda session: invoices.invoice(session, invoice_id))
    own, vendor_id = caller.own_business_id, head["vendor_id"]
    other = head["retailer_id"] if own == vendor_id else vendor_id
    paper = read(lambda session: service.paper_of(session, invoice_id), counterparty=other)
    if paper.country not in service.COUNTED_IN:
        return paper
    if own != vendor_id:
        return service.as_copy(paper, None)
    copy_no = write(
        lambda session: service.count_print(
            session, business_id=own, invoice_id=invoice_id, form=form, printed_by=caller.user_id
        )
    )
    return service.as_copy(paper, copy_no)


def _linked(invoice_id: UUID, until: datetime) -> BillPaper:
    with database.read() as session:
        paper, vendor_id = service.linked(session, invoice_id)
    if paper.country not in service.COUNTED_IN:
        return paper
    copy_no = database.write(
        lambda session: service.count_print(
            session, business_id=vendor_id, invoice_id=invoice_id, form="link", link_until=until
        ),
        scope=(vendor_id,),
    )
    return service.as_copy(paper, copy_no)


def _issued(read: Read, caller: Caller, invoice_id: UUID) -> None:
    """Raises InvoiceNotFound unless the caller wrote the paper."""
    head = read(lambda session: invoices.invoice(session, invoice_id))
    if head["vendor_id"] != caller.own_business_id:
        raise InvoiceNotFound(invoice_id)


def _file(content: bytes, name: str, *, is_opened: bool = False) -> Response:
    way = "inline" if is_opened else "attachment"
    return Response(
        content,
        media_type="application/pdf",
        headers={"Content-Disposition": f'{way}; filename="{name.replace("/", "-")}"', **PRIVATE},
    )


def _page(html: str, status: int) -> HTMLResponse:
    return HTMLResponse(
        html, status, headers={"Content-Security-Policy": khata_page.CONTENT_POLICY, **PRIVATE}
    )


def _refused(request: Request, refusal: DomainError) -> Response:
    """A page for who opens it in a browser, a problem for programs."""
    if "text/html" not in request.headers.get("accept", ""):
        return problems.refused(refusal)
    key = "link_expired" if isinstance(refusal, LinkExpired) else "link_invalid"
    return _page(khata_page.refusal_html(key), int(problems.status_of(type(refusal))))

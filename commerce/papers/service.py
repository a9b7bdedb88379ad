"""Verbs of papers: what a paper of the books shows, and its prints, which are counted where the law says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from commerce.customers import service as customers
from commerce.invoices import faces
from commerce.invoices.errors import InvoiceNotFound
from commerce.invoices.faces import Buyer, Kept
from commerce.papers import queries
from commerce.papers.errors import LinkInvalid
from commerce.papers.paper import Balance, BillPaper, Paid, PaperLine, Side
from commerce.tax.calculation import Parts
from commerce.tax.upi import NAME_MAX, upi_link
from commerce.tax.vocabulary import CONSUMER, REGISTERED
from foundation import clock
from foundation.money import line_amount_paisa

COUNTED_IN = ("NP",)
"""Countries in which a further print says that it is one, and how many there were before."""


def paper_of(session: Session, invoice_id: UUID) -> BillPaper:
    """What the paper of an invoice, a bill or a credit note shows, as the original.

    Needs its sides in scope. Raises InvoiceNotFound.
    """
    head = queries.head(session, invoice_id)
    if head is None:
        raise InvoiceNotFound(invoice_id)
    lines = queries.lines(session, invoice_id)
    paper = BillPaper(
        kind=head["kind"],
        number=head["number"],
        fiscal_year=head["fiscal_year"],
        day=head["document_date"],
        country=head["country"],
        currency=head["currency"],
        seller=_seller(head),
        lines=[_line(line) for line in lines],
        issued_at=head["issued_at"].astimezone(ZoneInfo(head["time_zone"])),
        place_of_supply=head["place_of_supply"],
        holds_tax=not any("is without tax" in (line["price_rule"] or "") for line in lines),
        gives_input_tax=head["gives_input_tax"],
        turnover=(head["turnover_then"] if head["is_kept"] else head["turnover"]) or "up-to-5-crore",
        round_off_paisa=head["round_off_paisa"],
        originals=_originals(lines),
        reason=head["reason"],
        cancelled_on=head["cancelled_on"],
        cancel_reason=head["cancel_reason"],
        language=head["paper_language"] or "en",
    )
    if head["retailer_id"] is not None:
        return replace(paper, buyer=_retailer(head), reference=str(head["id"]))
    return _with_customer(session, paper, head)


def as_copy(paper: BillPaper, copy_no: int | None) -> BillPaper:
    """The paper marked as this copy; None: as one that is not counted."""
    return replace(paper, copy_no=copy_no)


def linked(session: Session, invoice_id: UUID) -> tuple[BillPaper, UUID]:
    """The paper that a link is to, with who wrote it. Needs the whole market in scope. Raises LinkInvalid."""
    head = queries.head(session, invoice_id)
    if head is None:
        raise LinkInvalid
    return paper_of(session, invoice_id), head["vendor_id"]


def count_print(
    session: Session,
    *,
    business_id: UUID,
    invoice_id: UUID,
    form: str,
    printed_by: UUID | None = None,
    link_until: datetime | None = None,
) -> int:
    """Count a print of a paper of this business; 0: it is the original.

    What is filed is counted once, and so is each link, told by until when it is good. Raises InvoiceNotFound.
    """
    head = queries.head(session, invoice_id)
    if head is None or head["vendor_id"] != business_id:
        raise InvoiceNotFound(invoice_id)
    queries.lock_copies(session, invoice_id)
    if (counted := queries.counted_as(session, invoice_id, form, link_until)) is not None:
        return counted
    return queries.add_copy(
        session,
        invoice_id=invoice_id,
        business_id=business_id,
        form=form,
        printed_by=printed_by,
        link_until=link_until,
        now=clock.now(),
    )


def _with_customer(session: Session, paper: BillPaper, head: Mapping[str, Any]) -> BillPaper:
    """The paper of a shop's bill, with who bought, what was paid, and the khata."""
    known_head = dict(head)
    paid = [
        Paid(row.mode, abs(row.amount_paisa), row.reference) for row in queries.money(session, known_head)
    ]
    paper = replace(paper, payments=paid)
    if head["customer_id"] is not None:
        known = customers.get_customer(
            session, business_id=head["vendor_id"], customer_id=head["customer_id"]
        )
        at = queries.khata_at(session, known_head)
        paper = replace(
            paper,
            buyer=_customer(bought(session, head["id"], known), head),
            balance=None if at is None else Balance(at.after_paisa - at.moved_paisa, at.after_paisa),
            language=head["paper_language"] or _own_language(known, head["country"]),
        )
    return replace(paper, upi_link=_upi_link(paper, head))


def _own_language(known: customers.Known, country: str) -> str:
    # A business's accountant reads English; customers of Nepal who were never asked are down as reading Hindi.
    if known.is_erased or known.preferences.tax_profile in REGISTERED:
        return "en"
    language = known.preferences.language
    return "ne" if country == "NP" and language == "hi" else language


def _upi_link(paper: BillPaper, head: Mapping[str, Any]) -> str | None:
    rest = paper.payable_paisa - paper.paid_paisa
    is_owed = paper.kind != "credit_note" and paper.cancelled_on is None and rest > 0
    if not is_owed or head["upi_address"] is None or paper.country != "IN":
        return None
    return upi_link(
        address=head["upi_address"],
        name=paper.seller.name[:NAME_MAX],
        amount_paisa=rest,
        reference=paper.number,
    )


def _seller(head: Mapping[str, Any]) -> Side:
    is_kept = head["is_kept"]
    return Side(
        name=head["seller_name"] if is_kept else head["vendor"],
        address=head["seller_address"] if is_kept else head["address"] or head["vendor_zone"],
        state=head["vendor_state"],
        phone=head["seller_phone"] if is_kept else head["phone"],
        number=head["vendor_number"],
        profile=head["vendor_profile"],
    )


def _retailer(head: Mapping[str, Any]) -> Side:
    return Side(
        name=head["retailer_name"] or head["retailer"],
        address=head["retailer_address"] or head["retailer_zone"],
        state=head["retailer_state"] or None,
        number=head["retailer_number"],
        profile=head["retailer_profile"],
    )


def bought(session: Session, invoice_id: UUID, known: customers.Known) -> Kept:
    """Who bought, as the paper was given out: of older ones as they are now, and nobody once they are forgotten."""
    kept = faces.kept_buyer(session, invoice_id)
    if kept is not None:
        return kept
    told = known.details
    buyer = Buyer(told.name, told.address, told.phone, told.registration_number)
    return Kept(buyer, known.preferences.tax_profile)


def _customer(bought: Kept, head: Mapping[str, Any]) -> Side:
    state = head["retailer_state"] or None
    is_registered = bought.profile in REGISTERED
    # An address in another state on the paper of a sale over the counter would make that the place of supply
    # (IGST Act s. 10(1)(ca)).
    is_elsewhere = (
        not is_registered and head["place_of_supply"] is not None and state != head["place_of_supply"]
    )
    return Side(
        name=bought.buyer.name,
        address=None if is_elsewhere else bought.buyer.address,
        state=None if is_elsewhere else state,
        phone=bought.buyer.phone,
        number=bought.buyer.number,
        profile=bought.profile if is_registered else CONSUMER,
    )


def _line(row: Mapping[str, Any]) -> PaperLine:
    parts = Parts(**{part.name: row[part.name] for part in fields(Parts)})
    is_without_tax = "is without tax" in (row["price_rule"] or "")
    # A line is kept with what is left of it after its discount.
    left = parts.taxable_paisa if is_without_tax else parts.total_paisa
    before = left + row["discount_paisa"]
    # Of what was sold by its worth, or in part given back, the price times the quantity is another amount.
    is_by_price = line_amount_paisa(row["unit_price"], row["quantity"]) == before
    return PaperLine(
        name=row["name"],
        unit=row["unit"],
        quantity=row["quantity"],
        unit_price=row["unit_price"] if is_by_price or not row["original_number"] else None,
        before_discount_paisa=before,
        discount_paisa=row["discount_paisa"],
        supply=row["supply"],
        rate=row["rate"],
        cess_rate=row["cess_rate"],
        parts=parts,
        hsn=row["hsn"],
        mrp=row["mrp"],
    )


def _originals(lines: Sequence[Mapping[str, Any]]) -> list[tuple[str, Any]]:
    named = {line["original_number"]: line["original_date"] for line in lines if line["original_number"]}
    return list(named.items())

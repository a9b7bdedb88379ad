"""The vendor's invoice of a delivery and the credit note of a return, written in the same transaction.

The numbers of a vendor's invoices are one gapless series per fiscal year, `25-26/000123`; a credit note has the
number of its return. What was written is never changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from commerce.invoices import queries
from commerce.invoices.papers import Paper, PaperLine, write_paper
from commerce.invoices.queries import HandedOver, PartyFacts
from commerce.ledger import service as ledger
from commerce.ledger.fiscal_year import fiscal_year
from commerce.tax.calculation import (
    Good,
    Parts,
    Party,
    TaxedLine,
    document_kind,
    gives_input_tax,
    share,
    tax_line,
)
from foundation.money import line_amount_paisa

SERIES = ""
"""The invoices' own: the number is fiscal year and serial; after a restore a letter stands before them."""


class Sale(Protocol):
    """The order that goods are delivered of, as far as its papers need it."""

    @property
    def id(self) -> UUID: ...
    @property
    def vendor_id(self) -> UUID: ...
    @property
    def retailer_id(self) -> UUID: ...
    @property
    def currency(self) -> str: ...
    @property
    def country(self) -> str: ...


@dataclass(frozen=True)
class Tax:
    """What of a document's total is tax, in whole minor units: for the seller's book and for the buyer's."""

    output_paisa: int = 0
    input_paisa: int = 0


def issue(session: Session, sale: Sale, *, delivery_id: UUID, day: date) -> Tax:
    """Write the invoice of a delivery that has something to pay, and say what of it is tax.

    The amounts of the lines are what is owed: they hold the tax. Locks the vendor's counter of invoices.
    Raises TaxRateUnknown, PlaceOfSupplyUnknown.
    """
    facts = queries.parties(session, sale.vendor_id, sale.retailer_id, day)
    vendor, retailer = facts[sale.vendor_id], facts[sale.retailer_id]
    seller, buyer = _party(vendor), _party(retailer)
    sold = queries.sold_lines(
        session, delivery_id=delivery_id, business_id=sale.vendor_id, country=vendor.country, day=day
    )
    lines = []
    for line in sold:
        taxed: TaxedLine = tax_line(
            seller=seller,
            buyer=buyer,
            good=Good(line.name, line.hsn, line.tax_class, line.condition),
            amount_paisa=line.amount_paisa,
            rate_day=day,
        )
        lines.append(
            PaperLine(
                **{
                    name: getattr(line, name)
                    for name in ("order_line_no", "product_id", "unit", "quantity", "unit_price")
                },
                **{
                    name: getattr(taxed, name)
                    for name in ("hsn", "supply", "rate", "cess_rate", "parts", "trace")
                },
            )
        )
    has_input_tax = gives_input_tax(seller, buyer)
    year = fiscal_year(vendor.country, day)
    number = ledger.next_document_number(
        session, business_id=sale.vendor_id, series=SERIES, fiscal_year=year, document_date=day
    )
    paper = _paper(
        sale,
        (vendor, retailer),
        lines,
        kind=document_kind(seller, buyer, {line.supply for line in lines}),
        number=number,
        delivery_id=delivery_id,
        day=day,
        has_input_tax=has_input_tax,
    )
    write_paper(session, paper)
    return Tax(paper.tax_paisa, paper.tax_paisa if has_input_tax else 0)


def credit(
    session: Session, sale: Sale, *, return_id: UUID, number: str, day: date, reason: str | None
) -> Tax:
    """Write the credit note of a return, with the rates of the invoices that it gives back of, first delivered first.

    One note may name several invoices (CGST Act s. 34(1)). Goods that were delivered without an invoice are on
    none. Returns what of the credit is tax.
    """
    lines, input_paisa = _given_back(queries.history_of(session, sale.id), return_id)
    if not sum(line.parts.total_paisa for line in lines):
        return Tax()
    facts = queries.parties(session, sale.vendor_id, sale.retailer_id, day)
    vendor, retailer = facts[sale.vendor_id], facts[sale.retailer_id]
    paper = _paper(
        sale,
        (vendor, retailer),
        lines,
        kind="credit_note",
        number=number,
        delivery_id=return_id,
        day=day,
        has_input_tax=bool(input_paisa),
        reason=reason,
    )
    write_paper(session, paper)
    return Tax(paper.tax_paisa, input_paisa)


def _paper(
    sale: Sale,
    parties: tuple[PartyFacts, PartyFacts],
    lines: Sequence[PaperLine],
    *,
    kind: str,
    number: str,
    delivery_id: UUID,
    day: date,
    has_input_tax: bool,
    reason: str | None = None,
) -> Paper:
    """The paper of a delivery or a return."""
    vendor, retailer = parties
    return Paper(
        kind=kind,
        number=number,
        fiscal_year=fiscal_year(vendor.country, day),
        vendor_id=sale.vendor_id,
        retailer_id=sale.retailer_id,
        order_id=sale.id,
        delivery_id=delivery_id,
        document_date=day,
        currency=sale.currency,
        country=vendor.country,
        vendor_profile_id=vendor.profile_id,
        retailer_profile_id=retailer.profile_id,
        vendor_state=vendor.state,
        retailer_state=retailer.state,
        place_of_supply=next((line.trace["place"] for line in lines if "place" in line.trace), None),
        gives_input_tax=has_input_tax,
        reason=reason,
        lines=lines,
    )


def _given_back(history: Sequence[HandedOver], return_id: UUID) -> tuple[list[PaperLine], int]:
    """The lines of a return's credit note, and what of their tax the buyer had set off."""
    deliveries: defaultdict[int, list[HandedOver]] = defaultdict(list)
    earlier: defaultdict[int, Decimal] = defaultdict(Decimal)
    now: dict[int, Decimal] = {}
    for step in history:
        if step.kind == "delivery":
            deliveries[step.order_line_no].append(step)
        elif step.document_id == return_id:
            now[step.order_line_no] = step.quantity
        else:
            earlier[step.order_line_no] += step.quantity
    lines, input_paisa = [], 0
    for number, quantity in now.items():
        first, last = earlier[number], earlier[number] + quantity
        begin = Decimal(0)
        for step in deliveries[number]:
            end = begin + step.quantity
            if step.invoice_id is not None and first < end and begin < last:
                line = _part_of(step, begin, max(first, begin), min(last, end))
                lines.append(line)
                input_paisa += line.parts.tax_paisa if step.gives_input_tax else 0
            begin = end
    return lines, input_paisa


def _part_of(step: HandedOver, begin: Decimal, first: Decimal, last: Decimal) -> PaperLine:
    """What came back of one delivered line, whose quantity began at `begin` of the order line."""
    # The order charges the difference of two rounded amounts; so does what comes back, to the same paisa.
    at = {edge: line_amount_paisa(step.unit_price, edge) for edge in (begin, first, last)}
    whole = Parts(**{part.name: getattr(step, part.name) for part in fields(Parts)})
    return PaperLine(
        order_line_no=step.order_line_no,
        product_id=step.product_id,
        unit=step.unit,
        quantity=last - first,
        unit_price=step.unit_price,
        hsn=step.hsn,
        supply=step.supply or "untaxed",
        rate=step.rate,
        cess_rate=step.cess_rate,
        parts=share(whole, before_paisa=at[first] - at[begin], after_paisa=at[last] - at[begin]),
        trace={
            **step.trace,
            "given_back_of": step.number,
            "rule": "the rate of the invoice (CGST Act s. 34)",
        },
        original_id=step.invoice_id,
        original_line_no=step.line_no,
    )


def _party(facts: PartyFacts) -> Party:
    return Party(facts.country, facts.state or None, facts.profile or "unregistered")

"""Questions about invoices: what one is made of, and lists as the vendor and as the retailer see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from commerce.invoices.errors import InvoiceNotFound
from commerce.tax.queries import CLASS_STATED
from foundation.keyset import Order, page


class PartyFacts(NamedTuple):
    """A side of an invoice on its day."""

    id: UUID
    country: str
    state: str
    profile_id: UUID | None
    profile: str | None


_PARTIES = text("""
    SELECT party.id, party.country, party.state, held.id AS profile_id, held.profile
    FROM app.businesses party
    LEFT JOIN LATERAL (
        SELECT id, profile FROM app.tax_profiles WHERE business_id = party.id AND valid_from <= :day
        ORDER BY valid_from DESC, recorded_at DESC, id DESC LIMIT 1
    ) held ON true
    WHERE party.id IN (:vendor_id, :retailer_id)
""")


def parties(session: Session, vendor_id: UUID, retailer_id: UUID, day: date) -> dict[UUID, PartyFacts]:
    """Both sides of a sale with the tax profiles that hold on a day. Needs both in scope."""
    rows = session.execute(_PARTIES, {"vendor_id": vendor_id, "retailer_id": retailer_id, "day": day})
    return {row.id: PartyFacts._make(row) for row in rows}


class SoldLine(NamedTuple):
    """A line of a delivery, with what its vendor said of its tax."""

    line_no: int
    order_line_no: int
    product_id: UUID
    name: str
    hsn: str | None
    unit: str
    quantity: Decimal
    unit_price: Decimal
    amount_paisa: int
    tax_class: str | None
    condition: str | None


_SOLD = text(f"""
    SELECT line.line_no, line.order_line_no, line.product_id, product.name || ' (' || product.sku || ')', product.hsn,
           line.unit, line.quantity, line.unit_price, line.amount_paisa, class.tax_class, class.condition
    FROM app.delivery_lines line
    JOIN app.products product ON product.id = line.product_id
    LEFT JOIN LATERAL ({CLASS_STATED.format(product="line.product_id", country=":country")}) class ON true
    WHERE line.delivery_id = :delivery_id ORDER BY line.line_no
""")  # noqa: S608 - all parts are constants


def sold_lines(
    session: Session, *, delivery_id: UUID, business_id: UUID, country: str, day: date
) -> list[SoldLine]:
    """The lines of a delivery with the tax classes of a day."""
    rows = session.execute(
        _SOLD, {"delivery_id": delivery_id, "business_id": business_id, "country": country, "day": day}
    )
    return [SoldLine._make(row) for row in rows]


@dataclass(frozen=True)
class HandedOver:
    """A step of an order line in its history: delivered or returned, and the invoice line that a delivery has."""

    document_id: UUID
    kind: str
    order_line_no: int
    quantity: Decimal
    unit_price: Decimal
    unit: str
    product_id: UUID
    invoice_id: UUID | None
    line_no: int | None
    hsn: str | None
    supply: str | None
    rate: Decimal
    cess_rate: Decimal
    taxable_paisa: int
    cgst_paisa: int
    sgst_paisa: int
    igst_paisa: int
    cess_paisa: int
    vat_paisa: int
    trace: dict[str, object]
    number: str | None
    gives_input_tax: bool | None


# By number: the series of a vendor is gapless and in the order in which the order's lock let them through.
_HISTORY = text("""
    SELECT document.id AS document_id, document.kind, line.order_line_no, line.quantity, line.unit_price, line.unit,
           line.product_id, billed.invoice_id, billed.line_no, billed.hsn, billed.supply, billed.rate, billed.cess_rate,
           billed.taxable_paisa, billed.cgst_paisa, billed.sgst_paisa, billed.igst_paisa, billed.cess_paisa,
           billed.vat_paisa, billed.trace, invoice.number, invoice.gives_input_tax
    FROM app.deliveries document
    JOIN app.delivery_lines line ON line.delivery_id = document.id
    LEFT JOIN app.invoices invoice ON invoice.delivery_id = document.id AND document.kind = 'delivery'
    LEFT JOIN app.invoice_lines billed ON billed.invoice_id = invoice.id AND billed.order_line_no = line.order_line_no
    WHERE document.order_id = :order_id
    ORDER BY document.document_date, document.number, line.line_no
""")


def history_of(session: Session, order_id: UUID) -> list[HandedOver]:
    """Every line that was delivered of an order or came back, in order, with its invoice line."""
    return [HandedOver(**row._mapping) for row in session.execute(_HISTORY, {"order_id": order_id})]


# What is open of a customer's bill is reckoned from its item; who has no khata paid all of it.
_SHOWN = """
    SELECT invoice.id, invoice.kind, invoice.number, invoice.fiscal_year, invoice.vendor_id, invoice.retailer_id,
           invoice.order_id, invoice.delivery_id, invoice.customer_id, invoice.document_date, invoice.currency,
           invoice.country, invoice.vendor_profile_id, invoice.retailer_profile_id, invoice.vendor_state,
           invoice.retailer_state, invoice.place_of_supply, invoice.gives_input_tax, invoice.taxable_paisa,
           invoice.tax_paisa, invoice.total_paisa, invoice.discount_paisa, invoice.round_off_paisa,
           invoice.total_paisa + invoice.round_off_paisa AS payable_paisa, invoice.timing, invoice.till,
           invoice.client_id, invoice.original_id, invoice.reason, invoice.made_by, invoice.issued_at,
           gone.cancelled_on, gone.reason AS cancelled_because, bill.open_paisa,
           CASE WHEN gone.invoice_id IS NOT NULL THEN 'cancelled'
                WHEN invoice.retailer_id IS NOT NULL OR invoice.kind = 'credit_note' THEN 'issued'
                WHEN bill.open_paisa = 0 THEN 'paid'
                WHEN bill.open_paisa < invoice.total_paisa + invoice.round_off_paisa THEN 'part_paid'
                ELSE 'issued' END AS state
    FROM app.invoices invoice
    LEFT JOIN app.bill_cancellations gone ON gone.invoice_id = invoice.id
    LEFT JOIN LATERAL (
        SELECT CASE WHEN gone.invoice_id IS NOT NULL THEN 0 ELSE coalesce((
            SELECT item.amount_paisa - coalesce((
                SELECT CAST(sum(settled.amount_paisa) AS bigint) FROM app.allocations settled
                WHERE settled.debit_item_id = item.id), 0)
            FROM app.customers customer
            JOIN app.receivable_items item ON item.account_id = customer.account_id
                AND item.source = 'bill' AND item.source_id = invoice.id
            WHERE customer.id = invoice.customer_id), 0) END AS open_paisa
        WHERE invoice.retailer_id IS NULL AND invoice.kind <> 'credit_note'
    ) bill ON true
"""


@dataclass(frozen=True)
class InvoiceFilter:
    """Which invoices of a list; None does not filter. Days are the vendor's, both included."""

    counterparty_id: UUID | None = None
    order_id: UUID | None = None
    customer_id: UUID | None = None
    kind: str | None = None
    number: str | None = None
    first: date | None = None
    last: date | None = None
    state: str | None = None
    till: str | None = None
    is_bill: bool | None = None
    """Those of a shop's counter, or those of orders."""


_CONDITIONS = {
    side: {
        "counterparty_id": f"{other}_id = :counterparty_id",
        "order_id": "order_id = :order_id",
        "customer_id": "customer_id = :customer_id",
        "kind": "kind = :kind",
        "number": "number = :number",
        "first": "document_date >= :first",
        "last": "document_date <= :last",
        "state": "state = :state",
        "till": "till = :till",
        "is_bill": "(retailer_id IS NULL) = :is_bill",
    }
    for side, other in (("vendor", "retailer"), ("retailer", "vendor"))
}
_ISSUED = (("issued_at", "timestamptz"), ("id", "uuid"))
INVOICES_BY = {"newest": Order(_ISSUED, is_descending=True), "oldest": Order(_ISSUED)}


def invoices_of(
    session: Session,
    side: str,
    business_id: UUID,
    *,
    chosen: InvoiceFilter = InvoiceFilter(),
    by: Order = INVOICES_BY["newest"],
    after: Sequence[Any] | None = None,
    limit: int = 50,
) -> Sequence[RowMapping]:
    """The papers that a vendor or a shop wrote, or those that a retailer got (`side`), newest first."""
    rows = f"SELECT * FROM ({_SHOWN} WHERE invoice.{side}_id = :business_id) shown WHERE true"  # noqa: S608
    values = {**vars(chosen), "business_id": business_id}
    return page(session, rows, values, filters=_CONDITIONS[side], by=by, after=after, limit=limit)


def invoice(session: Session, invoice_id: UUID) -> RowMapping:
    """One invoice, bill or credit note, if the session's scope may see it. Raises InvoiceNotFound."""
    row = (
        session.execute(text(f"{_SHOWN} WHERE invoice.id = :invoice_id"), {"invoice_id": invoice_id})
        .mappings()
        .one_or_none()
    )
    if row is None:
        raise InvoiceNotFound(invoice_id)
    return row


def lines_of(session: Session, invoice_id: UUID) -> Sequence[RowMapping]:
    """The lines of an invoice in their order; a credit note's with the number of the invoice they give back of."""
    return (
        session.execute(
            text("""
                SELECT line.line_no, line.order_line_no, line.product_id, line.hsn, line.unit, line.quantity,
                       line.unit_price, line.mrp, line.discount_paisa, line.short_quantity, line.supply, line.rate,
                       line.cess_rate, line.taxable_paisa, line.cgst_paisa, line.sgst_paisa, line.igst_paisa,
                       line.cess_paisa, line.vat_paisa, line.total_paisa, line.original_id, line.original_line_no,
                       line.trace, coalesce(line.name, product.name) AS name, product.sku,
                       original.number AS original_number, original.document_date AS original_date
                FROM app.invoice_lines line JOIN app.products product ON product.id = line.product_id
                LEFT JOIN app.invoices original ON original.id = line.original_id
                WHERE line.invoice_id = :invoice_id ORDER BY line.line_no
            """),
            {"invoice_id": invoice_id},
        )
        .mappings()
        .all()
    )


class NamedParty(NamedTuple):
    """A side of an invoice as its paper names it."""

    id: UUID
    name: str
    zone: str
    profile: str | None
    registration_number: str | None


def named_parties(session: Session, invoice: RowMapping) -> tuple[NamedParty, NamedParty | None]:
    """Vendor and retailer with the tax numbers of that day; of a bill the shop alone. Needs both in scope."""
    rows = session.execute(
        text("""
            SELECT party.id,
                   coalesce(CASE WHEN party.id = :vendor_id THEN face.seller_name ELSE face.retailer_name END,
                            party.name) AS name,
                   party.zone, held.profile, held.registration_number
            FROM app.businesses party
            LEFT JOIN app.invoice_faces face ON face.invoice_id = :id
            LEFT JOIN app.tax_profiles held ON held.business_id = party.id
                AND held.id IN (CAST(:vendor_profile_id AS uuid), CAST(:retailer_profile_id AS uuid))
            WHERE party.id IN (:vendor_id, :retailer_id)
        """),
        {
            name: invoice[name]
            for name in ("id", "vendor_id", "retailer_id", "vendor_profile_id", "retailer_profile_id")
        },
    )
    found = {row.id: NamedParty._make(row) for row in rows}
    return found[invoice["vendor_id"]], found.get(invoice["retailer_id"])

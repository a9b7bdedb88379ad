"""A paper as it is written: its row, how its sides and goods are called now, and its lines, by one statement."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from commerce.tax.calculation import Parts
from foundation import clock
from foundation.ids import uuid7
from foundation.statements import Statement

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class PaperLine:
    """A line with its figures; of a credit note, what is given back of one line of one paper."""

    product_id: UUID
    unit: str
    quantity: Decimal
    unit_price: Decimal
    hsn: str | None
    supply: str
    rate: Decimal
    cess_rate: Decimal
    parts: Parts
    trace: Mapping[str, Any]
    order_line_no: int | None = None
    mrp: Decimal | None = None
    discount_paisa: int = 0
    short_quantity: Decimal = NOTHING
    original_id: UUID | None = None
    original_line_no: int | None = None


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper between a seller and a retailer, of an order, or of a shop and a customer or nobody by name."""

    kind: str
    number: str
    fiscal_year: str
    vendor_id: UUID
    document_date: date
    currency: str
    country: str
    vendor_state: str
    vendor_profile_id: UUID | None
    lines: Sequence[PaperLine]
    place_of_supply: str | None
    gives_input_tax: bool
    retailer_id: UUID | None = None
    retailer_state: str = ""
    """Of the buyer, whoever it is; empty where it is not known."""
    retailer_profile_id: UUID | None = None
    order_id: UUID | None = None
    delivery_id: UUID | None = None
    customer_id: UUID | None = None
    discount_paisa: int = 0
    round_off_paisa: int = 0
    timing: str | None = None
    till: str | None = None
    client_id: UUID | None = None
    original_id: UUID | None = None
    reason: str | None = None
    made_by: UUID | None = None
    buyer_profile: str | None = None
    """Of a shop's customer, as `buyer_sealed` (`faces.Buyer`); a note of a bill has both from the bill."""
    buyer_sealed: bytes | None = field(default=None, repr=False)
    id: UUID = field(default_factory=uuid7)

    @property
    def tax_paisa(self) -> int:
        """What of the total goes to the state."""
        return sum(line.parts.tax_paisa for line in self.lines)

    @property
    def total_paisa(self) -> int:
        """Value and tax of all lines."""
        return sum(line.parts.total_paisa for line in self.lines)


_COLUMNS = (
    "id, kind, number, fiscal_year, vendor_id, retailer_id, order_id, delivery_id, customer_id, document_date, "
    "currency, country, vendor_profile_id, retailer_profile_id, vendor_state, retailer_state, place_of_supply, "
    "gives_input_tax, discount_paisa, round_off_paisa, timing, till, client_id, original_id, reason, made_by"
)
_WRITE = Statement(f"""
    WITH invoice AS (
        INSERT INTO app.invoices ({_COLUMNS}, taxable_paisa, tax_paisa, total_paisa, issued_at)
        VALUES ({", ".join(f":{name}" for name in _COLUMNS.split(", "))},
                :taxable_paisa, :tax_paisa, :total_paisa, :now)
    ), face AS (
        INSERT INTO app.invoice_faces
            (invoice_id, vendor_id, retailer_id, seller_name, seller_address, seller_phone, turnover, retailer_name,
             retailer_address, buyer_profile, buyer_sealed)
        SELECT CAST(:id AS uuid), seller.id, buyer.id, seller.name, coalesce(chosen.address, seller.zone), chosen.phone,
               chosen.turnover, buyer.name, buyer.zone, coalesce(:buyer_profile, billed.buyer_profile),
               coalesce(CAST(:buyer_sealed AS bytea), billed.buyer_sealed)
        FROM app.businesses seller
        LEFT JOIN app.billing_settings chosen ON chosen.business_id = seller.id
        LEFT JOIN app.businesses buyer ON buyer.id = :retailer_id
        LEFT JOIN app.invoice_faces billed ON billed.invoice_id = :original_id
        WHERE seller.id = :vendor_id
    )
    INSERT INTO app.invoice_lines
        (invoice_id, line_no, vendor_id, retailer_id, order_line_no, product_id, name, hsn, unit, quantity, unit_price,
         mrp, discount_paisa, short_quantity, supply, rate, cess_rate, taxable_paisa, cgst_paisa, sgst_paisa,
         igst_paisa, cess_paisa, vat_paisa, total_paisa, original_id, original_line_no, trace)
    SELECT :id, line.line_no, :vendor_id, :retailer_id, line.order_line_no, line.product_id,
           coalesce(billed.name, product.name), line.hsn, line.unit, line.quantity, line.unit_price, line.mrp,
           line.discount_paisa, line.short_quantity, line.supply, line.rate, line.cess_rate, line.taxable_paisa,
           line.cgst_paisa, line.sgst_paisa, line.igst_paisa, line.cess_paisa, line.vat_paisa, line.total_paisa,
           line.original_id, line.original_line_no, line.trace
    FROM jsonb_to_recordset(CAST(:lines AS jsonb)) AS line
        (line_no smallint, order_line_no smallint, product_id uuid, hsn text, unit text, quantity numeric,
         unit_price numeric, mrp numeric, discount_paisa bigint, short_quantity numeric, supply text, rate numeric,
         cess_rate numeric, taxable_paisa bigint, cgst_paisa bigint, sgst_paisa bigint, igst_paisa bigint,
         cess_paisa bigint, vat_paisa bigint, total_paisa bigint, original_id uuid, original_line_no smallint,
         trace jsonb)
    LEFT JOIN app.products product ON product.id = line.product_id
    LEFT JOIN app.invoice_lines billed
        ON billed.invoice_id = line.original_id AND billed.line_no = line.original_line_no
""")  # noqa: S608 - all parts are constants


def write_paper(session: Session, paper: Paper) -> None:
    """Add a paper with its lines."""
    tax, total = paper.tax_paisa, paper.total_paisa
    values = {name: getattr(paper, name) for name in _COLUMNS.split(", ")}
    rows = [_as_row(line, line_no) for line_no, line in enumerate(paper.lines, start=1)]
    _WRITE.run(
        session,
        {
            **values,
            "taxable_paisa": total - tax,
            "tax_paisa": tax,
            "total_paisa": total,
            "now": clock.now(),
            "buyer_profile": paper.buyer_profile,
            "buyer_sealed": paper.buyer_sealed,
            "lines": json.dumps(rows, default=str),
        },
    )


_PLAIN = tuple(name for name in PaperLine.__dataclass_fields__ if name != "parts")


def _as_row(line: PaperLine, line_no: int) -> dict[str, Any]:
    facts = {name: getattr(line, name) for name in _PLAIN}
    return {"line_no": line_no, **facts, **vars(line.parts), "total_paisa": line.parts.total_paisa}

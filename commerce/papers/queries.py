"""Questions about papers: what stands in the rows of one, and how often it was printed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, RowMapping, text
from sqlalchemy.orm import Session

from foundation.statements import Statement

# What the sides were called when the paper was written, and for papers from before that was kept what they are now.
# Vendor and retailer are seen where the session's scope has both; a shop's bill has no retailer.
_HEAD = Statement("""
    SELECT paper.id, paper.kind, paper.number, paper.fiscal_year, paper.vendor_id, paper.retailer_id,
           paper.customer_id, paper.delivery_id, paper.document_date, paper.currency, paper.country,
           paper.vendor_state, paper.retailer_state, paper.place_of_supply, paper.gives_input_tax,
           paper.round_off_paisa, paper.reason, paper.issued_at, paper.original_id,
           CAST(paper.changed_in AS text) AS changed_in, gone.cancelled_on, gone.reason AS cancel_reason,
           seller.name AS vendor, seller.zone AS vendor_zone, seller.time_zone,
           held.profile AS vendor_profile, held.registration_number AS vendor_number,
           chosen.address, chosen.phone, chosen.paper_language, chosen.turnover, chosen.upi_address,
           buyer.name AS retailer, buyer.zone AS retailer_zone, known.profile AS retailer_profile,
           known.registration_number AS retailer_number, face.invoice_id IS NOT NULL AS is_kept, face.seller_name,
           face.seller_address, face.seller_phone, face.turnover AS turnover_then, face.retailer_name,
           face.retailer_address
    FROM app.invoices paper
    JOIN app.businesses seller ON seller.id = paper.vendor_id
    LEFT JOIN app.tax_profiles held ON held.id = paper.vendor_profile_id
    LEFT JOIN app.billing_settings chosen ON chosen.business_id = paper.vendor_id
    LEFT JOIN app.businesses buyer ON buyer.id = paper.retailer_id
    LEFT JOIN app.tax_profiles known ON known.id = paper.retailer_profile_id
    LEFT JOIN app.invoice_faces face ON face.invoice_id = paper.id
    LEFT JOIN app.bill_cancellations gone ON gone.invoice_id = paper.id
    WHERE paper.id = :invoice_id
""")


def head(session: Session, invoice_id: UUID) -> dict[str, Any] | None:
    """A paper with its sides, as far as the session's scope may see them."""
    rows = _HEAD.named(session, {"invoice_id": invoice_id})
    return dict(rows[0]) if rows else None


_LINES = Statement("""
    SELECT line.hsn, line.unit, line.quantity, line.unit_price, line.mrp, line.discount_paisa, line.supply, line.rate,
           line.cess_rate, line.taxable_paisa, line.cgst_paisa, line.sgst_paisa, line.igst_paisa, line.cess_paisa,
           line.vat_paisa, line.trace ->> 'price' AS price_rule,
           coalesce(line.name, product.name) AS name, original.number AS original_number,
           original.document_date AS original_date
    FROM app.invoice_lines line
    JOIN app.products product ON product.id = line.product_id
    LEFT JOIN app.invoices original ON original.id = line.original_id
    WHERE line.invoice_id = :invoice_id ORDER BY line.line_no
""")


def lines(session: Session, invoice_id: UUID) -> Sequence[dict[str, Any]]:
    """The lines of a paper in their order."""
    return [dict(row) for row in _LINES.named(session, {"invoice_id": invoice_id})]


# What was taken with a paper was written with it, in the same transaction; what came later is not on it.
_MONEY = text("""
    SELECT mode, amount_paisa, reference FROM app.bill_tenders
    WHERE invoice_id = :invoice_id AND changed_in = CAST(:changed_in AS xid8)
    UNION ALL
    SELECT mode, -amount_paisa, reference FROM app.khata_entries
    WHERE customer_id = :customer_id AND business_id = :business_id AND kind = 'payment'
      AND changed_in = CAST(:changed_in AS xid8)
""")


def money(session: Session, head: dict[str, Any]) -> Sequence[Row[Any]]:
    """What was paid with a bill, or below zero given back with a note."""
    values = {
        "invoice_id": head["id"],
        "customer_id": head["customer_id"],
        "business_id": head["vendor_id"],
        "changed_in": head["changed_in"],
    }
    return session.execute(_MONEY, values).all()


class KhataAt(NamedTuple):
    """What a khata came to when a paper was written."""

    moved_paisa: int
    after_paisa: int


# The khata is locked while a paper is written into it, so its items stand in the order of their writing.
_KHATA = text("""
    WITH moved AS (
        SELECT item.amount_paisa, item.recorded_at, item.id FROM app.receivable_items item
        WHERE item.account_id = (SELECT account_id FROM app.customers
                                 WHERE id = :customer_id AND business_id = :business_id)
          AND item.changed_in = CAST(:changed_in AS xid8)
    ), last AS (
        SELECT recorded_at, id FROM moved ORDER BY recorded_at DESC, id DESC LIMIT 1
    )
    SELECT CAST((SELECT sum(amount_paisa) FROM moved) AS bigint) AS moved_paisa,
           CAST(sum(item.amount_paisa) AS bigint) AS after_paisa
    FROM app.receivable_items item JOIN last ON true
    WHERE item.account_id = (SELECT account_id FROM app.customers
                             WHERE id = :customer_id AND business_id = :business_id)
      AND (item.recorded_at, item.id) <= (last.recorded_at, last.id)
""")


def khata_at(session: Session, head: dict[str, Any]) -> KhataAt | None:
    """What the customer owed after a paper, and by how much it and what was paid with it moved that."""
    values = {
        "customer_id": head["customer_id"],
        "business_id": head["vendor_id"],
        "changed_in": head["changed_in"],
    }
    row = session.execute(_KHATA, values).one()
    return None if row.after_paisa is None else KhataAt(row.moved_paisa, row.after_paisa)


def lock_copies(session: Session, invoice_id: UUID) -> None:
    """Let who prints the same paper meanwhile wait until this transaction has ended: nobody locks papers' rows."""
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"copies of {invoice_id}"}
    )


_COUNT = text("""
    INSERT INTO app.invoice_copies (invoice_id, copy_no, business_id, form, printed_by, printed_at, link_until)
    SELECT :invoice_id, coalesce(max(copy_no) + 1, 0), :business_id, :form, :printed_by, :now, :link_until
    FROM app.invoice_copies WHERE invoice_id = :invoice_id
    RETURNING copy_no
""")


def add_copy(
    session: Session,
    *,
    invoice_id: UUID,
    business_id: UUID,
    form: str,
    printed_by: UUID | None,
    link_until: datetime | None,
    now: datetime,
) -> int:
    """Count a print. Lock the copies before."""
    values = {
        "invoice_id": invoice_id,
        "business_id": business_id,
        "form": form,
        "printed_by": printed_by,
        "link_until": link_until,
        "now": now,
    }
    return session.execute(_COUNT, values).scalar_one()


def counted_as(session: Session, invoice_id: UUID, form: str, link_until: datetime | None) -> int | None:
    """Which copy was put away after the bill, or is the one that this link opens."""
    return session.execute(
        text("""
            SELECT copy_no FROM app.invoice_copies
            WHERE invoice_id = :invoice_id AND form = :form AND (form = 'filed' OR link_until = :link_until)
        """),
        {"invoice_id": invoice_id, "form": form, "link_until": link_until},
    ).scalar_one_or_none()


def copies(session: Session, invoice_id: UUID) -> Sequence[RowMapping]:
    """The prints of a paper, in their order."""
    return (
        session.execute(
            text("""
                SELECT copy_no, form, printed_by, printed_at FROM app.invoice_copies
                WHERE invoice_id = :invoice_id ORDER BY copy_no
            """),
            {"invoice_id": invoice_id},
        )
        .mappings()
        .all()
    )


def shop_of(session: Session, customer_id: UUID) -> UUID | None:
    """The shop that knows a customer."""
    return session.execute(
        text("SELECT business_id FROM app.customers WHERE id = :customer_id"), {"customer_id": customer_id}
    ).scalar_one_or_none()

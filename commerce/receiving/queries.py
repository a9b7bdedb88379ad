"""Questions about received goods: what a delivery brought and cost, and the buyer's lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from commerce.receiving.errors import GoodsReceiptNotFound
from foundation.keyset import Order, page


class HandedLine(NamedTuple):
    """A line of a delivery or return, in the vendor's unit and in the base unit, and what it cost the buyer."""

    line_no: int
    product_id: UUID
    unit: str
    quantity: Decimal
    base_unit: str
    base_quantity: Decimal
    cost_paisa: int


# What came back of several invoices has a line of the credit note for each; the buyer had set off the tax of those
# that gave it.
_HANDED = text("""
    SELECT line.line_no, line.product_id, line.unit, line.quantity, product.base_unit,
           CAST(line.quantity * line.base_quantity AS numeric(14, 3)) AS base_quantity,
           CAST(line.amount_paisa - coalesce(input.paisa, 0) AS bigint) AS cost_paisa
    FROM app.delivery_lines line
    JOIN app.products product ON product.id = line.product_id
    LEFT JOIN LATERAL (
        SELECT sum(billed.total_paisa - billed.taxable_paisa) AS paisa
        FROM app.invoices invoice
        JOIN app.invoice_lines billed ON billed.invoice_id = invoice.id AND billed.order_line_no = line.order_line_no
        LEFT JOIN app.invoices original ON original.id = billed.original_id
        WHERE invoice.delivery_id = line.delivery_id
          AND coalesce(original.gives_input_tax, invoice.gives_input_tax)
    ) input ON true
    WHERE line.delivery_id = :delivery_id ORDER BY line.line_no
""")


def handed_lines(session: Session, delivery_id: UUID) -> list[HandedLine]:
    """The lines of a delivery or return, once its invoice or credit note is written."""
    return [HandedLine._make(row) for row in session.execute(_HANDED, {"delivery_id": delivery_id})]


# What was delivered first goes back first, and that is what came before there were receipts.
_BROUGHT_IN = text("""
    SELECT line.line_no,
           greatest(0, line.quantity - greatest(0, coalesce(sum(
               CASE document.kind WHEN 'delivery' THEN 1 ELSE -1 END
               * (other.quantity - coalesce(received.quantity, 0))), 0))) AS quantity
    FROM app.delivery_lines line
    LEFT JOIN app.delivery_lines other ON other.order_id = line.order_id AND other.order_line_no = line.order_line_no
        AND other.delivery_id <> line.delivery_id
    LEFT JOIN app.deliveries document ON document.id = other.delivery_id
    LEFT JOIN app.goods_receipts receipt ON receipt.delivery_id = other.delivery_id
    LEFT JOIN app.goods_receipt_lines received ON received.receipt_id = receipt.id AND received.line_no = other.line_no
    WHERE line.delivery_id = :return_id GROUP BY line.delivery_id, line.line_no
""")


def brought_in(session: Session, return_id: UUID) -> dict[int, Decimal]:
    """What of each line of a return had come by a receipt, in the vendor's unit; the rest came without one."""
    return {row.line_no: row.quantity for row in session.execute(_BROUGHT_IN, {"return_id": return_id})}


_SHOWN = """
    SELECT receipt.id, receipt.kind, receipt.vendor_id, vendor.name AS vendor, receipt.order_id, receipt.delivery_id,
           delivery.number, receipt.document_date, receipt.currency, receipt.cost_paisa, receipt.received_at
    FROM app.goods_receipts receipt
    JOIN app.businesses vendor ON vendor.id = receipt.vendor_id
    JOIN app.deliveries delivery ON delivery.id = receipt.delivery_id
    WHERE receipt.business_id = :business_id
"""
_NEWEST = (("received_at", "timestamptz"), ("id", "uuid"))
RECEIPTS_BY = {"newest": Order(_NEWEST, is_descending=True), "oldest": Order(_NEWEST)}
_RECEIPT_IS = {
    "kind": "receipt.kind = :kind",
    "vendor_id": "receipt.vendor_id = :vendor_id",
    "product_id": "EXISTS (SELECT FROM app.goods_receipt_lines line WHERE line.receipt_id = receipt.id"
    " AND line.product_id = :product_id)",
    "first": "receipt.document_date >= :first",
    "last": "receipt.document_date <= :last",
}


@dataclass(frozen=True)
class ReceiptFilter:
    """Which receipts of a list; None does not filter. Days are those of the vendor's papers, both included."""

    kind: str | None = None
    vendor_id: UUID | None = None
    product_id: UUID | None = None
    first: date | None = None
    last: date | None = None


def receipts(
    session: Session,
    business_id: UUID,
    *,
    chosen: ReceiptFilter = ReceiptFilter(),
    by: Order = RECEIPTS_BY["newest"],
    after: Sequence[Any] | None = None,
    limit: int,
) -> Sequence[RowMapping]:
    """What a business received and gave back, newest first."""
    values = {**vars(chosen), "business_id": business_id}
    return page(session, _SHOWN, values, filters=_RECEIPT_IS, by=by, after=after, limit=limit)


def receipt(session: Session, business_id: UUID, receipt_id: UUID) -> RowMapping:
    """One of a business's receipts. Raises GoodsReceiptNotFound."""
    row = (
        session.execute(
            text(f"{_SHOWN} AND receipt.id = :receipt_id"),
            {"business_id": business_id, "receipt_id": receipt_id},
        )
        .mappings()
        .one_or_none()
    )
    if row is None:
        raise GoodsReceiptNotFound(
            f"there is no goods receipt {receipt_id}; its list is that of your own",
            receipt_id=str(receipt_id),
        )
    return row


def lines_of(session: Session, receipt_id: UUID) -> Sequence[RowMapping]:
    """The lines of a receipt with the goods' names and the batches as the vendor sent them out."""
    return (
        session.execute(
            text("""
                SELECT line.line_no, line.product_id, product.sku, product.name, line.unit, line.quantity,
                       line.base_unit, line.base_quantity, line.stocked_quantity, line.cost_paisa, line.unit_cost,
                       (SELECT coalesce(jsonb_agg(jsonb_build_object(
                            'batch', part.number, 'expires_on', part.expires_on, 'mrp_paisa', part.mrp_paisa,
                            'quantity', CAST(part.quantity AS text)) ORDER BY part.part_no), '[]')
                        FROM app.delivery_batches part
                        WHERE part.delivery_id = receipt.delivery_id AND part.line_no = line.line_no) AS batches
                FROM app.goods_receipts receipt
                JOIN app.goods_receipt_lines line ON line.receipt_id = receipt.id
                JOIN app.products product ON product.id = line.product_id
                WHERE receipt.id = :receipt_id ORDER BY line.line_no
            """),
            {"receipt_id": receipt_id},
        )
        .mappings()
        .all()
    )

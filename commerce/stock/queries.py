"""Questions to the shelves."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from commerce.stock.errors import ReceiptNotFound

_RECEIPT = text("""
    SELECT movement.kind, movement.reason, movement.moved_at, movement.product_id, product.sku, product.name,
           product.base_unit AS unit, movement.quantity, movement.on_hand_after
    FROM app.stock_movements movement JOIN app.products product ON product.id = movement.product_id
    WHERE movement.source_id = :receipt_id AND movement.kind IN ('opening', 'receipt')
      AND movement.business_id = :business_id
    ORDER BY product.sku, product.id
""")


class Counted(NamedTuple):
    """What a good is called, and the unit that its stock is kept in."""

    sku: str
    base_unit: str


def counted(session: Session, products: Sequence[UUID]) -> dict[UUID, Counted]:
    """How the stock of each product is counted."""
    rows = session.execute(
        text("SELECT id, sku, base_unit FROM app.products WHERE id = ANY (CAST(:products AS uuid[]))"),
        {"products": list(products)},
    )
    return {row.id: Counted(row.sku, row.base_unit) for row in rows}


def receipt(session: Session, business_id: UUID, receipt_id: UUID) -> Sequence[RowMapping]:
    """The movements of a receipt of goods, by product code. Raises ReceiptNotFound."""
    rows = session.execute(_RECEIPT, {"business_id": business_id, "receipt_id": receipt_id}).mappings().all()
    if not rows:
        raise ReceiptNotFound(f"there is no receipt {receipt_id}", receipt_id=str(receipt_id))
    return rows


def free(session: Session, business_id: UUID, products: Sequence[UUID]) -> dict[UUID, Decimal]:
    """What is on the shelf and promised to nobody, in base units, of the products that have a level."""
    rows = session.execute(
        text("""
            SELECT product_id, on_hand - reserved AS free FROM app.stock_levels
            WHERE business_id = :business_id AND product_id = ANY (CAST(:products AS uuid[]))
        """),
        {"business_id": business_id, "products": list(products)},
    )
    return {row.product_id: row.free for row in rows}

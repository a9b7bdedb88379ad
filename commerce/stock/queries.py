"""Questions to the shelves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, RowMapping, text
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


def on_hand(session: Session, business_id: UUID, products: Sequence[UUID]) -> dict[UUID, Decimal]:
    """What lies on the shelf of the products that have a level, promised or not."""
    rows = session.execute(
        text("""
            SELECT product_id, on_hand FROM app.stock_levels
            WHERE business_id = :business_id AND product_id = ANY (CAST(:products AS uuid[]))
        """),
        {"business_id": business_id, "products": list(products)},
    )
    return {row.product_id: row.on_hand for row in rows}


_LEVELS = """
    SELECT level.product_id, product.sku, product.name, product.base_unit AS unit, level.on_hand, level.reserved,
           level.on_hand - level.reserved AS free, level.low_at AS threshold,
           coalesce(level.on_hand < level.low_at, false) AS is_low, level.changed_at
    FROM app.stock_levels level JOIN app.products product ON product.id = level.product_id
    WHERE level.business_id = :business_id AND {filters}
    ORDER BY level.product_id LIMIT :limit
"""


def levels(
    session: Session,
    business_id: UUID,
    *,
    is_low: bool = False,
    product_id: UUID | None = None,
    after: tuple[UUID] | None = None,
    limit: int,
) -> Sequence[RowMapping]:
    """What lies on the shelves, by product id; with `is_low` only what is under its threshold."""
    filters = ["true"]
    if is_low:
        filters.append("level.on_hand < level.low_at")
    if product_id is not None:
        filters.append("level.product_id = :product_id")
    if after is not None:
        filters.append("level.product_id > :after_id")
    return (
        session.execute(
            text(_LEVELS.format(filters=" AND ".join(filters))),
            {
                "business_id": business_id,
                "product_id": product_id,
                "after_id": after[0] if after else None,
                "limit": limit,
            },
        )
        .mappings()
        .all()
    )


_MOVEMENTS = """
    SELECT movement.id, movement.product_id, product.sku, product.name, product.base_unit AS unit, movement.kind,
           movement.quantity, movement.on_hand_after, movement.reason, movement.source_id, movement.moved_at
    FROM app.stock_movements movement JOIN app.products product ON product.id = movement.product_id
    WHERE movement.business_id = :business_id AND {filters}
    ORDER BY movement.moved_at DESC, movement.id DESC LIMIT :limit
"""
_MOVEMENT_FILTERS = {
    "kind": "movement.kind = :kind",
    "reason": "movement.reason = :reason",
    "product_id": "movement.product_id = :product_id",
    "since": "movement.moved_at >= :since",
    "until": "movement.moved_at < :until",
}


def movements(
    session: Session,
    business_id: UUID,
    *,
    filters: Mapping[str, object],
    after: tuple[datetime, UUID] | None = None,
    limit: int,
) -> Sequence[RowMapping]:
    """What came and went, newest first; `filters`: kind, reason, product_id, since, until, each None or what it is."""
    wanted = [condition for name, condition in _MOVEMENT_FILTERS.items() if filters.get(name) is not None]
    parameters: dict[str, Any] = {"business_id": business_id, "limit": limit, **filters}
    if after is not None:
        wanted.append("(movement.moved_at, movement.id) < (:after_at, :after_id)")
        parameters |= {"after_at": after[0], "after_id": after[1]}
    query = text(_MOVEMENTS.format(filters=" AND ".join(wanted or ["true"])))
    return session.execute(query, parameters).mappings().all()


def adjustment(session: Session, business_id: UUID, adjustment_id: UUID) -> Sequence[RowMapping]:
    """The movements of an adjustment, by product code."""
    query = text("""
        SELECT movement.product_id, product.sku, product.name, product.base_unit AS unit, movement.quantity,
               movement.on_hand_after
        FROM app.stock_movements movement JOIN app.products product ON product.id = movement.product_id
        WHERE movement.source_id = :adjustment_id AND movement.kind = 'adjustment'
          AND movement.business_id = :business_id
        ORDER BY product.sku, product.id
    """)
    return (
        session.execute(query, {"business_id": business_id, "adjustment_id": adjustment_id}).mappings().all()
    )


def movements_of(session: Session, business_id: UUID, receipt_id: UUID) -> Sequence[Row[Any]]:
    """What a receipt brought, if there is one."""
    return session.execute(
        text("""
            SELECT product_id, quantity FROM app.stock_movements
            WHERE source_id = :receipt_id AND kind IN ('opening', 'receipt') AND business_id = :business_id
            ORDER BY product_id
        """),
        {"business_id": business_id, "receipt_id": receipt_id},
    ).all()


def opened(session: Session, business_id: UUID, products: Sequence[UUID]) -> set[UUID]:
    """Which of the products have opening stock."""
    rows = session.execute(
        text("""
            SELECT DISTINCT product_id FROM app.stock_movements
            WHERE business_id = :business_id AND product_id = ANY (CAST(:products AS uuid[])) AND kind = 'opening'
        """),
        {"business_id": business_id, "products": list(products)},
    )
    return set(rows.scalars())


class Sellable(NamedTuple):
    """A good that a code may mean, its units in base units, and whose it is: 0 one's own, 1 shared, 2 another's."""

    product_id: UUID
    sku: str
    base_unit: str
    units: Mapping[str, Decimal]
    nearness: int


_SELLABLE = text("""
    SELECT product.id, product.sku, lower(product.sku) AS code, product.barcode, product.base_unit,
           CASE WHEN owner_id = :business_id THEN 0 WHEN owner_id IS NULL THEN 1 ELSE 2 END AS nearness,
           (SELECT jsonb_object_agg(unit, CAST(base_quantity AS text)) FROM app.product_units
            WHERE product_id = product.id) AS units
    FROM app.products product
    WHERE (lower(product.sku) = ANY (CAST(:codes AS text[])) OR product.barcode = ANY (CAST(:codes AS text[])))
      AND (owner_id IS NULL OR owner_id = :business_id
           OR EXISTS (SELECT FROM app.offers WHERE product_id = product.id AND vendor_id = product.owner_id))
    ORDER BY nearness, product.id
""")


def sellable(session: Session, business_id: UUID, codes: Sequence[str]) -> dict[str, list[Sellable]]:
    """The goods that each code in lower case may mean, by its code or barcode, the nearest first."""
    found: dict[str, list[Sellable]] = defaultdict(list)
    for row in session.execute(_SELLABLE, {"business_id": business_id, "codes": list(codes)}):
        units = {unit: Decimal(held) for unit, held in (row.units or {}).items()}
        good = Sellable(row.id, row.sku, row.base_unit, {row.base_unit: Decimal(1)} | units, row.nearness)
        for code in {row.code, row.barcode} & set(codes):
            found[code].append(good)
    return found

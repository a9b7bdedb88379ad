"""Questions to the shelves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, RowMapping, text
from sqlalchemy.orm import Session

from commerce.stock.errors import ReceiptNotFound
from foundation.keyset import Order, page

_RECEIPT = text("""
    SELECT movement.kind, movement.reason, movement.moved_at, movement.product_id, product.sku, product.name,
           product.base_unit AS unit, movement.quantity, movement.on_hand_after, batch.number AS batch,
           batch.expires_on
    FROM app.stock_movements movement JOIN app.products product ON product.id = movement.product_id
    LEFT JOIN app.stock_batches batch ON batch.id = movement.batch_id
    WHERE movement.source_id = :receipt_id AND movement.kind IN ('opening', 'receipt')
      AND movement.business_id = :business_id
    ORDER BY product.sku, product.id, movement.id
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
    """What is on the shelf, may be sold and is promised to nobody, in base units, of the products that have a level."""
    rows = session.execute(
        text("""
            SELECT product_id, greatest(on_hand - reserved - expired, 0) AS free FROM app.stock_levels
            WHERE business_id = :business_id AND product_id = ANY (CAST(:products AS uuid[]))
        """),
        {"business_id": business_id, "products": list(products)},
    )
    return {row.product_id: row.free for row in rows}


class Level(NamedTuple):
    """What lies on a shelf, what of it is promised, what of it lies in batches, and what of those has expired."""

    on_hand: Decimal
    reserved: Decimal
    batched: Decimal
    expired: Decimal

    @property
    def unpromised(self) -> Decimal:
        """What is promised to nobody, be it expired or not."""
        return self.on_hand - self.reserved

    @property
    def unbatched(self) -> Decimal:
        """What lies there without a batch."""
        return self.on_hand - self.batched


_LOCK_LEVELS = text("""
    SELECT level.business_id, level.product_id, on_hand, reserved, batched, expired
    FROM app.stock_levels level
    JOIN unnest(CAST(:businesses AS uuid[]), CAST(:products AS uuid[])) AS wanted (business_id, product_id)
        USING (business_id, product_id)
    ORDER BY level.product_id, level.business_id FOR NO KEY UPDATE OF level
""")


def lock_levels(session: Session, wanted: Collection[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], Level]:
    """Lock the levels of these (business, product), where there are such, and say what lies there.

    By one sorted statement, before the first of several steps of a transaction moves any of them.
    """
    distinct = set(wanted)
    rows = session.execute(
        _LOCK_LEVELS,
        {
            "businesses": [business_id for business_id, _ in distinct],
            "products": [product_id for _, product_id in distinct],
        },
    )
    return {
        (row.business_id, row.product_id): Level(row.on_hand, row.reserved, row.batched, row.expired)
        for row in rows
    }


class Batch(NamedTuple):
    """A batch on a shelf, with what its label says."""

    id: UUID
    product_id: UUID
    number: str
    expires_on: date | None
    mrp_paisa: int | None
    on_hand: Decimal
    made_at: datetime


_BATCH = """
    SELECT id, product_id, number, expires_on, mrp_paisa, on_hand, made_at FROM app.stock_batches
    WHERE business_id = :business_id AND {which}
"""
_CALLED = """(product_id, number) IN (
    SELECT * FROM unnest(CAST(:of_products AS uuid[]), CAST(:numbers AS text[])))"""
_LYING = text(
    _BATCH.format(which=f"product_id = ANY (CAST(:products AS uuid[])) AND (on_hand > 0 OR {_CALLED})")
)
_BY_NUMBER = text(_BATCH.format(which=_CALLED))

Label = tuple[UUID, str]
"""A good, and the number of a batch of it."""


def batches_of(
    session: Session, business_id: UUID, products: Sequence[UUID], named: Collection[Label] = ()
) -> list[Batch]:
    """The batches of these goods that lie on a shelf, and those that are named though they are used up."""
    # No partial index on what lies there: with one, no change of a batch could stay on its page (HOT), and the unique
    # index finds a good's batches already.
    rows = session.execute(
        _LYING, {"business_id": business_id, "products": list(products), **_numbers(named)}
    )
    return [Batch._make(row) for row in rows]


def expired_of(session: Session, batches: Collection[UUID]) -> set[UUID]:
    """Which of these batches are marked as expired."""
    rows = session.execute(
        text(
            "SELECT id FROM app.stock_batches WHERE id = ANY (CAST(:ids AS uuid[])) AND expired_on IS NOT NULL"
        ),
        {"ids": list(batches)},
    )
    return set(rows.scalars())


def batches_called(session: Session, business_id: UUID, named: Collection[Label]) -> dict[Label, Batch]:
    """The batches of these numbers that are known, those that are used up too."""
    rows = session.execute(_BY_NUMBER, {"business_id": business_id, **_numbers(named)})
    return {(row.product_id, row.number): Batch._make(row) for row in rows}


def _numbers(named: Collection[Label]) -> dict[str, Any]:
    return {
        "of_products": [product_id for product_id, _ in named],
        "numbers": [number for _, number in named],
    }


def time_zone_of(session: Session, business_id: UUID) -> str:
    """Where a business has its day."""
    zone: str = session.execute(
        text("SELECT time_zone FROM app.businesses WHERE id = :business_id"), {"business_id": business_id}
    ).scalar_one()
    return zone


_LEVELS = """
    SELECT level.product_id, product.sku, product.name, product.base_unit AS unit, level.on_hand, level.reserved,
           level.expired, greatest(level.on_hand - level.reserved - level.expired, 0) AS free,
           level.low_at AS threshold,
           coalesce(level.on_hand - level.expired < level.low_at, false) AS is_low, level.changed_at
    FROM app.stock_levels level JOIN app.products product ON product.id = level.product_id
    WHERE level.business_id = :business_id
"""
_LEVEL_IS = {
    "product_id": "level.product_id = :product_id",
    "category": "product.category = :category",
    "q": "strpos(lower(product.sku || ' ' || product.name), lower(:q)) > 0",
    "is_low": "level.on_hand - level.expired < level.low_at",
}
LEVELS_BY = {
    "product": Order((("product_id", "uuid"),)),
    "code": Order((("sku", "text"), ("product_id", "uuid"))),
    "name": Order((("name", "text"), ("product_id", "uuid"))),
    "free": Order((("free", "numeric"), ("product_id", "uuid"))),
}


@dataclass(frozen=True)
class LevelFilter:
    """Which levels of a list; None does not filter."""

    product_id: UUID | None = None
    category: str | None = None
    q: str | None = None
    """In the code or the name of the good."""
    is_low: bool = False
    """Only what is under its threshold."""


def levels(
    session: Session,
    business_id: UUID,
    *,
    chosen: LevelFilter = LevelFilter(),
    by: Order = LEVELS_BY["product"],
    after: Sequence[Any] | None = None,
    limit: int,
) -> Sequence[RowMapping]:
    """What lies on the shelves, by product id."""
    values = {**vars(chosen), "business_id": business_id, "is_low": chosen.is_low or None}
    return page(session, _LEVELS, values, filters=_LEVEL_IS, by=by, after=after, limit=limit)


_BATCHES = """
    SELECT batch.id, batch.product_id, product.sku, product.name, product.base_unit AS unit, batch.number,
           batch.expires_on, batch.mrp_paisa, batch.on_hand, batch.made_at,
           coalesce(batch.expires_on < :today, false) AS is_expired,
           coalesce(batch.expires_on, DATE '9999-12-31') AS expiry
    FROM app.stock_batches batch JOIN app.products product ON product.id = batch.product_id
    WHERE batch.business_id = :business_id
"""
_BATCH_IS = {
    "is_left": "batch.on_hand > 0",
    "product_id": "batch.product_id = :product_id",
    "number": "batch.number = :number",
    "expires_before": "batch.expires_on < :expires_before",
}
BATCHES_BY = {
    "expiry": Order((("expiry", "date"), ("id", "uuid"))),
    "newest": Order((("made_at", "timestamptz"), ("id", "uuid")), is_descending=True),
    "most": Order((("on_hand", "numeric"), ("id", "uuid")), is_descending=True),
}
"""The orders of the list of batches; in that by expiry those without a day come last."""


@dataclass(frozen=True)
class BatchFilter:
    """Which batches of a list; None does not filter."""

    product_id: UUID | None = None
    number: str | None = None
    expires_before: date | None = None
    is_used_up: bool = False
    """Those of which nothing is left too."""


def batches(
    session: Session,
    business_id: UUID,
    *,
    today: date,
    chosen: BatchFilter = BatchFilter(),
    by: Order = BATCHES_BY["expiry"],
    after: Sequence[Any] | None = None,
    limit: int,
) -> Sequence[RowMapping]:
    """A business's batches, the first to expire first. `today` is its day."""
    is_left = None if chosen.is_used_up else True
    values = {**vars(chosen), "business_id": business_id, "today": today, "is_left": is_left}
    return page(session, _BATCHES, values, filters=_BATCH_IS, by=by, after=after, limit=limit)


_MOVEMENTS = """
    SELECT movement.id, movement.product_id, product.sku, product.name, product.base_unit AS unit, movement.kind,
           movement.quantity, movement.on_hand_after, movement.reason, movement.source_id, movement.batch_id,
           batch.number AS batch, movement.moved_at
    FROM app.stock_movements movement JOIN app.products product ON product.id = movement.product_id
    LEFT JOIN app.stock_batches batch ON batch.id = movement.batch_id
    WHERE movement.business_id = :business_id
"""
_MOVED = (("moved_at", "timestamptz"), ("id", "uuid"))
MOVEMENTS_BY = {"newest": Order(_MOVED, is_descending=True), "oldest": Order(_MOVED)}
_MOVEMENT_IS = {
    "kind": "movement.kind = :kind",
    "reason": "movement.reason = :reason",
    "product_id": "movement.product_id = :product_id",
    "batch_id": "movement.batch_id = :batch_id",
    "since": "movement.moved_at >= :since",
    "until": "movement.moved_at < :until",
}


@dataclass(frozen=True)
class MovementFilter:
    """Which movements of a list; None does not filter."""

    product_id: UUID | None = None
    batch_id: UUID | None = None
    kind: str | None = None
    reason: str | None = None
    since: datetime | None = None
    """From this moment on."""
    until: datetime | None = None
    """Before this moment."""


def movements(
    session: Session,
    business_id: UUID,
    *,
    chosen: MovementFilter = MovementFilter(),
    by: Order = MOVEMENTS_BY["newest"],
    after: Sequence[Any] | None = None,
    limit: int,
) -> Sequence[RowMapping]:
    """What came and went, newest first."""
    values = {**vars(chosen), "business_id": business_id}
    return page(session, _MOVEMENTS, values, filters=_MOVEMENT_IS, by=by, after=after, limit=limit)


def adjustment(session: Session, business_id: UUID, adjustment_id: UUID) -> Sequence[RowMapping]:
    """The movements of an adjustment, by product code."""
    query = text("""
        SELECT movement.product_id, product.sku, product.name, product.base_unit AS unit, movement.quantity,
               movement.on_hand_after, batch.number AS batch, batch.expires_on
        FROM app.stock_movements movement JOIN app.products product ON product.id = movement.product_id
        LEFT JOIN app.stock_batches batch ON batch.id = movement.batch_id
        WHERE movement.source_id = :adjustment_id AND movement.kind = 'adjustment'
          AND movement.business_id = :business_id
        ORDER BY product.sku, product.id, movement.id
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
            ORDER BY product_id, id
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


def sold_of(
    session: Session, business_id: UUID, sources: Collection[UUID]
) -> dict[UUID, list[tuple[UUID | None, Decimal]]]:
    """What a sale and its returns (`sources`) left off the shelf, by product: batches and quantities, in order.

    What went while the good was not counted left no shelf.
    """
    rows = session.execute(
        text("""
            SELECT product_id, batch_id, -sum(quantity) AS quantity FROM app.stock_movements
            WHERE business_id = :business_id AND kind IN ('sale', 'sale_return') AND on_hand_after IS NOT NULL
              AND source_id = ANY (CAST(:sources AS uuid[]))
            GROUP BY product_id, batch_id HAVING sum(quantity) < 0
            ORDER BY product_id, min(CAST(id AS text))
        """),
        {"business_id": business_id, "sources": list(sources)},
    )
    found: defaultdict[UUID, list[tuple[UUID | None, Decimal]]] = defaultdict(list)
    for row in rows:
        found[row.product_id].append((row.batch_id, row.quantity))
    return found

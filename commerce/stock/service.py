"""Stock verbs: move goods in and out, reserve and release. Quantities are in the product's base unit.

Levels are locked by product id in one ordered statement: unsorted locks deadlock, and every deadlock costs its
callers a second of waiting.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.catalogue.units import STOCK_END, stock_problem
from commerce.stock import queries
from commerce.stock.errors import StockAdjustmentInvalid
from commerce.stock.events import StockRanLow
from commerce.stock.models import MOVEMENT_KINDS
from foundation import clock
from foundation.events import publish
from foundation.ids import uuid7s
from foundation.money import format_quantity


@dataclass(frozen=True)
class Wanted:
    """So much of a good; where that is not there, so many whole steps would do, from the minimum on."""

    quantity: Decimal
    step: Decimal
    minimum: Decimal


_RESERVE = text("""
    WITH locked AS (
        SELECT product_id, on_hand - reserved AS free FROM app.stock_levels
        WHERE business_id = :business_id AND product_id = ANY (CAST(:products AS uuid[]))
        ORDER BY product_id FOR NO KEY UPDATE
    ), found AS (
        SELECT product_id, wanted.quantity AS asked, CASE
            WHEN free >= wanted.quantity THEN wanted.quantity
            WHEN free - mod(free, wanted.step) < wanted.minimum THEN 0
            ELSE free - mod(free, wanted.step) END AS available
        FROM locked JOIN unnest(
            CAST(:products AS uuid[]), CAST(:quantities AS numeric[]), CAST(:steps AS numeric[]),
            CAST(:minimums AS numeric[])
        ) AS wanted (product_id, quantity, step, minimum) USING (product_id)
    )
    UPDATE app.stock_levels level
    SET reserved = level.reserved + CASE WHEN :allow_partial OR available = asked THEN available ELSE 0 END,
        changed_at = :now
    FROM found WHERE level.business_id = :business_id AND level.product_id = found.product_id
    RETURNING level.product_id, found.available
""")


def reserve(
    session: Session, *, business_id: UUID, wanted: Mapping[UUID, Wanted], allow_partial: bool
) -> dict[UUID, Decimal]:
    """How much of each good is there for an order: all that is wanted, or the whole steps that would do.

    So much is promised to it with `allow_partial`; without, only what is there in full, and a caller that
    finds less than it wanted gives the order up.
    """
    if not wanted:
        return {}
    products = sorted(wanted)
    rows = session.execute(
        _RESERVE,
        {
            "business_id": business_id,
            "products": products,
            "quantities": [wanted[product].quantity for product in products],
            "steps": [wanted[product].step for product in products],
            "minimums": [wanted[product].minimum for product in products],
            "allow_partial": allow_partial,
            "now": clock.now(),
        },
    )
    return dict.fromkeys(products, Decimal(0)) | {row.product_id: row.available for row in rows}


def lock_levels(session: Session, *, business_id: UUID, products: Collection[UUID]) -> None:
    """Lock the levels of goods that several steps of one transaction move, before the first of them."""
    session.execute(
        text("""
            SELECT FROM app.stock_levels
            WHERE business_id = :business_id AND product_id = ANY (CAST(:products AS uuid[]))
            ORDER BY product_id FOR NO KEY UPDATE
        """),
        {"business_id": business_id, "products": sorted(products)},
    )


_CHANGE_RESERVED = text("""
    WITH wanted AS (
        SELECT * FROM unnest(CAST(:products AS uuid[]), CAST(:quantities AS numeric[])) AS w (product_id, quantity)
    ), locked AS (
        SELECT product_id, on_hand - reserved AS free FROM app.stock_levels
        WHERE business_id = :business_id AND product_id = ANY (CAST(:products AS uuid[]))
        ORDER BY product_id FOR NO KEY UPDATE
    )
    UPDATE app.stock_levels level SET reserved = level.reserved + wanted.quantity, changed_at = :now
    FROM locked JOIN wanted USING (product_id)
    WHERE level.business_id = :business_id AND level.product_id = locked.product_id
      AND wanted.quantity <= locked.free
    RETURNING level.product_id
""")


def change_reserved(session: Session, *, business_id: UUID, changes: Mapping[UUID, Decimal]) -> set[UUID]:
    """Promise more (positive) or less of goods to an order; those of which there is not so much more.

    A caller that is told of some gives its change up.
    """
    changed = {product: quantity for product, quantity in changes.items() if quantity}
    if not changed:
        return set()
    products = sorted(changed)
    rows = session.execute(
        _CHANGE_RESERVED,
        {
            "business_id": business_id,
            "products": products,
            "quantities": [changed[product] for product in products],
            "now": clock.now(),
        },
    )
    done: set[UUID] = set(rows.scalars())
    return {product for product, quantity in changed.items() if quantity > 0 and product not in done}


_MOVE = text("""
    WITH moved AS (
        SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:products AS uuid[]), CAST(:quantities AS numeric[]),
                             CAST(:released AS numeric[])) AS m (id, product_id, quantity, released)
    ), locked AS (
        SELECT product_id FROM app.stock_levels
        WHERE business_id = :business_id AND product_id = ANY (CAST(:products AS uuid[]))
        ORDER BY product_id FOR NO KEY UPDATE
    ), levelled AS (
        UPDATE app.stock_levels level
        SET on_hand = level.on_hand + moved.quantity, reserved = level.reserved - moved.released, changed_at = :now
        FROM locked JOIN moved USING (product_id)
        WHERE level.business_id = :business_id AND level.product_id = locked.product_id
        RETURNING level.product_id, level.on_hand, level.low_at
    ), written AS (
        INSERT INTO app.stock_movements
            (id, business_id, product_id, kind, quantity, on_hand_after, reason, source_id, moved_at, recorded_at)
        SELECT moved.id, :business_id, moved.product_id, :kind, moved.quantity, levelled.on_hand, :reason, :source_id,
               :now, :now
        FROM moved LEFT JOIN levelled USING (product_id) WHERE moved.quantity <> 0
    )
    SELECT product_id, on_hand, low_at FROM levelled JOIN moved USING (product_id)
    WHERE on_hand < low_at AND on_hand - quantity >= low_at ORDER BY product_id
""")


def move(
    session: Session,
    *,
    business_id: UUID,
    kind: str,
    quantities: Mapping[UUID, Decimal],
    released: Mapping[UUID, Decimal] | None = None,
    source_id: UUID | None = None,
    reason: str | None = None,
) -> None:
    """Move goods in (positive) or out (negative), taking `released` off the reservations with it.

    A good without a level is untracked: its movement is written and no level changes. One that falls under its
    threshold is told of.
    """
    if not quantities:
        return
    products = sorted(quantities)
    ran_low = session.execute(
        _MOVE,
        {
            "business_id": business_id,
            "kind": kind,
            "ids": uuid7s(len(products)),
            "products": products,
            "quantities": [quantities[product] for product in products],
            "released": [(released or {}).get(product, Decimal(0)) for product in products],
            "reason": reason,
            "source_id": source_id,
            "now": clock.now(),
        },
    ).all()
    for good in ran_low:
        publish(
            session,
            StockRanLow(str(good.product_id), format_quantity(good.on_hand), format_quantity(good.low_at)),
            business_id=business_id,
        )


def release(session: Session, *, business_id: UUID, quantities: Mapping[UUID, Decimal]) -> None:
    """Give reserved goods free again (cancel, expiry, the left-over of a closed order)."""
    if quantities:
        nothing = dict.fromkeys(quantities, Decimal(0))
        move(session, business_id=business_id, kind="adjustment", quantities=nothing, released=quantities)


def keep_levels(session: Session, *, business_id: UUID, products: Collection[UUID]) -> None:
    """Give goods that are seen for the first time a level, at nothing."""
    session.execute(
        text("""
            INSERT INTO app.stock_levels (business_id, product_id, changed_at)
            SELECT :business_id, product_id, :now FROM unnest(CAST(:products AS uuid[])) AS product_id
            ON CONFLICT DO NOTHING
        """),
        {"business_id": business_id, "products": sorted(products), "now": clock.now()},
    )


def receive(
    session: Session,
    *,
    business_id: UUID,
    quantities: Mapping[UUID, Decimal],
    kind: str = "receipt",
    reason: str | None = None,
    source_id: UUID | None = None,
) -> None:
    """Take goods in, or adjust a count with a reason; a good seen for the first time gets a level.

    `source_id` is the receipt's id. Raises StockAdjustmentInvalid for an unknown kind, a quantity that is zero or
    has no place in stock, or an adjustment without reason or below what is reserved.
    """
    if kind not in MOVEMENT_KINDS:
        raise StockAdjustmentInvalid(
            f"stock does not move by {kind!r}; use one of {', '.join(MOVEMENT_KINDS)}"
        )
    for product, quantity in quantities.items():
        if quantity == 0 or (quantity < 0 and kind != "adjustment"):
            raise StockAdjustmentInvalid(
                f"{kind} of {format_quantity(quantity)} for product {product}; give a quantity above zero"
            )
    if kind == "adjustment" and not reason:
        raise StockAdjustmentInvalid("an adjustment needs a reason, for instance 'damaged' or 'counted'")
    products = sorted(quantities)
    counted = queries.counted(session, products)
    for product, good in counted.items():
        problem = stock_problem(abs(quantities[product]), good.base_unit, Decimal(1), good.base_unit)
        if problem is not None:
            raise StockAdjustmentInvalid(f"{kind} of {good.sku}: {problem}", product_id=str(product))
    keep_levels(session, business_id=business_id, products=products)
    levels = session.execute(
        text("""
            SELECT product_id, on_hand, reserved FROM app.stock_levels
            WHERE business_id = :business_id AND product_id = ANY (CAST(:products AS uuid[]))
            ORDER BY product_id FOR NO KEY UPDATE
        """),
        {"business_id": business_id, "products": products},
    )
    for level in levels:
        change = quantities[level.product_id]
        if level.on_hand + change < level.reserved:
            raise StockAdjustmentInvalid(
                f"taking {format_quantity(-change)} of product {level.product_id} leaves less than the "
                f"{format_quantity(level.reserved)} promised to orders ({format_quantity(level.on_hand)} on hand); "
                "cancel orders first, or take less"
            )
        if level.on_hand + change >= STOCK_END:
            raise StockAdjustmentInvalid(
                f"{kind} of {format_quantity(change)} {counted[level.product_id].sku} onto the "
                f"{format_quantity(level.on_hand)} on hand is more than stock can hold; stay under "
                f"{format_quantity(STOCK_END)} together",
                product_id=str(level.product_id),
            )
    move(
        session, business_id=business_id, kind=kind, quantities=quantities, reason=reason, source_id=source_id
    )

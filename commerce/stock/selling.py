"""Goods that go over a shop's counter, and come back over it.

What the shelf has by the books goes out of it, first expiry first. A till never waits for the books to be right: what
was sold beyond them is told, and counted where the sale is kept.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from commerce.stock import queries
from commerce.stock.batches import Part, first_out, shelves_of, signed, total
from commerce.stock.expiry import tell_low
from commerce.stock.service import lock_levels, move
from foundation import clock
from foundation.ids import uuid7s
from foundation.statements import Statement

NOTHING = Decimal(0)


# Goods in batches are left to the statements after it, under the locks that it takes; told of are those, what was not
# there in full, and what ran low.
_SELL = Statement("""
    WITH wanted AS (
        SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:products AS uuid[]), CAST(:quantities AS numeric[]))
            AS w (id, product_id, quantity)
    ), locked AS (
        SELECT product_id, batched, greatest(on_hand - reserved - expired, 0) AS sound FROM app.stock_levels
        WHERE business_id = :business_id AND product_id = ANY (CAST(:products AS uuid[]))
        ORDER BY product_id FOR NO KEY UPDATE
    ), going AS (
        SELECT wanted.id, product_id, wanted.quantity AS wanted, locked.batched,
               CASE WHEN batched IS NULL THEN wanted.quantity
                    WHEN batched = 0 THEN least(wanted.quantity, sound) ELSE 0 END AS quantity
        FROM wanted LEFT JOIN locked USING (product_id)
    ), levelled AS (
        UPDATE app.stock_levels level SET on_hand = level.on_hand - going.quantity, changed_at = :now
        FROM going
        WHERE level.business_id = :business_id AND level.product_id = going.product_id AND going.quantity > 0
        RETURNING level.product_id, level.on_hand, level.expired, level.low_at
    ), written AS (
        INSERT INTO app.stock_movements
            (id, business_id, product_id, kind, quantity, on_hand_after, source_id, moved_at, recorded_at)
        SELECT going.id, :business_id, product_id, 'sale', -going.quantity, levelled.on_hand, :source_id, :now, :now
        FROM going LEFT JOIN levelled USING (product_id) WHERE going.quantity > 0
    )
    SELECT product_id, wanted - quantity, batched > 0, on_hand, expired, low_at, on_hand - expired < low_at
           AND on_hand + quantity - expired >= low_at
    FROM going LEFT JOIN levelled USING (product_id)
    WHERE quantity < wanted OR (on_hand - expired < low_at AND on_hand + quantity - expired >= low_at)
    ORDER BY product_id
""")


def sell(
    session: Session, *, business_id: UUID, quantities: Mapping[UUID, Decimal], source_id: UUID, today: date
) -> dict[UUID, Decimal]:
    """Take goods (in base units) off the shelf for a sale; how much of which was not there by the books.

    A good without a level is not tracked: all of it moves, and nothing is short. What is promised to orders or has
    expired is not sold.
    """
    products = sorted(quantities)
    told = _SELL.all(
        session,
        {
            "business_id": business_id,
            "ids": uuid7s(len(products)),
            "products": products,
            "quantities": [quantities[product] for product in products],
            "source_id": source_id,
            "now": clock.now(),
        },
    )
    short: dict[UUID, Decimal] = {}
    batched: dict[UUID, Decimal] = {}
    for product, missing, is_batched, on_hand, expired, low_at, ran_low in told:
        if is_batched:
            batched[product] = missing
        elif missing:
            short[product] = missing
        if ran_low:
            tell_low(session, business_id, product, on_hand, expired, low_at)
    if batched:
        short |= _sell_batched(session, business_id, batched, source_id, today)
    return short


def _sell_batched(
    session: Session, business_id: UUID, quantities: Mapping[UUID, Decimal], source_id: UUID, today: date
) -> dict[UUID, Decimal]:
    levels = lock_levels(session, [(business_id, product) for product in quantities])
    shelves = shelves_of(session, business_id, quantities.keys(), levels)
    parts: dict[UUID, list[Part]] = {}
    for product, wanted in quantities.items():
        level, shelf = levels[business_id, product], shelves[product]
        sound = max(level.on_hand - level.reserved - level.expired, NOTHING)
        parts[product] = first_out(min(wanted, sound), shelf.batches.values(), shelf.unbatched, today)
    going = {product: total(of_product) for product, of_product in parts.items() if of_product}
    move(
        session,
        business_id=business_id,
        kind="sale",
        quantities={product: -quantity for product, quantity in going.items()},
        batched=signed(parts, -1),
        source_id=source_id,
    )
    left = {product: wanted - going.get(product, NOTHING) for product, wanted in quantities.items()}
    return {product: missing for product, missing in left.items() if missing}


def take_back(
    session: Session,
    *,
    business_id: UUID,
    quantities: Mapping[UUID, Decimal],
    sources: Collection[UUID],
    source_id: UUID,
) -> None:
    """Put goods of a sale back onto the shelf, into the batches that they came of; the last of them first.

    `sources` are the sale and its earlier returns.

    What the sale had not taken off the shelf does not come onto it.
    """
    lock_levels(session, [(business_id, product) for product in quantities])
    taken = queries.sold_of(session, business_id, sources)
    back: dict[UUID, Decimal] = {}
    batched: dict[UUID, dict[UUID, Decimal]] = {}
    for product, quantity in quantities.items():
        left = quantity
        for batch_id, out in reversed(taken.get(product, [])):
            part = min(left, out)
            left -= part
            if part:
                back[product] = back.get(product, NOTHING) + part
                if batch_id is not None:
                    of_product = batched.setdefault(product, {})
                    of_product[batch_id] = of_product.get(batch_id, NOTHING) + part
    move(
        session,
        business_id=business_id,
        kind="sale_return",
        quantities=back,
        batched=batched,
        source_id=source_id,
    )

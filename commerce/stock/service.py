"""Stock verbs: move goods in and out, reserve and release. Quantities are in the product's base unit.

Levels are locked by product id in one ordered statement: unsorted locks deadlock, and every deadlock costs its
callers a second of waiting.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.catalogue.units import STOCK_END, stock_problem
from commerce.stock import queries
from commerce.stock.batches import Incoming, Outgoing, enter, pick
from commerce.stock.errors import StockAdjustmentInvalid
from commerce.stock.expiry import tell_low
from commerce.stock.models import MOVEMENT_KINDS
from commerce.stock.queries import Counted, Level, lock_levels
from foundation import clock
from foundation.ids import uuid7s
from foundation.money import format_quantity
from foundation.statements import Statement

__all__ = [
    "Incoming",
    "Level",
    "Outgoing",
    "Wanted",
    "change_reserved",
    "keep_levels",
    "lock_levels",
    "move",
    "pick",
    "receive",
    "release",
    "reserve",
]


@dataclass(frozen=True)
class Wanted:
    """So much of a good; where that is not there, so many whole steps would do, from the minimum on."""

    quantity: Decimal
    step: Decimal
    minimum: Decimal


_RESERVE = Statement("""
    WITH locked AS (
        SELECT product_id, greatest(on_hand - reserved - expired, 0) AS free FROM app.stock_levels
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
    found = _RESERVE.all(
        session,
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
    return dict.fromkeys(products, Decimal(0)) | dict(found)


_CHANGE_RESERVED = text("""
    WITH wanted AS (
        SELECT * FROM unnest(CAST(:products AS uuid[]), CAST(:quantities AS numeric[])) AS w (product_id, quantity)
    ), locked AS (
        SELECT product_id, greatest(on_hand - reserved - expired, 0) AS free FROM app.stock_levels
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
        SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:products AS uuid[]), CAST(:batches AS uuid[]),
                             CAST(:quantities AS numeric[]), CAST(:released AS numeric[]))
            WITH ORDINALITY AS m (id, product_id, batch_id, quantity, released, n)
    ), summed AS (
        SELECT product_id, sum(quantity) AS quantity, sum(released) AS released,
               coalesce(sum(quantity) FILTER (WHERE batch_id IS NOT NULL), 0) AS batched,
               coalesce(sum(quantity) FILTER (
                   WHERE (SELECT expired_on FROM app.stock_batches WHERE id = batch_id) IS NOT NULL
               ), 0) AS expired
        FROM moved GROUP BY product_id
    ), locked AS (
        SELECT product_id FROM app.stock_levels
        WHERE business_id = :business_id AND product_id = ANY (CAST(:products AS uuid[]))
        ORDER BY product_id FOR NO KEY UPDATE
    ), levelled AS (
        UPDATE app.stock_levels level
        SET on_hand = level.on_hand + summed.quantity, reserved = level.reserved - summed.released,
            batched = level.batched + summed.batched, expired = level.expired + summed.expired, changed_at = :now
        FROM locked JOIN summed USING (product_id)
        WHERE level.business_id = :business_id AND level.product_id = locked.product_id
        RETURNING level.product_id, level.on_hand, level.expired, level.low_at
    ), shelved AS (
        -- After the level, whose lock guards its batches.
        UPDATE app.stock_batches batch SET on_hand = batch.on_hand + moved.quantity
        FROM moved JOIN levelled USING (product_id)
        WHERE batch.business_id = :business_id AND batch.id = moved.batch_id
    ), written AS (
        INSERT INTO app.stock_movements
            (id, business_id, product_id, kind, quantity, on_hand_after, reason, source_id, batch_id, moved_at,
             recorded_at)
        SELECT moved.id, :business_id, moved.product_id, :kind, moved.quantity,
               levelled.on_hand - summed.quantity
                   + sum(moved.quantity) OVER (PARTITION BY moved.product_id ORDER BY moved.n),
               :reason, :source_id, moved.batch_id, :now, :now
        FROM moved JOIN summed USING (product_id) LEFT JOIN levelled USING (product_id) WHERE moved.quantity <> 0
    )
    SELECT product_id, on_hand, levelled.expired, low_at FROM levelled JOIN summed USING (product_id)
    WHERE on_hand - levelled.expired < low_at
      AND on_hand - quantity - (levelled.expired - summed.expired) >= low_at
    ORDER BY product_id
""")


def move(
    session: Session,
    *,
    business_id: UUID,
    kind: str,
    quantities: Mapping[UUID, Decimal],
    batched: Mapping[UUID, Mapping[UUID, Decimal]] | None = None,
    released: Mapping[UUID, Decimal] | None = None,
    source_id: UUID | None = None,
    reason: str | None = None,
) -> None:
    """Move goods in (positive) or out (negative), taking `released` off the reservations with it.

    `batched` says what of a quantity is of which batch, by product and batch; the rest is of none. Whoever names
    batches has locked the levels by a statement before: else one could be marked as expired meanwhile. A good without a
    level is untracked: its movement is written and no level changes. One that falls under its threshold is told of.
    """
    if not quantities:
        return
    steps = _steps(quantities, batched or {}, released or {})
    ran_low = session.execute(
        _MOVE,
        {
            "business_id": business_id,
            "kind": kind,
            "ids": uuid7s(len(steps)),
            "products": [step.product_id for step in steps],
            "batches": [step.batch_id for step in steps],
            "quantities": [step.quantity for step in steps],
            "released": [step.released for step in steps],
            "reason": reason,
            "source_id": source_id,
            "now": clock.now(),
        },
    ).all()
    for good in ran_low:
        tell_low(session, business_id, good.product_id, good.on_hand, good.expired, good.low_at)


class _Step(NamedTuple):
    product_id: UUID
    batch_id: UUID | None
    quantity: Decimal
    released: Decimal


def _steps(
    quantities: Mapping[UUID, Decimal],
    batched: Mapping[UUID, Mapping[UUID, Decimal]],
    released: Mapping[UUID, Decimal],
) -> list[_Step]:
    """The movements of each good, one a batch and one for what is in none."""
    steps = []
    for product in sorted(quantities):
        parts: dict[UUID | None, Decimal] = dict(batched.get(product, {}).items())
        parts[None] = quantities[product] - sum(parts.values())
        # What comes stands before what goes: no movement shows a shelf emptier than it was.
        moved = sorted((part for part in parts.items() if part[1]), key=lambda part: part[1], reverse=True)
        freed = released.get(product, Decimal(0))
        for batch_id, quantity in moved or [(None, Decimal(0))]:
            steps.append(_Step(product, batch_id, quantity, freed))
            freed = Decimal(0)
    return steps


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
    batches: Sequence[Incoming] = (),
    kind: str = "receipt",
    reason: str | None = None,
    source_id: UUID | None = None,
) -> None:
    """Take goods in, or adjust a count with a reason; a good seen for the first time gets a level.

    `batches` are what of the quantities came in as batches; one that is named for the first time is made.
    `source_id` is the receipt's id. Raises StockAdjustmentInvalid for an unknown kind, a quantity that is zero or
    has no place in stock, a batch whose label says otherwise than what lies there, or an adjustment without reason
    or below what is reserved.
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
    check_countable(
        session, kind, [*quantities.items(), *((one.product_id, one.quantity) for one in batches)]
    )
    keep_levels(session, business_id=business_id, products=quantities.keys())
    levels = lock_levels(session, [(business_id, product) for product in quantities])
    batched: dict[UUID, dict[UUID, Decimal]] = {}
    entered = enter(session, business_id=business_id, incoming=batches)
    for one in batches:
        of_product = batched.setdefault(one.product_id, {})
        batch_id = entered[one.product_id, one.number].id
        of_product[batch_id] = of_product.get(batch_id, Decimal(0)) + one.quantity
    shift(
        session,
        business_id=business_id,
        levels=levels,
        quantities=quantities,
        batched=batched,
        kind=kind,
        reason=reason,
        source_id=source_id,
    )


def check_countable(session: Session, what: str, quantities: Sequence[tuple[UUID, Decimal]]) -> None:
    """Whether stock can hold each of these, whatever its sign. Raises StockAdjustmentInvalid."""
    counted = queries.counted(session, [product for product, _ in quantities])
    for product, quantity in quantities:
        if (good := counted.get(product)) is None:
            continue
        problem = stock_problem(abs(quantity), good.base_unit, Decimal(1), good.base_unit)
        if problem is not None:
            raise StockAdjustmentInvalid(f"{what} of {good.sku}: {problem}", product_id=str(product))


def shift(
    session: Session,
    *,
    business_id: UUID,
    levels: Mapping[tuple[UUID, UUID], Level],
    quantities: Mapping[UUID, Decimal],
    batched: Mapping[UUID, Mapping[UUID, Decimal]],
    kind: str,
    reason: str | None,
    source_id: UUID | None,
) -> None:
    """Move goods whose levels are locked, where the shelf can have it so. Raises StockAdjustmentInvalid."""
    counted = queries.counted(session, list(quantities))
    spoiled = queries.expired_of(session, [batch for parts in batched.values() for batch in parts])
    for product, change in quantities.items():
        level, good = levels[business_id, product], counted[product]
        expired = sum(
            (part for batch, part in batched.get(product, {}).items() if batch in spoiled), Decimal(0)
        )
        problem = _why_not_taken(good, level, change, expired)
        if problem is not None:
            raise StockAdjustmentInvalid(
                problem,
                product_id=str(product),
                on_hand=format_quantity(level.on_hand),
                promised=format_quantity(level.reserved),
                expired=format_quantity(level.expired),
            )
        if level.on_hand + change >= STOCK_END:
            raise StockAdjustmentInvalid(
                f"{kind} of {format_quantity(change)} {good.sku} onto the "
                f"{format_quantity(level.on_hand)} on hand is more than stock can hold; stay under "
                f"{format_quantity(STOCK_END)} together",
                product_id=str(product),
            )
        unbatched = change - sum(batched.get(product, {}).values())
        if level.unbatched + unbatched < 0:
            raise StockAdjustmentInvalid(
                f"taking {format_quantity(-unbatched)} of {good.sku} without a batch, but only "
                f"{format_quantity(level.unbatched)} {good.base_unit} lie there in none; name the batch",
                product_id=str(product),
            )
    move(
        session,
        business_id=business_id,
        kind=kind,
        quantities=quantities,
        batched=batched,
        reason=reason,
        source_id=source_id,
    )


def _why_not_taken(good: Counted, level: Level, change: Decimal, expired: Decimal) -> str | None:
    """Why a shelf cannot change by this, `expired` of which is of expired batches, with the way out; None if it can.

    What is promised stays covered by what may be sold: goods that were taken until only expired ones cover the
    promises would leave those, too, beyond reach. What expires by itself may uncover promises all the same.
    """
    sound = level.on_hand - level.expired
    taken = f"taking {format_quantity(-change)} {good.base_unit} of {good.sku}"
    if level.on_hand + change < 0:
        return f"{taken}, but only {format_quantity(level.on_hand)} are on hand; take less, or count what is there"
    promised = f"{format_quantity(level.reserved)} are promised to orders"
    if change - expired < 0 and sound + change - expired < level.reserved:
        return (
            f"{taken} leaves {format_quantity(max(Decimal(0), sound + change - expired))} that may be sold, and "
            f"{promised} ({format_quantity(level.on_hand)} on hand, {format_quantity(level.expired)} of them expired); "
            "cancel orders or close them short first, or take less"
        )
    if change < 0 and level.on_hand + change < level.reserved:
        return (
            f"{taken} leaves {format_quantity(level.on_hand + change)} on hand, and {promised}, of which only "
            f"{format_quantity(sound)} may be sold; deliver those and close the orders short, or cancel orders, "
            "then take out what has expired"
        )
    return None

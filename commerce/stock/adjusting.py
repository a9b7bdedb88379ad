"""Adjustments: what broke, was lost, used, found or counted, each with its reason; and thresholds of low stock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.catalogue.units import stock_problem
from commerce.stock import queries, service
from commerce.stock.batches import (
    Incoming,
    Part,
    Shelf,
    enter,
    expired_first,
    shelves_of,
    signed,
    total,
)
from commerce.stock.errors import StockAdjustmentInvalid, StockNotKept
from commerce.stock.queries import Level
from foundation import clock
from foundation.clock import business_day
from foundation.idempotency import RequestKey, claim
from foundation.ids import uuid7
from foundation.money import format_quantity

EXPIRED: Final = "expired"
TAKEN_OUT: Final = ("damaged", EXPIRED, "lost", "own_use")
PUT_IN: Final = ("found",)
COUNTED: Final = "counted"
REASONS: Final = (*TAKEN_OUT, *PUT_IN, COUNTED)


@dataclass(frozen=True)
class Line:
    """So much of a good, in its base unit, of the named batch or of none: what went or came, or what was counted."""

    product_id: UUID
    quantity: Decimal
    batch: str | None = None
    expires_on: date | None = None


def adjust(
    session: Session,
    *,
    business_id: UUID,
    reason: str,
    lines: Sequence[Line],
    request: RequestKey | None = None,
) -> UUID:
    """Correct what lies on the shelf: by so much out or in as the reason says, or to what was counted.

    Without a batch it is of what lies there in none; `expired` then takes out of the expired batches first, and
    what was `counted` is all of the good, the difference being of what lies there in none. What is found or counted
    of a batch that nobody knew makes it. Returns the adjustment's id, under which its movements stand; goods that
    were counted as they should be have none. Raises StockAdjustmentInvalid as `receive`, BatchNotFound,
    RequestKeyReused.
    """
    if reason not in REASONS:
        raise StockAdjustmentInvalid(f"{reason!r} is no reason to adjust; use one of {', '.join(REASONS)}")
    adjustment_id = uuid7()
    if request is not None and (earlier := claim(session, request, adjustment_id)) is not None:
        return earlier
    _check(session, reason, lines)
    products = {line.product_id for line in lines}
    # Kept and locked before they are compared: a sale between the look and the change would be counted away.
    service.keep_levels(session, business_id=business_id, products=products)
    levels = service.lock_levels(session, [(business_id, product) for product in products])
    if reason == COUNTED or reason in PUT_IN:
        _enter(session, business_id, lines)
    named = {(line.product_id, line.batch) for line in lines if line.batch is not None}
    shelves = shelves_of(session, business_id, products, levels, named)
    today = business_day(clock.now(), queries.time_zone_of(session, business_id))
    quantities: dict[UUID, Decimal] = {}
    batched: dict[UUID, dict[UUID, Decimal]] = {}
    for line in lines:
        shelf = shelves[line.product_id]
        parts = _parts(session, reason, line, shelf, levels[business_id, line.product_id], today)
        shelf.take([(batch, -change) for batch, change in parts])
        quantities[line.product_id] = quantities.get(line.product_id, Decimal(0)) + total(parts)
        for batch_id, change in signed({line.product_id: parts}, 1).get(line.product_id, {}).items():
            of_product = batched.setdefault(line.product_id, {})
            of_product[batch_id] = of_product.get(batch_id, Decimal(0)) + change
    moved = {
        product: change
        for product, change in quantities.items()
        if change or any(batched.get(product, {}).values())
    }
    if moved:
        service.shift(
            session,
            business_id=business_id,
            levels=levels,
            quantities=moved,
            batched=batched,
            kind="adjustment",
            reason=reason,
            source_id=adjustment_id,
        )
    return adjustment_id


def _check(session: Session, reason: str, lines: Sequence[Line]) -> None:
    what = "count" if reason == COUNTED else "adjustment"
    named = Counter((line.product_id, line.batch) for line in lines)
    several = Counter(line.product_id for line in lines)
    for line in lines:
        if line.quantity < 0 or (line.quantity == 0 and reason != COUNTED):
            raise StockAdjustmentInvalid(
                f"{what} of {format_quantity(line.quantity)} for product {line.product_id}; give a quantity above zero"
            )
        is_whole = reason == COUNTED and line.batch is None
        if named[line.product_id, line.batch] > 1 or (is_whole and several[line.product_id] > 1):
            raise StockAdjustmentInvalid(
                f"product {line.product_id} is there twice; give each batch once"
                + (", and not the whole good beside them" if is_whole else ""),
                product_id=str(line.product_id),
            )
    service.check_countable(session, what, [(line.product_id, line.quantity) for line in lines])


def _enter(session: Session, business_id: UUID, lines: Sequence[Line]) -> None:
    """Make the batches that were found and nobody knew."""
    enter(
        session,
        business_id=business_id,
        incoming=[
            Incoming(line.product_id, line.batch, line.quantity, line.expires_on)
            for line in lines
            if line.batch is not None
        ],
    )


def _parts(session: Session, reason: str, line: Line, shelf: Shelf, level: Level, today: date) -> list[Part]:
    """What a line changes, below zero where it takes out."""
    batch = None if line.batch is None else shelf.find(session, line.batch)
    if reason == COUNTED:
        before = level.on_hand if batch is None else batch.on_hand
        return [(batch, line.quantity - before)] if line.quantity != before else []
    if reason in PUT_IN:
        return [(batch, line.quantity)]
    if batch is not None:
        if line.quantity > batch.on_hand:
            raise StockAdjustmentInvalid(
                f"taking {format_quantity(line.quantity)} out of batch {batch.number}, but only "
                f"{format_quantity(batch.on_hand)} lie there; take less, or count what is there",
                product_id=str(line.product_id),
            )
        return [(batch, -line.quantity)]
    parts: list[Part] = [(None, line.quantity)]
    if reason == EXPIRED and level.batched:
        parts = expired_first(line.quantity, shelf.batches.values(), shelf.unbatched, today)
        if total(parts) < line.quantity:
            sku = queries.counted(session, [line.product_id])[line.product_id].sku
            raise StockAdjustmentInvalid(
                f"{format_quantity(line.quantity)} of {sku} are to go as expired, but only "
                f"{format_quantity(total(parts))} lie there in batches that are, or in none; name the batch",
                product_id=str(line.product_id),
            )
    return [(part, -quantity) for part, quantity in parts]


def set_threshold(
    session: Session, *, business_id: UUID, product_id: UUID, quantity: Decimal | None, actor_id: UUID
) -> None:
    """Watch a good: under `quantity` on hand it is low; None ends it. The same again writes nothing.

    Raises StockNotKept for a good without a level, StockAdjustmentInvalid for what stock cannot hold.
    """
    good = queries.counted(session, [product_id]).get(product_id)
    if good is not None and quantity is not None:
        problem = stock_problem(quantity, good.base_unit, Decimal(1), good.base_unit)
        if problem is not None:
            raise StockAdjustmentInvalid(f"threshold of {good.sku}: {problem}", product_id=str(product_id))
    found = session.execute(
        text("""
            SELECT low_at FROM app.stock_levels
            WHERE business_id = :business_id AND product_id = :product_id FOR NO KEY UPDATE
        """),
        {"business_id": business_id, "product_id": product_id},
    ).one_or_none()
    if found is None:
        raise StockNotKept(
            f"no stock of product {product_id} is kept here; take some in first", product_id=str(product_id)
        )
    if found.low_at == quantity:
        return
    session.execute(
        text("""
            WITH dated AS (
                INSERT INTO app.stock_thresholds (id, business_id, product_id, quantity, set_by, recorded_at)
                VALUES (:id, :business_id, :product_id, :quantity, :actor_id, :now)
            )
            UPDATE app.stock_levels SET low_at = :quantity, changed_at = :now
            WHERE business_id = :business_id AND product_id = :product_id
        """),
        {
            "id": uuid7(),
            "business_id": business_id,
            "product_id": product_id,
            "quantity": quantity,
            "actor_id": actor_id,
            "now": clock.now(),
        },
    )

"""Adjustments: what broke, was lost, used, found or counted, each with its reason; and thresholds of low stock."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.catalogue.units import stock_problem
from commerce.stock import queries, service
from commerce.stock.errors import StockAdjustmentInvalid, StockNotKept
from foundation import clock
from foundation.idempotency import RequestKey, claim
from foundation.ids import uuid7

TAKEN_OUT: Final = ("damaged", "expired", "lost", "own_use")
PUT_IN: Final = ("found",)
COUNTED: Final = "counted"
REASONS: Final = (*TAKEN_OUT, *PUT_IN, COUNTED)


def adjust(
    session: Session,
    *,
    business_id: UUID,
    reason: str,
    quantities: Mapping[UUID, Decimal],
    request: RequestKey | None = None,
) -> UUID:
    """Correct what lies on the shelf: by so much out or in as the reason says, or to what was counted.

    Returns the adjustment's id, under which its movements stand; goods that were counted as they should be have
    none. Raises StockAdjustmentInvalid as `receive`, RequestKeyReused.
    """
    if reason not in REASONS:
        raise StockAdjustmentInvalid(f"{reason!r} is no reason to adjust; use one of {', '.join(REASONS)}")
    adjustment_id = uuid7()
    if request is not None and (earlier := claim(session, request, adjustment_id)) is not None:
        return earlier
    changes = dict(quantities)
    if reason == COUNTED:
        changes = _differences(session, business_id, quantities)
    elif reason in TAKEN_OUT:
        changes = {product: -quantity for product, quantity in quantities.items()}
    if changes:
        service.receive(
            session,
            business_id=business_id,
            quantities=changes,
            kind="adjustment",
            reason=reason,
            source_id=adjustment_id,
        )
    return adjustment_id


def _differences(session: Session, business_id: UUID, counts: Mapping[UUID, Decimal]) -> dict[UUID, Decimal]:
    for product, good in queries.counted(session, list(counts)).items():
        problem = stock_problem(counts[product], good.base_unit, Decimal(1), good.base_unit)
        if problem is not None:
            raise StockAdjustmentInvalid(f"count of {good.sku}: {problem}", product_id=str(product))
    # Kept and locked before they are compared: a sale between the look and the change would be counted away.
    service.keep_levels(session, business_id=business_id, products=counts.keys())
    service.lock_levels(session, business_id=business_id, products=counts.keys())
    known = queries.on_hand(session, business_id, list(counts))
    return {product: count - known[product] for product, count in counts.items() if count != known[product]}


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

"""Expiry: what may be sold no longer is marked on its batch, counted on the good's level, and told once.

A level's `expired` is what lies there of its batches that are marked (`expired_on`), to the unit: whatever moves goods
of a marked batch moves both. Whoever marks has locked the level before.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.stock import queries
from commerce.stock.events import GoodsExpired, StockRanLow
from foundation import clock
from foundation.clock import business_day
from foundation.events import publish
from foundation.money import format_quantity


class ExpiredGood(NamedTuple):
    """A good on a business's shelf of which a batch has expired that is not marked yet."""

    business_id: UUID
    product_id: UUID


# No day anywhere is further than UTC and 14 hours. Which day it is at each business is asked as the delivery asks it:
# the database may not know the zone of one, and would answer for none.
_TO_EXPIRE = text("""
    SELECT batch.business_id, batch.product_id, business.time_zone, min(batch.expires_on) AS expires_on
    FROM app.stock_batches batch JOIN app.businesses business ON business.id = batch.business_id
    WHERE batch.expired_on IS NULL
      AND batch.expires_on < CAST((CAST(:now AS timestamptz) AT TIME ZONE 'UTC') + interval '14 hours' AS date)
    GROUP BY batch.business_id, batch.product_id, business.time_zone
    ORDER BY batch.business_id, batch.product_id
""")


def goods_to_expire(session: Session, now: datetime | None = None) -> list[ExpiredGood]:
    """The goods of which a batch's last day is over, by the day of the business where it lies."""
    now = now or clock.now()
    return [
        ExpiredGood(row.business_id, row.product_id)
        for row in session.execute(_TO_EXPIRE, {"now": now})
        if row.expires_on < business_day(now, row.time_zone)
    ]


_MARK = text("""
    UPDATE app.stock_batches SET expired_on = :today
    WHERE business_id = :business_id AND product_id = :product_id AND expired_on IS NULL AND expires_on < :today
    RETURNING id, number, expires_on, on_hand
""")
_COUNT = text("""
    UPDATE app.stock_levels level SET expired = level.expired + :expired, changed_at = :now
    WHERE business_id = :business_id AND product_id = :product_id
    RETURNING on_hand, level.expired, low_at,
              coalesce(on_hand - level.expired < low_at AND on_hand - level.expired + :expired >= low_at, false)
                  AS ran_low
""")


def expire(session: Session, *, business_id: UUID, product_id: UUID) -> Decimal:
    """Mark what has expired of a good and take it from what is free; says how much that was. Again it does nothing.

    What lies there of each batch is told. Orders that were promised it stay promised.
    """
    queries.lock_levels(session, [(business_id, product_id)])
    today = business_day(clock.now(), queries.time_zone_of(session, business_id))
    good = {"business_id": business_id, "product_id": product_id}
    marked = session.execute(_MARK, {**good, "today": today}).all()
    expired = sum((batch.on_hand for batch in marked), Decimal(0))
    if not expired:
        return expired
    level = session.execute(_COUNT, {**good, "expired": expired, "now": clock.now()}).one()
    for batch in sorted(marked, key=lambda one: (one.expires_on, one.number)):
        if batch.on_hand:
            told = GoodsExpired(
                str(product_id), str(batch.id), str(batch.expires_on), format_quantity(batch.on_hand)
            )
            publish(session, told, business_id=business_id)
    if level.ran_low:
        tell_low(session, business_id, product_id, level.on_hand, level.expired, level.low_at)
    return expired


def tell_low(
    session: Session, business_id: UUID, product_id: UUID, on_hand: Decimal, expired: Decimal, low_at: Decimal
) -> None:
    """Tell that a good fell under its threshold."""
    told = StockRanLow(
        str(product_id), format_quantity(on_hand), format_quantity(low_at), format_quantity(expired)
    )
    publish(session, told, business_id=business_id)

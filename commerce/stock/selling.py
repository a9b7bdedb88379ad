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
from commerce.stock.batches import Outgoing, pick, signed
from commerce.stock.service import lock_levels, move

NOTHING = Decimal(0)


def sell(
    session: Session, *, business_id: UUID, quantities: Mapping[UUID, Decimal], source_id: UUID, today: date
) -> dict[UUID, Decimal]:
    """Take goods (in base units) off the shelf for a sale; how much of which was not there by the books.

    A good without a level is not tracked: all of it moves, and nothing is short. What is promised to orders or has
    expired is not sold.
    """
    levels = lock_levels(session, [(business_id, product) for product in quantities])
    going: dict[UUID, Decimal] = {}
    for product, wanted in quantities.items():
        level = levels.get((business_id, product))
        sound = wanted if level is None else max(level.on_hand - level.reserved - level.expired, NOTHING)
        going[product] = min(wanted, sound)
    moved = {product: quantity for product, quantity in going.items() if quantity}
    outgoing = [Outgoing(product, quantity) for product, quantity in moved.items()]
    parts = pick(session, business_id=business_id, levels=levels, outgoing=outgoing, today=today)
    move(
        session,
        business_id=business_id,
        kind="sale",
        quantities={product: -quantity for product, quantity in moved.items()},
        batched=signed(dict(zip(moved, parts, strict=True)), -1),
        source_id=source_id,
    )
    return {
        product: wanted - going[product] for product, wanted in quantities.items() if wanted > going[product]
    }


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

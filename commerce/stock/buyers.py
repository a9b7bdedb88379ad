"""A buyer's shelf, moved by what its vendor delivers and takes back: as its books can have it, never refused.

Both run in the vendor's transaction, under the levels that it locked for both sides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from commerce.catalogue.units import STOCK_END
from commerce.stock import queries, service
from commerce.stock.batches import Incoming, Part, Shelf, enter, shelves_of, signed, total
from commerce.stock.queries import Batch, Level


def has_room(level: Level, quantity: Decimal) -> bool:
    """Whether a shelf can take in so much more."""
    return level.on_hand + quantity < STOCK_END


def put_up(
    session: Session,
    *,
    business_id: UUID,
    quantities: Mapping[UUID, Decimal],
    labels: Sequence[Incoming],
    source_id: UUID,
) -> None:
    """Put delivered goods onto a buyer's shelf, in batches as their labels say.

    Where what lies there of a batch says another day, the goods lie in no batch: the buyer is to look.
    """
    if not quantities:
        return
    agreed = _agreeing(session, business_id, labels) if labels else []
    entered = enter(session, business_id=business_id, incoming=agreed)
    parts: dict[UUID, list[Part]] = {}
    for label in agreed:
        batch: Batch = entered[label.product_id, label.number]
        parts.setdefault(label.product_id, []).append((batch, label.quantity))
    service.move(
        session,
        business_id=business_id,
        kind="receipt",
        quantities=quantities,
        batched=signed(parts, 1),
        source_id=source_id,
    )


def _agreeing(session: Session, business_id: UUID, labels: Sequence[Incoming]) -> list[Incoming]:
    known = queries.batches_called(
        session, business_id, {(label.product_id, label.number) for label in labels}
    )
    agreed = []
    for label in labels:
        there = known.get((label.product_id, label.number))
        if there is None or not there.on_hand:
            agreed.append(label)
        elif len({there.expires_on, label.expires_on} - {None}) < 2:
            # The price that was read first stands: it is no matter of safety.
            agreed.append(replace(label, mrp_paisa=there.mrp_paisa or label.mrp_paisa))
    return agreed


def take_down(
    session: Session,
    *,
    business_id: UUID,
    levels: Mapping[tuple[UUID, UUID], Level],
    quantities: Mapping[UUID, Decimal],
    labels: Sequence[Incoming],
    source_id: UUID,
) -> None:
    """Take goods that went back off a buyer's shelf: of the batches on their labels, then of none, then of others."""
    if not quantities:
        return
    shelves = shelves_of(session, business_id, quantities, levels)
    parts = {
        product: _taken_down(shelves[product], quantity, [one for one in labels if one.product_id == product])
        for product, quantity in quantities.items()
    }
    service.move(
        session,
        business_id=business_id,
        kind="return",
        quantities={product: -quantity for product, quantity in quantities.items()},
        batched=signed(parts, -1),
        source_id=source_id,
    )


def _taken_down(shelf: Shelf, wanted: Decimal, labels: Sequence[Incoming]) -> list[Part]:
    parts: list[Part] = []

    def take(batch: Batch | None, most: Decimal) -> None:
        there = shelf.unbatched if batch is None else shelf.batches[batch.number].on_hand
        if part := min(wanted - total(parts), most, there):
            shelf.take([(batch, part)])
            parts.append((batch, part))

    for label in labels:
        if label.number in shelf.batches:
            take(shelf.batches[label.number], label.quantity)
    take(None, wanted)
    for batch in sorted(shelf.batches.values(), key=lambda one: one.made_at):
        take(batch, wanted)
    return parts

"""When an order comes: its slot chosen, changed, given up."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from commerce.delivery.errors import SlotClosed, SlotFull, SlotInvalid, SlotNotFound
from commerce.delivery.service import Place
from commerce.ordering import service
from serving.dependencies import IfMatch, Reader, Writer
from serving.orders.reading import whole_order
from serving.orders.routes import MOVED, actor_of
from serving.orders.schemas import ChosenSlotIn, OrderOut
from serving.paths import V1
from serving.problems import CONDITIONAL, describe, merged
from serving.security import GUARDED, Caller, may

router = APIRouter(prefix=f"{V1}/orders", tags=["orders"])


@router.put(
    "/{order_id}/slot",
    responses=merged(GUARDED, MOVED, CONDITIONAL, describe(SlotNotFound, SlotInvalid, SlotClosed, SlotFull)),
)
def choose_delivery_slot(
    order_id: UUID,
    chosen: ChosenSlotIn,
    caller: Annotated[Caller, may("orders:place")],
    write: Writer,
    read: Reader,
    seen: IfMatch,
) -> OrderOut:
    """Let the order come in a slot, or in another one than before, until the cut-off; its promised day follows."""
    write(
        lambda session: service.choose_slot(
            session,
            order_id=order_id,
            actor=actor_of(caller),
            place=Place(chosen.slot_id, chosen.day),
            expected_version=seen,
        )
    )
    return read(lambda session: whole_order(session, order_id, caller))


@router.delete(
    "/{order_id}/slot",
    responses=merged(GUARDED, MOVED, CONDITIONAL, describe(SlotNotFound, SlotClosed)),
)
def give_up_delivery_slot(
    order_id: UUID,
    caller: Annotated[Caller, may("orders:place")],
    write: Writer,
    read: Reader,
    seen: IfMatch,
) -> OrderOut:
    """Let the order come by the day that was promised without its slot; until the cut-off."""
    write(
        lambda session: service.give_up_slot(
            session, order_id=order_id, actor=actor_of(caller), expected_version=seen
        )
    )
    return read(lambda session: whole_order(session, order_id, caller))

"""Other quantities for an order: proposed by one side, answered by the other."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy.orm import Session

from commerce.credit.errors import CreditLimitExceeded, CreditStopped
from commerce.ordering import queries, service
from commerce.ordering.errors import (
    MoveNotAllowed,
    NotYourMove,
    OrderInvalid,
    OrderNotFound,
    ProposalNotFound,
    ProposalOpen,
    ProposalOver,
    QuantityInvalid,
)
from commerce.stock.errors import OutOfStock
from foundation.errors import VersionMismatch
from serving.dependencies import Reader, Writer
from serving.orders.reading import whole_order
from serving.orders.routes import actor_of, quantities_of
from serving.orders.schemas import OrderOut, ProposalIn, ProposalOut
from serving.paths import V1
from serving.problems import describe, merged
from serving.security import GUARDED, Caller, may

router = APIRouter(prefix=f"{V1}/orders/{{order_id}}/proposals", tags=["orders"])

ANSWERED = describe(OrderNotFound, ProposalNotFound, ProposalOver, MoveNotAllowed)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses=merged(
        GUARDED,
        describe(OrderNotFound, MoveNotAllowed, VersionMismatch, OrderInvalid, QuantityInvalid, ProposalOpen),
    ),
)
def propose_change(
    order_id: UUID,
    proposed: ProposalIn,
    caller: Annotated[Caller, may("orders:change")],
    write: Writer,
    read: Reader,
) -> ProposalOut:
    """Propose other quantities; nothing changes until the other side confirms. One open proposal per order."""
    quantities = quantities_of(proposed.lines)
    proposal_id = write(
        lambda session: service.propose_change(
            session,
            order_id=order_id,
            actor=actor_of(caller),
            quantities=quantities,
            note=proposed.note,
            expected_version=proposed.version,
        )
    )
    return next(one for one in read(lambda session: _proposals(session, order_id)) if one.id == proposal_id)


@router.get("", responses=merged(GUARDED, describe(OrderNotFound)))
def list_proposals(
    order_id: UUID, caller: Annotated[Caller, may("orders:read")], read: Reader
) -> list[ProposalOut]:
    """An order's proposals and what became of them, oldest first."""
    return read(lambda session: _proposals(session, order_id))


@router.post(
    "/{proposal_id}/confirm",
    responses=merged(
        GUARDED, ANSWERED, describe(NotYourMove, CreditLimitExceeded, CreditStopped, OutOfStock)
    ),
)
def confirm_change(
    order_id: UUID,
    proposal_id: UUID,
    caller: Annotated[Caller, may("orders:change")],
    write: Writer,
    read: Reader,
) -> OrderOut:
    """Agree to the other side's proposal: the order changes, its hold and reservation with it."""
    write(
        lambda session: service.confirm_change(
            session, order_id=order_id, proposal_id=proposal_id, actor=actor_of(caller)
        )
    )
    return read(lambda session: whole_order(session, order_id, caller))


@router.post("/{proposal_id}/decline", responses=merged(GUARDED, ANSWERED))
def decline_change(
    order_id: UUID,
    proposal_id: UUID,
    caller: Annotated[Caller, may("orders:change")],
    write: Writer,
    read: Reader,
) -> OrderOut:
    """Do not agree, or take one's own proposal back; the order stays as it is."""
    write(
        lambda session: service.decline_change(
            session, order_id=order_id, proposal_id=proposal_id, actor=actor_of(caller)
        )
    )
    return read(lambda session: whole_order(session, order_id, caller))


def _proposals(session: Session, order_id: UUID) -> list[ProposalOut]:
    queries.order(session, order_id)
    return [ProposalOut(**row) for row in queries.proposals(session, order_id)]

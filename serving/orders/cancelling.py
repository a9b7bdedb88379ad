"""Calling an order off: what it costs, doing it, and giving the fee up."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy.orm import Session

from commerce.ordering import queries, service
from commerce.ordering.errors import CancelCreditHigher, CancelFeeHigher, CancelFeeNotFound
from foundation.database import set_scope
from serving.dependencies import IfMatch, Read, Reader, Writer
from serving.orders.reading import whole_order
from serving.orders.routes import MOVED, actor_of
from serving.orders.schemas import CancelIn, CancellationOut, OrderOut
from serving.paths import V1
from serving.problems import CONDITIONAL, describe, merged
from serving.security import GUARDED, Caller, may

router = APIRouter(prefix=f"{V1}/orders", tags=["orders"])


@router.get("/{order_id}/cancellation", responses=merged(GUARDED, MOVED))
def read_cancellation(
    order_id: UUID, caller: Annotated[Caller, may("orders:read")], read: Reader
) -> CancellationOut:
    """What it costs either side to cancel the order at this moment, by the rules under which it was placed."""
    return _cancellation(read, order_id)


@router.post(
    "/{order_id}/cancel",
    responses=merged(GUARDED, MOVED, CONDITIONAL, describe(CancelFeeHigher, CancelCreditHigher)),
)
def cancel_order(
    order_id: UUID,
    why: CancelIn,
    caller: Annotated[Caller, may("orders:change")],
    write: Writer,
    read: Reader,
    seen: IfMatch,
) -> OrderOut:
    """Call the order off before anything was delivered; either side may, at the fee or the credit that it was shown.

    A vendor's member that gives a credit needs the permission to write debts off as well.
    """
    if why.credit_paisa and caller.role == "vendor":
        caller.require("debts:write-off")
    write(
        lambda session: service.cancel(
            session,
            order_id=order_id,
            actor=actor_of(caller),
            reason=why.reason,
            expected_version=seen,
            fee_paisa=why.fee_paisa,
            credit_paisa=why.credit_paisa,
        )
    )
    return read(lambda session: whole_order(session, order_id, caller))


@router.post("/{order_id}/cancellation/waive", responses=merged(GUARDED, MOVED, describe(CancelFeeNotFound)))
def waive_cancel_fee(
    order_id: UUID, caller: Annotated[Caller, may("debts:write-off")], write: Writer, read: Reader
) -> CancellationOut:
    """Give the fee for a cancelled order up; what was paid of it becomes an advance."""
    write(lambda session: service.waive_cancel_fee(session, order_id=order_id, actor=actor_of(caller)))
    return _cancellation(read, order_id)


def _cancellation(read: Read, order_id: UUID) -> CancellationOut:
    def ask(session: Session) -> CancellationOut:
        order = queries.order(session, order_id)
        # The rules and the fee stand in the vendor's books; both sides of the order may know them.
        set_scope(session, (order["vendor_id"], order["retailer_id"]))
        cost = service.cancel_cost(session, order_id)
        return CancellationOut(currency=order["currency"], **cost._asdict())

    return read(ask)

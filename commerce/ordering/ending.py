"""How orders end without all their goods: declined, cancelled, expired, closed short.

Every verb locks the order first and asks `states.MOVES` whether it may; then, as needed, the credit account and the
stock levels, in that order (docs/locking.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.ledger import service as ledger
from commerce.ordering import approvals, cancelling, queries
from commerce.ordering.errors import MoveNotAllowed
from commerce.ordering.events import OrderClosed
from commerce.ordering.moves import SYSTEM, Actor, advance, locked, parties, tell
from commerce.ordering.queries import DueOrder, LineState, LockedOrder
from commerce.ordering.resizing import in_base, relation_of
from commerce.ordering.states import MOVES
from commerce.stock import service as stock
from foundation import clock


def decline(
    session: Session,
    *,
    order_id: UUID,
    actor: Actor,
    reason: str | None = None,
    expected_version: int | None = None,
) -> None:
    """The vendor does not take the order on; hold and reservation are released. Raises as `accept`."""
    _give_up(session, order_id, "decline", actor, reason, expected_version)


def decline_waiting(session: Session, *, order_id: UUID, actor: Actor, reason: str) -> None:
    """The vendor does not let an order go that waits for approval: it is declined, its goods are free again.

    Raises as `accept`, ApprovalNotFound.
    """
    approvals.check_waiting(locked(session, order_id, "decline", actor))
    _give_up(session, order_id, "decline", actor, reason)


def cancel(
    session: Session,
    *,
    order_id: UUID,
    actor: Actor,
    reason: str | None = None,
    expected_version: int | None = None,
    fee_paisa: int = 0,
) -> None:
    """Either side calls the order off before anything was delivered.

    A retailer that does so late owes the fee of the vendor's rules; `fee_paisa` is what it was shown and agrees to.
    Raises as `accept`, CancelFeeHigher.
    """
    _give_up(session, order_id, "cancel", actor, reason, expected_version, shown_fee_paisa=fee_paisa)


def due_to_expire(session: Session) -> list[DueOrder]:
    """The orders that waited too long for acceptance: each is to `expire` in a transaction of its own."""
    return queries.due_to_expire(session, clock.now())


def expire(session: Session, *, order_id: UUID) -> None:
    """Let an order lapse that was due to. Raises MoveNotAllowed when somebody answered it meanwhile."""
    _give_up(session, order_id, "expire", SYSTEM, None)


def _give_up(
    session: Session,
    order_id: UUID,
    verb: str,
    actor: Actor,
    reason: str | None,
    expected_version: int | None = None,
    shown_fee_paisa: int = 0,
) -> None:
    order = locked(session, order_id, verb, actor, expected_version)
    if order.fulfilment_state != "none":
        raise MoveNotAllowed(
            f"order {order.number} is delivered in part; close it short or take the goods back instead",
            order_id=str(order.id),
        )
    fee_paisa = cancelling.fee_due(session, order, actor, shown_fee_paisa) if verb == "cancel" else 0
    lines = queries.lines_of(session, order_id)
    target = MOVES[verb].target
    assert target is not None
    approvals.ended(session, order, target, actor, reason)
    _release(session, order, lines)
    cancel_open_quantities(session, order_id)
    advance(
        session,
        order,
        verb,
        actor,
        order_state=target,
        credit_state="released" if order.credit_state in ("awaiting", "held") else order.credit_state,
        total_paisa=0,
        note=reason,
    )
    tell(session, OrderClosed(**parties(order), state=target), order, actor)
    if fee_paisa:
        cancelling.charge_fee(session, order, actor, fee_paisa)


def close_short(
    session: Session,
    *,
    order_id: UUID,
    actor: Actor,
    reason: str | None = None,
    expected_version: int | None = None,
) -> None:
    """The vendor delivers no more: what is open of an order delivered in part is cancelled. Raises as `accept`."""
    order = locked(session, order_id, "close_short", actor, expected_version)
    if order.fulfilment_state == "none":
        raise MoveNotAllowed(
            f"nothing of order {order.number} is delivered; cancel it instead", order_id=str(order.id)
        )
    lines = queries.lines_of(session, order_id)
    _release(session, order, lines)
    cancel_open_quantities(session, order_id)
    advance(
        session,
        order,
        "close_short",
        actor,
        order_state="completed",
        fulfilment_state="delivered" if any(line.returnable_quantity for line in lines) else "returned",
        credit_state="charged" if order.credit_state == "part_charged" else order.credit_state,
        total_paisa=sum(line.amount_between(Decimal(0), line.delivered_quantity) for line in lines),
        note=reason,
    )
    tell(session, OrderClosed(**parties(order), state="completed"), order, actor)


def _release(session: Session, order: LockedOrder, lines: Sequence[LineState]) -> None:
    """Give back what the open quantities hold: credit first, then goods."""
    if order.credit_state in ("held", "part_charged"):
        relation = relation_of(session, order)
        assert relation.receivable_account_id is not None
        ledger.move_exposure(
            session,
            account_id=relation.receivable_account_id,
            released_paisa=sum(
                line.amount_between(line.delivered_quantity, line.ordered_quantity - line.cancelled_quantity)
                for line in lines
            ),
        )
        ledger.reduce_hold(session, hold_id=order.id, amount_paisa=None)
    stock.release(
        session,
        business_id=order.vendor_id,
        quantities=in_base([(line, line.open_quantity) for line in lines if line.open_quantity]),
    )


def cancel_open_quantities(session: Session, order_id: UUID) -> None:
    """Count what is open of an order as cancelled; the order's lock guards its lines."""
    session.execute(
        text("""
            UPDATE app.order_lines SET cancelled_quantity = ordered_quantity - delivered_quantity
            WHERE order_id = :order_id AND cancelled_quantity <> ordered_quantity - delivered_quantity
        """),
        {"order_id": order_id},
    )

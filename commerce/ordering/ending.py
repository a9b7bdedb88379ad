"""How orders end without all their goods: declined, cancelled, expired, closed short,
or released by themselves.

Every verb locks the order first and asks `states.MOVES` whether it may; then, as needed, the credit account, the
stock levels and the day of a slot, in that order (docs/locking.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.ledger import service as ledger
from commerce.ordering import approvals, cancelling, queries, slots
from commerce.ordering.errors import MoveNotAllowed
from commerce.ordering.events import LeftOverReleased, OrderClosed
from commerce.ordering.moves import SYSTEM, Actor, Seen, advance, locked, parties, tell
from commerce.ordering.queries import DueOrder, LineState, LockedOrder
from commerce.ordering.resizing import in_base, relation_of
from commerce.ordering.rules import handover_terms
from commerce.ordering.states import MOVES
from commerce.stock import service as stock
from foundation import clock
from foundation.clock import business_day


def decline(
    session: Session,
    *,
    order_id: UUID,
    actor: Actor,
    reason: str | None = None,
    expected_version: Seen = None,
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
    expected_version: Seen = None,
    fee_paisa: int = 0,
    credit_paisa: int = 0,
) -> None:
    """Either side calls the order off before anything was delivered.

    A retailer that does so late owes the fee of the vendor's rules; a vendor that does so late gives the credit that it
    promised there. `fee_paisa` and `credit_paisa` are what either was shown and agrees to.
    Raises as `accept`, CancelFeeHigher, CancelCreditHigher.
    """
    _give_up(session, order_id, "cancel", actor, reason, expected_version, (fee_paisa, credit_paisa))


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
    expected_version: Seen = None,
    shown_paisa: tuple[int, int] = (0, 0),
) -> None:
    order = locked(session, order_id, verb, actor, expected_version)
    if order.fulfilment_state != "none":
        raise MoveNotAllowed(
            f"order {order.number} is delivered in part; close it short or take the goods back instead",
            order_id=str(order.id),
        )
    if verb == "decline":
        cancelling.refuse_free_decline(session, order)
    owed_paisa = cancelling.owed_for(session, order, actor, *shown_paisa) if verb == "cancel" else 0
    lines = queries.lines_of(session, order_id)
    target = MOVES[verb].target
    assert target is not None
    approvals.ended(session, order, target, actor, reason)
    _release(session, order, lines)
    slots.leave(session, order)
    cancel_open_quantities(session, order_id)
    advance(
        session,
        order,
        verb,
        actor,
        order_state=target,
        keeps_slot=False,
        credit_state="released" if order.credit_state in ("awaiting", "held") else order.credit_state,
        total_paisa=0,
        note=reason,
    )
    tell(session, OrderClosed(**parties(order), state=target), order, actor)
    if owed_paisa:
        cancelling.settle(session, order, actor, owed_paisa)


def close_short(
    session: Session,
    *,
    order_id: UUID,
    actor: Actor,
    reason: str | None = None,
    expected_version: Seen = None,
) -> None:
    """The vendor delivers no more: what is open of an order delivered in part is cancelled. Raises as `accept`."""
    order = locked(session, order_id, "close_short", actor, expected_version)
    if order.fulfilment_state == "none":
        raise MoveNotAllowed(
            f"nothing of order {order.number} is delivered; cancel it instead", order_id=str(order.id)
        )
    _close_short(session, order, "close_short", actor, reason)


def left_over_due(session: Session) -> list[DueOrder]:
    """The orders whose left-over is to be released: each is to `release` in a transaction of its own."""
    return queries.left_over_due(session, clock.now())


def release(session: Session, *, order_id: UUID) -> None:
    """Close an order short whose left-over nobody waits for any more, by the rule under which it was placed.

    Raises MoveNotAllowed when its time has not come, or somebody delivered or closed it meanwhile.
    """
    order = locked(session, order_id, "release", SYSTEM)
    if order.release_at is None or clock.now() < order.release_at:
        when = "by itself" if order.release_at is None else f"before {order.release_at.isoformat()}"
        raise MoveNotAllowed(
            f"what is left over of order {order.number} is not released {when}; close it short instead",
            order_id=str(order.id),
        )
    freed = _close_short(session, order, "release", SYSTEM, "the rest was not delivered in time")
    released = LeftOverReleased(**parties(order), amount_paisa=freed, currency=order.currency)
    tell(session, released, order, SYSTEM)


def release_moment(promised_on: date | None, delivered_on: date, days: int, time_zone: str) -> datetime:
    """When the left-over of an order is released: so many days after its promised day, or after the last delivery
    where that is later, at the end of that day where the vendor is. Pure."""
    last = max(delivered_on, promised_on or delivered_on) + timedelta(days=days + 1)
    return datetime.combine(last, time(), ZoneInfo(time_zone)).astimezone(UTC)


def next_release(session: Session, order: LockedOrder) -> datetime | None:
    """When the left-over of a locked order that was just delivered in part is released; None: never by itself."""
    days = handover_terms(session, order.vendor_id, order.placed_at).release_days
    if days is None:
        return None
    today = business_day(clock.now(), order.time_zone)
    return release_moment(order.promised_on, today, days, order.time_zone)


def _close_short(session: Session, order: LockedOrder, verb: str, actor: Actor, reason: str | None) -> int:
    """Cancel what is open of an order, and free what it held; its value in minor units."""
    lines = queries.lines_of(session, order.id)
    _release(session, order, lines)
    cancel_open_quantities(session, order.id)
    total = sum(line.amount_between(Decimal(0), line.delivered_quantity) for line in lines)
    advance(
        session,
        order,
        verb,
        actor,
        order_state="completed",
        fulfilment_state="delivered" if any(line.returnable_quantity for line in lines) else "returned",
        credit_state="charged" if order.credit_state == "part_charged" else order.credit_state,
        total_paisa=total,
        note=reason,
    )
    tell(session, OrderClosed(**parties(order), state="completed"), order, actor)
    return order.total_paisa - total


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

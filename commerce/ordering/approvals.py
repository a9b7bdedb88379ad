"""Orders that credit has no room for, or whose retailer is late: they wait until a person lets them go.

A waiting order reserves its goods and takes no credit. What may be approved is bound by the limit of the locked row
and the tolerance of the rule that holds by then, so that many that wait together pass it no more than one alone would,
and what the vendor said meanwhile counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import RowMapping, select, text
from sqlalchemy.orm import Session

from commerce.credit import service as credit
from commerce.credit.errors import CreditLimitExceeded, CreditStopped, SecondPersonNeeded
from commerce.credit.stops import Stop, stop_between
from commerce.identity import members
from commerce.ledger import service as ledger
from commerce.ordering import queries
from commerce.ordering.errors import ApprovalNotFound, ApprovalOutdated, OrderAwaitsApproval
from commerce.ordering.events import ApprovalDecided, ApprovalEscalated, OrderHeld
from commerce.ordering.models import OrderApproval
from commerce.ordering.moves import SYSTEM, Actor, advance, locked, parties, tell
from commerce.ordering.queries import LockedOrder
from commerce.ordering.resizing import relation_of
from foundation import clock
from foundation.events import publish
from foundation.idempotency import RequestKey, claim
from foundation.ids import uuid7
from foundation.keyset import Order, page
from foundation.money import format_amount

ENDS = {"declined": "declined", "expired": "timed-out", "cancelled": "withdrawn"}
"""What an approval that waited comes to when its order ends so."""


@dataclass(frozen=True)
class Waiting:
    """Why an order has to wait, and by how much it goes over the limit as it looks now."""

    stop: Stop
    reason: str
    excess_paisa: int

    @property
    def window(self) -> timedelta:
        return timedelta(minutes=self.stop.rule.window_minutes)


def hold_or_wait(
    session: Session, stop: Stop, *, account_id: UUID, amount_paisa: int, currency: str
) -> tuple[ledger.Exposure, Waiting | None]:
    """Take a hold if the rule lets the order go; else why it waits, if it is within the tolerance.

    The exposure is the one after a hold. Raises CreditLimitExceeded, CreditStopped, AccountNotFound.
    """
    if amount_paisa:
        stop.refuse_if_stopped()
    reason = stop.reason if amount_paisa else None  # what costs nothing needs no credit
    if reason is None:
        try:
            return ledger.take_hold(
                session, account_id=account_id, amount_paisa=amount_paisa, currency=currency
            ), None
        except CreditLimitExceeded as refusal:
            excess = amount_paisa - int(refusal.facts["available_paisa"])
            if excess > ledger.tolerated(int(refusal.facts["limit_paisa"]), stop.rule.tolerance_percent):
                raise
            reason = "over-limit"
    # Looked at without a lock: nothing is taken, and the approval judges under one.
    seen = ledger.see_exposure(session, account_id=account_id)
    excess = max(0, amount_paisa - seen.available_paisa)
    if excess > ledger.tolerated(seen.limit_paisa, stop.rule.tolerance_percent):
        raise ledger.limit_exceeded(seen, amount_paisa, currency)
    return replace(seen, held_paisa=seen.held_paisa + amount_paisa), Waiting(stop, reason, excess)


_BEGIN = text("""
    WITH noted AS (
        INSERT INTO app.order_timeline
            (id, order_id, vendor_id, retailer_id, verb, order_state, fulfilment_state, credit_state, actor_id,
             channel, note, happened_at)
        SELECT :timeline_id, id, vendor_id, retailer_id, 'hold', order_state, fulfilment_state, credit_state,
               :requested_by, :channel, :note, :now
        FROM app.orders WHERE id = :order_id
    )
    INSERT INTO app.order_approvals
        (id, order_id, vendor_id, retailer_id, currency, reason, amount_paisa, tolerance_percent, excess_paisa,
         days_late, state, requested_by, requested_at, escalate_at, due_at)
    SELECT :id, id, vendor_id, retailer_id, currency, :reason, total_paisa, :tolerance_percent, :excess_paisa,
           :days_late, 'waiting', :requested_by, :now, least(:escalate_at, expires_at), expires_at
    FROM app.orders WHERE id = :order_id
    RETURNING vendor_id, retailer_id, amount_paisa, currency, due_at
""")


def begin(
    session: Session, order_id: UUID, waiting: Waiting, *, requested_by: UUID | None, channel: str
) -> None:
    """Write down that an order waits; its row says for how much and until when."""
    rule, now = waiting.stop.rule, clock.now()
    row = session.execute(
        _BEGIN,
        {
            "id": uuid7(),
            "order_id": order_id,
            "timeline_id": uuid7(),
            "reason": waiting.reason,
            "note": f"waits for approval: {waiting.reason}",
            "tolerance_percent": rule.tolerance_percent,
            "excess_paisa": waiting.excess_paisa,
            "days_late": waiting.stop.days_late,
            "requested_by": requested_by,
            "channel": channel,
            "now": now,
            "escalate_at": now + timedelta(minutes=rule.escalate_minutes),
        },
    ).one()
    publish(
        session,
        OrderHeld(
            order_id=str(order_id),
            vendor_id=str(row.vendor_id),
            retailer_id=str(row.retailer_id),
            reason=waiting.reason,
            amount_paisa=row.amount_paisa,
            currency=row.currency,
            due_at=row.due_at.isoformat(),
        ),
        business_id=row.vendor_id,
        actor_id=requested_by,
        channel=channel,
    )


def approve(
    session: Session,
    *,
    order_id: UUID,
    amount_paisa: int,
    actor: Actor,
    note: str | None = None,
    request: RequestKey | None = None,
) -> None:
    """Let a waiting order go for the amount that the approver saw: it takes its hold, over the limit if need be.

    The limit is the locked row's, and the order passes it at most by the tolerance that the vendor's rule has now. Its
    time for acceptance begins anew. Raises OrderNotFound, NotYourMove, MoveNotAllowed, ApprovalNotFound,
    ApprovalOutdated, SecondPersonNeeded, CreditLimitExceeded, CreditStopped, RequestKeyReused.
    """
    if request is not None and claim(session, request, order_id) is not None:
        return
    order = locked(session, order_id, "approve", actor)
    waiting = _waiting(session, order)
    if actor.user_id is not None and actor.user_id in queries.makers_of(session, order_id):
        raise SecondPersonNeeded(
            f"order {order.number} was placed or enlarged by you; let another person of the business approve it",
            order_id=str(order_id),
        )
    if waiting.amount_paisa != amount_paisa:
        raise ApprovalOutdated(
            f"order {order.number} is worth {format_amount(waiting.amount_paisa, order.currency)}, not "
            f"{format_amount(amount_paisa, order.currency)}; look at it again and approve that",
            amount_paisa=waiting.amount_paisa,
        )
    account_id = relation_of(session, order).receivable_account_id
    assert account_id is not None  # an order on credit has an agreement behind it
    # Locked before the rule is read: what a vendor or a policy says of this pair meanwhile is waited for.
    before = ledger.lock_exposure(session, account_id=account_id)
    stop = stop_between(session, order.vendor_id, order.retailer_id)
    waiting.tolerance_percent = _tolerance(stop)
    try:
        if stop is not None:
            stop.refuse_if_stopped()
        after = ledger.take_hold_beyond(
            session,
            account_id=account_id,
            amount_paisa=amount_paisa,
            currency=order.currency,
            tolerance_percent=waiting.tolerance_percent,
        )
    except (CreditLimitExceeded, CreditStopped) as refusal:
        facts = {"owed_paisa": before.posted_paisa, "held_paisa": before.held_paisa}
        refusal.aftermath = credit.recorder(
            _decision(order, waiting, refusal.code, actor, before.limit_paisa, facts)
        )
        raise
    ledger.write_hold(
        session,
        hold_id=order_id,
        business_id=order.vendor_id,
        account_id=account_id,
        amount_paisa=amount_paisa,
    )
    waiting.excess_paisa = max(0, -after.available_paisa)
    waiting.limit_paisa = after.limit_paisa
    _end(session, order, waiting, "approved", actor, note, after)
    rules = queries.rules(session, order.vendor_id, clock.now())
    expires_at = clock.now() + timedelta(minutes=rules.acceptance_minutes)
    advance(session, order, "approve", actor, credit_state="held", note=note, expires_at=expires_at)


def ended(session: Session, order: LockedOrder, state: str, actor: Actor, note: str | None) -> None:
    """The order ended as `state`; whatever waited for approval ends with it."""
    if order.credit_state == "awaiting":
        _end(session, order, _waiting(session, order), ENDS[state], actor, note, None)


def check_waiting(order: LockedOrder) -> None:
    """Raises ApprovalNotFound for an order that waits for nobody."""
    if order.credit_state != "awaiting":
        raise ApprovalNotFound(
            f"order {order.number} waits for no approval; `GET /api/v1/credit/approvals` has those that do",
            order_id=str(order.id),
        )


def refuse_while_waiting(order: LockedOrder) -> None:
    """Raises OrderAwaitsApproval."""
    if order.credit_state == "awaiting":
        raise OrderAwaitsApproval(
            f"order {order.number} waits for somebody who approves its credit; approve it first, or decline it",
            order_id=str(order.id),
        )


def reconsider(
    session: Session, order: LockedOrder, value_paisa: int, requested_by: UUID | None, actor: Actor
) -> Waiting | None:
    """Look at an order anew whose value is about to change by so much; why it waits from now on, if it does.

    One that waits goes on waiting for its new amount. A larger one than was approved gives its hold back and waits
    again. Raises CreditLimitExceeded, CreditStopped, OrderAwaitsApproval.
    """
    if order.settlement != "credit" or (value_paisa <= 0 and order.credit_state != "awaiting"):
        return None
    total = order.total_paisa + value_paisa
    account_id = relation_of(session, order).receivable_account_id
    assert account_id is not None
    if order.credit_state == "awaiting":
        _restate(session, order, account_id, total, requested_by if value_paisa > 0 else None)
        return None
    stop = stop_between(session, order.vendor_id, order.retailer_id)
    if stop is None:
        return None
    stop.refuse_if_stopped()
    approved = _newest(session, order.id, "approved")
    if approved is not None and total <= approved.amount_paisa:
        return None
    room = ledger.see_exposure(session, account_id=account_id).available_paisa
    reason = stop.reason or ("over-limit" if value_paisa > room else None)
    if reason is None and approved is not None:
        reason = approved.reason
    if reason is None:
        return None
    if order.fulfilment_state != "none":
        raise OrderAwaitsApproval(
            f"more of order {order.number} would need approval ({reason}), and goods of it are delivered already; "
            "order the rest anew",
            order_id=str(order.id),
            reason=reason,
        )
    left = ledger.move_exposure(session, account_id=account_id, released_paisa=order.total_paisa)
    ledger.reduce_hold(session, hold_id=order.id, amount_paisa=None)
    excess = max(0, total - left.available_paisa)
    if excess > ledger.tolerated(left.limit_paisa, stop.rule.tolerance_percent):
        raise ledger.limit_exceeded(left, total, order.currency)
    if approved is not None:
        _end(session, order, approved, "voided", actor, "the order became larger", None)
    return Waiting(stop, reason, excess)


def approved_tolerance(session: Session, order: LockedOrder, total_paisa: int) -> Decimal:
    """By how many percent a locked order that comes to this total may pass the limit, because that much was approved.

    Zero where nobody approved so much, or the vendor has come to refuse what passes the limit since.
    """
    if order.settlement != "credit" or total_paisa <= order.total_paisa:
        return Decimal(0)
    approved = _newest(session, order.id, "approved")
    if approved is None or total_paisa > approved.amount_paisa:
        return Decimal(0)
    is_refused = stop_between(session, order.vendor_id, order.retailer_id) is None
    return Decimal(0) if is_refused else approved.tolerance_percent


class ToEscalate(NamedTuple):
    """An order that waits for so long that its vendor's owner is told."""

    order_id: UUID
    number: str


def approvals_to_escalate(session: Session) -> list[ToEscalate]:
    """The orders of whose waiting the owner is to be told, the longest waiting first."""
    rows = session.execute(
        text("""
            SELECT orders.id, orders.number FROM app.order_approvals waiting
            JOIN app.orders ON orders.id = waiting.order_id
            WHERE waiting.state = 'waiting' AND waiting.escalated_at IS NULL AND waiting.escalate_at <= :now
            ORDER BY waiting.escalate_at, waiting.id
        """),
        {"now": clock.now()},
    )
    return [ToEscalate._make(row) for row in rows]


def escalate(session: Session, *, order_id: UUID) -> None:
    """Tell the owner of a vendor, once, that an order waits for approval and until when."""
    order = queries.lock_order(session, order_id)
    waiting = _newest(session, order_id, "waiting")
    if waiting is None or waiting.escalated_at is not None:
        return  # somebody answered it meanwhile
    waiting.escalated_at = clock.now()
    session.flush()
    due_at = f"{waiting.due_at:%Y-%m-%d %H:%M} UTC"
    amount = format_amount(waiting.amount_paisa, order.currency)
    members.tell_owners(
        session,
        business_id=order.vendor_id,
        purpose="order-approval",
        title=f"Order {order.number} waits for your approval",
        body=f"Order {order.number} over {amount} waits since {waiting.requested_at:%Y-%m-%d %H:%M} UTC "
        f"({waiting.reason}). Without an answer it lapses at {due_at}.\n",
    )
    tell(
        session,
        ApprovalEscalated(**parties(order), amount_paisa=waiting.amount_paisa, currency=order.currency),
        order,
        SYSTEM,
    )


def approvals_of(session: Session, order_id: UUID) -> Sequence[OrderApproval]:
    """What an order waited for, the newest first."""
    return session.scalars(
        select(OrderApproval)
        .where(OrderApproval.order_id == order_id)
        .order_by(OrderApproval.requested_at.desc(), OrderApproval.id.desc())
    ).all()


def _restate(
    session: Session, order: LockedOrder, account_id: UUID, total: int, enlarged_by: UUID | None
) -> None:
    waiting = _waiting(session, order)
    seen = ledger.see_exposure(session, account_id=account_id)
    excess = max(0, total - seen.available_paisa)
    if total > waiting.amount_paisa:
        stop = stop_between(session, order.vendor_id, order.retailer_id)
        if stop is not None:
            stop.refuse_if_stopped()
        if excess > ledger.tolerated(seen.limit_paisa, _tolerance(stop)):
            raise ledger.limit_exceeded(seen, total, order.currency)
    waiting.amount_paisa, waiting.excess_paisa = total, excess
    if enlarged_by is not None:
        waiting.requested_by = enlarged_by
    session.flush()


def _tolerance(stop: Stop | None) -> Decimal:
    """By how many percent an order may pass the limit under the rule of now: not at all where those are refused."""
    return Decimal(0) if stop is None else stop.rule.tolerance_percent


def _end(
    session: Session,
    order: LockedOrder,
    approval: OrderApproval,
    state: str,
    actor: Actor,
    note: str | None,
    after: ledger.Exposure | None,
) -> None:
    approval.state, approval.note = state, note
    approval.decided_by, approval.decided_at = actor.user_id, clock.now()
    session.flush()
    facts = {} if after is None else {"owed_paisa": after.posted_paisa, "held_paisa": after.held_paisa}
    limit = None if after is None else after.limit_paisa
    credit.record_decision(session, _decision(order, approval, state, actor, limit, facts))
    tell(
        session,
        ApprovalDecided(
            **parties(order), state=state, amount_paisa=approval.amount_paisa, currency=order.currency
        ),
        order,
        actor,
    )


def _decision(
    order: LockedOrder,
    approval: OrderApproval,
    reason_code: str,
    actor: Actor,
    limit_paisa: int | None,
    facts: dict[str, int],
) -> credit.DecisionRecord:
    is_granted = reason_code == "approved"
    return credit.DecisionRecord(
        kind="order-approval",
        vendor_id=order.vendor_id,
        retailer_id=order.retailer_id,
        order_id=order.id,
        outcome="granted" if is_granted else "refused",
        reason_code=reason_code,
        asked_paisa=approval.amount_paisa,
        granted_paisa=approval.amount_paisa if is_granted else 0,
        currency=order.currency,
        facts={
            **facts,
            "reason": approval.reason,
            "excess_paisa": approval.excess_paisa,
            "tolerance_percent": str(approval.tolerance_percent),
            "days_late": approval.days_late,
        },
        limit_paisa=limit_paisa,
        channel=actor.channel,
        actor_id=actor.user_id,
    )


def _waiting(session: Session, order: LockedOrder) -> OrderApproval:
    check_waiting(order)
    found = _newest(session, order.id, "waiting")
    assert found is not None  # both are written together
    return found


def _newest(session: Session, order_id: UUID, state: str) -> OrderApproval | None:
    # The order's lock guards what it waits for.
    return session.scalars(
        select(OrderApproval)
        .where(OrderApproval.order_id == order_id, OrderApproval.state == state)
        .order_by(OrderApproval.requested_at.desc(), OrderApproval.id.desc())
        .limit(1)
    ).one_or_none()


_LISTED = """
    SELECT approval.order_id, orders.number AS order_number, approval.vendor_id, approval.retailer_id,
           approval.currency, approval.reason, approval.amount_paisa, approval.excess_paisa, approval.days_late,
           approval.state, approval.requested_at, approval.escalated_at, approval.due_at, approval.decided_at,
           approval.note, approval.id
    FROM app.order_approvals approval JOIN app.orders ON orders.id = approval.order_id
    WHERE approval.{side}_id = :business_id
"""
_FILTERS = {
    side: {
        "state": "approval.state = :state",
        "counterparty_id": f"approval.{other}_id = :counterparty_id",
    }
    for side, other in (("vendor", "retailer"), ("retailer", "vendor"))
}
_REQUESTED = (("requested_at", "timestamptz"), ("id", "uuid"))
APPROVALS_BY = {"newest": Order(_REQUESTED, is_descending=True), "oldest": Order(_REQUESTED)}


def approvals_page(
    session: Session,
    side: str,
    business_id: UUID,
    *,
    state: str | None = None,
    counterparty_id: UUID | None = None,
    by: Order = APPROVALS_BY["newest"],
    after: Sequence[Any] | None = None,
    limit: int,
) -> Sequence[RowMapping]:
    """What waits or waited for a vendor's approval, or a retailer's orders that do (`side`), newest first."""
    values = {"business_id": business_id, "state": state, "counterparty_id": counterparty_id}
    rows, filters = _LISTED.format(side=side), _FILTERS[side]
    return page(session, rows, values, filters=filters, by=by, after=after, limit=limit)

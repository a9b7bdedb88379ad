"""Who pays when an order is called off late: what a vendor asks or promises for it, what it costs now, the fee, its
waiver, and the credit for a vendor's own cancelling.

The rules are those of the moment at which the order was placed. A vendor that promised nothing owes nothing. Late is
counted from the day that the vendor accepted the order for; another that the retailer chose since counts against the
retailer alone: the fee goes by the earlier of both days, the credit by the later. What was accepted once stays so, also
while it waits for approval again.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.ledger import queries as ledger_queries
from commerce.ledger import service as ledger
from commerce.ordering.booking import book_cancel_credit, book_fee
from commerce.ordering.errors import CancelCreditHigher, CancelFeeHigher, CancelFeeNotFound, MoveNotAllowed
from commerce.ordering.events import CancelFeeMoved
from commerce.ordering.moves import Actor, advance, locked, parties, tell, tell_reinstated
from commerce.ordering.queries import LockedOrder
from commerce.ordering.resizing import relation_of
from foundation import clock
from foundation.money import format_amount


class CancelTerms(NamedTuple):
    """What a vendor asks of a retailer that cancels late, and gives one when it does so itself; no amount and no
    percentage: nothing."""

    cancel_notice_hours: int | None = None
    """Free until so long before the promised day begins, for either side; None: until the vendor accepts."""
    cancel_fee_paisa: int = 0
    cancel_fee_percent: Decimal = Decimal(0)
    cancel_fee_max_paisa: int | None = None
    cancel_credit_paisa: int = 0
    cancel_credit_percent: Decimal = Decimal(0)
    cancel_credit_max_paisa: int | None = None


class CancelCost(NamedTuple):
    """What it would cost the retailer to cancel now, and the vendor to do so; until when it is free for both (where
    that is known); what was done."""

    fee_paisa: int
    credit_paisa: int
    free_until: datetime | None
    charged_paisa: int
    is_waived: bool
    credited_paisa: int


def fee_of(total_paisa: int, terms: CancelTerms) -> int:
    """The fee for an order of that value, rounded half-even, never above its maximum or the order itself. Pure."""
    return _part_of(total_paisa, terms.cancel_fee_paisa, terms.cancel_fee_percent, terms.cancel_fee_max_paisa)


def credit_of(total_paisa: int, terms: CancelTerms) -> int:
    """What a vendor gives for an order of that value that it cancels late itself, bounded as the fee. Pure."""
    return _part_of(
        total_paisa, terms.cancel_credit_paisa, terms.cancel_credit_percent, terms.cancel_credit_max_paisa
    )


def _part_of(total_paisa: int, amount_paisa: int, percent: Decimal, max_paisa: int | None) -> int:
    part = (total_paisa * percent / 100).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
    owed = min(total_paisa, amount_paisa + int(part))
    return owed if max_paisa is None else min(owed, max_paisa)


def free_until(promised_on: date | None, time_zone: str, terms: CancelTerms) -> datetime | None:
    """The moment before which an accepted order is cancelled for nothing, if there is one. Pure."""
    if terms.cancel_notice_hours is None or promised_on is None:
        return None
    begins = datetime.combine(promised_on, time(), ZoneInfo(time_zone))
    return begins.astimezone(UTC) - timedelta(hours=terms.cancel_notice_hours)


_ASKED = text("""
    SELECT orders.order_state, orders.fulfilment_state, orders.settlement, orders.total_paisa,
           orders.agreed_on IS NOT NULL AS was_accepted, least(orders.agreed_on, orders.promised_on) AS earlier_on,
           greatest(orders.agreed_on, orders.promised_on) AS later_on,
           vendor.time_zone, rules.cancel_notice_hours, coalesce(rules.cancel_fee_paisa, 0) AS cancel_fee_paisa,
           coalesce(rules.cancel_fee_percent, 0) AS cancel_fee_percent, rules.cancel_fee_max_paisa,
           coalesce(rules.cancel_credit_paisa, 0) AS cancel_credit_paisa,
           coalesce(rules.cancel_credit_percent, 0) AS cancel_credit_percent, rules.cancel_credit_max_paisa,
           coalesce(fee.amount_paisa, 0) AS charged_paisa, waiver.id IS NOT NULL AS is_waived,
           -coalesce(credit.amount_paisa, 0) AS credited_paisa
    FROM app.orders JOIN app.businesses vendor ON vendor.id = orders.vendor_id
    LEFT JOIN LATERAL (
        SELECT * FROM app.order_rules WHERE business_id = orders.vendor_id AND set_at <= orders.placed_at
        ORDER BY set_at DESC, id DESC LIMIT 1
    ) rules ON true
    LEFT JOIN app.receivable_items fee ON fee.order_id = orders.id AND fee.kind = 'cancel_fee'
    LEFT JOIN app.receivable_items waiver ON waiver.order_id = orders.id AND waiver.kind = 'fee_waiver'
    LEFT JOIN app.receivable_items credit ON credit.order_id = orders.id AND credit.kind = 'cancel_credit'
    WHERE orders.id = :order_id
""")


def cancel_cost(session: Session, order_id: UUID) -> CancelCost:
    """What cancelling costs either side at this moment. Needs the vendor in scope and an order that is there."""
    row = session.execute(_ASKED, {"order_id": order_id}).one()
    terms = CancelTerms._make(row._mapping[name] for name in CancelTerms._fields)
    # A sale for cash has no account that a fee could be charged to.
    is_binding = (
        (row.order_state == "accepted" or (row.order_state == "placed" and row.was_accepted))
        and row.fulfilment_state == "none"
        and row.settlement == "credit"
    )

    def is_late(day: date | None) -> bool:
        """An order without a day cannot be late for it."""
        until = free_until(day, row.time_zone, terms)
        return is_binding and (
            terms.cancel_notice_hours is None or (until is not None and clock.now() >= until)
        )

    return CancelCost(
        fee_paisa=fee_of(row.total_paisa, terms) if is_late(row.earlier_on) else 0,
        credit_paisa=credit_of(row.total_paisa, terms) if is_late(row.later_on) else 0,
        free_until=free_until(row.earlier_on, row.time_zone, terms),
        charged_paisa=row.charged_paisa,
        is_waived=row.is_waived,
        credited_paisa=row.credited_paisa,
    )


def refuse_free_decline(session: Session, order: LockedOrder) -> None:
    """Raises MoveNotAllowed for a locked order that was accepted once and that the vendor owes a credit for."""
    credit_paisa = 0 if order.agreed_on is None else cancel_cost(session, order.id).credit_paisa
    if credit_paisa:
        raise MoveNotAllowed(
            f"order {order.number} was accepted once, and giving it up now costs "
            f"{format_amount(credit_paisa, order.currency)}; cancel it for that instead of declining it",
            order_id=str(order.id),
            credit_paisa=credit_paisa,
        )


def owed_for(
    session: Session, order: LockedOrder, actor: Actor, fee_shown_paisa: int, credit_shown_paisa: int
) -> int:
    """What the retailer owes (negative: is given) for a locked order that this side cancels now.

    Raises CancelFeeHigher when a retailer was shown less, CancelCreditHigher when a vendor was.
    """
    cost = cancel_cost(session, order.id)
    if actor.side == "vendor":
        if cost.credit_paisa > credit_shown_paisa:
            raise CancelCreditHigher(
                f"to cancel order {order.number} now you give its retailer "
                f"{format_amount(cost.credit_paisa, order.currency)}, and "
                f"{format_amount(credit_shown_paisa, order.currency)} were agreed to; say `credit` at "
                f"`POST /api/v1/orders/{order.id}/cancel`",
                credit_paisa=cost.credit_paisa,
                shown_paisa=credit_shown_paisa,
            )
        return -cost.credit_paisa
    fee_paisa, shown_paisa = cost.fee_paisa, fee_shown_paisa
    if fee_paisa > shown_paisa:
        raise CancelFeeHigher(
            f"to cancel order {order.number} costs {format_amount(fee_paisa, order.currency)} now, and "
            f"{format_amount(shown_paisa, order.currency)} were agreed to; say `fee` at "
            f"`POST /api/v1/orders/{order.id}/cancel`; the vendor may waive it",
            fee_paisa=fee_paisa,
            shown_paisa=shown_paisa,
        )
    return fee_paisa


def settle(session: Session, order: LockedOrder, actor: Actor, owed_paisa: int) -> None:
    """The fee as an item in both books, due by the pair's terms, or (negative) the credit for a vendor's own
    cancelling, which settles the oldest debts. The account's row must be locked."""
    relation = relation_of(session, order)
    assert relation.receivable_account_id is not None  # a fee is of an order on credit
    ledger.move_exposure(session, account_id=relation.receivable_account_id, posted_paisa=owed_paisa)
    if owed_paisa > 0:
        book_fee(session, order, relation, owed_paisa)
    else:
        book_cancel_credit(session, order, relation, -owed_paisa)
    _tell(session, order, actor, "charged" if owed_paisa > 0 else "credited", abs(owed_paisa))


def waive_cancel_fee(session: Session, *, order_id: UUID, actor: Actor) -> None:
    """The vendor gives the fee up: taken back in both books, and an advance where it was paid. Once.

    Raises OrderNotFound, NotYourMove, MoveNotAllowed, CancelFeeNotFound.
    """
    order = locked(session, order_id, "waive_fee", actor)
    cost = cancel_cost(session, order_id)
    if not cost.charged_paisa or cost.is_waived:
        raise CancelFeeNotFound(
            f"order {order.number} has no fee to give up; "
            + ("it was waived already" if cost.is_waived else "none was charged"),
            order_id=str(order_id),
        )
    relation = relation_of(session, order)
    assert relation.receivable_account_id is not None
    ledger.move_exposure(session, account_id=relation.receivable_account_id, posted_paisa=-cost.charged_paisa)
    owed_again = book_fee(
        session,
        order,
        relation,
        -cost.charged_paisa,
        first=ledger_queries.items_of_order(session, order.id),
    )
    advance(session, order, "waive_fee", actor)
    _tell(session, order, actor, "waived", cost.charged_paisa)
    tell_reinstated(session, order, actor, owed_again)


def _tell(session: Session, order: LockedOrder, actor: Actor, state: str, amount_paisa: int) -> None:
    moved = CancelFeeMoved(**parties(order), state=state, amount_paisa=amount_paisa, currency=order.currency)
    tell(session, moved, order, actor)

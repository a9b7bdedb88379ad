"""Who pays when an order is called off late: what a vendor asks for it, what it costs now, the fee and its waiver.

The rules are those of the moment at which the order was placed. A vendor that cancels owes nothing.
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
from commerce.ordering.booking import book_fee
from commerce.ordering.errors import CancelFeeHigher, CancelFeeNotFound
from commerce.ordering.events import CancelFeeMoved
from commerce.ordering.moves import Actor, advance, locked, parties, tell
from commerce.ordering.queries import LockedOrder
from commerce.ordering.resizing import relation_of
from foundation import clock
from foundation.money import format_amount


class CancelTerms(NamedTuple):
    """What a vendor asks of a retailer that cancels late; no amount and no percentage: nothing."""

    cancel_notice_hours: int | None = None
    """Free until so long before the promised day begins; None: until the vendor accepts."""
    cancel_fee_paisa: int = 0
    cancel_fee_percent: Decimal = Decimal(0)
    cancel_fee_max_paisa: int | None = None


class CancelCost(NamedTuple):
    """What it would cost the retailer to cancel now, until when it is free (where that is known), what was done."""

    fee_paisa: int
    free_until: datetime | None
    charged_paisa: int
    is_waived: bool


def fee_of(total_paisa: int, terms: CancelTerms) -> int:
    """The fee for an order of that value, rounded half-even, never above its maximum or the order itself. Pure."""
    part = (total_paisa * terms.cancel_fee_percent / 100).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
    fee = min(total_paisa, terms.cancel_fee_paisa + int(part))
    return fee if terms.cancel_fee_max_paisa is None else min(fee, terms.cancel_fee_max_paisa)


def free_until(promised_on: date | None, time_zone: str, terms: CancelTerms) -> datetime | None:
    """The moment before which an accepted order is cancelled for nothing, if there is one. Pure."""
    if terms.cancel_notice_hours is None or promised_on is None:
        return None
    begins = datetime.combine(promised_on, time(), ZoneInfo(time_zone))
    return begins.astimezone(UTC) - timedelta(hours=terms.cancel_notice_hours)


_ASKED = text("""
    SELECT orders.order_state, orders.fulfilment_state, orders.settlement, orders.total_paisa, orders.promised_on,
           vendor.time_zone, rules.cancel_notice_hours, coalesce(rules.cancel_fee_paisa, 0) AS cancel_fee_paisa,
           coalesce(rules.cancel_fee_percent, 0) AS cancel_fee_percent, rules.cancel_fee_max_paisa,
           coalesce(fee.amount_paisa, 0) AS charged_paisa, waiver.id IS NOT NULL AS is_waived
    FROM app.orders JOIN app.businesses vendor ON vendor.id = orders.vendor_id
    LEFT JOIN LATERAL (
        SELECT * FROM app.order_rules WHERE business_id = orders.vendor_id AND set_at <= orders.placed_at
        ORDER BY set_at DESC, id DESC LIMIT 1
    ) rules ON true
    LEFT JOIN app.receivable_items fee ON fee.order_id = orders.id AND fee.kind = 'cancel_fee'
    LEFT JOIN app.receivable_items waiver ON waiver.order_id = orders.id AND waiver.kind = 'fee_waiver'
    WHERE orders.id = :order_id
""")


def cancel_cost(session: Session, order_id: UUID) -> CancelCost:
    """What cancelling costs the retailer at this moment. Needs the vendor in scope and an order that is there."""
    row = session.execute(_ASKED, {"order_id": order_id}).one()
    terms = CancelTerms(
        row.cancel_notice_hours, row.cancel_fee_paisa, row.cancel_fee_percent, row.cancel_fee_max_paisa
    )
    until = free_until(row.promised_on, row.time_zone, terms)
    # A sale for cash has no account that a fee could be charged to; an order without a day cannot be late for it.
    is_free = (
        row.order_state != "accepted"
        or row.fulfilment_state != "none"
        or row.settlement != "credit"
        or (terms.cancel_notice_hours is not None and (until is None or clock.now() < until))
    )
    return CancelCost(
        0 if is_free else fee_of(row.total_paisa, terms), until, row.charged_paisa, row.is_waived
    )


def fee_due(session: Session, order: LockedOrder, actor: Actor, shown_paisa: int) -> int:
    """What the one who cancels a locked order owes for it. Raises CancelFeeHigher when it was shown less."""
    if actor.side != "retailer":
        return 0
    fee_paisa = cancel_cost(session, order.id).fee_paisa
    if fee_paisa > shown_paisa:
        raise CancelFeeHigher(
            f"to cancel order {order.number} costs {format_amount(fee_paisa, order.currency)} now, and "
            f"{format_amount(shown_paisa, order.currency)} were agreed to; say `fee` at "
            f"`POST /api/v1/orders/{order.id}/cancel`, or ask the vendor to cancel it",
            fee_paisa=fee_paisa,
            shown_paisa=shown_paisa,
        )
    return fee_paisa


def charge_fee(session: Session, order: LockedOrder, actor: Actor, fee_paisa: int) -> None:
    """The fee as an item in both books, due by the pair's terms. The account's row must be locked."""
    relation = relation_of(session, order)
    assert relation.receivable_account_id is not None  # a fee is of an order on credit
    ledger.move_exposure(session, account_id=relation.receivable_account_id, posted_paisa=fee_paisa)
    book_fee(session, order, relation, fee_paisa)
    _tell(session, order, actor, "charged", fee_paisa)


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
    book_fee(
        session,
        order,
        relation,
        -cost.charged_paisa,
        first=ledger_queries.items_of_order(session, order.id),
    )
    advance(session, order, "waive_fee", actor)
    _tell(session, order, actor, "waived", cost.charged_paisa)


def _tell(session: Session, order: LockedOrder, actor: Actor, state: str, amount_paisa: int) -> None:
    moved = CancelFeeMoved(**parties(order), state=state, amount_paisa=amount_paisa, currency=order.currency)
    tell(session, moved, order, actor)

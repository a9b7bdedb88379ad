"""The part of an order that is paid before its goods are handed over, where the terms of a pair want one."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from commerce.credit import service as credit
from commerce.credit.queries import Relation
from commerce.ledger import queries as ledger_queries
from commerce.ordering import queries
from commerce.ordering.errors import AdvanceMissing
from commerce.ordering.moves import Actor
from commerce.ordering.queries import LockedOrder
from foundation.money import format_amount


def advance_of(total_paisa: int, percent: int) -> int:
    """So much of an order's value is paid before; a part of a paisa counts as one. Pure."""
    return -(-total_paisa * percent // 100)


def require_advance(
    session: Session, order: LockedOrder, relation: Relation, actor: Actor, *, waived_because: str | None
) -> bool:
    """See that the advance is there: credit that settles nothing yet, and what was paid of the order already.

    The account's row must be locked: the delivery that follows settles itself with that credit, so that no other
    order counts on it. A waiver is kept among the decisions; whether there was one. Raises AdvanceMissing.
    """
    if not relation.advance_percent:
        return False
    account_id = relation.receivable_account_id
    assert account_id is not None  # terms belong to an agreement
    needed = advance_of(order.total_paisa, relation.advance_percent)
    there = _there(session, account_id, order.id)
    if there >= needed:
        return False
    if waived_because is None:
        raise AdvanceMissing(
            f"{relation.advance_percent} % of order {order.number} are paid before its goods are handed over: "
            f"{format_amount(needed, order.currency)}, of which {format_amount(there, order.currency)} are there; "
            "record the payment as an advance (`is_rest_kept`), or say by `without_advance` why it is not waited for",
            order_id=str(order.id),
            needed_paisa=needed,
            there_paisa=there,
        )
    credit.record_decision(
        session,
        credit.DecisionRecord(
            kind="advance",
            vendor_id=order.vendor_id,
            retailer_id=order.retailer_id,
            order_id=order.id,
            outcome="granted",
            reason_code="advance-waived",
            asked_paisa=needed,
            granted_paisa=there,
            currency=order.currency,
            facts={"advance_percent": relation.advance_percent, "reason": waived_because},
            channel=actor.channel,
            actor_id=actor.user_id,
        ),
    )
    return True


def _there(session: Session, account_id: UUID, order_id: UUID) -> int:
    free = sum(item.open_paisa for item in ledger_queries.open_credits(session, account_id))
    return free + queries.paid_of(session, order_id)

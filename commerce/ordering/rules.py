"""What a vendor asks of orders: how long they wait for it, how long its prices hold, how small they may be."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.ordering.cancelling import CancelTerms
from commerce.ordering.errors import RulesInvalid
from commerce.ordering.models import OrderRules
from commerce.ordering.queries import Rules
from commerce.ordering.vocabulary import MINUTES_MAX, NOTICE_HOURS_MAX, RELEASE_DAYS_MAX
from foundation import clock
from foundation.ids import uuid7
from foundation.money import to_rupees


class HandoverTerms(NamedTuple):
    """What a vendor asks of the handing over itself."""

    needs_proof: bool = False
    """Whether each delivery is to say who received it. Nothing is refused for want of it: the goods are out."""
    release_days: int | None = None
    """So long after its day the left-over of an order delivered in part is released; None: never by itself."""


def set_rules(
    session: Session,
    *,
    vendor_id: UUID,
    rules: Rules,
    cancelling: CancelTerms = CancelTerms(),
    handover: HandoverTerms = HandoverTerms(),
    actor_id: UUID | None = None,
) -> None:
    """From now on a vendor asks this of orders, of who cancels late and of deliveries; the earlier rules stay.

    Raises RulesInvalid.
    """
    for name in ("acceptance_minutes", "quote_minutes"):
        value = getattr(rules, name)
        if not 1 <= value <= MINUTES_MAX:
            raise RulesInvalid(f"{name} is {value}; give 1 to {MINUTES_MAX}", field=name, value=value)
    if rules.minimum_order_paisa < 0:
        raise RulesInvalid(
            f"minimum_order is {to_rupees(rules.minimum_order_paisa)}; give zero or more",
            field="minimum_order",
            value=to_rupees(rules.minimum_order_paisa),
        )
    _check_cancelling(cancelling)
    days = handover.release_days
    if days is not None and not 0 <= days <= RELEASE_DAYS_MAX:
        raise RulesInvalid(
            f"release_days is {days}; give 0 to {RELEASE_DAYS_MAX}, or leave it out for a left-over that waits until "
            "it is delivered or closed short",
            field="release_days",
            value=days,
        )
    session.add(
        OrderRules(
            id=uuid7(),
            business_id=vendor_id,
            **rules._asdict(),
            **cancelling._asdict(),
            **handover._asdict(),
            set_by=actor_id,
            set_at=clock.now(),
        )
    )


def cancel_terms(session: Session, vendor_id: UUID, now: datetime) -> CancelTerms:
    """What a vendor asks of a retailer that cancels late. Needs the vendor in scope."""
    row = session.execute(_CANCEL_TERMS, {"vendor_id": vendor_id, "now": now}).one_or_none()
    return CancelTerms() if row is None else CancelTerms._make(row)


def handover_terms(session: Session, vendor_id: UUID, now: datetime) -> HandoverTerms:
    """What a vendor asks of the handing over. Needs the vendor in scope."""
    row = session.execute(_HANDOVER_TERMS, {"vendor_id": vendor_id, "now": now}).one_or_none()
    return HandoverTerms() if row is None else HandoverTerms._make(row)


_HANDOVER_TERMS = text("""
    SELECT needs_proof, release_days FROM app.order_rules
    WHERE business_id = :vendor_id AND set_at <= :now ORDER BY set_at DESC, id DESC LIMIT 1
""")
_CANCEL_TERMS = text("""
    SELECT cancel_notice_hours, cancel_fee_paisa, cancel_fee_percent, cancel_fee_max_paisa, cancel_credit_paisa,
           cancel_credit_percent, cancel_credit_max_paisa
    FROM app.order_rules
    WHERE business_id = :vendor_id AND set_at <= :now ORDER BY set_at DESC, id DESC LIMIT 1
""")


def _check_cancelling(terms: CancelTerms) -> None:
    hours = terms.cancel_notice_hours
    if hours is not None and not 0 <= hours <= NOTICE_HOURS_MAX:
        raise RulesInvalid(
            f"cancel_notice_hours is {hours}; give 0 to {NOTICE_HOURS_MAX}, or leave it out for an order that is free "
            "until it is accepted",
            field="cancel_notice_hours",
            value=hours,
        )
    _check_part("cancel_fee", terms.cancel_fee_paisa, terms.cancel_fee_percent, terms.cancel_fee_max_paisa)
    _check_part(
        "cancel_credit", terms.cancel_credit_paisa, terms.cancel_credit_percent, terms.cancel_credit_max_paisa
    )


def _check_part(name: str, amount_paisa: int, percent: Decimal, max_paisa: int | None) -> None:
    """An amount or a percentage with a maximum, as fee and credit are."""
    if not 0 <= percent <= 100 or percent != round(percent, 3):
        raise RulesInvalid(
            f"{name}_percent is {percent}; give 0 to 100, three decimals at most",
            field=f"{name}_percent",
            value=str(percent),
        )
    if amount_paisa < 0 or (amount_paisa and percent):
        raise RulesInvalid(
            f"{name} is {to_rupees(amount_paisa)} beside {percent} percent; give either, not both, zero or more",
            field=name,
            value=to_rupees(amount_paisa),
        )
    if max_paisa is not None and max_paisa <= 0:
        raise RulesInvalid(
            f"{name}_max is {to_rupees(max_paisa)}; give more than zero, or leave it out",
            field=f"{name}_max",
            value=to_rupees(max_paisa),
        )

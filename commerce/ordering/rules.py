"""What a vendor asks of orders: how long they wait for it, how long its prices hold, how small they may be."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from commerce.ordering.errors import RulesInvalid
from commerce.ordering.models import OrderRules
from commerce.ordering.queries import Rules
from commerce.ordering.vocabulary import MINUTES_MAX
from foundation import clock
from foundation.ids import uuid7


def set_rules(session: Session, *, vendor_id: UUID, rules: Rules, actor_id: UUID | None = None) -> None:
    """From now on a vendor asks this of orders; the earlier rules stay as history. Raises RulesInvalid."""
    for name in ("acceptance_minutes", "quote_minutes"):
        value = getattr(rules, name)
        if not 1 <= value <= MINUTES_MAX:
            raise RulesInvalid(f"{name} is {value}; give 1 to {MINUTES_MAX}", field=name, value=value)
    if rules.minimum_order_paisa < 0:
        raise RulesInvalid(
            f"minimum_order is {rules.minimum_order_paisa} minor units; give zero or more",
            field="minimum_order",
            value=rules.minimum_order_paisa,
        )
    session.add(
        OrderRules(id=uuid7(), business_id=vendor_id, **rules._asdict(), set_by=actor_id, set_at=clock.now())
    )

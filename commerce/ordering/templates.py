"""Baskets with a name: kept by a retailer, quoted at the prices of the day on which they are wanted."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from commerce.ordering.errors import TemplateNotFound
from commerce.ordering.models import OrderTemplate
from commerce.ordering.quotes import Again, quote_wishes
from commerce.ordering.quoting import Wish, inquire
from foundation import clock
from foundation.ids import uuid7
from foundation.keyset import Order
from foundation.money import format_quantity


def keep_template(
    session: Session,
    *,
    retailer_id: UUID,
    vendor_id: UUID,
    name: str,
    wishes: Sequence[Wish],
    settlement: str = "credit",
    actor_id: UUID | None = None,
) -> UUID:
    """Keep a basket under its name; one of the same name at the same vendor is replaced. Returns its id.

    Whether its goods are to be had is asked when it is quoted. Raises PartyNotFound, OrderInvalid, QuantityInvalid.
    """
    inquire(session, vendor_id, retailer_id, wishes)
    content = {
        "settlement": settlement,
        "lines": [
            {
                "product_id": str(wish.product_id),
                "unit": wish.unit,
                "quantity": format_quantity(wish.quantity),
            }
            for wish in wishes
        ],
        "made_by": actor_id,
        "made_at": clock.now(),
    }
    return session.execute(
        insert(OrderTemplate)
        .values(id=uuid7(), business_id=retailer_id, vendor_id=vendor_id, name=name, **content)
        .on_conflict_do_update(
            index_elements=["business_id", "vendor_id", "name"],
            set_=content,
        )
        .returning(OrderTemplate.id)
    ).scalar_one()


def drop_template(session: Session, *, retailer_id: UUID, template_id: UUID) -> None:
    """Forget a basket. Raises TemplateNotFound."""
    template_of(session, retailer_id=retailer_id, template_id=template_id)
    session.execute(delete(OrderTemplate).where(OrderTemplate.id == template_id))


def quote_template(
    session: Session, *, retailer_id: UUID, template_id: UUID, actor_id: UUID | None = None
) -> Again:
    """Keep a quote for what is to be had of a basket now, and tell what is not as it was kept.

    Raises TemplateNotFound, and as `quote_again`. Needs the vendor in scope.
    """
    kept = template_of(session, retailer_id=retailer_id, template_id=template_id)
    wishes = [Wish(UUID(line["product_id"]), Decimal(line["quantity"]), line["unit"]) for line in kept.lines]
    return quote_wishes(
        session,
        vendor_id=kept.vendor_id,
        retailer_id=retailer_id,
        wishes=wishes,
        settlement=kept.settlement,
        what=f"basket {kept.name!r}",
        actor_id=actor_id,
    )


TEMPLATES_BY = {
    "name": Order((("order_templates.name", "text"), ("order_templates.id", "uuid"))),
    "newest": Order(
        (("order_templates.made_at", "timestamptz"), ("order_templates.id", "uuid")), is_descending=True
    ),
}


def templates_of(
    session: Session,
    retailer_id: UUID,
    *,
    vendor_id: UUID | None = None,
    by: Order = TEMPLATES_BY["name"],
    after: Sequence[Any] | None = None,
    limit: int = 50,
) -> Sequence[OrderTemplate]:
    """A retailer's baskets (or those for one vendor) by name, `limit` of them after the one with the key given."""
    question = select(OrderTemplate).where(OrderTemplate.business_id == retailer_id)
    if vendor_id is not None:
        question = question.where(OrderTemplate.vendor_id == vendor_id)
    return session.scalars(by.paged(question, after, limit)).all()


def template_of(session: Session, *, retailer_id: UUID, template_id: UUID) -> OrderTemplate:
    """One of a retailer's baskets. Raises TemplateNotFound."""
    found = session.get(OrderTemplate, template_id)
    if found is None or found.business_id != retailer_id:
        raise TemplateNotFound(f"there is no basket {template_id}", template_id=str(template_id))
    return found

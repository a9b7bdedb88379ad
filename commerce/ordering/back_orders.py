"""Back-orders: what a vendor could not accept of an order waits as a kept quote until its goods come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.ordering import queries
from commerce.ordering.errors import QuoteNotFound
from commerce.ordering.queries import LineState, LockedOrder
from commerce.ordering.quotes import Kept, keep, over
from commerce.ordering.quoting import QuotedLine, quote_of
from commerce.ordering.resizing import Change, relation_of
from commerce.ordering.vocabulary import BACK_ORDER_DAYS
from commerce.pricing.prices import Free, FreeGood, Step
from commerce.tax.added import AddedTax
from foundation import clock


def keep_back_order(
    session: Session, order: LockedOrder, rest: Sequence[Change], actor_id: UUID | None
) -> Kept | None:
    """Keep what a vendor could not accept of an order, at the order's prices; None when it is free goods alone.

    Free goods wait with the line that earned them, and are gone where that does not wait.
    """
    shown = {line["line_no"]: line for line in queries.shown_lines(session, order.id)}
    waiting = {line.line_no: line for line, _ in rest}
    lines = tuple(
        _waiting_line(order, line, quantity, shown[line.line_no], waiting)
        for line, quantity in rest
        if line.free_with_line is None or line.free_with_line in waiting
    )
    if not lines:
        return None
    quoted = quote_of(relation_of(session, order), order.settlement, lines)
    until = clock.now() + timedelta(days=BACK_ORDER_DAYS)
    return keep(session, quoted, until, actor_id, again_of=order.id, kind="back_order")


def _waiting_line(
    order: LockedOrder,
    line: LineState,
    quantity: Decimal,
    shown: Mapping[str, Any],
    waiting: Mapping[int, LineState],
) -> QuotedLine:
    amount = Decimal(line.amount_between(Decimal(0), quantity)) / 100
    free: Free | None = None
    if line.free_with_line is not None and line.free_buy_in_base is not None and line.free_get is not None:
        good = FreeGood(
            product_id=line.product_id,
            sku=shown["sku"],
            name=shown["name"],
            unit=line.unit,
            is_stock_tracked=line.is_stock_tracked,
            buy_in_base=line.free_buy_in_base,
            get=line.free_get,
        )
        free = Free(good, quantity, order.number)
    return QuotedLine(
        product_id=line.product_id,
        sku=shown["sku"],
        name=shown["name"],
        unit=line.unit,
        base_quantity=line.base_quantity,
        unit_price=line.unit_price,
        asked_quantity=quantity,
        quantity=quantity,
        # All or nothing: a back-order is not split again.
        minimum_quantity=quantity,
        step=quantity,
        is_stock_tracked=line.is_stock_tracked,
        lead_time_days=0,
        steps=(Step("agreement", f"at the price of order {order.number}", line.unit_price, amount),),
        added_tax=AddedTax.of_data(line.added_tax) if line.added_tax is not None else None,
        free=free,
        free_with=waiting[line.free_with_line].product_id if line.free_with_line is not None else None,
    )


def end_back_order(session: Session, *, back_order_id: UUID, business_id: UUID) -> None:
    """Either side waits no longer. Raises QuoteNotFound, QuoteOver."""
    kept = queries.kept_quote(session, back_order_id)
    if business_id not in (kept["vendor_id"], kept["retailer_id"]):
        raise QuoteNotFound(f"there is no back-order {back_order_id}", quote_id=str(back_order_id))
    ended = session.execute(
        text("""
            UPDATE app.quotes SET valid_until = :now
            WHERE id = :id AND kind = 'back_order' AND order_id IS NULL AND valid_until > :now
            RETURNING id
        """),
        {"id": back_order_id, "now": clock.now()},
    ).one_or_none()
    if ended is None:
        raise over(session, back_order_id, "back_order")

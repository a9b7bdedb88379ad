"""The vendor takes an order on, whole or in part; what it has not now waits as a back-order or is cancelled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from commerce.ordering import queries
from commerce.ordering.approvals import refuse_while_waiting
from commerce.ordering.back_orders import keep_back_order
from commerce.ordering.errors import OrderInvalid, QuantityExceeded
from commerce.ordering.events import OrderAccepted
from commerce.ordering.moves import SYSTEM, Actor, Seen, advance, locked, parties, tell
from commerce.ordering.placement import place_as
from commerce.ordering.queries import DueOrder
from commerce.ordering.quotes import taken
from commerce.ordering.resizing import changes, resize
from foundation import clock
from foundation.clock import business_day
from foundation.ids import uuid7
from foundation.money import format_quantity


def accept(
    session: Session,
    *,
    order_id: UUID,
    actor: Actor,
    promised_on: date | None = None,
    quantities: Mapping[int, Decimal] | None = None,
    is_rest_back_ordered: bool = False,
    expected_version: Seen = None,
) -> None:
    """The vendor takes the order on, for delivery by `promised_on` (default: as quoted).

    With `quantities`, so much of those lines and all of the others; goods that came free go with what earned them.
    Hold and reservation of the rest are released, and it waits as a back-order at the prices of this order, or is
    cancelled. Raises OrderNotFound, NotYourMove, MoveNotAllowed, VersionMismatch, OrderInvalid, QuantityInvalid,
    QuantityExceeded, OrderAwaitsApproval.
    """
    order = locked(session, order_id, "accept", actor, expected_version)
    refuse_while_waiting(order)
    today = business_day(clock.now(), order.time_zone)
    if promised_on is not None and promised_on < today:
        raise OrderInvalid(f"delivery by {promised_on} lies before today, {today}; promise today or later")
    if order.slot_id is not None and promised_on not in (None, order.promised_on):
        raise OrderInvalid(
            f"order {order.number} has a slot on {order.promised_on}, which its retailer chose; accept it for that day",
            promised_on=str(order.promised_on),
        )
    total = order.total_paisa
    note: str | None = None
    if quantities:
        lines = queries.lines_of(session, order_id)
        cut = changes(order, lines, quantities)
        for line, quantity in cut:
            if quantity > 0:
                raise QuantityExceeded(
                    f"line {line.line_no} is an order of {format_quantity(line.standing_quantity)} {line.unit}; "
                    "accept as much or less, or propose a change",
                    line_no=line.line_no,
                    open=format_quantity(line.standing_quantity),
                )
        if cut:
            total += resize(session, order, cut)
            note = "in part; the rest waits" if is_rest_back_ordered else "in part"
            if is_rest_back_ordered:
                keep_back_order(session, order, [(line, -quantity) for line, quantity in cut], actor.user_id)
    advance(
        session,
        order,
        "accept",
        actor,
        order_state="accepted",
        promised_on=promised_on,
        total_paisa=total,
        note=note,
    )
    tell(session, OrderAccepted(**parties(order)), order, actor)


def back_orders_to_fill(session: Session) -> list[DueOrder]:
    """The back-orders whose goods have come and whose credit has room, the longest waiting first."""
    return queries.back_orders_to_fill(session, clock.now())


def fill_back_order(session: Session, *, back_order_id: UUID, actor: Actor = SYSTEM) -> UUID:
    """Place the order that a back-order waits for, at its prices, and take it on; the order's id.

    Raises QuoteNotFound, QuoteOver, CreditLimitExceeded, OutOfStock.
    """
    order_id = uuid7()
    asked, settlement = taken(session, back_order_id, order_id, "back_order")
    if place_as(session, order_id, asked, settlement, False, actor.channel, actor.user_id) is not None:
        return order_id  # its credit waits for a person, and so does the order
    # The vendor has said so already, when it took the rest of the order on.
    accept(session, order_id=order_id, actor=replace(actor, side="vendor"))
    return order_id

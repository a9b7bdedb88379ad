"""What becomes of an order: declined, delivered in parts, closed, returned.

Every verb locks the order first and asks `states.MOVES` whether it may; then, as needed, the credit
account, the stock levels and the document counter, in that order (docs/locking.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.invoices import service as invoices
from commerce.ledger import service as ledger
from commerce.ledger.fiscal_year import fiscal_year
from commerce.ordering import approvals, cancelling, free_goods, queries
from commerce.ordering.advances import require_advance
from commerce.ordering.booking import Document, charge, credit_back
from commerce.ordering.errors import MoveNotAllowed, QuantityExceeded, QuantityInvalid
from commerce.ordering.events import GoodsReturned, OrderClosed, OrderDelivered
from commerce.ordering.moves import SYSTEM, Actor, advance, locked, parties, tell
from commerce.ordering.queries import DueOrder, LineState, LockedOrder
from commerce.ordering.resizing import check_quantity, check_stock_holds, in_base, relation_of
from commerce.ordering.states import MOVES
from commerce.stock import service as stock
from foundation import clock
from foundation.clock import business_day
from foundation.idempotency import RequestKey, claim
from foundation.ids import uuid7
from foundation.money import format_quantity


def decline(
    session: Session,
    *,
    order_id: UUID,
    actor: Actor,
    reason: str | None = None,
    expected_version: int | None = None,
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
    expected_version: int | None = None,
    fee_paisa: int = 0,
) -> None:
    """Either side calls the order off before anything was delivered.

    A retailer that does so late owes the fee of the vendor's rules; `fee_paisa` is what it was shown and agrees to.
    Raises as `accept`, CancelFeeHigher.
    """
    _give_up(session, order_id, "cancel", actor, reason, expected_version, shown_fee_paisa=fee_paisa)


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
    expected_version: int | None = None,
    shown_fee_paisa: int = 0,
) -> None:
    order = locked(session, order_id, verb, actor, expected_version)
    if order.fulfilment_state != "none":
        raise MoveNotAllowed(
            f"order {order.number} is delivered in part; close it short or take the goods back instead",
            order_id=str(order.id),
        )
    fee_paisa = cancelling.fee_due(session, order, actor, shown_fee_paisa) if verb == "cancel" else 0
    lines = queries.lines_of(session, order_id)
    target = MOVES[verb].target
    assert target is not None
    approvals.ended(session, order, target, actor, reason)
    _release(session, order, lines)
    _cancel_open_quantities(session, order_id)
    advance(
        session,
        order,
        verb,
        actor,
        order_state=target,
        credit_state="released" if order.credit_state in ("awaiting", "held") else order.credit_state,
        total_paisa=0,
        note=reason,
    )
    tell(session, OrderClosed(**parties(order), state=target), order, actor)
    if fee_paisa:
        cancelling.charge_fee(session, order, actor, fee_paisa)


def close_short(
    session: Session,
    *,
    order_id: UUID,
    actor: Actor,
    reason: str | None = None,
    expected_version: int | None = None,
) -> None:
    """The vendor delivers no more: what is open of an order delivered in part is cancelled. Raises as `accept`."""
    order = locked(session, order_id, "close_short", actor, expected_version)
    if order.fulfilment_state == "none":
        raise MoveNotAllowed(
            f"nothing of order {order.number} is delivered; cancel it instead", order_id=str(order.id)
        )
    lines = queries.lines_of(session, order_id)
    _release(session, order, lines)
    _cancel_open_quantities(session, order_id)
    advance(
        session,
        order,
        "close_short",
        actor,
        order_state="completed",
        fulfilment_state="delivered" if any(line.returnable_quantity for line in lines) else "returned",
        credit_state="charged" if order.credit_state == "part_charged" else order.credit_state,
        total_paisa=sum(line.amount_between(Decimal(0), line.delivered_quantity) for line in lines),
        note=reason,
    )
    tell(session, OrderClosed(**parties(order), state="completed"), order, actor)


def deliver(
    session: Session,
    *,
    order_id: UUID,
    actor: Actor,
    quantities: Mapping[int, Decimal] | None = None,
    without_advance: str | None = None,
    expected_version: int | None = None,
    request: RequestKey | None = None,
) -> UUID:
    """Hand over goods of an accepted order: by line number, or all that is open.

    Where the terms want a part of the order before, it must be there, unless the vendor says by `without_advance`
    why it is not waited for.

    Writes the delivery and its number, moves the stock, turns the hold into a charge with its due date (or
    takes cash), writes the invoice, mirrors it in the buyer's book, and settles it from an advance if there is
    one. Free goods go out as far as the paid goods that stay earn them; what nothing can earn any more is given up
    with the last delivery. Returns the delivery's id. Raises as `accept`, QuantityInvalid, QuantityExceeded,
    RequestKeyReused, TaxRateUnknown, PlaceOfSupplyUnknown, AdvanceMissing.
    """
    delivery_id = uuid7()
    if request is not None and (earlier := claim(session, request, delivery_id)) is not None:
        return earlier
    order = locked(session, order_id, "deliver", actor, expected_version)
    lines = queries.lines_of(session, order_id)
    if quantities is None:
        quantities = free_goods.deliverable(order, lines)
    parts = _parts(lines, quantities, {line.line_no: line.open_quantity for line in lines}, "open")
    delivered = {line.line_no: quantity for line, quantity in parts}
    free_goods.check_delivered(lines, delivered)
    lost = free_goods.unearned(lines, delivered)
    lost_of = {line.line_no: quantity for line, quantity in lost}
    # Free goods that nothing can earn any more do not keep an order open whose other goods are all out.
    is_complete = all(
        line.open_quantity == delivered.get(line.line_no, 0) + lost_of.get(line.line_no, 0) for line in lines
    )
    total = sum(
        line.amount_between(line.delivered_quantity, line.delivered_quantity + quantity)
        for line, quantity in parts
    )
    relation, is_waived = relation_of(session, order), False
    if order.settlement == "credit":
        assert relation.receivable_account_id is not None
        ledger.move_exposure(
            session, account_id=relation.receivable_account_id, posted_paisa=total, released_paisa=total
        )
        ledger.reduce_hold(session, hold_id=order.id, amount_paisa=total)
        is_waived = require_advance(session, order, relation, actor, waived_because=without_advance)
    _move_stock(session, order, parts, "delivery", delivery_id, given_up=lost if is_complete else ())
    document = _write_document(session, order, parts, "delivery", "DN", delivery_id, total, None, actor)
    if total:
        tax = invoices.issue(session, order, delivery_id=delivery_id, day=document.day)
        charge(session, order, relation, delivery_id, total, document, tax)
    if is_complete and lost:
        _cancel_open_quantities(session, order_id)
    advance(
        session,
        order,
        "deliver",
        actor,
        order_state="completed" if is_complete else order.order_state,
        fulfilment_state="delivered" if is_complete else "part_delivered",
        credit_state=_charged(order, is_complete=is_complete),
        delivered_paisa=order.delivered_paisa + total,
        note=f"{document.number}, without the advance" if is_waived else document.number,
    )
    tell(
        session,
        OrderDelivered(
            **parties(order), delivery_id=str(delivery_id), total_paisa=total, currency=order.currency
        ),
        order,
        actor,
    )
    return delivery_id


def take_back(
    session: Session,
    *,
    order_id: UUID,
    actor: Actor,
    quantities: Mapping[int, Decimal],
    reason: str,
    is_restocked: bool = True,
    replaced: Mapping[int, Decimal] | None = None,
    request: RequestKey | None = None,
) -> UUID:
    """Goods come back to the vendor: a credit note in both books, settled against this order's charges first.

    `is_restocked` is False for goods that are spoiled; what is `replaced` goes out again at once, so that the free
    goods it earned may stay. Returns the return's id.
    Raises as `deliver`; at most what was delivered and not yet returned.
    """
    return_id = uuid7()
    if request is not None and (earlier := claim(session, request, return_id)) is not None:
        return earlier
    order = locked(session, order_id, "return", actor)
    lines = queries.lines_of(session, order_id)
    parts = _parts(
        lines,
        quantities,
        {line.line_no: line.returnable_quantity for line in lines},
        "delivered and not returned",
    )
    again = replaced or {}
    free_goods.check_returned(
        lines, {line.line_no: quantity - again.get(line.line_no, 0) for line, quantity in parts}
    )
    total = sum(
        line.amount_between(line.returned_quantity, line.returned_quantity + quantity)
        for line, quantity in parts
    )
    relation = relation_of(session, order)
    if order.settlement == "credit" and total:
        assert relation.receivable_account_id is not None
        ledger.move_exposure(session, account_id=relation.receivable_account_id, posted_paisa=-total)
    if is_restocked:
        _move_stock(session, order, parts, "return", return_id)
    document = _write_document(session, order, parts, "return", "CN", return_id, total, reason, actor)
    if total:
        tax = invoices.credit(
            session, order, return_id=return_id, number=document.number, day=document.day, reason=reason
        )
        credit_back(session, order, relation, return_id, total, document, tax)
    came_back = {line.line_no: quantity for line, quantity in parts}
    is_all_back = all(
        line.returnable_quantity == came_back.get(line.line_no, Decimal(0)) for line in lines
    ) and all(line.open_quantity == 0 for line in lines)
    advance(
        session,
        order,
        "return",
        actor,
        fulfilment_state="returned" if is_all_back else order.fulfilment_state,
        returned_paisa=order.returned_paisa + total,
        note=reason,
    )
    tell(
        session,
        GoodsReturned(
            **parties(order), delivery_id=str(return_id), total_paisa=total, currency=order.currency
        ),
        order,
        actor,
    )
    return return_id


# What the verbs share ------------------------------------------------------------------------


def _parts(
    lines: Sequence[LineState],
    asked: Mapping[int, Decimal],
    bounds: Mapping[int, Decimal],
    what: str,
) -> list[tuple[LineState, Decimal]]:
    """The lines with the quantity of this step."""
    by_number = {line.line_no: line for line in lines}
    for number, quantity in asked.items():
        check_quantity(by_number, number, quantity)
        bound = bounds[number]
        if quantity > bound:
            raise QuantityExceeded(
                f"{format_quantity(quantity)} {by_number[number].unit} on line {number}, but only "
                f"{format_quantity(bound)} {'is' if bound == 1 else 'are'} {what}",
                line_no=number,
                open=format_quantity(bound),
            )
        check_stock_holds(by_number[number], quantity)
    parts = [(by_number[number], quantity) for number, quantity in sorted(asked.items()) if quantity > 0]
    if not parts:
        raise QuantityInvalid(f"no line has a quantity above zero that is {what}")
    return parts


def _move_stock(
    session: Session,
    order: LockedOrder,
    parts: Sequence[tuple[LineState, Decimal]],
    kind: str,
    source_id: UUID,
    given_up: Sequence[tuple[LineState, Decimal]] = (),
) -> None:
    """Move the parts' goods, and free what is `given_up` of the reservations in the same statement."""
    base = in_base(parts)
    reserved = in_base([*parts, *given_up])
    is_out = kind == "delivery"
    stock.move(
        session,
        business_id=order.vendor_id,
        kind=kind,
        quantities={
            product: -base.get(product, Decimal(0)) if is_out else base.get(product, Decimal(0))
            for product in reserved
        },
        released=reserved if is_out else None,
        source_id=source_id,
    )


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


def _cancel_open_quantities(session: Session, order_id: UUID) -> None:
    session.execute(
        text("""
            UPDATE app.order_lines SET cancelled_quantity = ordered_quantity - delivered_quantity
            WHERE order_id = :order_id AND cancelled_quantity <> ordered_quantity - delivered_quantity
        """),
        {"order_id": order_id},
    )


_DOCUMENT = text("""
    WITH document AS (
        INSERT INTO app.deliveries
            (id, kind, number, order_id, vendor_id, retailer_id, currency, total_paisa, delivered_at, document_date,
             reason, recorded_by, recorded_at)
        VALUES (:id, :kind, :number, :order_id, :vendor_id, :retailer_id, :currency, :total_paisa, :now, :day,
                :reason, :recorded_by, :now)
    ), lines AS (
        INSERT INTO app.delivery_lines
            (delivery_id, line_no, vendor_id, retailer_id, order_id, order_line_no, product_id, unit, base_quantity,
             quantity, unit_price, amount_paisa)
        SELECT :id, n, :vendor_id, :retailer_id, :order_id, order_line_no, product_id, unit, base_quantity, quantity,
               unit_price, amount_paisa
        FROM unnest(
            CAST(:line_numbers AS smallint[]), CAST(:products AS uuid[]), CAST(:units AS text[]),
            CAST(:base_quantities AS numeric[]), CAST(:quantities AS numeric[]), CAST(:prices AS numeric[]),
            CAST(:amounts AS bigint[])
        ) WITH ORDINALITY AS line
            (order_line_no, product_id, unit, base_quantity, quantity, unit_price, amount_paisa, n)
    )
    UPDATE app.order_lines ordered
    SET delivered_quantity = delivered_quantity + CASE WHEN :is_delivery THEN part.quantity ELSE 0 END,
        returned_quantity = returned_quantity + CASE WHEN :is_delivery THEN 0 ELSE part.quantity END
    FROM unnest(CAST(:line_numbers AS smallint[]), CAST(:quantities AS numeric[])) AS part (line_no, quantity)
    WHERE ordered.order_id = :order_id AND ordered.line_no = part.line_no
""")


def _write_document(
    session: Session,
    order: LockedOrder,
    parts: Sequence[tuple[LineState, Decimal]],
    kind: Literal["delivery", "return"],
    series: str,
    document_id: UUID,
    total_paisa: int,
    reason: str | None,
    actor: Actor,
) -> Document:
    """Number and write a delivery or return, and count its quantities on the order's lines."""
    now = clock.now()
    day = business_day(now, order.time_zone)
    number = ledger.next_document_number(
        session,
        business_id=order.vendor_id,
        series=series,
        fiscal_year=fiscal_year(order.country, day),
        document_date=day,
    )

    def done(line: LineState) -> Decimal:
        return line.delivered_quantity if kind == "delivery" else line.returned_quantity

    session.execute(
        _DOCUMENT,
        {
            "id": document_id,
            "kind": kind,
            "is_delivery": kind == "delivery",
            "number": number,
            "order_id": order.id,
            "vendor_id": order.vendor_id,
            "retailer_id": order.retailer_id,
            "currency": order.currency,
            "total_paisa": total_paisa,
            "now": now,
            "day": day,
            "reason": reason,
            "recorded_by": actor.user_id,
            "line_numbers": [line.line_no for line, _ in parts],
            "products": [line.product_id for line, _ in parts],
            "units": [line.unit for line, _ in parts],
            "base_quantities": [line.base_quantity for line, _ in parts],
            "quantities": [quantity for _, quantity in parts],
            "prices": [line.unit_price for line, _ in parts],
            "amounts": [line.amount_between(done(line), done(line) + quantity) for line, quantity in parts],
        },
    )
    return Document(number, day)


def _charged(order: LockedOrder, *, is_complete: bool) -> str:
    if order.settlement == "cash":
        return order.credit_state
    return "charged" if is_complete else "part_charged"

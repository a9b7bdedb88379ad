"""Goods of an order change hands: delivered in parts, taken back.

Both verbs lock the order first and ask `states.MOVES` whether they may; then, as needed, the credit account, the stock
levels and the document counter, in that order (docs/locking.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from commerce.invoices import service as invoices
from commerce.ledger import service as ledger
from commerce.ordering import free_goods, queries
from commerce.ordering.advances import require_advance
from commerce.ordering.booking import charge, credit_back
from commerce.ordering.dispatch import Named, bring_back, labels_of, lock_shelves, send_out, write_batches
from commerce.ordering.ending import cancel_open_quantities, next_release
from commerce.ordering.events import GoodsReturned, OrderDelivered
from commerce.ordering.handing_over import parts_of, write_document
from commerce.ordering.moves import Actor, Seen, advance, locked, parties, tell, tell_reinstated
from commerce.ordering.queries import LockedOrder
from commerce.ordering.resizing import relation_of
from commerce.receiving import service as receiving
from foundation.idempotency import RequestKey, claim
from foundation.ids import uuid7


def deliver(
    session: Session,
    *,
    order_id: UUID,
    actor: Actor,
    quantities: Mapping[int, Decimal] | None = None,
    batches: Named | None = None,
    without_advance: str | None = None,
    expected_version: Seen = None,
    request: RequestKey | None = None,
) -> UUID:
    """Hand over goods of an accepted order: by line number, or all that is open.

    Goods that lie in batches go out first expiry first, or of the `batches` that are named for a line.
    Where the terms want a part of the order before, it must be there, unless the vendor says by `without_advance`
    why it is not waited for.

    Writes the delivery and its number, moves the stock, turns the hold into a charge with its due date (or takes
    cash), writes the invoice, mirrors it in the buyer's book with the receipt of the goods, and settles it from an
    advance if there is one. Free goods go out as far as the paid goods that stay earn them; what nothing can earn any
    more is given up with the last delivery. Returns the delivery's id. Raises as `accept`, QuantityInvalid,
    QuantityExceeded, RequestKeyReused, TaxRateUnknown, PlaceOfSupplyUnknown, AdvanceMissing, BatchNotFound,
    BatchExpired, BatchShort.
    """
    delivery_id = uuid7()
    if request is not None and (earlier := claim(session, request, delivery_id)) is not None:
        return earlier
    order = locked(session, order_id, "deliver", actor, expected_version)
    lines = queries.lines_of(session, order_id)
    if quantities is None:
        quantities = free_goods.deliverable(order, lines)
    parts = parts_of(lines, quantities, {line.line_no: line.open_quantity for line in lines}, "open")
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
    given_up = lost if is_complete else []
    levels = lock_shelves(session, order, [*parts, *given_up])
    taken = send_out(session, order, parts, delivery_id, levels=levels, given_up=given_up, named=batches)
    document = write_document(session, order, parts, "delivery", "DN", delivery_id, total, None, actor)
    write_batches(session, order, delivery_id, taken)
    if total:
        tax = invoices.issue(session, order, delivery_id=delivery_id, day=document.day)
        charge(session, order, relation, delivery_id, total, document, tax)
    if relation.retailer_keeps_books:
        receiving.take_in(
            session, order, delivery_id=delivery_id, day=document.day, levels=levels, labels=labels_of(taken)
        )
    if is_complete and lost:
        cancel_open_quantities(session, order_id)
    advance(
        session,
        order,
        "deliver",
        actor,
        order_state="completed" if is_complete else order.order_state,
        fulfilment_state="delivered" if is_complete else "part_delivered",
        credit_state=_charged(order, is_complete=is_complete),
        delivered_paisa=order.delivered_paisa + total,
        release_at=None if is_complete else next_release(session, order),
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
    batches: Named | None = None,
    replaced: Mapping[int, Decimal] | None = None,
    request: RequestKey | None = None,
) -> UUID:
    """Goods come back to the vendor: a credit note in both books, settled against this order's charges first.

    What of the order was written off is owed again as far as the credit note would settle it, and settled by it: only
    what was paid can become an advance.
    They lie in the batches again that they came from, or in those that are named in `batches` for a line.
    `is_restocked` is False for goods that are spoiled; what is `replaced` goes out again at once, so that the free
    goods it earned may stay. Returns the return's id.
    Raises as `deliver`; at most what was delivered and not yet returned.
    """
    return_id = uuid7()
    if request is not None and (earlier := claim(session, request, return_id)) is not None:
        return earlier
    order = locked(session, order_id, "return", actor)
    lines = queries.lines_of(session, order_id)
    parts = parts_of(
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
    levels = lock_shelves(session, order, parts)
    taken = bring_back(session, order, parts, return_id, is_restocked=is_restocked, named=batches)
    document = write_document(session, order, parts, "return", "CN", return_id, total, reason, actor)
    write_batches(session, order, return_id, taken)
    if total:
        tax = invoices.credit(
            session, order, return_id=return_id, number=document.number, day=document.day, reason=reason
        )
        owed_again = credit_back(session, order, relation, return_id, total, document, tax)
        tell_reinstated(session, order, actor, owed_again)
    if relation.retailer_keeps_books:
        receiving.give_back(
            session, order, return_id=return_id, day=document.day, levels=levels, labels=labels_of(taken)
        )
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


def _charged(order: LockedOrder, *, is_complete: bool) -> str:
    if order.settlement == "cash":
        return order.credit_state
    return "charged" if is_complete else "part_charged"

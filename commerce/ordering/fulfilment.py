"""What becomes of an order: accepted or not, delivered in parts, closed, returned.

Every verb locks the order first and asks `states.MOVES` whether it may; then, as needed, the credit
account, the stock levels and the document counter, in that order (docs/locking.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.credit.queries import Relation
from commerce.credit.queries import relation as find_relation
from commerce.ledger import queries as ledger_queries
from commerce.ledger import service as ledger
from commerce.ledger.fiscal_year import fiscal_year
from commerce.ordering import queries
from commerce.ordering.errors import (
    MoveNotAllowed,
    NotYourMove,
    OrderInvalid,
    QuantityExceeded,
    QuantityInvalid,
    VersionMismatch,
)
from commerce.ordering.events import GoodsReturned, OrderAccepted, OrderClosed, OrderDelivered
from commerce.ordering.queries import LineState, LockedOrder
from commerce.ordering.states import MOVES
from commerce.stock import service as stock
from foundation import clock
from foundation.clock import business_day
from foundation.events import DomainEvent, publish
from foundation.idempotency import RequestKey, claim
from foundation.ids import uuid7

Side = Literal["vendor", "retailer", "system"]


@dataclass(frozen=True)
class Actor:
    """Who does it, on which side of the order, through which channel."""

    side: Side
    user_id: UUID | None = None
    channel: str = "api"


SYSTEM = Actor("system", channel="system")


def accept(
    session: Session,
    *,
    order_id: UUID,
    actor: Actor,
    promised_on: date | None = None,
    expected_version: int | None = None,
) -> None:
    """The vendor takes the order on, for delivery by `promised_on` (default: as quoted).

    Raises OrderNotFound, NotYourMove, MoveNotAllowed, VersionMismatch, OrderInvalid.
    """
    order = _locked(session, order_id, "accept", actor, expected_version)
    today = business_day(clock.now(), order.time_zone)
    if promised_on is not None and promised_on < today:
        raise OrderInvalid(f"delivery by {promised_on} lies before today, {today}; promise today or later")
    _advance(session, order, "accept", actor, order_state="accepted", promised_on=promised_on)
    _tell(session, OrderAccepted(**_parties(order)), order, actor)


def decline(session: Session, *, order_id: UUID, actor: Actor, reason: str | None = None) -> None:
    """The vendor does not take the order on; hold and reservation are released. Raises as `accept`."""
    _give_up(session, order_id, "decline", actor, reason)


def cancel(
    session: Session,
    *,
    order_id: UUID,
    actor: Actor,
    reason: str | None = None,
    expected_version: int | None = None,
) -> None:
    """Either side calls the order off before anything was delivered. Raises as `accept`."""
    _give_up(session, order_id, "cancel", actor, reason, expected_version)


def expire_due(session: Session) -> UUID | None:
    """Let one order lapse that waited too long for acceptance; its id, or None when none is due."""
    order_id = queries.due_to_expire(session, clock.now())
    if order_id is not None:
        _give_up(session, order_id, "expire", SYSTEM, None)
    return order_id


def _give_up(
    session: Session,
    order_id: UUID,
    verb: str,
    actor: Actor,
    reason: str | None,
    expected_version: int | None = None,
) -> None:
    order = _locked(session, order_id, verb, actor, expected_version)
    if order.fulfilment_state != "none":
        raise MoveNotAllowed(
            f"order {order.number} is delivered in part; close it short or take the goods back instead",
            order_id=str(order.id),
        )
    lines = queries.lines_of(session, order_id)
    _release(session, order, lines)
    _cancel_open_quantities(session, order_id)
    target = MOVES[verb].target
    assert target is not None
    _advance(
        session,
        order,
        verb,
        actor,
        order_state=target,
        credit_state="released" if order.credit_state == "held" else order.credit_state,
        total_paisa=0,
        note=reason,
    )
    _tell(session, OrderClosed(**_parties(order), state=target), order, actor)


def close_short(session: Session, *, order_id: UUID, actor: Actor, reason: str | None = None) -> None:
    """The vendor delivers no more: what is open of an order delivered in part is cancelled. Raises as `accept`."""
    order = _locked(session, order_id, "close_short", actor)
    if order.fulfilment_state == "none":
        raise MoveNotAllowed(
            f"nothing of order {order.number} is delivered; cancel it instead", order_id=str(order.id)
        )
    lines = queries.lines_of(session, order_id)
    _release(session, order, lines)
    _cancel_open_quantities(session, order_id)
    _advance(
        session,
        order,
        "close_short",
        actor,
        order_state="completed",
        fulfilment_state="delivered"
        if order.fulfilment_state == "part_delivered"
        else order.fulfilment_state,
        credit_state="charged" if order.credit_state == "part_charged" else order.credit_state,
        total_paisa=sum(line.amount_between(Decimal(0), line.delivered_quantity) for line in lines),
        note=reason,
    )
    _tell(session, OrderClosed(**_parties(order), state="completed"), order, actor)


def deliver(
    session: Session,
    *,
    order_id: UUID,
    actor: Actor,
    quantities: Mapping[int, Decimal] | None = None,
    request: RequestKey | None = None,
) -> UUID:
    """Hand over goods of an accepted order: by line number, or all that is open.

    Writes the delivery and its number, moves the stock, turns the hold into a charge with its due date (or
    takes cash), mirrors it in the buyer's book, and settles it from an advance if there is one. Returns the
    delivery's id. Raises as `accept`, QuantityInvalid, QuantityExceeded, RequestKeyReused.
    """
    delivery_id = uuid7()
    if request is not None and (earlier := claim(session, request, delivery_id)) is not None:
        return earlier
    order = _locked(session, order_id, "deliver", actor)
    lines = queries.lines_of(session, order_id)
    parts = _parts(lines, quantities, {line.line_no: line.open_quantity for line in lines}, "open")
    total = sum(
        line.amount_between(line.delivered_quantity, line.delivered_quantity + quantity)
        for line, quantity in parts
    )
    parties = _parties_and_terms(session, order)
    if order.settlement == "credit":
        assert parties.receivable_account_id is not None
        ledger.move_exposure(
            session, account_id=parties.receivable_account_id, posted_paisa=total, released_paisa=total
        )
        ledger.reduce_hold(session, hold_id=order.id, amount_paisa=total)
    _move_stock(session, order, parts, "delivery", delivery_id)
    document = _write_document(session, order, parts, "delivery", "DN", delivery_id, total, None, actor)
    if total:
        _charge(session, order, parties, delivery_id, total, document)
    delivered = {line.line_no: quantity for line, quantity in parts}
    is_complete = all(line.open_quantity == delivered.get(line.line_no, Decimal(0)) for line in lines)
    _advance(
        session,
        order,
        "deliver",
        actor,
        order_state="completed" if is_complete else order.order_state,
        fulfilment_state="delivered" if is_complete else "part_delivered",
        credit_state=_charged(order, is_complete=is_complete),
        delivered_paisa=order.delivered_paisa + total,
        note=document.number,
    )
    _tell(
        session,
        OrderDelivered(
            **_parties(order), delivery_id=str(delivery_id), total_paisa=total, currency=order.currency
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
    request: RequestKey | None = None,
) -> UUID:
    """Goods come back to the vendor: a credit note in both books, settled against this order's charges first.

    `is_restocked` is False for goods that are spoiled. Returns the return's id.
    Raises as `deliver`; at most what was delivered and not yet returned.
    """
    return_id = uuid7()
    if request is not None and (earlier := claim(session, request, return_id)) is not None:
        return earlier
    order = _locked(session, order_id, "return", actor)
    lines = queries.lines_of(session, order_id)
    parts = _parts(
        lines,
        quantities,
        {line.line_no: line.returnable_quantity for line in lines},
        "delivered and not returned",
    )
    total = sum(
        line.amount_between(line.returned_quantity, line.returned_quantity + quantity)
        for line, quantity in parts
    )
    parties = _parties_and_terms(session, order)
    if order.settlement == "credit" and total:
        assert parties.receivable_account_id is not None
        ledger.move_exposure(session, account_id=parties.receivable_account_id, posted_paisa=-total)
    if is_restocked:
        _move_stock(session, order, parts, "return", return_id)
    document = _write_document(session, order, parts, "return", "CN", return_id, total, reason, actor)
    if total:
        _credit_back(session, order, parties, return_id, total, document)
    came_back = {line.line_no: quantity for line, quantity in parts}
    is_all_back = all(
        line.returnable_quantity == came_back.get(line.line_no, Decimal(0)) for line in lines
    ) and all(line.open_quantity == 0 for line in lines)
    _advance(
        session,
        order,
        "return",
        actor,
        fulfilment_state="returned" if is_all_back else order.fulfilment_state,
        returned_paisa=order.returned_paisa + total,
        note=reason,
    )
    _tell(
        session,
        GoodsReturned(
            **_parties(order), delivery_id=str(return_id), total_paisa=total, currency=order.currency
        ),
        order,
        actor,
    )
    return return_id


# What the verbs share ------------------------------------------------------------------------


def _locked(
    session: Session, order_id: UUID, verb: str, actor: Actor, expected_version: int | None = None
) -> LockedOrder:
    """The order under its lock, when this side may do this now."""
    order = queries.lock_order(session, order_id)
    move = MOVES[verb]
    if actor.side not in move.sides:
        raise NotYourMove(
            f"to {verb} order {order.number} is for the {' or the '.join(move.sides)}, not the {actor.side}"
        )
    if expected_version is not None and expected_version != order.version:
        raise VersionMismatch(
            f"order {order.number} is at version {order.version}, not {expected_version}; read it again first",
            version=order.version,
        )
    if order.order_state not in move.sources:
        raise MoveNotAllowed(
            f"order {order.number} is {order.order_state}; only an order that is {' or '.join(move.sources)} "
            f"can be {_PAST[verb]}",
            order_id=str(order.id),
            order_state=order.order_state,
        )
    return order


_PAST = {
    "accept": "accepted",
    "decline": "declined",
    "cancel": "cancelled",
    "expire": "expired",
    "deliver": "delivered",
    "close_short": "closed short",
    "return": "returned",
}


def _parts(
    lines: Sequence[LineState],
    quantities: Mapping[int, Decimal] | None,
    bounds: Mapping[int, Decimal],
    what: str,
) -> list[tuple[LineState, Decimal]]:
    """The lines with the quantity of this step; without quantities, all that its bound allows."""
    asked = bounds if quantities is None else quantities
    by_number = {line.line_no: line for line in lines}
    for number, quantity in asked.items():
        if number not in by_number:
            raise QuantityInvalid(
                f"the order has no line {number}; its lines are 1 to {len(lines)}", line_no=number
            )
        if quantity < 0 or quantity != round(quantity, 3):
            raise QuantityInvalid(
                f"{quantity} on line {number}; give a quantity above zero, three decimals at most"
            )
        if quantity > bounds[number]:
            raise QuantityExceeded(
                f"{quantity:f} on line {number}, but only {bounds[number]:f} {by_number[number].unit} are {what}",
                line_no=number,
                open=f"{bounds[number]:f}",
            )
    parts = [(by_number[number], quantity) for number, quantity in sorted(asked.items()) if quantity > 0]
    if not parts:
        raise QuantityInvalid(f"no line has a quantity above zero that is {what}")
    return parts


def _parties_and_terms(session: Session, order: LockedOrder) -> Relation:
    found = find_relation(session, order.vendor_id, order.retailer_id, clock.now())
    assert found is not None  # foreign keys hold both
    return found


def _move_stock(
    session: Session,
    order: LockedOrder,
    parts: Sequence[tuple[LineState, Decimal]],
    kind: str,
    source_id: UUID,
) -> None:
    base = {
        line.product_id: quantity * line.base_quantity for line, quantity in parts if line.is_stock_tracked
    }
    is_out = kind == "delivery"
    stock.move(
        session,
        business_id=order.vendor_id,
        kind=kind,
        quantities={product: -quantity if is_out else quantity for product, quantity in base.items()},
        released=base if is_out else None,
        source_id=source_id,
    )


def _release(session: Session, order: LockedOrder, lines: Sequence[LineState]) -> None:
    """Give back what the open quantities hold: credit first, then goods."""
    if order.credit_state in ("held", "part_charged"):
        parties = _parties_and_terms(session, order)
        assert parties.receivable_account_id is not None
        ledger.move_exposure(
            session,
            account_id=parties.receivable_account_id,
            released_paisa=sum(
                line.amount_between(line.delivered_quantity, line.ordered_quantity - line.cancelled_quantity)
                for line in lines
            ),
        )
        ledger.reduce_hold(session, hold_id=order.id, amount_paisa=None)
    stock.release(
        session,
        business_id=order.vendor_id,
        quantities={
            line.product_id: line.open_quantity * line.base_quantity
            for line in lines
            if line.is_stock_tracked and line.open_quantity
        },
    )


def _cancel_open_quantities(session: Session, order_id: UUID) -> None:
    session.execute(
        text("""
            UPDATE app.order_lines SET cancelled_quantity = ordered_quantity - delivered_quantity
            WHERE order_id = :order_id AND cancelled_quantity <> ordered_quantity - delivered_quantity
        """),
        {"order_id": order_id},
    )


@dataclass(frozen=True)
class _Document:
    number: str
    day: date


_DOCUMENT = text("""
    WITH document AS (
        INSERT INTO app.deliveries
            (id, kind, number, order_id, vendor_id, retailer_id, currency, total_paisa, delivered_at, document_date,
             reason, recorded_by, recorded_at)
        VALUES (:id, CAST(:kind AS varchar), :number, :order_id, :vendor_id, :retailer_id, :currency, :total_paisa, :now, :day,
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
    SET delivered_quantity = delivered_quantity + CASE WHEN CAST(:kind AS varchar) = 'delivery' THEN part.quantity ELSE 0 END,
        returned_quantity = returned_quantity + CASE WHEN CAST(:kind AS varchar) = 'return' THEN part.quantity ELSE 0 END
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
) -> _Document:
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
    return _Document(number, day)


def _charged(order: LockedOrder, *, is_complete: bool) -> str:
    if order.settlement == "cash":
        return order.credit_state
    return "charged" if is_complete else "part_charged"


def _charge(
    session: Session,
    order: LockedOrder,
    parties: Relation,
    delivery_id: UUID,
    total: int,
    document: _Document,
) -> None:
    """Sales in the seller's book, purchases in the buyer's; on credit also the open item."""
    entry = _post_both(
        session, order, parties, "delivery", delivery_id, document.day, ("sales", "purchases"), total
    )
    if order.settlement == "cash":
        return
    assert parties.receivable_account_id is not None
    item = ledger.Item(
        business_id=order.vendor_id,
        account_id=parties.receivable_account_id,
        kind="charge",
        amount_paisa=total,
        currency=order.currency,
        document_date=document.day,
        due_date=document.day + timedelta(days=parties.net_days or 0),
        source="delivery",
        source_id=delivery_id,
        order_id=order.id,
        transaction_id=entry.id,
        document_number=document.number,
    )
    ledger.add_item(session, item)
    advances = ledger_queries.open_credits(session, item.account_id)
    ledger.allocate(
        session,
        business_id=order.vendor_id,
        account_id=item.account_id,
        effective_date=document.day,
        settlements=ledger.settle_oldest_first([(c.id, c.open_paisa) for c in advances], [(item.id, total)]),
    )


def _credit_back(
    session: Session, order: LockedOrder, parties: Relation, return_id: UUID, total: int, document: _Document
) -> None:
    """The credit note: returns in both books; on credit also the item, settled against this order first."""
    entry = _post_both(
        session,
        order,
        parties,
        "return",
        return_id,
        document.day,
        ("sales_returns", "purchase_returns"),
        -total,
    )
    if order.settlement == "cash":
        return
    assert parties.receivable_account_id is not None
    item = ledger.Item(
        business_id=order.vendor_id,
        account_id=parties.receivable_account_id,
        kind="credit_note",
        amount_paisa=-total,
        currency=order.currency,
        document_date=document.day,
        due_date=document.day,
        source="return",
        source_id=return_id,
        order_id=order.id,
        transaction_id=entry.id,
        document_number=document.number,
    )
    ledger.add_item(session, item)
    debits = ledger_queries.open_debits(session, item.account_id)
    own = ledger_queries.items_of_order(session, order.id)
    debits.sort(key=lambda debit: debit.id not in own)  # stable: oldest first within both groups
    ledger.allocate(
        session,
        business_id=order.vendor_id,
        account_id=item.account_id,
        effective_date=document.day,
        settlements=ledger.settle_oldest_first([(item.id, total)], [(d.id, d.open_paisa) for d in debits]),
    )


def _post_both(
    session: Session,
    order: LockedOrder,
    parties: Relation,
    source: str,
    source_id: UUID,
    day: date,
    codes: tuple[str, str],
    amount_paisa: int,
) -> ledger.Entry:
    """Post an amount owed to the seller (negative: given back) in the seller's book and its mirror in the buyer's."""
    ours = ledger_queries.shared_accounts(session, order.vendor_id, order.currency)
    receivable = ours["cash"] if order.settlement == "cash" else parties.receivable_account_id
    assert receivable is not None
    entry = ledger.Entry(
        business_id=order.vendor_id,
        kind=source,
        source=source,
        source_id=source_id,
        effective_date=day,
        currency=order.currency,
        amounts={receivable: amount_paisa, ours[codes[0]]: -amount_paisa},
    )
    entries = [entry]
    if parties.retailer_keeps_books:
        theirs = ledger_queries.shared_accounts(session, order.retailer_id, order.currency)
        payable = theirs["cash"] if order.settlement == "cash" else parties.payable_account_id
        assert payable is not None
        entries.append(
            replace(
                entry,
                id=uuid7(),
                business_id=order.retailer_id,
                amounts={theirs[codes[1]]: amount_paisa, payable: -amount_paisa},
            )
        )
    ledger.post(session, entries)
    return entry


_ADVANCE = text("""
    WITH advanced AS (
        UPDATE app.orders
        SET order_state = CAST(:order_state AS varchar), fulfilment_state = CAST(:fulfilment_state AS varchar), credit_state = CAST(:credit_state AS varchar),
            total_paisa = :total_paisa, delivered_paisa = :delivered_paisa, returned_paisa = :returned_paisa,
            accepted_at = CASE WHEN CAST(:verb AS varchar) = 'accept' THEN :now ELSE accepted_at END,
            promised_on = coalesce(:promised_on, promised_on),
            closed_at = CASE WHEN CAST(:order_state AS varchar) IN ('placed', 'accepted') THEN NULL ELSE coalesce(closed_at, :now) END,
            expires_at = CASE WHEN CAST(:order_state AS varchar) = 'placed' THEN expires_at END,
            version = version + 1
        WHERE id = :order_id
    )
    INSERT INTO app.order_timeline
        (id, order_id, vendor_id, retailer_id, verb, order_state, fulfilment_state, credit_state, actor_id, channel,
         note, happened_at)
    VALUES (:timeline_id, :order_id, :vendor_id, :retailer_id, CAST(:verb AS varchar), CAST(:order_state AS varchar), CAST(:fulfilment_state AS varchar), CAST(:credit_state AS varchar),
            :actor_id, :channel, :note, :now)
""")


def _advance(
    session: Session,
    order: LockedOrder,
    verb: str,
    actor: Actor,
    *,
    order_state: str | None = None,
    fulfilment_state: str | None = None,
    credit_state: str | None = None,
    total_paisa: int | None = None,
    delivered_paisa: int | None = None,
    returned_paisa: int | None = None,
    promised_on: date | None = None,
    note: str | None = None,
) -> None:
    """Write the order's new states and the timeline's entry; what is not given stays as it was."""
    session.execute(
        _ADVANCE,
        {
            "order_id": order.id,
            "vendor_id": order.vendor_id,
            "retailer_id": order.retailer_id,
            "verb": verb,
            "order_state": order_state or order.order_state,
            "fulfilment_state": fulfilment_state or order.fulfilment_state,
            "credit_state": credit_state or order.credit_state,
            "total_paisa": order.total_paisa if total_paisa is None else total_paisa,
            "delivered_paisa": order.delivered_paisa if delivered_paisa is None else delivered_paisa,
            "returned_paisa": order.returned_paisa if returned_paisa is None else returned_paisa,
            "promised_on": promised_on,
            "now": clock.now(),
            "timeline_id": uuid7(),
            "actor_id": actor.user_id,
            "channel": actor.channel,
            "note": note,
        },
    )


def _parties(order: LockedOrder) -> dict[str, str]:
    return {
        "order_id": str(order.id),
        "vendor_id": str(order.vendor_id),
        "retailer_id": str(order.retailer_id),
    }


def _tell(session: Session, event: DomainEvent, order: LockedOrder, actor: Actor) -> None:
    publish(session, event, business_id=order.vendor_id, actor_id=actor.user_id, channel=actor.channel)

"""Goods that come back and others, or the same whole, that go out against them: one transaction, all or nothing.

The retailer asks and the vendor agrees, or the vendor does it at the door. The same goods go out on their own lines
of the order, at its prices and with the free goods they earned; other goods on an order of their own at the prices of
this moment. Each side is a document: a credit note, and deliveries whose charges it settles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from commerce.ledger import service as ledger
from commerce.ordering import queries
from commerce.ordering.acceptance import accept
from commerce.ordering.errors import (
    ExchangeAnswered,
    ExchangeNotFound,
    ExchangePriceChanged,
    NotYourMove,
    OrderAwaitsApproval,
    QuantityExceeded,
    QuantityInvalid,
)
from commerce.ordering.events import ExchangeAsked, ExchangeDecided
from commerce.ordering.fulfilment import deliver, take_back
from commerce.ordering.models import Exchange
from commerce.ordering.moves import Actor, advance, locked, parties, tell
from commerce.ordering.placement import place_as
from commerce.ordering.queries import LineState, LockedOrder
from commerce.ordering.quoting import Ask, Quote, Wish, inquire, priced
from commerce.ordering.resizing import check_quantity, check_stock_holds, relation_of, reopen
from commerce.stock import service as stock
from foundation import clock
from foundation.idempotency import RequestKey, claim
from foundation.ids import uuid7
from foundation.money import format_amount, format_quantity

CHANNEL = "exchange"


def ask_exchange(
    session: Session,
    *,
    order_id: UUID,
    actor: Actor,
    back: Mapping[int, Decimal],
    same: Mapping[int, Decimal],
    others: Sequence[Wish],
    reason: str,
    request: RequestKey | None = None,
) -> UUID:
    """The retailer asks to give `back` goods (by line number) for the `same` ones, whole, and for `others`.

    Nothing moves until the vendor agrees; what the others cost now is the most that they will cost then. Returns the
    exchange's id. Raises OrderNotFound, NotYourMove, MoveNotAllowed, QuantityInvalid, QuantityExceeded,
    RequestKeyReused, and what `quote` raises.
    """
    exchange_id = uuid7()
    if request is not None and (earlier := claim(session, request, exchange_id)) is not None:
        return earlier
    order = locked(session, order_id, "exchange", actor)
    if actor.side != "retailer":
        raise NotYourMove("the retailer asks for an exchange; the vendor does it, or agrees to it")
    exchange = _entered(session, exchange_id, order, actor, back, same, others, reason)
    quoted = _price(session, order, others)[1]
    exchange.agreed_paisa = 0 if quoted is None else quoted.total_paisa
    tell(session, ExchangeAsked(**parties(order), exchange_id=str(exchange_id)), order, actor)
    return exchange_id


def exchange(
    session: Session,
    *,
    order_id: UUID,
    actor: Actor,
    back: Mapping[int, Decimal],
    same: Mapping[int, Decimal],
    others: Sequence[Wish],
    reason: str,
    is_restocked: bool = False,
    request: RequestKey | None = None,
) -> UUID:
    """The vendor exchanges goods at once, as at the door of the shop; the exchange's id.

    `is_restocked` where what comes back can be sold again. Raises as `ask_exchange`, AgreementNotFound,
    CreditLimitExceeded, OrderAwaitsApproval (the others would wait for an approval), OutOfStock.
    """
    exchange_id = uuid7()
    if request is not None and (earlier := claim(session, request, exchange_id)) is not None:
        return earlier
    order = locked(session, order_id, "exchange", actor)
    if actor.side != "vendor":
        raise NotYourMove("the vendor exchanges goods; the retailer asks for it")
    entered = _entered(session, exchange_id, order, actor, back, same, others, reason)
    _carry_out(session, order, entered, actor, is_restocked=is_restocked)
    return exchange_id


def accept_exchange(
    session: Session, *, order_id: UUID, exchange_id: UUID, actor: Actor, is_restocked: bool = False
) -> None:
    """The vendor agrees to what a retailer asked for: all of it happens now.

    Raises as `exchange`, ExchangeNotFound, ExchangeAnswered, ExchangePriceChanged (the others cost more than shown).
    """
    order = locked(session, order_id, "exchange", actor)
    if actor.side != "vendor":
        raise NotYourMove("the vendor agrees to an exchange; the retailer may withdraw it")
    asked = _open(session, order, exchange_id)
    _carry_out(session, order, asked, actor, is_restocked=is_restocked)


def decline_exchange(
    session: Session, *, order_id: UUID, exchange_id: UUID, actor: Actor, reason: str | None = None
) -> None:
    """The vendor does not agree, or the retailer asks no longer.

    Raises OrderNotFound, ExchangeNotFound, ExchangeAnswered.
    """
    order = locked(session, order_id, "exchange", actor)
    asked = _open(session, order, exchange_id)
    asked.answer = reason
    _answer(session, order, asked, "declined" if actor.side == "vendor" else "withdrawn", actor)


def exchanges_of(session: Session, order_id: UUID) -> list[Exchange]:
    """An order's exchanges, oldest first."""
    asked = select(Exchange).where(Exchange.order_id == order_id).order_by(Exchange.made_at, Exchange.id)
    return list(session.scalars(asked))


def exchange_of(session: Session, order_id: UUID, exchange_id: UUID) -> Exchange:
    """One exchange of an order. Raises ExchangeNotFound."""
    found = session.get(Exchange, exchange_id)
    if found is None or found.order_id != order_id:
        raise ExchangeNotFound(f"this order has no exchange {exchange_id}", exchange_id=str(exchange_id))
    return found


def _entered(
    session: Session,
    exchange_id: UUID,
    order: LockedOrder,
    actor: Actor,
    back: Mapping[int, Decimal],
    same: Mapping[int, Decimal],
    others: Sequence[Wish],
    reason: str,
) -> Exchange:
    _check(queries.lines_of(session, order.id), back, same, others)
    entered = Exchange(
        id=exchange_id,
        order_id=order.id,
        vendor_id=order.vendor_id,
        retailer_id=order.retailer_id,
        currency=order.currency,
        side=actor.side,
        state="open",
        reason=reason,
        back=_as_lines(back),
        same=_as_lines(same),
        others=[
            {
                "product_id": str(wish.product_id),
                "unit": wish.unit,
                "quantity": format_quantity(wish.quantity),
            }
            for wish in others
        ],
        made_by=actor.user_id,
        made_at=clock.now(),
    )
    session.add(entered)
    return entered


def _check(
    lines: Sequence[LineState],
    back: Mapping[int, Decimal],
    same: Mapping[int, Decimal],
    others: Sequence[Wish],
) -> None:
    by_number = {line.line_no: line for line in lines}
    for number, quantity in [*back.items(), *same.items()]:
        check_quantity(by_number, number, quantity)
        check_stock_holds(by_number[number], quantity)
    for number, quantity in back.items():
        if not 0 < quantity <= by_number[number].returnable_quantity:
            raise QuantityExceeded(
                f"{format_quantity(quantity)} of line {number} come back, but only "
                f"{format_quantity(by_number[number].returnable_quantity)} were delivered and not returned",
                line_no=number,
                open=format_quantity(by_number[number].returnable_quantity),
            )
    for number, quantity in same.items():
        if not 0 < quantity <= back.get(number, Decimal(0)):
            raise QuantityInvalid(
                f"{format_quantity(quantity)} of line {number} go out again, but "
                f"{format_quantity(back.get(number, Decimal(0)))} come back; more of it is a line of `others`",
                line_no=number,
            )
    if not back or not (same or others):
        raise QuantityInvalid(
            "an exchange names what comes back and what goes out; without the latter it is a return"
        )


def _as_lines(quantities: Mapping[int, Decimal]) -> list[dict[str, object]]:
    return [
        {"line_no": number, "quantity": format_quantity(quantity)}
        for number, quantity in sorted(quantities.items())
    ]


def _quantities(lines: Sequence[Mapping[str, str]]) -> dict[int, Decimal]:
    return {int(line["line_no"]): Decimal(line["quantity"]) for line in lines}


def _price(session: Session, order: LockedOrder, others: Sequence[Wish]) -> tuple[Ask | None, Quote | None]:
    """The other goods at the terms of this moment; how little they are is no matter, for they are carried anyway."""
    if not others:
        return None, None
    queries.widen_scope(session, order.vendor_id, order.retailer_id)
    ask = inquire(session, order.vendor_id, order.retailer_id, others)
    ask.rules = ask.rules._replace(minimum_order_paisa=0)
    return ask, priced(ask, order.settlement)


def _carry_out(
    session: Session, order: LockedOrder, asked: Exchange, actor: Actor, *, is_restocked: bool
) -> None:
    back, same = _quantities(asked.back), _quantities(asked.same)
    others = [
        Wish(UUID(line["product_id"]), Decimal(line["quantity"]), line["unit"]) for line in asked.others
    ]
    ask, quoted = _price(session, order, others)
    if quoted is not None and asked.agreed_paisa is not None and quoted.total_paisa > asked.agreed_paisa:
        raise ExchangePriceChanged(
            f"the other goods cost {format_amount(quoted.total_paisa, order.currency)} now; the retailer was shown "
            f"{format_amount(asked.agreed_paisa, order.currency)}, so it asks again or takes the price",
            total_paisa=quoted.total_paisa,
            agreed_paisa=asked.agreed_paisa,
        )
    _lock_ahead(session, order, queries.lines_of(session, order.id), back, quoted)
    asked.credit_note_id = take_back(
        session,
        order_id=order.id,
        actor=actor,
        quantities=back,
        reason=asked.reason,
        is_restocked=is_restocked,
        replaced=same,
    )
    if same:
        _put_back(session, order.id, actor, same)
        asked.replacement_id = deliver(session, order_id=order.id, actor=actor, quantities=same)
    if ask is not None:
        new_id = uuid7()
        if place_as(session, new_id, ask, order.settlement, False, CHANNEL, actor.user_id) is not None:
            raise OrderAwaitsApproval(
                "the other goods would wait for an approval of their credit; exchange less, or for the same goods",
                order_id=str(order.id),
            )
        accept(session, order_id=new_id, actor=actor)
        deliver(session, order_id=new_id, actor=actor)
        asked.new_order_id = new_id
    credited, charged = _amounts(session, asked)
    asked.credited_paisa, asked.charged_paisa = credited, charged
    _answer(session, order, asked, "done", actor)


def _lock_ahead(
    session: Session,
    order: LockedOrder,
    lines: Sequence[LineState],
    back: Mapping[int, Decimal],
    quoted: Quote | None,
) -> None:
    """Account and shelves of all that moves, in the one order of locks, before the first step takes a counter."""
    account_id = relation_of(session, order).receivable_account_id
    if order.settlement == "credit" and account_id is not None:
        ledger.lock_exposure(session, account_id=account_id)
    # Free goods may be given up when the order ends by this.
    products = {line.product_id for line in lines if line.line_no in back or line.free_with_line is not None}
    if quoted is not None:
        products |= {line.product_id for line in quoted.lines}
    stock.lock_levels(
        session,
        [
            (business_id, product)
            for product in products
            for business_id in (order.vendor_id, order.retailer_id)
        ],
    )


def _put_back(session: Session, order_id: UUID, actor: Actor, same: Mapping[int, Decimal]) -> None:
    """Open the order's lines again for what goes out in place of what came back."""
    order = locked(session, order_id, "exchange", actor)
    parts = [
        (line, same[line.line_no]) for line in queries.lines_of(session, order_id) if line.line_no in same
    ]
    value = reopen(session, order, parts)
    advance(
        session,
        order,
        "exchange",
        actor,
        order_state="accepted",
        fulfilment_state="part_delivered",
        credit_state="part_charged" if order.settlement == "credit" else order.credit_state,
        total_paisa=order.total_paisa + value,
    )


def _amounts(session: Session, asked: Exchange) -> tuple[int, int]:
    """What was given back by the credit note, and what was charged for all that went out."""
    row = session.execute(
        text("""
            SELECT CAST(coalesce(sum(total_paisa) FILTER (WHERE kind = 'return'), 0) AS bigint) AS credited,
                   CAST(coalesce(sum(total_paisa) FILTER (WHERE kind = 'delivery'), 0) AS bigint) AS charged
            FROM app.deliveries WHERE id = ANY (CAST(:documents AS uuid[])) OR order_id = :new_order_id
        """),
        {
            "documents": [one for one in (asked.credit_note_id, asked.replacement_id) if one is not None],
            "new_order_id": asked.new_order_id,
        },
    ).one()
    return row.credited, row.charged


def _open(session: Session, order: LockedOrder, exchange_id: UUID) -> Exchange:
    # The order's lock guards its exchanges.
    found = exchange_of(session, order.id, exchange_id)
    if found.state != "open":
        raise ExchangeAnswered(f"the exchange is {found.state} already; ask anew", state=found.state)
    return found


def _answer(session: Session, order: LockedOrder, asked: Exchange, state: str, actor: Actor) -> None:
    asked.state = state
    asked.answered_by, asked.answered_at = actor.user_id, clock.now()
    new_order = None if asked.new_order_id is None else str(asked.new_order_id)
    tell(
        session,
        ExchangeDecided(**parties(order), exchange_id=str(asked.id), state=state, new_order_id=new_order),
        order,
        actor,
    )

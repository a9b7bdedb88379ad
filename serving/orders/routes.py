"""Orders: from the quote to the return, for the retailer who asks and the vendor who delivers."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any, Literal, cast
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session

from commerce.catalogue.errors import UnitNotSold
from commerce.credit.errors import AgreementNotFound, CreditLimitExceeded, CreditStopped, CurrencyMismatch
from commerce.delivery.errors import SlotClosed, SlotFull, SlotInvalid, SlotNotFound
from commerce.delivery.service import Place
from commerce.ordering import queries, service
from commerce.ordering.errors import (
    AdvanceMissing,
    CancelCreditHigher,
    CancelFeeHigher,
    MoveNotAllowed,
    NoCustomerYet,
    NotYourMove,
    OrderInvalid,
    OrderNotFound,
    OrderTooSmall,
    PartyNotFound,
    ProductUnavailable,
    QuantityExceeded,
    QuantityInvalid,
    QuoteNotFound,
    QuoteOver,
)
from commerce.ordering.queries import OrderFilter
from commerce.ordering.service import Actor, Seen, Wish
from commerce.stock.errors import BatchExpired, BatchNotFound, BatchShort, OutOfStock
from commerce.tax.errors import PlaceOfSupplyUnknown, TaxRateUnknown
from foundation.errors import DomainError, Unavailable, VersionMismatch
from foundation.idempotency import RequestKey
from serving.dependencies import KEYED, VERSION, BulkKey, IdempotencyKey, IfMatch, Read, Reader, Writer
from serving.orders.reading import whole_order
from serving.orders.schemas import (
    AcceptIn,
    AddedTaxOut,
    BulkIn,
    BulkLineOut,
    BulkOut,
    ChosenSlotIn,
    DeliverIn,
    GiveUpIn,
    HandedLineIn,
    HandedOverOut,
    LineQuantityIn,
    LineTargetIn,
    OnBehalfIn,
    OrderIn,
    OrderOut,
    OrderRowOut,
    QuotedLineOut,
    QuoteIn,
    QuoteOut,
    ReturnIn,
    StatusIn,
    StepOut,
    WishIn,
    added_tax_of,
)
from serving.pagination import CursorInvalid, PageAsked
from serving.paths import V1
from serving.problems import CONDITIONAL, describe, merged
from serving.security import GUARDED, Caller, may
from serving.shapes import Day, Page

router = APIRouter(prefix=f"{V1}/orders", tags=["orders"])

QUOTED = describe(
    PartyNotFound,
    CurrencyMismatch,
    OrderInvalid,
    ProductUnavailable,
    UnitNotSold,
    QuantityInvalid,
    OrderTooSmall,
    TaxRateUnknown,
    PlaceOfSupplyUnknown,
)
SLOTTED = describe(SlotNotFound, SlotInvalid, SlotClosed, SlotFull)
MOVED = describe(OrderNotFound, NotYourMove, MoveNotAllowed, VersionMismatch, OrderInvalid)
HANDED_OVER = describe(QuantityInvalid, QuantityExceeded)
BILLED = describe(TaxRateUnknown, PlaceOfSupplyUnknown)

MOVE_OF_VENDOR = {
    "accepted": "orders:decide",
    "declined": "orders:decide",
    "delivered": "orders:deliver",
    "completed": "orders:deliver",
}
"""What a vendor's member must have the permission for to bring an order to a state."""

State = Literal["placed", "accepted", "completed", "declined", "cancelled", "expired"]


@router.post("/quote", responses=merged(GUARDED, QUOTED))
def quote_order(asked: QuoteIn, caller: Annotated[Caller, may("orders:place")], read: Reader) -> QuoteOut:
    """What an order would cost at this moment, and when it would come. Promises nothing."""
    quoted = read(
        lambda session: service.quote(
            session,
            vendor_id=asked.vendor_id,
            retailer_id=caller.own_business_id,
            wishes=wishes_of(asked.lines),
            settlement=asked.settlement,
        ),
        counterparty=asked.vendor_id,
    )
    lines = [_quoted_line(line) for line in quoted.lines]
    return QuoteOut(
        vendor_id=quoted.vendor_id,
        retailer_id=quoted.retailer_id,
        currency=quoted.currency,
        total_paisa=quoted.total_paisa,
        added_tax_paisa=added_tax_of(line.added_tax for line in lines),
        promised_on=quoted.promised_on,
        lines=lines,
    )


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses=merged(
        GUARDED,
        KEYED,
        QUOTED,
        SLOTTED,
        describe(AgreementNotFound, CreditLimitExceeded, CreditStopped, OutOfStock, QuoteNotFound, QuoteOver),
    ),
)
def place_order(
    order: OrderIn,
    caller: Annotated[Caller, may("orders:place")],
    request: IdempotencyKey,
    write: Writer,
    response: Response,
) -> OrderOut:
    """Place an order: goods reserved and credit held, all or nothing. Repeated with its key: the same order."""
    # Read back before the commit: a second transaction would cost the busiest route a fifth more.
    placed = write(
        lambda session: whole_order(session, _place(session, order, caller, request), caller),
        counterparty=order.vendor_id,
    )
    response.headers["Location"] = f"{V1}/orders/{placed.id}"
    return placed


def _place(session: Session, order: OrderIn, caller: Caller, request: RequestKey) -> UUID:
    how: dict[str, Any] = {
        "vendor_id": order.vendor_id,
        "retailer_id": caller.own_business_id,
        "allow_partial": order.allow_partial,
        "slot": place_of(order.slot),
        "actor_id": caller.user_id,
        "request": request,
    }
    if order.quote_id is not None:
        return service.place_quoted(session, quote_id=order.quote_id, **how)
    return service.place(session, wishes=wishes_of(order.lines or []), settlement=order.settlement, **how)


@router.post(
    "/on-behalf",
    status_code=HTTPStatus.CREATED,
    responses=merged(
        GUARDED,
        KEYED,
        QUOTED,
        SLOTTED,
        describe(AgreementNotFound, NoCustomerYet, CreditLimitExceeded, CreditStopped, OutOfStock),
    ),
)
def place_order_for_customer(
    order: OnBehalfIn,
    caller: Annotated[Caller, may("orders:place-for")],
    request: IdempotencyKey,
    write: Writer,
    read: Reader,
    response: Response,
) -> OrderOut:
    """Place what a customer asked for, as the vendor's salesman; its first order on credit is its own."""
    order_id = write(
        lambda session: service.place_for(
            session,
            vendor_id=caller.own_business_id,
            retailer_id=order.retailer_id,
            wishes=wishes_of(order.lines),
            settlement=order.settlement,
            allow_partial=order.allow_partial,
            slot=place_of(order.slot),
            actor_id=caller.user_id,
            request=request,
        ),
        counterparty=order.retailer_id,
    )
    response.headers["Location"] = f"{V1}/orders/{order_id}"
    return _order(read, order_id, caller)


@router.post("/bulk", responses=merged(GUARDED, KEYED))
def place_orders(
    bulk: BulkIn,
    caller: Annotated[Caller, may("orders:place")],
    request: BulkKey,
    write: Writer,
    read: Reader,
) -> BulkOut:
    """Place up to 500 orders, each by itself: one that is refused keeps no other from being placed.

    Sent again with its key, the orders that stand are answered and the rest is tried. The n-th is kept as `<key>:<n>`
    of this route alone: `POST /api/v1/orders` with that key places an order of its own, so repeat a bulk as a bulk.
    """
    placed: dict[int, UUID] = {}
    refused: dict[int, tuple[str, str]] = {}
    for n, order in enumerate(bulk.orders, start=1):
        one = replace(
            request,
            key=f"{request.key}:{n}",
            body_hash=hashlib.sha256(order.model_dump_json().encode()).hexdigest(),
        )
        try:
            placed[n] = write(
                partial(_place, order=order, caller=caller, request=one), counterparty=order.vendor_id
            )
        except (DomainError, Unavailable) as failure:
            refused[n] = (failure.code, failure.message)
    numbers = read(lambda session: queries.numbers(session, list(placed.values())))
    outcomes = []
    for n in range(1, len(bulk.orders) + 1):
        order_id = placed.get(n)
        code, detail = refused.get(n, (None, None))
        number = None if order_id is None else numbers.get(order_id)
        outcomes.append(BulkLineOut(n=n, order_id=order_id, number=number, code=code, detail=detail))
    return BulkOut(placed=len(placed), refused=len(refused), outcomes=outcomes)


@router.get("", responses=merged(GUARDED, describe(CursorInvalid)))
def list_orders(
    caller: Annotated[Caller, may("orders:read")],
    read: Reader,
    asked: PageAsked,
    state: Annotated[State | None, Query(description="Only in this order state.")] = None,
    counterparty_id: Annotated[UUID | None, Query(description="Only with this business.")] = None,
    placed_from: Annotated[Day | None, Query(description="The vendor's business day, included.")] = None,
    placed_until: Annotated[Day | None, Query(description="The vendor's business day, included.")] = None,
    number: Annotated[
        str | None, Query(pattern=r"^[A-Za-z0-9/_.-]{1,40}$", description="Exactly this order.")
    ] = None,
    sort: Annotated[
        Literal["newest", "oldest", "promised"],
        Query(
            description="`newest`: what was placed last first; `oldest`: what was placed first; `promised`: what is "
            "promised for the earliest day first, without what is promised for none."
        ),
    ] = "newest",
) -> Page[OrderRowOut]:
    """The caller's orders, by `sort`: a vendor's as vendor, a retailer's as retailer, all for the platform."""
    order = queries.ORDERS_BY[sort]
    chosen = OrderFilter(counterparty_id, state, placed_from, placed_until, number)

    def ask(session: Session) -> Sequence[OrderRowOut]:
        page = {"chosen": chosen, "by": order, "after": asked.after, "limit": asked.fetch}
        if caller.role == "retailer":
            rows = queries.orders_as_retailer(session, caller.own_business_id, **page)
        else:
            rows = queries.orders_as_vendor(session, caller.business_id, **page)
        return [OrderRowOut(**row) for row in rows]

    def key(row: OrderRowOut) -> tuple[Any, ...]:
        return (row.promised_on if sort == "promised" else row.placed_at, row.id)

    return asked.page(read(ask), lambda row: row, key=key)


@router.get("/{order_id}", responses=merged(GUARDED, describe(OrderNotFound)))
def read_order(
    order_id: UUID, caller: Annotated[Caller, may("orders:read")], read: Reader, request: Request
) -> OrderOut:
    """One order with its lines, deliveries, payments and timeline."""
    order = _order(read, order_id, caller)
    request.scope[VERSION] = order.version
    return order


@router.post("/{order_id}/accept", responses=merged(GUARDED, MOVED, CONDITIONAL, HANDED_OVER))
def accept_order(
    order_id: UUID,
    accepted: AcceptIn,
    caller: Annotated[Caller, may("orders:decide")],
    write: Writer,
    read: Reader,
    seen: IfMatch,
) -> OrderOut:
    """Take the order on, or less of some lines; the rest is cancelled or waits as a back-order."""
    quantities = None if accepted.lines is None else quantities_of(accepted.lines)
    write(
        lambda session: service.accept(
            session,
            order_id=order_id,
            actor=actor_of(caller),
            promised_on=accepted.promised_on,
            quantities=quantities,
            is_rest_back_ordered=accepted.rest == "back_order",
            expected_version=seen or accepted.version,
        )
    )
    return _order(read, order_id, caller)


@router.post("/{order_id}/decline", responses=merged(GUARDED, MOVED, CONDITIONAL))
def decline_order(
    order_id: UUID,
    why: GiveUpIn,
    caller: Annotated[Caller, may("orders:decide")],
    write: Writer,
    read: Reader,
    seen: IfMatch,
) -> OrderOut:
    """Do not take the order on; its goods and credit are free again."""
    write(
        lambda session: service.decline(
            session, order_id=order_id, actor=actor_of(caller), reason=why.reason, expected_version=seen
        )
    )
    return _order(read, order_id, caller)


@router.post("/{order_id}/close-short", responses=merged(GUARDED, MOVED, CONDITIONAL))
def close_order_short(
    order_id: UUID,
    why: GiveUpIn,
    caller: Annotated[Caller, may("orders:deliver")],
    write: Writer,
    read: Reader,
    seen: IfMatch,
) -> OrderOut:
    """Deliver no more of an order that was delivered in part."""
    write(
        lambda session: service.close_short(
            session, order_id=order_id, actor=actor_of(caller), reason=why.reason, expected_version=seen
        )
    )
    return _order(read, order_id, caller)


@router.post(
    "/{order_id}/deliveries",
    status_code=HTTPStatus.CREATED,
    responses=merged(
        GUARDED,
        KEYED,
        MOVED,
        CONDITIONAL,
        HANDED_OVER,
        BILLED,
        describe(AdvanceMissing, BatchNotFound, BatchExpired, BatchShort),
    ),
)
def deliver_order(
    order_id: UUID,
    handed: DeliverIn,
    caller: Annotated[Caller, may("orders:deliver")],
    request: IdempotencyKey,
    write: Writer,
    read: Reader,
    seen: IfMatch,
) -> HandedOverOut:
    """Hand goods over, in part or whole: moves the stock and turns the held credit into a charge."""
    if handed.without_advance is not None:
        caller.require("credit:approve")
    quantities = None if handed.lines is None else quantities_of(handed.lines)
    batches = batches_of(handed.lines or ())
    delivery_id = write(
        lambda session: service.deliver(
            session,
            order_id=order_id,
            actor=actor_of(caller),
            quantities=quantities,
            batches=batches,
            expected_version=seen,
            without_advance=handed.without_advance,
            request=request,
        )
    )
    return HandedOverOut(id=delivery_id, order=_order(read, order_id, caller))


@router.post(
    "/{order_id}/returns",
    status_code=HTTPStatus.CREATED,
    responses=merged(GUARDED, KEYED, MOVED, HANDED_OVER, describe(BatchNotFound, BatchShort)),
)
def return_goods(
    order_id: UUID,
    back: ReturnIn,
    caller: Annotated[Caller, may("orders:deliver")],
    request: IdempotencyKey,
    write: Writer,
    read: Reader,
) -> HandedOverOut:
    """Take goods back: a credit note, settled against this order's charges first."""
    batches = batches_of(back.lines)
    return_id = write(
        lambda session: service.take_back(
            session,
            order_id=order_id,
            actor=actor_of(caller),
            quantities=quantities_of(back.lines),
            batches=batches,
            reason=back.reason,
            is_restocked=back.is_restocked,
            request=request,
        )
    )
    return HandedOverOut(id=return_id, order=_order(read, order_id, caller))


@router.patch(
    "/{order_id}/status",
    responses=merged(
        GUARDED,
        MOVED,
        CONDITIONAL,
        HANDED_OVER,
        BILLED,
        describe(AdvanceMissing, BatchExpired, CancelFeeHigher, CancelCreditHigher),
    ),
)
def change_status(
    order_id: UUID,
    wanted: StatusIn,
    caller: Annotated[Caller, may("orders:change")],
    write: Writer,
    read: Reader,
    seen: IfMatch,
) -> OrderOut:
    """Bring an order to a state. Not for deliveries in part: those are `deliveries`."""
    if caller.role == "vendor" and wanted.status in MOVE_OF_VENDOR:
        caller.require(MOVE_OF_VENDOR[wanted.status])
    version = seen or wanted.version
    write(lambda session: _bring_to(session, order_id, wanted, actor_of(caller), version))
    return _order(read, order_id, caller)


def _bring_to(session: Session, order_id: UUID, wanted: StatusIn, actor: Actor, version: Seen) -> None:
    # Each state is reached once, so a repeated request finds no second effect: it needs no request key.
    match wanted.status:
        case "accepted":
            service.accept(
                session,
                order_id=order_id,
                actor=actor,
                promised_on=wanted.promised_on,
                expected_version=version,
            )
        case "declined":
            service.decline(
                session, order_id=order_id, actor=actor, reason=wanted.reason, expected_version=version
            )
        case "cancelled":
            service.cancel(
                session, order_id=order_id, actor=actor, reason=wanted.reason, expected_version=version
            )
        case "delivered":
            service.deliver(session, order_id=order_id, actor=actor, expected_version=version)
        case "completed":
            service.close_short(
                session, order_id=order_id, actor=actor, reason=wanted.reason, expected_version=version
            )


def _order(read: Read, order_id: UUID, caller: Caller) -> OrderOut:
    return read(lambda session: whole_order(session, order_id, caller))


def place_of(chosen: ChosenSlotIn | None) -> Place | None:
    """A chosen slot as the verbs take it."""
    return None if chosen is None else Place(chosen.slot_id, chosen.day)


def actor_of(caller: Caller) -> Actor:
    """Who moves an order, on which side of it."""
    side = cast("Literal['vendor', 'retailer']", caller.role)
    return Actor(side, caller.user_id, business_id=caller.own_business_id)


def _quoted_line(line: service.QuotedLine) -> QuotedLineOut:
    steps = [StepOut(**step.as_data()) for step in line.steps]
    return QuotedLineOut(
        **{
            name: getattr(line, name)
            for name in QuotedLineOut.model_fields
            if name not in ("steps", "is_free", "added_tax")
        },
        added_tax=AddedTaxOut.of(line.added_tax, line.amount_paisa),
        is_free=line.free is not None,
        steps=steps,
    )


def wishes_of(lines: Sequence[WishIn]) -> list[Wish]:
    """Lines of a request as the verbs take them."""
    return [Wish(line.product_id, line.quantity, line.unit) for line in lines]


def quantities_of(lines: Sequence[LineQuantityIn | LineTargetIn]) -> dict[int, Decimal]:
    """Quantities by line number. Raises OrderInvalid for a line that stands twice."""
    if len({line.line_no for line in lines}) < len(lines):
        raise OrderInvalid("a line stands twice in this request; put its quantities together")
    return {line.line_no: line.quantity for line in lines}


def batches_of(lines: Sequence[HandedLineIn]) -> dict[int, dict[str | None, Decimal]]:
    """The batches that are named for lines. Raises OrderInvalid for one that stands twice."""
    named: dict[int, dict[str | None, Decimal]] = {}
    for line in lines:
        if line.batches is not None:
            named[line.line_no] = {part.batch: part.quantity for part in line.batches}
            if len(named[line.line_no]) < len(line.batches):
                raise OrderInvalid(f"line {line.line_no} names a batch twice; put its quantities together")
    return named

"""Goods that come back for others, or for the same ones whole."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy.orm import Session

from commerce.catalogue.errors import UnitNotSold
from commerce.credit.errors import AgreementNotFound, CreditLimitExceeded, CreditStopped
from commerce.ordering import queries, service
from commerce.ordering.errors import (
    ExchangeAnswered,
    ExchangeNotFound,
    ExchangePriceChanged,
    MoveNotAllowed,
    NotYourMove,
    OrderAwaitsApproval,
    OrderInvalid,
    OrderNotFound,
    ProductUnavailable,
    QuantityExceeded,
    QuantityInvalid,
)
from commerce.ordering.exchanges import exchange_of, exchanges_of
from commerce.stock.errors import BatchExpired, OutOfStock
from commerce.tax.errors import PlaceOfSupplyUnknown, TaxRateUnknown
from serving.dependencies import KEYED, IdempotencyKey, Read, Reader, Writer
from serving.orders.exchange_schemas import ExchangeAcceptIn, ExchangeDeclineIn, ExchangeIn, ExchangeOut
from serving.orders.routes import BILLED, actor_of, quantities_of, wishes_of
from serving.paths import V1
from serving.problems import describe, merged
from serving.security import GUARDED, Caller, may

router = APIRouter(prefix=f"{V1}/orders/{{order_id}}/exchanges", tags=["orders"])

MOVED = describe(OrderNotFound, NotYourMove, MoveNotAllowed)
GOODS = describe(
    OrderInvalid,
    ProductUnavailable,
    TaxRateUnknown,
    PlaceOfSupplyUnknown,
    UnitNotSold,
    QuantityInvalid,
    QuantityExceeded,
)
CARRIED_OUT = merged(
    BILLED,
    describe(
        AgreementNotFound, CreditLimitExceeded, CreditStopped, OrderAwaitsApproval, OutOfStock, BatchExpired
    ),
)
ANSWERED = describe(ExchangeNotFound, ExchangeAnswered)


@router.post("", status_code=HTTPStatus.CREATED, responses=merged(GUARDED, KEYED, MOVED, GOODS, CARRIED_OUT))
def exchange_goods(
    order_id: UUID,
    asked: ExchangeIn,
    caller: Annotated[Caller, may("orders:exchange")],
    request: IdempotencyKey,
    write: Writer,
    read: Reader,
) -> ExchangeOut:
    """A retailer asks for an exchange, and nothing moves; a vendor's happens at once: credit note and deliveries."""
    what: dict[str, Any] = {
        "order_id": order_id,
        "actor": actor_of(caller),
        "back": quantities_of(asked.back),
        "same": quantities_of(asked.same),
        "others": wishes_of(asked.others),
        "reason": asked.reason,
        "request": request,
    }
    if caller.role == "vendor":
        exchange_id = write(
            lambda session: service.exchange(session, is_restocked=asked.is_restocked, **what)
        )
    else:
        exchange_id = write(lambda session: service.ask_exchange(session, **what))
    return _exchange(read, order_id, exchange_id)


@router.get("", responses=merged(GUARDED, describe(OrderNotFound)))
def list_exchanges(
    order_id: UUID, caller: Annotated[Caller, may("orders:read")], read: Reader
) -> list[ExchangeOut]:
    """An order's exchanges and what became of them, oldest first."""

    def ask(session: Session) -> list[ExchangeOut]:
        queries.order(session, order_id)
        return [ExchangeOut.model_validate(one) for one in exchanges_of(session, order_id)]

    return read(ask)


@router.post(
    "/{exchange_id}/accept",
    responses=merged(GUARDED, MOVED, ANSWERED, GOODS, CARRIED_OUT, describe(ExchangePriceChanged)),
)
def accept_exchange(
    order_id: UUID,
    exchange_id: UUID,
    accepted: ExchangeAcceptIn,
    caller: Annotated[Caller, may("orders:decide")],
    write: Writer,
    read: Reader,
) -> ExchangeOut:
    """Agree: credit note, deliveries and the difference, all at once. No dearer than the retailer was shown."""
    write(
        lambda session: service.accept_exchange(
            session,
            order_id=order_id,
            exchange_id=exchange_id,
            actor=actor_of(caller),
            is_restocked=accepted.is_restocked,
        )
    )
    return _exchange(read, order_id, exchange_id)


@router.post("/{exchange_id}/decline", responses=merged(GUARDED, MOVED, ANSWERED))
def decline_exchange(
    order_id: UUID,
    exchange_id: UUID,
    why: ExchangeDeclineIn,
    caller: Annotated[Caller, may("orders:exchange")],
    write: Writer,
    read: Reader,
) -> ExchangeOut:
    """The vendor does not agree, or the retailer withdraws what it asked for."""
    write(
        lambda session: service.decline_exchange(
            session, order_id=order_id, exchange_id=exchange_id, actor=actor_of(caller), reason=why.reason
        )
    )
    return _exchange(read, order_id, exchange_id)


def _exchange(read: Read, order_id: UUID, exchange_id: UUID) -> ExchangeOut:
    return read(lambda session: ExchangeOut.model_validate(exchange_of(session, order_id, exchange_id)))

"""Quotes that are kept, orders asked for again, and what a vendor asks of orders."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy.orm import Session

from commerce.catalogue.errors import UnitNotSold
from commerce.credit.errors import CurrencyMismatch
from commerce.ordering import queries, service
from commerce.ordering.errors import (
    OrderInvalid,
    OrderNotFound,
    OrderTooSmall,
    PartyNotFound,
    ProductUnavailable,
    QuantityInvalid,
    QuoteNotFound,
    RulesInvalid,
)
from commerce.ordering.service import Rules, Wish
from commerce.parties import service as parties
from commerce.parties.errors import BusinessNotFound
from commerce.tax.errors import PlaceOfSupplyUnknown, TaxRateUnknown
from foundation import clock
from serving.dependencies import Read, Reader, Writer
from serving.orders.schemas import QuoteIn
from serving.paths import V1
from serving.problems import describe, merged
from serving.quotes.schemas import AgainOut, KeptQuoteOut, RulesIn, RulesOut, again_line_out, kept_quote_out
from serving.security import GUARDED, Caller, may

router = APIRouter(prefix=V1, tags=["orders"])


@router.post(
    "/quotes",
    status_code=HTTPStatus.CREATED,
    responses=merged(
        GUARDED,
        describe(
            PartyNotFound,
            CurrencyMismatch,
            OrderInvalid,
            ProductUnavailable,
            TaxRateUnknown,
            PlaceOfSupplyUnknown,
            UnitNotSold,
            QuantityInvalid,
            OrderTooSmall,
        ),
    ),
)
def keep_quote(
    asked: QuoteIn, caller: Annotated[Caller, may("orders:place")], write: Writer, read: Reader
) -> KeptQuoteOut:
    """Have the prices of this moment kept for one order. Promises neither goods nor credit."""
    made = write(
        lambda session: service.keep_quote(
            session,
            vendor_id=asked.vendor_id,
            retailer_id=caller.own_business_id,
            wishes=[Wish(line.product_id, line.quantity, line.unit) for line in asked.lines],
            settlement=asked.settlement,
            actor_id=caller.user_id,
        ),
        counterparty=asked.vendor_id,
    )
    return kept(read, made.id, caller)


@router.get("/quotes/{quote_id}", responses=merged(GUARDED, describe(QuoteNotFound)))
def read_quote(quote_id: UUID, caller: Annotated[Caller, may("orders:place")], read: Reader) -> KeptQuoteOut:
    """A kept quote: until when it holds, and the order that was made of it."""
    return kept(read, quote_id, caller)


@router.post(
    "/orders/{order_id}/requote",
    status_code=HTTPStatus.CREATED,
    responses=merged(
        GUARDED,
        describe(
            OrderNotFound,
            OrderInvalid,
            ProductUnavailable,
            TaxRateUnknown,
            PlaceOfSupplyUnknown,
            OrderTooSmall,
        ),
    ),
)
def quote_order_again(
    order_id: UUID, caller: Annotated[Caller, may("orders:place")], write: Writer, read: Reader
) -> AgainOut:
    """The lines of an order at today's prices: what changed, and a kept quote to place with one more call.

    For an order that lapsed as for one of last year.
    """
    again = write(
        lambda session: service.quote_again(
            session, order_id=order_id, retailer_id=caller.own_business_id, actor_id=caller.user_id
        )
    )
    return AgainOut(
        quote=kept(read, again.kept.id, caller), lines=[again_line_out(line) for line in again.lines]
    )


@router.get("/order-rules/{vendor_id}", responses=merged(GUARDED, describe(BusinessNotFound)))
def read_order_rules(
    vendor_id: UUID, caller: Annotated[Caller, may("market:read")], read: Reader
) -> RulesOut:
    """What a vendor asks of orders; the defaults where it said nothing."""

    def ask(session: Session) -> RulesOut:
        if not parties.get_business(session, business_id=vendor_id).is_vendor:
            raise BusinessNotFound(vendor_id)
        now = clock.now()
        return _rules_out(
            queries.rules(session, vendor_id, now),
            service.cancel_terms(session, vendor_id, now),
            service.handover_terms(session, vendor_id, now),
        )

    return read(ask, counterparty=vendor_id)


@router.put("/order-rules", responses=merged(GUARDED, describe(RulesInvalid)))
def set_order_rules(given: RulesIn, caller: Annotated[Caller, may("orders:rule")], write: Writer) -> RulesOut:
    """Say what you ask of orders from now on; orders that are placed keep what held."""
    said = given.model_dump()
    rules = Rules(**{name: said[name] for name in Rules._fields})
    cancelling = service.CancelTerms(**{name: said[name] for name in service.CancelTerms._fields})
    handover = service.HandoverTerms(**{name: said[name] for name in service.HandoverTerms._fields})
    write(
        lambda session: service.set_rules(
            session,
            vendor_id=caller.own_business_id,
            rules=rules,
            cancelling=cancelling,
            handover=handover,
            actor_id=caller.user_id,
        )
    )
    return _rules_out(rules, cancelling, handover)


def _rules_out(rules: Rules, cancelling: service.CancelTerms, handover: service.HandoverTerms) -> RulesOut:
    return RulesOut(**rules._asdict(), **cancelling._asdict(), **handover._asdict())


def kept(read: Read, quote_id: UUID, caller: Caller) -> KeptQuoteOut:
    """A kept quote as its retailer sees it. Raises QuoteNotFound."""

    def ask(session: Session) -> KeptQuoteOut:
        row = queries.kept_quote(session, quote_id, retailer_id=caller.own_business_id)
        return kept_quote_out(row, queries.kept_lines(session, quote_id))

    return read(ask)

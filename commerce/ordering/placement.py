"""From a wish to an order: the quote, and the one transaction that places it.

Placing is eight statements whatever the number of lines and subscribers: scope, key, parties, terms,
hold, stock, rows, event. Locks are taken in the order of docs/locking.md.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.catalogue import queries as catalogue
from commerce.catalogue.errors import UnitNotSold
from commerce.catalogue.queries import OfferTerms
from commerce.credit import service as credit
from commerce.credit.errors import AgreementNotFound
from commerce.credit.queries import Relation
from commerce.credit.queries import relation as find_relation
from commerce.ledger import service as ledger
from commerce.ordering.errors import OrderInvalid, PartyNotFound, ProductUnavailable, QuantityInvalid
from commerce.ordering.events import OrderPlaced
from commerce.ordering.models import SETTLEMENTS
from commerce.stock import service as stock
from foundation import clock
from foundation.clock import business_day
from foundation.errors import DomainError
from foundation.events import publish
from foundation.idempotency import RequestKey, claim
from foundation.ids import uuid7
from foundation.money import line_amount_paisa

LINES_MAX = 200
ACCEPTANCE_HOURS = 48
"""An order that the vendor does not answer in this time lapses."""


@dataclass(frozen=True)
class Wish:
    """A line as the retailer asks for it; `unit` may be left to the offer."""

    product_id: UUID
    quantity: Decimal
    unit: str | None = None


@dataclass(frozen=True)
class QuotedLine:
    """A line as it would be ordered: quantities in the offer's unit, amount in minor units."""

    product_id: UUID
    name: str
    unit: str
    base_quantity: Decimal
    unit_price: Decimal
    asked_quantity: Decimal
    quantity: Decimal
    carton_multiple: Decimal
    is_stock_tracked: bool
    lead_time_days: int

    @property
    def amount_paisa(self) -> int:
        return line_amount_paisa(self.unit_price, self.quantity)


@dataclass(frozen=True)
class Quote:
    """What an order would cost and when it would come; a quote promises nothing."""

    vendor_id: UUID
    retailer_id: UUID
    currency: str
    lines: tuple[QuotedLine, ...]
    promised_on: date
    credit: Relation

    @property
    def total_paisa(self) -> int:
        return sum(line.amount_paisa for line in self.lines)


def quote(session: Session, *, vendor_id: UUID, retailer_id: UUID, wishes: Sequence[Wish]) -> Quote:
    """Price wishes by the vendor's terms of this moment.

    Raises PartyNotFound, OrderInvalid, ProductUnavailable, UnitNotSold, QuantityInvalid.
    """
    if not 1 <= len(wishes) <= LINES_MAX:
        raise OrderInvalid(f"an order has 1 to {LINES_MAX} lines, this one has {len(wishes)}")
    repeated = [
        product for product, times in Counter(wish.product_id for wish in wishes).items() if times > 1
    ]
    if repeated:
        raise OrderInvalid(f"product {repeated[0]} stands on two lines; put its quantities together on one")
    now = clock.now()
    parties = find_relation(session, vendor_id, retailer_id, now)
    if parties is None or not (parties.is_vendor and parties.is_retailer) or vendor_id == retailer_id:
        raise PartyNotFound(
            f"{vendor_id} is no vendor or {retailer_id} no retailer here; check both ids",
            vendor_id=str(vendor_id),
            retailer_id=str(retailer_id),
        )
    offers = catalogue.terms(session, vendor_id, [wish.product_id for wish in wishes], now)
    lines = tuple(_priced(wish, offers[wish.product_id]) for wish in wishes)
    lead_time = max(line.lead_time_days for line in lines)
    return Quote(
        vendor_id=vendor_id,
        retailer_id=retailer_id,
        currency=parties.currency,
        lines=lines,
        promised_on=business_day(now, parties.time_zone) + timedelta(days=lead_time),
        credit=parties,
    )


def _priced(wish: Wish, offer: OfferTerms) -> QuotedLine:
    if not offer.is_known or offer.unit is None or offer.name is None:
        raise ProductUnavailable(
            f"product {wish.product_id} is not offered by this vendor; look at its list of products",
            product_id=str(wish.product_id),
        )
    if not offer.is_listed:
        raise ProductUnavailable(
            f"{offer.sku} is not on sale at this vendor now; take another vendor or ask again later",
            product_id=str(wish.product_id),
            sku=offer.sku,
        )
    if wish.unit not in (None, offer.unit):
        raise UnitNotSold(f"unit {wish.unit!r} is not sold for {offer.sku}; use {offer.unit}", unit=wish.unit)
    _check_quantity(wish.quantity, offer)
    return QuotedLine(
        product_id=wish.product_id,
        name=offer.name,
        unit=offer.unit,
        base_quantity=offer.base_quantity,
        unit_price=offer.unit_price,
        asked_quantity=wish.quantity,
        quantity=wish.quantity,
        carton_multiple=offer.carton_multiple,
        is_stock_tracked=offer.availability == "tracked",
        lead_time_days=offer.lead_time_days,
    )


def _check_quantity(quantity: Decimal, offer: OfferTerms) -> None:
    facts = {"product_id": str(offer.product_id), "sku": offer.sku, "quantity": _plain(quantity)}
    if (
        not quantity.is_finite()
        or quantity <= 0
        or quantity != round(quantity, 3)
        or quantity >= Decimal(10) ** 9
    ):
        raise QuantityInvalid(
            f"{quantity} {offer.unit} of {offer.sku}; give a quantity above zero, three decimals at most",
            **facts,
        )
    if quantity < offer.minimum_quantity:
        raise QuantityInvalid(
            f"{_plain(quantity)} {offer.unit} of {offer.sku} is under the vendor's minimum of "
            f"{_plain(offer.minimum_quantity)}",
            minimum=_plain(offer.minimum_quantity),
            **facts,
        )
    if quantity % offer.carton_multiple:
        below = quantity // offer.carton_multiple * offer.carton_multiple
        raise QuantityInvalid(
            f"{_plain(quantity)} {offer.unit} of {offer.sku} is no multiple of {_plain(offer.carton_multiple)}; "
            f"order {_plain(max(below, offer.minimum_quantity))} or {_plain(below + offer.carton_multiple)}",
            multiple=_plain(offer.carton_multiple),
            **facts,
        )
    if not offer.is_divisible and quantity != quantity.to_integral_value():
        raise QuantityInvalid(
            f"{_plain(quantity)} {offer.unit} of {offer.sku}; a {offer.unit} is not sold in part", **facts
        )


def _plain(quantity: Decimal) -> str:
    """A quantity as people write it: 12, not 12.000."""
    return f"{quantity.normalize():f}" if quantity.is_finite() else str(quantity)


def place(
    session: Session,
    *,
    vendor_id: UUID,
    retailer_id: UUID,
    wishes: Sequence[Wish],
    settlement: str = "credit",
    allow_partial: bool = False,
    channel: str = "api",
    actor_id: UUID | None = None,
    request: RequestKey | None = None,
) -> UUID:
    """Place an order: lines, stock reservation, credit hold, timeline, decision and event, all or nothing.

    With `allow_partial`, goods that are short are granted in whole carton multiples, and lines with
    nothing are kept with a granted quantity of zero. Returns the order's id; a retry with the same
    request key returns the first one's. A refusal for credit or stock leaves a decision row behind.
    Raises what `quote` raises, and AgreementNotFound, CreditLimitExceeded, OutOfStock, RequestKeyReused.
    """
    if settlement not in SETTLEMENTS:
        raise OrderInvalid(f"orders are not settled by {settlement!r}; use one of {', '.join(SETTLEMENTS)}")
    order_id = uuid7()
    if request is not None and (earlier := claim(session, request, order_id)) is not None:
        return earlier
    quoted = quote(session, vendor_id=vendor_id, retailer_id=retailer_id, wishes=wishes)
    asked_paisa = quoted.total_paisa
    exposure: ledger.Exposure | None = None
    try:
        if settlement == "credit":
            exposure = _hold(session, quoted)
        granted = _reserve(session, quoted, allow_partial=allow_partial)
        if granted.total_paisa == 0 and asked_paisa:
            raise _nothing_granted(quoted)
    except DomainError as refusal:
        refusal.aftermath = credit.recorder(
            _decision(
                quoted, "refused", refusal.code, exposure, refusal.facts, asked_paisa, None, channel, actor_id
            )
        )
        raise
    if settlement == "credit" and granted.total_paisa < asked_paisa:
        assert quoted.credit.receivable_account_id is not None
        ledger.move_exposure(
            session,
            account_id=quoted.credit.receivable_account_id,
            released_paisa=asked_paisa - granted.total_paisa,
        )
    decision = _decision(
        granted,
        "granted",
        "in-full" if granted == quoted else "in-part",
        exposure,
        {},
        asked_paisa,
        order_id,
        channel,
        actor_id,
    )
    _write(session, order_id, granted, settlement, channel, actor_id, decision)
    publish(
        session,
        OrderPlaced(
            order_id=str(order_id),
            vendor_id=str(vendor_id),
            retailer_id=str(retailer_id),
            total_paisa=granted.total_paisa,
            currency=granted.currency,
        ),
        business_id=vendor_id,
        actor_id=actor_id,
        channel=channel,
    )
    return order_id


def _hold(session: Session, quoted: Quote) -> ledger.Exposure:
    """Take the hold; the exposure as the decision saw it, before this order."""
    if quoted.credit.receivable_account_id is None:
        raise AgreementNotFound(
            f"vendor {quoted.vendor_id} gives retailer {quoted.retailer_id} no credit; "
            "agree on a limit first, or settle in cash",
            vendor_id=str(quoted.vendor_id),
            retailer_id=str(quoted.retailer_id),
        )
    taken = ledger.take_hold(
        session,
        account_id=quoted.credit.receivable_account_id,
        amount_paisa=quoted.total_paisa,
        currency=quoted.currency,
    )
    return replace(taken, held_paisa=taken.held_paisa - quoted.total_paisa)


def _reserve(session: Session, quoted: Quote, *, allow_partial: bool) -> Quote:
    """Reserve tracked goods; the quote with what was granted."""
    tracked = [line for line in quoted.lines if line.is_stock_tracked]
    reserved = stock.reserve(
        session,
        business_id=quoted.vendor_id,
        wanted={
            line.product_id: stock.Wanted(
                line.quantity * line.base_quantity,
                line.carton_multiple * line.base_quantity if allow_partial else None,
            )
            for line in tracked
        },
    )
    return replace(
        quoted,
        lines=tuple(
            replace(line, quantity=reserved[line.product_id] / line.base_quantity)
            if line.is_stock_tracked
            else line
            for line in quoted.lines
        ),
    )


def _nothing_granted(quoted: Quote) -> ProductUnavailable:
    return ProductUnavailable(
        "none of the goods is on the vendor's shelf; ask again later or take another vendor",
        products=[str(line.product_id) for line in quoted.lines],
    )


def _decision(
    quoted: Quote,
    outcome: str,
    reason_code: str,
    exposure: ledger.Exposure | None,
    facts: dict[str, Any],
    asked_paisa: int,
    order_id: UUID | None,
    channel: str,
    actor_id: UUID | None,
) -> credit.DecisionRecord:
    is_granted = outcome == "granted"
    seen = (
        {} if exposure is None else {"owed_paisa": exposure.posted_paisa, "held_paisa": exposure.held_paisa}
    )
    return credit.DecisionRecord(
        kind="order",
        vendor_id=quoted.vendor_id,
        retailer_id=quoted.retailer_id,
        order_id=order_id,
        outcome=outcome,
        reason_code=reason_code,
        asked_paisa=asked_paisa,
        granted_paisa=quoted.total_paisa if is_granted else 0,
        currency=quoted.currency,
        asked_lines=[
            {
                "product_id": str(line.product_id),
                "unit": line.unit,
                "asked": f"{line.asked_quantity:f}",
                "granted": f"{line.quantity if is_granted else Decimal(0):f}",
            }
            for line in quoted.lines
        ],
        facts={**seen, **facts},
        limit_paisa=facts.get("limit_paisa") if exposure is None else exposure.limit_paisa,
        channel=channel,
        actor_id=actor_id,
    )


# One statement, so that an order costs the same round trips whatever it holds. The number is a serial
# of at least three digits after the day; lpad alone would cut the fourth digit off.
_WRITE = text("""
    WITH placed AS (
        INSERT INTO app.orders
            (id, number, vendor_id, retailer_id, currency, settlement, order_state, fulfilment_state, credit_state,
             total_paisa, placed_at, placed_on, promised_on, expires_at, channel, placed_by)
        SELECT :order_id, 'ORD' || to_char(CAST(:placed_on AS date), 'YYMMDD') || lpad(n, greatest(3, length(n)), '0'),
               :vendor_id, :retailer_id, :currency, :settlement, 'placed', 'none', :credit_state, :total_paisa, :now,
               :placed_on, :promised_on, :expires_at, :channel, :actor_id
        FROM CAST(nextval('app.order_serial') AS text) AS n
    ), lines AS (
        INSERT INTO app.order_lines
            (order_id, line_no, vendor_id, retailer_id, product_id, unit, base_quantity, unit_price, asked_quantity,
             ordered_quantity, is_stock_tracked)
        SELECT :order_id, line_no, :vendor_id, :retailer_id, product_id, unit, base_quantity, unit_price, asked,
               ordered, is_stock_tracked
        FROM unnest(
            CAST(:products AS uuid[]), CAST(:units AS text[]), CAST(:base_quantities AS numeric[]),
            CAST(:prices AS numeric[]), CAST(:asked AS numeric[]), CAST(:ordered AS numeric[]),
            CAST(:tracked AS boolean[])
        ) WITH ORDINALITY AS line
            (product_id, unit, base_quantity, unit_price, asked, ordered, is_stock_tracked, line_no)
    ), held AS (
        INSERT INTO app.holds (id, business_id, account_id, amount_paisa, remaining_paisa, placed_at)
        SELECT :order_id, :vendor_id, CAST(:account_id AS uuid), :total_paisa, :total_paisa, :now
        WHERE :credit_state = 'held'
    ), told AS (
        INSERT INTO app.order_timeline
            (id, order_id, vendor_id, retailer_id, verb, order_state, fulfilment_state, credit_state, actor_id,
             channel, happened_at)
        VALUES (:timeline_id, :order_id, :vendor_id, :retailer_id, 'place', 'placed', 'none', :credit_state,
                :actor_id, :channel, :now)
    )
    INSERT INTO app.decisions
        (id, kind, vendor_id, retailer_id, order_id, outcome, reason_code, asked_paisa, granted_paisa, currency,
         asked_lines, facts, limit_paisa, policy_version, actor_id, channel, decided_at)
    VALUES (:decision_id, 'order', :vendor_id, :retailer_id, :order_id, 'granted', :reason_code, :asked_paisa,
            :total_paisa, :currency, CAST(:asked_lines AS jsonb), CAST(:facts AS jsonb), :limit_paisa,
            :policy_version, :actor_id, :channel, :now)
""")


def _write(
    session: Session,
    order_id: UUID,
    granted: Quote,
    settlement: str,
    channel: str,
    actor_id: UUID | None,
    decision: credit.DecisionRecord,
) -> None:
    now: datetime = clock.now()
    session.execute(
        _WRITE,
        {
            "order_id": order_id,
            "vendor_id": granted.vendor_id,
            "retailer_id": granted.retailer_id,
            "currency": granted.currency,
            "settlement": settlement,
            "credit_state": "held" if settlement == "credit" else "none",
            "account_id": granted.credit.receivable_account_id,
            "total_paisa": granted.total_paisa,
            "now": now,
            "placed_on": business_day(now, granted.credit.time_zone),
            "promised_on": granted.promised_on,
            "expires_at": now + timedelta(hours=ACCEPTANCE_HOURS),
            "channel": channel,
            "actor_id": actor_id,
            "timeline_id": uuid7(),
            "products": [line.product_id for line in granted.lines],
            "units": [line.unit for line in granted.lines],
            "base_quantities": [line.base_quantity for line in granted.lines],
            "prices": [line.unit_price for line in granted.lines],
            "asked": [line.asked_quantity for line in granted.lines],
            "ordered": [line.quantity for line in granted.lines],
            "tracked": [line.is_stock_tracked for line in granted.lines],
            "decision_id": uuid7(),
            "reason_code": decision.reason_code,
            "asked_paisa": decision.asked_paisa,
            "asked_lines": json.dumps(decision.asked_lines),
            "facts": json.dumps(decision.facts),
            "limit_paisa": decision.limit_paisa,
            "policy_version": decision.policy_version,
        },
    )

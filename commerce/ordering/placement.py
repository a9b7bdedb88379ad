"""From a wish to an order: the quote, and the one transaction that places it.

Placing is seven statements whatever the number of lines and subscribers: scope, key, terms, hold, stock,
rows, event; one more when it may be granted in part, because the account is locked before the shelves.
Locks are taken in the order of docs/locking.md.
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

from commerce.catalogue.errors import UnitNotSold
from commerce.catalogue.queries import OfferTerms
from commerce.catalogue.units import common_step, from_base, step, stock_problem
from commerce.credit import service as credit
from commerce.credit.errors import AgreementNotFound
from commerce.credit.queries import Relation
from commerce.ledger import queries as ledger_queries
from commerce.ledger import service as ledger
from commerce.ordering import queries
from commerce.ordering.errors import (
    NoCustomerYet,
    OrderInvalid,
    OrderTooSmall,
    PartyNotFound,
    ProductUnavailable,
    QuantityInvalid,
)
from commerce.ordering.events import OrderPlaced
from commerce.ordering.models import SETTLEMENTS
from commerce.ordering.queries import Rules
from commerce.pricing.prices import Free, Step, price
from commerce.pricing.queries import Reductions, terms_of
from commerce.stock import service as stock
from commerce.stock.errors import OutOfStock
from foundation import clock
from foundation.clock import business_day
from foundation.errors import DomainError
from foundation.events import publish
from foundation.idempotency import RequestKey, claim
from foundation.ids import uuid7
from foundation.money import AMOUNT_PAISA_MAX, format_amount, format_quantity, line_amount_paisa

LINES_MAX = 200
QUANTITY_END = Decimal(10) ** 9


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
    sku: str
    name: str
    unit: str
    base_quantity: Decimal
    unit_price: Decimal
    asked_quantity: Decimal
    quantity: Decimal
    minimum_quantity: Decimal
    step: Decimal
    """What is granted in part is a whole multiple of it, so that it could have been ordered."""
    is_stock_tracked: bool
    lead_time_days: int
    steps: tuple[Step, ...] = ()
    """How the price came about."""
    free: Free | None = None
    """Of a line of free goods: what earns them."""
    free_with: UUID | None = None
    """Of a line of free goods: the product that they came with."""

    @property
    def quantity_in_base(self) -> Decimal:
        return self.quantity * self.base_quantity

    @property
    def amount_paisa(self) -> int:
        return line_amount_paisa(self.unit_price, self.quantity)


@dataclass(frozen=True)
class Quote:
    """What an order would cost and when it would come; a quote promises nothing."""

    vendor_id: UUID
    retailer_id: UUID
    currency: str
    settlement: str
    """How it is paid, for a cash discount hangs on it."""
    lines: tuple[QuotedLine, ...]
    promised_on: date
    credit: Relation

    @property
    def total_paisa(self) -> int:
        return sum(line.amount_paisa for line in self.lines)


def quote(
    session: Session,
    *,
    vendor_id: UUID,
    retailer_id: UUID,
    wishes: Sequence[Wish],
    settlement: str = "credit",
) -> Quote:
    """Price wishes by the vendor's terms of this moment, line by line with every step; free goods are lines too.

    Raises PartyNotFound, OrderInvalid, ProductUnavailable, UnitNotSold, QuantityInvalid, OrderTooSmall.
    """
    return priced(inquire(session, vendor_id, retailer_id, wishes), settlement)


@dataclass
class Ask:
    """What was asked of whom, and what was found out about it: the matter of a decision, however it ends."""

    parties: Relation
    rules: Rules
    offers: dict[UUID, OfferTerms]
    reductions: dict[UUID, Reductions]
    wishes: Sequence[Wish]
    kept: Quote | None = None
    """The quote whose prices hold, whatever the terms of this moment are."""
    asked_paisa: int | None = None
    exposure: ledger.Exposure | None = None
    """What was owed and promised before this order."""


def inquire(session: Session, vendor_id: UUID, retailer_id: UUID, wishes: Sequence[Wish]) -> Ask:
    """Check what is wished and look up who trades and on which terms.

    Raises PartyNotFound, OrderInvalid, QuantityInvalid.
    """
    if not 1 <= len(wishes) <= LINES_MAX:
        raise OrderInvalid(f"an order has 1 to {LINES_MAX} lines, this one has {len(wishes)}")
    for wish in wishes:
        problem = _quantity_problem(wish.quantity)
        if problem is not None:
            raise QuantityInvalid(
                f"{wish.quantity} of product {wish.product_id}; {problem}",
                product_id=str(wish.product_id),
                quantity=str(wish.quantity),
            )
    products = list(dict.fromkeys(wish.product_id for wish in wishes))
    found = queries.trade(session, vendor_id, retailer_id, products, clock.now())
    if (
        found is None
        or not (found.parties.is_vendor and found.parties.is_retailer)
        or vendor_id == retailer_id
    ):
        raise PartyNotFound(
            f"{vendor_id} is no vendor or {retailer_id} no retailer here; check both ids",
            vendor_id=str(vendor_id),
            retailer_id=str(retailer_id),
        )
    return Ask(*found, wishes)


def _quantity_problem(quantity: Decimal) -> str | None:
    if quantity.is_finite() and quantity >= QUANTITY_END:
        return f"a line ends under {format_quantity(QUANTITY_END)}, order less or in a larger unit"
    if not quantity.is_finite() or quantity <= 0 or quantity != round(quantity, 3):
        return "give a quantity above zero, three decimals at most"
    return None


def priced(ask: Ask, settlement: str) -> Quote:
    """What was asked, at its terms.

    Raises OrderInvalid, ProductUnavailable, UnitNotSold, QuantityInvalid, OrderTooSmall.
    """
    times = Counter(wish.product_id for wish in ask.wishes)
    repeated = [product for product, count in times.items() if count > 1]
    if repeated:
        raise OrderInvalid(f"product {repeated[0]} stands on two lines; put its quantities together on one")
    found = [
        priced_line(wish, ask.offers[wish.product_id], ask.reductions[wish.product_id], settlement)
        for wish in ask.wishes
    ]
    # What was asked for keeps its place; what comes free stands below.
    lines = (*(line for line, _ in found), *(free for _, given in found for free in given))
    if len(lines) > LINES_MAX:
        raise OrderInvalid(
            f"with its free goods this order has {len(lines)} lines; order {LINES_MAX} at most"
        )
    quoted = quote_of(ask.parties, settlement, lines)
    total, least = quoted.total_paisa, ask.rules.minimum_order_paisa
    if total > AMOUNT_PAISA_MAX:
        raise OrderInvalid(
            f"this order comes to {format_amount(total, quoted.currency)}; an order ends at "
            f"{format_amount(AMOUNT_PAISA_MAX, quoted.currency)}, order less at a time",
            total_paisa=total,
        )
    if total < least:
        raise OrderTooSmall(
            f"the order is worth {format_amount(total, quoted.currency)}; this vendor delivers from "
            f"{format_amount(least, quoted.currency)} on, order more",
            total_paisa=total,
            minimum_order_paisa=least,
        )
    return quoted


def quote_of(parties: Relation, settlement: str, lines: tuple[QuotedLine, ...]) -> Quote:
    """Lines that are ordered together; they come when the slowest is there."""
    lead_time = timedelta(days=max(line.lead_time_days for line in lines))
    return Quote(
        vendor_id=parties.vendor_id,
        retailer_id=parties.retailer_id,
        currency=parties.currency,
        settlement=settlement,
        lines=lines,
        promised_on=business_day(clock.now(), parties.time_zone) + lead_time,
        credit=parties,
    )


def priced_line(
    wish: Wish, offer: OfferTerms, reductions: Reductions, settlement: str
) -> tuple[QuotedLine, list[QuotedLine]]:
    """The line that was asked for, and the lines of goods that come free with it.

    Raises ProductUnavailable, UnitNotSold, QuantityInvalid.
    """
    if not offer.is_known or offer.unit is None or offer.name is None or offer.sku is None:
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
    priced = price(terms_of(offer, reductions), wish.quantity, settlement=settlement)
    line = QuotedLine(
        product_id=wish.product_id,
        sku=offer.sku,
        name=offer.name,
        unit=offer.unit,
        base_quantity=offer.base_quantity,
        unit_price=priced.unit_price,
        asked_quantity=wish.quantity,
        quantity=wish.quantity,
        minimum_quantity=offer.minimum_quantity,
        step=step_of(offer),
        is_stock_tracked=offer.availability == "tracked",
        lead_time_days=offer.lead_time_days,
        steps=priced.steps,
    )
    return line, [_free_line(free, line) for free in priced.free]


def step_of(offer: OfferTerms) -> Decimal:
    """What is ordered is a whole multiple of it. Only for a product that is offered."""
    assert offer.unit is not None
    return common_step(offer.carton_multiple, step(offer.unit, offer.base_quantity, offer.base_unit))


def _free_line(free: Free, line: QuotedLine) -> QuotedLine:
    good = free.good
    problem = stock_problem(free.quantity, good.unit, Decimal(1), good.unit)
    if problem is not None:
        raise QuantityInvalid(
            f"free with {line.sku}: {problem}; ask the vendor about scheme {free.code}", sku=line.sku
        )
    return QuotedLine(
        product_id=good.product_id,
        sku=good.sku,
        name=good.name,
        unit=good.unit,
        base_quantity=Decimal(1),
        unit_price=Decimal(0),
        asked_quantity=free.quantity,
        quantity=free.quantity,
        minimum_quantity=Decimal(1),
        step=Decimal(1),
        is_stock_tracked=line.is_stock_tracked
        if good.product_id == line.product_id
        else good.is_stock_tracked,
        lead_time_days=line.lead_time_days,
        steps=tuple(part for part in line.steps if part.code == free.code),
        free=free,
        free_with=line.product_id,
    )


def _check_quantity(quantity: Decimal, offer: OfferTerms) -> None:
    minimum, multiple = offer.minimum_quantity, offer.carton_multiple
    asked = f"{format_quantity(quantity)} {offer.unit} of {offer.sku}"
    facts = {"product_id": str(offer.product_id), "sku": offer.sku, "quantity": format_quantity(quantity)}
    if quantity < minimum:
        raise QuantityInvalid(
            f"{asked} is under the vendor's minimum; order {format_quantity(minimum)} or more",
            minimum=format_quantity(minimum),
            **facts,
        )
    if quantity % multiple:
        below = quantity // multiple * multiple
        raise QuantityInvalid(
            f"{asked} is no multiple of {format_quantity(multiple)}; "
            f"order {format_quantity(max(below, minimum))} or {format_quantity(below + multiple)}",
            multiple=format_quantity(multiple),
            **facts,
        )
    if not offer.is_divisible and quantity != quantity.to_integral_value():
        raise QuantityInvalid(f"{asked}; a {offer.unit} is not sold in part, order a whole number", **facts)
    assert offer.unit is not None  # asked for listed offers only
    problem = stock_problem(quantity, offer.unit, offer.base_quantity, offer.base_unit)
    if problem is not None:
        raise QuantityInvalid(f"{offer.sku}: {problem}", unit=offer.unit, **facts)


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

    With `allow_partial`, goods that are short are granted in whole carton multiples from the minimum on,
    lines with nothing are kept with a granted quantity of zero, and only what is granted needs credit.
    Returns the order's id; a retry with the same request key returns the first one's. A refusal between
    two parties leaves its decision behind.
    Raises what `quote` raises, and AgreementNotFound, CreditLimitExceeded, OutOfStock, RequestKeyReused.
    """
    order_id = uuid7()
    if request is not None and (earlier := claim(session, request, order_id)) is not None:
        return earlier
    asked = inquire(session, vendor_id, retailer_id, wishes)
    place_as(session, order_id, asked, settlement, allow_partial, channel, actor_id)
    return order_id


def place_for(
    session: Session,
    *,
    vendor_id: UUID,
    retailer_id: UUID,
    wishes: Sequence[Wish],
    settlement: str = "credit",
    allow_partial: bool = False,
    actor_id: UUID,
    request: RequestKey | None = None,
) -> UUID:
    """A salesman of the vendor places what a customer asked for; the order keeps who it was, and the channel.

    Only for those who have ordered on credit from the vendor themselves: a vendor alone writes into no book of
    another (docs/decisions/0008). Raises as `place`, NoCustomerYet.
    """
    order_id = uuid7()
    if request is not None and (earlier := claim(session, request, order_id)) is not None:
        return earlier
    asked = inquire(session, vendor_id, retailer_id, wishes)
    account_id = asked.parties.receivable_account_id
    if account_id is None:
        raise AgreementNotFound(
            f"vendor {vendor_id} has no agreement with retailer {retailer_id}; agree on a limit first",
            vendor_id=str(vendor_id),
            retailer_id=str(retailer_id),
        )
    if not ledger_queries.is_used(session, account_id):
        raise NoCustomerYet(
            f"retailer {retailer_id} has ordered nothing on credit from vendor {vendor_id} yet; "
            "its first order is its own",
            retailer_id=str(retailer_id),
        )
    place_as(session, order_id, asked, settlement, allow_partial, "salesman", actor_id)
    return order_id


def place_as(
    session: Session,
    order_id: UUID,
    ask: Ask,
    settlement: str,
    allow_partial: bool,
    channel: str,
    actor_id: UUID | None,
) -> None:
    """Grant what was asked and write the order under this id. Raises as `place`."""
    if settlement not in SETTLEMENTS:
        raise OrderInvalid(f"orders are not settled by {settlement!r}; use one of {', '.join(SETTLEMENTS)}")
    try:
        granted = _grant(session, ask, settlement, allow_partial=allow_partial)
    except DomainError as refusal:
        refusal.aftermath = credit.recorder(
            _decision(ask, None, refusal.code, channel=channel, actor_id=actor_id, facts=refusal.facts)
        )
        raise
    is_in_full = all(line.quantity == line.asked_quantity for line in granted.lines)
    decision = _decision(
        ask,
        granted,
        "in-full" if is_in_full else "in-part",
        channel=channel,
        actor_id=actor_id,
        order_id=order_id,
    )
    lapses_after = timedelta(minutes=ask.rules.acceptance_minutes)
    _write(session, order_id, granted, settlement, lapses_after, channel, actor_id, decision)
    publish(
        session,
        OrderPlaced(
            order_id=str(order_id),
            vendor_id=str(granted.vendor_id),
            retailer_id=str(granted.retailer_id),
            total_paisa=granted.total_paisa,
            currency=granted.currency,
        ),
        business_id=granted.vendor_id,
        actor_id=actor_id,
        channel=channel,
    )


def _grant(session: Session, ask: Ask, settlement: str, *, allow_partial: bool) -> Quote:
    """Price what was asked, hold credit and reserve goods for it; the quote with what was granted."""
    quoted = ask.kept or priced(ask, settlement)
    ask.asked_paisa = quoted.total_paisa
    if settlement != "credit":
        return _reserve(session, quoted, allow_partial=allow_partial)
    account_id = ask.parties.receivable_account_id
    if account_id is None:
        raise AgreementNotFound(
            f"vendor {quoted.vendor_id} gives retailer {quoted.retailer_id} no credit; "
            "agree on a limit first, or settle in cash",
            vendor_id=str(quoted.vendor_id),
            retailer_id=str(quoted.retailer_id),
        )
    if not allow_partial:
        taken = _hold(session, account_id, quoted)
        ask.exposure = replace(taken, held_paisa=taken.held_paisa - quoted.total_paisa)
        return _reserve(session, quoted, allow_partial=False)
    # The shelves decide how much credit is needed, and the account is locked before them.
    ask.exposure = ledger.lock_exposure(session, account_id=account_id)
    granted = _reserve(session, quoted, allow_partial=True)
    _hold(session, account_id, granted)
    return granted


def _hold(session: Session, account_id: UUID, quoted: Quote) -> ledger.Exposure:
    return ledger.take_hold(
        session, account_id=account_id, amount_paisa=quoted.total_paisa, currency=quoted.currency
    )


def _reserve(session: Session, quoted: Quote, *, allow_partial: bool) -> Quote:
    """Reserve tracked goods; the quote with what was granted. Raises OutOfStock, ProductUnavailable."""
    available = stock.reserve(
        session, business_id=quoted.vendor_id, wanted=_wanted(quoted.lines), allow_partial=allow_partial
    )
    granted: list[QuotedLine] = []
    for line in quoted.lines:  # free goods stand last: they get what the others leave
        if not line.is_stock_tracked:
            granted.append(line)
            continue
        in_base = min(line.quantity_in_base, available[line.product_id])
        available[line.product_id] -= in_base
        granted.append(replace(line, quantity=from_base(in_base, line.base_quantity)))
    lines = tuple(granted)
    short = [line for line in lines if line.quantity < line.asked_quantity]
    if short and not allow_partial:
        raise _out_of_stock(short)
    if len(short) == len(lines) and not any(line.quantity for line in lines):
        raise ProductUnavailable(
            "none of the goods is on the vendor's shelf; ask again later or take another vendor",
            products=[str(line.product_id) for line in lines],
        )
    return replace(quoted, lines=lines)


def _wanted(lines: Sequence[QuotedLine]) -> dict[UUID, stock.Wanted]:
    """What the lines want of each tracked good, in base units; paid and free lines of a good together."""
    wanted: dict[UUID, stock.Wanted] = {}
    for line in lines:
        if not line.is_stock_tracked:
            continue
        paid = wanted.get(line.product_id)
        if paid is not None:
            wanted[line.product_id] = replace(paid, quantity=paid.quantity + line.quantity_in_base)
            continue
        wanted[line.product_id] = stock.Wanted(
            quantity=line.quantity_in_base,
            step=line.step * line.base_quantity,
            minimum=line.minimum_quantity * line.base_quantity,
        )
    return wanted


def _out_of_stock(short: Sequence[QuotedLine]) -> OutOfStock:
    named = "; ".join(
        f"{format_quantity(line.quantity)} of {format_quantity(line.asked_quantity)} {line.unit} of "
        f"{line.name} ({line.sku})"
        for line in short
    )
    return OutOfStock(
        f"the vendor's shelf has {named}; order less, or let the order be filled in part",
        short=[
            {
                "product_id": str(line.product_id),
                "unit": line.unit,
                "asked": format_quantity(line.asked_quantity),
                "available": format_quantity(line.quantity),
            }
            for line in short
        ],
    )


def _decision(
    ask: Ask,
    granted: Quote | None,
    reason_code: str,
    *,
    channel: str,
    actor_id: UUID | None,
    order_id: UUID | None = None,
    facts: dict[str, Any] | None = None,
) -> credit.DecisionRecord:
    """The record of an order that was granted, or (None) refused."""
    facts, exposure = facts or {}, ask.exposure
    if exposure is not None:
        facts = {"owed_paisa": exposure.posted_paisa, "held_paisa": exposure.held_paisa, **facts}
    lines = () if granted is None else granted.lines
    quantities = {line.product_id: line.quantity for line in lines if line.free is None}
    return credit.DecisionRecord(
        kind="order",
        vendor_id=ask.parties.vendor_id,
        retailer_id=ask.parties.retailer_id,
        order_id=order_id,
        outcome="refused" if granted is None else "granted",
        reason_code=reason_code,
        asked_paisa=ask.asked_paisa,
        granted_paisa=0 if granted is None else granted.total_paisa,
        currency=ask.parties.currency,
        asked_lines=[
            {
                "product_id": str(wish.product_id),
                "unit": wish.unit or ask.offers[wish.product_id].unit or "",
                "asked": format_quantity(wish.quantity),
                "granted": format_quantity(quantities.get(wish.product_id, Decimal(0))),
            }
            for wish in ask.wishes
        ],
        facts=facts,
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
             ordered_quantity, is_stock_tracked, free_with_line, explanation)
        SELECT :order_id, line_no, :vendor_id, :retailer_id, product_id, unit, base_quantity, unit_price, asked,
               ordered, is_stock_tracked, free_with, explanation
        FROM unnest(
            CAST(:products AS uuid[]), CAST(:units AS text[]), CAST(:base_quantities AS numeric[]),
            CAST(:prices AS numeric[]), CAST(:asked AS numeric[]), CAST(:ordered AS numeric[]),
            CAST(:tracked AS boolean[]), CAST(:free_with AS smallint[]), CAST(:explanations AS jsonb[])
        ) WITH ORDINALITY AS line
            (product_id, unit, base_quantity, unit_price, asked, ordered, is_stock_tracked, free_with, explanation,
             line_no)
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
    lapses_after: timedelta,
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
            "expires_at": now + lapses_after,
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
            "free_with": line_numbers_of_free(granted.lines),
            "explanations": [json.dumps(explained(line)) for line in granted.lines],
            "decision_id": uuid7(),
            "reason_code": decision.reason_code,
            "asked_paisa": decision.asked_paisa,
            "asked_lines": json.dumps(decision.asked_lines),
            "facts": json.dumps(decision.facts),
            "limit_paisa": decision.limit_paisa,
            "policy_version": decision.policy_version,
        },
    )


def line_numbers_of_free(lines: Sequence[QuotedLine]) -> list[int | None]:
    """For each line of free goods the number of the line that it comes with; None for the others."""
    paid = {line.product_id: number for number, line in enumerate(lines, start=1) if line.free is None}
    return [None if line.free_with is None else paid[line.free_with] for line in lines]


def explained(line: QuotedLine) -> dict[str, Any]:
    """How a line's price came about, as it is kept with the line."""
    told: dict[str, Any] = {"steps": [part.as_data() for part in line.steps]}
    if line.free is not None:
        good = line.free.good
        told |= {"buy_in_base": format_quantity(good.buy_in_base), "get": format_quantity(good.get)}
    return told

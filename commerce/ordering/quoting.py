"""From a wish to a quote: what the goods would cost, line by line, and when they would come.

A quote promises nothing: `placement` makes an order of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from commerce.catalogue.errors import UnitNotSold
from commerce.catalogue.queries import OfferTerms
from commerce.catalogue.units import common_step, step, stock_problem
from commerce.credit.errors import CurrencyMismatch
from commerce.credit.queries import Relation
from commerce.credit.stops import Stop
from commerce.ledger import service as ledger
from commerce.ordering import queries
from commerce.ordering.approvals import Waiting
from commerce.ordering.errors import (
    OrderInvalid,
    OrderTooSmall,
    PartyNotFound,
    ProductUnavailable,
    QuantityInvalid,
)
from commerce.ordering.queries import Rules
from commerce.pricing.prices import Free, Step, price
from commerce.pricing.queries import Reductions, terms_of
from commerce.tax.added import AddedTax, levy_on
from foundation import clock
from foundation.clock import business_day
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
    added_tax: AddedTax | None = None
    """Of a price that was given without tax: what came on top. The unit price and the amount hold it."""

    @property
    def quantity_in_base(self) -> Decimal:
        return self.quantity * self.base_quantity

    @cached_property
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

    @cached_property
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

    Raises PartyNotFound, CurrencyMismatch, OrderInvalid, ProductUnavailable, UnitNotSold, QuantityInvalid,
    OrderTooSmall.
    """
    return priced(inquire(session, vendor_id, retailer_id, wishes), settlement)


@dataclass
class Ask:
    """What was asked of whom, and what was found out about it: the matter of a decision, however it ends."""

    parties: Relation
    rules: Rules
    reductions: Reductions
    offers: dict[UUID, OfferTerms]
    stop: Stop | None
    """By what rule orders of this pair are held, if there is one."""
    wishes: Sequence[Wish]
    kept: Quote | None = None
    """The quote whose prices hold, whatever the terms of this moment are."""
    asked_paisa: int | None = None
    exposure: ledger.Exposure | None = None
    """What was owed and promised before this order."""
    waiting: Waiting | None = None
    """Why its credit waits for a person, if it does."""


def inquire(session: Session, vendor_id: UUID, retailer_id: UUID, wishes: Sequence[Wish]) -> Ask:
    """Check what is wished and look up who trades and on which terms.

    Raises PartyNotFound, OrderInvalid, QuantityInvalid.
    """
    if not 1 <= len(wishes) <= LINES_MAX:
        raise OrderInvalid(f"an order has 1 to {LINES_MAX} lines, this one has {len(wishes)}")
    for wish in wishes:
        problem = quantity_problem(wish.quantity)
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


def quantity_problem(quantity: Decimal) -> str | None:
    """Why no order has a line of so much, whatever the good, with the way out; None when one may."""
    if quantity.is_finite() and quantity >= QUANTITY_END:
        return f"a line ends under {format_quantity(QUANTITY_END)}, order less or in a larger unit"
    if not quantity.is_finite() or quantity <= 0 or quantity != round(quantity, 3):
        return "give a quantity above zero, three decimals at most"
    return None


def priced(ask: Ask, settlement: str) -> Quote:
    """What was asked, at its terms.

    Raises CurrencyMismatch, OrderInvalid, ProductUnavailable, UnitNotSold, QuantityInvalid, OrderTooSmall.
    """
    if ask.parties.has_two_currencies:
        raise CurrencyMismatch(
            f"the vendor sells in {ask.parties.currency}, the retailer keeps books in {ask.parties.retailer_currency}; "
            "buy from a vendor who sells in that"
        )
    times = Counter(wish.product_id for wish in ask.wishes)
    repeated = [product for product, count in times.items() if count > 1]
    if repeated:
        raise OrderInvalid(f"product {repeated[0]} stands on two lines; put its quantities together on one")
    found = [
        priced_line(wish, ask.offers[wish.product_id], ask.reductions, settlement) for wish in ask.wishes
    ]
    # What was asked for keeps its place; what comes free stands below.
    lines = (*(line for line, _ in found), *(free for _, given in found for free in given))
    if len(lines) > LINES_MAX:
        raise OrderInvalid(
            f"with its free goods this order has {len(lines)} lines; order {LINES_MAX} at most"
        )
    quoted = quote_of(ask.parties, settlement, lines)
    total, least = quoted.total_paisa, ask.rules.minimum_order_paisa
    check_total(total, quoted.currency)
    if total == 0 and any(line.unit_price for line in lines):
        raise OrderInvalid(
            f"this order comes to {format_amount(total, quoted.currency)}, for so little of it costs less than the "
            "smallest amount; order more",
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


def check_total(total_paisa: int, currency: str) -> None:
    """Whether an order may be worth so much. Raises OrderInvalid."""
    if total_paisa > AMOUNT_PAISA_MAX:
        raise OrderInvalid(
            f"this order comes to {format_amount(total_paisa, currency)}; an order ends at "
            f"{format_amount(AMOUNT_PAISA_MAX, currency)}, order less at a time",
            total_paisa=total_paisa,
        )


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

    Raises ProductUnavailable, UnitNotSold, QuantityInvalid, TaxRateUnknown, PlaceOfSupplyUnknown.
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
    check_ordered(wish.quantity, offer)
    levy = None if offer.tax is None else levy_on(f"{offer.name} ({offer.sku})", offer.tax)
    terms = terms_of(offer, reductions, levy.percent if levy else Decimal(0))
    priced = price(terms, wish.quantity, settlement=settlement)
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
        added_tax=None if levy is None else AddedTax(levy, priced.unit_price_without_tax),
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


def check_ordered(quantity: Decimal, offer: OfferTerms) -> None:
    """Whether so much of an offered good is sold: its minimum, its multiples, whole pieces. Raises QuantityInvalid."""
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


def line_numbers_of_free(lines: Sequence[QuotedLine]) -> list[int | None]:
    """For each line of free goods the number of the line that it comes with; None for the others."""
    paid = {line.product_id: number for number, line in enumerate(lines, start=1) if line.free is None}
    return [None if line.free_with is None else paid[line.free_with] for line in lines]


def explained(line: QuotedLine) -> dict[str, Any]:
    """How a line's price came about, as it is kept with the line."""
    told: dict[str, Any] = {"steps": [part.as_data() for part in line.steps]}
    if line.added_tax is not None:
        told["added_tax"] = line.added_tax.as_data()
    if line.free is not None:
        good = line.free.good
        told |= {"buy_in_base": format_quantity(good.buy_in_base), "get": format_quantity(good.get)}
    return told

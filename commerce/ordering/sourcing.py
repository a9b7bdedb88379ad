"""Who sells a good at which price to one retailer, for so much of it: tiers, agreed prices and schemes counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.catalogue import queries as catalogue
from commerce.catalogue.errors import UnitNotSold
from commerce.ordering.errors import ProductUnavailable, QuantityInvalid
from commerce.ordering.queries import Trade, trade
from commerce.ordering.quotes import sold_quantity
from commerce.ordering.quoting import Wish, priced_line
from commerce.pricing import market
from commerce.pricing.market import Counted, Day, Viewer
from commerce.stock import queries as stock
from commerce.tax.errors import PlaceOfSupplyUnknown, TaxRateUnknown
from foundation import clock
from foundation.database import set_scope
from foundation.keyset import Order
from foundation.money import format_quantity

SELLERS_COMPARED: Final = 20
"""The cheapest by list price; each is asked for its price to this retailer.

As many are asked of those whose prices are without tax: which of both are cheaper shows once the tax is on top.
"""
USUAL_DAYS: Final = 90
WORTH_A_CHANGE: Final = Decimal(3)
"""Percent under the present supplier from which on another one is advised."""
PRICE_STEP: Final = Decimal("0.000001")

Advice = Literal["buy-elsewhere", "buy-now", "wait", "buy-as-needed", "unknown"]


@dataclass(frozen=True)
class Source:
    """What one vendor gives a quantity for: at least what was asked, in its own unit and multiples."""

    vendor_id: UUID
    product_id: UUID
    unit: str
    quantity: Decimal
    amount_paisa: int
    landed_unit_price: Decimal
    """What a base unit costs, with the base units of the same good that come free."""
    availability: str
    """`enough`, `short`, or `not-tracked`."""
    lead_time_days: int
    steps: tuple[str, ...]


_SELLERS = text(f"""
    SELECT wanted, vendor_id, product_id FROM (
        SELECT ask.wanted, ask.vendor_id, ask.product_id, row_number() OVER (
            PARTITION BY ask.wanted, ask.is_tax_inclusive ORDER BY ask.price, ask.vendor_id, ask.product_id) AS place
        FROM ({market.ASKS_BY_GOOD}) ask
    ) ranked WHERE place <= :limit
""")  # noqa: S608 - constants
_SUPPLIER = text("""
    SELECT placed.vendor_id FROM app.orders placed JOIN app.order_lines line ON line.order_id = placed.id
    WHERE placed.retailer_id = :retailer_id AND placed.order_state IN ('accepted', 'completed')
      AND line.product_id = ANY (CAST(:products AS uuid[]))
    ORDER BY placed.placed_at DESC LIMIT 1
""")

_USUAL = """
    SELECT product.id, product.sku, product.name, product.base_unit, -count(*) AS place
    FROM app.orders placed JOIN app.order_lines line ON line.order_id = placed.id
    JOIN app.products product ON product.id = line.product_id
    WHERE placed.retailer_id = :retailer_id AND placed.placed_at >= :since
      AND placed.order_state IN ('accepted', 'completed') AND line.free_with_line IS NULL AND product.is_active
      AND {category}
    GROUP BY product.id
"""
USUAL_BY = {
    "usual": Order((("place", "bigint"), ("id", "uuid"))),
    "code": Order((("sku", "text"), ("id", "uuid"))),
    "name": Order((("name", "text"), ("id", "uuid"))),
}


class Usual(NamedTuple):
    """A good that somebody trades in as a matter of course, and its place in the list of these."""

    good: Counted
    key: tuple[Any, ...]


def usual_goods(
    session: Session,
    viewer: Viewer,
    *,
    category: str | None = None,
    by: Order = USUAL_BY["usual"],
    after: Sequence[Any] | None,
    limit: int,
) -> list[Usual]:
    """What a retailer ordered in the last USUAL_DAYS and was given, the most often ordered first."""
    usual = _USUAL.format(category="true" if category is None else "product.category = :category")
    values = {
        "retailer_id": viewer.business_id,
        "since": clock.now() - timedelta(days=USUAL_DAYS),
        "category": category,
        "limit": limit,
    }
    return [
        Usual(Counted(row.id, row.sku, row.name, row.base_unit), by.key_of(row))
        for row in session.execute(text(by.page_of(usual, after)), values | by.values(after))
    ]


def best_price(
    session: Session, viewer: Viewer, good: Counted, *, quantity: Decimal, unit: str | None, settlement: str
) -> list[Source]:
    """Sellers of a good to the viewer, the cheapest of a base unit first. Raises UnitNotSold, QuantityInvalid."""
    units = catalogue.units_of(session, good.id)
    if unit is not None and unit not in units:
        raise UnitNotSold(f"unit {unit!r} is not sold for {good.sku}; use {' or '.join(units)}", unit=unit)
    wanted = {good.id: quantity * units[unit or good.base_unit]}
    return best_prices(session, viewer, wanted, settlement=settlement)[good.id]


def best_prices(
    session: Session, viewer: Viewer, wanted: Mapping[UUID, Decimal], *, settlement: str
) -> dict[UUID, list[Source]]:
    """Sellers of goods, so much of each in base units, the cheapest first. A seller is asked once for all its goods."""
    rows = session.execute(
        _SELLERS,
        {
            "products": list(wanted),
            "moments": [clock.now()],
            "country": viewer.country,
            "currency": viewer.currency,
            "origin": viewer.origin,
            "limit": SELLERS_COMPARED,
        },
    ).all()
    sold: dict[UUID, set[UUID]] = defaultdict(set)
    for row in rows:
        if row.vendor_id != viewer.business_id:
            sold[row.vendor_id].add(row.product_id)
    # Shelves, agreed prices and rules stand in the books of the sellers; each is asked about this retailer alone.
    set_scope(session, (viewer.business_id, *sorted(sold)))
    sellers = {
        vendor_id: _Seller(
            trade(session, vendor_id, viewer.business_id, sorted(products), clock.now()),
            stock.free(session, vendor_id, sorted(products)),
        )
        for vendor_id, products in sold.items()
    }
    found: dict[UUID, list[Source]] = {product_id: [] for product_id in wanted}
    for row in rows:
        if row.vendor_id in sellers:
            seller = sellers[row.vendor_id]
            source = _source(seller, row.vendor_id, row.product_id, wanted[row.wanted], settlement)
            found[row.wanted] += [] if source is None else [source]
    for sources in found.values():
        sources.sort(key=lambda one: (one.landed_unit_price, one.lead_time_days, one.vendor_id))
        del sources[SELLERS_COMPARED:]
    return found


class _Seller(NamedTuple):
    """What a seller asks of the retailer, None where it is none, and what it has on its shelf for it."""

    asked: Trade | None
    free: Mapping[UUID, Decimal]


def _source(
    seller: _Seller, vendor_id: UUID, product_id: UUID, wanted_in_base: Decimal, settlement: str
) -> Source | None:
    if seller.asked is None:
        return None
    offer = seller.asked.offers[product_id]
    if offer.unit is None or not offer.is_known:
        return None
    quantity = sold_quantity(wanted_in_base / offer.base_quantity, offer)
    try:
        line, free = priced_line(Wish(product_id, quantity), offer, seller.asked.reductions, settlement)
    except (ProductUnavailable, QuantityInvalid, TaxRateUnknown, PlaceOfSupplyUnknown):
        return None
    given = sum((one.quantity_in_base for one in free if one.product_id == product_id), Decimal(0))
    availability = "not-tracked"
    if line.is_stock_tracked:
        on_shelf = seller.free.get(product_id, Decimal(0))
        availability = "enough" if on_shelf >= line.quantity_in_base + given else "short"
    landed = Decimal(line.amount_paisa) / 100 / (line.quantity_in_base + given)
    return Source(
        vendor_id=vendor_id,
        product_id=product_id,
        unit=line.unit,
        quantity=line.quantity,
        amount_paisa=line.amount_paisa,
        landed_unit_price=landed.quantize(PRICE_STEP, ROUND_HALF_EVEN),
        availability=availability,
        lead_time_days=line.lead_time_days,
        steps=tuple(step.text for step in line.steps),
    )


def supplier_of(session: Session, retailer_id: UUID, sources: list[Source]) -> Source | None:
    """The one of these sellers that the retailer bought the good from last."""
    products = [source.product_id for source in sources]
    values = {"retailer_id": retailer_id, "products": products}
    vendor_id = session.execute(_SUPPLIER, values).scalar_one_or_none()
    return next((source for source in sources if source.vendor_id == vendor_id), None)


def advice_to_retailer(days: list[Day], sources: list[Source], supplier: Source | None) -> tuple[Advice, str]:
    """Where and when to buy, and why. Pure."""
    ready = [source for source in sources if source.availability != "short"]
    if not ready:
        return "unknown", "nobody has the quantity to sell now"
    best = ready[0]
    if supplier is not None and best.vendor_id != supplier.vendor_id:
        dearer = market.percent_over(supplier.landed_unit_price, best.landed_unit_price)
        if dearer is not None and dearer >= WORTH_A_CHANGE:
            return "buy-elsewhere", (
                f"your last supplier comes to {format_quantity(supplier.landed_unit_price)} for a base unit, the best "
                f"to {format_quantity(best.landed_unit_price)}: {format_quantity(dearer)} % less than you would pay"
            )
    trend = market.trend_percent(days)
    if trend is None:
        sellers = days[-1].market.sellers
        return (
            "buy-as-needed",
            f"no trend is known of {sellers} sellers; {market.SELLERS_MIN} are needed on both ends",
        )
    told = f"the market's average moved by {format_quantity(trend)} % in {len(days)} days"
    if trend <= -market.TREND_PERCENT:
        return "wait", f"{told}; buy what you need, and the rest later"
    if trend >= market.TREND_PERCENT:
        return "buy-now", f"{told}; what you need soon is cheaper today"
    return "buy-as-needed", f"{told}; it stands still"

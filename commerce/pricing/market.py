"""What a good costs on the market: average and quantiles of what sellers ask, day by day, and what follows for one.

Asks are list prices of a base unit, without tiers, schemes and agreed prices; one for each seller, its lowest. Only
sellers of the same country, currency and origin are counted together, a vendor's own ask never, and five of them must
be there. A quantile is the mean of at least two neighbouring asks, so that no figure is that of one seller.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.catalogue.errors import ProductNotFound
from foundation import clock
from foundation.clock import business_day, end_of_day
from foundation.money import format_quantity

SELLERS_MIN: Final = 5
NEIGHBOURS: Final = 2
QUANTILES: Final = (10, 25, 50, 75, 90)
DAYS_MAX: Final = 180
TREND_DAYS: Final = 30
WEEK: Final = 7
TREND_PERCENT: Final = Decimal(2)
"""A market that moved by less within the trend's days stands still."""
PRICE_STEP: Final = Decimal("0.000001")
PERCENT_STEP: Final = Decimal("0.01")
METHOD: Final = (
    "list price of a base unit, one ask for each seller (its lowest), unweighted; sellers of the same country, "
    "currency and origin, without the asking vendor; quantiles are means of at least two neighbouring asks"
)

Advice = Literal["raise", "lower", "hold", "unknown"]


@dataclass(frozen=True)
class Viewer:
    """For whom the market is looked at, and which market that is."""

    business_id: UUID
    is_vendor: bool
    country: str
    currency: str
    origin: str
    time_zone: str


@dataclass(frozen=True)
class Market:
    """What others ask for a base unit of a good at a moment; figures are None with too few sellers."""

    as_of: datetime
    sellers: int
    average: Decimal | None
    quantiles: dict[int, Decimal] | None
    """By percent."""

    @property
    def reason(self) -> str:
        """Why there is no figure; empty where there is one."""
        if self.average is not None:
            return ""
        return f"too few sellers: {self.sellers}, and {SELLERS_MIN} are needed"


@dataclass(frozen=True)
class Day:
    """A day's market and the price of the seller who is looked at, of a base unit."""

    day: date
    market: Market
    price: Decimal | None
    is_without_tax: bool = False
    """Of today: there is no price to compare because the one that is asked is without tax."""


@dataclass(frozen=True)
class Counted:
    """A good and the unit that its prices are compared by."""

    id: UUID
    sku: str
    name: str
    base_unit: str


_PRODUCT = text("""
    SELECT id, sku, name, base_unit FROM app.products product
    WHERE id = :product_id AND (
        owner_id IS NULL OR owner_id = :business_id
        OR (NOT :is_vendor AND EXISTS (SELECT FROM app.offers WHERE product_id = product.id AND vendor_id = owner_id))
    )
""")
_VIEWER = text("SELECT country, currency, origin, time_zone FROM app.businesses WHERE id = :business_id")

_HELD = """
    SELECT unit, unit_price, is_listed, is_tax_inclusive, currency FROM app.offers
    WHERE vendor_id = seller.vendor_id AND product_id = seller.product_id AND valid_from <= asked.moment
      AND (valid_until IS NULL OR valid_until > asked.moment)
    ORDER BY valid_from DESC, id DESC LIMIT 1
"""
# The goods are found by the key that makes them the same, their sellers by the index of offers of a good.
ASKS_BY_GOOD = f"""
    WITH seller AS MATERIALIZED (
        SELECT DISTINCT mine.product_id AS wanted, offer.vendor_id, offer.product_id
        FROM app.product_search mine
        JOIN app.products wanted ON wanted.id = mine.product_id
        JOIN app.product_search other ON other.comparison_key = mine.comparison_key
        JOIN app.products good ON good.id = other.product_id AND good.base_unit = wanted.base_unit
        JOIN app.offers offer ON offer.product_id = other.product_id
        JOIN app.businesses vendor ON vendor.id = offer.vendor_id
        WHERE mine.product_id = ANY (CAST(:products AS uuid[])) AND good.is_active
          AND vendor.country = :country AND vendor.origin = :origin AND vendor.currency = :currency
    )
    SELECT seller.wanted, asked.moment, seller.vendor_id, seller.product_id,
           held.unit_price / sold.base_quantity AS price, held.is_tax_inclusive
    FROM seller CROSS JOIN unnest(CAST(:moments AS timestamptz[])) AS asked (moment)
    CROSS JOIN LATERAL ({_HELD}) held
    JOIN app.product_units sold ON sold.product_id = seller.product_id AND sold.unit = held.unit
    WHERE held.is_listed AND held.currency = :currency
"""  # noqa: S608 - constants
"""What each seller asks for a base unit of each of its goods that are the same as a product wanted, at each moment."""
_ASKS = text(f"""
    SELECT wanted AS product_id, moment, vendor_id, min(price) AS price FROM ({ASKS_BY_GOOD}) ask
    WHERE is_tax_inclusive
    GROUP BY wanted, moment, vendor_id
""")  # noqa: S608 - constants

_ASKED_BY = text(f"SELECT DISTINCT wanted FROM ({ASKS_BY_GOOD}) ask WHERE vendor_id = :vendor_id")  # noqa: S608 - constants


def viewer_of(session: Session, business_id: UUID, *, is_vendor: bool) -> Viewer:
    """The market that a business trades in."""
    row = session.execute(_VIEWER, {"business_id": business_id}).one()
    return Viewer(business_id, is_vendor, row.country, row.currency, row.origin, row.time_zone)


def product(session: Session, viewer: Viewer, product_id: UUID) -> Counted:
    """A good that the viewer may ask about. Raises ProductNotFound."""
    values = {
        "product_id": product_id,
        "business_id": viewer.business_id,
        "is_vendor": viewer.is_vendor,
    }
    row = session.execute(_PRODUCT, values).one_or_none()
    if row is None:
        raise ProductNotFound(f"there is no product {product_id}", product_id=str(product_id))
    return Counted(row.id, row.sku, row.name, row.base_unit)


def asks(
    session: Session, viewer: Viewer, products: Sequence[UUID], moments: Sequence[datetime]
) -> dict[tuple[UUID, datetime], dict[UUID, Decimal]]:
    """What each seller asked for a base unit, by product and moment."""
    found: dict[tuple[UUID, datetime], dict[UUID, Decimal]] = defaultdict(dict)
    values = {
        "products": list(products),
        "moments": list(moments),
        "country": viewer.country,
        "currency": viewer.currency,
        "origin": viewer.origin,
    }
    for row in session.execute(_ASKS, values):
        found[row.product_id, row.moment][row.vendor_id] = row.price
    return found


def market_of(prices: Sequence[Decimal], as_of: datetime) -> Market:
    """The figures of what others ask. Pure."""
    if len(prices) < SELLERS_MIN:
        return Market(as_of, len(prices), None, None)
    rising = sorted(prices)
    average = (sum(rising, Decimal(0)) / len(rising)).quantize(PRICE_STEP, ROUND_HALF_EVEN)
    return Market(as_of, len(rising), average, {percent: quantile(rising, percent) for percent in QUANTILES})


def quantile(rising: Sequence[Decimal], percent: int) -> Decimal:
    """The mean of the two or three asks around a quantile, of at least two sellers. Pure."""
    place = Decimal(len(rising) - 1) * percent / 100
    low, high = math.floor(place), math.ceil(place)
    if low == high:
        # It falls on one ask: with its neighbours it is nobody's.
        low, high = max(0, low - 1), min(len(rising) - 1, high + 1)
    near = rising[low : high + 1]
    return (sum(near, Decimal(0)) / len(near)).quantize(PRICE_STEP, ROUND_HALF_EVEN)


def history(
    session: Session, viewer: Viewer, product_id: UUID, *, days: int, vendor_id: UUID | None
) -> list[Day]:
    """The market of a good at the end of each of the last days (of today: now), and what `vendor_id` asked.

    A vendor sees no other's price: for it `vendor_id` counts as its own.
    """
    return histories(session, viewer, [product_id], days=days, vendor_id=vendor_id)[product_id]


def histories(
    session: Session, viewer: Viewer, products: Sequence[UUID], *, days: int, vendor_id: UUID | None
) -> dict[UUID, list[Day]]:
    """`history` of several goods, asked at once."""
    moments = day_ends(viewer, clock.now(), days)
    shown = [business_day(moment, viewer.time_zone) for moment in moments]
    found = asks(session, viewer, products, moments)
    looked_at = viewer.business_id if viewer.is_vendor else vendor_id
    told: dict[UUID, list[Day]] = {product_id: [] for product_id in products}
    for product_id, past in told.items():
        for day, moment in zip(shown, moments, strict=True):
            asked = found.get((product_id, moment), {})
            others = [
                price
                for seller, price in asked.items()
                if not viewer.is_vendor or seller != viewer.business_id
            ]
            own = asked.get(looked_at) if looked_at is not None else None
            past.append(
                Day(day, market_of(others, moment), own and own.quantize(PRICE_STEP, ROUND_HALF_EVEN))
            )
    return told


def day_ends(viewer: Viewer, now: datetime, days: int) -> list[datetime]:
    """The ends of the last days of the viewer; of the one that is running: now."""
    today = business_day(now, viewer.time_zone)
    shown = [today - timedelta(days=back) for back in reversed(range(days))]
    return [min(now, end_of_day(day, viewer.time_zone)) for day in shown]


def today_of(session: Session, viewer: Viewer, product_id: UUID) -> Day:
    """The market of a good now, and what the viewer itself asks."""
    return todays(session, viewer, [product_id])[product_id]


def todays(session: Session, viewer: Viewer, products: Sequence[UUID]) -> dict[UUID, Day]:
    """`today_of` several goods, asked at once."""
    found = {
        product_id: today
        for product_id, [today] in histories(session, viewer, products, days=1, vendor_id=None).items()
    }
    unpriced = [product_id for product_id, today in found.items() if today.price is None]
    if not unpriced or not viewer.is_vendor:
        return found
    values = {
        "products": unpriced,
        "moments": [clock.now()],
        "country": viewer.country,
        "currency": viewer.currency,
        "origin": viewer.origin,
        "vendor_id": viewer.business_id,
    }
    without_tax: Sequence[UUID] = session.execute(_ASKED_BY, values).scalars().all()
    return found | {product_id: replace(found[product_id], is_without_tax=True) for product_id in without_tax}


def trend_percent(days: Sequence[Day]) -> Decimal | None:
    """By how many percent the market's average moved from the first week of these days to the last; None if unknown."""
    first = [day.market.average for day in days[:WEEK] if day.market.average is not None]
    last = [day.market.average for day in days[-WEEK:] if day.market.average is not None]
    if len(days) < 2 * WEEK or not first or not last:
        return None
    before, after = (sum(week, Decimal(0)) / len(week) for week in (first, last))
    return percent_over(after, before)


def percent_over(price: Decimal, other: Decimal) -> Decimal | None:
    """By how many percent a price lies over another."""
    if not other:
        return None
    return ((price - other) / other * 100).quantize(PERCENT_STEP, ROUND_HALF_EVEN)


def advice_to_vendor(today: Day) -> tuple[Advice, str]:
    """Whether to raise, lower or hold a price, and why. Pure."""
    market, price = today.market, today.price
    if price is None and today.is_without_tax:
        return (
            "unknown",
            "you offer this good at a price without tax, and it is not compared with those that hold it",
        )
    if price is None:
        return "unknown", "you do not offer this good now"
    if market.quantiles is None or market.average is None:
        return "unknown", market.reason
    asked = format_quantity(price)
    low, middle, high = (format_quantity(market.quantiles[at]) for at in (25, 50, 75))
    if price > market.quantiles[75]:
        return (
            "lower",
            f"you ask {asked}, three quarters of {market.sellers} others under {high}; the middle is {middle}",
        )
    if price < market.quantiles[25]:
        return (
            "raise",
            f"you ask {asked}, three quarters of {market.sellers} others over {low}; the middle is {middle}",
        )
    return "hold", f"you ask {asked}, within {low} to {high} of the middle half of {market.sellers} others"

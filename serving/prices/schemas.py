"""Views of what goods cost on the market. Prices are of one base unit, in the caller's currency."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from commerce.pricing.alerts import DAYS_MAX
from serving.pricing.schemas import Percent
from serving.shapes import Payload, QuantityOut, Rupees, UnitPrice, View


class QuantilesOut(View):
    """What the cheaper part of sellers ask at most; each figure is the mean of at least two asks."""

    p10: UnitPrice = Field(examples=["9.8"])
    p25: UnitPrice = Field(examples=["10"])
    p50: UnitPrice = Field(examples=["10.4"])
    p75: UnitPrice = Field(examples=["10.9"])
    p90: UnitPrice = Field(examples=["11.5"])


class MarketOut(View):
    """What others ask for a base unit."""

    as_of: datetime
    sellers: int = Field(description="How many asks are in the figures.", examples=[9])
    average: UnitPrice | None = Field(description="Null with fewer than five sellers.")
    quantiles: QuantilesOut | None
    reason: str = Field(
        description="Why there are no figures; empty where there are.",
        examples=["too few sellers: 3, and 5 are needed"],
    )


class _OfAGood(View):
    product_id: UUID
    sku: str = Field(examples=["SALT-1KG"])
    base_unit: str = Field(examples=["packet"])
    country: str = Field(examples=["NP"])
    currency: str = Field(examples=["NPR"])
    origin: str = Field(examples=["real"])
    method: str = Field(examples=["list price of a base unit, one ask for each seller"])


class MarketAverageOut(_OfAGood):
    """The market of a good now, and the caller's own price."""

    market: MarketOut
    own_price: UnitPrice | None = Field(description="Of a vendor.")
    over_average_percent: Decimal | None = Field(examples=["4.50"])


class PriceDayOut(View):
    """The market at the end of a day (of today: now), and the price of the seller that is looked at."""

    day: date
    market: MarketOut
    price: UnitPrice | None = Field(description="A vendor's own; for a retailer that of `vendor_id`.")


class PriceHistoryOut(_OfAGood):
    """What a good cost, day by day."""

    trend_percent: Decimal | None = Field(
        description="From the average of the first seven days to that of the last seven.", examples=["-2.50"]
    )
    days: list[PriceDayOut]


class SourceOut(View):
    """What one vendor sells the quantity for."""

    vendor_id: UUID
    vendor_name: str | None = Field(examples=["Karnali Traders"])
    product_id: UUID
    unit: str = Field(examples=["carton"])
    quantity: QuantityOut = Field(description="The least from what was asked on that it sells.")
    amount_paisa: Rupees
    landed_unit_price: UnitPrice = Field(description="Of a base unit, with those that come free.")
    availability: str = Field(description="enough, short or not-tracked.", examples=["enough"])
    lead_time_days: int = Field(examples=[2])
    reliability: float | None = Field(
        description="The vendor's score of the last publication, 0 to 100; null where it has none.",
        examples=[87.5],
    )
    steps: list[str] = Field(examples=[["24 packet at the list price of 10.50"]])


class BestPriceOut(_OfAGood):
    """Who sells so much of a good at which price, the cheapest of a base unit first."""

    quantity_in_base: QuantityOut
    as_of: datetime
    sellers: int = Field(examples=[4])
    sources: list[SourceOut]


class RecommendationOut(_OfAGood):
    """What to do about a price, why, and the figures behind it."""

    advice: str = Field(
        description="raise, lower, hold; buy-elsewhere, buy-now, wait, buy-as-needed; or unknown.",
        examples=["lower"],
    )
    reason: str = Field(examples=["you ask 12, three quarters of 9 others under 10.9; the middle is 10.4"])
    market: MarketOut
    own_price: UnitPrice | None
    best: SourceOut | None = Field(description="For a retailer: the cheapest that has the quantity.")


class AlertRuleIn(Payload):
    """When to be told; what is left out or null is off."""

    band_percent: Percent | None = Field(
        None,
        description="A vendor: its price lies so far out of the middle half of the market.",
        examples=["10"],
    )
    above_days: Annotated[int, Field(ge=1, le=DAYS_MAX)] | None = Field(
        None,
        description="A vendor: its price was over the average at the end of so many days.",
        examples=[14],
    )
    rise_percent: Percent | None = Field(
        None,
        description="A retailer: a supplier of the last 90 days asks so much more than 30 days ago.",
        examples=["8"],
    )


class AlertRuleOut(View):
    """When the caller is told; null is off."""

    band_percent: Decimal | None = Field(examples=["10.00"])
    above_days: int | None = Field(examples=[14])
    rise_percent: Decimal | None = Field(examples=["8.00"])


class PriceAlertOut(View):
    """What the caller was told of a price; prices in the facts are of a base unit."""

    id: UUID
    kind: str = Field(description="out-of-band, above-market or supplier-rise.", examples=["supplier-rise"])
    product_id: UUID
    sku: str = Field(examples=["SALT-1KG"])
    name: str = Field(examples=["Iodised salt 1 kg"])
    vendor_id: UUID = Field(description="Who asks the price.")
    facts: dict[str, str] = Field(examples=[{"price": "11", "price_before": "10", "percent": "10"}])
    state: str = Field(examples=["open"])
    raised_at: datetime
    changed_at: datetime


class PriceAlertMoveOut(View):
    """What somebody did about it."""

    state: str = Field(examples=["acknowledged"])
    note: str | None = Field(examples=["asked them why"])
    moved_by: UUID
    moved_at: datetime


class PriceAlertShownOut(PriceAlertOut):
    """An alert with its history."""

    moves: list[PriceAlertMoveOut]


class PriceAlertStateIn(Payload):
    """What an alert shall become."""

    state: Literal["open", "acknowledged", "closed"] = Field(examples=["acknowledged"])
    note: Annotated[str, StringConstraints(max_length=200)] | None = Field(None, examples=["asked them why"])

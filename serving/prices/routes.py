"""What goods cost on the market, and what to do about it: each figure with its sample, its moment and its method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session

from commerce.catalogue import queries as catalogue
from commerce.catalogue.errors import ProductNotFound, UnitNotSold
from commerce.ordering import sourcing
from commerce.ordering.sourcing import Source, Usual
from commerce.parties import service as parties
from commerce.pricing import market
from commerce.pricing.market import Counted, Market, Viewer
from foundation import clock
from foundation.published import NothingPublished, TableNotPublished
from serving.dependencies import Reader, SearchText
from serving.pagination import CursorInvalid, PageAsked, PageRequest
from serving.paths import V1
from serving.prices.schemas import (
    BestPriceOut,
    MarketAverageOut,
    MarketOut,
    PriceDayOut,
    PriceHistoryOut,
    QuantilesOut,
    RecommendationOut,
    SourceOut,
)
from serving.problems import describe, merged
from serving.publications import current_with
from serving.security import GUARDED, Caller, may
from serving.shapes import Page, Quantity

router = APIRouter(prefix=f"{V1}/price-intelligence", tags=["price intelligence"])

Trader = Annotated[Caller, may("prices:read")]
ADVISED_MAX: Final = 20
ProductId = Annotated[UUID, Query(description="The good; the same good of other sellers counts too.")]


@router.get("/history", responses=merged(GUARDED, describe(ProductNotFound)))
def read_price_history(
    product_id: ProductId,
    caller: Trader,
    read: Reader,
    days: Annotated[int, Query(ge=1, le=market.DAYS_MAX)] = 30,
    vendor_id: Annotated[
        UUID | None, Query(description="A retailer: whose price to show. A vendor sees its own always.")
    ] = None,
) -> PriceHistoryOut:
    """What a good cost day by day: the market's figures and one seller's price, of a base unit."""

    def ask(session: Session) -> PriceHistoryOut:
        viewer, good = _asked(session, caller, product_id)
        past = market.history(session, viewer, product_id, days=days, vendor_id=vendor_id)
        return PriceHistoryOut(
            **_of(viewer, good),
            trend_percent=market.trend_percent(past),
            days=[PriceDayOut(day=day.day, market=_market(day.market), price=day.price) for day in past],
        )

    return read(ask)


@router.get("/market-average", responses=merged(GUARDED, describe(ProductNotFound)))
def read_market_average(product_id: ProductId, caller: Trader, read: Reader) -> MarketAverageOut:
    """Average and quantiles of what at least five sellers ask for a base unit; with fewer, how many there are."""

    def ask(session: Session) -> MarketAverageOut:
        viewer, good = _asked(session, caller, product_id)
        today = market.today_of(session, viewer, product_id)
        over = None
        if today.price is not None and today.market.average is not None:
            over = market.percent_over(today.price, today.market.average)
        return MarketAverageOut(
            **_of(viewer, good),
            market=_market(today.market),
            own_price=today.price,
            over_average_percent=over,
        )

    return read(ask)


@router.get("/best-price", responses=merged(GUARDED, describe(ProductNotFound, UnitNotSold)))
def read_best_price(
    product_id: ProductId,
    caller: Annotated[Caller, may("prices:compare")],
    read: Reader,
    quantity: Annotated[Quantity, Query(description="How much is wanted.")],
    unit: Annotated[str | None, Query(max_length=20, description="Left out: the base unit.")] = None,
) -> BestPriceOut:
    """Who sells so much of a good to the caller at which price: tiers, agreed prices and schemes counted, explained."""

    def ask(session: Session) -> BestPriceOut:
        viewer, good = _asked(session, caller, product_id)
        units = catalogue.units_of(session, product_id)
        found = sourcing.best_price(session, viewer, good, quantity=quantity, unit=unit, settlement="credit")
        names = parties.names_of(session, [source.vendor_id for source in found])
        scores = _reliability(found)
        return BestPriceOut(
            **_of(viewer, good),
            quantity_in_base=quantity * units[unit or good.base_unit],
            as_of=clock.now(),
            sellers=len(found),
            sources=[_source(source, names, scores) for source in found],
        )

    return read(ask)


@router.get(
    "/recommendations", responses=merged(GUARDED, describe(ProductNotFound, CursorInvalid, UnitNotSold))
)
def read_recommendations(
    caller: Trader,
    read: Reader,
    asked: PageAsked,
    product_id: Annotated[
        UUID | None,
        Query(
            description="The good; the same good of other sellers counts too. Left out: a page of a retailer's usual "
            "goods, or of what a vendor offers, by `sort`."
        ),
    ] = None,
    quantity: Annotated[
        Quantity, Query(description="A retailer: how much is wanted, in the base unit.")
    ] = Decimal(1),
    category: Annotated[
        SearchText | None, Query(description="Of a page: only goods of this category.")
    ] = None,
    sort: Annotated[
        Literal["usual", "code", "name"],
        Query(
            description="Of a page. `usual`: what a retailer orders most often first, a vendor's goods by code; "
            "`code`: by the good's code; `name`: by its name."
        ),
    ] = "usual",
) -> RecommendationOut | Page[RecommendationOut]:
    """A vendor: raise, lower or hold the price. A retailer: buy elsewhere, now, later. With the reason.

    Without a good, a page of them: at most 20; each seller is asked once for all of them.
    """
    if product_id is not None:

        def ask_one(session: Session) -> RecommendationOut:
            viewer, good = _asked(session, caller, product_id)
            return _advised(session, viewer, [good], quantity)[good.id]

        return read(ask_one)
    page = replace(asked, limit=min(asked.limit, ADVISED_MAX))

    def ask(session: Session) -> Page[RecommendationOut]:
        viewer = market.viewer_of(session, caller.own_business_id, is_vendor=caller.role == "vendor")
        usual = (
            _offered(session, viewer, page, category, "name" if sort == "name" else "sku")
            if viewer.is_vendor
            else sourcing.usual_goods(
                session,
                viewer,
                category=category,
                by=sourcing.USUAL_BY[sort],
                after=page.after,
                limit=page.fetch,
            )
        )
        advised = _advised(session, viewer, [one.good for one in usual[: page.limit]], quantity)
        return page.page(usual, lambda one: advised[one.good.id], key=lambda one: one.key)

    return read(ask)


def _offered(
    session: Session, viewer: Viewer, page: PageRequest, category: str | None, by: Literal["sku", "name"]
) -> list[Usual]:
    rows = catalogue.listed(
        session,
        viewer_id=viewer.business_id,
        own_only=True,
        vendor_id=viewer.business_id,
        now=clock.now(),
        category=category,
        by=by,
        after=page.after,
        limit=page.fetch,
    )
    return [
        Usual(Counted(row["id"], row["sku"], row["name"], row["base_unit"]), tuple(row["sort_key"]))
        for row in rows
    ]


def _advised(
    session: Session, viewer: Viewer, goods: Sequence[Counted], quantity: Decimal
) -> dict[UUID, RecommendationOut]:
    """What to do about each of some goods; the market and each seller are asked once for all of them."""
    if viewer.is_vendor:
        return _advised_vendor(session, viewer, goods)
    wanted = {good.id: quantity for good in goods}
    past = market.histories(session, viewer, list(wanted), days=market.TREND_DAYS, vendor_id=None)
    found = sourcing.best_prices(session, viewer, wanted, settlement="credit")
    best = {
        good_id: next((source for source in sources if source.availability != "short"), None)
        for good_id, sources in found.items()
    }
    ready = [source for source in best.values() if source is not None]
    names = parties.names_of(session, [source.vendor_id for source in ready])
    scores = _reliability(ready)
    told = {}
    for good in goods:
        source = best[good.id]
        supplier = sourcing.supplier_of(session, viewer.business_id, found[good.id])
        advice, reason = sourcing.advice_to_retailer(past[good.id], found[good.id], supplier)
        told[good.id] = RecommendationOut(
            **_of(viewer, good),
            advice=advice,
            reason=reason,
            market=_market(past[good.id][-1].market),
            own_price=None,
            best=None if source is None else _source(source, names, scores),
        )
    return told


def _advised_vendor(
    session: Session, viewer: Viewer, goods: Sequence[Counted]
) -> dict[UUID, RecommendationOut]:
    todays = market.todays(session, viewer, [good.id for good in goods])
    told = {}
    for good in goods:
        advice, reason = market.advice_to_vendor(todays[good.id])
        told[good.id] = RecommendationOut(
            **_of(viewer, good),
            advice=advice,
            reason=reason,
            market=_market(todays[good.id].market),
            own_price=todays[good.id].price,
            best=None,
        )
    return told


def _asked(session: Session, caller: Caller, product_id: UUID) -> tuple[Viewer, Counted]:
    viewer = market.viewer_of(session, caller.own_business_id, is_vendor=caller.role == "vendor")
    return viewer, market.product(session, viewer, product_id)


def _of(viewer: Viewer, good: Counted) -> dict[str, Any]:
    return {
        "product_id": good.id,
        "sku": good.sku,
        "base_unit": good.base_unit,
        "country": viewer.country,
        "currency": viewer.currency,
        "origin": viewer.origin,
        "method": market.METHOD,
    }


def _market(found: Market) -> MarketOut:
    quantiles = found.quantiles
    return MarketOut(
        as_of=found.as_of,
        sellers=found.sellers,
        average=found.average,
        quantiles=QuantilesOut(**{f"p{percent}": price for percent, price in quantiles.items()})
        if quantiles
        else None,
        reason=found.reason,
    )


def _reliability(sources: Sequence[Source]) -> Mapping[UUID, float]:
    """The vendors' scores of the last publication; none before there is one."""
    try:
        publication = current_with("vendor_ranking")
    except (NothingPublished, TableNotPublished):
        return {}
    rows = publication.query(
        "SELECT vendor_id, score FROM vendor_ranking WHERE list_contains($vendors, vendor_id) AND score IS NOT NULL",
        {"vendors": [str(source.vendor_id) for source in sources]},
    ).to_dicts()
    return {UUID(row["vendor_id"]): row["score"] for row in rows}


def _source(source: Source, names: Mapping[UUID, str], scores: Mapping[UUID, float]) -> SourceOut:
    return SourceOut(
        **{**vars(source), "steps": list(source.steps)},
        vendor_name=names.get(source.vendor_id),
        reliability=scores.get(source.vendor_id),
    )

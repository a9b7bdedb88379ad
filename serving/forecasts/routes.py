"""Demand forecasts of the last publication."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query

from foundation.keyset import Order
from foundation.published import NothingPublished, TableNotPublished
from serving.forecasts.schemas import ForecastDayOut
from serving.pagination import CursorInvalid, PageAsked
from serving.paths import V1
from serving.problems import describe, merged
from serving.publications import current_with, page
from serving.security import GUARDED, Caller, may
from serving.shapes import Day, Page

router = APIRouter(prefix=f"{V1}/forecasts", tags=["forecasts"])

_FORECAST = "SELECT * FROM demand_forecast WHERE true"
_FILTERS = {
    "vendor_id": "vendor_id = $vendor_id",
    "product_id": "product_id = $product_id",
    "first": "business_date >= $first",
    "last": "business_date <= $last",
}
_SERIES = (("vendor_id", "VARCHAR"), ("product_id", "VARCHAR"), ("currency", "VARCHAR"))
_DAY = ("business_date", "DATE")
FORECASTS_BY = {"series": Order((*_SERIES, _DAY), mark="$"), "day": Order((_DAY, *_SERIES), mark="$")}


@router.get("", responses=merged(GUARDED, describe(CursorInvalid, NothingPublished, TableNotPublished)))
def list_forecasts(
    caller: Annotated[Caller, may("forecasts:read")],
    asked: PageAsked,
    vendor_id: Annotated[
        UUID | None, Query(description="Only of this vendor; a vendor gets its own.")
    ] = None,
    product_id: Annotated[UUID | None, Query(description="Only of this product.")] = None,
    first: Annotated[Day | None, Query(description="Only for this day or later.")] = None,
    last: Annotated[Day | None, Query(description="Only for this day or earlier.")] = None,
    sort: Annotated[
        Literal["series", "day"],
        Query(description="`series`: by vendor, product and day; `day`: by day, then vendor and product."),
    ] = "series",
) -> Page[ForecastDayOut]:
    """Daily demand with its uncertainty, by `sort`."""
    whose = caller.own_business_id if caller.role == "vendor" else vendor_id
    order = FORECASTS_BY[sort]
    rows = page(
        current_with("demand_forecast"),
        _FORECAST,
        {
            "vendor_id": None if whose is None else str(whose),
            "product_id": None if product_id is None else str(product_id),
            "first": first,
            "last": last,
        },
        filters=_FILTERS,
        by=order,
        after=asked.after,
        limit=asked.fetch,
    )
    return asked.page(
        rows,
        lambda row: ForecastDayOut(**{field: row[field] for field in ForecastDayOut.model_fields}),
        key=order.key,
    )

"""Demand forecasts of the last publication."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from foundation.published import NothingPublished, TableNotPublished
from serving.forecasts.schemas import ForecastDayOut
from serving.pagination import CursorInvalid, PageAsked
from serving.paths import V1
from serving.problems import describe, merged
from serving.publications import current_with
from serving.security import GUARDED, Caller, may
from serving.shapes import Page

router = APIRouter(prefix=f"{V1}/forecasts", tags=["forecasts"])

_FORECAST = """
    SELECT * FROM demand_forecast
    WHERE ($vendor_id IS NULL OR vendor_id = $vendor_id) AND ($product_id IS NULL OR product_id = $product_id)
      AND ($after_day IS NULL OR (vendor_id, product_id, currency, business_date)
           > ($after_vendor, $after_product, $after_currency, CAST($after_day AS DATE)))
    ORDER BY vendor_id, product_id, currency, business_date LIMIT $limit
"""


@router.get("", responses=merged(GUARDED, describe(CursorInvalid, NothingPublished, TableNotPublished)))
def list_forecasts(
    caller: Annotated[Caller, may("forecasts:read")],
    asked: PageAsked,
    vendor_id: Annotated[
        UUID | None, Query(description="Only of this vendor; a vendor gets its own.")
    ] = None,
    product_id: Annotated[UUID | None, Query(description="Only of this product.")] = None,
) -> Page[ForecastDayOut]:
    """Daily demand with its uncertainty, by vendor, product and day."""
    publication = current_with("demand_forecast")
    whose = caller.own_business_id if caller.role == "vendor" else vendor_id
    after_vendor, after_product, after_currency, after_day = asked.after or (None,) * 4
    rows = publication.query(
        _FORECAST,
        {
            "vendor_id": None if whose is None else str(whose),
            "product_id": None if product_id is None else str(product_id),
            "after_vendor": after_vendor,
            "after_product": after_product,
            "after_currency": after_currency,
            "after_day": after_day,
            "limit": asked.fetch,
        },
    ).to_dicts()
    return asked.page(
        rows,
        lambda row: ForecastDayOut(**{field: row[field] for field in ForecastDayOut.model_fields}),
        key=lambda row: (
            row["vendor_id"],
            row["product_id"],
            row["currency"],
            row["business_date"].isoformat(),
        ),
    )

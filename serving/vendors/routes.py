"""Which vendors serve best: the ranking of the last publication."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query

from commerce.parties import service as parties
from foundation.keyset import Order
from foundation.published import NothingPublished, TableNotPublished
from serving.dependencies import Reader, SearchText
from serving.pagination import CursorInvalid, PageAsked
from serving.paths import V1
from serving.problems import describe, merged
from serving.publications import current_with, page
from serving.security import GUARDED, Caller, may
from serving.shapes import CurrencyCode, Origin, Page
from serving.vendors.schemas import RankedVendorOut

router = APIRouter(prefix=f"{V1}/vendors", tags=["vendors"])

UNRANKED = 2**31 - 1
_RANKED = f"""
    SELECT ranking.*, vendor.zone, coalesce(ranking.rank, {UNRANKED}) AS place, -ranking.deliveries AS by_deliveries
    FROM vendor_ranking AS ranking
    LEFT JOIN dim_business AS vendor ON vendor.business_id = ranking.vendor_id
    WHERE true
"""  # noqa: S608 - a constant of this module
_FILTERS = {
    "vendor_id": "ranking.vendor_id = $vendor_id",
    "zone": "vendor.zone = $zone",
    "origin": "ranking.origin = $origin",
    "currency": "ranking.currency = $currency",
}
_MARKET = (("origin", "VARCHAR"), ("currency", "VARCHAR"))
LEADERBOARD_BY = {
    "rank": Order((*_MARKET, ("place", "BIGINT"), ("vendor_id", "VARCHAR")), mark="$"),
    "deliveries": Order((*_MARKET, ("by_deliveries", "BIGINT"), ("vendor_id", "VARCHAR")), mark="$"),
}


@router.get(
    "/leaderboard", responses=merged(GUARDED, describe(CursorInvalid, NothingPublished, TableNotPublished))
)
def read_leaderboard(
    caller: Annotated[Caller, may("market:read")],
    read: Reader,
    asked: PageAsked,
    zone: Annotated[SearchText | None, Query(description="Only vendors of this delivery area.")] = None,
    origin: Annotated[Origin | None, Query(description="Only vendors of this origin.")] = None,
    currency: Annotated[CurrencyCode | None, Query(description="Only what is sold in this currency.")] = None,
    sort: Annotated[
        Literal["rank", "deliveries"],
        Query(description="Within each market, `rank`: the best first; `deliveries`: who made most first."),
    ] = "rank",
) -> Page[RankedVendorOut]:
    """Vendors within their market, by `sort`: those of one origin that sell in one currency.

    A vendor sees its own place only, never a rival's figures.
    """
    order = LEADERBOARD_BY[sort]
    rows = page(
        current_with("vendor_ranking"),
        _RANKED,
        {
            "vendor_id": str(caller.business_id) if caller.role == "vendor" else None,
            "zone": zone,
            "origin": origin,
            "currency": currency,
        },
        filters=_FILTERS,
        by=order,
        after=asked.after,
        limit=asked.fetch,
    )
    vendors = [UUID(row["vendor_id"]) for row in rows]
    names = read(lambda session: parties.names_of(session, vendors))

    def shown(row: dict[str, Any]) -> RankedVendorOut:
        return RankedVendorOut(
            **{field: row[field] for field in RankedVendorOut.model_fields if field != "name"},
            name=names.get(UUID(row["vendor_id"])),
        )

    return asked.page(rows, shown, key=order.key)

"""Which vendors serve best: the ranking of the last publication."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from commerce.parties import service as parties
from foundation.published import NothingPublished, TableNotPublished
from serving.dependencies import Reader, SearchText
from serving.pagination import CursorInvalid, PageAsked
from serving.paths import V1
from serving.problems import describe, merged
from serving.publications import current_with
from serving.security import GUARDED, Caller, may
from serving.shapes import Origin, Page
from serving.vendors.schemas import RankedVendorOut

router = APIRouter(prefix=f"{V1}/vendors", tags=["vendors"])

UNRANKED = 2**31 - 1
_RANKED = f"""
    SELECT ranking.*, vendor.zone, coalesce(ranking.rank, {UNRANKED}) AS place
    FROM vendor_ranking AS ranking
    LEFT JOIN dim_business AS vendor ON vendor.business_id = ranking.vendor_id
    WHERE ($vendor_id IS NULL OR ranking.vendor_id = $vendor_id) AND ($zone IS NULL OR vendor.zone = $zone)
      AND ($origin IS NULL OR ranking.origin = $origin) AND ($currency IS NULL OR ranking.currency = $currency)
      AND ($place IS NULL OR (ranking.origin, ranking.currency, place, ranking.vendor_id)
           > ($after_origin, $after_currency, $place, $after_vendor))
    ORDER BY ranking.origin, ranking.currency, place, ranking.vendor_id LIMIT $limit
"""  # noqa: S608 - a constant of this module


@router.get(
    "/leaderboard", responses=merged(GUARDED, describe(CursorInvalid, NothingPublished, TableNotPublished))
)
def read_leaderboard(
    caller: Annotated[Caller, may("market:read")],
    read: Reader,
    asked: PageAsked,
    zone: Annotated[SearchText | None, Query(description="Only vendors of this delivery area.")] = None,
    origin: Annotated[Origin | None, Query(description="Only vendors of this origin.")] = None,
    currency: Annotated[
        str | None, Query(pattern="^[A-Z]{3}$", description="Only what is sold in this currency.")
    ] = None,
) -> Page[RankedVendorOut]:
    """Vendors by rank within their market: those of one origin that sell in one currency.

    A vendor sees its own place only, never a rival's figures.
    """
    publication = current_with("vendor_ranking")
    after_origin, after_currency, place, after_vendor = asked.after or (None, None, None, None)
    rows = publication.query(
        _RANKED,
        {
            "vendor_id": str(caller.business_id) if caller.role == "vendor" else None,
            "zone": zone,
            "origin": origin,
            "currency": currency,
            "after_origin": after_origin,
            "after_currency": after_currency,
            "place": place,
            "after_vendor": after_vendor,
            "limit": asked.fetch,
        },
    ).to_dicts()
    vendors = [UUID(row["vendor_id"]) for row in rows]
    names = read(lambda session: parties.names_of(session, vendors))

    def shown(row: dict[str, Any]) -> RankedVendorOut:
        return RankedVendorOut(
            **{field: row[field] for field in RankedVendorOut.model_fields if field != "name"},
            name=names.get(UUID(row["vendor_id"])),
        )

    return asked.page(
        rows, shown, key=lambda row: (row["origin"], row["currency"], row["place"], row["vendor_id"])
    )

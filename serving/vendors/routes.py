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
from serving.security import GUARDED, AnyCaller
from serving.shapes import Page
from serving.vendors.schemas import RankedVendorOut

router = APIRouter(prefix=f"{V1}/vendors", tags=["vendors"])

UNRANKED = 2**31 - 1
_RANKED = f"""
    SELECT ranking.*, vendor.zone, vendor.origin, coalesce(ranking.rank, {UNRANKED}) AS place
    FROM vendor_ranking AS ranking
    LEFT JOIN dim_business AS vendor ON vendor.business_id = ranking.vendor_id
    WHERE ($vendor_id IS NULL OR ranking.vendor_id = $vendor_id) AND ($zone IS NULL OR vendor.zone = $zone)
      AND ($place IS NULL OR (place, ranking.vendor_id) > ($place, $after_vendor))
    ORDER BY place, ranking.vendor_id LIMIT $limit
"""  # noqa: S608 - a constant of this module


@router.get(
    "/leaderboard", responses=merged(GUARDED, describe(CursorInvalid, NothingPublished, TableNotPublished))
)
def read_leaderboard(
    caller: AnyCaller,
    read: Reader,
    asked: PageAsked,
    zone: Annotated[SearchText | None, Query(description="Only vendors of this delivery area.")] = None,
) -> Page[RankedVendorOut]:
    """Vendors by rank. A vendor sees its own place only, never a rival's figures."""
    publication = current_with("vendor_ranking")
    place, after_vendor = asked.after or (None, None)
    rows = publication.query(
        _RANKED,
        {
            "vendor_id": str(caller.business_id) if caller.role == "vendor" else None,
            "zone": zone,
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

    return asked.page(rows, shown, key=lambda row: (row["place"], row["vendor_id"]))

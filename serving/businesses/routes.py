"""Who is in the market: names for ids, vendors to buy from, retailers to sell to."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query

from commerce.parties import queries, service
from commerce.parties.errors import BusinessNotFound
from commerce.parties.queries import BusinessFilter
from serving.businesses.schemas import BusinessCardOut
from serving.dependencies import Reader, SearchText
from serving.pagination import CursorInvalid, PageAsked
from serving.paths import V1
from serving.problems import describe, merged
from serving.security import GUARDED, Caller, may
from serving.shapes import Origin, Page

router = APIRouter(prefix=f"{V1}/businesses", tags=["businesses"])


@router.get("", responses=merged(GUARDED, describe(CursorInvalid)))
def list_businesses(
    caller: Annotated[Caller, may("market:read")],
    read: Reader,
    asked: PageAsked,
    side: Annotated[
        Literal["vendor", "retailer"] | None, Query(description="Only who sells, or buys.")
    ] = None,
    zone: Annotated[SearchText | None, Query(description="Only this delivery area.")] = None,
    country: Annotated[Literal["IN", "NP"] | None, Query(description="Only of this country.")] = None,
    origin: Annotated[Origin | None, Query(description="Only of this origin.")] = None,
    search: Annotated[SearchText | None, Query(description="Part of the name.")] = None,
    ids: Annotated[list[UUID] | None, Query(max_length=200, description="Only these.")] = None,
    sort: Annotated[
        Literal["name", "zone", "newest"],
        Query(
            description="`name`: by name; `zone`: by delivery area and name; `newest`: the last to join first."
        ),
    ] = "name",
) -> Page[BusinessCardOut]:
    """Businesses, by `sort`."""
    order = queries.BUSINESSES_BY[sort]
    rows = read(
        lambda session: service.list_businesses(
            session,
            chosen=BusinessFilter(side, zone, country, origin, search, ids),
            by=order,
            after=asked.after,
            limit=asked.fetch,
        )
    )
    return asked.page(rows, BusinessCardOut.model_validate, key=order.key_of)


@router.get("/{business_id}", responses=merged(GUARDED, describe(BusinessNotFound)))
def read_business(
    business_id: UUID, caller: Annotated[Caller, may("market:read")], read: Reader
) -> BusinessCardOut:
    """One business."""
    return BusinessCardOut.model_validate(
        read(lambda session: service.get_business(session, business_id=business_id))
    )

"""Batches on the caller's shelves: all of them, and those that will not be sold much longer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from commerce.stock import queries
from commerce.stock.queries import BatchFilter
from foundation import clock
from foundation.clock import business_day
from serving.dependencies import Reader
from serving.pagination import CursorInvalid, PageAsked
from serving.paths import V1
from serving.problems import describe, merged
from serving.security import GUARDED, Caller, may
from serving.shapes import Day, Page
from serving.stock.schemas import BatchOut

router = APIRouter(prefix=V1, tags=["stock"])

Keeper = Annotated[Caller, may("stock:read")]
BatchSort = Annotated[
    Literal["expiry", "newest", "most"],
    Query(
        description="`expiry`: the first to expire first, those without a day last; `newest`: the last made; `most`: "
        "of which most is left."
    ),
]


@router.get("/stock/batches", responses=merged(GUARDED, describe(CursorInvalid)))
def list_batches(
    caller: Keeper,
    read: Reader,
    asked: PageAsked,
    product_id: Annotated[UUID | None, Query(description="Only of this good.")] = None,
    number: Annotated[
        str | None, Query(pattern=r"^[^\x00]{1,40}$", description="Only with this number of the maker.")
    ] = None,
    expires_before: Annotated[Day | None, Query(description="Only what expires before this day.")] = None,
    is_used_up: Annotated[bool, Query(description="Those of which nothing is left too.")] = False,
    sort: BatchSort = "expiry",
) -> Page[BatchOut]:
    """The batches that lie on the caller's shelves, by `sort`."""
    order = queries.BATCHES_BY[sort]
    chosen = BatchFilter(product_id, number, expires_before, is_used_up)
    rows = read(
        lambda session: queries.batches(
            session,
            caller.own_business_id,
            today=_today(session, caller),
            chosen=chosen,
            by=order,
            after=asked.after,
            limit=asked.fetch,
        )
    )
    return asked.page(rows, BatchOut.model_validate, key=order.key)


@router.get("/products/expiring-soon", responses=merged(GUARDED, describe(CursorInvalid)))
def list_expiring_soon(
    caller: Keeper,
    read: Reader,
    asked: PageAsked,
    days: Annotated[int, Query(ge=0, le=730, description="Within so many days from today.")] = 30,
    product_id: Annotated[UUID | None, Query(description="Only of this good.")] = None,
    sort: BatchSort = "expiry",
) -> Page[BatchOut]:
    """The batches on the caller's shelves that expire within so many days or have expired, by `sort`."""
    order = queries.BATCHES_BY[sort]

    def ask(session: Session) -> Sequence[RowMapping]:
        today = _today(session, caller)
        return queries.batches(
            session,
            caller.own_business_id,
            today=today,
            chosen=BatchFilter(product_id, expires_before=today + timedelta(days=days + 1)),
            by=order,
            after=asked.after,
            limit=asked.fetch,
        )

    return asked.page(read(ask), BatchOut.model_validate, key=order.key)


def _today(session: Session, caller: Caller) -> date:
    return business_day(clock.now(), queries.time_zone_of(session, caller.own_business_id))

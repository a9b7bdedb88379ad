"""What lies on the caller's shelves: levels, movements, adjustments, opening stock, what runs low."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime
from sqlalchemy.orm import Session

from commerce.catalogue.errors import ProductNotFound
from commerce.stock import adjusting, openings, queries
from commerce.stock.errors import BatchNotFound, StockAdjustmentInvalid, StockNotKept
from commerce.stock.queries import LevelFilter, MovementFilter
from foundation.sheets import SheetInvalid
from serving.dependencies import KEYED, IdempotencyKey, Read, Reader, SearchText, Writer
from serving.pagination import CursorInvalid, PageAsked, PageRequest
from serving.paths import V1
from serving.problems import describe, merged
from serving.security import GUARDED, Caller, may
from serving.shapes import Page
from serving.stock.routes import check_usable
from serving.stock.schemas import (
    AdjustedLineOut,
    AdjustmentIn,
    AdjustmentOut,
    FaultOut,
    LevelOut,
    MovementOut,
    OpeningStockIn,
    OpeningStockOut,
    ThresholdIn,
)

router = APIRouter(prefix=V1, tags=["stock"])

Keeper = Annotated[Caller, may("stock:read")]
Shelver = Annotated[Caller, may("stock:write")]
Category = Annotated[SearchText | None, Query(description="Only goods of this category.")]
Words = Annotated[SearchText | None, Query(description="Part of the code or the name.")]
LevelSort = Annotated[
    Literal["product", "code", "name", "free"],
    Query(
        description="`product`: by product id; `code`: by the good's code; `name`: by its name; `free`: the least that "
        "is free first."
    ),
]


@router.get("/stock/levels", responses=merged(GUARDED, describe(CursorInvalid)))
def list_levels(
    caller: Keeper,
    read: Reader,
    asked: PageAsked,
    product_id: Annotated[UUID | None, Query(description="Only this good.")] = None,
    category: Category = None,
    q: Words = None,
    sort: LevelSort = "product",
) -> Page[LevelOut]:
    """What lies on the caller's shelf of each tracked good, what of it is promised, expired, free; by `sort`."""
    return _levels(caller, read, asked, LevelFilter(product_id, category, q), sort)


@router.get("/products/low-stock", responses=merged(GUARDED, describe(CursorInvalid)))
def list_low_stock(
    caller: Keeper,
    read: Reader,
    asked: PageAsked,
    category: Category = None,
    q: Words = None,
    sort: LevelSort = "product",
) -> Page[LevelOut]:
    """The caller's goods of which less than their threshold may be sold, by `sort`."""
    return _levels(caller, read, asked, LevelFilter(None, category, q, is_low=True), sort)


def _levels(caller: Caller, read: Read, asked: PageRequest, chosen: LevelFilter, sort: str) -> Page[LevelOut]:
    order = queries.LEVELS_BY[sort]
    rows = read(
        lambda session: queries.levels(
            session, caller.own_business_id, chosen=chosen, by=order, after=asked.after, limit=asked.fetch
        )
    )
    return asked.page(rows, lambda row: LevelOut(**row), key=order.key)


@router.put(
    "/stock/levels/{product_id}/threshold",
    responses=merged(GUARDED, describe(StockNotKept, StockAdjustmentInvalid)),
)
def set_threshold(
    product_id: UUID, wanted: ThresholdIn, caller: Shelver, write: Writer, read: Reader
) -> LevelOut:
    """Say how little of a good is too little, from now on; null ends it."""
    business_id = caller.own_business_id
    write(
        lambda session: adjusting.set_threshold(
            session,
            business_id=business_id,
            product_id=product_id,
            quantity=wanted.quantity,
            actor_id=caller.user_id,
        )
    )
    rows = read(lambda session: queries.levels(session, business_id, chosen=LevelFilter(product_id), limit=1))
    return LevelOut(**rows[0])


@router.get("/stock/movements", responses=merged(GUARDED, describe(CursorInvalid)))
def list_movements(
    caller: Keeper,
    read: Reader,
    asked: PageAsked,
    product_id: Annotated[UUID | None, Query(description="Only of this good.")] = None,
    batch_id: Annotated[UUID | None, Query(description="Only of this batch.")] = None,
    kind: Annotated[
        Literal["opening", "receipt", "delivery", "return", "adjustment"] | None,
        Query(description="Only what came or went by this."),
    ] = None,
    reason: Annotated[
        Literal["damaged", "expired", "lost", "own_use", "found", "counted"] | None,
        Query(description="Only adjustments for this reason."),
    ] = None,
    since: Annotated[AwareDatetime | None, Query(description="From this moment on.")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Before this moment.")] = None,
    sort: Annotated[
        Literal["newest", "oldest"],
        Query(description="`newest`: what moved last first; `oldest`: what moved first."),
    ] = "newest",
) -> Page[MovementOut]:
    """What came onto the caller's shelf and went, by `sort`; `source_id` is the receipt, delivery or adjustment."""
    order = queries.MOVEMENTS_BY[sort]
    chosen = MovementFilter(product_id, batch_id, kind, reason, since, until)
    rows = read(
        lambda session: queries.movements(
            session, caller.own_business_id, chosen=chosen, by=order, after=asked.after, limit=asked.fetch
        )
    )
    return asked.page(rows, lambda row: MovementOut(**row), key=order.key)


@router.post(
    "/stock/adjustments",
    status_code=HTTPStatus.CREATED,
    responses=merged(GUARDED, KEYED, describe(ProductNotFound, BatchNotFound, StockAdjustmentInvalid)),
)
def adjust_stock(
    adjustment: AdjustmentIn, caller: Shelver, request: IdempotencyKey, write: Writer, read: Reader
) -> AdjustmentOut:
    """Take out what broke, expired, was lost or used, put in what was found, or set what was counted."""
    lines = [
        adjusting.Line(line.product_id, line.quantity, line.batch, line.expires_on)
        for line in adjustment.lines
    ]

    def adjust(session: Session) -> UUID:
        check_usable(session, caller.own_business_id, {line.product_id for line in lines})
        return adjusting.adjust(
            session,
            business_id=caller.own_business_id,
            reason=adjustment.reason,
            lines=lines,
            request=request,
        )

    adjustment_id = write(adjust)
    rows = read(lambda session: queries.adjustment(session, caller.own_business_id, adjustment_id))
    return AdjustmentOut(
        id=adjustment_id, reason=adjustment.reason, lines=[AdjustedLineOut(**row) for row in rows]
    )


@router.post("/stock/openings", responses=merged(GUARDED, describe(SheetInvalid, StockAdjustmentInvalid)))
def take_opening_stock_in(wanted: OpeningStockIn, caller: Shelver, write: Writer) -> OpeningStockOut:
    """Take in from a sheet what lay on the shelves before, whole or not at all; a file comes in once."""
    reading = write(
        lambda session: openings.take_in(
            session,
            business_id=caller.own_business_id,
            content=wanted.sheet,
            is_preview=wanted.is_preview,
        )
    )
    return OpeningStockOut(
        receipt_id=reading.receipt_id,
        lines=len(reading.lines),
        faults=[FaultOut.model_validate(fault) for fault in reading.faults],
    )

"""What the caller received of its vendors, and gave back to them."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session

from commerce.receiving import queries
from commerce.receiving.errors import GoodsReceiptNotFound
from commerce.receiving.queries import ReceiptFilter
from serving.dependencies import Reader
from serving.pagination import CursorInvalid, PageAsked
from serving.paths import V1
from serving.problems import describe, merged
from serving.receiving.schemas import GoodsReceiptLineOut, GoodsReceiptOut, GoodsReceiptRowOut
from serving.security import GUARDED, Caller, may
from serving.shapes import Day, Page

router = APIRouter(prefix=f"{V1}/goods-receipts", tags=["stock"])

Keeper = Annotated[Caller, may("stock:read")]


@router.get("", responses=merged(GUARDED, describe(CursorInvalid)))
def list_goods_receipts(
    caller: Keeper,
    read: Reader,
    asked: PageAsked,
    kind: Annotated[
        Literal["receipt", "return"] | None, Query(description="Only what came, or went back.")
    ] = None,
    vendor_id: Annotated[UUID | None, Query(description="Only of this vendor.")] = None,
    product_id: Annotated[UUID | None, Query(description="Only with this good.")] = None,
    first: Annotated[Day | None, Query(description="Dated this day or later.")] = None,
    last: Annotated[Day | None, Query(description="Dated this day or earlier.")] = None,
    sort: Annotated[
        Literal["newest", "oldest"],
        Query(description="`newest`: what came last first; `oldest`: what came first."),
    ] = "newest",
) -> Page[GoodsReceiptRowOut]:
    """What the caller received with deliveries and gave back with returns, by `sort`."""
    order = queries.RECEIPTS_BY[sort]
    rows = read(
        lambda session: queries.receipts(
            session,
            caller.own_business_id,
            chosen=ReceiptFilter(kind, vendor_id, product_id, first, last),
            by=order,
            after=asked.after,
            limit=asked.fetch,
        )
    )
    return asked.page(rows, GoodsReceiptRowOut.model_validate, key=order.key)


@router.get("/{receipt_id}", responses=merged(GUARDED, describe(GoodsReceiptNotFound)))
def read_goods_receipt(receipt_id: UUID, caller: Keeper, read: Reader) -> GoodsReceiptOut:
    """One receipt: by line what the vendor counted, what that is on the shelf, what one cost, and the batches."""

    def ask(session: Session) -> GoodsReceiptOut:
        head = queries.receipt(session, caller.own_business_id, receipt_id)
        lines = queries.lines_of(session, receipt_id)
        return GoodsReceiptOut(**head, lines=[GoodsReceiptLineOut(**line) for line in lines])

    return read(ask)

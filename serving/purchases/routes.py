"""Goods that a shop buys beside orders."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session

from commerce.catalogue.errors import ProductNotFound, UnitNotSold
from commerce.ledger.errors import EntryDayInvalid, EntryReversed
from commerce.purchases import queries, service, suppliers
from commerce.purchases.errors import StockInInvalid, StockInNotFound, SupplierErased, SupplierNotFound
from commerce.purchases.queries import StockInFilter
from commerce.purchases.service import Line
from commerce.purchases.suppliers import Named
from commerce.stock.errors import StockAdjustmentInvalid
from serving.dependencies import KEYED, IdempotencyKey, Read, Reader, Writer
from serving.expenses.schemas import UndoneIn
from serving.pagination import CursorInvalid, PageAsked
from serving.paths import V1
from serving.problems import describe, merged
from serving.purchases.schemas import MissingOut, PaidBy, StockInIn, StockInLineOut, StockInOut, StockInRowOut
from serving.security import GUARDED, Caller, may
from serving.shapes import Day, Page

router = APIRouter(prefix=f"{V1}/stock-ins", tags=["till"])

Seer = Annotated[Caller, may("purchases:read")]


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses=merged(
        GUARDED,
        KEYED,
        describe(
            StockInInvalid,
            ProductNotFound,
            UnitNotSold,
            SupplierNotFound,
            SupplierErased,
            StockAdjustmentInvalid,
            EntryDayInvalid,
        ),
    ),
)
def take_stock_in(
    came: StockInIn,
    caller: Annotated[Caller, may("purchases:write")],
    request: IdempotencyKey,
    write: Writer,
    read: Reader,
) -> StockInOut:
    """Take goods in that came beside an order: onto the shelf and into the book, paid at once or owed."""
    named = None if came.supplier is None else Named(**came.supplier.model_dump())
    stock_in_id = write(
        lambda session: service.take_in(
            session,
            business_id=caller.own_business_id,
            lines=[Line(**line.model_dump()) for line in came.lines],
            paid_by=came.paid_by,
            supplier=came.supplier_id or named,
            invoice_number=came.invoice_number,
            document_date=came.document_date,
            reference=came.reference,
            actor_id=caller.user_id,
            request=request,
        )
    )
    return _stock_in(read, caller, stock_in_id)


@router.get("", responses=merged(GUARDED, describe(CursorInvalid)))
def list_stock_ins(
    caller: Seer,
    read: Reader,
    asked: PageAsked,
    sort: Annotated[
        Literal["newest", "oldest", "day"],
        Query(description="`newest`: written last; `oldest`: first; `day`: of the latest day first."),
    ] = "newest",
    supplier_id: Annotated[UUID | None, Query(description="Only of this supplier.")] = None,
    product_id: Annotated[UUID | None, Query(description="Only with this good.")] = None,
    paid_by: Annotated[PaidBy | None, Query(description="Only paid so, or owed.")] = None,
    first: Annotated[Day | None, Query(description="Of this day or later.")] = None,
    last: Annotated[Day | None, Query(description="Of this day or earlier.")] = None,
    is_standing: Annotated[
        bool | None, Query(description="What is not undone, or what is and what undid it.")
    ] = None,
) -> Page[StockInRowOut]:
    """What came beside orders, and what undid some of it."""
    order = queries.STOCK_INS_BY[sort]
    chosen = StockInFilter(supplier_id, product_id, paid_by, first, last, is_standing)

    def ask(session: Session) -> Page[StockInRowOut]:
        rows = queries.stock_ins(
            session, caller.own_business_id, chosen=chosen, by=order, after=asked.after, limit=asked.fetch
        )
        whose = [row["supplier_id"] for row in rows if row["supplier_id"] is not None]
        names = suppliers.names_of(session, business_id=caller.own_business_id, suppliers=whose)
        return asked.page(rows, lambda row: StockInRowOut(**StockInRowOut.facts(row, names)), key=order.key)

    return read(ask)


@router.get("/{stock_in_id}", responses=merged(GUARDED, describe(StockInNotFound)))
def read_stock_in(stock_in_id: UUID, caller: Seer, read: Reader) -> StockInOut:
    """One stock-in with its lines, or what undid one."""
    return _stock_in(read, caller, stock_in_id)


@router.post(
    "/{stock_in_id}/reversal",
    status_code=HTTPStatus.CREATED,
    responses=merged(
        GUARDED, KEYED, describe(StockInNotFound, EntryReversed, EntryDayInvalid, SupplierErased)
    ),
)
def reverse_stock_in(
    stock_in_id: UUID,
    undone: UndoneIn,
    caller: Annotated[Caller, may("purchases:undo")],
    request: IdempotencyKey,
    write: Writer,
    read: Reader,
) -> StockInOut:
    """Undo a stock-in: the contrary in the book, its goods off the shelf as far as they lie there."""
    reversal_id = write(
        lambda session: service.reverse_stock_in(
            session,
            business_id=caller.own_business_id,
            stock_in_id=stock_in_id,
            entered_on=undone.entered_on,
            actor_id=caller.user_id,
            request=request,
        )
    )
    return _stock_in(read, caller, reversal_id)


def _stock_in(read: Read, caller: Caller, stock_in_id: UUID) -> StockInOut:
    def ask(session: Session) -> StockInOut:
        row = queries.stock_in(session, caller.own_business_id, stock_in_id)
        if row is None:
            raise StockInNotFound(stock_in_id)
        whose = [] if row["supplier_id"] is None else [row["supplier_id"]]
        names = suppliers.names_of(session, business_id=caller.own_business_id, suppliers=whose)
        return StockInOut(
            **StockInOut.facts(row, names),
            lines=[StockInLineOut(**line) for line in queries.lines_of(session, stock_in_id)],
            missing=[MissingOut(**good) for good in queries.missing(session, stock_in_id)],
        )

    return read(ask)

"""Back-orders: what a vendor could not accept of an order, until the goods come."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy.orm import Session

from commerce.credit.errors import CreditLimitExceeded, CreditStopped
from commerce.ordering import queries, service
from commerce.ordering.errors import QuoteNotFound, QuoteOver
from commerce.ordering.queries import BackOrderFilter
from commerce.stock.errors import OutOfStock
from foundation import clock
from serving.dependencies import Reader, Writer
from serving.orders.reading import whole_order
from serving.orders.routes import actor_of
from serving.orders.schemas import OrderOut
from serving.pagination import CursorInvalid, PageAsked
from serving.paths import V1
from serving.problems import describe, merged
from serving.quotes.schemas import BackOrderOut, kept_lines_out
from serving.security import GUARDED, Caller, may
from serving.shapes import Page

router = APIRouter(prefix=f"{V1}/back-orders", tags=["orders"])


@router.get("", responses=merged(GUARDED, describe(CursorInvalid)))
def list_back_orders(
    caller: Annotated[Caller, may("orders:change")],
    read: Reader,
    asked: PageAsked,
    state: Annotated[
        Literal["waiting", "filled", "ended"] | None,
        Query(description="Only what waits, was ordered when its goods had come, or waited in vain."),
    ] = None,
    counterparty_id: Annotated[UUID | None, Query(description="Only with this business.")] = None,
    product_id: Annotated[UUID | None, Query(description="Only what waits for this good.")] = None,
    sort: Annotated[
        Literal["newest", "oldest"],
        Query(description="`newest`: the last made first; `oldest`: what has waited longest first."),
    ] = "newest",
) -> Page[BackOrderOut]:
    """What waits for goods or waited, by `sort`."""
    order = queries.BACK_ORDERS_BY[sort]

    def ask(session: Session) -> list[BackOrderOut]:
        of_side = (
            queries.back_orders_as_retailer if caller.role == "retailer" else queries.back_orders_as_vendor
        )
        rows = of_side(
            session,
            caller.own_business_id,
            clock.now(),
            chosen=BackOrderFilter(state, counterparty_id, product_id),
            by=order,
            after=asked.after,
            limit=asked.fetch,
        )
        lines = queries.kept_lines_of(session, [row["id"] for row in rows])
        return [BackOrderOut(**row, **kept_lines_out(lines.get(row["id"], []))) for row in rows]

    return asked.page(read(ask), lambda row: row, key=order.key_of)


@router.post(
    "/{back_order_id}/fill",
    status_code=HTTPStatus.CREATED,
    responses=merged(
        GUARDED, describe(QuoteNotFound, QuoteOver, CreditLimitExceeded, CreditStopped, OutOfStock)
    ),
)
def fill_back_order(
    back_order_id: UUID,
    caller: Annotated[Caller, may("orders:decide")],
    write: Writer,
    read: Reader,
    response: Response,
) -> OrderOut:
    """Place the order that waits, now that its goods are there, and take it on. The worker does it too."""
    waiting = read(
        lambda session: queries.kept_quote(session, back_order_id, vendor_id=caller.own_business_id)
    )
    order_id = write(
        lambda session: service.fill_back_order(session, back_order_id=back_order_id, actor=actor_of(caller)),
        counterparty=waiting["retailer_id"],
    )
    response.headers["Location"] = f"{V1}/orders/{order_id}"
    return read(lambda session: whole_order(session, order_id, caller))


@router.delete(
    "/{back_order_id}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=merged(GUARDED, describe(QuoteNotFound, QuoteOver)),
)
def end_back_order(
    back_order_id: UUID, caller: Annotated[Caller, may("orders:change")], write: Writer
) -> None:
    """Wait no longer; either side may say so."""
    write(
        lambda session: service.end_back_order(
            session, back_order_id=back_order_id, business_id=caller.own_business_id
        )
    )

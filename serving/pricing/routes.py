"""Schemes, which the whole market sees, and prices agreed with one customer, which nobody else does."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from commerce.catalogue.errors import ProductNotFound, UnitNotSold
from commerce.parties.errors import BusinessNotFound
from commerce.pricing import queries, service
from commerce.pricing.errors import CustomerPriceInvalid, SchemeInvalid, SchemeNotFound
from commerce.pricing.prices import Slab
from commerce.pricing.queries import CustomerPriceFilter, SchemeFilter
from foundation import clock
from serving.dependencies import Reader, Writer
from serving.pagination import CursorInvalid, PageAsked
from serving.paths import V1
from serving.pricing.schemas import CreatedOut, CustomerPriceIn, CustomerPriceOut, SchemeIn, SchemeOut
from serving.problems import describe, merged
from serving.security import GUARDED, Caller, may
from serving.shapes import Page

router = APIRouter(prefix=V1, tags=["pricing"])


@router.get("/schemes", responses=merged(GUARDED, describe(CursorInvalid)))
def list_schemes(
    caller: Annotated[Caller, may("catalogue:read")],
    read: Reader,
    asked: PageAsked,
    vendor_id: Annotated[UUID | None, Query(description="Whose; a vendor sees its own alone.")] = None,
    product_id: Annotated[
        UUID | None, Query(description="Only what counts for this good: its own, and those of all goods.")
    ] = None,
    kind: Annotated[
        Literal["free_goods", "percent", "amount", "cash_discount"] | None,
        Query(description="Only of this kind."),
    ] = None,
    at: Annotated[
        AwareDatetime | None,
        Query(description="In force at this moment; left out: now. What is to come is for its vendor alone."),
    ] = None,
    sort: Annotated[
        Literal["code", "newest"], Query(description="`code`: by code; `newest`: the last to begin first.")
    ] = "code",
) -> Page[SchemeOut]:
    """A vendor's schemes in force, by `sort`."""
    is_rivals = caller.role == "vendor" and vendor_id not in (None, caller.business_id)
    of = None if is_rivals else vendor_id or caller.business_id
    order = queries.SCHEMES_BY[sort]

    def ask(session: Session) -> Sequence[RowMapping]:
        now = clock.now()
        if of is None:
            return []
        return queries.listed_schemes(
            session,
            of,
            now if at is None or (at > now and of != caller.business_id) else at,
            chosen=SchemeFilter(product_id, kind),
            by=order,
            after=asked.after,
            limit=asked.fetch,
        )

    return asked.page(
        read(ask),
        lambda row: SchemeOut(**{name: row[name] for name in SchemeOut.model_fields}),
        key=order.key,
    )


@router.post(
    "/schemes",
    status_code=HTTPStatus.CREATED,
    responses=merged(GUARDED, describe(SchemeInvalid, ProductNotFound, UnitNotSold)),
)
def set_scheme(scheme: SchemeIn, caller: Annotated[Caller, may("offers:write")], write: Writer) -> CreatedOut:
    """Set a scheme from now or a day to come, in place of the one of the same code."""
    vendor_id = caller.own_business_id
    facts = scheme.model_dump(exclude={"free_goods", "slabs", "cash_discount"})
    terms = _terms(scheme)
    return CreatedOut(
        id=write(lambda session: service.set_scheme(session, vendor_id=vendor_id, terms=terms, **facts))
    )


@router.post(
    "/schemes/{code}/end",
    status_code=HTTPStatus.NO_CONTENT,
    responses=merged(GUARDED, describe(SchemeNotFound)),
)
def end_scheme(
    code: Annotated[str, Path(max_length=40, examples=["DASHAIN-10-1"])],
    caller: Annotated[Caller, may("offers:write")],
    write: Writer,
) -> None:
    """End a scheme now; what was ordered under it stands."""
    write(lambda session: service.end_scheme(session, vendor_id=caller.own_business_id, code=code))


@router.get("/customer-prices", responses=merged(GUARDED, describe(CursorInvalid)))
def list_customer_prices(
    caller: Annotated[Caller, may("offers:write")],
    read: Reader,
    asked: PageAsked,
    retailer_id: Annotated[UUID | None, Query(description="Only of this customer.")] = None,
    product_id: Annotated[UUID | None, Query(description="Only on this good.")] = None,
    at: Annotated[AwareDatetime | None, Query(description="In force at this moment; left out: now.")] = None,
    sort: Annotated[
        Literal["oldest", "newest", "customer"],
        Query(
            description="`oldest`: what was agreed first; `newest`: what was agreed last; `customer`: by the "
            "customer's id."
        ),
    ] = "oldest",
) -> Page[CustomerPriceOut]:
    """What the caller has agreed with its customers and is in force, by `sort`."""
    order = queries.CUSTOMER_PRICES_BY[sort]
    rows = read(
        lambda session: queries.customer_prices(
            session,
            caller.own_business_id,
            at or clock.now(),
            chosen=CustomerPriceFilter(retailer_id, product_id),
            by=order,
            after=asked.after,
            limit=asked.fetch,
        )
    )
    return asked.page(
        rows,
        lambda row: CustomerPriceOut(**{name: row[name] for name in CustomerPriceOut.model_fields}),
        key=order.key,
    )


@router.post(
    "/customer-prices",
    status_code=HTTPStatus.CREATED,
    responses=merged(GUARDED, describe(CustomerPriceInvalid, BusinessNotFound, ProductNotFound, UnitNotSold)),
)
def set_customer_price(
    price: CustomerPriceIn, caller: Annotated[Caller, may("offers:write")], write: Writer
) -> CreatedOut:
    """Agree with one customer on a price or a percentage off, in place of what held before."""
    return CreatedOut(
        id=write(
            lambda session: service.set_customer_price(
                session, vendor_id=caller.own_business_id, actor_id=caller.user_id, **price.model_dump()
            )
        )
    )


def _terms(scheme: SchemeIn) -> service.FreeGoods | service.Slabs | service.CashDiscount:
    if scheme.free_goods is not None:
        return service.FreeGoods(**scheme.free_goods.model_dump())
    if scheme.cash_discount is not None:
        return service.CashDiscount(**scheme.cash_discount.model_dump())
    assert scheme.slabs is not None  # the payload has the terms of its kind
    return service.Slabs(scheme.slabs.basis, [Slab(slab.begins_at, slab.off) for slab in scheme.slabs.slabs])

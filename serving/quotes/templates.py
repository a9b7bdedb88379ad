"""Baskets with a name, quoted at the prices of the day."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session

from commerce.credit.errors import CurrencyMismatch
from commerce.ordering import service, templates
from commerce.ordering.errors import (
    OrderInvalid,
    OrderTooSmall,
    PartyNotFound,
    ProductUnavailable,
    QuantityInvalid,
    TemplateNotFound,
)
from commerce.ordering.service import Wish
from commerce.tax.errors import PlaceOfSupplyUnknown, TaxRateUnknown
from serving.dependencies import Reader, Writer
from serving.pagination import CursorInvalid, PageAsked
from serving.paths import V1
from serving.problems import describe, merged
from serving.quotes.routes import kept
from serving.quotes.schemas import AgainOut, TemplateIn, TemplateOut, again_line_out
from serving.security import GUARDED, Caller, may
from serving.shapes import Page

router = APIRouter(prefix=f"{V1}/order-templates", tags=["orders"])


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses=merged(GUARDED, describe(PartyNotFound, OrderInvalid, QuantityInvalid)),
)
def keep_template(
    basket: TemplateIn, caller: Annotated[Caller, may("orders:place")], write: Writer, read: Reader
) -> TemplateOut:
    """Keep a basket under its name, for the next time."""
    template_id = write(
        lambda session: service.keep_template(
            session,
            retailer_id=caller.own_business_id,
            vendor_id=basket.vendor_id,
            name=basket.name,
            wishes=[Wish(line.product_id, line.quantity, line.unit) for line in basket.lines],
            settlement=basket.settlement,
            actor_id=caller.user_id,
        ),
        counterparty=basket.vendor_id,
    )
    return read(
        lambda session: TemplateOut.model_validate(
            service.template_of(session, retailer_id=caller.own_business_id, template_id=template_id)
        )
    )


@router.get("", responses=merged(GUARDED, describe(CursorInvalid)))
def list_templates(
    caller: Annotated[Caller, may("orders:place")],
    read: Reader,
    asked: PageAsked,
    vendor_id: Annotated[UUID | None, Query(description="Only for this vendor.")] = None,
    sort: Annotated[
        Literal["name", "newest"], Query(description="`name`: by name; `newest`: the last kept first.")
    ] = "name",
) -> Page[TemplateOut]:
    """Your baskets, by `sort`."""
    order = templates.TEMPLATES_BY[sort]

    def ask(session: Session) -> list[TemplateOut]:
        found = service.templates_of(
            session,
            caller.own_business_id,
            vendor_id=vendor_id,
            by=order,
            after=asked.after,
            limit=asked.fetch,
        )
        return [TemplateOut.model_validate(one) for one in found]

    return asked.page(read(ask), lambda row: row, key=order.key_of)


@router.delete(
    "/{template_id}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=merged(GUARDED, describe(TemplateNotFound)),
)
def drop_template(template_id: UUID, caller: Annotated[Caller, may("orders:place")], write: Writer) -> None:
    """Forget a basket."""
    write(
        lambda session: service.drop_template(
            session, retailer_id=caller.own_business_id, template_id=template_id
        )
    )


@router.post(
    "/{template_id}/quote",
    status_code=HTTPStatus.CREATED,
    responses=merged(
        GUARDED,
        describe(
            TemplateNotFound,
            CurrencyMismatch,
            OrderInvalid,
            ProductUnavailable,
            TaxRateUnknown,
            PlaceOfSupplyUnknown,
            OrderTooSmall,
        ),
    ),
)
def quote_template(
    template_id: UUID, caller: Annotated[Caller, may("orders:place")], write: Writer, read: Reader
) -> AgainOut:
    """A kept quote of what is to be had of a basket now, to place with one more call."""
    retailer_id = caller.own_business_id
    vendor_id = read(
        lambda session: (
            service.template_of(session, retailer_id=retailer_id, template_id=template_id).vendor_id
        )
    )
    again = write(
        lambda session: service.quote_template(
            session, retailer_id=retailer_id, template_id=template_id, actor_id=caller.user_id
        ),
        counterparty=vendor_id,
    )
    return AgainOut(
        quote=kept(read, again.kept.id, caller), lines=[again_line_out(line) for line in again.lines]
    )

"""The catalogue: what there is, who sells it at what price, and a vendor's own terms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from http import HTTPStatus
from itertools import chain, groupby
from operator import itemgetter
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from sqlalchemy.orm import Session

from commerce.catalogue import queries, service
from commerce.catalogue.errors import (
    OfferInvalid,
    ProductExists,
    ProductInvalid,
    ProductNotFound,
    UnitNotSold,
    UnitUnknown,
)
from commerce.catalogue.offers import Tier
from commerce.parties import service as parties
from commerce.parties.models import Business
from commerce.tax import service as tax
from commerce.tax.errors import TaxRateUnknown
from foundation import clock
from foundation.errors import VersionMismatch
from serving.dependencies import VERSION, IfMatch, Read, Reader, SearchText, Writer
from serving.pagination import CursorInvalid, PageAsked
from serving.paths import V1
from serving.problems import CONDITIONAL, describe, merged
from serving.products.schemas import (
    OfferCreatedOut,
    OfferIn,
    OfferOut,
    ProductChangesIn,
    ProductCreatedOut,
    ProductIn,
    ProductOut,
)
from serving.security import GUARDED, Caller, may
from serving.shapes import Page, WarningOut

router = APIRouter(prefix=f"{V1}/products", tags=["products"])


@router.get("", responses=merged(GUARDED, describe(CursorInvalid)))
def list_products(
    caller: Annotated[Caller, may("catalogue:read")],
    read: Reader,
    asked: PageAsked,
    q: Annotated[
        SearchText | None,
        Query(
            description="Code, barcode or name, in Devanagari or Roman letters, as it sounds; closest first."
        ),
    ] = None,
    category: Annotated[SearchText | None, Query(description="Only this category.")] = None,
    vendor_id: Annotated[UUID | None, Query(description="Only what this vendor sells now.")] = None,
    sort: Annotated[
        Literal["code", "name"],
        Query(description="`code`: by code; `name`: by name. With `q` the closest come first in any case."),
    ] = "code",
) -> Page[ProductOut]:
    """Products with their offers, by `sort` or the closest to `q`. A vendor sees its own offers, never a rival's."""
    rows = read(
        lambda session: queries.listed(
            session,
            viewer_id=caller.business_id,
            now=clock.now(),
            own_only=caller.role == "vendor",
            vendor_id=vendor_id,
            search=q,
            category=category,
            by="name" if sort == "name" else "sku",
            after=asked.after,
            limit=asked.fetch,
        )
    )
    products = [list(group) for _, group in groupby(rows, key=itemgetter("id"))]
    return asked.page(
        products,
        lambda product: _shown(product, caller),
        key=lambda product: tuple(product[0]["sort_key"]),
    )


@router.get("/{product_id}", responses=merged(GUARDED, describe(ProductNotFound)))
def read_product(
    product_id: UUID, caller: Annotated[Caller, may("catalogue:read")], read: Reader, request: Request
) -> ProductOut:
    """One product with its offers, also when it is no longer active."""
    product = _product(read, product_id, caller)
    request.scope[VERSION] = product.version
    return product


@router.patch(
    "/{product_id}",
    responses=merged(GUARDED, CONDITIONAL, describe(ProductNotFound, ProductInvalid, VersionMismatch)),
)
def change_product(
    product_id: UUID,
    changes: ProductChangesIn,
    caller: Annotated[Caller, may("products:write")],
    write: Writer,
    read: Reader,
    seen: IfMatch,
) -> ProductOut:
    """Change a product: a business its own, an admin one of the platform. Units and code stay as they are."""
    write(
        lambda session: service.change_product(
            session,
            product_id=product_id,
            owner_id=caller.business_id,
            changes=changes.model_dump(exclude_unset=True, exclude={"version"}),
            expected_version=changes.version if seen is None else frozenset(map(str, seen)),
        )
    )
    return _product(read, product_id, caller)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses=merged(GUARDED, describe(ProductExists, ProductInvalid, UnitUnknown)),
)
def add_product(
    product: ProductIn, caller: Annotated[Caller, may("products:write")], write: Writer
) -> ProductCreatedOut:
    """Add a product: a business's own, or by an admin one that all may sell."""
    product_id = write(
        lambda session: service.add_product(session, **product.model_dump(), owner_id=caller.business_id)
    )
    return ProductCreatedOut(id=product_id, sku=product.sku)


@router.post(
    "/{product_id}/offers",
    status_code=HTTPStatus.CREATED,
    responses=merged(GUARDED, describe(ProductNotFound, UnitNotSold, OfferInvalid)),
)
def set_offer(
    product_id: UUID, offer: OfferIn, caller: Annotated[Caller, may("offers:write")], write: Writer
) -> OfferCreatedOut:
    """Set the caller's terms for a product from now or a later moment on; orders that stand keep theirs."""
    vendor_id = caller.own_business_id

    def set_terms(session: Session) -> OfferCreatedOut:
        vendor = parties.get_business(session, business_id=vendor_id)
        offer_id = service.set_offer(
            session,
            vendor_id=vendor_id,
            product_id=product_id,
            currency=vendor.currency,
            **{**offer.model_dump(), "tiers": [Tier(**vars(tier)) for tier in offer.tiers]},
        )
        (good,) = queries.named(session, [product_id])
        if not offer.is_listed:
            return OfferCreatedOut(id=offer_id, warnings=[])
        undeliverable = warnings_of(session, vendor, [tax.OfferedGood(good.id, good.name, good.hsn)])
        given_away = warnings_of_prices([offer.unit_price, *(tier.unit_price for tier in offer.tiers)])
        return OfferCreatedOut(id=offer_id, warnings=[*chain(*undeliverable), *given_away])

    return write(set_terms)


def warnings_of(
    session: Session, vendor: Business, goods: Sequence[tax.OfferedGood]
) -> list[list[WarningOut]]:
    """For each good what will be in the way of delivering it to those who order it."""
    today = clock.business_day(clock.now(), vendor.time_zone)
    reasons = tax.why_undeliverable(session, vendor_id=vendor.id, day=today, goods=goods)
    return [
        []
        if reason is None
        else [WarningOut(code=TaxRateUnknown.code, message=f"a delivery would be refused: {reason}")]
        for reason in reasons
    ]


def warnings_of_prices(prices: Iterable[Decimal]) -> list[WarningOut]:
    """That a good on sale would be given away, which is seldom meant."""
    if all(prices):
        return []
    told = "a price of it is 0: it is given away; what comes free with other goods is a scheme, `POST /api/v1/schemes`"
    return [WarningOut(code="price-of-nothing", message=told)]


def _product(read: Read, product_id: UUID, caller: Caller) -> ProductOut:
    rows = read(
        lambda session: queries.listed(
            session,
            viewer_id=caller.business_id,
            now=clock.now(),
            own_only=caller.role == "vendor",
            product_id=product_id,
        )
    )
    if not rows:
        raise ProductNotFound(f"there is no product {product_id}", product_id=str(product_id))
    return _shown(rows, caller)


def _shown(rows: Sequence[Mapping[str, Any]], caller: Caller) -> ProductOut:
    visible = [
        OfferOut(**{name: row[name] for name in OfferOut.model_fields})
        for row in rows
        if row["vendor_id"] is not None
        and (caller.role != "vendor" or row["vendor_id"] == caller.business_id)
    ]
    product = {name: rows[0][name] for name in ProductOut.model_fields if name != "offers"}
    return ProductOut(**product, offers=visible)

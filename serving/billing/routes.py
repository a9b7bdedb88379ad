"""A shop's counter: what it asks for its goods, and how its bills are made."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query

from commerce.billing import queries, service
from commerce.billing.errors import BillingSettingInvalid, ShopPriceInvalid
from commerce.billing.queries import PriceFilter
from commerce.billing.service import Settings
from commerce.catalogue.errors import ProductNotFound, UnitNotSold
from commerce.tax.errors import UpiLinkInvalid
from serving.billing.schemas import BillingSettingsIn, BillingSettingsOut, ShopPriceIn, ShopPriceOut
from serving.dependencies import Read, Reader, SearchText, Writer
from serving.pagination import CursorInvalid, PageAsked
from serving.paths import V1
from serving.problems import describe, merged
from serving.security import GUARDED, Caller, may
from serving.shapes import Page

router = APIRouter(prefix=V1, tags=["billing"])

Seer = Annotated[Caller, may("shop-prices:read")]


@router.get("/shop-prices", responses=merged(GUARDED, describe(CursorInvalid)))
def list_shop_prices(
    caller: Seer,
    read: Reader,
    asked: PageAsked,
    sort: Annotated[
        Literal["newest", "name"],
        Query(description="`newest`: what was priced last first; `name`: by the good's name."),
    ] = "newest",
    product_id: Annotated[UUID | None, Query(description="Only this good.")] = None,
    q: Annotated[SearchText | None, Query(description="Part of the code or the name.")] = None,
) -> Page[ShopPriceOut]:
    """What the shop asks for its goods now; a good without a price is not among them."""
    order = queries.PRICES_BY[sort]
    chosen = PriceFilter(product_id, q)
    rows = read(
        lambda session: queries.prices(
            session, caller.own_business_id, chosen=chosen, by=order, after=asked.after, limit=asked.fetch
        )
    )
    return asked.page(rows, lambda row: ShopPriceOut(**row), key=order.key)


@router.put(
    "/products/{product_id}/shop-price",
    responses=merged(GUARDED, describe(ProductNotFound, UnitNotSold, ShopPriceInvalid)),
)
def set_shop_price(
    product_id: UUID,
    wanted: ShopPriceIn,
    caller: Annotated[Caller, may("shop-prices:write")],
    write: Writer,
    read: Reader,
) -> list[ShopPriceOut]:
    """Say what a good costs at the counter from now on, the tax in it; answers its prices in all units."""
    write(
        lambda session: service.set_price(
            session,
            business_id=caller.own_business_id,
            product_id=product_id,
            unit=wanted.unit,
            unit_price=wanted.unit_price,
            mrp=wanted.mrp,
            actor_id=caller.user_id,
        )
    )
    rows = read(
        lambda session: queries.prices(
            session, caller.own_business_id, chosen=PriceFilter(product_id), limit=100
        )
    )
    return [ShopPriceOut(**row) for row in rows]


@router.get("/billing/settings", responses=GUARDED)
def read_billing_settings(caller: Seer, read: Reader) -> BillingSettingsOut:
    """How the shop's bills are reckoned and kept."""
    return _settings(read, caller)


@router.put("/billing/settings", responses=merged(GUARDED, describe(BillingSettingInvalid, UpiLinkInvalid)))
def change_billing_settings(
    wanted: BillingSettingsIn,
    caller: Annotated[Caller, may("billing:rule")],
    write: Writer,
    read: Reader,
) -> BillingSettingsOut:
    """Let bills that are made from now on be reckoned and kept so; bills that are made keep what held for them."""
    write(
        lambda session: service.change_settings(
            session,
            business_id=caller.own_business_id,
            wanted=Settings(**wanted.model_dump()),
            actor_id=caller.user_id,
        )
    )
    return _settings(read, caller)


def _settings(read: Read, caller: Caller) -> BillingSettingsOut:
    return BillingSettingsOut.model_validate(
        read(lambda session: service.settings_of(session, business_id=caller.own_business_id))
    )

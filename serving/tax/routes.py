"""How a business stands to the tax office, and what goods are taxed as."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session

from commerce.catalogue.errors import ProductNotFound
from commerce.parties import service as parties
from commerce.parties.errors import TaxProfileInvalid
from commerce.tax import service
from commerce.tax.errors import TaxClassInvalid
from foundation import clock
from serving.dependencies import Read, Reader, SearchText, Writer
from serving.pagination import CursorInvalid, PageAsked
from serving.paths import V1
from serving.problems import describe, merged
from serving.security import GUARDED, Caller, may
from serving.shapes import Day, Page
from serving.tax.schemas import (
    ProductTaxClassIn,
    ProductTaxClassOut,
    RateOut,
    TaxClassRowOut,
    TaxProfileIn,
    TaxProfileOut,
    TaxProfilesOut,
)

router = APIRouter(prefix=V1, tags=["tax"])


@router.get("/tax/profile", responses=GUARDED)
def read_tax_profile(caller: Annotated[Caller, may("tax:read")], read: Reader) -> TaxProfilesOut:
    """How the caller's business stands to the tax office, now and before."""
    return _profiles(read, caller)


@router.put("/tax/profile", responses=merged(GUARDED, describe(TaxProfileInvalid)))
def set_tax_profile(
    profile: TaxProfileIn, caller: Annotated[Caller, may("tax:manage")], write: Writer, read: Reader
) -> TaxProfilesOut:
    """Stand otherwise to the tax office from a day on; invoices that were written keep what they say."""
    write(
        lambda session: parties.set_tax_profile(
            session, business_id=caller.own_business_id, **profile.model_dump()
        )
    )
    return _profiles(read, caller)


@router.get("/tax/classes", responses=merged(GUARDED, describe(CursorInvalid)))
def list_tax_classes(
    caller: Annotated[Caller, may("catalogue:read")],
    asked: PageAsked,
    country: Annotated[Literal["IN", "NP"], Query(description="Whose law.")],
    day: Annotated[Day | None, Query(description="The rates of this day; left out: today, UTC.")] = None,
    q: Annotated[SearchText | None, Query(description="Part of the code, a name or the HSN.")] = None,
    kind: Annotated[
        Literal["good", "rate"] | None,
        Query(description="Only goods with dated rates, or only rates that one declares."),
    ] = None,
    sort: Annotated[
        Literal["code", "name", "hsn"],
        Query(
            description="`code`: by code; `name`: by the good's English name, else by code; `hsn`: by HSN, those "
            "without one last."
        ),
    ] = "code",
) -> Page[TaxClassRowOut]:
    """What a product can be taxed as: goods with dated rates, and rates that one declares; by `sort`."""
    rows = service.list_classes(
        country=country,
        day=day or clock.now().date(),
        search=q,
        kind=kind,
        by=sort,
        after=asked.after,
        limit=asked.fetch,
    )
    return asked.page(rows, _class_row, key=service.CLASSES_BY[sort])


@router.get("/products/{product_id}/tax-class", responses=merged(GUARDED, describe(ProductNotFound)))
def read_product_tax_class(
    product_id: UUID,
    caller: Annotated[Caller, may("tax:read")],
    read: Reader,
    day: Annotated[Day | None, Query(description="Left out: today.")] = None,
) -> ProductTaxClassOut:
    """What a product is taxed as when the caller sells it."""
    return _class_of(read, caller, product_id, day)


@router.put(
    "/products/{product_id}/tax-class", responses=merged(GUARDED, describe(ProductNotFound, TaxClassInvalid))
)
def state_product_tax_class(
    product_id: UUID,
    stated: ProductTaxClassIn,
    caller: Annotated[Caller, may("products:write")],
    write: Writer,
    read: Reader,
) -> ProductTaxClassOut:
    """Say what a product is taxed as from a day on: for one's own sales, or by an admin for all who say nothing."""

    def state(session: Session) -> tuple[str, date]:
        country, today = _country_and_day(session, caller, stated.country)
        service.state_class(
            session,
            business_id=caller.business_id,
            country=country,
            product_id=product_id,
            tax_class=stated.tax_class,
            condition=stated.condition,
            valid_from=stated.valid_from or today,
            recorded_by=caller.user_id,
        )
        return country, stated.valid_from or today

    country, day = write(state)
    return ProductTaxClassOut.model_validate(
        read(
            lambda session: service.class_of(
                session, business_id=caller.business_id, country=country, product_id=product_id, day=day
            )
        )
    )


def _country_and_day(session: Session, caller: Caller, wanted: str | None) -> tuple[str, date]:
    if caller.business_id is None:
        if wanted is None:
            raise TaxClassInvalid("country", wanted, "say whether the class is one of IN or of NP")
        return wanted, clock.now().date()
    business = parties.get_business(session, business_id=caller.business_id)
    if wanted not in (None, business.country):
        raise TaxClassInvalid("country", wanted, f"the business stands in {business.country}: leave it out")
    return business.country, clock.business_day(clock.now(), business.time_zone)


def _class_of(read: Read, caller: Caller, product_id: UUID, day: date | None) -> ProductTaxClassOut:
    def ask(session: Session) -> dict[str, object]:
        country, today = _country_and_day(session, caller, None)
        return service.class_of(
            session,
            business_id=caller.business_id,
            country=country,
            product_id=product_id,
            day=day or today,
        )

    return ProductTaxClassOut.model_validate(read(ask))


def _profiles(read: Read, caller: Caller) -> TaxProfilesOut:
    def ask(session: Session) -> TaxProfilesOut:
        business = parties.get_business(session, business_id=caller.own_business_id)
        today = clock.business_day(clock.now(), business.time_zone)
        current = parties.tax_profile_on(session, business_id=business.id, day=today)
        return TaxProfilesOut(
            current=None if current is None else TaxProfileOut.model_validate(current),
            profiles=[
                TaxProfileOut.model_validate(row)
                for row in parties.tax_profiles_of(session, business_id=business.id)
            ],
        )

    return read(ask)


def _class_row(row: service.TaxClass) -> TaxClassRowOut:
    good = row.good
    return TaxClassRowOut(
        code=row.code,
        name=good and good.name_en,
        name_hi=good and good.name_hi,
        name_ne=good and good.name_ne,
        hsn=good and good.hsn,
        note=good and good.note,
        rates=[RateOut.model_validate(rate) for rate in row.rows],
    )

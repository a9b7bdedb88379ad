"""Verbs of tax: say what a product is taxed as, and look it up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy.orm import Session

from commerce.catalogue.errors import ProductNotFound
from commerce.tax import queries
from commerce.tax.calculation import Good, Party, tax_line
from commerce.tax.errors import TaxRateUnknown
from commerce.tax.models import ProductTaxClass
from commerce.tax.rates import RateRow, check_class, classes, rate_on, rate_rows
from commerce.tax.vocabulary import CHARGES_TAX, TaxedGood, goods
from foundation import clock
from foundation.ids import uuid7


@dataclass(frozen=True)
class TaxClass:
    """A class as it stands on a day: the good, where it names one, and its rows."""

    code: str
    good: TaxedGood | None
    rows: tuple[RateRow, ...]


@dataclass(frozen=True)
class OfferedGood:
    """A good that a vendor means to sell; without an id it is one that is yet to be made."""

    product_id: UUID | None
    name: str
    hsn: str | None


def why_undeliverable(
    session: Session, *, vendor_id: UUID, day: date, goods: Sequence[OfferedGood]
) -> list[str | None]:
    """Why a delivery of each good would be refused if it went out on this day; None where its tax is known.

    To a buyer of the vendor's own state: it is the rate that is asked for, not the place.
    """
    row = queries.seller(session, vendor_id, day)
    seller = Party(row["country"], row["state"] or None, row["profile"] or "unregistered")
    if seller.profile not in CHARGES_TAX:
        return [None] * len(goods)
    products = [good.product_id for good in goods if good.product_id is not None]
    stated = queries.classes_on(
        session, business_id=vendor_id, country=seller.country, products=products, day=day
    )
    return [
        _why_untold(
            seller, Good(good.name, good.hsn, *stated.get(good.product_id or UUID(int=0), (None, None))), day
        )
        for good in goods
    ]


def _why_untold(seller: Party, good: Good, day: date) -> str | None:
    try:
        tax_line(seller=seller, buyer=seller, good=good, amount_paisa=0, rate_day=day)
    except TaxRateUnknown as unknown:
        return unknown.message
    return None


def state_class(
    session: Session,
    *,
    business_id: UUID | None,
    country: str,
    product_id: UUID,
    tax_class: str,
    condition: str | None,
    valid_from: date,
    recorded_by: UUID | None = None,
) -> None:
    """Say what a product is taxed as from a day on, as this business sells it (None: for all who say nothing).

    Documents that were written keep their rates. Raises ProductNotFound, TaxClassInvalid.
    """
    check_class(country, tax_class, condition)
    _check_product(session, business_id, product_id)
    session.add(
        ProductTaxClass(
            id=uuid7(),
            business_id=business_id,
            product_id=product_id,
            country=country,
            valid_from=valid_from,
            tax_class=tax_class,
            condition=condition,
            recorded_by=recorded_by,
            recorded_at=clock.now(),
        )
    )
    session.flush()


def class_of(
    session: Session, *, business_id: UUID | None, country: str, product_id: UUID, day: date
) -> dict[str, Any]:
    """What a product is taxed as on a day when this business sells it; the rate is None where it is not known.

    Raises ProductNotFound.
    """
    _check_product(session, business_id, product_id)
    stated = queries.class_on(
        session, business_id=business_id, country=country, product_id=product_id, day=day
    )
    told: dict[str, Any] = {
        "product_id": product_id,
        "country": country,
        "day": day,
        "tax_class": None,
        "condition": None,
        "valid_from": None,
        "is_platforms": None,
        "row": None,
        "unknown_because": "nobody said which class it is of",
    }
    if stated is None:
        return told
    told |= {name: stated[name] for name in ("tax_class", "condition", "valid_from", "is_platforms")}
    try:
        told["row"] = rate_on(
            country=country, tax_class=stated["tax_class"], condition=stated["condition"], day=day
        )
        told["unknown_because"] = None
    except TaxRateUnknown as unknown:
        told["unknown_because"] = unknown.message
    return told


CLASSES_BY: Final[Mapping[str, Callable[[TaxClass], tuple[Any, ...]]]] = {
    "code": lambda one: (one.code,),
    "name": lambda one: (one.good.name_en if one.good else one.code, one.code),
    "hsn": lambda one: (int(one.good is None), one.good.hsn if one.good else "", one.code),
}
"""The orders of the list of classes; what names no good has its code for a name, and comes last in that by HSN."""


def list_classes(
    *,
    country: str,
    day: date,
    search: str | None,
    kind: Literal["good", "rate"] | None = None,
    by: str = "code",
    after: Sequence[Any] | None = None,
    limit: int,
) -> Sequence[TaxClass]:
    """The classes of a country by code, with the rows that hold on a day; `search` in codes and names.

    `kind`: only goods of the trade, or only rates that one declares. `after`: the key of the last one seen.
    """
    wanted = None if search is None else search.casefold()
    known = goods()
    found = []
    for code in classes(country):
        good = known.get(code)
        if kind is not None and (good is None) == (kind == "good"):
            continue
        if wanted is not None and not any(wanted in word.casefold() for word in (code, *(good or ()))):
            continue
        rows = tuple(row for row in rate_rows()[country, code] if row.holds_on(day))
        found.append(TaxClass(code, good, rows))
    key = CLASSES_BY[by]
    return sorted((one for one in found if after is None or key(one) > tuple(after)), key=key)[:limit]


def _check_product(session: Session, business_id: UUID | None, product_id: UUID) -> None:
    if not queries.may_state(session, business_id, product_id):
        raise ProductNotFound(
            f"there is no product {product_id} for this business", product_id=str(product_id)
        )

"""Verbs of pricing: set and end schemes and agreed prices. All are dated; what was is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from commerce.catalogue.errors import ProductNotFound, UnitNotSold
from commerce.catalogue.units import stock_problem, to_base
from commerce.parties.errors import BusinessNotFound
from commerce.pricing import queries
from commerce.pricing.errors import CustomerPriceInvalid, SchemeInvalid, SchemeNotFound
from commerce.pricing.models import SCHEME_KINDS, STACKINGS, CustomerPrice, Scheme
from commerce.pricing.prices import Slab
from foundation import clock
from foundation.ids import uuid7
from foundation.money import format_quantity

SLABS_MAX = 10
WITHIN_DAYS_MAX = 365
ANNOUNCED_DAYS_MAX = 366
CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True)
class FreeGoods:
    """Buy so much of the scheme's good in a unit, get so much of a good (None: of the same) in a unit."""

    buy: Decimal
    unit: str
    get: Decimal
    free_unit: str
    free_product_id: UUID | None = None


@dataclass(frozen=True)
class Slabs:
    """So much off from a quantity (in the offer's unit) or a value of the line on."""

    basis: str
    slabs: Sequence[Slab]


@dataclass(frozen=True)
class CashDiscount:
    """A percentage off what is paid within so many days."""

    percent: Decimal
    within_days: int


def set_scheme(
    session: Session,
    *,
    vendor_id: UUID,
    code: str,
    name: str,
    kind: str,
    terms: FreeGoods | Slabs | CashDiscount,
    product_id: UUID | None = None,
    stacking: str = "stackable",
    priority: int = 100,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
) -> UUID:
    """A vendor's scheme from a moment on, in place of the one of the same code.

    Raises SchemeInvalid, ProductNotFound, UnitNotSold.
    """
    now = clock.now()
    if kind not in SCHEME_KINDS or stacking not in STACKINGS:
        raise SchemeInvalid(
            f"a scheme of kind {kind!r}, {stacking!r}, is not known; kinds are {', '.join(SCHEME_KINDS)}, and it is "
            f"{' or '.join(STACKINGS)}"
        )
    problem = _validity_problem(valid_from, valid_until, now)
    if problem is not None:
        raise SchemeInvalid(f"{problem} (scheme {code})", code=code)
    if product_id is not None and not queries.may_sell(session, vendor_id, product_id):
        raise ProductNotFound(f"there is no product {product_id} for this vendor", product_id=str(product_id))
    scheme_id = uuid7()
    session.execute(
        insert(Scheme).values(
            id=scheme_id,
            vendor_id=vendor_id,
            code=code,
            name=name,
            kind=kind,
            product_id=product_id,
            terms=_terms(session, vendor_id, product_id, kind, terms),
            stacking=stacking,
            priority=priority,
            is_active=True,
            valid_from=valid_from or now,
            valid_until=valid_until,
            recorded_at=now,
        )
    )
    return scheme_id


def end_scheme(session: Session, *, vendor_id: UUID, code: str) -> None:
    """End a vendor's scheme now; what was ordered under it stands. Raises SchemeNotFound."""
    now = clock.now()
    found = [scheme for scheme in queries.schemes_of(session, vendor_id, now) if scheme["code"] == code]
    if not found:
        raise SchemeNotFound(f"no scheme {code!r} is in force here; look at the list of schemes", code=code)
    ended = {name: value for name, value in found[0].items() if name != "changed_in"}
    session.execute(
        insert(Scheme).values(
            **{**ended, "id": uuid7(), "is_active": False, "valid_from": now, "recorded_at": now}
            | {"valid_until": None}
        )
    )


def set_customer_price(
    session: Session,
    *,
    vendor_id: UUID,
    retailer_id: UUID,
    product_id: UUID | None = None,
    unit: str | None = None,
    unit_price: Decimal | None = None,
    percent_off: Decimal | None = None,
    is_active: bool = True,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
    actor_id: UUID | None = None,
) -> UUID:
    """Agree with one customer on a good's price, or on a percentage off a good or (without one) off everything.

    In place of what was agreed on the same before; `is_active=False` ends it.
    Raises BusinessNotFound, CustomerPriceInvalid, ProductNotFound, UnitNotSold.
    """
    now = clock.now()
    is_retailer = session.execute(
        text("SELECT is_retailer FROM app.businesses WHERE id = :id"), {"id": retailer_id}
    ).scalar_one_or_none()
    if not is_retailer:
        raise BusinessNotFound(retailer_id)
    problem = _validity_problem(valid_from, valid_until, now)
    if (unit_price is None) == (percent_off is None):
        problem = "agree either on a price or on a percentage off"
    elif unit_price is not None and (product_id is None or unit is None or unit_price < 0):
        problem = "a price of zero or more is of one product in one unit; name both"
    elif percent_off is not None and (
        not 0 < percent_off <= 100 or percent_off != round(percent_off, 2) or unit is not None
    ):
        problem = f"{percent_off} % off; give above 0 to 100, two decimals at most, and no unit"
    if problem is not None:
        raise CustomerPriceInvalid(problem)
    if product_id is not None and not queries.may_sell(session, vendor_id, product_id):
        raise ProductNotFound(f"there is no product {product_id} for this vendor", product_id=str(product_id))
    if product_id is not None and unit is not None:
        _unit(session, vendor_id, product_id, unit)
    price_id = uuid7()
    session.execute(
        insert(CustomerPrice).values(
            id=price_id,
            vendor_id=vendor_id,
            retailer_id=retailer_id,
            product_id=product_id,
            unit=unit,
            unit_price=unit_price,
            percent_off=percent_off,
            is_active=is_active,
            valid_from=valid_from or now,
            valid_until=valid_until,
            recorded_by=actor_id,
            recorded_at=now,
        )
    )
    return price_id


def _validity_problem(valid_from: datetime | None, valid_until: datetime | None, now: datetime) -> str | None:
    begins = valid_from or now
    if not now - CLOCK_SKEW <= begins <= now + timedelta(days=ANNOUNCED_DAYS_MAX):
        return f"terms begin now or within {ANNOUNCED_DAYS_MAX} days, not at {begins:%Y-%m-%d %H:%M}"
    if valid_until is not None and valid_until <= begins:
        return f"terms from {begins:%Y-%m-%d %H:%M} cannot end at {valid_until:%Y-%m-%d %H:%M}"
    return None


def _terms(
    session: Session,
    vendor_id: UUID,
    product_id: UUID | None,
    kind: str,
    terms: FreeGoods | Slabs | CashDiscount,
) -> dict[str, Any]:
    if isinstance(terms, FreeGoods) and kind == "free_goods":
        return _free_goods(session, vendor_id, product_id, terms)
    if isinstance(terms, Slabs) and kind in ("percent", "amount"):
        return _slabs(kind, terms)
    if isinstance(terms, CashDiscount) and kind == "cash_discount":
        if not 0 < terms.percent < 100 or not 0 <= terms.within_days <= WITHIN_DAYS_MAX:
            raise SchemeInvalid(
                f"{format_quantity(terms.percent)} % within {terms.within_days} days; give above 0 and under 100 %, "
                f"and {WITHIN_DAYS_MAX} days at most"
            )
        return {"percent": format_quantity(terms.percent), "within_days": terms.within_days}
    raise SchemeInvalid(f"these are not the terms of a scheme of kind {kind!r}")


def _free_goods(
    session: Session, vendor_id: UUID, product_id: UUID | None, terms: FreeGoods
) -> dict[str, Any]:
    if product_id is None:
        raise SchemeInvalid("free goods come with one product; name it")
    given = terms.free_product_id or product_id
    if terms.buy <= 0 or terms.get <= 0:
        raise SchemeInvalid("buy and get are quantities above zero")
    bought = _unit(session, vendor_id, product_id, terms.unit)
    gift = _unit(session, vendor_id, given, terms.free_unit)
    for quantity, code, unit in (
        (terms.buy, terms.unit, bought),
        (terms.get, terms.free_unit, gift),
    ):
        problem = stock_problem(quantity, code, unit.base_quantity, unit.base_unit)
        if problem is not None:
            raise SchemeInvalid(f"{unit.sku}: {problem}", sku=unit.sku)
    buy, get = to_base(terms.buy, bought.base_quantity), to_base(terms.get, gift.base_quantity)
    return {
        "buy": format_quantity(terms.buy),
        "unit": terms.unit,
        "get": format_quantity(terms.get),
        "free_unit": terms.free_unit,
        "free_product_id": str(given),
        "buy_in_base": format_quantity(buy),
        "get_in_base": format_quantity(get),
    }


def _slabs(kind: str, terms: Slabs) -> dict[str, Any]:
    if terms.basis not in ("quantity", "value") or not 1 <= len(terms.slabs) <= SLABS_MAX:
        raise SchemeInvalid(f"give 1 to {SLABS_MAX} slabs by quantity or value")
    begun = Decimal(-1)
    for slab in terms.slabs:
        if slab.begins_at <= begun:
            raise SchemeInvalid(f"slabs rise; {format_quantity(slab.begins_at)} does not")
        if slab.off <= 0 or (kind == "percent" and slab.off > 100):
            raise SchemeInvalid(f"{format_quantity(slab.off)} off is out of bounds")
        begun = slab.begins_at
    return {
        "basis": terms.basis,
        "slabs": [
            {"from": format_quantity(slab.begins_at), "off": format_quantity(slab.off)}
            for slab in terms.slabs
        ],
    }


def _unit(session: Session, vendor_id: UUID, product_id: UUID, unit: str) -> queries.Unit:
    found = queries.unit_of(session, vendor_id, product_id, unit)
    if found is None:
        raise UnitNotSold(
            f"product {product_id} is not counted in {unit!r} here; use one of its units", unit=unit
        )
    return found

"""Questions to schemes and agreed prices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from commerce.catalogue.offers import Tier
from commerce.catalogue.queries import OfferTerms
from commerce.pricing.prices import Agreement, FreeGood, Scheme, Slab, Terms
from foundation.keyset import Order, page


class Reductions(NamedTuple):
    """What a customer has off a vendor's list: the newest agreements on goods and in general, and the schemes."""

    agreed: list[dict[str, Any]] | None
    schemes: list[dict[str, Any]] | None

    def agreement_on(self, product_id: UUID, unit: str) -> Agreement | None:
        """The agreement on the good itself, else the percentage off everything."""
        wanted = str(product_id)
        on_good = [agreed for agreed in self.agreed or () if agreed["product_id"] == wanted]
        for agreed in on_good or (agreed for agreed in self.agreed or () if agreed["product_id"] is None):
            if agreed["percent_off"] is not None:
                return Agreement(percent_off=Decimal(agreed["percent_off"]))
            if agreed["unit"] == unit:
                return Agreement(unit_price=Decimal(agreed["unit_price"]))
        return None

    def schemes_on(self, product_id: UUID) -> tuple[Scheme, ...]:
        """The schemes of the good and those of all goods."""
        wanted = str(product_id)
        return tuple(_scheme(told) for told in self.schemes or () if told["product_id"] in (None, wanted))


_IN_FORCE = "valid_from <= :now AND (valid_until IS NULL OR valid_until > :now)"

_SCHEMES = f"""
    SELECT * FROM (
        SELECT DISTINCT ON (code) * FROM app.schemes WHERE vendor_id = :vendor_id AND {_IN_FORCE}
        ORDER BY code, valid_from DESC, id DESC
    ) newest WHERE is_active
"""  # noqa: S608 - constants

# One that was ended stands for none: it is looked at after the newest of each good was found.
REDUCTIONS = f"""
    SELECT (
        SELECT jsonb_agg(jsonb_build_object(
            'product_id', product_id, 'unit', unit, 'unit_price', CAST(unit_price AS text),
            'percent_off', CAST(percent_off AS text)))
        FROM (
            SELECT DISTINCT ON (product_id) * FROM app.customer_prices
            WHERE vendor_id = :vendor_id AND retailer_id = :retailer_id AND {_IN_FORCE}
              AND (product_id IS NULL OR product_id = ANY (CAST(:products AS uuid[])))
            ORDER BY product_id, valid_from DESC, id DESC
        ) newest WHERE is_active
    ) AS agreed, (
        SELECT jsonb_agg(jsonb_build_object(
            'code', scheme.code, 'product_id', scheme.product_id, 'name', scheme.name, 'kind', scheme.kind,
            'priority', scheme.priority, 'is_exclusive', scheme.stacking = 'exclusive', 'terms', scheme.terms,
            'free_sku', free.sku, 'free_name', free.name, 'free_unit', free.base_unit, 'free_availability', (
                SELECT availability FROM app.offers
                WHERE vendor_id = :vendor_id AND product_id = free.id AND {_IN_FORCE}
                ORDER BY valid_from DESC, id DESC LIMIT 1)))
        FROM ({_SCHEMES}) scheme
        LEFT JOIN app.products free ON free.id = CAST(scheme.terms ->> 'free_product_id' AS uuid)
    ) AS schemes
"""  # noqa: S608 - constants
"""The columns of Reductions, for a vendor and a retailer and the products asked, in force at a moment: one row."""


def terms_of(offer: OfferTerms, reductions: Reductions, tax_percent: Decimal = Decimal(0)) -> Terms:
    """An offer and what comes off it for a customer, as the price is made of."""
    assert offer.unit is not None  # asked for listed offers only
    return Terms(
        product_id=offer.product_id,
        unit=offer.unit,
        unit_price=offer.unit_price,
        base_quantity=offer.base_quantity,
        tiers=tuple(
            Tier(Decimal(tier["minimum_quantity"]), Decimal(tier["unit_price"])) for tier in offer.tiers or ()
        ),
        agreement=reductions.agreement_on(offer.product_id, offer.unit),
        schemes=reductions.schemes_on(offer.product_id),
        tax_percent=tax_percent,
    )


def _scheme(told: Mapping[str, Any]) -> Scheme:
    terms = told["terms"]
    free = None
    if told["kind"] == "free_goods":
        free = FreeGood(
            product_id=UUID(terms["free_product_id"]),
            sku=told["free_sku"],
            name=told["free_name"],
            unit=told["free_unit"],
            is_stock_tracked=told["free_availability"] in ("tracked", None),
            buy_in_base=Decimal(terms["buy_in_base"]),
            get=Decimal(terms["get_in_base"]),
        )
    return Scheme(
        code=told["code"],
        name=told["name"],
        kind=told["kind"],
        is_exclusive=told["is_exclusive"],
        priority=told["priority"],
        basis=terms.get("basis", "value"),
        slabs=tuple(Slab(Decimal(slab["from"]), Decimal(slab["off"])) for slab in terms.get("slabs", ())),
        free=free,
        percent=Decimal(terms.get("percent", "0")),
        within_days=int(terms.get("within_days", 0)),
    )


def schemes_of(session: Session, vendor_id: UUID, now: datetime) -> Sequence[RowMapping]:
    """A vendor's schemes in force, by code."""
    question = text(f"SELECT * FROM ({_SCHEMES}) scheme ORDER BY code")  # noqa: S608 - constants
    return session.execute(question, {"vendor_id": vendor_id, "now": now}).mappings().all()


SCHEMES_BY = {
    "code": Order((("code", "text"),)),
    "newest": Order((("valid_from", "timestamptz"), ("code", "text")), is_descending=True),
}
_IN_FORCE_SCHEMES = f"SELECT * FROM ({_SCHEMES}) scheme WHERE true"  # noqa: S608 - constants
_SCHEME_IS = {
    "product_id": "(product_id = :product_id OR product_id IS NULL)",
    "kind": "kind = :kind",
}


@dataclass(frozen=True)
class SchemeFilter:
    """Which schemes of a list; None does not filter."""

    product_id: UUID | None = None
    """Those of this good and those of all goods."""
    kind: str | None = None


def listed_schemes(
    session: Session,
    vendor_id: UUID,
    at: datetime,
    *,
    chosen: SchemeFilter = SchemeFilter(),
    by: Order = SCHEMES_BY["code"],
    after: Sequence[Any] | None = None,
    limit: int,
) -> Sequence[RowMapping]:
    """A page of a vendor's schemes in force at a moment, by code."""
    values = {**vars(chosen), "vendor_id": vendor_id, "now": at}
    return page(session, _IN_FORCE_SCHEMES, values, filters=_SCHEME_IS, by=by, after=after, limit=limit)


# Both filters are on columns of DISTINCT ON, so that the server puts them to the table before it looks for the newest.
_CUSTOMER_PRICES = f"""
    SELECT * FROM (
        SELECT DISTINCT ON (retailer_id, product_id) *
        FROM app.customer_prices
        WHERE vendor_id = :vendor_id AND {_IN_FORCE}
        ORDER BY retailer_id, product_id, valid_from DESC, id DESC
    ) newest
    WHERE is_active
"""  # noqa: S608 - constants
_CUSTOMER_PRICE_IS = {
    "retailer_id": "retailer_id = :retailer_id",
    "product_id": "product_id = :product_id",
}
CUSTOMER_PRICES_BY = {
    "oldest": Order((("id", "uuid"),)),
    "newest": Order((("id", "uuid"),), is_descending=True),
    "customer": Order((("retailer_id", "uuid"), ("id", "uuid"))),
}
"""The orders of agreed prices; their ids grow as they are agreed."""


@dataclass(frozen=True)
class CustomerPriceFilter:
    """Which agreed prices of a list; None does not filter."""

    retailer_id: UUID | None = None
    product_id: UUID | None = None


def customer_prices(
    session: Session,
    vendor_id: UUID,
    at: datetime,
    *,
    chosen: CustomerPriceFilter = CustomerPriceFilter(),
    by: Order = CUSTOMER_PRICES_BY["oldest"],
    after: Sequence[Any] | None = None,
    limit: int,
) -> Sequence[RowMapping]:
    """What a vendor has agreed with its customers, in force at a moment, in the order of agreeing."""
    values = {**vars(chosen), "vendor_id": vendor_id, "now": at}
    return page(
        session, _CUSTOMER_PRICES, values, filters=_CUSTOMER_PRICE_IS, by=by, after=after, limit=limit
    )


def may_sell(session: Session, vendor_id: UUID, product_id: UUID) -> bool:
    """Whether a product is the vendor's own or the platform's."""
    question = text("""
        SELECT EXISTS (SELECT FROM app.products
                       WHERE id = :product_id AND (owner_id IS NULL OR owner_id = :vendor_id))
    """)
    return bool(session.execute(question, {"product_id": product_id, "vendor_id": vendor_id}).scalar_one())


class Unit(NamedTuple):
    """A unit of a vendor's product, with what it holds."""

    sku: str
    base_unit: str
    base_quantity: Decimal
    is_divisible: bool


_UNIT = text("""
    SELECT product.sku, product.base_unit, sold.base_quantity, unit.is_divisible
    FROM app.products product
    JOIN app.product_units sold ON sold.product_id = product.id AND sold.unit = :unit
    JOIN app.units unit ON unit.code = sold.unit
    WHERE product.id = :product_id AND (product.owner_id IS NULL OR product.owner_id = :vendor_id)
""")


def unit_of(session: Session, vendor_id: UUID, product_id: UUID, unit: str) -> Unit | None:
    """A unit of a product that the vendor may sell, or None."""
    row = session.execute(
        _UNIT, {"vendor_id": vendor_id, "product_id": product_id, "unit": unit}
    ).one_or_none()
    return None if row is None else Unit._make(row)

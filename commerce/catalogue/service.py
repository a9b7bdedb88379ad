"""Catalogue verbs: add products with their units, and set a vendor's terms for them from now on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session
from stdnum import ean
from stdnum.exceptions import ValidationError

from commerce.catalogue import queries
from commerce.catalogue.errors import (
    OfferInvalid,
    ProductExists,
    ProductInvalid,
    ProductNotFound,
    UnitNotSold,
    UnitUnknown,
)
from commerce.catalogue.models import (
    LANGUAGES,
    Offer,
    Product,
    ProductName,
    ProductUnit,
)
from commerce.catalogue.offers import OfferRow, Tier, offer_problem
from commerce.catalogue.units import complete, fixed_ratio
from commerce.catalogue.vocabulary import UNITS
from commerce.language.sound import skeleton, sound
from foundation import clock
from foundation.errors import VersionMismatch
from foundation.ids import uuid7
from foundation.money import format_quantity

UNIT_CODES = frozenset(unit.code for unit in UNITS)
HSN = re.compile(r"(?!00)([0-9]{4}|[0-9]{6}|[0-9]{8})")
"""Rule 46 asks for 4, 6 or 8 digits (Notification 78/2020-CT); the first two are the tariff's chapter."""
NAME_LENGTH_MAX = 200


def add_product(
    session: Session,
    *,
    sku: str,
    name: str,
    category: str,
    base_unit: str,
    units: Mapping[str, Decimal] | None = None,
    owner_id: UUID | None = None,
    hsn: str | None = None,
    barcode: str | None = None,
    names: Mapping[str, Sequence[str]] | None = None,
) -> UUID:
    """Add a product: the platform's, or of one business (`owner_id`). `units` gives base units per further unit.

    `names` are further names by language (`{"hi": ["नमक"]}`). Raises ProductExists, ProductInvalid, UnitUnknown.
    """
    sold_in = checked_units(base_unit, units or {})
    barcode = checked_codes(hsn, barcode)
    product_id = uuid7()
    now = clock.now()
    added = session.execute(
        upsert(Product)
        .values(
            id=product_id,
            owner_id=owner_id,
            sku=sku,
            name=name,
            category=category,
            base_unit=base_unit,
            hsn=hsn,
            barcode=barcode,
            created_at=now,
            recorded_at=now,
        )
        .on_conflict_do_nothing()
        .returning(Product.id)
    ).scalar_one_or_none()
    if added is None:
        raise ProductExists(
            f"a product with code {sku!r} is there already; change it, or take another code", sku=sku
        )
    session.execute(
        insert(ProductUnit),
        [
            {"product_id": product_id, "unit": unit, "base_quantity": quantity}
            for unit, quantity in sold_in.items()
        ],
    )
    if names:
        name_product(session, product_id=product_id, names=names)
    else:
        index(session, [product_id])
    return product_id


def change_product(
    session: Session,
    *,
    product_id: UUID,
    owner_id: UUID | None,
    changes: Mapping[str, Any],
    expected_version: str | frozenset[str] | None = None,
) -> None:
    """Change the name, further names, category, HSN, barcode or activity of a product that `owner_id` owns.

    Without an owner it is the platform's. An inactive product can be ordered no longer; orders that stand are not
    touched. Raises ProductNotFound, ProductInvalid, VersionMismatch.
    """
    changes = dict(changes)
    names = changes.pop("names", None)
    if barcode := checked_codes(changes.get("hsn"), changes.get("barcode")):
        changes["barcode"] = barcode
    version = session.execute(
        text("""
            SELECT CAST(changed_in AS text) FROM app.products
            WHERE id = :product_id AND owner_id IS NOT DISTINCT FROM CAST(:owner_id AS uuid) FOR NO KEY UPDATE
        """),
        {"product_id": product_id, "owner_id": owner_id},
    ).scalar_one_or_none()
    if version is None:
        raise ProductNotFound(f"there is no product {product_id} of this owner", product_id=str(product_id))
    seen = {expected_version} if isinstance(expected_version, str) else expected_version
    if seen is not None and version not in seen:
        raise VersionMismatch(
            f"the product is at version {version}, not {' or '.join(sorted(seen))}; read it again first",
            version=version,
        )
    if changes:
        session.execute(update(Product).where(Product.id == product_id).values(**changes))
    if names is not None:
        name_product(session, product_id=product_id, names=names)
    elif changes:
        index(session, [product_id])


def name_product(session: Session, *, product_id: UUID, names: Mapping[str, Sequence[str]]) -> None:
    """Replace a product's further names. Raises ProductInvalid."""
    for language, spoken in names.items():
        if language not in LANGUAGES:
            raise ProductInvalid(
                f"names are kept in {', '.join(LANGUAGES)}; {language!r} is none of them", language=language
            )
        for name in spoken:
            if not 1 <= len(name.strip()) <= NAME_LENGTH_MAX:
                raise ProductInvalid(f"name {name[:20]!r} must have 1 to {NAME_LENGTH_MAX} characters")
    session.execute(delete(ProductName).where(ProductName.product_id == product_id))
    rows = [
        {"product_id": product_id, "language": language, "name": name}
        for language, spoken in names.items()
        for name in dict.fromkeys(name.strip() for name in spoken)
    ]
    if rows:
        session.execute(insert(ProductName), rows)
    index(session, [product_id])


def index(session: Session, product_ids: Sequence[UUID]) -> None:
    """Make products findable by their code and all their names; after any of these has changed."""
    rows = [
        {
            "product_id": product.id,
            "sounds": " ".join(dict.fromkeys(map(sound, product.names))),
            "skeletons": " ".join(dict.fromkeys(map(skeleton, product.names))),
            "comparison_key": comparison_key(product),
        }
        for product in queries.named(session, product_ids)
    ]
    if rows:
        session.execute(_INDEX, {f"{name}_": [row[name] for row in rows] for name in rows[0]})


_INDEX = text("""
    INSERT INTO app.product_search (product_id, sounds, skeletons, comparison_key)
    SELECT * FROM unnest(CAST(:product_id_ AS uuid[]), CAST(:sounds_ AS text[]), CAST(:skeletons_ AS text[]),
                         CAST(:comparison_key_ AS text[]))
    ON CONFLICT (product_id) DO UPDATE
    SET sounds = excluded.sounds, skeletons = excluded.skeletons, comparison_key = excluded.comparison_key
""")


def comparison_key(product: queries.NamedProduct) -> str:
    """What a good of the market is known by: its barcode, else HSN, name as it sounds and base unit, else itself."""
    if product.barcode is not None:
        return f"barcode:{product.barcode.zfill(14)}"
    if product.hsn is not None:
        return f"name:{product.hsn}:{product.base_unit}:{sound(product.name)}"
    return f"product:{product.id}"


def checked_units(base_unit: str, given: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """The units that a good is sold in. Raises UnitUnknown."""
    for unit in (base_unit, *given):
        if unit not in UNIT_CODES:
            raise UnitUnknown(
                f"unit {unit!r} is not known; use one of {', '.join(sorted(UNIT_CODES))}", unit=unit
            )
    for unit, quantity in given.items():
        if quantity <= 0 or quantity != round(quantity, 3):
            raise UnitUnknown(
                f"one {unit} holds {format_quantity(quantity)} {base_unit}; it must be more than nothing, in "
                "thousandths. Keep the product in its smallest unit and give the larger ones by that",
                unit=unit,
            )
        fixed = fixed_ratio(unit, base_unit)
        if fixed is not None and fixed != Fraction(quantity):
            raise UnitUnknown(
                f"one {unit} is {fixed} {base_unit} for every good, not {format_quantity(quantity)}; leave it out, "
                "or use another unit for a pack of your own",
                unit=unit,
            )
    return complete(base_unit, given)


def checked_codes(hsn: str | None, barcode: str | None) -> str | None:
    """The barcode without spaces. Raises ProductInvalid for it or the HSN."""
    if hsn is not None and not HSN.fullmatch(hsn):
        raise ProductInvalid(
            f"HSN {hsn!r} is none; it has 4, 6 or 8 digits and begins with its chapter, 01 to 99", hsn=hsn
        )
    if barcode is None:
        return None
    try:
        return str(ean.validate(barcode))
    except ValidationError as error:
        raise ProductInvalid(
            f"barcode {barcode!r} is none: {str(error).rstrip('.').lower()}; scan it again, it has 8, 12, 13 or "
            "14 digits of which the last checks the others",
            barcode=barcode,
        ) from None


def set_offer(
    session: Session,
    *,
    vendor_id: UUID,
    product_id: UUID,
    unit: str,
    unit_price: Decimal,
    currency: str,
    minimum_quantity: Decimal = Decimal(1),
    carton_multiple: Decimal = Decimal(1),
    availability: str = "tracked",
    is_listed: bool = True,
    lead_time_days: int = 2,
    tiers: Sequence[Tier] = (),
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
    is_tax_inclusive: bool = True,
) -> UUID:
    """A vendor's terms for a product from a moment on (now, or a later one), perhaps until another.

    Earlier terms stay as history. `unit_price` is in major units per `unit`; `tiers` are the prices from larger
    quantities on; they hold the tax unless `is_tax_inclusive` says otherwise.
    Raises ProductNotFound, UnitNotSold, OfferInvalid.
    """
    product = session.execute(
        select(Product.sku, Product.base_unit).where(
            Product.id == product_id, (Product.owner_id == vendor_id) | Product.owner_id.is_(None)
        )
    ).one_or_none()
    if product is None:
        raise ProductNotFound(f"there is no product {product_id} for this vendor", product_id=str(product_id))
    sold_in = queries.units_of(session, product_id)
    if unit not in sold_in:
        raise UnitNotSold(
            f"unit {unit!r} is not sold for {product.sku}; use {' or '.join(sold_in)}", unit=unit
        )
    now = clock.now()
    terms = OfferRow(
        unit=unit,
        unit_price=unit_price,
        minimum_quantity=minimum_quantity,
        carton_multiple=carton_multiple,
        availability=availability,
        is_listed=is_listed,
        lead_time_days=lead_time_days,
        tiers=tuple(tiers),
        valid_from=valid_from or now,
        valid_until=valid_until,
        is_tax_inclusive=is_tax_inclusive,
    )
    problem = offer_problem(terms, now, base_quantity=sold_in[unit], base_unit=product.base_unit)
    if problem is not None:
        raise OfferInvalid(f"{problem} ({product.sku})", sku=product.sku)
    offer_id = uuid7()
    session.execute(
        insert(Offer).values(
            id=offer_id,
            vendor_id=vendor_id,
            product_id=product_id,
            currency=currency,
            recorded_at=now,
            **terms.columns(),
        )
    )
    return offer_id

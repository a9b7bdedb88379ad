"""Catalogue verbs: add products with their units, and set a vendor's terms for them from now on."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from commerce.catalogue import queries
from commerce.catalogue.errors import (
    OfferInvalid,
    ProductExists,
    ProductNotFound,
    UnitNotSold,
    UnitUnknown,
)
from commerce.catalogue.models import AVAILABILITY_MODES, Offer, Product, ProductUnit
from commerce.catalogue.vocabulary import UNITS
from foundation import clock
from foundation.errors import VersionMismatch
from foundation.ids import uuid7
from foundation.money import format_quantity

UNIT_CODES = frozenset(unit.code for unit in UNITS)
DIVISIBLE_UNITS = frozenset(unit.code for unit in UNITS if unit.is_divisible)


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
) -> UUID:
    """Add a product: the platform's, or of one business (`owner_id`). `units` gives base units per further unit.

    Raises ProductExists, UnitUnknown.
    """
    for unit in (base_unit, *(units or {})):
        if unit not in UNIT_CODES:
            raise UnitUnknown(
                f"unit {unit!r} is not known; use one of {', '.join(sorted(UNIT_CODES))}", unit=unit
            )
    for unit, quantity in (units or {}).items():
        if quantity <= 0:
            raise UnitUnknown(
                f"one {unit} holds {format_quantity(quantity)} {base_unit}; it must be more than nothing",
                unit=unit,
            )
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
            for unit, quantity in {base_unit: Decimal(1), **(units or {})}.items()
        ],
    )
    return product_id


def change_product(
    session: Session,
    *,
    product_id: UUID,
    owner_id: UUID | None,
    changes: Mapping[str, Any],
    expected_version: str | None = None,
) -> None:
    """Change the name, category, HSN code or activity of a product that `owner_id` (None: the platform) owns.

    An inactive product can be ordered no longer; orders that stand are not touched. Raises ProductNotFound,
    VersionMismatch.
    """
    version = session.execute(
        text("""
            SELECT CAST(changed_in AS text) FROM app.products
            WHERE id = :product_id AND owner_id IS NOT DISTINCT FROM CAST(:owner_id AS uuid) FOR NO KEY UPDATE
        """),
        {"product_id": product_id, "owner_id": owner_id},
    ).scalar_one_or_none()
    if version is None:
        raise ProductNotFound(f"there is no product {product_id} of this owner", product_id=str(product_id))
    if expected_version not in (None, version):
        raise VersionMismatch(
            f"the product is at version {version}, not {expected_version}; read it again first",
            version=version,
        )
    if changes:
        session.execute(update(Product).where(Product.id == product_id).values(**changes))


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
) -> UUID:
    """A vendor's terms for a product from now on; earlier terms stay as history.

    `unit_price` is in major units per `unit`. Raises ProductNotFound, UnitNotSold, OfferInvalid.
    """
    product = session.execute(
        select(Product.name, Product.sku).where(
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
    for label, value, is_fine in (
        ("price", unit_price, unit_price >= 0),
        ("minimum quantity", minimum_quantity, minimum_quantity > 0),
        ("carton multiple", carton_multiple, carton_multiple > 0),
        ("lead time in days", lead_time_days, 0 <= lead_time_days <= 90),
        ("availability", availability, availability in AVAILABILITY_MODES),
    ):
        if not is_fine:
            raise OfferInvalid(f"{label} {value} of {product.sku} is out of bounds", sku=product.sku)
    if minimum_quantity % carton_multiple:
        raise OfferInvalid(
            f"a minimum of {format_quantity(minimum_quantity)} {unit} of {product.sku} is no multiple of "
            f"{format_quantity(carton_multiple)}; take a whole number of them",
            sku=product.sku,
        )
    if unit not in DIVISIBLE_UNITS and (minimum_quantity % 1 or carton_multiple % 1):
        raise OfferInvalid(
            f"a {unit} has no parts; give whole numbers as minimum and carton multiple of {product.sku}",
            sku=product.sku,
        )
    offer_id, now = uuid7(), clock.now()
    session.execute(
        insert(Offer).values(
            id=offer_id,
            vendor_id=vendor_id,
            product_id=product_id,
            unit=unit,
            unit_price=unit_price,
            currency=currency,
            minimum_quantity=minimum_quantity,
            carton_multiple=carton_multiple,
            availability=availability,
            is_listed=is_listed,
            lead_time_days=lead_time_days,
            valid_from=now,
            recorded_at=now,
        )
    )
    return offer_id

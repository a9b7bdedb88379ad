"""Questions to the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import RowMapping, select, text
from sqlalchemy.orm import Session

from commerce.catalogue.models import ProductUnit


class OfferTerms(NamedTuple):
    """A vendor's terms for a product at a moment; the fields after `is_known` are None without an offer."""

    product_id: UUID
    sku: str | None
    name: str | None
    is_known: bool
    unit: str | None
    unit_price: Decimal
    minimum_quantity: Decimal
    carton_multiple: Decimal
    availability: str | None
    is_listed: bool | None
    lead_time_days: int
    base_quantity: Decimal
    is_divisible: bool


def units_of(session: Session, product_id: UUID) -> list[str]:
    """The units that a product is sold in, smallest first."""
    return list(
        session.execute(
            select(ProductUnit.unit)
            .where(ProductUnit.product_id == product_id)
            .order_by(ProductUnit.base_quantity)
        ).scalars()
    )


def usable_products(session: Session, business_id: UUID, products: Sequence[UUID]) -> set[UUID]:
    """Which of the products a business may hold: shared ones, its own, and those that somebody offers."""
    rows = session.execute(
        text("""
            SELECT id FROM app.products product
            WHERE id = ANY (CAST(:products AS uuid[])) AND (
                owner_id IS NULL OR owner_id = :business_id
                OR EXISTS (SELECT FROM app.offers WHERE product_id = product.id AND vendor_id = product.owner_id)
            )
        """),
        {"business_id": business_id, "products": list(products)},
    )
    return set(rows.scalars())


TERMS = """
    SELECT asked.product_id, product.sku, product.name, coalesce(product.is_active, false) AS is_known, offer.unit,
           offer.unit_price, offer.minimum_quantity, offer.carton_multiple, offer.availability, offer.is_listed,
           offer.lead_time_days, sold.base_quantity, unit.is_divisible
    FROM unnest(CAST(:products AS uuid[])) AS asked (product_id)
    LEFT JOIN app.products product
        ON product.id = asked.product_id AND (product.owner_id IS NULL OR product.owner_id = :vendor_id)
    LEFT JOIN LATERAL (
        SELECT * FROM app.offers
        WHERE vendor_id = :vendor_id AND product_id = asked.product_id AND valid_from <= :now
        ORDER BY valid_from DESC, id DESC LIMIT 1
    ) offer ON true
    LEFT JOIN app.product_units sold ON sold.product_id = asked.product_id AND sold.unit = offer.unit
    LEFT JOIN app.units unit ON unit.code = offer.unit
"""
"""The vendor's terms for each product asked, in force at a moment: the columns of OfferTerms."""

# The page is cut before the offers are looked up: a catalogue is long, a page is not.
_LISTED = text("""
    WITH page AS (
        SELECT * FROM app.products product
        WHERE (CAST(:product_id AS uuid) IS NOT NULL OR product.is_active)
          AND (CAST(:product_id AS uuid) IS NULL OR product.id = :product_id)
          AND (product.owner_id IS NULL OR product.owner_id = :viewer_id OR (NOT :own_only AND (
              SELECT is_listed FROM app.offers
              WHERE vendor_id = product.owner_id AND product_id = product.id AND valid_from <= :now
              ORDER BY valid_from DESC, id DESC LIMIT 1
          )))
          AND (CAST(:search AS text) IS NULL OR product.name ILIKE :search OR product.sku ILIKE :search)
          AND (CAST(:category AS text) IS NULL OR product.category = :category)
          AND (CAST(:vendor_id AS uuid) IS NULL OR (
              SELECT is_listed FROM app.offers
              WHERE vendor_id = :vendor_id AND product_id = product.id AND valid_from <= :now
              ORDER BY valid_from DESC, id DESC LIMIT 1
          ))
          AND (CAST(:after_sku AS text) IS NULL
               OR (product.sku, product.id) > (:after_sku, CAST(:after_id AS uuid)))
        ORDER BY product.sku, product.id LIMIT :limit
    )
    SELECT page.id, page.sku, page.name, page.category, page.base_unit, page.hsn, page.is_active,
           CAST(page.changed_in AS text) AS version, offer.vendor_id, offer.unit, offer.unit_price, offer.currency,
           offer.minimum_quantity, offer.carton_multiple, offer.availability, offer.lead_time_days,
           offer.valid_from
    FROM page LEFT JOIN LATERAL (
        SELECT DISTINCT ON (vendor_id) * FROM app.offers
        WHERE product_id = page.id AND valid_from <= :now
          AND (CAST(:vendor_id AS uuid) IS NULL OR vendor_id = :vendor_id)
        ORDER BY vendor_id, valid_from DESC, id DESC
    ) offer ON offer.is_listed
    ORDER BY page.sku, page.id, offer.unit_price, offer.vendor_id
""")


def listed(
    session: Session,
    *,
    viewer_id: UUID | None,
    now: datetime,
    own_only: bool = False,
    product_id: UUID | None = None,
    vendor_id: UUID | None = None,
    search: str | None = None,
    category: str | None = None,
    after: tuple[str, UUID] | None = None,
    limit: int = 50,
) -> Sequence[RowMapping]:
    """Products a viewer may see, by code, each with the listed offers in force at `now`, cheapest first.

    At most `limit` products; `after` is the (sku, id) of the last product of the page before. A product that
    is asked for by its id is shown when it is no longer active too.
    """
    pattern = (
        None
        if search is None
        else "%" + search.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%"
    )
    asked = {
        "viewer_id": viewer_id,
        "own_only": own_only,
        "now": now,
        "product_id": product_id,
        "vendor_id": vendor_id,
        "search": pattern,
        "category": category,
        "after_sku": after[0] if after else None,
        "after_id": after[1] if after else None,
        "limit": limit,
    }
    return session.execute(_LISTED, asked).mappings().all()

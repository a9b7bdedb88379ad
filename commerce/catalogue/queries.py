"""Questions to the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from commerce.catalogue import search as searching
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
    tiers: list[dict[str, str]] | None
    base_unit: str
    tax: dict[str, Any] | None
    """Of a price without tax: what the tax of a sale to the retailer hangs on."""


class NamedProduct(NamedTuple):
    """A product with everything that it is called."""

    id: UUID
    name: str
    hsn: str | None
    barcode: str | None
    base_unit: str
    names: list[str]


_NAMED = text("""
    SELECT id, name, hsn, barcode, base_unit,
           ARRAY[name, sku, coalesce(barcode, '')] || ARRAY(SELECT further.name FROM app.product_names further
                                     WHERE further.product_id = product.id ORDER BY language, further.name) AS names
    FROM app.products product WHERE id = ANY (CAST(:products AS uuid[])) ORDER BY id
""")


def named(session: Session, products: Sequence[UUID]) -> list[NamedProduct]:
    """Products with all their names."""
    return [NamedProduct._make(row) for row in session.execute(_NAMED, {"products": list(products)})]


def units_of(session: Session, product_id: UUID) -> dict[str, Decimal]:
    """The units that a product is sold in, smallest first, with the base units that each holds."""
    rows = session.execute(
        select(ProductUnit).where(ProductUnit.product_id == product_id).order_by(ProductUnit.base_quantity)
    ).scalars()
    return {row.unit: row.base_quantity for row in rows}


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
           offer.lead_time_days, sold.base_quantity, unit.is_divisible, offer.tiers, product.base_unit,
           CASE WHEN NOT offer.is_tax_inclusive
               THEN app.tax_facts(:vendor_id, :retailer_id, asked.product_id, :now) END AS tax
    FROM unnest(CAST(:products AS uuid[])) AS asked (product_id)
    LEFT JOIN app.products product
        ON product.id = asked.product_id AND (product.owner_id IS NULL OR product.owner_id = :vendor_id)
    LEFT JOIN LATERAL (
        SELECT * FROM app.offers
        WHERE vendor_id = :vendor_id AND product_id = asked.product_id AND valid_from <= :now
          AND (valid_until IS NULL OR valid_until > :now)
        ORDER BY valid_from DESC, id DESC LIMIT 1
    ) offer ON true
    LEFT JOIN app.product_units sold ON sold.product_id = asked.product_id AND sold.unit = offer.unit
    LEFT JOIN app.units unit ON unit.code = offer.unit
"""
"""The vendor's terms for each product that a retailer asks, in force at a moment: the columns of OfferTerms."""

_OFFERED_BY_OWNER = """
    EXISTS (SELECT FROM (
        SELECT is_listed FROM app.offers
        WHERE vendor_id = product.owner_id AND product_id = product.id AND valid_from <= :now
          AND (valid_until IS NULL OR valid_until > :now)
        ORDER BY valid_from DESC, id DESC LIMIT 1
    ) newest WHERE newest.is_listed)
"""
_OFFERED_BY_VENDOR = _OFFERED_BY_OWNER.replace("vendor_id = product.owner_id", "vendor_id = :vendor_id")

# Whose goods a viewer sees, each part read along an index of its own in the order of the list.
_SHARED, _OWN = "product.owner_id IS NULL", "product.owner_id = :viewer_id"
_OTHERS = (
    f"product.owner_id IS NOT NULL AND product.owner_id IS DISTINCT FROM :viewer_id AND {_OFFERED_BY_OWNER}"
)

_PART = """
    (SELECT product.id, product.{by} FROM app.products product
     WHERE product.is_active AND {whose}
       AND (CAST(:category AS text) IS NULL OR product.category = :category)
       AND (CAST(:after_word AS text) IS NULL OR (product.{by}, product.id) > (:after_word, CAST(:after_id AS uuid)))
     ORDER BY product.{by}, product.id LIMIT :limit)
"""

# A vendor's list begins with its offers, however many goods the market has.
_OF_VENDOR = """
    SELECT product.id, product.{by} FROM app.products product
    WHERE product.id IN (SELECT product_id FROM app.offers WHERE vendor_id = :vendor_id)
      AND product.is_active AND ({whose}) AND {offered}
      AND (CAST(:category AS text) IS NULL OR product.category = :category)
      AND (CAST(:after_word AS text) IS NULL OR (product.{by}, product.id) > (:after_word, CAST(:after_id AS uuid)))
    ORDER BY product.{by}, product.id LIMIT :limit
"""

_SHOWN = text("""
    SELECT product.id, product.sku, product.name, product.category, product.base_unit, product.hsn, product.barcode,
           product.is_active, CAST(product.changed_in AS text) AS version, offer.vendor_id, offer.unit,
           offer.unit_price, offer.currency, offer.minimum_quantity, offer.carton_multiple, offer.tiers,
           offer.availability, offer.is_listed, offer.lead_time_days, offer.is_tax_inclusive,
           offer.valid_from, offer.valid_until
    FROM unnest(CAST(:products AS uuid[])) WITH ORDINALITY AS page (product_id, place)
    JOIN app.products product ON product.id = page.product_id
    LEFT JOIN LATERAL (
        SELECT DISTINCT ON (vendor_id) * FROM app.offers
        WHERE product_id = product.id AND valid_from <= :now AND (valid_until IS NULL OR valid_until > :now)
          AND (CAST(:vendor_id AS uuid) IS NULL OR vendor_id = :vendor_id)
        ORDER BY vendor_id, valid_from DESC, id DESC
    ) offer ON offer.is_listed
    ORDER BY page.place, offer.unit_price, offer.vendor_id
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
    by: Literal["sku", "name"] = "sku",
    after: tuple[Any, ...] | None = None,
    limit: int = 50,
) -> list[dict[str, Any]]:
    """Products a viewer may see, each with the listed offers in force at `now`, cheapest first.

    `by` code or name, or with `search` the closest first, however it is spelt. At most `limit` products; `after` is the
    `sort_key` of the last product of the page before. A product that is asked for by its id is shown when it is no
    longer active too.
    """
    whose = [_SHARED, _OWN, *([] if own_only else [_OTHERS])]
    visible = " OR ".join(f"({part})" for part in whose)
    values: dict[str, Any] = {
        "viewer_id": viewer_id,
        "now": now,
        "vendor_id": vendor_id,
        "category": category,
        "limit": limit,
        "after_sku": after[-2] if after else None,
        "after_word": after[-2] if after else None,
        "after_id": after[-1] if after else None,
    }
    if product_id is not None:
        values["product_id"] = product_id
        question = f"SELECT id, {by} FROM app.products product WHERE id = :product_id AND ({visible})"  # noqa: S608
    elif search is not None:
        words = searching.words_of(search)
        if words is None:
            return []
        session.execute(searching.SET_CLOSE_ENOUGH)
        values |= words | {"after_closeness": after[0] if after else None}
        question = searching.FOUND.format(whose=visible, offered=_OFFERED_BY_VENDOR)
    elif vendor_id is not None:
        question = _OF_VENDOR.format(whose=visible, offered=_OFFERED_BY_VENDOR, by=by)
    else:
        parts = " UNION ALL ".join(_PART.format(whose=part, by=by) for part in whose)
        question = f"SELECT * FROM ({parts}) page ORDER BY {by}, id LIMIT :limit"  # noqa: S608 - constants
    page = session.execute(text(question), values).mappings().all()
    keys = {
        row["id"]: (row["closeness"], row["sku"], row["id"]) if search is not None else (row[by], row["id"])
        for row in page
    }
    shown = session.execute(_SHOWN, {"products": list(keys), "now": now, "vendor_id": vendor_id}).mappings()
    return [{**row, "sort_key": keys[row["id"]]} for row in shown]

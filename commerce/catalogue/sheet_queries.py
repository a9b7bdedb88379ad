"""Questions of the sheet of offers: which goods its lines mean, and what is offered now. Sets, not lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

_SELLABLE = "product.is_active AND (product.owner_id IS NULL OR product.owner_id = :vendor_id)"
_GOOD = """
    product.id, product.sku, product.name, product.barcode, product.base_unit, product.category, product.hsn,
    product.owner_id IS NOT NULL AS is_own
"""
_GOODS_BY_CODE = text(f"""
    SELECT {_GOOD} FROM app.products product WHERE {_SELLABLE} AND product.sku = ANY (CAST(:skus AS text[]))
    UNION
    SELECT {_GOOD} FROM app.products product WHERE {_SELLABLE} AND product.barcode = ANY (CAST(:barcodes AS text[]))
""")  # noqa: S608 - constants
_GOODS_BY_NAME = text(f"""
    SELECT {_GOOD}, lower(product.name) AS called FROM app.products product
    WHERE {_SELLABLE} AND lower(product.name) = ANY (CAST(:names AS text[]))
    UNION
    SELECT {_GOOD}, lower(further.name) FROM app.product_names further
    JOIN app.products product ON product.id = further.product_id
    WHERE {_SELLABLE} AND lower(further.name) = ANY (CAST(:names AS text[]))
""")  # noqa: S608 - constants
_CLOSEST = text(f"""
    SELECT asked.name AS called, found.* FROM unnest(
        CAST(:names AS text[]), CAST(:sounds AS text[]), CAST(:skeletons AS text[])
    ) AS asked (name, sound, skeleton)
    CROSS JOIN LATERAL (
        SELECT {_GOOD}, greatest(word_similarity(asked.sound, search.sounds),
                                 0.7 * word_similarity(asked.skeleton, search.skeletons)
                                 + 0.25 * word_similarity(asked.sound, search.sounds)) AS closeness
        FROM app.product_search search JOIN app.products product ON product.id = search.product_id
        WHERE {_SELLABLE} AND (asked.sound <% search.sounds OR asked.skeleton <% search.skeletons)
        ORDER BY closeness DESC, product.sku LIMIT :candidates
    ) found
    ORDER BY asked.name, found.closeness DESC, found.sku
""")  # noqa: S608 - constants
_SET_CLOSE_ENOUGH = text("SELECT set_config('pg_trgm.word_similarity_threshold', :value, true)")

_TERMS = """
    offer.product_id, offer.unit, offer.unit_price, offer.minimum_quantity, offer.carton_multiple,
    offer.availability, offer.is_listed, offer.lead_time_days, offer.tiers, offer.valid_from, offer.valid_until,
    offer.is_tax_inclusive
"""
_OFFERS = text(f"""
    SELECT 'current' AS kind, {_TERMS} FROM unnest(CAST(:products AS uuid[])) AS asked (product_id)
    CROSS JOIN LATERAL (
        SELECT * FROM app.offers
        WHERE vendor_id = :vendor_id AND product_id = asked.product_id AND valid_from <= :now
          AND (valid_until IS NULL OR valid_until > :now)
        ORDER BY valid_from DESC, id DESC LIMIT 1
    ) offer
    UNION ALL
    SELECT 'announced', {_TERMS} FROM unnest(CAST(:products AS uuid[])) AS asked (product_id)
    CROSS JOIN LATERAL (
        SELECT DISTINCT ON (valid_from) * FROM app.offers
        WHERE vendor_id = :vendor_id AND product_id = asked.product_id AND valid_from > :now
        ORDER BY valid_from, id DESC
    ) offer
""")  # noqa: S608 - constants
_NEWEST = text("""
    SELECT asked.product_id, offer.id FROM unnest(CAST(:products AS uuid[])) AS asked (product_id)
    CROSS JOIN LATERAL (
        SELECT id FROM app.offers WHERE vendor_id = :vendor_id AND product_id = asked.product_id
        ORDER BY id DESC LIMIT 1
    ) offer
""")
_ALL_OFFERED = text(f"""
    SELECT {_GOOD}, sold.base_quantity, {_TERMS} FROM (
        SELECT * FROM (
            SELECT DISTINCT ON (product_id) * FROM app.offers
            WHERE vendor_id = :vendor_id AND valid_from <= :now AND (valid_until IS NULL OR valid_until > :now)
            ORDER BY product_id, valid_from DESC, id DESC
        ) newest WHERE is_listed OR availability = 'flag'
        UNION ALL
        (SELECT DISTINCT ON (product_id, valid_from) * FROM app.offers
         WHERE vendor_id = :vendor_id AND valid_from > :now ORDER BY product_id, valid_from, id DESC)
    ) offer
    JOIN app.products product ON product.id = offer.product_id AND {_SELLABLE}
    JOIN app.product_units sold ON sold.product_id = offer.product_id AND sold.unit = offer.unit
    ORDER BY product.sku, product.id, offer.valid_from
""")  # noqa: S608 - constants


def goods_by_code(
    session: Session, vendor_id: UUID, skus: Sequence[str], barcodes: Sequence[str]
) -> Sequence[RowMapping]:
    """Active goods that the vendor may sell, by code or barcode."""
    values = {"vendor_id": vendor_id, "skus": list(skus), "barcodes": list(barcodes)}
    return session.execute(_GOODS_BY_CODE, values).mappings().all()


def goods_by_name(session: Session, vendor_id: UUID, names: Sequence[str]) -> Sequence[RowMapping]:
    """Active goods that are called so, whatever the case of the letters; `called` is the name asked for."""
    return (
        session.execute(_GOODS_BY_NAME, {"vendor_id": vendor_id, "names": list(names)}).mappings().all()
        if names
        else []
    )


def closest(
    session: Session,
    vendor_id: UUID,
    names: Mapping[str, tuple[str, str]],
    *,
    close_enough: float,
    candidates: int,
) -> Sequence[RowMapping]:
    """The goods closest to each name, given with its sound and skeleton; the closest of each name first."""
    if not names:
        return []
    session.execute(_SET_CLOSE_ENOUGH, {"value": str(close_enough)})
    values = {
        "vendor_id": vendor_id,
        "names": list(names),
        "sounds": [heard for heard, _ in names.values()],
        "skeletons": [bones for _, bones in names.values()],
        "candidates": candidates,
    }
    return session.execute(_CLOSEST, values).mappings().all()


def units(session: Session, products: Sequence[UUID]) -> Sequence[Any]:
    """(product, unit, base units in one) of each product, smallest first."""
    question = text("""
        SELECT product_id, unit, base_quantity FROM app.product_units
        WHERE product_id = ANY (CAST(:products AS uuid[])) ORDER BY product_id, base_quantity, unit
    """)
    return session.execute(question, {"products": list(products)}).all()


def offers(
    session: Session, vendor_id: UUID, products: Sequence[UUID], now: datetime
) -> Sequence[RowMapping]:
    """What the vendor offers of these products at `now` (`kind` current) and for later (`announced`)."""
    values = {"vendor_id": vendor_id, "products": list(products), "now": now}
    return session.execute(_OFFERS, values).mappings().all()


def newest_offers(session: Session, vendor_id: UUID, products: Sequence[UUID]) -> dict[UUID, UUID]:
    """The vendor's newest row of each product, in force or not: another one means that its terms were changed."""
    rows = session.execute(_NEWEST, {"vendor_id": vendor_id, "products": list(products)})
    return {row.product_id: row.id for row in rows}


def all_offered(session: Session, vendor_id: UUID, now: datetime) -> Sequence[RowMapping]:
    """All that the vendor offers at `now` and has announced, with the goods, by code."""
    return session.execute(_ALL_OFFERED, {"vendor_id": vendor_id, "now": now}).mappings().all()

"""Questions about the tax of products."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

CLASS_STATED = """
    SELECT stated.tax_class, stated.condition, stated.valid_from, stated.recorded_at,
           stated.business_id IS NULL AS is_platforms
    FROM app.product_tax_classes stated
    WHERE stated.product_id = {product} AND stated.country = {country} AND stated.valid_from <= :day
      AND (stated.business_id = :business_id OR stated.business_id IS NULL)
    ORDER BY stated.business_id IS NULL, stated.valid_from DESC, stated.recorded_at DESC, stated.id DESC
    LIMIT 1
"""
"""The class of a product on a day as a business sells it: its own word before the platform's, newest first."""
_CLASS_ON = text(CLASS_STATED.format(product=":product_id", country=":country"))

_CLASSES_ON = text(f"""
    SELECT asked.product_id, class.tax_class, class.condition
    FROM unnest(CAST(:products AS uuid[])) AS asked (product_id)
    CROSS JOIN LATERAL ({CLASS_STATED.format(product="asked.product_id", country=":country")}) class
""")  # noqa: S608 - all parts are constants
_SELLER = text("""
    SELECT party.country, party.state, held.profile FROM app.businesses party
    LEFT JOIN LATERAL (
        SELECT profile FROM app.tax_profiles WHERE business_id = party.id AND valid_from <= :day
        ORDER BY valid_from DESC, recorded_at DESC, id DESC LIMIT 1
    ) held ON true
    WHERE party.id = :business_id
""")


def seller(session: Session, business_id: UUID, day: date) -> RowMapping:
    """A business as the tax office sees it on a day: country, state, and profile, None where it never said."""
    return session.execute(_SELLER, {"business_id": business_id, "day": day}).mappings().one()


def classes_on(
    session: Session, *, business_id: UUID, country: str, products: Sequence[UUID], day: date
) -> dict[UUID, tuple[str, str | None]]:
    """Class and condition of the products for which somebody stated one, as this business sells them on a day."""
    values = {"business_id": business_id, "country": country, "products": list(products), "day": day}
    return {row.product_id: (row.tax_class, row.condition) for row in session.execute(_CLASSES_ON, values)}


def class_on(
    session: Session, *, business_id: UUID | None, country: str, product_id: UUID, day: date
) -> RowMapping | None:
    """What a product is taxed as on a day when this business sells it."""
    values = {"business_id": business_id, "country": country, "product_id": product_id, "day": day}
    return session.execute(_CLASS_ON, values).mappings().one_or_none()


def may_state(session: Session, business_id: UUID | None, product_id: UUID) -> bool:
    """Whether it is for this business to say what the product is: a shared one, or its own."""
    return bool(
        session.execute(
            text("""
                SELECT EXISTS (SELECT FROM app.products WHERE id = :product_id
                               AND (owner_id IS NULL OR owner_id = CAST(:business_id AS uuid)))
            """),
            {"product_id": product_id, "business_id": business_id},
        ).scalar_one()
    )

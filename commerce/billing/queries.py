"""Questions about what a shop asks at its counter, and how its bills are made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from foundation.keyset import Order, page

PRICES_BY = {
    "newest": Order((("valid_from", "timestamptz"), ("id", "uuid")), is_descending=True),
    "name": Order((("name", "text"), ("id", "uuid"))),
}
# The newest row of a good and unit is looked up along its index; one without a price is none.
_PRICES = """
    SELECT price.id, price.product_id, product.sku, product.name, price.unit, price.unit_price, price.mrp,
           price.currency, price.valid_from
    FROM app.shop_prices price JOIN app.products product ON product.id = price.product_id
    WHERE price.business_id = :business_id AND price.unit_price IS NOT NULL AND NOT EXISTS (
        SELECT FROM app.shop_prices later
        WHERE later.business_id = price.business_id AND later.product_id = price.product_id
          AND later.unit = price.unit AND (later.valid_from, later.id) > (price.valid_from, price.id))
"""
_PRICE_IS = {
    "product_id": "price.product_id = :product_id",
    "words": "strpos(lower(product.sku || ' ' || product.name), lower(:words)) > 0",
}


@dataclass(frozen=True)
class PriceFilter:
    """Which prices of a list; None does not filter."""

    product_id: UUID | None = None
    words: str | None = None
    """Part of the good's code or name."""


def prices(
    session: Session,
    business_id: UUID,
    *,
    chosen: PriceFilter = PriceFilter(),
    by: Order = PRICES_BY["newest"],
    after: Sequence[Any] | None = None,
    limit: int,
) -> Sequence[RowMapping]:
    """What a shop asks for its goods now."""
    values = {**vars(chosen), "business_id": business_id}
    return page(session, _PRICES, values, filters=_PRICE_IS, by=by, after=after, limit=limit)


_SETTINGS = text("""
    SELECT timing, turnover, rounds_to_rupee, may_abbreviate, upi_address, draft_hours, version, changed_at
    FROM app.billing_settings WHERE business_id = :business_id
""")


def settings(session: Session, business_id: UUID) -> RowMapping | None:
    """What a shop set; None where it never did."""
    return session.execute(_SETTINGS, {"business_id": business_id}).mappings().one_or_none()


_SET = text("""
    INSERT INTO app.billing_settings AS held
        (business_id, timing, turnover, rounds_to_rupee, may_abbreviate, upi_address, draft_hours, version, changed_by,
         changed_at)
    VALUES (:business_id, :timing, :turnover, :rounds_to_rupee, :may_abbreviate, :upi_address, :draft_hours, 1,
            :changed_by, :changed_at)
    ON CONFLICT (business_id) DO UPDATE
    SET timing = excluded.timing, turnover = excluded.turnover, rounds_to_rupee = excluded.rounds_to_rupee,
        may_abbreviate = excluded.may_abbreviate, upi_address = excluded.upi_address,
        draft_hours = excluded.draft_hours, version = held.version + 1, changed_by = excluded.changed_by,
        changed_at = excluded.changed_at
""")


def write_settings(session: Session, values: dict[str, Any]) -> None:
    """Put a shop's settings in the place of those before."""
    session.execute(_SET, values)

"""The goods of a kirana shop as products that all may use: names in three languages, HSN, tax class; never a price."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.catalogue import service as catalogue
from commerce.tax import queries
from commerce.tax.rates import rate_rows
from commerce.tax.service import state_class
from commerce.tax.vocabulary import TaxedGood, goods
from foundation import clock

SKU_PREFIX: Final = "KIRANA-"
FIRST_DAY: Final = date(2025, 4, 1)
"""The first day of the table of rates."""
UNITS: Final = {
    "gram": "g",
    "litre": "l",
    "can": "tin",
    "jar": "bottle",
    "sachet": "packet",
    "tube": "piece",
}
"""Words of the list for units that the trade's own do not have."""
LOOSE: Final = "loose"


@dataclass(frozen=True, slots=True)
class Seeded:
    """What a run made and changed."""

    added: int
    changed: int
    classes: int
    kept: tuple[str, ...]
    """Codes of goods whose class somebody said otherwise: that stays."""
    total: int


def seed(session: Session) -> Seeded:
    """Add the goods that are not there, and bring name, category, HSN and further names of the others up to date.

    Names that others added stay, and so does a tax class that the platform said otherwise. What is sold loose or
    packed at different rates is stated as loose, for these goods are weighed out; a packed brand is a product of
    its own. Safe to repeat.
    """
    there = _there(session)
    today = clock.now().date()
    added = changed = classes = 0
    kept = []
    for good in goods().values():
        product = there.get(sku_of(good))
        wanted = _names(good)
        if product is None:
            product_id = catalogue.add_product(
                session,
                sku=sku_of(good),
                name=good.name_en,
                category=good.category,
                base_unit=UNITS.get(good.unit, good.unit),
                hsn=good.hsn,
                names=wanted,
            )
            added += 1
        else:
            product_id = product["id"]
            changes = _changes(good, wanted, product)
            if changes:
                catalogue.change_product(session, product_id=product_id, owner_id=None, changes=changes)
                changed += 1
        for country in ("IN", "NP"):
            stated = _state(session, good, country, product_id, today)
            classes += stated is True
            if stated is None:
                kept.append(good.code)
    return Seeded(added, changed, classes, tuple(kept), len(goods()))


def sku_of(good: TaxedGood) -> str:
    """The code of a good among the platform's products."""
    return f"{SKU_PREFIX}{good.code.upper()}"


def _there(session: Session) -> dict[str, dict[str, Any]]:
    rows = session.execute(
        text("""
            SELECT product.sku, product.id, product.name, product.category, product.hsn,
                   ARRAY(SELECT ARRAY[further.language, further.name] FROM app.product_names further
                         WHERE further.product_id = product.id) AS names
            FROM app.products product
            WHERE product.owner_id IS NULL AND product.sku = ANY (CAST(:skus AS text[]))
        """),
        {"skus": [sku_of(good) for good in goods().values()]},
    )
    return {row.sku: dict(row._mapping) for row in rows}


def _names(good: TaxedGood) -> dict[str, Sequence[str]]:
    return {"hi": [good.name_hi, good.name_hi_roman], "ne": [good.name_ne]}


def _changes(good: TaxedGood, wanted: dict[str, Sequence[str]], product: dict[str, Any]) -> dict[str, Any]:
    changes: dict[str, Any] = {
        name: value
        for name, value in (("name", good.name_en), ("category", good.category), ("hsn", good.hsn))
        if product[name] != value
    }
    known: defaultdict[str, list[str]] = defaultdict(list)
    for language, name in product["names"]:
        known[language].append(name)
    if any(name not in known[language] for language, names in wanted.items() for name in names):
        merged = {language: [*known[language], *names] for language, names in wanted.items()}
        changes["names"] = {**known, **merged}
    return changes


def _state(session: Session, good: TaxedGood, country: str, product_id: UUID, today: date) -> bool | None:
    """State the class as the platform's word: True where it was not said, None where it was said otherwise."""
    conditions = {row.condition for row in rate_rows().get((country, good.code), ()) if not row.valid_until}
    condition = LOOSE if LOOSE in conditions else None
    stated = queries.class_on(
        session, business_id=None, country=country, product_id=product_id, day=max(today, FIRST_DAY)
    )
    if stated is not None:
        return False if (stated["tax_class"], stated["condition"]) == (good.code, condition) else None
    state_class(
        session,
        business_id=None,
        country=country,
        product_id=product_id,
        tax_class=good.code,
        condition=condition,
        valid_from=FIRST_DAY,
    )
    return True

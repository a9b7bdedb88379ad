"""The goods of the market: what a kirana shop around Surkhet buys by the sack, carton and packet.

Names carry no brands. Prices are rounded wholesale prices in NPR as a trader there would recognise
them in 2025/26; the daily rate is what an average shop sells, in the unit it is bought in.
HSN headings follow the customs nomenclature; whether VAT is charged differs per Finance Act, so
`is_vat_exempt` is the market's own habit and no tax advice.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files


@dataclass(frozen=True)
class Good:
    """One good. `step` is the carton multiple and least quantity in which wholesalers sell it."""

    code: str
    name: str
    name_ne: str
    category: str
    unit: str
    price: Decimal
    step: int
    daily_rate: float
    season: str
    hsn: str
    is_vat_exempt: bool


@lru_cache(maxsize=1)
def goods() -> tuple[Good, ...]:
    """All goods, in the order of `goods.tsv`."""
    table = files("simulation").joinpath("goods.tsv").read_text(encoding="utf-8").splitlines()
    return tuple(
        Good(
            code=row["code"],
            name=row["name"],
            name_ne=row["name_ne"],
            category=row["category"],
            unit=row["unit"],
            price=Decimal(row["price"]),
            step=int(row["step"]),
            daily_rate=float(row["daily_rate"]),
            season=row["season"],
            hsn=row["hsn"],
            is_vat_exempt=row["vat_exempt"] == "y",
        )
        for row in csv.DictReader(table, delimiter="\t")
    )


# What kind of wholesaler carries which categories, and how common that kind is.
SPECIALITIES: dict[str, tuple[float, tuple[str, ...]]] = {
    "grain": (0.26, ("staples", "pulses")),
    "oil and spice": (0.18, ("oil", "spices", "dryfruit", "pulses")),
    "consumer goods": (0.24, ("snacks", "home", "beverages")),
    "drinks and dairy": (0.12, ("beverages", "dairy", "snacks")),
    "fresh and dairy": (0.06, ("fresh", "dairy")),
    "stationery and home": (0.06, ("stationery", "home")),
    "general": (
        0.08,
        ("staples", "pulses", "oil", "snacks", "home", "beverages", "spices", "stationery", "fresh"),
    ),
}

"""Which rate holds for a tax class on a day: dated, conditional rows, each with its source and certainty.

A tax class is a good of `goods.tsv` (its rates follow the law by date), or a rate that a business declares for
its own product (`gst-18`, `vat-13`, `nil`, …), good only for as long as the law knows that rate. An HSN alone gives
no rate: 1905 holds bread (nil), rusk (5) and biscuits (18, then 5).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from commerce.tax.errors import TaxClassInvalid, TaxRateUnknown
from commerce.tax.vocabulary import table

UNKNOWN = "unknown"


@dataclass(frozen=True)
class RateRow:
    """What falls on a class in a country, under a condition, from a day to a day (both included; None: open)."""

    country: str
    tax_class: str
    condition: str | None
    supply: str
    rate: Decimal
    """Percent of the taxable value; in India of both halves together."""
    cess: Decimal
    """Percent of the taxable value, beside `rate` (compensation cess, until 2026-01-31)."""
    valid_from: date | None
    valid_until: date | None
    source: str
    certainty: str
    reason: str = ""
    """Why the row says that the rate is not known."""

    def holds_on(self, day: date) -> bool:
        """Whether the row is in force on the day."""
        return (self.valid_from or date.min) <= day <= (self.valid_until or date.max)


Table = dict[tuple[str, str], tuple[RateRow, ...]]


@lru_cache(maxsize=1)
def rate_rows() -> Table:
    """All rows by country and class, as they stand in `rates.tsv`."""
    found: defaultdict[tuple[str, str], list[RateRow]] = defaultdict(list)
    for row in table("rates.tsv"):
        found[row["country"], row["tax_class"]].append(
            RateRow(
                country=row["country"],
                tax_class=row["tax_class"],
                condition=row["condition"] or None,
                supply=row["supply"],
                rate=Decimal(row["rate"] or 0),
                cess=Decimal(row["cess"] or 0),
                valid_from=_day(row["valid_from"]),
                valid_until=_day(row["valid_until"]),
                source=row["source"],
                certainty=row["certainty"],
                reason=row["reason"],
            )
        )
    return {key: tuple(rows) for key, rows in found.items()}


def rate_on(
    *,
    country: str,
    tax_class: str,
    condition: str | None,
    day: date,
    good: str | None = None,
    rows: Table | None = None,
) -> RateRow:
    """The one row for a class under a condition on a day; `good` is how a refusal names the thing.

    A class whose rate does not depend on packing takes no notice of a condition. Raises TaxRateUnknown.
    """
    good = good or tax_class
    of_class = (rate_rows() if rows is None else rows).get((country, tax_class), ())
    holding = [row for row in of_class if row.holds_on(day)]
    if not holding:
        raise TaxRateUnknown(good, f"class {tax_class!r} has no rate in {country} on {day}")
    if any(row.condition is not None for row in holding):
        holding = [row for row in holding if row.condition == condition]
        if not holding:
            raise TaxRateUnknown(good, f"class {tax_class!r} is taxed as loose or as pre-packaged; say which")
    row = holding[0]
    if row.supply == UNKNOWN:
        raise TaxRateUnknown(good, row.reason)
    return row


def check_class(country: str, tax_class: str, condition: str | None) -> None:
    """Raises TaxClassInvalid unless the country knows the class and the condition is one of it."""
    rows = rate_rows().get((country, tax_class), ())
    if not rows:
        raise TaxClassInvalid("tax_class", tax_class, f"take one of `GET /api/v1/tax/classes` for {country}")
    known = {row.condition for row in rows} - {None}
    if condition is not None and condition not in known:
        raise TaxClassInvalid(
            "condition",
            condition,
            f"{tax_class} is taxed the same loose or packed in {country}: leave it out",
        )
    asked = sorted({row.condition for row in rows if row.condition and row.valid_until is None})
    if condition is None and asked:
        raise TaxClassInvalid("condition", condition, f"{tax_class} is taxed as {' or as '.join(asked)}")


def classes(country: str) -> Sequence[str]:
    """The classes that a country knows, in the order of their codes."""
    return sorted(tax_class for where, tax_class in rate_rows() if where == country)


def _day(written: str) -> date | None:
    return date.fromisoformat(written) if written else None

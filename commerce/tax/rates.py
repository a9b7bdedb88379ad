"""Which rate holds for a tax class on a day: dated, conditional rows, each with its source and certainty.

A tax class is a good of `goods.tsv` (its rates follow the law by date), or a rate that a business declares for
its own product (`gst-18`, `vat-13`, `nil`, …), good only for as long as the law knows that rate. An HSN alone gives
no rate: 1905 holds bread (nil), rusk (5) and biscuits (18, then 5).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from commerce.tax.errors import TaxClassInvalid, TaxRateUnknown
from commerce.tax.vocabulary import table
from foundation.money import format_quantity

UNKNOWN = "unknown"
RETAIL_SALE_PRICE = "retail-sale-price"
"""What `valued_on` says of goods whose tax is reckoned on the price printed on the pack (CGST Rule 31D)."""


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
    cess_per_piece: Decimal = Decimal(0)
    """Cess on each piece, in rupees."""
    cess_on_retail_price: Decimal = Decimal(0)
    """Cess in percent of the retail sale price: `0.32R` of a notification is 32."""
    valued_on: str = ""
    """What is taxed: the value of the supply (empty), or RETAIL_SALE_PRICE less the tax in it."""

    @property
    def needs_retail_price(self) -> bool:
        """Whether the tax cannot be told without the price printed on the pack."""
        return bool(self.valued_on or self.cess_on_retail_price)

    @property
    def levy(self) -> tuple[object, ...]:
        """All that decides what is due: rows that are the same in it differ only in their days."""
        return (
            self.supply,
            self.rate,
            self.cess,
            self.cess_per_piece,
            self.cess_on_retail_price,
            self.valued_on,
        )

    def holds_on(self, day: date) -> bool:
        """Whether the row is in force on the day."""
        return (self.valid_from or date.min) <= day <= (self.valid_until or date.max)

    def as_data(self, version: int) -> dict[str, Any]:
        """As it stands in the trace of a line, with the version of the table that it is of."""
        told: dict[str, Any] = {
            "table": version,
            "country": self.country,
            "tax_class": self.tax_class,
            "condition": self.condition,
            "rate": format_quantity(self.rate),
            "cess": format_quantity(self.cess),
            "valid_from": self.valid_from and self.valid_from.isoformat(),
            "valid_until": self.valid_until and self.valid_until.isoformat(),
            "source": self.source,
            "certainty": self.certainty,
        }
        if self.cess_per_piece:
            told["cess_per_piece"] = format_quantity(self.cess_per_piece)
        if self.cess_on_retail_price:
            told["cess_on_retail_price"] = format_quantity(self.cess_on_retail_price)
        if self.valued_on:
            told["valued_on"] = self.valued_on
        return told


Rows = Mapping[tuple[str, str], tuple[RateRow, ...]]


@dataclass(frozen=True, eq=False)
class Table:
    """All rows by country and class, of one version. Version 0 is the file `rates.tsv`."""

    version: int
    rows: Rows


@lru_cache(maxsize=1)
def shipped_table() -> Table:
    """Version 0, which every installation begins with."""
    return Table(0, by_class(row_of(cells) for cells in table("rates.tsv")))


_in_force: list[Table] = []


def rate_table() -> Table:
    """The table that this process reckons with: the newest that it was told of, else the shipped one."""
    return _in_force[0] if _in_force else shipped_table()


def put_in_force(table: Table) -> None:
    """Let this process reckon with a table from now on. What was reckoned before keeps its figures."""
    _in_force[:] = [table]


def rate_rows() -> Rows:
    """All rows by country and class that are in force in this process."""
    return rate_table().rows


def by_class(rows: Iterable[RateRow]) -> Rows:
    """Rows by country and class, in their order."""
    found: defaultdict[tuple[str, str], list[RateRow]] = defaultdict(list)
    for row in rows:
        found[row.country, row.tax_class].append(row)
    return {key: tuple(of_class) for key, of_class in found.items()}


def row_of(cells: Mapping[str, str]) -> RateRow:
    """A row from its cells. Raises ValueError, InvalidOperation where a figure or a day is none."""
    return RateRow(
        country=cells["country"],
        tax_class=cells["tax_class"],
        condition=cells["condition"] or None,
        supply=cells["supply"],
        rate=Decimal(cells["rate"] or 0),
        cess=Decimal(cells["cess"] or 0),
        valid_from=_day(cells["valid_from"]),
        valid_until=_day(cells["valid_until"]),
        source=cells["source"],
        certainty=cells["certainty"],
        reason=cells["reason"],
        cess_per_piece=Decimal(cells["cess_per_piece"] or 0),
        cess_on_retail_price=Decimal(cells["cess_on_retail_price"] or 0),
        valued_on=cells["valued_on"],
    )


def rate_on(
    *,
    country: str,
    tax_class: str,
    condition: str | None,
    day: date,
    good: str | None = None,
    rows: Rows | None = None,
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

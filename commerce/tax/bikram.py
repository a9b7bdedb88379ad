"""Dates of Bikram Sambat on tax bills: only of years whose calendar was published.

The months of a year are not reckoned but decreed; tables of years to come disagree, and libraries correct them each
spring. Dates are counted by `nepali_datetime`, as everywhere here, and a bill's date is given out only where the
year stands in `bikram_years.tsv` with its source and the library has it so too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import nepali_datetime

from commerce.tax.errors import BikramYearUnpublished
from commerce.tax.vocabulary import table

FIRST_MONTH_OF_FISCAL_YEAR = 4  # Shrawan; Income Tax Act 2058, section 2


@dataclass(frozen=True, slots=True)
class PublishedYear:
    """A year of Bikram Sambat as it was published."""

    year: int
    first_day: date
    months: tuple[int, ...]
    source: str

    @property
    def last_day(self) -> date:
        """The last day of Chaitra."""
        return self.first_day + timedelta(days=sum(self.months) - 1)


@dataclass(frozen=True, slots=True)
class BikramDate:
    """A day as bills of Nepal write it."""

    year: int
    month: int
    day: int

    def __str__(self) -> str:
        """`2082.07.06`, as the tax office's systems write it."""
        return f"{self.year}.{self.month:02d}.{self.day:02d}"

    @property
    def fiscal_year(self) -> str:
        """`2082.083`, from Shrawan to Ashadh, as the tax office's systems write it."""
        first = self.year if self.month >= FIRST_MONTH_OF_FISCAL_YEAR else self.year - 1
        return f"{first}.{(first + 1) % 1000:03d}"


@lru_cache(maxsize=1)
def published_years() -> dict[int, PublishedYear]:
    """The years that may stand on a tax bill."""
    return {
        int(row["year"]): PublishedYear(
            int(row["year"]),
            date.fromisoformat(row["first_day"]),
            tuple(int(days) for days in row["months"].split()),
            row["source"],
        )
        for row in table("bikram_years.tsv")
    }


@lru_cache(maxsize=4096)
def bikram_date(day: date) -> BikramDate:
    """The day in Bikram Sambat. Raises BikramYearUnpublished where its year is not known, or known otherwise."""
    years = published_years()
    known = next((year for year in years.values() if year.first_day <= day <= year.last_day), None)
    if known is None:
        raise BikramYearUnpublished(day, (min(years), max(years)))
    left = (day - known.first_day).days
    month = 1
    for days in known.months:
        if left < days:
            break
        left -= days
        month += 1
    told = BikramDate(known.year, month, left + 1)
    counted = nepali_datetime.date.from_datetime_date(day)
    if (counted.year, counted.month, counted.day) != (told.year, told.month, told.day):
        # A number of the library's year would stand on the bill beside a date of the table's.
        raise BikramYearUnpublished(day, (min(years), max(years)))
    return told

"""The fiscal year of a document's day, as it stands in document numbers."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import nepali_datetime

FIRST_MONTH_INDIA = 4  # April; Income-tax Act 1961, section 3
FIRST_MONTH_NEPAL = 4  # Shrawan of Bikram Sambat; Income Tax Act 2058, section 2


@lru_cache(maxsize=4096)
def fiscal_year(country: str, day: date) -> str:
    """`25-26` in India (April to March), `82-83` in Nepal (Shrawan to Ashadh, Bikram Sambat), else `2011`."""
    if country == "IN":
        return _span(day.year if day.month >= FIRST_MONTH_INDIA else day.year - 1)
    if country == "NP":
        bikram = nepali_datetime.date.from_datetime_date(day)
        return _span(bikram.year if bikram.month >= FIRST_MONTH_NEPAL else bikram.year - 1)
    return str(day.year)


def _span(first: int) -> str:
    return f"{first % 100:02d}-{(first + 1) % 100:02d}"

"""Writes `calendar_days.csv`, the calendar of the trade: `python -m transforms.seeds.make_calendar`.

Sources, as pinned by the lock file:

* Bikram Sambat: the month table of the package `nepali-datetime`. Published tables disagree for 2081–2085,
  so days of those years carry `is_bs_disputed = 1`: good enough for seasons, not for a tax bill.
* Festivals: the holiday lists of the package `holidays` for Nepal (from 2010) and India. For 2009 the Nepali
  festivals are taken from the Indian list, whose moon is the same. A festival that lasts several days is
  counted from its known day; where a lunar day is skipped or doubled, its far end may be a day off.
  Dates of Eid ahead of the published ones are estimates. Nepal's public holidays are blank in 2009.
* Fiscal years: India from 1 April; Nepal from 1 Shrawan, the fourth month of Bikram Sambat.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import holidays
import nepali_datetime

FIRST_DAY = date(2009, 1, 1)
LAST_DAY = date(2027, 12, 31)
CALENDAR = Path(__file__).with_name("calendar_days.csv")

DISPUTED_BS_YEARS = range(2081, 2086)
SHRAWAN = 4
NEPAL_LISTED_FROM = 2010
# Neither list has the Chhath of 2009; the table of Hindu festivals in `holidays` dates it 24 October.
CHHATH_2009 = date(2009, 10, 24)

FLAGS = (
    "is_dashain",
    "is_tihar",
    "is_chhath",
    "is_holi",
    "is_dussehra",
    "is_diwali",
    "is_eid",
    "is_public_holiday_np",
    "is_public_holiday_in",
)
COLUMNS = (
    "calendar_date",
    "iso_weekday",
    "bs_year",
    "bs_month",
    "bs_day",
    "bs_month_name",
    "is_bs_disputed",
    "fiscal_year_np",
    "fiscal_year_in",
    *FLAGS,
)


def render_calendar() -> str:
    """The calendar as CSV text, one row per day."""
    flags = festival_days()
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(COLUMNS)
    for number in range((LAST_DAY - FIRST_DAY).days + 1):
        day = FIRST_DAY + timedelta(days=number)
        out.writerow(
            [
                day.isoformat(),
                day.isoweekday(),
                *bikram_sambat(day),
                indian_fiscal_year(day),
                *(flag_of(day, flag, flags) for flag in FLAGS),
            ]
        )
    return text.getvalue()


def flag_of(day: date, flag: str, flags: dict[str, set[date]]) -> str:
    """`1` or `0`, and blank where the source knows nothing of the year."""
    if flag == "is_public_holiday_np" and day.year < NEPAL_LISTED_FROM:
        return ""
    return str(int(day in flags[flag]))


def bikram_sambat(day: date) -> tuple[int, int, int, str, int, str]:
    """Year, month, day, month name, whether the year is disputed, and the Nepali fiscal year of a day."""
    nepali = nepali_datetime.date.from_datetime_date(day)
    opened = nepali.year if nepali.month >= SHRAWAN else nepali.year - 1
    return (
        nepali.year,
        nepali.month,
        nepali.day,
        nepali.strftime("%B"),
        int(nepali.year in DISPUTED_BS_YEARS),
        f"{opened}/{(opened + 1) % 100:02d}",
    )


def indian_fiscal_year(day: date) -> str:
    """The Indian fiscal year of a day, as `2025-26`."""
    opened = day.year if day.month >= 4 else day.year - 1
    return f"{opened}-{(opened + 1) % 100:02d}"


def festival_days() -> dict[str, set[date]]:
    """The days of each festival flag."""
    years = range(FIRST_DAY.year, LAST_DAY.year + 1)
    nepal = holidays.country_holidays("NP", years=years, language="en_US")
    india = holidays.country_holidays("IN", years=years, language="en_US", categories=("public", "optional"))
    public_in = holidays.country_holidays("IN", years=years, language="en_US")

    def named(country: holidays.HolidayBase, name: str) -> list[date]:
        return [day for day in country.get_named(name, lookup="exact") if day in country]

    def either(nepali_name: str, indian_name: str) -> list[date]:
        return named(nepal, nepali_name) + [day for day in named(india, indian_name) if day.year == 2009]

    dashami = either("Bijaya Dashami", "Dussehra")
    laxmi = either("Laxmi Pooja", "Diwali")
    chhath = [*named(nepal, "Chhath Parva"), CHHATH_2009]
    eid = [
        day
        for country in (nepal, india)
        for name in ("Eid al-Fitr", "Eid al-Fitr (estimated)", "Eid al-Adha", "Eid al-Adha (estimated)")
        for day in named(country, name)
    ]
    return {
        # Fifteen days, from Ghatasthapana, mostly nine days before the Tika, to the full moon after it.
        "is_dashain": spread(dashami, -9, 5) | set(named(nepal, "Ghatasthapana")),
        "is_tihar": spread(laxmi, -2, 2) | set(either("Bhai Tika", "Bhai Duj")),
        # Nahay Khay to the morning offering.
        "is_chhath": spread(chhath, -2, 1),
        # The hills of Nepal play a day before the plains and India.
        "is_holi": set(named(nepal, "Fagu Poornima"))
        | set(named(nepal, "Fagu Poornima (Terai)"))
        | set(named(india, "Holi")),
        "is_dussehra": spread(named(india, "Dussehra"), -9, 0),
        # Dhanteras to Bhai Duj.
        "is_diwali": spread(named(india, "Diwali"), -2, 1) | spread(named(india, "Bhai Duj"), -1, 0),
        "is_eid": set(eid),
        "is_public_holiday_np": set(nepal),
        "is_public_holiday_in": set(public_in),
    }


def spread(days: list[date], first: int, last: int) -> set[date]:
    """Every day from `first` to `last` days after each of `days`."""
    return set(_around(days, first, last))


def _around(days: list[date], first: int, last: int) -> Iterator[date]:
    for day in days:
        for offset in range(first, last + 1):
            yield day + timedelta(days=offset)


if __name__ == "__main__":
    CALENDAR.write_text(render_calendar(), encoding="utf-8")

"""How demand moves with the week, the Bikram Sambat year and the festivals.

Festival days are lunar: they come from the `holidays` package (public holidays of Nepal); months and
the salary days are solar: they come from `nepali-datetime`. Factors multiply an average day's sales.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import holidays
import nepali_datetime

from simulation.places import Town, Zone

SATURDAY = 5  # the weekly day off in Nepal


@dataclass(frozen=True)
class Festival:
    """Buying swells from `ramp_days` before the day (by `peak` on its eve) and has its slump after it."""

    holiday: str
    name: str
    ramp_days: int
    peak: float
    slump_days: int
    zones: tuple[Zone, ...] = ("terai", "hill", "mountain")


FESTIVALS = (
    Festival("Bijaya Dashami", "dashain", ramp_days=16, peak=1.9, slump_days=7),
    Festival("Laxmi Pooja", "tihar", ramp_days=8, peak=1.6, slump_days=3),
    Festival("Chhath Parva", "chhath", ramp_days=4, peak=1.35, slump_days=1, zones=("terai",)),
    Festival("Fagu Poornima", "holi", ramp_days=4, peak=1.25, slump_days=1),
    Festival("Maghe Sankranti", "maghi", ramp_days=5, peak=1.3, slump_days=1),
    Festival("Eid al-Fitr", "eid", ramp_days=8, peak=1.25, slump_days=1, zones=("terai",)),
    Festival("Nepali New Year", "new year", ramp_days=4, peak=1.2, slump_days=1),
)

# How strongly each season profile of the goods answers to each festival (1 = like the shop as a whole).
_SENSITIVITY: dict[str, dict[str, float]] = {
    "feast": {"dashain": 1.4, "tihar": 1.2, "maghi": 1.2, "chhath": 1.2, "eid": 1.0, "holi": 1.0},
    "dashain": {"dashain": 1.8, "tihar": 0.6},
    "tihar": {"dashain": 0.6, "tihar": 2.4, "chhath": 1.6},
    "eid": {"eid": 5.0, "dashain": 0.5},
    "term": {"dashain": 0.0, "tihar": 0.0, "holi": 0.0, "maghi": 0.0},
    "school": {"dashain": 0.5, "tihar": 0.5},
}

# Months of Bikram Sambat, 1 = Baisakh … 12 = Chaitra.
_MONTH_FACTOR: dict[str, tuple[float, ...]] = {
    #            Bai   Jes   Asa   Shr   Bha   Asw   Kar   Man   Pou   Mag   Fal   Cha
    "summer": (1.35, 1.55, 1.45, 1.25, 1.20, 1.05, 0.85, 0.60, 0.50, 0.55, 0.75, 1.10),
    "winter": (0.80, 0.75, 0.80, 0.90, 0.90, 1.00, 1.10, 1.25, 1.35, 1.30, 1.05, 0.90),
    "monsoon": (1.00, 1.20, 1.50, 1.60, 1.45, 1.15, 0.85, 0.60, 0.50, 0.55, 0.75, 0.95),
    "term": (2.60, 1.50, 0.90, 0.80, 0.90, 0.80, 0.70, 1.00, 0.90, 0.90, 0.80, 0.90),
    "school": (1.10, 1.05, 1.00, 0.90, 1.00, 0.90, 0.90, 1.05, 0.95, 0.95, 1.05, 1.05),
    "feast": (1.00, 0.95, 0.85, 0.85, 0.95, 1.05, 1.05, 1.05, 1.00, 1.00, 1.05, 1.00),
}

# Days of a wholesaler's closed shutter around Vijaya Dashami, relative to that day.
_DASHAIN_CLOSURE = range(-1, 3)
WEDDING_MONTHS = (1, 2, 8, 10, 11)


@cache
def festival_days(name: str, year: int) -> tuple[date, ...]:
    """The days of a festival in a Gregorian year, empty where the calendar does not publish it."""
    holiday = next(f.holiday for f in FESTIVALS if f.name == name)
    published = holidays.country_holidays("NP", years=year)
    return tuple(sorted(day for day, label in published.items() if holiday in label))


@cache
def bikram_sambat(day: date) -> tuple[int, int, int]:
    """Year, month and day of the Bikram Sambat calendar."""
    there = nepali_datetime.date.from_datetime_date(day)
    return there.year, there.month, there.day


@cache
def _festival_factor(name: str, day: date) -> float:
    """1 on ordinary days, up to the festival's peak on its eve, under 1 in the slump after it."""
    festival = next(f for f in FESTIVALS if f.name == name)
    factor = 1.0
    for year in (day.year, (day + timedelta(days=festival.ramp_days)).year):
        for feast in festival_days(name, year):
            ahead = (feast - day).days
            if 0 <= ahead <= festival.ramp_days:
                factor = max(factor, 1 + (festival.peak - 1) * (1 - ahead / (festival.ramp_days + 1)))
            elif -festival.slump_days <= ahead < 0:
                factor = min(factor, 0.65)
    return factor


@cache
def season_factor(season: str, zone: Zone, day: date) -> float:
    """What the month and the festivals make of an average day's sales of goods with that season profile."""
    month = bikram_sambat(day)[1]
    factor = _MONTH_FACTOR[season][month - 1] if season in _MONTH_FACTOR else 1.0
    answers = _SENSITIVITY.get(season, {})
    for festival in FESTIVALS:
        if zone in festival.zones:
            swell = _festival_factor(festival.name, day) - 1
            factor *= 1 + swell * (answers.get(festival.name, 0.8) if swell > 0 else 1.0)
    if season == "feast" and month in WEDDING_MONTHS:
        factor *= 1.08
    return max(factor, 0.1)


def week_factor(town: Town, day: date) -> float:
    """Market day draws people in, the day after is thin, on Saturday households are at home."""
    weekday = day.weekday()
    if weekday == town.market_weekday:
        return 1.45
    if weekday == (town.market_weekday + 1) % 7:
        return 0.80
    return 1.10 if weekday == SATURDAY else 0.97


def is_wholesale_closed(day: date) -> bool:
    """Around Vijaya Dashami and on Laxmi Puja every wholesaler is shut (Saturdays are for each to decide)."""
    for feast in festival_days("dashain", day.year):
        if (day - feast).days in _DASHAIN_CLOSURE:
            return True
    return day in festival_days("tihar", day.year)

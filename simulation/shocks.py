"""What comes from outside: roads that close and goods that run short. Drawn per calendar month.

A month's shocks depend on the seed and the month alone, so that a longer simulation sees the same ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from simulation.goods import goods
from simulation.places import ROADS
from simulation.randomness import stream
from simulation.seasons import bikram_sambat

# Expected landslides a month on a road of risk 1, by month of Bikram Sambat (the monsoon is Asar to Asoj).
_SLIDES_A_MONTH = (0.02, 0.08, 0.35, 0.55, 0.50, 0.30, 0.08, 0.02, 0.01, 0.01, 0.02, 0.02)
_STRIKES_A_MONTH = 0.10
_SHORTAGES_A_MONTH = 1.4


@dataclass(frozen=True)
class Blockage:
    """No truck passes the road from `first` to `last`, both included."""

    road: int
    first: date
    last: date
    cause: str


@dataclass(frozen=True)
class Shortage:
    """Wholesalers get only the share `supply` of what they order of a good, dearer by log `price_rise`."""

    good: int
    first: date
    last: date
    supply: float
    price_rise: float


def _months(start: date, until: date) -> Iterator[date]:
    month = (start - timedelta(days=62)).replace(day=1)  # what began earlier may still last
    while month <= until:
        yield month
        month = (month + timedelta(days=32)).replace(day=1)


def blockages(seed: int, start: date, until: date) -> tuple[Blockage, ...]:
    """Every road closure that touches the days from `start` to `until`."""
    found = []
    for month in _months(start, until):
        slides = _SLIDES_A_MONTH[bikram_sambat(month + timedelta(days=14))[1] - 1]
        for index, road in enumerate(ROADS):
            rng = stream(seed, "road", road.name, month)
            for cause, expected, longest in (
                ("landslide", slides * road.slide_risk, 6),
                ("strike", _STRIKES_A_MONTH * road.strike_risk, 2),
            ):
                for _ in range(int(rng.poisson(expected))):
                    first = month + timedelta(days=int(rng.integers(30)))
                    last = first + timedelta(days=int(rng.integers(longest)))
                    if first <= until and last >= start:
                        found.append(Blockage(index, first, last, cause))
    return tuple(sorted(found, key=lambda b: (b.first, b.road, b.last, b.cause)))


def shortages(seed: int, start: date, until: date) -> tuple[Shortage, ...]:
    """Every shortage of a good that touches the days from `start` to `until`."""
    found = []
    for month in _months(start, until):
        rng = stream(seed, "shortage", month)
        for _ in range(int(rng.poisson(_SHORTAGES_A_MONTH))):
            good = int(rng.integers(len(goods())))
            first = month + timedelta(days=int(rng.integers(30)))
            last = first + timedelta(days=int(rng.integers(9, 26)))
            supply, price_rise = float(rng.uniform(0.1, 0.5)), float(rng.uniform(0.08, 0.28))
            if first <= until and last >= start:
                found.append(Shortage(good, first, last, supply, price_rise))
    return tuple(found)

"""Towns of the market and the roads between them.

Towns and road names are real; sizes, driving hours and market days are rounded or made up.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import cache
from typing import Literal

Zone = Literal["terai", "hill", "mountain"]
HUB = "Birendranagar"
COUNTRY = "NP"
CURRENCY = "NPR"
TIME_ZONE = "Asia/Kathmandu"


@dataclass(frozen=True)
class Town:
    """A bazaar. `market_weekday` is its haat day (Monday = 0).

    `wholesale` and `shops` weigh how many vendors and retailers sit there.
    """

    name: str
    district: str
    province: str
    province_code: str
    zone: Zone
    market_weekday: int
    wholesale: float
    shops: float


@dataclass(frozen=True)
class Road:
    """A stretch that can be blocked: `slide_risk` weighs landslides, `strike_risk` closures by strike."""

    name: str
    ends: tuple[str, str]
    hours: float
    slide_risk: float
    strike_risk: float


def _town(
    name: str, district: str, zone: Zone, market_weekday: int, *, wholesale: float, shops: float
) -> Town:
    lumbini = district in ("Banke", "Bardiya")
    return Town(
        name=name,
        district=district,
        province="Lumbini" if lumbini else "Karnali",
        province_code="NP-P5" if lumbini else "NP-P6",
        zone=zone,
        market_weekday=market_weekday,
        wholesale=wholesale,
        shops=shops,
    )


TOWNS: tuple[Town, ...] = (
    _town(HUB, "Surkhet", "hill", 5, wholesale=10, shops=22),
    _town("Chhinchu", "Surkhet", "hill", 2, wholesale=2, shops=7),
    _town("Mehelkuna", "Surkhet", "hill", 0, wholesale=1, shops=5),
    _town("Babiyachaur", "Surkhet", "hill", 3, wholesale=0, shops=5),
    _town("Kohalpur", "Banke", "terai", 1, wholesale=6, shops=12),
    _town("Nepalgunj", "Banke", "terai", 4, wholesale=9, shops=15),
    _town("Gulariya", "Bardiya", "terai", 6, wholesale=1, shops=6),
    _town("Bhurigaun", "Bardiya", "terai", 2, wholesale=0, shops=4),
    _town("Narayan", "Dailekh", "hill", 6, wholesale=1, shops=8),
    _town("Dullu", "Dailekh", "hill", 4, wholesale=0, shops=4),
    _town("Khalanga", "Jajarkot", "mountain", 1, wholesale=0, shops=5),
    _town("Manma", "Kalikot", "mountain", 0, wholesale=0, shops=4),
    _town("Chandannath", "Jumla", "mountain", 3, wholesale=1, shops=6),
)

ROADS: tuple[Road, ...] = (
    Road("Ratna Rajmarg, Babai to Birendranagar", ("Chhinchu", HUB), 1.0, 0.6, 1.0),
    Road("Ratna Rajmarg, Kohalpur to Chhinchu", ("Kohalpur", "Chhinchu"), 2.0, 1.0, 1.2),
    Road("Kohalpur to Nepalgunj", ("Kohalpur", "Nepalgunj"), 0.5, 0.0, 1.0),
    Road("Nepalgunj to Gulariya", ("Nepalgunj", "Gulariya"), 1.0, 0.1, 0.5),
    Road("Mahendra Rajmarg, Kohalpur to Bhurigaun", ("Kohalpur", "Bhurigaun"), 1.5, 0.2, 0.6),
    Road("Chhinchu to Mehelkuna", ("Chhinchu", "Mehelkuna"), 1.0, 0.4, 0.2),
    Road("Birendranagar to Babiyachaur", (HUB, "Babiyachaur"), 2.0, 0.6, 0.2),
    Road("Birendranagar to Dailekh", (HUB, "Narayan"), 3.0, 1.5, 0.4),
    Road("Dailekh to Dullu", ("Narayan", "Dullu"), 2.0, 1.2, 0.2),
    Road("Chhinchu to Jajarkot", ("Chhinchu", "Khalanga"), 5.0, 1.8, 0.3),
    Road("Karnali Rajmarg, Surkhet to Kalikot", (HUB, "Manma"), 7.0, 2.5, 0.3),
    Road("Karnali Rajmarg, Kalikot to Jumla", ("Manma", "Chandannath"), 5.0, 3.0, 0.3),
)

TOWN_BY_NAME = {town.name: town for town in TOWNS}


@cache
def route(origin: str, destination: str) -> tuple[int, ...]:
    """Indices into `ROADS` of the way with the fewest stretches; empty within a town."""
    came_by: dict[str, tuple[str, int] | None] = {origin: None}
    queue = deque([origin])
    while destination not in came_by:
        here = queue.popleft()
        for index, road in enumerate(ROADS):
            if here in road.ends:
                there = road.ends[1] if road.ends[0] == here else road.ends[0]
                if there not in came_by:
                    came_by[there] = (here, index)
                    queue.append(there)
    stretches: list[int] = []
    step = came_by[destination]
    while step is not None:
        stretches.append(step[1])
        step = came_by[step[0]]
    return tuple(reversed(stretches))


def hours_between(origin: str, destination: str) -> float:
    """Hours of a loaded truck between two towns, half an hour within one."""
    return sum(ROADS[index].hours for index in route(origin, destination)) or 0.5

"""The world before the first day: who there is, what they carry, and the hidden paths of prices and purses.

`build_world` is pure: the same arguments give the same world, and more shops leave those before them as
they were.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simulation import names
from simulation.characters import Payer, Seller, draw_payer, draw_seller
from simulation.goods import SPECIALITIES, Good, goods
from simulation.places import HUB, TOWNS, Town, hours_between, route
from simulation.randomness import stream
from simulation.seasons import SATURDAY, bikram_sambat, is_wholesale_closed, season_factor, week_factor
from simulation.shocks import Blockage, Shortage, blockages, shortages

Floats = NDArray[np.float64]

TERMS_DAYS = (7, 15, 15, 21, 30)
MEAN_REVERSION = 0.02
LEAN_MONTHS = (4, 5)  # Saun and Bhadau: last year's harvest is eaten, this year's not cut
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2043, 12, 31)  # the Bikram Sambat calendar ends in April 2044
REMITTANCE_DAYS = 5  # first days of a Bikram Sambat month, when wages and remittances arrive


@dataclass(frozen=True)
class Vendor:
    """A wholesaler. `carries` are indices into the goods; `margins` their log mark-ups over the market."""

    index: int
    code: str
    name: str
    owner: str
    phone: str
    pan: str
    town: Town
    speciality: str
    carries: tuple[int, ...]
    margins: dict[int, float]
    terms_days: int
    lead_days: int
    works_saturdays: bool
    character: Seller


@dataclass(frozen=True)
class Retailer:
    """A shop. `suppliers` are indices into the vendors; `on_credit` are those of them who trust it."""

    index: int
    code: str
    name: str
    owner: str
    phone: str
    town: Town
    size: float
    joins_on: date
    review_days: float
    carries: tuple[int, ...]
    tastes: Floats
    suppliers: tuple[int, ...]
    on_credit: frozenset[int]
    character: Payer


@dataclass(frozen=True)
class World:
    """Everything that is settled before the first order."""

    seed: int
    start: date
    until: date
    goods: tuple[Good, ...]
    vendors: tuple[Vendor, ...]
    retailers: tuple[Retailer, ...]
    blockages: tuple[Blockage, ...]
    shortages: tuple[Shortage, ...]
    market_log_price: Floats
    """By good and day: log of the market price over the list price."""
    retailer_stress: Floats
    """By retailer and day: how short of cash it is, in standard deviations."""

    @property
    def days(self) -> int:
        """How many days are simulated."""
        return (self.until - self.start).days + 1

    def day_index(self, day: date) -> int:
        """Position of a day on the paths, held within them."""
        return min(max((day - self.start).days, 0), self.days - 1)

    @cached_property
    def _closed_roads(self) -> dict[date, frozenset[int]]:
        closed: dict[date, set[int]] = {}
        for block in self.blockages:
            for offset in range((block.last - block.first).days + 1):
                closed.setdefault(block.first + timedelta(days=offset), set()).add(block.road)
        return {day: frozenset(roads) for day, roads in closed.items()}

    def is_blocked(self, origin: str, destination: str, day: date) -> bool:
        """Whether no truck gets from one town to the other on that day."""
        closed = self._closed_roads.get(day)
        return closed is not None and any(road in closed for road in route(origin, destination))

    def supply(self, good: int, day: date) -> float:
        """Share of an ordered quantity that reaches the wholesalers."""
        running = [s.supply for s in self.shortages if s.good == good and s.first <= day <= s.last]
        return min(running, default=1.0)

    def target_price(self, vendor: Vendor, good: int, day: date) -> Decimal:
        """What a vendor would ask today if changing a price cost nothing."""
        over_list = self.market_log_price[good, self.day_index(day)] + vendor.margins[good]
        return round_price(float(self.goods[good].price) * float(np.exp(over_list)))

    def shop_demand(self, retailer: Retailer, day: date) -> Floats:
        """Mean sales of each carried good on a day, wage days included (told to no model)."""
        factors = np.array(
            [season_factor(self.goods[g].season, retailer.town.zone, day) for g in retailer.carries]
        )
        wages = 1.25 if bikram_sambat(day)[2] <= REMITTANCE_DAYS and retailer.town.zone != "terai" else 1.0
        level = retailer.size * week_factor(retailer.town, day) * wages
        mean: Floats = retailer.tastes * factors * level
        return mean

    def is_vendor_open(self, vendor: Vendor, day: date) -> bool:
        """Whether a vendor answers, loads and sells on that day."""
        return not is_wholesale_closed(day) and (vendor.works_saturdays or day.weekday() != SATURDAY)


def round_price(price: float) -> Decimal:
    """To the half rupee below 100, to the rupee below 1,000, to five rupees above: as people quote prices."""
    step = Decimal("0.5") if price < 100 else Decimal(1) if price < 1_000 else Decimal(5)
    steps = (Decimal(repr(price)) / step).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
    return (max(steps, Decimal(1)) * step).quantize(Decimal("0.01"))


def _choose_town(rng: np.random.Generator, weights: list[float]) -> Town:
    shares = np.array(weights)
    return TOWNS[int(rng.choice(len(TOWNS), p=shares / shares.sum()))]


def _build_vendor(seed: int, index: int, taken: set[str]) -> Vendor:
    rng = stream(seed, "vendor", index)
    # The first wholesalers sit in the hub, whatever the dice say: a market needs its middle.
    town = TOWNS[0] if index < 3 else _choose_town(rng, [town.wholesale for town in TOWNS])
    kinds = list(SPECIALITIES)
    shares = np.array([SPECIALITIES[kind][0] for kind in kinds])
    speciality = kinds[index % len(kinds)] if index < 7 else str(rng.choice(kinds, p=shares / shares.sum()))
    categories = SPECIALITIES[speciality][1]
    keeps = 0.45 if speciality == "general" else 0.8
    carries = tuple(
        g for g, good in enumerate(goods()) if good.category in categories and rng.random() < keeps
    )
    level = float(rng.normal(0, 0.02)) + 0.012 * hours_between(HUB, town.name)
    owner = names.person(rng)
    return Vendor(
        index=index,
        code=f"V{index + 1:03d}",
        name=names.business(rng, owner=owner, town=town.name, is_vendor=True, taken=taken),
        owner=owner,
        phone=names.phone(index + 1),
        pan=f"{int(rng.integers(300_000_000, 699_999_999))}",
        town=town,
        speciality=speciality,
        carries=carries,
        margins={good: level + float(rng.normal(0, 0.025)) for good in carries},
        terms_days=int(rng.choice(TERMS_DAYS)),
        lead_days=int(rng.integers(1, 4)),
        works_saturdays=bool(rng.random() < 0.5),
        character=draw_seller(rng),
    )


def _build_retailer(
    seed: int, index: int, taken: set[str], *, vendors: tuple[Vendor, ...], start: date, days: int
) -> Retailer:
    rng = stream(seed, "retailer", index)
    town = _choose_town(rng, [town.shops for town in TOWNS])
    owner = names.person(rng)
    name = names.business(rng, owner=owner, town=town.name, is_vendor=False, taken=taken)
    size = float(rng.lognormal(0, 0.5))
    suppliers: list[int] = []
    covered: set[str] = set()
    closeness = np.array([np.exp(-hours_between(v.town.name, town.name) / 2.5) for v in vendors])
    for _ in range(min(int(rng.integers(3, 6)), len(vendors))):
        fresh = np.array(
            [sum(c not in covered for c in SPECIALITIES[v.speciality][1]) + 0.15 for v in vendors]
        )
        weight = closeness * fresh
        weight[suppliers] = 0
        chosen = int(rng.choice(len(vendors), p=weight / weight.sum()))
        suppliers.append(chosen)
        covered.update(SPECIALITIES[vendors[chosen].speciality][1])
    on_offer = sorted({good for supplier in suppliers for good in vendors[supplier].carries})
    breadth = min(len(on_offer), round(20 + 9 * min(size, 2.5)))
    carries = tuple(sorted(int(g) for g in rng.choice(on_offer, size=breadth, replace=False)))
    rates = np.array([goods()[g].daily_rate for g in carries])
    joins_late = rng.random() < 0.25
    return Retailer(
        index=index,
        code=f"R{index + 1:04d}",
        name=name,
        owner=owner,
        phone=names.phone(100_000 + index + 1),
        town=town,
        size=size,
        joins_on=start + timedelta(days=int(rng.integers(1, max(days // 2, 2))) if joins_late else 0),
        review_days=float(rng.uniform(8.5, 17.0)),
        carries=carries,
        tastes=rates * rng.lognormal(0, 0.4, size=breadth),
        suppliers=tuple(suppliers),
        on_credit=frozenset(s for s in suppliers if rng.random() < 0.88),
        character=draw_payer(rng, start=start, days=days),
    )


def _reverting_walk(rng: np.random.Generator, days: int, *, step: float, reversion: float) -> Floats:
    steps = rng.normal(0, step, size=days)
    path = np.empty(days)
    level = 0.0
    for day in range(days):
        level = level * (1 - reversion) + steps[day]
        path[day] = level
    return path


def _price_paths(seed: int, start: date, days: int, short: tuple[Shortage, ...]) -> Floats:
    paths = np.empty((len(goods()), days))
    for index, good in enumerate(goods()):
        volatility = 0.02 if good.category == "fresh" else 0.006
        walk = _reverting_walk(
            stream(seed, "price", good.code), days, step=volatility, reversion=MEAN_REVERSION
        )
        feast = [
            0.04 * max(season_factor(good.season, "hill", start + timedelta(days=d)) - 1.2, 0)
            for d in range(days)
        ]
        inflation = np.arange(days) * (0.06 / 365)
        paths[index] = walk + np.array(feast) + inflation
    for shortage in short:
        first, last = (shortage.first - start).days, (shortage.last - start).days
        paths[shortage.good, max(first, 0) : max(last + 1, 0)] += shortage.price_rise
    return paths


def _stress_paths(seed: int, start: date, days: int, retailers: tuple[Retailer, ...], world: World) -> Floats:
    """Own luck + the town's luck + lean months + cut roads + the neighbour who went under."""
    own_days = [start + timedelta(days=d) for d in range(days)]
    lean = np.array([bikram_sambat(day)[1] in LEAN_MONTHS for day in own_days], dtype=float)
    town_stress: dict[str, Floats] = {}
    for town in TOWNS:
        luck = _reverting_walk(stream(seed, "town", town.name), days, step=0.12, reversion=0.03)
        cut = np.array([world.is_blocked(HUB, town.name, day) for day in own_days], dtype=float)
        # A cut road empties the purse over a week and is forgotten over the next three.
        strain = np.convolve(cut, 0.25 * np.exp(-np.arange(28) / 9))[:days]
        town_stress[town.name] = luck + strain + lean * (0.5 if town.zone != "terai" else 0.2)
    for shop in retailers:
        if shop.character.breaks_on:
            since = np.arange(days) - (shop.character.breaks_on - start).days
            town_stress[shop.town.name] += np.where((since >= 0) & (since < 35), 0.3, 0.0)
    paths = np.empty((len(retailers), days))
    for shop in retailers:
        luck = _reverting_walk(stream(seed, "purse", shop.code), days, step=0.18, reversion=0.04)
        season = 1.5 * lean if shop.character.kind == "seasonal" else 0.0
        paths[shop.index] = luck + town_stress[shop.town.name] + season
    return paths


def build_world(*, seed: int, vendors: int, retailers: int, days: int, until: date) -> World:
    """The market of `days` days that ends with `until`.

    Raises ValueError where people or days are few, or days lie where the calendars do not reach.
    """
    for name, number, least in (("vendors", vendors, 3), ("retailers", retailers, 1), ("days", days, 7)):
        if number < least:
            raise ValueError(f"{name}={number}: a market needs at least {least}; give more")
    if not FIRST_DAY <= until <= LAST_DAY:
        raise ValueError(f"until={until}: a market ends from {FIRST_DAY} to {LAST_DAY}; give a day of these")
    most = (until - FIRST_DAY).days + 1
    if days > most:
        raise ValueError(f"days={days}: a market ending with {until} has at most {most}; give fewer")
    start = until - timedelta(days=days - 1)
    taken: set[str] = set()
    sellers = tuple(_build_vendor(seed, index, taken) for index in range(vendors))
    shops = tuple(
        _build_retailer(seed, index, taken, vendors=sellers, start=start, days=days)
        for index in range(retailers)
    )
    short = shortages(seed, start, until)
    world = World(
        seed=seed,
        start=start,
        until=until,
        goods=goods(),
        vendors=sellers,
        retailers=shops,
        blockages=blockages(seed, start, until),
        shortages=short,
        market_log_price=_price_paths(seed, start, days, short),
        retailer_stress=np.zeros((len(shops), days)),
    )
    world.retailer_stress[:] = _stress_paths(seed, start, days, shops, world)
    return world

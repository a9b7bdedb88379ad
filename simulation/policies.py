"""How shops and wholesalers decide, each on what it can see: its own shelf, purse, price lists and memory.

Every decision takes a view and a stream of dice and returns a value; nothing here knows of databases.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
from numpy.random import Generator

from simulation.places import hours_between
from simulation.seasons import season_factor
from simulation.world import Floats, Retailer, Vendor, World

BUST_OUT_DAYS = 21
LATE_ENOUGH_TO_REFUSE = 45
LIMIT_STEP_PAISA = 5_000_00


@dataclass(frozen=True)
class Basket:
    """What a shop asks one vendor for: (good, quantity) pairs, in the goods' own units."""

    vendor: int
    lines: tuple[tuple[int, int], ...]
    is_credit: bool


@dataclass(frozen=True)
class ShopView:
    """What a shop knows when it makes its rounds. Arrays run along the goods that it carries."""

    day: date
    shelf: Floats
    on_order: Floats
    daily_sales: Floats
    prices: dict[tuple[int, int], Decimal]
    last_paid: dict[int, Decimal]
    room_paisa: dict[int, int]
    grudges: dict[int, float]


@dataclass(frozen=True)
class DueView:
    """What a shop weighs when a bill comes due: days past the date (negative before), purse, credit used."""

    day: date
    days_past_due: int
    stress: float
    utilisation: float


@dataclass(frozen=True)
class Settlement:
    """Pay `share` of what remains after `wait_days`; a share of zero means: look again then."""

    wait_days: int
    share: float


@dataclass(frozen=True)
class BuyerView:
    """What a vendor knows of the shop that orders."""

    worst_days_past_due: int
    backlog: int


@dataclass(frozen=True)
class Dispatch:
    """When the truck leaves (days after the promise), what it carries, and when the rest follows, if so."""

    late_days: int
    quantities: tuple[int, ...]
    rest_after_days: int | None


@dataclass(frozen=True)
class AccountView:
    """What a vendor looks at when it reviews a limit."""

    limit_paisa: int
    owed_paisa: int
    worst_days_past_due: int
    days_known: int


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def _logit(p: float) -> float:
    p = min(max(p, 1e-4), 1 - 1e-4)
    return math.log(p / (1 - p))


def value_paisa(prices: dict[tuple[int, int], Decimal], basket: Basket) -> int:
    """What a basket costs by the price lists seen."""
    return sum(int(prices[basket.vendor, good] * quantity * 100) for good, quantity in basket.lines)


@dataclass(frozen=True)
class RetailerPolicy:
    """Buys by reorder point, shops around, pays by character and purse."""

    world: World
    retailer: Retailer

    def goes_shopping(self, day: date, rng: Generator) -> bool:
        """Whether it makes its rounds today; more often on the eve of the town's market day."""
        eve = (day.weekday() + 1) % 7 == self.retailer.town.market_weekday
        return rng.random() < (1.6 if eve else 0.9) / self.retailer.review_days

    def baskets(self, view: ShopView, rng: Generator) -> list[Basket]:
        """What to ask of whom; at most one basket a vendor."""
        shop, world = self.retailer, self.world
        wanted: dict[int, list[tuple[int, int]]] = {}
        cover = shop.review_days * 1.5 + 3
        noise = rng.gumbel(0, 0.35, size=(len(shop.carries), len(shop.suppliers)))
        moods = rng.random(len(shop.carries))
        for position, good in enumerate(shop.carries):
            expected = view.daily_sales[position] * self._outlook(good, view.day)
            stock = view.shelf[position] + view.on_order[position]
            if stock > expected * (shop.review_days + 2):
                continue
            vendor = self._vendor_for(good, view, noise[position])
            if vendor is None:
                continue
            quantity = expected * cover * self._bust_out(view.day) - stock
            price = view.prices[vendor, good]
            # The last price paid is a reference: a sharp rise is waited out (told to no model).
            if price > view.last_paid.get(good, price) * Decimal("1.07") and moods[position] < 0.6:
                quantity *= 0.4
            step = world.goods[good].step
            steps = max(round(quantity / step), 0) or (1 if stock < expected * 2 else 0)
            if steps:
                wanted.setdefault(vendor, []).append((good, steps * step))
        found = []
        for vendor, lines in wanted.items():
            basket = Basket(vendor, tuple(lines), is_credit=vendor in shop.on_credit)
            if value_paisa(view.prices, basket) >= 900_00 * shop.size:
                found.append(self._within_room(basket, view, rng))
        return [basket for basket in found if basket.lines]

    def _outlook(self, good: int, day: date) -> float:
        """Own sales carried forward to next week's season; shops see only half of a festival coming."""
        season, zone = self.world.goods[good].season, self.retailer.town.zone
        ahead = season_factor(season, zone, day + timedelta(days=6)) / season_factor(season, zone, day)
        return 1 + (ahead - 1) * 0.5

    def _vendor_for(self, good: int, view: ShopView, noise: Floats) -> int | None:
        shop = self.retailer
        listed = [s for s in shop.suppliers if (s, good) in view.prices]
        if not listed:
            return None
        cheapest = float(min(view.prices[s, good] for s in listed))

        def appeal(supplier: int) -> float:
            place = shop.suppliers.index(supplier)
            dearer = math.log(float(view.prices[supplier, good]) / cheapest)
            far = hours_between(self.world.vendors[supplier].town.name, shop.town.name)
            no_room = view.room_paisa.get(supplier, 1) <= 0
            return float(
                -shop.character.price_sensitivity * dearer
                - shop.character.loyalty * place
                - view.grudges.get(supplier, 0.0)
                - 0.08 * far
                - (2.5 if no_room else 0.0)
                + noise[place]
            )

        return max(listed, key=appeal)

    def _bust_out(self, day: date) -> float:
        """A shop about to break fills its shelves on credit first (told to no model)."""
        breaks_on = self.retailer.character.breaks_on
        if breaks_on and breaks_on - timedelta(days=BUST_OUT_DAYS) <= day < breaks_on:
            return 1.6
        return 1.0

    def _within_room(self, basket: Basket, view: ShopView, rng: Generator) -> Basket:
        """Trims to the credit left, unless the shop asks all the same and hopes."""
        room = view.room_paisa.get(basket.vendor)
        bold = 0.3 if self.retailer.character.kind in ("stretched", "failing") else 0.06
        if room is None or value_paisa(view.prices, basket) <= room or rng.random() < bold:
            return basket
        return self.trimmed(basket, room, view.prices)

    @staticmethod
    def trimmed(basket: Basket, room_paisa: int, prices: dict[tuple[int, int], Decimal]) -> Basket:
        """The first lines of a basket that fit the credit left; without lines when none fits."""
        kept, spent = [], 0
        for good, quantity in basket.lines:
            cost = int(prices[basket.vendor, good] * quantity * 100) + 1
            if spent + cost <= room_paisa:
                kept.append((good, quantity))
                spent += cost
        return Basket(basket.vendor, tuple(kept), basket.is_credit)

    def cancels(self, waited_hours: float, rng: Generator) -> bool:
        """Whether it withdraws an order that nobody has answered."""
        return rng.random() < _logistic((waited_hours - 16) / 5) * 0.35

    def returned(
        self, quantities: tuple[int, ...], steps: tuple[int, ...], rng: Generator
    ) -> tuple[int, ...]:
        """What it sends back of a delivery: mostly nothing, else a part of one line."""
        back = [0] * len(quantities)
        if rng.random() < 0.022:
            line = int(rng.integers(len(quantities)))
            back[line] = min(steps[line], quantities[line])
        return tuple(back)

    def settles(self, view: DueView, rng: Generator) -> Settlement:
        """Whether, when and how much it pays of a bill."""
        payer = self.retailer.character
        if payer.breaks_on and view.day >= payer.breaks_on:
            chance = 0.94
        else:
            # Credit nearly used up weighs more than in proportion (told to no model).
            squeeze = 3.0 * max(view.utilisation - 0.8, 0.0)
            chance = _logistic(_logit(payer.miss) + 0.8 * payer.stress_sensitivity * view.stress + squeeze)
        luck, size, late, habit = rng.random(4)
        if luck < chance:
            return Settlement(wait_days=5 + round(-7 * math.log(1 - size)), share=0.0)
        if view.days_past_due > 0:
            wait = int(3 * late)
        else:
            pressure = max(view.stress, 0.0) * payer.stress_sensitivity
            early = max(-view.days_past_due, 0)
            delay = payer.delay_days + payer.spread_days * float(rng.normal()) + pressure
            wait = max(0, round(early + delay))
        to_cash = self._days_to_cash(view.day + timedelta(days=wait))
        if habit < 0.6 and to_cash <= 2:
            wait += to_cash
        in_parts = late < payer.part_payment * (1 + max(view.stress, 0.0))
        return Settlement(wait, share=0.3 + 0.4 * size if in_parts else 1.0)

    def _days_to_cash(self, day: date) -> int:
        """Days until the morning after the town's market day, when the till is full (told to no model)."""
        return int((self.retailer.town.market_weekday + 1 - day.weekday()) % 7)


@dataclass(frozen=True)
class VendorPolicy:
    """Answers, loads, restocks, reprices and lends by character."""

    world: World
    vendor: Vendor

    def accepts(self, view: BuyerView, rng: Generator) -> bool:
        """Whether it takes an order; bad payers and a full yard make it refuse."""
        seller = self.vendor.character
        chance = seller.decline * (1 + view.backlog / 8)
        if view.worst_days_past_due > LATE_ENOUGH_TO_REFUSE:
            chance += 0.6 * seller.strictness
        elif view.worst_days_past_due > 20:
            chance += 0.15 * seller.strictness
        return rng.random() >= chance

    def answer_hours(self, view: BuyerView, rng: Generator) -> float:
        """Working hours until it answers."""
        seller = self.vendor.character
        return float(rng.lognormal(math.log(seller.answer_hours), 0.6)) * (1 + view.backlog / 20)

    def dispatches(self, ordered: tuple[int, ...], *, is_big_buyer: bool, rng: Generator) -> Dispatch:
        """What leaves when. In doubt the big buyer is served first (told to no model)."""
        seller = self.vendor.character
        late_days = 0
        if rng.random() < seller.late:
            late_days = 1 + int(rng.poisson(seller.late_days))
        quantities = list(ordered)
        rest_after: int | None = None
        if rng.random() < seller.short_delivery * (0.6 if is_big_buyer else 1.3):
            short = rng.random(len(quantities)) < 0.4
            short[int(rng.integers(len(quantities)))] = True
            for line, is_short in enumerate(short):
                if is_short:
                    quantities[line] = int(quantities[line] * rng.uniform(0, 0.8))
            rest_after = 2 + int(rng.poisson(2)) if rng.random() < 0.55 else None
        return Dispatch(late_days, tuple(quantities), rest_after)

    def restock(self, available: dict[int, float], daily: dict[int, float], day: date) -> dict[int, int]:
        """Quantities to buy in: up to the cover aimed at, with an eye on the season when it has one."""
        seller = self.vendor.character
        wanted = {}
        for good in self.vendor.carries:
            item = self.world.goods[good]
            ahead = 1.0
            if seller.sees_festivals:
                now = season_factor(item.season, self.vendor.town.zone, day)
                later = season_factor(item.season, self.vendor.town.zone, day + timedelta(days=9))
                ahead = max(later / now, 0.8)
            target = daily[good] * seller.cover_days * ahead
            if available[good] < target * 0.6:
                steps = math.ceil((target - available[good]) / item.step)
                if steps > 0:
                    wanted[good] = steps * item.step
        return wanted

    def reprices(self, current: dict[int, Decimal], day: date) -> dict[int, Decimal]:
        """New prices for goods whose market has moved by more than people leave unanswered."""
        changed = {}
        for good, price in current.items():
            target = self.world.target_price(self.vendor, good, day)
            if abs(math.log(float(target) / float(price))) > 0.04:
                changed[good] = target
        return changed

    def first_limit_paisa(self, retailer: Retailer, rng: Generator) -> int:
        """What it lends to a shop that it has only looked at from the outside."""
        looks = retailer.size * float(rng.lognormal(0, 0.35))
        guess: float = (
            30_000_00 * looks * (self.vendor.terms_days / 15) ** 0.7 / self.vendor.character.strictness**0.5
        )
        return max(round(guess / LIMIT_STEP_PAISA), 2) * LIMIT_STEP_PAISA

    def reviews_limit(self, view: AccountView, rng: Generator) -> int | None:
        """A new limit, or None to leave it."""
        if view.days_known < 25:
            return None
        if view.worst_days_past_due > 30:
            new = view.limit_paisa // 2
        elif (
            view.worst_days_past_due <= 5 and view.owed_paisa > 0.5 * view.limit_paisa and rng.random() < 0.5
        ):
            new = int(view.limit_paisa * 1.3)
        else:
            return None
        new = int(new // LIMIT_STEP_PAISA) * LIMIT_STEP_PAISA
        return None if new == view.limit_paisa else new


def true_propensity(world: World, retailer: Retailer, draws: int = 400) -> float:
    """Chance that a bill of this shop goes 30 days past due, by its own policy on a day of its own path."""
    policy = RetailerPolicy(world, retailer)
    rng = np.random.default_rng([world.seed, retailer.index])
    lapsed = 0
    for _ in range(draws):
        index = int(rng.integers(world.days))
        day, late = world.start + timedelta(days=index), 0
        while late < 30:
            stress = float(world.retailer_stress[retailer.index, world.day_index(day + timedelta(days=late))])
            answer = policy.settles(DueView(day + timedelta(days=late), late, stress, utilisation=0.5), rng)
            late += answer.wait_days
            if answer.share == 1.0:
                break
            late += int(answer.share > 0)
        lapsed += int(late >= 30)
    return lapsed / draws

"""The days of a simulated market: who does what when, in the order of the clock.

Agents decide by their policies and by what they remember (shelves, grudges, bills), which stands in no
database; whatever changes the record goes through `simulation/desk.py` to commerce's verbs.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from itertools import count
from zoneinfo import ZoneInfo

import numpy as np
from numpy.random import Generator

from foundation.money import line_amount_paisa
from simulation.desk import Desk
from simulation.places import TIME_ZONE
from simulation.policies import (
    AccountView,
    BuyerView,
    DueView,
    RetailerPolicy,
    ShopView,
    VendorPolicy,
)
from simulation.randomness import stream
from simulation.state import Account, Ask, Bill, OpenOrder, ShopState, VendorState
from simulation.trade import ACCEPTANCE, NOTHING_THERE, OVER_LIMIT, SHORT, Trade
from simulation.world import Retailer, Vendor, World

ZONE = ZoneInfo(TIME_ZONE)
OPENS, CLOSES = 7.0, 18.5
SOURCE_TOWN = "Nepalgunj"
GRUDGE_MEMORY = 0.96
REVIEW_CYCLE_DAYS = 28
LOOKS_AHEAD_DAYS = 3  # before the due date
ATTEMPTS = 3

Pair = tuple[int, int]


class Market:
    """Plays a world day by day. `tally` counts what happened, by the trade's words."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.tally: Counter[str] = Counter()
        self._events: list[tuple[datetime, int, Callable[[datetime], None]]] = []
        self._serial = count(1)
        self._vendors = [self._stocked(vendor) for vendor in world.vendors]
        self._shops = [self._opened(shop) for shop in world.retailers]
        self._accounts: dict[Pair, Account] = {}
        self._customers: list[dict[int, Account]] = [{} for _ in world.vendors]
        self._waiting: dict[int, OpenOrder] = {}
        self._served: list[Counter[int]] = [Counter() for _ in world.vendors]

    # --- before the first day -----------------------------------------------------------------

    def _stocked(self, vendor: Vendor) -> VendorState:
        policy = VendorPolicy(self.world, vendor)
        daily = dict.fromkeys(vendor.carries, 0.0)
        for shop in self.world.retailers:
            if vendor.index in shop.suppliers:
                for position, good in enumerate(shop.carries):
                    rivals = sum(good in self.world.vendors[s].carries for s in shop.suppliers)
                    if good in daily:
                        daily[good] += shop.tastes[position] * shop.size / rivals
        for good in daily:
            daily[good] = max(daily[good], 0.2 * self.world.goods[good].daily_rate)
        empty = dict.fromkeys(vendor.carries, 0.0)
        opening = policy.restock(empty, daily, self.world.start)
        return VendorState(
            policy=policy,
            prices={good: self.world.target_price(vendor, good, self.world.start) for good in vendor.carries},
            on_hand={good: float(opening.get(good, 0)) for good in vendor.carries},
            reserved=dict(empty),
            coming=dict(empty),
            daily=daily,
        )

    def _opened(self, shop: Retailer) -> ShopState:
        rng = stream(self.world.seed, "shelf", shop.code)
        expected = shop.tastes * shop.size
        return ShopState(
            policy=RetailerPolicy(self.world, shop),
            shelf=expected * shop.review_days * rng.uniform(0.2, 1.6, size=len(expected)),
            on_order=np.zeros(len(expected)),
            daily_sales=expected * rng.lognormal(0, 0.15, size=len(expected)),
        )

    @property
    def loads(self) -> list[float]:
        """How busy each vendor will be, by its own guess of daily sales."""
        return [
            sum(state.daily[good] * float(self.world.goods[good].price) for good in state.daily)
            for state in self._vendors
        ]

    def found(self, trade: Trade) -> None:
        """Take in the vendors with their goods, prices and opening stock; shops join on their own days."""
        moment = self._at(self.world.start, 5.0)
        trade.list_goods(moment)
        for state in self._vendors:
            opening = {good: int(quantity) for good, quantity in state.on_hand.items() if quantity}
            trade.take_in_vendor(moment, state.policy.vendor, state.prices, opening)

    def busiest(self) -> Pair:
        """The vendor that delivered most orders, and the shop that it delivered most to."""
        vendor = max(range(len(self._vendors)), key=lambda v: sum(self._served[v].values()))
        shop = max(self.world.retailers, key=lambda shop: self._served[vendor][shop.index])
        return vendor, shop.index

    # --- the clock ------------------------------------------------------------------------------

    def _at(self, day: date, hour: float) -> datetime:
        """A moment of a day, on whole seconds."""
        midnight = datetime.combine(day, time(), tzinfo=ZONE)
        return (midnight + timedelta(seconds=round(hour * 3600))).astimezone(UTC)

    def _local(self, moment: datetime) -> tuple[date, float]:
        there = moment.astimezone(ZONE)
        return there.date(), there.hour + there.minute / 60 + there.second / 3600

    def _when(self, moment: datetime, event: Callable[[datetime], None]) -> None:
        heapq.heappush(self._events, (moment, next(self._serial), event))

    def run(self, desk: Desk) -> Iterator[date]:
        """Play every day through `desk`; yields each when it is over. Vendors must be taken in (`found`)."""
        self._desk = desk
        for offset in range(self.world.days):
            day = self.world.start + timedelta(days=offset)
            self._plan(day)
            midnight = self._at(day + timedelta(days=1), 0)
            while self._events and self._events[0][0] < midnight:
                moment, _, event = heapq.heappop(self._events)
                event(moment)
            yield day
        desk.wait()

    def _dice(self, question: str, *labels: object) -> Generator:
        return stream(self.world.seed, question, *labels)

    def _plan(self, day: date) -> None:
        self._when(self._at(day, 5.5), self._let_lapse)
        for state in self._vendors:
            vendor = state.policy.vendor
            if not self.world.is_vendor_open(vendor, day):
                continue
            if (day.toordinal() + vendor.index) % 7 == 0:
                self._when(self._at(day, 6.0), partial(self._reprice, state))
            if (day.toordinal() + vendor.index) % 3 == 0:
                self._order_stock(state, day)
            self._review_limits(state, day)
        for shop in self._shops:
            if shop.policy.retailer.joins_on == day:
                self._when(self._at(day, 6.5), partial(self._join, shop))
            if shop.policy.retailer.joins_on <= day:
                rng = self._dice("rounds", shop.policy.retailer.code, day)
                if shop.policy.goes_shopping(day, rng):
                    hour = float(rng.triangular(7.5, 10.5, 18.5))
                    self._when(self._at(day, hour), partial(self._shop, shop, rng))
        self._when(self._at(day, 21.0), self._close_day)

    # --- shops ----------------------------------------------------------------------------------

    def _join(self, shop: ShopState, moment: datetime) -> None:
        """A shop comes onto the platform and its suppliers open accounts for it."""
        retailer = shop.policy.retailer
        day, _ = self._local(moment)
        self._desk.tell_all(Trade.know, retailer.index, self._desk.trade.take_in_retailer(moment, retailer))
        for supplier in retailer.suppliers:
            if supplier in retailer.on_credit:
                vendor = self._vendors[supplier].policy
                limit = vendor.first_limit_paisa(retailer, self._dice("first limit", retailer.code, supplier))
                self._desk.do(
                    supplier,
                    Trade.agree,
                    moment,
                    supplier,
                    retailer.index,
                    limit=limit,
                    net_days=vendor.vendor.terms_days,
                )
                account = Account(limit, day)
                self._accounts[retailer.index, supplier] = self._customers[supplier][retailer.index] = account
        self.tally["shops joined"] += 1

    def _shop(self, shop: ShopState, rng: Generator, moment: datetime) -> None:
        retailer = shop.policy.retailer
        day, _ = self._local(moment)
        view = ShopView(
            day=day,
            shelf=shop.shelf,
            on_order=shop.on_order,
            daily_sales=shop.daily_sales,
            prices={
                (supplier, good): price
                for supplier in retailer.suppliers
                for good, price in self._vendors[supplier].prices.items()
            },
            last_paid=shop.last_paid,
            room_paisa={s: self._accounts[retailer.index, s].room_paisa for s in retailer.on_credit},
            grudges=shop.grudges,
        )
        for step, basket in enumerate(shop.policy.baskets(view, rng)):
            later = moment + timedelta(minutes=4 * step, seconds=int(rng.integers(200)))
            ask = Ask(basket, takes_part=bool(rng.random() < 0.5))
            self._when(later, partial(self._ask, shop, ask))

    def _ask(self, shop: ShopState, ask: Ask, moment: datetime) -> None:
        """Place an order; when refused, perhaps ask for less."""
        basket, retailer = ask.basket, shop.policy.retailer
        vendor = self._vendors[basket.vendor]
        if ask.attempt == 1:
            # The vendor hears what was wanted, whatever comes of it.
            vendor.asked_today.update(dict(basket.lines))
        prices = tuple(vendor.prices[good] for good, _ in basket.lines)
        granted, refusal = self._foreseen(retailer, ask, prices)
        serial = next(self._serial)
        self._desk.do(
            basket.vendor,
            Trade.place,
            moment,
            serial,
            vendor=basket.vendor,
            retailer=retailer.index,
            lines=basket.lines,
            is_credit=basket.is_credit,
            takes_part=ask.takes_part,
            expected=refusal,
        )
        if refusal is not None:
            self.tally[f"refused: {refusal}"] += 1
            self._resent(shop, basket.vendor, 0.1)
            self._try_again(shop, ask, refusal, moment)
            return
        order = OpenOrder(
            id=serial,
            shop=retailer.index,
            vendor=basket.vendor,
            goods=tuple(good for good, _ in basket.lines),
            ordered=granted,
            is_credit=basket.is_credit,
            placed_at=moment,
            prices=prices,
            sent=[0] * len(granted),
        )
        self.tally["orders placed"] += 1
        self.tally["lines placed"] += len(order.goods)
        self.tally["lines granted in part"] += sum(
            got < quantity for got, (_, quantity) in zip(granted, basket.lines, strict=True)
        )
        value = self._worth(prices, granted)
        self.tally["value placed"] += value
        for good, quantity in zip(order.goods, granted, strict=True):
            vendor.reserved[good] += quantity
            shop.on_order[retailer.carries.index(good)] += quantity
        if order.is_credit:
            order.held_paisa = value
            self._accounts[retailer.index, basket.vendor].held_paisa += value
        vendor.backlog += 1
        self._expect_answer(order, vendor, moment)
        patience = moment + timedelta(
            hours=float(self._dice("patience", retailer.code, basket.vendor, moment).uniform(14, 40))
        )
        self._when(patience, partial(self._lose_patience, order))
        self._waiting[serial] = order

    def _foreseen(
        self, retailer: Retailer, ask: Ask, prices: tuple[Decimal, ...]
    ) -> tuple[tuple[int, ...], str | None]:
        """What the vendor can grant of a basket, and the refusal if it cannot.

        Credit is looked at before the shelves, but where a part would do, only for what they hold.
        """
        vendor, lines = self._vendors[ask.basket.vendor], ask.basket.lines
        asked = tuple(quantity for _, quantity in lines)
        granted = tuple(min(quantity, self._whole_cartons(vendor, good)) for good, quantity in lines)
        if ask.takes_part and not any(granted):
            return granted, NOTHING_THERE
        if ask.basket.is_credit:
            room = self._accounts[retailer.index, ask.basket.vendor].room_paisa
            if self._worth(prices, granted if ask.takes_part else asked) > room:
                return granted, OVER_LIMIT
        return granted, None if ask.takes_part or granted == asked else SHORT

    def _try_again(self, shop: ShopState, ask: Ask, refusal: str, moment: datetime) -> None:
        """What is short is taken in part by some; what is over the limit is cut down; else it is left."""
        vendor = self._vendors[ask.basket.vendor]
        again = ask
        if refusal == OVER_LIMIT:
            room = self._accounts[shop.policy.retailer.index, ask.basket.vendor].room_paisa
            prices = {(ask.basket.vendor, good): price for good, price in vendor.prices.items()}
            again = replace(ask, basket=RetailerPolicy.trimmed(ask.basket, room, prices))
        elif refusal == SHORT and shop.policy.retailer.character.loyalty > 0.15:
            again = replace(ask, takes_part=True)
        if again is not ask and again.basket.lines and ask.attempt < ATTEMPTS:
            again = replace(again, attempt=ask.attempt + 1)
            self._when(moment + timedelta(minutes=2), partial(self._ask, shop, again))

    def _worth(self, prices: tuple[Decimal, ...], quantities: tuple[int, ...]) -> int:
        return sum(line_amount_paisa(p, Decimal(q)) for p, q in zip(prices, quantities, strict=True))

    def _whole_cartons(self, vendor: VendorState, good: int) -> int:
        step = self.world.goods[good].step
        return int((vendor.on_hand[good] - vendor.reserved[good]) // step) * step

    def _resent(self, shop: ShopState, vendor: int, weight: float) -> None:
        shop.grudges[vendor] = shop.grudges.get(vendor, 0.0) + weight

    def _lose_patience(self, order: OpenOrder, moment: datetime) -> None:
        if order.state != "placed":
            return
        shop = self._shops[order.shop]
        waited = (moment - order.placed_at).total_seconds() / 3600
        if shop.policy.cancels(waited, self._dice("cancel", shop.policy.retailer.code, order.placed_at)):
            self._desk.do(order.vendor, Trade.cancel, moment, order.id, by_vendor=False)
            self._fall_through(order, "orders cancelled")
            self._resent(shop, order.vendor, 0.4)

    def _let_lapse(self, moment: datetime) -> None:
        """In the morning the verb for what is due lets orders lapse that nobody answered in time."""
        before = moment - ACCEPTANCE
        late = [order for order in self._waiting.values() if order.placed_at <= before]
        if not late:
            return
        # It takes what is due of every vendor: what they did before must be in the record first.
        self._desk.wait()
        self._desk.trade.expire(moment, expected=len(late))
        for order in late:
            self._fall_through(order, "orders lapsed")
            self._resent(self._shops[order.shop], order.vendor, 0.6)

    def _close_day(self, moment: datetime) -> None:
        """Evening: shops have sold to households; vendors and shops take stock of the day."""
        day, _ = self._local(moment)
        for shop in self._shops:
            retailer = shop.policy.retailer
            if retailer.joins_on > day:
                continue
            rng = self._dice("till", retailer.code, day)
            demand = rng.poisson(self.world.shop_demand(retailer, day) * 10) / 10
            sold = np.minimum(demand, shop.shelf)
            shop.shelf = shop.shelf - sold
            # A shelf that was empty says nothing about demand: remember the old figure there.
            seen = np.where(shop.shelf > 0, sold, np.maximum(sold, shop.daily_sales))
            shop.daily_sales = 0.92 * shop.daily_sales + 0.08 * seen
            for vendor in shop.grudges:
                shop.grudges[vendor] *= GRUDGE_MEMORY
        for state in self._vendors:
            for good in state.daily:
                state.daily[good] = 0.93 * state.daily[good] + 0.07 * state.asked_today[good]
            state.asked_today.clear()
        for account in self._accounts.values():
            account.worst_days = max(account.worst_days - 1, account.days_past_due(day))

    # --- vendors --------------------------------------------------------------------------------

    def _working(self, vendor: Vendor, moment: datetime, *, other_town: str | None = None) -> datetime:
        """The first moment from `moment` on at which a vendor works (and its truck gets through)."""
        day, hour = self._local(moment)
        if hour > CLOSES:
            day, hour = day + timedelta(days=1), OPENS + hour % 1
        hour = max(hour, OPENS + hour % 1)
        while not self.world.is_vendor_open(vendor, day) or (
            other_town is not None and self.world.is_blocked(vendor.town.name, other_town, day)
        ):
            day += timedelta(days=1)
        return self._at(day, hour)

    def _expect_answer(self, order: OpenOrder, vendor: VendorState, moment: datetime) -> None:
        code = vendor.policy.vendor.code
        rng = self._dice("answer", code, self.world.retailers[order.shop].code, moment)
        view = BuyerView(self._worst_days(order), vendor.backlog)
        wait = timedelta(hours=vendor.policy.answer_hours(view, rng))
        self._when(
            self._working(vendor.policy.vendor, moment + wait), partial(self._answer, order, view, rng)
        )

    def _worst_days(self, order: OpenOrder) -> int:
        account = self._accounts.get((order.shop, order.vendor))
        return account.worst_days if account else 0

    def _answer(self, order: OpenOrder, view: BuyerView, rng: Generator, moment: datetime) -> None:
        if order.state != "placed":
            return
        vendor, shop = self._vendors[order.vendor], self._shops[order.shop]
        seller = vendor.policy.vendor
        if not vendor.policy.accepts(view, rng):
            self._desk.do(order.vendor, Trade.decline, moment, order.id)
            self._fall_through(order, "orders declined")
            self._resent(shop, order.vendor, 0.5)
            return
        day, _ = self._local(moment)
        order.promised_on = day + timedelta(days=seller.lead_days)
        self._desk.do(order.vendor, Trade.accept, moment, order.id, order.promised_on)
        del self._waiting[order.id]
        order.state = "accepted"
        self.tally["orders accepted"] += 1
        is_big = shop.policy.retailer.size > 1.3
        load = vendor.policy.dispatches(order.ordered, is_big_buyer=is_big, rng=rng)
        leaves = self._at(order.promised_on + timedelta(days=load.late_days), float(rng.uniform(8.5, 17)))
        leaves = self._working(seller, leaves, other_town=shop.policy.retailer.town.name)
        self._when(leaves, partial(self._deliver, order, load.quantities, load.rest_after_days))

    def _deliver(
        self, order: OpenOrder, quantities: tuple[int, ...], rest_after: int | None, moment: datetime
    ) -> None:
        vendor, shop = self._vendors[order.vendor], self._shops[order.shop]
        seller, retailer = vendor.policy.vendor, shop.policy.retailer
        day, _ = self._local(moment)
        if any(quantities):
            self._desk.do(order.vendor, Trade.deliver, moment, order.id, quantities)
            value = self._worth(order.prices, quantities)
            self.tally["deliveries"] += 1
            self._served[order.vendor][order.shop] += 1
            self.tally["value delivered"] += value
            assert order.promised_on is not None, "only accepted orders are delivered"
            if day > order.promised_on:
                self.tally["deliveries late"] += 1
                self._resent(shop, order.vendor, 0.15 * (day - order.promised_on).days)
            for line, quantity in enumerate(quantities):
                good = order.goods[line]
                order.sent[line] += quantity
                vendor.on_hand[good] -= quantity
                vendor.reserved[good] -= quantity
                position = retailer.carries.index(good)
                shop.shelf[position] += quantity
                shop.on_order[position] -= quantity
                if quantity:
                    shop.last_paid[good] = order.prices[line]
            self._owe(order, value, moment)
            self._maybe_return(order, quantities, moment)
        missing = tuple(asked - sent for asked, sent in zip(order.ordered, order.sent, strict=True))
        if not any(missing):
            self._finish(order)
        elif rest_after is not None:
            self._resent(shop, order.vendor, 0.15)
            later = self._working(seller, moment + timedelta(days=rest_after), other_town=retailer.town.name)
            self._when(later, partial(self._deliver, order, missing, None))
        else:
            self._resent(shop, order.vendor, 0.3)
            short_at = moment + timedelta(minutes=20)
            self._when(short_at, partial(self._give_up_rest, order, missing))

    def _give_up_rest(self, order: OpenOrder, missing: tuple[int, ...], moment: datetime) -> None:
        vendor, shop = self._vendors[order.vendor], self._shops[order.shop]
        if any(order.sent):
            self._desk.do(order.vendor, Trade.close_short, moment, order.id)
            self.tally["orders closed short"] += 1
        else:
            self._desk.do(order.vendor, Trade.cancel, moment, order.id, by_vendor=True)
            self.tally["orders cancelled"] += 1
        for good, quantity in zip(order.goods, missing, strict=True):
            vendor.reserved[good] -= quantity
            shop.on_order[shop.policy.retailer.carries.index(good)] -= quantity
        self._finish(order)

    def _finish(self, order: OpenOrder) -> None:
        order.state = "completed"
        self._vendors[order.vendor].backlog -= 1
        self._release(order, order.held_paisa)  # what was held for lines that never came is free again

    def _release(self, order: OpenOrder, amount: int) -> None:
        """Credit promised to an order is used up by a delivery, or given back."""
        amount = min(amount, order.held_paisa)
        if amount:
            order.held_paisa -= amount
            self._accounts[order.shop, order.vendor].held_paisa -= amount

    def _fall_through(self, order: OpenOrder, what: str) -> None:
        """An order that nobody answers, or that is declined or withdrawn: nothing stays promised."""
        del self._waiting[order.id]
        self.tally[what] += 1
        vendor, shop = self._vendors[order.vendor], self._shops[order.shop]
        for good, quantity in zip(order.goods, order.ordered, strict=True):
            vendor.reserved[good] -= quantity
            shop.on_order[shop.policy.retailer.carries.index(good)] -= quantity
        self._finish(order)
        order.state = "fallen through"

    def _reprice(self, state: VendorState, moment: datetime) -> None:
        day, _ = self._local(moment)
        changed = state.policy.reprices(state.prices, day)
        if changed:
            vendor = state.policy.vendor
            self._desk.do(vendor.index, Trade.reprice, moment, vendor.index, vendor.lead_days, changed)
            state.prices.update(changed)
            self.tally["prices changed"] += len(changed)

    def _order_stock(self, state: VendorState, day: date) -> None:
        vendor = state.policy.vendor
        available = {g: state.on_hand[g] - state.reserved[g] + state.coming[g] for g in vendor.carries}
        wanted = state.policy.restock(available, state.daily, day)
        coming = {}
        for good, quantity in wanted.items():
            step = self.world.goods[good].step
            if got := int(quantity * self.world.supply(good, day)) // step * step:
                coming[good] = got
        if coming:
            rng = self._dice("truck", vendor.code, day)
            arrives = self._at(day + timedelta(days=int(rng.integers(1, 4))), float(rng.uniform(6.6, 9)))
            arrives = self._working(vendor, arrives, other_town=SOURCE_TOWN)
            for good, quantity in coming.items():
                state.coming[good] += quantity
            self._when(arrives, partial(self._unload, state, coming))

    def _unload(self, state: VendorState, goods: dict[int, int], moment: datetime) -> None:
        vendor = state.policy.vendor.index
        self._desk.do(vendor, Trade.receive, moment, vendor, goods)
        self.tally["trucks unloaded"] += 1
        for good, quantity in goods.items():
            state.coming[good] -= quantity
            state.on_hand[good] += quantity

    def _review_limits(self, state: VendorState, day: date) -> None:
        vendor = state.policy.vendor
        for shop, account in self._customers[vendor.index].items():
            if (day.toordinal() + shop * 3 + vendor.index) % REVIEW_CYCLE_DAYS:
                continue
            view = AccountView(
                limit_paisa=account.limit_paisa,
                owed_paisa=account.owed_paisa,
                worst_days_past_due=account.worst_days,
                days_known=(day - account.opened_on).days,
            )
            rng = self._dice("limit", vendor.code, shop, day)
            limit = state.policy.reviews_limit(view, rng)
            if limit is not None:
                hour = 6.2 + 0.001 * shop
                self._when(
                    self._at(day, hour),
                    partial(self._set_limit, state, shop, limit),
                )

    def _set_limit(self, state: VendorState, shop: int, limit: int, moment: datetime) -> None:
        vendor = state.policy.vendor
        account = self._accounts[shop, vendor.index]
        reason = "pays on time and needs more" if limit > account.limit_paisa else "bills long past due"
        self._desk.do(vendor.index, Trade.set_limit, moment, vendor.index, shop, limit, reason)
        self.tally["limits raised" if limit > account.limit_paisa else "limits cut"] += 1
        account.limit_paisa = limit

    # --- money ----------------------------------------------------------------------------------

    def _owe(self, order: OpenOrder, amount: int, moment: datetime) -> None:
        if not order.is_credit:
            return
        day, _ = self._local(moment)
        due_on = day + timedelta(days=self.world.vendors[order.vendor].terms_days)
        account = self._accounts[order.shop, order.vendor]
        self._release(order, amount)
        account.owed_paisa += amount
        bill = Bill(order.shop, order.vendor, due_on, amount, next(self._serial))
        account.bills.append(bill)
        looks_on = max(due_on - timedelta(days=LOOKS_AHEAD_DAYS), day + timedelta(days=1))
        self._when(self._at(looks_on, 8.0 + 0.01 * order.shop), partial(self._consider, bill))

    def _consider(self, bill: Bill, moment: datetime) -> None:
        """A due date comes near, or a second look after one was let pass."""
        if bill.remaining_paisa <= 0:
            return
        shop = self._shops[bill.shop]
        account = self._accounts[bill.shop, bill.vendor]
        day, _ = self._local(moment)
        view = DueView(
            day=day,
            days_past_due=(day - bill.due_on).days,
            stress=float(self.world.retailer_stress[bill.shop, self.world.day_index(day)]),
            utilisation=account.owed_paisa / max(account.limit_paisa, 1),
        )
        code = shop.policy.retailer.code
        rng = self._dice("settle", code, bill.vendor, bill.due_on, bill.remaining_paisa, day)
        decided = shop.policy.settles(view, rng)
        if decided.share == 0:
            self.tally["due dates missed"] += 1
            again = self._at(day + timedelta(days=decided.wait_days), 8.0 + 0.01 * bill.shop)
            self._when(again, partial(self._consider, bill))
            return
        pays_at = self._at(day + timedelta(days=decided.wait_days), float(rng.uniform(13, 18)))
        mode = ("cash", "bank", "cheque")[int(rng.choice(3, p=(0.72, 0.2, 0.08)))]
        self._when(pays_at, partial(self._pay, bill, decided.share, mode))

    def _pay(self, bill: Bill, share: float, mode: str, moment: datetime) -> None:
        if bill.remaining_paisa <= 0:  # a credit note came first
            return
        account = self._accounts[bill.shop, bill.vendor]
        amount = (
            bill.remaining_paisa if share == 1.0 else round(bill.remaining_paisa * share / 100_00) * 100_00
        )
        amount = min(amount, bill.remaining_paisa, account.owed_paisa)
        day, _ = self._local(moment)
        if amount > 0:
            self._desk.do(bill.vendor, Trade.pay, moment, bill.vendor, bill.shop, amount, mode)
            self.tally["payments"] += 1
            self.tally["value paid"] += amount
            self.tally["payments late"] += day > bill.due_on
            account.owed_paisa -= amount
            bill.remaining_paisa -= amount
        if bill.remaining_paisa > 0 and amount > 0:
            again = self._at(day + timedelta(days=6), 8.0 + 0.01 * bill.shop)
            self._when(again, partial(self._consider, bill))
        else:
            bill.remaining_paisa = 0
            account.bills.remove(bill)

    def _maybe_return(self, order: OpenOrder, quantities: tuple[int, ...], moment: datetime) -> None:
        shop = self._shops[order.shop]
        retailer = shop.policy.retailer
        rng = self._dice("return", retailer.code, order.vendor, moment)
        steps = tuple(self.world.goods[good].step for good in order.goods)
        back = shop.policy.returned(quantities, steps, rng)
        if any(back):
            seller = self.world.vendors[order.vendor]
            comes = self._working(seller, moment + timedelta(days=int(rng.integers(1, 4))))
            self._when(comes, partial(self._take_back, order, back))

    def _take_back(self, order: OpenOrder, back: tuple[int, ...], moment: datetime) -> None:
        vendor, shop = self._vendors[order.vendor], self._shops[order.shop]
        retailer = shop.policy.retailer
        self._desk.do(order.vendor, Trade.take_back, moment, order.id, back)
        value = self._worth(order.prices, back)
        self.tally["returns"] += 1
        self.tally["value returned"] += value
        for good, quantity in zip(order.goods, back, strict=True):
            vendor.on_hand[good] += quantity
            position = retailer.carries.index(good)
            shop.shelf[position] = max(shop.shelf[position] - quantity, 0.0)
        if order.is_credit:
            self._credit(self._accounts[order.shop, order.vendor], value)

    def _credit(self, account: Account, amount: int) -> None:
        """A credit note settles the oldest bills first."""
        account.owed_paisa -= amount
        for bill in sorted(account.bills, key=lambda bill: (bill.due_on, bill.serial)):
            settled = min(amount, bill.remaining_paisa)
            bill.remaining_paisa -= settled
            amount -= settled
            if not bill.remaining_paisa:
                account.bills.remove(bill)

"""Some shops of the market sell to people in its last days: bills on khata and at the counter, and what is paid later.

Played after the market, by the same verbs as the API and always in the same way, so that history that is written in
bulk has the same counters as one that is played.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from numpy.random import Generator
from sqlalchemy.orm import Session

from commerce.billing import drafting, service
from commerce.billing.draft import AddGoods
from commerce.customers import service as customers
from commerce.customers.details import Details
from commerce.khata import service as khata
from foundation import clock
from foundation.database import write
from simulation.places import TIME_ZONE
from simulation.randomness import stream
from simulation.trade import Trade
from simulation.world import Retailer, World

SHOPS: Final = 6
DAYS: Final = 14
GOODS: Final = 6
BILLS_A_DAY: Final = 3
MARGIN: Final = Decimal("1.12")
OPENS: Final = time(10)
PEOPLE: Final = ("Ramesh", "Sita", "Hari", "Gita", "Maya")
ON_KHATA: Final = 0.6
PAYS: Final = 0.25


def open_counters(world: World, trade: Trade, first: int, tally: Counter[str]) -> None:
    """Let some shops bill people on the market's last days, the shop of number `first` among them."""
    days = [world.until - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    days = [day for day in days if day >= world.start]
    known = [shop for shop in world.retailers if shop.joins_on < days[0] and shop.index in trade.retailers]
    known.sort(key=lambda shop: (shop.index != first, shop.index))
    for shop in known[:SHOPS]:
        business_id = trade.retailers[shop.index]
        people = write(lambda session, at=(shop, business_id): _prepare(session, *at, world, trade, days[0]))
        for day in days:
            draws = stream(world.seed, "counter", shop.code, day)
            made = write(
                lambda session, at=(business_id, shop, people, day, draws): _day(session, trade, *at)
            )
            tally["bills at counters"] += made


def _prepare(
    session: Session, shop: Retailer, business_id: UUID, world: World, trade: Trade, day: date
) -> list[UUID]:
    """Prices of what the shop carries, and the people that it knows."""
    with clock.at(_moment(day, 0)):
        for good in shop.carries[:GOODS]:
            item = world.goods[good]
            service.set_price(
                session,
                business_id=business_id,
                product_id=trade.products[good],
                unit=item.unit,
                unit_price=(item.price * MARGIN).quantize(Decimal("0.01")),
            )
        return [
            customers.add_customer(session, business_id=business_id, details=Details(name)) for name in PEOPLE
        ]


def _day(
    session: Session,
    trade: Trade,
    business_id: UUID,
    shop: Retailer,
    people: Sequence[UUID],
    day: date,
    draws: Generator,
) -> int:
    """The bills of a day, and what is paid of khatas in the evening; how many bills."""
    bills = 1 + int(draws.integers(BILLS_A_DAY * 2 - 1))
    for number in range(bills):
        buyer = people[int(draws.integers(len(people)))] if draws.random() < ON_KHATA else None
        wanted = draws.choice(len(shop.carries[:GOODS]), size=min(2, len(shop.carries)), replace=False)
        words = [
            AddGoods(
                trade.products[shop.carries[int(at)]],
                trade.goods[shop.carries[int(at)]].unit,
                Decimal(1 + int(draws.integers(3))),
            )
            for at in wanted
        ]
        with clock.at(_moment(day, 1 + number)):
            drafting.sell(session, business_id=business_id, words=words, customer_id=buyer)
    for person in people:
        if draws.random() < PAYS:
            _pay(session, business_id, person, _moment(day, 60), "upi" if draws.random() < 0.5 else "cash")
    return bills


def _pay(session: Session, business_id: UUID, customer_id: UUID, moment: datetime, mode: str) -> None:
    """Half of what is owed, to the rupee."""
    known = customers.get_customer(session, business_id=business_id, customer_id=customer_id)
    amount = known.balance_paisa // 200 * 100
    if amount > 0:
        with clock.at(moment):
            khata.record_payment(
                session,
                business_id=business_id,
                customer_id=customer_id,
                amount_paisa=amount,
                mode=mode,
                confirm_duplicate=True,
            )


def _moment(day: date, number: int) -> datetime:
    """Some minutes apart, from the hour on at which shops open."""
    return datetime.combine(day, OPENS, ZoneInfo(TIME_ZONE)) + timedelta(minutes=7 * number)

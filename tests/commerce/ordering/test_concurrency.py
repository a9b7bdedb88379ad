"""Many callers at once: never oversold, never over the limit, no deadlock whatever the pair of verbs."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import date, time, timedelta
from decimal import Decimal
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.delivery import service as delivery
from commerce.delivery.service import Place
from commerce.ledger.errors import CreditLimitExceeded
from commerce.ledger.seals import LEDGER
from commerce.ordering import queries
from commerce.ordering import service as ordering
from commerce.stock import expiry
from commerce.stock import service as stock
from commerce.stock.errors import OutOfStock
from foundation import clock
from foundation.clock import business_day
from foundation.database import read, write
from foundation.embedded_postgres import Server
from foundation.errors import DomainError
from tests.commerce.conftest import CALLERS, Crowd
from tests.commerce.factories import RETAILER, VENDOR, Market, market

pytestmark = pytest.mark.committing


def kinds(answers: list[object]) -> Counter[str]:
    return Counter(type(answer).__name__ for answer in answers)


def test_the_last_units_are_sold_once(migrated: Server, crowd: Crowd) -> None:
    trade = market(on_hand=5)
    answers = crowd([lambda: trade.place(1)] * CALLERS)
    assert kinds(answers) == {"UUID": 5, OutOfStock.__name__: CALLERS - 5}
    assert trade.shelf() == (5, 5)
    assert trade.exposure()[1] == 5_000


def test_the_last_rupees_are_promised_once(migrated: Server, crowd: Crowd) -> None:
    trade = market(limit_paisa=5_900)
    answers = crowd([lambda: trade.place(1)] * CALLERS)
    assert kinds(answers) == {"UUID": 5, CreditLimitExceeded.__name__: CALLERS - 5}
    assert trade.exposure()[:2] == (0, 5_000)
    assert trade.shelf()[1] == 5


def test_lines_in_any_order_do_not_deadlock(migrated: Server, crowd: Crowd) -> None:
    trade = market(products=12)

    def place(seed: int) -> UUID:
        shuffled = list(trade.products)
        random.Random(seed).shuffle(shuffled)
        return Market(trade.vendor_id, trade.retailer_id, shuffled).place(*[1] * 12)

    answers = crowd([lambda seed=seed: place(seed) for seed in range(CALLERS)])  # type: ignore[misc]
    assert kinds(answers) == {"UUID": CALLERS}
    assert {trade.shelf(n) for n in range(12)} == {(1000, CALLERS)}


def test_one_order_is_delivered_once_by_many(migrated: Server, crowd: Crowd) -> None:
    trade = market()
    order_id = trade.accepted(10)
    answers = crowd([lambda: trade.deliver(order_id, {1: Decimal(4)})] * CALLERS)
    assert kinds(answers)["UUID"] == 2
    assert trade.exposure()[:2] == (8_000, 2_000)


@pytest.mark.parametrize("seed", range(4))
def test_random_verbs_on_the_same_rows_never_deadlock(migrated: Server, crowd: Crowd, seed: int) -> None:
    """A verb that took its locks out of order would meet another here; `crowd` counts the deadlocks."""
    trade = market(products=3, limit_paisa=10**8)
    draw = random.Random(seed)
    write(
        lambda session: ordering.set_rules(
            session,
            vendor_id=trade.vendor_id,
            rules=ordering.Rules(),
            handover=ordering.HandoverTerms(release_days=0),
        )
    )
    days = [business_day(clock.now(), "Asia/Kathmandu") + timedelta(days=n) for n in (3, 4)]
    places = [write(partial(offer_slot, trade=trade, day=day)) for day in days]
    orders = [trade.accepted(9, 9, 9, slot=place) for place in (*places, None)]
    orders += [trade.place(9, 9, 9, slot=place) for place in (*places, None)]

    def restock() -> None:
        write(
            lambda session: stock.receive(
                session,
                business_id=trade.vendor_id,
                quantities=dict.fromkeys(trade.products, Decimal(2)),
                batches=[
                    stock.Incoming(product, "B1", Decimal(1), days[0]) for product in reversed(trade.products)
                ],
            )
        )

    def expire() -> None:
        """As the worker does when the day of the batch that `restock` makes is over."""
        with clock.at(clock.now() + timedelta(days=5)):
            for one in [trade.products[0], trade.products[2], trade.products[1]]:
                write(partial(expiry.expire, business_id=trade.vendor_id, product_id=one))

    def keep() -> None:
        """The buyer's shelf lies in the way of deliveries and returns as well."""
        write(
            lambda session: stock.receive(
                session,
                business_id=trade.retailer_id,
                quantities=dict.fromkeys(reversed(trade.products), Decimal(1)),
            )
        )

    keep()

    def change(name: str, actor: ordering.Actor = VENDOR) -> Callable[[], object]:
        order_id = draw.choice(orders)
        return lambda: write(lambda session: getattr(ordering, name)(session, order_id=order_id, actor=actor))

    def choose_slot() -> Callable[[], object]:
        order_id, place = draw.choice(orders), draw.choice([*places, None])
        if place is None:
            return lambda: write(
                lambda session: ordering.give_up_slot(session, order_id=order_id, actor=RETAILER)
            )
        return lambda: write(
            lambda session: ordering.choose_slot(session, order_id=order_id, actor=RETAILER, place=place)
        )

    def release() -> Callable[[], object]:
        """As the rule does once the time has come."""
        order_id = draw.choice(orders)

        def when_due() -> None:
            with clock.at(clock.now() + timedelta(days=30)):
                write(lambda session: ordering.release(session, order_id=order_id))

        return when_due

    def deliver() -> Callable[[], object]:
        order_id, line = draw.choice(orders), draw.randint(1, 3)
        return lambda: trade.deliver(order_id, {line: Decimal(1)})

    def take_back() -> Callable[[], object]:
        order_id, line = draw.choice(orders), draw.randint(1, 3)
        return lambda: trade.take_back(order_id, {line: 1})

    def accept_in_part() -> Callable[[], object]:
        order_id, line = draw.choice(orders), draw.randint(1, 3)
        return lambda: write(
            lambda session: ordering.accept(
                session,
                order_id=order_id,
                actor=VENDOR,
                quantities={line: Decimal(4)},
                is_rest_back_ordered=True,
            )
        )

    def agree_on_a_change() -> Callable[[], object]:
        order_id, quantity = draw.choice(orders), draw.randint(5, 15)

        def agree() -> None:
            proposal_id = write(
                lambda session: ordering.propose_change(
                    session,
                    order_id=order_id,
                    actor=VENDOR,
                    quantities={1: Decimal(quantity), 3: Decimal(20 - quantity)},
                )
            )
            write(
                lambda session: ordering.confirm_change(
                    session, order_id=order_id, proposal_id=proposal_id, actor=RETAILER
                )
            )

        return agree

    def fill_back_order() -> None:
        with read() as session:
            waiting = queries.back_orders_as_vendor(session, trade.vendor_id, clock.now(), limit=1)
        for one in waiting:
            write(partial(ordering.fill_back_order, back_order_id=one["id"]))

    makers: list[Callable[[], Callable[[], object]]] = [
        lambda: lambda: trade.place(1, 1, 1),
        lambda: lambda slot=draw.choice(places): trade.place(1, 1, 1, slot=slot),
        choose_slot,
        release,
        deliver,
        take_back,
        lambda: change("accept"),
        accept_in_part,
        agree_on_a_change,
        lambda: fill_back_order,
        lambda: change("cancel", RETAILER),
        lambda: change("close_short"),
        lambda: lambda: trade.pay(100, confirm_duplicate=True),
        lambda: lambda: trade.bounce(trade.pay(100, confirm_duplicate=True)),
        lambda: restock,
        lambda: expire,
        lambda: keep,
        lambda: lambda: trade.set_limit(10**8),
        lambda: lambda: write(LEDGER.seal),
    ]
    for _ in range(3):
        answers = crowd([draw.choice(makers)() for _ in range(CALLERS)])
        for answer in answers:
            if isinstance(answer, Exception):
                assert isinstance(answer, DomainError), repr(answer)
    assert books_hold(trade)


def offer_slot(session: Session, *, trade: Market, day: date) -> Place:
    """A slot with few places, on that day."""
    slot_id = delivery.add_slot(
        session,
        vendor_id=trade.vendor_id,
        zone="Surkhet",
        weekday=day.isoweekday(),
        begins=time(9),
        ends=time(12),
        capacity=4,
        cutoff_hours=0,
    )
    return Place(slot_id, day)


def books_hold(trade: Market) -> bool:
    """Whether hot rows of a vendor equal what they are derived from."""
    with read() as session:
        return bool(
            session.execute(
                text("""
                    SELECT r.posted_paisa = (SELECT coalesce(sum(amount_paisa), 0) FROM app.receivable_items i
                                             WHERE i.account_id = r.account_id)
                       AND r.held_paisa = (SELECT sum(remaining_paisa) FROM app.holds h
                                           WHERE h.account_id = r.account_id)
                       AND NOT EXISTS (
                           SELECT FROM app.stock_levels l WHERE l.business_id = r.business_id AND l.reserved <> (
                               SELECT coalesce(sum(ordered_quantity - delivered_quantity - cancelled_quantity), 0)
                               FROM app.order_lines line
                               WHERE line.vendor_id = l.business_id AND line.product_id = l.product_id))
                       AND NOT EXISTS (
                           SELECT FROM app.stock_levels l WHERE l.business_id = r.business_id AND l.batched <> (
                               SELECT coalesce(sum(on_hand), 0) FROM app.stock_batches b
                               WHERE b.business_id = l.business_id AND b.product_id = l.product_id))
                       AND NOT EXISTS (
                           SELECT FROM app.delivery_slot_days d WHERE d.business_id = r.business_id AND d.taken <> (
                               SELECT count(*) FROM app.orders o
                               WHERE o.slot_id = d.slot_id AND o.promised_on = d.day))
                       AND NOT EXISTS (
                           SELECT FROM app.stock_levels l WHERE l.business_id = r.business_id AND l.expired <> (
                               SELECT coalesce(sum(on_hand), 0) FROM app.stock_batches b
                               WHERE b.business_id = l.business_id AND b.product_id = l.product_id
                                 AND b.expired_on IS NOT NULL))
                    FROM app.receivables r WHERE r.business_id = :vendor
                """),
                {"vendor": trade.vendor_id},
            ).scalar_one()
        )

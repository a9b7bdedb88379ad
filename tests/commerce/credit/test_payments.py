"""Payments settle the oldest debt, become advances, and age as of two dates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from commerce.credit import ageing
from commerce.credit import service as credit
from commerce.credit.errors import PaymentInvalid
from foundation import clock
from foundation.database import read
from foundation.embedded_postgres import Server
from foundation.idempotency import RequestKey, RequestKeyReused
from foundation.settings import settings
from tests.commerce.factories import market, open_credits, open_debits

MARCH = datetime(2026, 3, 2, 6, tzinfo=UTC)


def on(day: int) -> datetime:
    """Noon in Surkhet, so many days after the first of March 2026."""
    return MARCH + timedelta(days=day - 1)


def test_the_oldest_debt_is_settled_first(migrated: Server) -> None:
    with clock.at(on(0)):
        trade = market()
    for day, packets in ((1, 10), (3, 20), (5, 30)):
        with clock.at(on(day)):
            trade.deliver(trade.accepted(packets))
    with clock.at(on(6)):
        trade.pay(15_000)
    assert open_debits(trade) == [15_000, 30_000]


def test_what_is_paid_too_much_settles_the_next_delivery(migrated: Server) -> None:
    trade = market()
    trade.deliver(trade.accepted(1))
    trade.pay(3_500)
    assert (open_debits(trade), open_credits(trade)) == ([], [2_500])
    trade.deliver(trade.accepted(2))
    assert (open_debits(trade), open_credits(trade)) == ([], [500])
    trade.deliver(trade.accepted(1))
    assert (open_debits(trade), open_credits(trade)) == ([500], [])
    assert trade.exposure()[0] == 500


def test_ageing_asks_how_it_stood_and_what_was_known(migrated: Server) -> None:
    with clock.at(on(0)):
        trade = market(net_days=10)
    with clock.at(on(1)):
        trade.deliver(trade.accepted(10))
    with clock.at(on(20)):  # paid on the 8th, recorded on the 21st
        trade.pay(4_000, paid_on=date(2026, 3, 8))

    def stood(effective: date, recorded_by: date | None = None) -> list[tuple[int, int, str]]:
        with read() as session:
            found = credit.receivables_as_of(
                session,
                vendor_id=trade.vendor_id,
                retailer_id=trade.retailer_id,
                effective=effective,
                recorded_by=recorded_by,
            )
        return [(item.open_paisa, item.days_past_due, item.bucket) for item in found]

    assert stood(date(2026, 3, 1)) == []
    assert stood(date(2026, 3, 7)) == [(10_000, -5, "not_due")]
    assert stood(date(2026, 3, 12)) == [(6_000, 0, "not_due")]
    assert stood(date(2026, 3, 12), recorded_by=date(2026, 3, 20)) == [(10_000, 0, "not_due")]
    assert stood(date(2026, 3, 13), recorded_by=date(2026, 3, 21)) == [(6_000, 1, "1_30")]
    assert stood(date(2026, 6, 11)) == [(6_000, 91, "over_90")]


@pytest.mark.parametrize(
    ("days", "bucket"),
    [(-3, "not_due"), (0, "not_due"), (1, "1_30"), (30, "1_30"), (31, "31_60"), (60, "31_60"), (61, "61_90"),
     (90, "61_90"), (91, "over_90"), (4000, "over_90")],
)  # fmt: skip
def test_buckets_change_on_their_day(days: int, bucket: str) -> None:
    assert ageing.bucket(days) == bucket


def test_nothing_open_is_nothing_late() -> None:
    assert ageing.days_past_due([]) == 0
    assert ageing.age([]) == dict.fromkeys(ageing.BUCKETS, 0)


@pytest.mark.parametrize(
    ("amount", "given"),
    [(0, {}), (-5, {}), (5, {"mode": "shells"}), (5, {"paid_on": date(2999, 1, 1)})],
)
def test_a_payment_that_cannot_be_is_refused(migrated: Server, amount: int, given: dict[str, object]) -> None:
    trade = market()
    trade.place(1)
    with pytest.raises(PaymentInvalid):
        trade.pay(amount, **given)
    assert trade.exposure()[0] == 0


@pytest.mark.parametrize(
    ("agreed", "paid_on", "why"),
    [
        (80, date(2026, 5, 20), "credit was agreed on 2026-05-21"),
        (80, date(2026, 5, 21), None),
        (1, date(2026, 5, 9), "more than 31 days back; date it 2026-05-10"),
        (1, date(2026, 5, 10), None),
        (1, date(2026, 6, 11), "after today, 2026-06-10"),
    ],
)
def test_a_payment_is_dated_within_bounds(
    migrated: Server, agreed: int, paid_on: date, why: str | None
) -> None:
    with clock.at(on(agreed + 1)):
        trade = market()
    with clock.at(on(101)):  # the tenth of June
        trade.place(1)
        if why is None:
            trade.pay(100, paid_on=paid_on)
        else:
            with pytest.raises(PaymentInvalid, match=why):
                trade.pay(100, paid_on=paid_on)
    assert trade.exposure()[0] == (-100 if why is None else 0)


@pytest.fixture
def two_days_back() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PAYMENT_BACKDATING_DAYS_MAX", "2")
        settings.cache_clear()
        yield
    settings.cache_clear()


def test_the_bound_on_back_dating_is_a_setting(migrated: Server, two_days_back: None) -> None:
    with clock.at(on(1)):
        trade = market()
    with clock.at(on(19)):
        trade.place(1)
        trade.pay(100, paid_on=date(2026, 3, 18))
        with pytest.raises(PaymentInvalid, match="PAYMENT_BACKDATING_DAYS_MAX"):
            trade.pay(100, paid_on=date(2026, 3, 17))


def test_nobody_pays_who_never_ordered_on_credit(migrated: Server) -> None:
    trade = market()
    with pytest.raises(PaymentInvalid, match="ordered nothing on credit"):
        trade.pay(100)
    assert trade.exposure()[0] == 0
    trade.place(1)
    trade.pay(100)
    assert trade.exposure()[0] == -100


def test_a_payment_under_one_key_is_taken_once(migrated: Server) -> None:
    trade = market()
    trade.place(1)

    def request(body: bytes) -> RequestKey:
        return RequestKey.of(trade.vendor_id, trade.vendor_id, "record_payment", "k1", body)

    first = trade.pay(700, request=request(b"700"))
    assert trade.pay(700, request=request(b"700")) == first
    with pytest.raises(RequestKeyReused):
        trade.pay(800, request=request(b"800"))
    assert trade.exposure()[0] == -700

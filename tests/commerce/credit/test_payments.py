"""Payments settle the oldest debt, become advances, and age as of two dates."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from commerce.credit import ageing
from commerce.credit import service as credit
from commerce.credit.errors import PaymentInvalid
from commerce.ledger import queries as ledger_queries
from foundation import clock
from foundation.database import read
from foundation.embedded_postgres import Server
from foundation.idempotency import RequestKey, RequestKeyReused
from tests.commerce.factories import Market, market

MARCH = datetime(2026, 3, 2, 6, tzinfo=UTC)


def on(day: int) -> datetime:
    """Noon in Surkhet, so many days after the first of March 2026."""
    return MARCH + timedelta(days=day - 1)


def open_debits(trade: Market) -> list[int]:
    with read() as session:
        account = ledger_queries.party_account(
            session, trade.vendor_id, "receivable", trade.retailer_id, "NPR"
        )
        return [item.open_paisa for item in ledger_queries.open_debits(session, account)]


def open_credits(trade: Market) -> list[int]:
    with read() as session:
        account = ledger_queries.party_account(
            session, trade.vendor_id, "receivable", trade.retailer_id, "NPR"
        )
        return [item.open_paisa for item in ledger_queries.open_credits(session, account)]


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
    with pytest.raises(PaymentInvalid):
        trade.pay(amount, **given)
    assert trade.exposure()[0] == 0


def test_a_payment_under_one_key_is_taken_once(migrated: Server) -> None:
    trade = market()

    def request(body: bytes) -> RequestKey:
        return RequestKey.of(trade.vendor_id, trade.vendor_id, "record_payment", "k1", body)

    first = trade.pay(700, request=request(b"700"))
    assert trade.pay(700, request=request(b"700")) == first
    with pytest.raises(RequestKeyReused):
        trade.pay(800, request=request(b"800"))
    assert trade.exposure()[0] == -700

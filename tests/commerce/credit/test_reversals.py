"""A payment that is undone is no payment: in both books, among the open items, and in the score."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from commerce.credit import score, statements
from commerce.credit import service as credit
from commerce.credit.errors import PaymentInvalid, PaymentNotFound, PaymentReversedAlready
from commerce.credit.positions import positions
from foundation import clock
from foundation.database import read
from foundation.embedded_postgres import Server
from foundation.idempotency import RequestKey
from foundation.ids import uuid7
from tests.commerce.conftest import CALLERS, Crowd
from tests.commerce.factories import Market, market, open_credits, open_debits

pytestmark = pytest.mark.committing

MARCH = datetime(2026, 3, 1, 6, tzinfo=UTC)


def on(day: int) -> datetime:
    """Noon in Surkhet on that day of March 2026."""
    return MARCH + timedelta(days=day - 1)


def books(trade: Market) -> dict[str, int]:
    """The balance of each account of both books, by side and code."""
    with read() as session:
        rows = session.execute(
            text("""
                SELECT CASE a.business_id WHEN :vendor THEN 'vendor ' ELSE 'retailer ' END || a.code AS name,
                       CAST(sum(p.amount_paisa) AS bigint) AS balance
                FROM app.postings p JOIN app.accounts a ON a.id = p.account_id
                WHERE a.business_id IN (:vendor, :retailer) GROUP BY 1
            """),
            {"vendor": trade.vendor_id, "retailer": trade.retailer_id},
        )
        return {row.name: row.balance for row in rows}


def test_a_bounce_undoes_both_books_and_what_was_settled(migrated: Server) -> None:
    with clock.at(on(1)):
        trade = market(net_days=10)
        trade.deliver(trade.accepted(10))
    with clock.at(on(2)):
        trade.deliver(trade.accepted(5))
    before = books(trade)
    with clock.at(on(5)):
        payment = trade.pay(16_000, mode="cheque")
    assert (open_debits(trade), open_credits(trade)) == ([], [1_000])
    with clock.at(on(9)):
        bounce = trade.bounce(payment, reference="Cheque 004211")
    assert (open_debits(trade), open_credits(trade)) == ([10_000, 5_000], [])
    after = books(trade)
    assert {name: balance for name, balance in after.items() if balance} == before
    assert (after["vendor receivable"], after["retailer payable"]) == (15_000, -15_000)
    assert trade.exposure()[0] == 15_000
    with read() as session:
        row = session.execute(
            text("SELECT reverses_id, reversal_reason, mode, amount_paisa FROM app.payments WHERE id = :id"),
            {"id": bounce},
        ).one()
        undone = session.execute(
            text("""
                SELECT count(*) FROM app.ledger_transactions made
                JOIN app.ledger_transactions back ON back.reverses_id = made.id
                    AND back.business_id = made.business_id
                WHERE made.source_id = :payment AND back.source_id = :bounce
            """),
            {"payment": payment, "bounce": bounce},
        ).scalar_one()
    assert tuple(row) == (payment, "bounced", "cheque", 16_000)
    assert undone == 2


def test_what_is_open_again_ages_from_its_own_due_day(migrated: Server) -> None:
    with clock.at(on(1)):
        trade = market(net_days=10)
        trade.deliver(trade.accepted(10))
    with clock.at(on(5)):
        payment = trade.pay(10_000)
    with clock.at(on(20)):
        trade.bounce(payment, reversed_on=date(2026, 3, 8))

    def stood(effective: date, recorded_by: date | None = None) -> list[tuple[int, int]]:
        with read() as session:
            items = credit.receivables_as_of(
                session,
                vendor_id=trade.vendor_id,
                retailer_id=trade.retailer_id,
                effective=effective,
                recorded_by=recorded_by,
            )
        return [(item.open_paisa, item.days_past_due) for item in items]

    assert stood(date(2026, 3, 7)) == []
    assert stood(date(2026, 3, 8)) == [(10_000, -3)]
    assert stood(date(2026, 3, 20)) == [(10_000, 9)]
    assert stood(date(2026, 3, 20), recorded_by=date(2026, 3, 19)) == []


def aged(trade: Market, day: date) -> tuple[dict[str, int], int, int]:
    """(what is owed by bucket, the balance, days past due) at the end of a day, by the statement."""
    with read() as session:
        told = statements.statement(
            session, vendor_id=trade.vendor_id, retailer_id=trade.retailer_id, first=day, last=day
        )
        [position] = positions(session, day=day, is_today=False, vendor_id=trade.vendor_id)
    owed = {bucket: amount for bucket, amount in told.ageing.items() if amount}
    assert position.overdue_paisa == sum(amount for bucket, amount in owed.items() if bucket != "not_due")
    return owed, told.closing_paisa, told.days_past_due


def test_a_debt_is_not_settled_before_the_money_was_there(migrated: Server) -> None:
    with clock.at(on(1)):
        trade = market(net_days=2)
        trade.deliver(trade.accepted(10))
    with clock.at(on(30)):
        bad = trade.pay(10_000, paid_on=date(2026, 3, 3))
        trade.pay(10_000, paid_on=date(2026, 3, 28), is_rest_kept=True, confirm_duplicate=True)
        trade.bounce(bad, reversed_on=date(2026, 3, 3))
    assert aged(trade, date(2026, 3, 10)) == ({"1_30": 10_000}, 10_000, 7)
    assert aged(trade, date(2026, 3, 28)) == ({}, 0, 0)


def test_a_settlement_of_a_later_day_is_undone_from_that_day_on(migrated: Server) -> None:
    with clock.at(on(1)):
        trade = market(net_days=2)
        trade.place(1)
        advance = trade.pay(10_000)
    with clock.at(on(10)):
        trade.deliver(trade.accepted(10))
        trade.bounce(advance, reversed_on=date(2026, 3, 5))
    assert aged(trade, date(2026, 3, 4)) == ({}, -10_000, 0)
    assert aged(trade, date(2026, 3, 7)) == ({}, 0, 0)
    assert aged(trade, date(2026, 3, 10)) == ({"not_due": 10_000}, 10_000, 0)


def test_two_payments_never_settle_one_debt_on_the_same_day(migrated: Server) -> None:
    """What another payment settled until it bounced has room for this one from then on."""
    with clock.at(on(1)):
        trade = market(net_days=2)
        trade.deliver(trade.accepted(10))
    with clock.at(on(20)):
        bad = trade.pay(10_000, paid_on=date(2026, 3, 2))
        trade.bounce(bad, reversed_on=date(2026, 3, 12))
        good = trade.pay(10_000, paid_on=date(2026, 3, 3), confirm_duplicate=True)
    with read() as session:
        [held_from] = session.execute(
            text("""
                SELECT made.effective_date FROM app.allocations made
                JOIN app.receivable_items paid ON paid.id = made.credit_item_id WHERE paid.source_id = :payment
            """),
            {"payment": good},
        ).scalars()
    assert held_from == date(2026, 3, 12)
    assert aged(trade, date(2026, 3, 8)) == ({}, -10_000, 0)
    assert aged(trade, date(2026, 3, 12)) == ({}, 0, 0)


def test_another_advance_settles_what_is_open_again(migrated: Server) -> None:
    trade = market()
    trade.place(1)
    first = trade.pay(10_000)
    trade.pay(4_000)
    trade.deliver(trade.accepted(7))
    assert (open_debits(trade), open_credits(trade)) == ([], [3_000, 4_000])
    trade.bounce(first)
    assert (open_debits(trade), open_credits(trade)) == ([3_000], [])


def test_a_payment_is_undone_once(migrated: Server) -> None:
    trade = market()
    trade.deliver(trade.accepted(10))
    payment = trade.pay(10_000)
    request = RequestKey.of(trade.vendor_id, trade.vendor_id, "reverse_payment", "k1", b"{}")
    bounce = trade.bounce(payment, request=request)
    assert trade.bounce(payment, request=request) == bounce
    with pytest.raises(PaymentReversedAlready):
        trade.bounce(payment)
    with pytest.raises(PaymentInvalid, match="is a reversal"):
        trade.bounce(bounce)
    assert trade.exposure()[0] == 10_000
    again = trade.pay(10_000)
    trade.bounce(again, reason="mistake")
    assert open_debits(trade) == [10_000]


def test_many_who_undo_one_payment_undo_it_once(migrated: Server, crowd: Crowd) -> None:
    trade = market()
    trade.deliver(trade.accepted(10))
    payment = trade.pay(10_000)
    answers = crowd([lambda: trade.bounce(payment)] * CALLERS)
    kinds = Counter(type(answer).__name__ for answer in answers)
    assert kinds == {"UUID": 1, PaymentReversedAlready.__name__: CALLERS - 1}
    assert trade.exposure()[0] == 10_000


@pytest.mark.parametrize(
    ("given_", "why"),
    [
        ({"reason": "regret"}, "bounced or mistake"),
        ({"reversed_on": date(2026, 3, 4)}, "the payment is of 2026-03-05"),
        ({"reversed_on": date(2026, 3, 10)}, "after today"),
    ],
)
def test_a_reversal_that_cannot_be_is_refused(migrated: Server, given_: dict[str, object], why: str) -> None:
    with clock.at(on(5)):
        trade = market()
        trade.place(1)
        payment = trade.pay(100)
    with clock.at(on(9)), pytest.raises(PaymentInvalid, match=why):
        trade.bounce(payment, **given_)
    assert trade.exposure()[0] == -100


def test_a_payment_of_another_vendor_does_not_exist(migrated: Server) -> None:
    ours, theirs = market(), market()
    theirs.place(1)
    payment = theirs.pay(100)
    for payment_id in (payment, uuid7()):
        with pytest.raises(PaymentNotFound):
            ours.bounce(payment_id)
    assert theirs.exposure()[0] == -100


def test_the_score_holds_a_bounce_against_the_retailer_and_a_mistake_not(migrated: Server) -> None:
    with clock.at(on(1)):
        trade = market(net_days=10)
        trade.deliver(trade.accepted(10))
    with clock.at(on(5)):
        mistaken = trade.pay(10_000)
        trade.bounce(mistaken, reason="mistake")
        bounced = trade.pay(10_000)
    with clock.at(on(8)):
        trade.bounce(bounced)
    codes, points = _score(trade, on(30))
    assert "bounced-payments" in codes
    assert "late-payments" in codes
    assert points == 4_000  # 19 days late, and still open: the payments settled nothing
    assert "bounced-payments" not in _score(trade, on(7))[0]


def _score(trade: Market, moment: datetime) -> tuple[set[str], int]:
    with clock.at(moment), read() as session:
        answer = score.score_now(session, retailer_id=trade.retailer_id)
    return {reason.code for reason in answer.reasons}, answer.components[0].points


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("deliver"), st.integers(1, 9)),
        st.tuples(st.just("pay"), st.integers(1, 15_000)),
        st.tuples(st.sampled_from(["bounced", "mistake"]), st.integers(0, 99)),
    ),
    min_size=3,
    max_size=10,
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_books_and_items_hold_after_any_sequence(migrated: Server, steps: list[tuple[str, int]]) -> None:
    trade = market(limit_paisa=10**9)
    trade.place(1)
    standing = []
    owed = 0
    for verb, number in steps:
        if verb == "deliver":
            trade.deliver(trade.accepted(number))
            owed += number * 1_000
        elif verb == "pay":
            standing.append((trade.pay(number, confirm_duplicate=True, confirm_amount=True), number))
            owed -= number
        elif standing:
            payment, amount = standing.pop(number % len(standing))
            trade.bounce(payment, reason=verb)
            owed += amount
        debits, credits = open_debits(trade), open_credits(trade)
        assert not (debits and credits)
        assert trade.exposure()[0] == sum(debits) - sum(credits) == owed
    balances = books(trade)
    assert balances.get("vendor receivable", 0) == -balances.get("retailer payable", 0) == owed
    for side in ("vendor ", "retailer "):
        assert sum(balance for name, balance in balances.items() if name.startswith(side)) == 0

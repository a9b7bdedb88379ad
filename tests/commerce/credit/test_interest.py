"""Interest on what is late: simple, by the day, each day once, in both books."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerce.credit import interest, interest_queries
from commerce.credit.agreements import find_agreement
from commerce.credit.errors import InterestRuleInvalid
from commerce.credit.interest import Charged, interest_paisa
from commerce.credit.outlook import past_due_history
from foundation import clock
from foundation.database import read, write
from foundation.embedded_postgres import Server
from foundation.ids import uuid7
from tests.commerce.conftest import CALLERS, Crowd
from tests.commerce.factories import Market, asked_of_the_database, market, open_debits

pytestmark = pytest.mark.committing

MARCH = datetime(2026, 3, 1, 6, tzinfo=UTC)
DAY = date(2026, 3, 1)


def on(day: int) -> datetime:
    """Noon in Surkhet, so many days into March 2026."""
    return MARCH + timedelta(days=day - 1)


def rule(trade: Market, percent: str, after_days: int = 0) -> None:
    write(
        lambda session: interest.set_interest_rule(
            session,
            vendor_id=trade.vendor_id,
            percent=Decimal(percent),
            after_days=after_days,
            set_by=uuid7(),
        )
    )


def charge(trade: Market) -> Charged:
    return write(
        lambda session: interest.charge_interest(
            session, vendor_id=trade.vendor_id, retailer_id=trade.retailer_id
        )
    )


def owing(packets: int = 1_000) -> Market:
    """Ten thousand rupees, due on the eleventh of March."""
    with clock.at(on(1)):
        trade = market(net_days=10, limit_paisa=10**9)
        rule(trade, "36.5")
        trade.deliver(trade.accepted(packets))
    return trade


def test_each_day_is_charged_once_on_what_was_open(migrated: Server) -> None:
    trade = owing()
    with clock.at(on(12)):
        assert charge(trade) == Charged(None, 0)
    with clock.at(on(22)):  # ten days late at the end of yesterday: a thousandth of 10,000 rupees a day
        assert charge(trade).amount_paisa == 10 * 1_000
        assert charge(trade) == Charged(None, 0)
    with clock.at(on(23)):
        trade.pay(510_000)
    assert trade.exposure()[0] == 500_000
    with clock.at(on(24)):  # the 22nd on the whole, the 23rd on what was left
        assert open_debits(trade) == [490_000, 10_000]
        assert charge(trade).amount_paisa == 1_000 + 490


def test_the_free_days_are_free_and_a_rule_does_not_reach_back(migrated: Server) -> None:
    trade = owing()
    with clock.at(on(16)):
        rule(trade, "36.5", after_days=3)
    with clock.at(on(18)):  # the 16th and 17th: what was late before the rule is forgone
        assert charge(trade).amount_paisa == 2_000
    with pytest.raises(InterestRuleInvalid):
        rule(trade, "101")
    with pytest.raises(InterestRuleInvalid):
        charge(market())


def test_what_was_paid_in_time_is_looked_at_again_only_when_it_bounced(migrated: Server) -> None:
    trade = owing()
    with clock.at(on(11)):
        paid = trade.pay(1_000_000)
    assert asked_about(trade, date(2026, 3, 21)) == []
    with clock.at(on(22)):
        assert charge(trade) == Charged(None, 0)
        trade.bounce(paid)
    assert asked_about(trade, date(2026, 3, 21)) == []
    assert asked_about(trade, date(2026, 3, 23)) == [date(2026, 3, 12)]
    with clock.at(on(24)):  # open again on the 22nd and the 23rd
        assert charge(trade).amount_paisa == 2 * 1_000
    assert asked_about(trade, date(2026, 3, 23)) == []


def asked_about(trade: Market, last: date) -> list[date]:
    """From which days on debts are looked at for interest up to a day."""
    with read() as session:
        agreement = find_agreement(session, vendor_id=trade.vendor_id, retailer_id=trade.retailer_id)
        debts = interest_queries.late_debts(
            session, agreement.receivable_account_id, after_days=0, rule_from=DAY, last=last
        )
        return [debt.first for debt in debts]


def test_many_debts_are_asked_for_together_while_the_account_is_locked(migrated: Server) -> None:
    def asked_for(debts: int) -> int:
        trade = owing(500)
        with clock.at(on(1)):
            for _ in range(debts - 1):
                trade.deliver(trade.accepted(1))
        with clock.at(on(22)), asked_of_the_database() as sent:
            charge(trade)
        return len(sent)

    assert asked_for(8) == asked_for(2)


def test_many_who_charge_charge_once(migrated: Server, crowd: Crowd) -> None:
    trade = owing()
    answers = crowd([lambda: charge(trade)] * CALLERS)
    assert sum(isinstance(one, Charged) and one.amount_paisa > 0 for one in answers) == 1
    assert all(isinstance(one, Charged) for one in answers)


PARTS = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 10**6)), max_size=5)


@given(PARTS, st.integers(0, 30), st.integers(0, 60), st.integers(0, 60))
def test_interest_of_two_periods_is_that_of_both(
    paid: list[tuple[int, int]], due: int, begin: int, length: int
) -> None:
    whole = 10**7 * 365
    steps = past_due_history(
        whole,
        DAY,
        DAY + timedelta(days=due),
        [(DAY + timedelta(days=day), part * 365) for day, part in paid],
        DAY + timedelta(days=200),
    )
    first = DAY + timedelta(days=begin)
    middle, last = first + timedelta(days=length), first + timedelta(days=2 * length + 1)
    percent = Decimal(100)  # of multiples of 365: nothing is rounded
    both = interest_paisa(steps, percent, first, last)
    assert both == interest_paisa(steps, percent, first, middle) + interest_paisa(
        steps, percent, middle + timedelta(days=1), last
    )
    assert 0 <= both <= 10**7 * (2 * length + 2)

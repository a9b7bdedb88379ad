"""Who calls an order off late pays what it was shown, in both books; the vendor may give it up."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from commerce.ordering import queries
from commerce.ordering import service as ordering
from commerce.ordering.cancelling import fee_of, free_until
from commerce.ordering.errors import (
    CancelCreditHigher,
    CancelFeeHigher,
    CancelFeeNotFound,
    MoveNotAllowed,
    RulesInvalid,
)
from commerce.ordering.service import CancelTerms
from foundation import clock
from foundation.database import read, write
from foundation.embedded_postgres import Server
from tests.commerce.factories import RETAILER, VENDOR, Market, market, open_credits, open_debits
from tests.commerce.ordering.test_approvals import grown, rule
from tests.commerce.ordering.test_concurrency import books_hold
from tests.commerce.ordering.test_slots import ZONE, ahead, choose, give_up, slot

pytestmark = pytest.mark.committing


@pytest.fixture
def trade(migrated: Server) -> Market:
    return market()


def ask(trade: Market, **given: object) -> None:
    terms = CancelTerms(**given)  # type: ignore[arg-type]
    write(
        lambda session: ordering.set_rules(
            session, vendor_id=trade.vendor_id, rules=ordering.Rules(), cancelling=terms
        )
    )


def cost(order_id: UUID) -> int:
    with read() as session:
        return ordering.cancel_cost(session, order_id).fee_paisa


def costs(order_id: UUID) -> tuple[int, int]:
    with read() as session:
        return ordering.cancel_cost(session, order_id)[:2]


def cancel(
    order_id: UUID, fee_paisa: int = 0, actor: ordering.Actor = RETAILER, credit_paisa: int = 0
) -> None:
    write(
        lambda session: ordering.cancel(
            session, order_id=order_id, actor=actor, fee_paisa=fee_paisa, credit_paisa=credit_paisa
        )
    )


def waive(order_id: UUID) -> None:
    write(lambda session: ordering.waive_cancel_fee(session, order_id=order_id, actor=VENDOR))


def balances(trade: Market) -> dict[str, int]:
    """What the fee's accounts stand at, in both books."""
    with read() as session:
        rows = session.execute(
            text("""
                SELECT account.code, CAST(sum(amount_paisa) AS bigint) AS paisa
                FROM app.postings JOIN app.accounts account ON account.id = account_id
                WHERE account.business_id IN (:vendor, :retailer) AND account.code LIKE 'cancellation%'
                GROUP BY account.code
            """),
            {"vendor": trade.vendor_id, "retailer": trade.retailer_id},
        )
        return {row.code: row.paisa for row in rows}


def test_the_fee_is_owed_in_both_books_and_may_be_waived_once(trade: Market) -> None:
    ask(trade, cancel_fee_percent=Decimal(10))
    order_id = trade.accepted(10)
    with pytest.raises(CancelFeeHigher, match=r"costs .*10\.00 now"):
        cancel(order_id, 999)
    assert trade.exposure()[:2] == (0, 10_000), "a refusal leaves the order as it was"
    cancel(order_id, 1_000)
    assert trade.exposure()[:2] == (1_000, 0)
    assert (open_debits(trade), trade.shelf()) == ([1_000], (1000, 0))
    assert balances(trade) == {"cancellation_income": -1_000, "cancellation_expense": 1_000}
    trade.pay(1_000)
    waive(order_id)
    assert (trade.exposure()[0], open_credits(trade)) == (-1_000, [1_000])
    assert set(balances(trade).values()) == {0}
    with pytest.raises(CancelFeeNotFound, match="waived already"):
        waive(order_id)
    assert books_hold(trade)


def test_a_vendor_that_cancels_late_gives_what_it_promised_in_both_books(trade: Market) -> None:
    ask(trade, cancel_credit_percent=Decimal(10), cancel_credit_max_paisa=800, cancel_notice_hours=24)
    owed = trade.accepted(1)
    trade.deliver(owed)
    order_id = trade.accepted(10)
    ask(trade)  # what is promised later is for later orders
    with read() as session:
        told = ordering.cancel_cost(session, order_id)
    assert (told.fee_paisa, told.credit_paisa) == (0, 0), "in good time it costs nobody"
    assert told.free_until is not None
    with clock.at(told.free_until):
        with read() as session:
            assert ordering.cancel_cost(session, order_id).credit_paisa == 800
        with pytest.raises(CancelCreditHigher, match=r"you give its retailer .*8\.00"):
            cancel(order_id, actor=VENDOR, credit_paisa=799)
        assert trade.exposure()[:2] == (1_000, 10_000), "a refusal leaves the order as it was"
        cancel(order_id, actor=VENDOR, credit_paisa=900)
        with read() as session:
            assert ordering.cancel_cost(session, order_id).credited_paisa == 800
    assert (trade.exposure()[:2], open_debits(trade), trade.shelf()) == ((200, 0), [200], (999, 0))
    assert balances(trade) == {"cancellation_expense": 800, "cancellation_income": -800}
    assert books_hold(trade)
    with clock.at(told.free_until):
        early, by_retailer = trade.place(10), trade.accepted(10)
        cancel(early, actor=VENDOR)
        cancel(by_retailer)
    assert trade.exposure()[:2] == (200, 0), "neither before it was accepted nor by the retailer"


def test_an_order_that_waits_again_was_accepted_all_the_same(migrated: Server) -> None:
    trade = market(limit_paisa=10_000, on_hand=20)
    ask(trade, cancel_fee_paisa=500, cancel_credit_paisa=300)
    rule(trade)
    order_id = trade.accepted(10)
    grown(order_id, 12)
    with read() as session:
        assert queries.order(session, order_id)["order_state"] == "placed"
    assert costs(order_id) == (500, 300)
    with pytest.raises(MoveNotAllowed, match="cancel it for that"):
        write(lambda session: ordering.decline(session, order_id=order_id, actor=VENDOR))
    with pytest.raises(CancelFeeHigher, match="the vendor may waive it"):
        cancel(order_id)
    cancel(order_id, actor=VENDOR, credit_paisa=300)
    assert (trade.exposure()[:2], open_credits(trade)) == ((-300, 0), [300])
    assert books_hold(trade)


def test_what_is_not_accepted_or_is_for_cash_or_cancelled_by_the_vendor_costs_nothing(trade: Market) -> None:
    ask(trade, cancel_fee_paisa=500)
    cancel(trade.place(1))
    cancel(trade.accepted(1, settlement="cash"))
    accepted = trade.accepted(1)
    assert cost(accepted) == 500
    cancel(accepted, actor=VENDOR)
    assert trade.exposure()[:2] == (0, 0)
    with pytest.raises(CancelFeeNotFound, match="none was charged"):
        waive(accepted)


def test_an_order_delivered_in_part_and_closed_short_owes_neither(trade: Market) -> None:
    ask(trade, cancel_fee_paisa=500, cancel_credit_paisa=300)
    order_id = trade.accepted(10)
    assert costs(order_id) == (500, 300)
    trade.deliver(order_id, {1: Decimal(1)})
    assert costs(order_id) == (0, 0), "decision 0013"
    write(lambda session: ordering.close_short(session, order_id=order_id, actor=VENDOR))
    assert (trade.exposure()[:2], balances(trade)) == ((1_000, 0), {})


def test_it_is_free_until_so_many_hours_before_the_day_by_the_rules_of_its_placement(trade: Market) -> None:
    ask(trade, cancel_notice_hours=24, cancel_fee_paisa=500)
    order_id = trade.accepted(10)
    ask(trade)  # what is asked later is for later orders
    with read() as session:
        promised_on = queries.order(session, order_id)["promised_on"]
        until = ordering.cancel_cost(session, order_id).free_until
    assert isinstance(promised_on, date)
    assert until is not None
    with clock.at(until - timedelta(seconds=1)):
        assert cost(order_id) == 0
    with clock.at(until):
        assert cost(order_id) == 500
        cancel(order_id, 600)
    assert trade.exposure()[:2] == (500, 0), "never more than it costs"


def test_a_slot_chosen_since_neither_saves_the_fee_nor_brings_the_credit(trade: Market) -> None:
    asked = {"cancel_notice_hours": 24, "cancel_fee_paisa": 500, "cancel_credit_paisa": 300}
    ask(trade, **asked)
    order_id = trade.accepted(10)
    with read() as session:
        agreed_on = queries.order(session, order_id)["promised_on"]
    begins = free_until(agreed_on, ZONE, CancelTerms(cancel_notice_hours=0))
    assert begins is not None
    with clock.at(begins - timedelta(hours=23)):
        assert costs(order_id) == (500, 300)
        choose(order_id, slot(trade, (agreed_on - ahead(0)).days + 5))
        assert costs(order_id) == (500, 0), (
            "the fee of the day that was agreed, no credit before the later one"
        )
        give_up(order_id)
        assert costs(order_id) == (500, 300)

    place = slot(trade, 6)
    order_id = trade.accepted(10, slot=place)
    give_up(order_id)
    with clock.at(begins):
        assert costs(order_id) == (500, 0), "the vendor agreed to the slot's day"


def test_the_day_begins_where_the_vendor_is() -> None:
    until = free_until(date(2026, 3, 2), "Asia/Kathmandu", CancelTerms(cancel_notice_hours=12))
    assert until == datetime.fromisoformat("2026-03-01T12:00:00+05:45")
    assert free_until(None, "Asia/Kathmandu", CancelTerms(cancel_notice_hours=12)) is None


@given(
    total=st.integers(0, 10**9),
    percent=st.decimals(0, 100, places=3),
    most=st.none() | st.integers(1, 10**9),
)
def test_a_fee_is_never_more_than_its_maximum_or_the_order(
    total: int, percent: Decimal, most: int | None
) -> None:
    fee = fee_of(total, CancelTerms(None, 0, percent, most))
    assert 0 <= fee <= min(total, total if most is None else most)
    assert fee_of(total, CancelTerms(None, 700, Decimal(0), most)) == min(700, total, most or 700)


@pytest.mark.parametrize(
    "given",
    [
        {"cancel_notice_hours": 721},
        {"cancel_fee_percent": Decimal("100.001")},
        {"cancel_fee_paisa": 1, "cancel_fee_percent": Decimal(1)},
        {"cancel_fee_max_paisa": 0},
        {"cancel_credit_percent": Decimal("100.001")},
        {"cancel_credit_paisa": 1, "cancel_credit_percent": Decimal(1)},
        {"cancel_credit_max_paisa": 0},
    ],
)
def test_a_rule_out_of_bounds_is_refused(trade: Market, given: dict[str, object]) -> None:
    with pytest.raises(RulesInvalid):
        ask(trade, **given)

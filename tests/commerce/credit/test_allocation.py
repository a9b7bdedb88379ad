"""Which credit settles which debt is chosen, changed and undone, and the books hold; debts are given up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from commerce.credit import desk_queries, score
from commerce.credit import service as credit
from commerce.credit.errors import (
    AllocationInvalid,
    ItemNotFound,
    SecondPersonNeeded,
    WriteOffDecidedAlready,
    WriteOffNotFound,
)
from commerce.ledger import queries as ledger_queries
from foundation import clock
from foundation.database import read, write
from foundation.embedded_postgres import Server
from foundation.ids import uuid7
from tests.commerce.factories import Market, market, open_credits, open_debits

pytestmark = pytest.mark.committing

MARCH = datetime(2026, 3, 1, 6, tzinfo=UTC)


def on(day: int) -> datetime:
    """Noon in Surkhet on that day of March 2026."""
    return MARCH + timedelta(days=day - 1)


def account_of(trade: Market) -> UUID:
    with read() as session:
        return ledger_queries.party_account(session, trade.vendor_id, "receivable", trade.retailer_id, "NPR")


def items(trade: Market) -> list[UUID]:
    """The open debts, oldest first."""
    account = account_of(trade)
    with read() as session:
        return [item.id for item in ledger_queries.open_debits(session, account)]


def item_of(trade: Market, payment_id: UUID) -> UUID:
    account = account_of(trade)
    with read() as session:
        return ledger_queries.item_of(session, account, "payment", payment_id)


def reallocate(
    trade: Market, item_id: UUID, chosen: Mapping[UUID, int], *, is_rest_kept: bool = False
) -> None:
    write(
        lambda session: credit.reallocate(
            session, vendor_id=trade.vendor_id, item_id=item_id, chosen=chosen, is_rest_kept=is_rest_kept
        ),
        scope=[trade.vendor_id],
    )


def owing(*packets: int) -> Market:
    """A market in which so many packets were delivered on the first days of March."""
    with clock.at(on(1)):
        trade = market(net_days=10, limit_paisa=10**9)
    for day, count in enumerate(packets, start=1):
        with clock.at(on(day)):
            trade.deliver(trade.accepted(count))
    return trade


def test_a_payment_settles_what_it_names_and_then_the_oldest(migrated: Server) -> None:
    trade = owing(10, 20, 30)
    _, second, third = items(trade)
    with clock.at(on(5)):
        trade.pay(26_000, chosen={third: 5_000, second: 20_000})
    assert open_debits(trade) == [9_000, 25_000]
    with clock.at(on(6)):
        trade.pay(10_000, chosen={third: 4_000}, is_rest_kept=True)
    assert (open_debits(trade), open_credits(trade)) == ([9_000, 21_000], [6_000])
    assert trade.exposure()[0] == 24_000


@pytest.mark.parametrize("wanted", [0, -1, 10_001])
def test_more_than_is_open_cannot_be_chosen(migrated: Server, wanted: int) -> None:
    trade = owing(10)
    [item] = items(trade)
    with clock.at(on(5)):
        for chosen in ({item: wanted}, {uuid7(): 1}):
            with pytest.raises(AllocationInvalid):
                trade.pay(20_000, chosen=chosen)
        with pytest.raises(AllocationInvalid, match="choose less"):
            trade.pay(100, chosen={item: 101})
    assert open_debits(trade) == [10_000]


def test_a_payment_can_settle_another_debt_and_what_was_in_time_stays_so(migrated: Server) -> None:
    trade = owing(10, 10)
    first, second = items(trade)
    with clock.at(on(5)):
        payment = trade.pay(10_000)
    assert items(trade) == [second]
    with clock.at(on(25)):  # after both are due
        reallocate(trade, item_of(trade, payment), {second: 10_000})
    assert items(trade) == [first]

    def stood(effective: date, recorded_by: date) -> list[UUID]:
        with read() as session:
            found = credit.receivables_as_of(
                session,
                vendor_id=trade.vendor_id,
                retailer_id=trade.retailer_id,
                effective=effective,
                recorded_by=recorded_by,
            )
        return [item.item_id for item in found]

    assert stood(date(2026, 3, 6), date(2026, 3, 25)) == [first]
    assert stood(date(2026, 3, 6), date(2026, 3, 24)) == [second]
    assert stood(date(2026, 3, 4), date(2026, 3, 25)) == [first, second]
    with clock.at(on(25)), read() as session:
        payment_history = score.score_now(session, retailer_id=trade.retailer_id).components[0]
    assert payment_history.points == (10_000 + 6_000) // 2  # one in time, one open for 14 days


def test_only_a_standing_payment_or_credit_note_is_re_allocated(migrated: Server) -> None:
    trade = owing(10)
    [debt] = items(trade)
    with pytest.raises(AllocationInvalid, match="of the kind charge"):
        reallocate(trade, debt, {})
    with clock.at(on(5)):
        payment = trade.pay(4_000)
        trade.bounce(payment)
    with pytest.raises(AllocationInvalid, match="undone"):
        reallocate(trade, item_of(trade, payment), {})
    for item in (uuid7(), items(owing(1))[0]):
        with pytest.raises(ItemNotFound):
            reallocate(trade, item, {})


def test_advances_of_all_retailers_settle_what_is_owed(migrated: Server) -> None:
    trade = owing(10)
    with clock.at(on(5)):
        trade.pay(4_000, is_rest_kept=True)
    with read() as session:
        assert desk_queries.retailers_with_advances(session, trade.vendor_id) == [trade.retailer_id]
    settle = {"vendor_id": trade.vendor_id, "retailer_id": trade.retailer_id}
    assert write(lambda session: credit.settle_advances(session, **settle)) == 4_000
    assert write(lambda session: credit.settle_advances(session, **settle)) == 0
    assert (open_debits(trade), open_credits(trade)) == ([6_000], [])
    with read() as session:
        assert desk_queries.retailers_with_advances(session, trade.vendor_id) == []


ASKING, APPROVING = uuid7(), uuid7()


def write_off(trade: Market, item_id: UUID, amount_paisa: int | None = None) -> UUID:
    return write(
        lambda session: credit.write_off(
            session,
            vendor_id=trade.vendor_id,
            item_id=item_id,
            amount_paisa=amount_paisa,
            reason="closed its shop",
            requested_by=ASKING,
        ),
        scope=[trade.vendor_id],
    )


def approve(trade: Market, write_off_id: UUID, by: UUID = APPROVING) -> UUID:
    return write(
        lambda session: credit.approve_write_off(
            session, vendor_id=trade.vendor_id, write_off_id=write_off_id, approved_by=by
        ),
        scope=[trade.vendor_id],
    )


def set_bound(trade: Market, bound_paisa: int) -> None:
    write(
        lambda session: credit.set_policy(
            session, vendor_id=trade.vendor_id, write_off_max_paisa=bound_paisa, set_by=APPROVING
        )
    )


def balances(trade: Market) -> dict[tuple[bool, str], int]:
    """By (whether it is the vendor's, code)."""
    with read() as session:
        rows = session.execute(
            text("""
                SELECT a.business_id = :vendor AS is_vendor, a.code, CAST(sum(p.amount_paisa) AS bigint) AS balance
                FROM app.postings p JOIN app.accounts a ON a.id = p.account_id
                WHERE a.business_id IN (:vendor, :retailer) GROUP BY 1, 2
            """),
            {"vendor": trade.vendor_id, "retailer": trade.retailer_id},
        )
        return {(row.is_vendor, row.code): row.balance for row in rows}


def test_a_small_debt_is_given_up_at_once_in_both_books(migrated: Server) -> None:
    trade = owing(10, 20)
    first, second = items(trade)
    set_bound(trade, 10_000)
    write_off(trade, second, 4_000)
    assert open_debits(trade) == [10_000, 16_000]
    write_off(trade, first)
    assert (items(trade), trade.exposure()[0]) == ([second], 16_000)
    found = balances(trade)
    assert (found[True, "bad_debts"], found[False, "debts_forgiven"]) == (14_000, -14_000)
    assert (found[True, "receivable"], found[False, "payable"]) == (16_000, -16_000)


def test_a_larger_one_waits_for_a_second_person(migrated: Server) -> None:
    trade = owing(10)
    [debt] = items(trade)
    asked = write_off(trade, debt)
    assert trade.exposure()[0] == 10_000
    with pytest.raises(SecondPersonNeeded):
        approve(trade, asked, by=ASKING)
    approve(trade, asked)
    assert (open_debits(trade), trade.exposure()[0]) == ([], 0)
    with pytest.raises(WriteOffDecidedAlready):
        approve(trade, asked)
    with pytest.raises(WriteOffNotFound):
        approve(owing(), asked)


def test_the_bound_is_of_the_debt_in_however_many_parts_it_is_given_up(migrated: Server) -> None:
    trade = owing(10, 20)
    first, second = items(trade)
    set_bound(trade, 1_000)
    for _ in range(3):
        asked = write_off(trade, first, 400)
    assert open_debits(trade) == [9_200, 20_000]
    approve(trade, asked)
    assert open_debits(trade) == [8_800, 20_000]
    # What a second person approved does not count, and each debt has a bound of its own.
    write_off(trade, first, 200)
    write_off(trade, second, 1_000)
    assert open_debits(trade) == [8_600, 19_000]
    write_off(trade, first, 1)
    assert open_debits(trade) == [8_600, 19_000]


def test_what_was_paid_meanwhile_is_not_given_up(migrated: Server) -> None:
    trade = owing(10)
    [debt] = items(trade)
    asked = write_off(trade, debt)
    with clock.at(on(5)):
        trade.pay(1_000)
    with pytest.raises(AllocationInvalid):
        approve(trade, asked)
    assert trade.exposure()[0] == 9_000
    write(
        lambda session: credit.decline_write_off(
            session, vendor_id=trade.vendor_id, write_off_id=asked, declined_by=ASKING
        )
    )
    with pytest.raises(WriteOffDecidedAlready):
        approve(trade, asked)
    with pytest.raises(AllocationInvalid):
        write_off(trade, debt, 9_001)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["deliver", "pay", "pay-named", "pay-ahead", "bounce", "move", "write-off", "settle"]
        ),
        st.integers(1, 9_999),
    ),
    min_size=4,
    max_size=14,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_books_and_items_hold_after_any_sequence(migrated: Server, steps: list[tuple[str, int]]) -> None:
    trade = market(limit_paisa=10**10)
    trade.place(1)
    set_bound(trade, 10**9)
    standing: list[tuple[UUID, int]] = []
    owed = 0
    for verb, number in steps:
        debts = items(trade)
        named = {debts[number % len(debts)]: 1} if debts else {}
        if verb == "deliver":
            trade.deliver(trade.accepted(number % 9 + 1))
            owed += (number % 9 + 1) * 1_000
        elif verb.startswith("pay"):
            chosen = named if verb == "pay-named" else {}
            paid = trade.pay(
                number,
                chosen=chosen,
                is_rest_kept=verb == "pay-ahead",
                confirm_duplicate=True,
                confirm_amount=True,
            )
            standing.append((paid, number))
            owed -= number
        elif verb == "bounce" and standing:
            payment, amount = standing.pop(number % len(standing))
            trade.bounce(payment)
            owed += amount
        elif verb == "move" and standing:
            reallocate(
                trade,
                item_of(trade, standing[number % len(standing)][0]),
                named,
                is_rest_kept=number % 2 == 0,
            )
        elif verb == "write-off" and debts:
            write_off(trade, debts[0], 1)
            owed -= 1
        elif verb == "settle":
            write(
                lambda session: credit.settle_advances(
                    session, vendor_id=trade.vendor_id, retailer_id=trade.retailer_id
                )
            )
            assert not (open_debits(trade) and open_credits(trade))
        assert trade.exposure()[0] == sum(open_debits(trade)) - sum(open_credits(trade)) == owed
    found = balances(trade)
    assert found.get((True, "receivable"), 0) == -found.get((False, "payable"), 0) == owed
    for side in (True, False):
        assert sum(balance for (is_vendor, _), balance in found.items() if is_vendor is side) == 0

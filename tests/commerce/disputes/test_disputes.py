"""What two do not agree on: how it ends, who may say so, and what it keeps from being late meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from commerce.credit import ageing, interest, outlook, positions, stops
from commerce.credit import service as credit
from commerce.credit.collection import collection_run
from commerce.credit.interest import undisputed
from commerce.credit.interest_queries import DisputedDays
from commerce.credit.outlook import Step
from commerce.disputes import queries
from commerce.disputes import service as disputes
from commerce.disputes.errors import DisputeInvalid, DisputeMoveNotAllowed, DisputeNotFound, NotYourDispute
from commerce.disputes.service import Party
from commerce.ordering import queries as ordering
from commerce.risk import figures
from foundation import clock
from foundation.clock import business_day
from foundation.database import read, write
from foundation.embedded_postgres import Server
from foundation.ids import uuid7
from sauda.worker import do_what_is_due
from tests.commerce.conftest import CALLERS, Crowd
from tests.commerce.factories import Market, market

pytestmark = pytest.mark.committing

VENDOR, RETAILER, ADMIN = Party("vendor"), Party("retailer"), Party("admin")
NOON = datetime(2026, 3, 1, 6, 15, tzinfo=UTC)


@pytest.fixture
def trade(migrated: Server) -> Market:
    return market(net_days=10)


def dispute(
    trade: Market, subject_id: UUID, paisa: int = 3_000, party: Party = RETAILER, **given: Any
) -> UUID:
    sides = (trade.vendor_id, trade.retailer_id)
    business_id, counterparty_id = sides if party is VENDOR else sides[::-1]
    facts = {"subject": "order", "reason": "quantity", "counterparty_id": counterparty_id, **given}
    return write(
        lambda session: disputes.open_dispute(
            session, party=party, business_id=business_id, subject_id=subject_id, amount_paisa=paisa, **facts
        )
    )


def move(verb: str, dispute_id: UUID, party: Party, **given: Any) -> None:
    write(lambda session: getattr(disputes, verb)(session, dispute_id=dispute_id, party=party, **given))


settle = partial(move, "settle_dispute")
answer = partial(move, "answer_dispute", answer="no")
escalate = partial(move, "escalate_dispute")
decide = partial(move, "decide_dispute", note="seen")


def told(dispute_id: UUID) -> tuple[str, str | None, list[tuple[str, str]]]:
    with read() as session:
        found = disputes.dispute_of(session, dispute_id)
        steps = [(step.verb, step.side) for step in queries.timeline_of(session, dispute_id)]
    return found.state, found.outcome, steps


def test_a_dispute_goes_from_side_to_side_and_to_the_admin(trade: Market) -> None:
    dispute_id = dispute(trade, trade.accepted(10))
    with pytest.raises(NotYourDispute):
        answer(dispute_id, RETAILER)
    with pytest.raises(DisputeMoveNotAllowed):
        escalate(dispute_id, RETAILER)
    answer(dispute_id, VENDOR)
    escalate(dispute_id, VENDOR)
    with pytest.raises(NotYourDispute):
        decide(dispute_id, VENDOR, is_upheld=False)
    decide(dispute_id, ADMIN, is_upheld=False)
    steps = [("open", "retailer"), ("answer", "vendor"), ("escalate", "vendor"), ("rejected", "admin")]
    assert told(dispute_id) == ("settled", "rejected", steps)
    with pytest.raises(DisputeMoveNotAllowed, match="is settled"):
        settle(dispute_id, RETAILER, outcome="withdrawn")


@pytest.mark.parametrize(
    ("outcome", "opener", "by"),
    [
        ("withdrawn", RETAILER, RETAILER),
        ("upheld", RETAILER, VENDOR),
        ("upheld", VENDOR, RETAILER),
        ("paid", VENDOR, VENDOR),
    ],
)
def test_each_side_may_give_way(trade: Market, outcome: str, opener: Party, by: Party) -> None:
    dispute_id = dispute(trade, trade.accepted(10), party=opener)
    other = VENDOR if by is RETAILER else RETAILER
    with pytest.raises(NotYourDispute):
        settle(dispute_id, other, outcome=outcome)
    settle(dispute_id, by, outcome=outcome)
    assert told(dispute_id)[:2] == ("settled", outcome)


def test_a_credit_note_settles_only_what_was_disputed_before_it(trade: Market) -> None:
    order_id = trade.accepted(10)
    trade.deliver(order_id)
    earlier = trade.take_back(order_id, {1: 1})
    dispute_id = dispute(trade, order_id)
    for credit_note in (None, earlier, uuid7()):
        with pytest.raises(DisputeInvalid, match="names it"):
            settle(dispute_id, VENDOR, outcome="credit-note", credit_note_id=credit_note)
    settle(dispute_id, VENDOR, outcome="credit-note", credit_note_id=trade.take_back(order_id, {1: 3}))
    assert told(dispute_id)[:2] == ("settled", "credit-note")


def test_what_nobody_answers_goes_to_the_admin_after_a_week(own_world: str) -> None:
    trade = market()
    silent, answered = dispute(trade, trade.accepted(10)), dispute(trade, trade.accepted(10))
    answer(answered, VENDOR)
    do_what_is_due()
    assert told(silent)[0] == "open"
    with clock.at(datetime.now(UTC) + timedelta(days=7, minutes=1)):
        do_what_is_due()
        do_what_is_due()
    assert told(silent) == ("escalated", None, [("open", "retailer"), ("escalate", "system")])
    assert told(answered)[0] == "answered"


def test_a_debt_is_disputed_once_however_many_try(trade: Market, crowd: Crowd) -> None:
    order_id = trade.accepted(10)
    delivery_id = trade.deliver(order_id)
    answers = crowd([lambda: dispute(trade, delivery_id, 10_000, subject="delivery")] * CALLERS)
    assert Counter(type(one).__name__ for one in answers) == {"UUID": 1, "DisputeInvalid": CALLERS - 1}
    with pytest.raises(DisputeInvalid, match=r"0\.00 is left to dispute"):
        dispute(trade, order_id, 1)


def reject(dispute_id: UUID) -> None:
    answer(dispute_id, VENDOR)
    escalate(dispute_id, VENDOR)
    decide(dispute_id, ADMIN, is_upheld=False)


ENDS: list[Callable[[UUID], None]] = [
    reject,
    partial(settle, party=RETAILER, outcome="withdrawn"),
    partial(settle, party=VENDOR, outcome="upheld"),
]


@pytest.mark.parametrize("end", ENDS, ids=["rejected", "withdrawn", "upheld"])
@pytest.mark.parametrize("subject", ["order", "delivery", "debt"])
def test_what_a_side_disputed_once_it_does_not_dispute_again(
    migrated: Server, end: Callable[[UUID], None], subject: str
) -> None:
    with clock.at(NOON):
        trade = market(net_days=10)
        order_id = trade.accepted(10)  # of 10,000 paisa, due on 11 March
        delivery_id = trade.deliver(order_id)
    about = {"order": order_id, "delivery": delivery_id, "debt": debt_of(trade)}
    with clock.at(NOON + timedelta(days=20)):
        end(dispute(trade, about["debt"], 7_000, subject="debt"))
        assert late(trade) == [10_000]
        with pytest.raises(
            DisputeInvalid, match=r"30\.00 is left to dispute.*a payment, a return"
        ) as refused:
            dispute(trade, about[subject], 7_000, subject=subject)
        assert refused.value.facts["left_paisa"] == 3_000
        assert late(trade) == [10_000]
        rest = dispute(trade, about[subject], 3_000, subject=subject)
        assert late(trade) == [7_000]
        # The other side has its own word, about what is not in dispute now.
        with pytest.raises(DisputeInvalid, match=r"70\.00 is left"):
            dispute(trade, about[subject], 10_000, VENDOR, subject=subject)
        end(rest)
        end_of_theirs = dispute(trade, about[subject], 10_000, VENDOR, subject=subject)
        settle(end_of_theirs, VENDOR, outcome="withdrawn")
        assert late(trade) == [10_000]
        with pytest.raises(DisputeInvalid, match=r"0\.00 is left"):
            dispute(trade, about[subject], 1, subject=subject)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([VENDOR, RETAILER]), st.integers(1, 10_000), st.sampled_from(["stand", "end"])
        ),
        max_size=12,
    )
)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_two_dispute_of_a_debt_no_part_is_twice_and_none_by_one_side_anew(
    migrated: Server, moves: list[tuple[Party, int, str]]
) -> None:
    trade = market()
    trade.deliver(trade.accepted(10))
    debt, standing = debt_of(trade), 0
    by_side = {"vendor": 0, "retailer": 0}
    ended = {"vendor": 0, "retailer": 0}
    for party, paisa, then in moves:
        room = 10_000 - standing - ended[party.side]
        if paisa > room:
            with pytest.raises(DisputeInvalid):
                dispute(trade, debt, paisa, party, subject="debt")
            continue
        dispute_id = dispute(trade, debt, paisa, party, subject="debt")
        by_side[party.side] += paisa
        if then == "stand":
            standing += paisa
        else:
            settle(dispute_id, party, outcome="withdrawn")
            ended[party.side] += paisa
    with read() as session:
        marked = session.execute(
            text("""
                SELECT dispute.side, sum(marked.amount_paisa) AS paisa FROM app.disputed_items marked
                JOIN app.disputes dispute ON dispute.id = marked.dispute_id
                WHERE marked.item_id = :debt GROUP BY dispute.side
            """),
            {"debt": debt},
        ).all()
    assert {row.side: row.paisa for row in marked} == {
        side: paisa for side, paisa in by_side.items() if paisa
    }
    assert all(paisa <= 10_000 for paisa in by_side.values())


def test_what_cannot_be_disputed_is_refused(trade: Market) -> None:
    order_id = trade.accepted(10)
    stranger = market()
    with pytest.raises(DisputeNotFound):
        dispute(stranger, order_id)
    with pytest.raises(DisputeNotFound):
        dispute(trade, uuid7(), subject="debt")
    with pytest.raises(DisputeInvalid, match="dispute that or less"):
        dispute(trade, order_id, 10_001)
    with pytest.raises(DisputeInvalid, match="for one of"):
        dispute(trade, order_id, reason="mood")


def overdue_in_cash_flow(trade: Market) -> int:
    today = business_day(clock.now(), "Asia/Kathmandu")
    with read((trade.vendor_id,)) as session:
        return outlook.cash_flow(session, vendor_id=trade.vendor_id, today=today, weeks=4).overdue_paisa


def test_what_is_disputed_is_not_late_while_it_is(migrated: Server) -> None:
    """Ten thousand rupees due on the eleventh, four thousand of them in dispute from the 13th to the 15th."""
    with clock.at(NOON):
        trade = market(net_days=10, limit_paisa=10**9)
        write(
            lambda session: interest.set_interest_rule(
                session, vendor_id=trade.vendor_id, percent=Decimal("36.5"), after_days=0, set_by=uuid7()
            )
        )
        trade.deliver(trade.accepted(1_000))
    debt = debt_of(trade)
    with clock.at(NOON + timedelta(days=12)):
        dispute_id = dispute(trade, debt, 400_000, subject="debt")
        assert late(trade) == [600_000]
        assert overdue_in_cash_flow(trade) == 600_000
    with clock.at(NOON + timedelta(days=14)):
        settle(dispute_id, RETAILER, outcome="withdrawn")
        assert late(trade) == [1_000_000]
        assert overdue_in_cash_flow(trade) == 1_000_000
    with clock.at(NOON + timedelta(days=17)):
        charged = write(
            lambda session: interest.charge_interest(
                session, vendor_id=trade.vendor_id, retailer_id=trade.retailer_id
            )
        )
    # A thousandth a day: the 12th, 16th and 17th of all, the 13th to 15th of six thousand rupees.
    assert charged.amount_paisa == 3 * 1_000 + 3 * 600


def test_what_was_disputed_and_credited_is_taken_off_once(migrated: Server) -> None:
    """Of 10,000 rupees due on 11 March 3,000 are in dispute, and come back before the two settle."""
    with clock.at(NOON):
        trade = market(net_days=10, limit_paisa=10**9)
        write(
            lambda session: interest.set_interest_rule(
                session, vendor_id=trade.vendor_id, percent=Decimal("36.5"), after_days=0, set_by=uuid7()
            )
        )
        order_id = trade.accepted(1_000)
        trade.deliver(order_id)
    with clock.at(NOON + timedelta(days=11)):
        dispute_id = dispute(trade, order_id, 300_000)
    with clock.at(NOON + timedelta(days=13)):
        assert late(trade) == [700_000]
        other = dispute(trade, order_id, 100_000)
    with clock.at(NOON + timedelta(days=14)):
        assert late(trade) == [600_000]
        note = trade.take_back(order_id, {1: 300})
        assert late(trade) == [600_000]
        write(
            lambda session: stops.set_stop(
                session,
                vendor_id=trade.vendor_id,
                rule=stops.StopRule("hold", overdue_days=0),
                reason="test",
                set_by=uuid7(),
            )
        )
    with clock.at(NOON + timedelta(days=15)):
        trade.pay(400_000)
        assert late(trade) == [200_000]
        today = business_day(clock.now(), "Asia/Kathmandu")
        pair = {"vendor_id": trade.vendor_id, "retailer_id": trade.retailer_id}
        with read() as session:
            [row] = outlook.ageing_of_all(session, vendor_id=trade.vendor_id, day=today)
            [position] = positions.positions(session, day=today, is_today=True, **pair)
            each = credit.receivables_as_of(session, **pair, effective=today)
            told = next(one for one in figures.measure(session, today) if one.vendor_id == trade.vendor_id)
        assert (row["days_1_30_paisa"], row["disputed_paisa"]) == (200_000, 100_000)
        assert (position.days_1_30_paisa, position.disputed_paisa) == (200_000, 100_000)
        assert (ageing.age(each)["1_30"], ageing.age(each)["disputed"]) == (200_000, 100_000)
        assert (told.figures["overdue"], told.figures["disputed"]) == (2_000, 1_000)
        with read() as session:
            assert ordering.order(session, trade.place(1))["credit_state"] == "awaiting"
    with clock.at(NOON + timedelta(days=16)):
        settle(dispute_id, VENDOR, outcome="credit-note", credit_note_id=note)
        assert late(trade) == [200_000]
        settle(other, RETAILER, outcome="withdrawn")
        assert late(trade) == [300_000]
    with clock.at(NOON + timedelta(days=18)):
        charged = write(lambda session: interest.charge_interest(session, **pair))
    # A thousandth a day: two days of 7,000 rupees, two of 6,000, two of 2,000, and the 18th of 3,000.
    assert charged.amount_paisa == 2 * 700 + 2 * 600 + 2 * 200 + 300


def debt_of(trade: Market) -> UUID:
    """The one debt of this market."""
    with read() as session:
        debt: UUID = session.execute(
            text("SELECT id FROM app.receivable_items WHERE business_id = :id"), {"id": trade.vendor_id}
        ).scalar_one()
    return debt


def late(trade: Market) -> list[int]:
    today = business_day(clock.now(), "Asia/Kathmandu")
    with read() as session:
        return [
            stop.overdue_paisa for stop in collection_run(session, vendor_id=trade.vendor_id, today=today)
        ]


def test_a_debt_without_what_is_disputed() -> None:
    def day(number: int) -> Any:
        return (NOON + timedelta(days=number)).date()

    steps = [Step(day(0), 100, 0), Step(day(5), 30, 0)]
    disputed = [DisputedDays(40, day(2), day(3)), DisputedDays(10, day(3), None)]
    told = [(step.day, step.open_paisa) for step in undisputed(steps, disputed, day(9))]
    assert told == [(day(0), 100), (day(2), 60), (day(3), 50), (day(4), 90), (day(5), 20)]


def test_what_is_disputed_stands_beside_the_ageing_while_that_lasts(migrated: Server) -> None:
    with clock.at(NOON):
        trade = market(net_days=10)
        order_id = trade.accepted(10)  # of 10,000 paisa, due on 11 March
        trade.deliver(order_id)
    day_begins = clock.end_of_day(date(2026, 3, 20), "Asia/Kathmandu") + timedelta(microseconds=1)
    with clock.at(day_begins):
        dispute_id = dispute(trade, order_id, 4_000)
    with clock.at(NOON + timedelta(days=25)):
        trade.pay(8_000)
        settle(dispute_id, RETAILER, outcome="withdrawn")
    names = ("days_1_30_paisa", "disputed_paisa", "days_past_due")

    def stood(day: int, known: int | None = None) -> tuple[int, ...]:
        on, known_on = date(2026, 3, day), None if known is None else date(2026, 3, known)
        pair = {"vendor_id": trade.vendor_id, "retailer_id": trade.retailer_id}
        with clock.at(NOON + timedelta(days=60)), read() as session:
            known_at = None if known is None else clock.end_of_day(date(2026, 3, known), "Asia/Kathmandu")
            [row] = outlook.ageing_of_all(session, vendor_id=trade.vendor_id, day=on, known_at=known_at)
            each = credit.receivables_as_of(session, **pair, effective=on, recorded_by=known_on)
            [position] = positions.positions(session, day=on, is_today=False, **pair)
        found = ageing.age(each)
        assert row["total_paisa"] == sum(found.values())
        assert (found["1_30"], found["disputed"], ageing.days_past_due(each)) == tuple(
            row[name] for name in names
        )
        if known is None:
            assert tuple(row[name] for name in names) == tuple(getattr(position, name) for name in names)
            assert position.owed_paisa == row["total_paisa"]
        return tuple(row[name] for name in names)

    assert stood(20) == (10_000, 0, 9)
    assert stood(21) == (6_000, 4_000, 10)
    assert stood(21, known=20) == (10_000, 0, 10)
    assert stood(25) == (6_000, 4_000, 14)
    assert stood(26) == (2_000, 0, 15)
    with clock.at(NOON + timedelta(days=29)):
        dispute(trade, order_id, 3_000)
    assert stood(30) == (0, 2_000, 0)

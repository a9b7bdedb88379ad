"""Cheques are payments once they cleared; promises are judged by payments; the run visits who is pressing."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import RowMapping

from commerce.credit import cheques, collection
from commerce.credit import collection_queries as queries
from commerce.credit.cheques import MOVES
from commerce.credit.collection import Stop, in_order
from commerce.credit.errors import (
    ChequeInvalid,
    ChequeMoveInvalid,
    ChequeNotFound,
    CollectorUnknown,
    PromiseInvalid,
)
from commerce.identity import service as identity
from commerce.identity.service import NewBusiness
from foundation import clock
from foundation.database import read, write
from foundation.embedded_postgres import Server
from foundation.ids import uuid7
from tests.commerce.conftest import CALLERS, Crowd
from tests.commerce.factories import Market, market, open_debits

pytestmark = pytest.mark.committing

MARCH = datetime(2026, 3, 1, 6, tzinfo=UTC)
SOMEBODY = uuid7()


def on(day: int) -> datetime:
    """Noon in Surkhet, so many days into March 2026."""
    return MARCH + timedelta(days=day - 1)


def owing() -> Market:
    """Ten packets, 100 rupees, due on the eleventh of March."""
    with clock.at(on(1)):
        trade = market(net_days=10)
        trade.deliver(trade.accepted(10))
    return trade


def receive(trade: Market, number: str = "004211", day: int = 5, bank: str = "Nabil") -> UUID:
    return write(
        lambda session: cheques.receive_cheque(
            session,
            vendor_id=trade.vendor_id,
            retailer_id=trade.retailer_id,
            amount_paisa=4_000,
            bank=bank,
            number=number,
            cheque_date=date(2026, 3, day),
        )
    )


def move(trade: Market, cheque_id: UUID, verb: str) -> UUID:
    return write(
        lambda session: cheques.move_cheque(
            session, vendor_id=trade.vendor_id, cheque_id=cheque_id, verb=verb
        ),
        scope=[trade.vendor_id],
    )


def test_a_cheque_is_money_from_the_day_on_which_it_cleared(migrated: Server) -> None:
    trade = owing()
    with clock.at(on(2)):
        cheque = receive(trade)
        with pytest.raises(ChequeInvalid, match="deposit it then"):
            move(trade, cheque, "deposit")
        with pytest.raises(ChequeInvalid, match="in the list already"):
            receive(trade)
    with clock.at(on(5)):
        move(trade, cheque, "deposit")
        assert trade.exposure()[0] == 10_000
    with clock.at(on(8)):
        move(trade, cheque, "clear")
    assert (trade.exposure()[0], open_debits(trade)) == (6_000, [6_000])
    with clock.at(on(9)):
        move(trade, cheque, "bounce")
    assert (trade.exposure()[0], open_debits(trade)) == (10_000, [10_000])


def test_a_cheque_that_bounces_at_the_bank_was_never_money(migrated: Server) -> None:
    trade = owing()
    with clock.at(on(6)):
        cheque = receive(trade)
        move(trade, cheque, "deposit")
        move(trade, cheque, "bounce")
    assert trade.exposure()[0] == 10_000
    with pytest.raises(ChequeMoveInvalid):
        move(trade, cheque, "clear")
    with pytest.raises(ChequeNotFound):
        move(owing(), cheque, "bounce")


def test_what_moves_a_cheque_moves_it_from_its_states_alone(migrated: Server) -> None:
    trade = owing()
    with clock.at(on(6)):
        cheque = receive(trade)
        for verb in ("clear", "bounce"):
            with pytest.raises(ChequeMoveInvalid):
                move(trade, cheque, verb)
        move(trade, cheque, "return")
        for verb in MOVES:
            with pytest.raises(ChequeMoveInvalid):
                move(trade, cheque, verb)
    assert trade.exposure()[0] == 10_000


@pytest.mark.parametrize(("reason", "state"), [("bounced", "bounced"), ("mistake", "deposited")])
def test_a_payment_that_is_undone_takes_its_cheque_along(migrated: Server, reason: str, state: str) -> None:
    trade = owing()
    with clock.at(on(6)):
        cheque = receive(trade)
        move(trade, cheque, "deposit")
        move(trade, cheque, "clear")
        trade.bounce(shown(trade)["payment_id"], reason=reason)
    assert (shown(trade)["state"], trade.exposure()[0]) == (state, 10_000)
    # Cleared by mistake it lies at the bank as before, and may yet be money.
    with clock.at(on(7)):
        if state == "deposited":
            move(trade, cheque, "clear")
        else:
            with pytest.raises(ChequeMoveInvalid):
                move(trade, cheque, "clear")
    assert trade.exposure()[0] == (6_000 if state == "deposited" else 10_000)


def test_a_cheque_cleared_by_mistake_may_still_bounce(migrated: Server) -> None:
    trade = owing()
    with clock.at(on(6)):
        cheque = receive(trade)
        move(trade, cheque, "deposit")
        move(trade, cheque, "clear")
        trade.bounce(shown(trade)["payment_id"], reason="mistake")
        assert (shown(trade)["state"], shown(trade)["payment_id"]) == ("deposited", None)
    with clock.at(on(7)):
        move(trade, cheque, "bounce")
    assert (shown(trade)["state"], trade.exposure()[0], open_debits(trade)) == ("bounced", 10_000, [10_000])


def shown(trade: Market) -> RowMapping:
    with read() as session:
        return queries.cheques_of(session, "vendor", trade.vendor_id)[0]


@pytest.mark.parametrize("bank", ["NABIL", "Na bil"])
def test_a_cheque_is_the_same_however_its_bank_is_written(migrated: Server, bank: str) -> None:
    trade = owing()
    with clock.at(on(6)):
        receive(trade)
        with pytest.raises(ChequeInvalid, match="in the list already"):
            receive(trade, bank=bank)


def test_many_who_clear_one_cheque_are_paid_once(migrated: Server, crowd: Crowd) -> None:
    trade = owing()
    with clock.at(on(6)):
        cheque = receive(trade)
        move(trade, cheque, "deposit")
    answers = crowd([lambda: move(trade, cheque, "clear")] * CALLERS)
    assert Counter(type(answer).__name__ for answer in answers) == {
        "UUID": 1,
        ChequeMoveInvalid.__name__: CALLERS - 1,
    }
    assert trade.exposure()[0] == 6_000


def promise(trade: Market, due: date, amount_paisa: int = 4_000) -> UUID:
    return write(
        lambda session: collection.promise(
            session,
            vendor_id=trade.vendor_id,
            retailer_id=trade.retailer_id,
            amount_paisa=amount_paisa,
            due_on=due,
            recorded_by=SOMEBODY,
        )
    )


def test_only_standing_payments_since_the_promise_keep_it(migrated: Server) -> None:
    trade = owing()
    with clock.at(on(2)):
        trade.pay(1_000)
    with clock.at(on(3)):
        promise(trade, date(2026, 3, 8))
        with pytest.raises(PromiseInvalid):
            promise(trade, date(2026, 3, 2))
    with clock.at(on(4)):
        trade.bounce(trade.pay(2_500))
        trade.pay(1_500)
    with clock.at(on(9)):
        trade.pay(400)
    with read() as session:
        [row] = queries.promises_of(session, trade.vendor_id, today=date(2026, 3, 9))
    assert row["paid_paisa"] == 1_500


def test_a_promise_is_judged_by_what_came_and_found_by_it(migrated: Server) -> None:
    trade, due = owing(), date(2026, 3, 5)

    def judged(today: int) -> str:
        with read() as session:
            day = date(2026, 3, today)
            [row] = queries.promises_of(session, trade.vendor_id, today=day)
            for went in ("open", "kept", "kept-in-part", "broken"):
                found = queries.promises_of(session, trade.vendor_id, today=day, outcome=went)
                assert list(found) == ([row] if row["outcome"] == went else [])
        return str(row["outcome"])

    with clock.at(on(2)):
        promise(trade, due, 100)
    assert [judged(day) for day in (5, 6)] == ["open", "broken"]
    with clock.at(on(4)):
        trade.pay(99)
    assert [judged(day) for day in (5, 6)] == ["open", "kept-in-part"]
    with clock.at(on(5)):
        trade.pay(1)
    assert [judged(day) for day in (5, 9)] == ["kept", "kept"]


def run(trade: Market, day: int, collector_id: UUID | None = None) -> list[Stop]:
    with clock.at(on(day)), read() as session:
        return list(
            collection.collection_run(
                session,
                vendor_id=trade.vendor_id,
                today=date(2026, 3, day),
                collector_id=collector_id,
            )
        )


def test_the_run_visits_who_is_late_unless_it_promised_or_was_visited(migrated: Server) -> None:
    trade = owing()
    assert run(trade, 11) == []
    [stop] = run(trade, 12)
    assert (stop.overdue_paisa, stop.days_past_due, stop.promise) == (10_000, 1, None)
    with clock.at(on(12)):
        promise(trade, date(2026, 3, 14))
    assert run(trade, 13) == []
    assert [stop.promise for stop in run(trade, 14)] == ["open"]
    assert [stop.promise for stop in run(trade, 15)] == ["broken"]
    with clock.at(on(15)):
        write(
            lambda session: collection.record_visit(
                session,
                vendor_id=trade.vendor_id,
                retailer_id=trade.retailer_id,
                result="not-there",
                visited_by=SOMEBODY,
            )
        )
    assert run(trade, 15) == []
    assert [stop.last_result for stop in run(trade, 16)] == ["not-there"]


def test_a_collector_visits_whom_it_was_given(migrated: Server) -> None:
    trade = owing()

    def assign(collector_id: UUID | None) -> None:
        write(
            lambda session: collection.assign_collector(
                session,
                vendor_id=trade.vendor_id,
                retailer_id=trade.retailer_id,
                collector_id=collector_id,
                set_by=SOMEBODY,
            )
        )

    with pytest.raises(CollectorUnknown):
        assign(_owner_of_another())
    assign(None)
    assert run(trade, 12, collector_id=SOMEBODY) == []
    assert [stop.collector_id for stop in run(trade, 12)] == [None]


def _owner_of_another() -> UUID:
    business = NewBusiness(name="Elsewhere", country="NP", state="NP-P6", zone="Birendranagar")
    facts = {
        "email": f"{uuid7().hex}@people.example",
        "full_name": "Some One",
        "password_hash": "x",
        "role": "vendor",
    }
    return write(lambda session: identity.register_owner(session, **facts, business=business)).id


STOPS = st.builds(
    Stop,
    retailer_id=st.uuids(),
    name=st.just("A shop"),
    zone=st.just("A zone"),
    currency=st.just("NPR"),
    collector_id=st.none(),
    overdue_paisa=st.integers(1, 10**9),
    days_past_due=st.integers(1, 400),
    promise=st.sampled_from([None, "open", "kept", "kept-in-part", "broken"]),
    promised_for=st.dates(date(2026, 3, 1), date(2026, 3, 9)),
    visited_on=st.one_of(st.none(), st.dates(date(2026, 3, 1), date(2026, 3, 5))),
    last_result=st.none(),
)


@given(st.lists(STOPS, unique_by=lambda stop: stop.retailer_id))
def test_nobody_is_forgotten_and_nobody_is_pressed_twice(stops: list[Stop]) -> None:
    today = date(2026, 3, 5)
    ordered = in_order(stops, today)
    left = [stop for stop in stops if stop not in ordered]
    assert all(
        stop.visited_on == today or (stop.promise == "open" and stop.promised_for > today)  # type: ignore[operator]
        for stop in left
    )
    assert not any(stop.visited_on == today for stop in ordered)
    for before, after in pairwise(ordered):
        pressing = ("open", "broken", "kept-in-part")
        if (before.promise in pressing) == (after.promise in pressing):
            assert before.days_past_due >= after.days_past_due
        else:
            assert before.promise in pressing

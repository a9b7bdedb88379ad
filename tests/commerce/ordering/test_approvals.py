"""Orders that credit has no room for wait for a person, and no way leads past that person."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import text

from commerce.credit import stops
from commerce.credit.errors import CreditLimitExceeded, CreditStopped, SecondPersonNeeded
from commerce.credit.stops import StopRule
from commerce.ordering import service as ordering
from commerce.ordering.errors import ApprovalOutdated, OrderAwaitsApproval
from foundation import clock
from foundation.database import read, write
from foundation.embedded_postgres import Server
from foundation.ids import uuid7
from tests.commerce.conftest import Crowd
from tests.commerce.factories import RETAILER, VENDOR, Market, market
from tests.commerce.ordering.test_concurrency import books_hold

HELD = StopRule("hold", Decimal(20), None, 60, 30)
BOSS = ordering.Actor("vendor", uuid7())


def rule(trade: Market, said: StopRule = HELD, retailer_id: UUID | None = None) -> None:
    write(
        lambda session: stops.set_stop(
            session,
            vendor_id=trade.vendor_id,
            retailer_id=retailer_id,
            rule=said,
            reason="test",
            set_by=uuid7(),
        )
    )


@pytest.fixture
def trade(migrated: Server) -> Market:
    """A limit of 100 rupees, that may be passed by 20 with approval; goods at 10."""
    trade = market(limit_paisa=10_000, on_hand=20)
    rule(trade)
    return trade


def approve(order_id: UUID, amount_paisa: int, actor: ordering.Actor = BOSS) -> None:
    write(partial(ordering.approve, order_id=order_id, amount_paisa=amount_paisa, actor=actor))


def states(order_id: UUID) -> tuple[str, str]:
    with read() as session:
        found = session.execute(
            text("SELECT order_state, credit_state FROM app.orders WHERE id = :id"), {"id": order_id}
        ).one()
    return found.order_state, found.credit_state


def decided(order_id: UUID) -> list[tuple[str, str, str, int]]:
    with read() as session:
        rows = session.execute(
            text("""
                SELECT kind, outcome, reason_code, granted_paisa FROM app.decisions WHERE order_id = :id
                ORDER BY decided_at, id
            """),
            {"id": order_id},
        )
        return [tuple(row) for row in rows]


def grown(order_id: UUID, quantity: int) -> None:
    """The vendor proposes so much of line 1, the retailer confirms."""
    proposal = write(
        lambda session: ordering.propose_change(
            session, order_id=order_id, actor=BOSS, quantities={1: Decimal(quantity)}
        )
    )
    write(partial(ordering.confirm_change, order_id=order_id, proposal_id=proposal, actor=RETAILER))


def test_an_order_over_the_limit_waits_and_goes_when_it_is_approved(trade: Market) -> None:
    order_id = trade.place(12)
    assert (states(order_id), trade.exposure(), trade.shelf()) == (
        ("placed", "awaiting"),
        (0, 0, 10_000),
        (20, 12),
    )
    with pytest.raises(OrderAwaitsApproval):
        write(lambda session: ordering.accept(session, order_id=order_id, actor=VENDOR))
    with pytest.raises(ApprovalOutdated):
        approve(order_id, 11_000)
    approve(order_id, 12_000)
    assert (states(order_id), trade.exposure()) == (("placed", "held"), (0, 12_000, 10_000))
    rule(trade, StopRule())
    with pytest.raises(CreditLimitExceeded):
        trade.place(1)
    write(lambda session: ordering.accept(session, order_id=order_id, actor=VENDOR))
    trade.deliver(order_id)
    assert trade.exposure() == (12_000, 0, 10_000)
    assert decided(order_id) == [
        ("order", "held", "over-limit", 0),
        ("order-approval", "granted", "approved", 12_000),
    ]
    assert books_hold(trade)


def test_what_the_tolerance_has_no_room_for_is_refused(trade: Market) -> None:
    with pytest.raises(CreditLimitExceeded):
        trade.place(13)


def test_many_that_wait_pass_the_tolerance_no_more_than_one(trade: Market, crowd: Crowd) -> None:
    rule(trade, StopRule("hold-all", Decimal(20), None, 60, 30))
    orders = [trade.place(6) for _ in range(3)]
    answers = crowd([partial(approve, order_id, 6_000) for order_id in orders])
    assert [type(answer) for answer in answers].count(CreditLimitExceeded) == 1
    assert trade.exposure() == (0, 12_000, 10_000)


def test_who_made_it_so_large_does_not_approve_it(trade: Market) -> None:
    order_id = trade.place(11, actor_id=BOSS.user_id)
    with pytest.raises(SecondPersonNeeded):
        approve(order_id, 11_000)


def test_who_placed_it_does_not_approve_it_either_once_another_made_it_larger(trade: Market) -> None:
    order_id = trade.place(11, actor_id=BOSS.user_id)
    shop = ordering.Actor("retailer", uuid7())
    proposal = write(
        lambda session: ordering.propose_change(
            session, order_id=order_id, actor=shop, quantities={1: Decimal(12)}
        )
    )
    write(partial(ordering.confirm_change, order_id=order_id, proposal_id=proposal, actor=BOSS))
    with pytest.raises(SecondPersonNeeded):
        approve(order_id, 12_000)
    approve(order_id, 12_000, ordering.Actor("vendor", uuid7()))
    assert states(order_id) == ("placed", "held")


def test_who_placed_what_fitted_does_not_approve_what_it_grew_to(trade: Market) -> None:
    order_id = trade.place(9, actor_id=BOSS.user_id)
    shop = ordering.Actor("retailer", uuid7())
    proposal = write(
        lambda session: ordering.propose_change(
            session, order_id=order_id, actor=shop, quantities={1: Decimal(11)}
        )
    )
    write(partial(ordering.confirm_change, order_id=order_id, proposal_id=proposal, actor=VENDOR))
    assert states(order_id) == ("placed", "awaiting")
    with pytest.raises(SecondPersonNeeded):
        approve(order_id, 11_000)


def test_an_approval_is_judged_by_what_the_vendor_says_by_then(trade: Market) -> None:
    order_id = trade.place(12)
    rule(trade, HELD._replace(tolerance_percent=Decimal(10)))
    with pytest.raises(CreditLimitExceeded):
        approve(order_id, 12_000)
    rule(trade, StopRule())
    with pytest.raises(CreditLimitExceeded):
        approve(order_id, 12_000)
    rule(trade, StopRule("refuse-all"))
    with pytest.raises(CreditStopped):
        approve(order_id, 12_000)
    trade.set_limit(20_000)
    with pytest.raises(CreditStopped):
        approve(order_id, 12_000)
    with pytest.raises(CreditStopped):
        grown(order_id, 13)
    assert (states(order_id), trade.exposure()) == (("placed", "awaiting"), (0, 0, 20_000))
    assert [reason for _, _, reason, _ in decided(order_id)][1:] == [
        "credit-limit-exceeded",
        "credit-limit-exceeded",
        "credit-stopped",
        "credit-stopped",
    ]
    rule(trade, StopRule())
    approve(order_id, 12_000)
    assert (states(order_id), trade.exposure()) == (("placed", "held"), (0, 12_000, 20_000))
    assert books_hold(trade)


def test_a_waiting_order_grows_no_further_than_the_rule_of_now_lets_it(trade: Market) -> None:
    order_id = trade.place(11)
    rule(trade, StopRule())
    with pytest.raises(CreditLimitExceeded):
        grown(order_id, 12)


def test_what_is_said_of_a_pair_while_an_order_is_approved_is_waited_for(trade: Market, crowd: Crowd) -> None:
    order_id = trade.place(12)
    answers = crowd(
        [
            partial(approve, order_id, 12_000),
            partial(rule, trade, StopRule("refuse-all"), trade.retailer_id),
        ]
    )
    held = 12_000 if answers[0] is None else 0
    assert answers[0] is None or isinstance(answers[0], CreditStopped)
    assert trade.exposure() == (0, held, 10_000)


def test_nobody_answers_and_the_goods_are_free_again(own_world: str) -> None:
    trade = market(limit_paisa=10_000, on_hand=20)
    rule(trade)
    order_id = trade.place(12)
    with clock.at(clock.now() + timedelta(minutes=31)):
        assert [one.order_id for one in write(ordering.approvals_to_escalate)] == [order_id]
        write(partial(ordering.escalate, order_id=order_id))
        assert write(ordering.approvals_to_escalate) == []
        assert write(ordering.due_to_expire) == []
    with clock.at(clock.now() + timedelta(minutes=61)):
        assert [one.id for one in write(ordering.due_to_expire)] == [order_id]
        write(partial(ordering.expire, order_id=order_id))
    assert (states(order_id), trade.shelf()) == (("expired", "released"), (20, 0))
    assert decided(order_id)[1:] == [("order-approval", "refused", "timed-out", 0)]


def test_a_larger_order_than_was_approved_waits_again(trade: Market) -> None:
    order_id = trade.place(11)
    approve(order_id, 11_000)
    write(lambda session: ordering.accept(session, order_id=order_id, actor=VENDOR))
    grown(order_id, 12)
    assert (states(order_id), trade.exposure()) == (("placed", "awaiting"), (0, 0, 10_000))
    assert decided(order_id)[-1][2] == "voided"
    with pytest.raises(SecondPersonNeeded):
        approve(order_id, 12_000)  # who proposed it
    approve(order_id, 12_000, ordering.Actor("vendor", uuid7()))
    assert (states(order_id), trade.exposure()) == (("placed", "held"), (0, 12_000, 10_000))
    assert books_hold(trade)


def test_an_order_grows_again_up_to_what_was_approved(trade: Market) -> None:
    order_id = trade.place(12)
    approve(order_id, 12_000)
    grown(order_id, 11)
    grown(order_id, 12)
    assert (states(order_id), trade.exposure()) == (("placed", "held"), (0, 12_000, 10_000))
    grown(order_id, 11)
    rule(trade, HELD._replace(tolerance_percent=Decimal(0)))
    grown(order_id, 12)  # the tolerance is that of the approval
    grown(order_id, 11)
    rule(trade, StopRule())
    with pytest.raises(CreditLimitExceeded):
        grown(order_id, 12)  # the vendor lets nothing pass the limit any more
    assert trade.exposure() == (0, 11_000, 10_000)
    assert books_hold(trade)


def test_an_order_that_fits_cannot_grow_past_the_limit_by_an_edit(trade: Market) -> None:
    order_id = trade.accepted(9)
    grown(order_id, 11)
    assert (states(order_id), trade.exposure()) == (("placed", "awaiting"), (0, 0, 10_000))
    grown(order_id, 12)
    with pytest.raises(CreditLimitExceeded):
        grown(order_id, 13)
    approve(order_id, 12_000, ordering.Actor("vendor", uuid7()))
    assert trade.exposure() == (0, 12_000, 10_000)


def test_who_is_late_waits_with_every_order_until_it_has_paid(own_world: str) -> None:
    trade = market(limit_paisa=100_000, net_days=5)
    rule(trade, HELD._replace(overdue_days=3))
    trade.deliver(trade.accepted(1))
    with clock.at(clock.now() + timedelta(days=8)):
        assert states(trade.place(1)) == ("placed", "held")
    with clock.at(clock.now() + timedelta(days=9)):
        waiting = trade.place(1)
        assert (states(waiting), decided(waiting)) == (
            ("placed", "awaiting"),
            [("order", "held", "overdue", 0)],
        )
        approve(waiting, 1_000)
        rule(trade, StopRule("hold-all", window_minutes=60, escalate_minutes=60), trade.retailer_id)
        assert states(trade.place(1)) == ("placed", "awaiting")
        rule(trade, StopRule("as-vendor"), trade.retailer_id)
        trade.pay(1_000)
        assert states(trade.place(1)) == ("placed", "held")

"""Less than was ordered, and other quantities by agreement: hold, reservation and lines move together."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import text

from commerce.catalogue import service as catalogue
from commerce.ledger.errors import CreditLimitExceeded
from commerce.ordering import queries
from commerce.ordering import service as ordering
from commerce.ordering.errors import (
    MoveNotAllowed,
    NotYourMove,
    ProposalNotFound,
    ProposalOpen,
    ProposalOver,
    QuantityExceeded,
    QuantityInvalid,
    QuoteNotFound,
    QuoteOver,
)
from commerce.pricing import service as pricing
from commerce.stock import service as stock
from commerce.stock.errors import OutOfStock
from foundation import clock
from foundation.database import read, write
from foundation.embedded_postgres import Server
from foundation.errors import VersionMismatch
from foundation.ids import uuid7
from sauda import worker
from tests.commerce.conftest import CALLERS, Crowd
from tests.commerce.factories import RETAILER, VENDOR, Market, market
from tests.commerce.ordering.test_concurrency import books_hold

pytestmark = pytest.mark.committing


@pytest.fixture
def trade(migrated: Server) -> Market:
    return market()


def accept(order_id: UUID, quantities: dict[int, int | str], *, waits: bool = False) -> None:
    write(
        lambda session: ordering.accept(
            session,
            order_id=order_id,
            actor=VENDOR,
            quantities={line: Decimal(quantity) for line, quantity in quantities.items()},
            is_rest_back_ordered=waits,
        )
    )


def standing(order_id: UUID) -> list[Decimal]:
    with read() as session:
        return [line.standing_quantity for line in queries.lines_of(session, order_id)]


def order(order_id: UUID) -> dict[str, object]:
    with read() as session:
        return dict(queries.order(session, order_id))


def waiting(trade: Market) -> list[dict[str, object]]:
    with read() as session:
        rows = queries.back_orders_as_retailer(session, trade.retailer_id, clock.now(), limit=10)
        return [dict(row) for row in rows]


def receive(trade: Market, quantity: int, number: int = 0) -> None:
    write(
        lambda session: stock.receive(
            session, business_id=trade.vendor_id, quantities={trade.products[number]: Decimal(quantity)}
        )
    )


def ten_and_one(trade: Market) -> None:
    write(
        lambda session: pricing.set_scheme(
            session,
            vendor_id=trade.vendor_id,
            code="TEN",
            name="Ten and one",
            kind="free_goods",
            product_id=trade.products[0],
            terms=pricing.FreeGoods(Decimal(10), "packet", Decimal(1), "packet"),
        )
    )


# Accepted in part ---------------------------------------------------------------------------


def test_what_is_not_accepted_is_free_again(trade: Market) -> None:
    order_id = trade.place(10, 5)
    accept(order_id, {1: 4, 2: 0})
    assert standing(order_id) == [4, 0]
    assert trade.exposure() == (0, 4_000, 1_000_000)
    assert [trade.shelf(0), trade.shelf(1)] == [(1000, 4), (1000, 0)]
    assert (order(order_id)["order_state"], order(order_id)["total_paisa"]) == ("accepted", 4_000)
    assert waiting(trade) == []
    trade.deliver(order_id)
    assert trade.exposure()[:2] == (4_000, 0)
    assert order(order_id)["order_state"] == "completed"
    assert books_hold(trade)


def test_lines_that_are_not_named_are_accepted_whole(trade: Market) -> None:
    order_id = trade.place(10, 5)
    accept(order_id, {1: 4})
    assert standing(order_id) == [4, 5]


@pytest.mark.parametrize(
    ("quantities", "refusal"),
    [
        ({1: "11"}, QuantityExceeded),
        ({1: "-1"}, QuantityInvalid),
        ({1: "0.5"}, QuantityInvalid),
        ({3: "1"}, QuantityInvalid),
        ({1: "0", 2: "0"}, MoveNotAllowed),
    ],
)
def test_an_acceptance_that_cannot_be_changes_nothing(
    trade: Market, quantities: dict[int, int | str], refusal: type[Exception]
) -> None:
    order_id = trade.place(10, 5)
    with pytest.raises(refusal):
        accept(order_id, quantities)
    assert order(order_id)["order_state"] == "placed"
    assert trade.exposure()[1] == 15_000
    assert trade.shelf()[1] == 10


def test_free_goods_go_with_what_earned_them(trade: Market) -> None:
    ten_and_one(trade)
    order_id = trade.place(20)
    assert standing(order_id) == [20, 2]
    accept(order_id, {1: 15})
    assert standing(order_id) == [15, 1]
    assert trade.shelf()[1] == 16
    assert books_hold(trade)


def test_a_cash_order_is_accepted_in_part_without_credit(trade: Market) -> None:
    order_id = trade.place(10, settlement="cash")
    accept(order_id, {1: 4}, waits=True)
    assert trade.exposure()[:2] == (0, 0)
    assert trade.shelf()[1] == 4
    assert [row["settlement"] for row in waiting(trade)] == ["cash"]


# Back-orders --------------------------------------------------------------------------------


def ready() -> list[UUID]:
    with read() as session:
        return [one.id for one in ordering.back_orders_to_fill(session)]


def fill(back_order_id: object) -> UUID:
    assert isinstance(back_order_id, UUID)
    return write(lambda session: ordering.fill_back_order(session, back_order_id=back_order_id))


def test_the_rest_waits_and_is_ordered_when_its_goods_come(own_world: str) -> None:
    trade = market(on_hand=10)
    order_id = trade.place(10, 5)
    accept(order_id, {1: 4}, waits=True)
    trade.place(6, settlement="cash")  # what was released goes to somebody else
    (waits,) = waiting(trade)
    assert (waits["again_of"], waits["total_paisa"]) == (order_id, 6_000)
    assert trade.exposure()[1] == 9_000
    assert ready() == []
    worker.do_what_is_due()
    assert waiting(trade)[0]["order_id"] is None
    receive(trade, 6)
    worker.do_what_is_due()
    filled = waiting(trade)[0]["order_id"]
    assert isinstance(filled, UUID)
    assert order(filled)["order_state"] == "accepted"
    assert standing(filled) == [6]
    assert trade.exposure()[1] == 15_000
    assert books_hold(trade)
    worker.do_what_is_due()
    assert len(waiting(trade)) == 1
    with pytest.raises(QuoteOver):
        fill(waits["id"])


def test_free_goods_wait_with_what_earned_them(trade: Market) -> None:
    ten_and_one(trade)
    order_id = trade.place(20)
    accept(order_id, {1: 10}, waits=True)
    (waits,) = waiting(trade)
    filled = fill(waits["id"])
    assert standing(filled) == [10, 1]
    with read() as session:
        lines = queries.lines_of(session, filled)
    assert [(line.unit_price, line.free_with_line) for line in lines] == [
        (Decimal(10), None),
        (Decimal(0), 1),
    ]
    assert books_hold(trade)


def test_a_back_order_without_credit_waits_on_and_leaves_no_decisions(own_world: str) -> None:
    trade = market(limit_paisa=10_000)
    order_id = trade.place(10)
    accept(order_id, {1: 4}, waits=True)
    trade.place(6)
    with read() as session:
        before = session.execute(text("SELECT count(*) FROM app.decisions")).scalar_one()
    worker.do_what_is_due()
    assert waiting(trade)[0]["order_id"] is None
    with pytest.raises(CreditLimitExceeded):
        fill(waiting(trade)[0]["id"])
    with read() as session:
        assert session.execute(text("SELECT count(*) FROM app.decisions")).scalar_one() == before + 1


def test_one_of_many_fills_a_back_order(trade: Market, crowd: Crowd) -> None:
    order_id = trade.place(10)
    accept(order_id, {1: 4}, waits=True)
    (waits,) = waiting(trade)
    answers = crowd([lambda: fill(waits["id"])] * CALLERS)
    assert Counter(type(answer).__name__ for answer in answers) == {"UUID": 1, "QuoteOver": CALLERS - 1}
    assert trade.exposure()[1] == 10_000
    assert books_hold(trade)


def test_either_side_ends_the_wait_and_a_month_does(trade: Market) -> None:
    order_id = trade.place(10)
    accept(order_id, {1: 4}, waits=True)
    (waits,) = waiting(trade)
    back_order_id = waits["id"]
    assert isinstance(back_order_id, UUID)

    def end(business_id: UUID) -> None:
        write(
            lambda session: ordering.end_back_order(
                session, back_order_id=back_order_id, business_id=business_id
            )
        )

    with clock.at(clock.now() + timedelta(days=31)):
        assert back_order_id not in ready()
    assert back_order_id in ready()
    with pytest.raises(QuoteNotFound):
        end(market().retailer_id)
    end(trade.retailer_id)
    assert back_order_id not in ready()
    with pytest.raises(QuoteOver):
        fill(back_order_id)
    with pytest.raises(QuoteOver):
        end(trade.vendor_id)


def test_a_quote_is_no_back_order_and_the_other_way_round(trade: Market) -> None:
    kept = write(
        lambda session: ordering.keep_quote(
            session, vendor_id=trade.vendor_id, retailer_id=trade.retailer_id, wishes=trade.wishes(1)
        )
    )
    with pytest.raises(QuoteNotFound):
        fill(kept.id)
    accept(trade.place(10), {1: 4}, waits=True)
    (waits,) = waiting(trade)
    with pytest.raises(QuoteNotFound):
        write(
            lambda session: ordering.place_quoted(
                session,
                quote_id=waits["id"],  # type: ignore[arg-type]
                vendor_id=trade.vendor_id,
                retailer_id=trade.retailer_id,
            )
        )


# Changes by agreement -----------------------------------------------------------------------


def propose(
    order_id: UUID, quantities: dict[int, int], actor: ordering.Actor = VENDOR, **given: object
) -> UUID:
    return write(
        lambda session: ordering.propose_change(
            session,
            order_id=order_id,
            actor=actor,
            quantities={line: Decimal(quantity) for line, quantity in quantities.items()},
            **given,  # type: ignore[arg-type]
        )
    )


def confirm(order_id: UUID, proposal_id: UUID, actor: ordering.Actor = RETAILER) -> None:
    write(
        lambda session: ordering.confirm_change(
            session, order_id=order_id, proposal_id=proposal_id, actor=actor
        )
    )


def decline(order_id: UUID, proposal_id: UUID, actor: ordering.Actor = RETAILER) -> None:
    write(
        lambda session: ordering.decline_change(
            session, order_id=order_id, proposal_id=proposal_id, actor=actor
        )
    )


def proposals(order_id: UUID) -> list[str]:
    with read() as session:
        return [row["state"] for row in queries.proposals(session, order_id)]


@pytest.mark.parametrize("brought_to", ["placed", "accepted"])
def test_a_confirmed_change_moves_hold_reservation_and_lines(trade: Market, brought_to: str) -> None:
    order_id = trade.place(10, 5) if brought_to == "placed" else trade.accepted(10, 5)
    proposal = propose(order_id, {1: 4, 2: 8}, note="no more salt")
    assert standing(order_id) == [10, 5]
    assert trade.exposure()[1] == 15_000
    confirm(order_id, proposal)
    assert standing(order_id) == [4, 8]
    assert trade.exposure()[1] == 12_000
    assert [trade.shelf(0)[1], trade.shelf(1)[1]] == [4, 8]
    after = order(order_id)
    assert (after["order_state"], after["total_paisa"]) == (brought_to, 12_000)
    with read() as session:
        last = queries.timeline(session, order_id)[-1]
    assert (last["verb"], last["note"]) == ("change", "no more salt")
    assert books_hold(trade)


def test_what_was_raised_is_delivered_and_charged(trade: Market) -> None:
    order_id = trade.accepted(2)
    confirm(order_id, propose(order_id, {1: 5}, RETAILER), VENDOR)
    trade.deliver(order_id)
    assert trade.exposure()[:2] == (5_000, 0)
    assert order(order_id)["order_state"] == "completed"
    assert books_hold(trade)


def test_more_is_judged_by_limit_and_shelf_when_it_is_confirmed(migrated: Server) -> None:
    trade = market(limit_paisa=12_000, on_hand=11)
    order_id = trade.accepted(10)
    dear = propose(order_id, {1: 11})
    trade.set_limit(10_999)
    with pytest.raises(CreditLimitExceeded):
        confirm(order_id, dear)
    trade.set_limit(50_000)
    trade.place(1, settlement="cash")
    with pytest.raises(OutOfStock):
        confirm(order_id, dear)
    assert standing(order_id) == [10]
    assert trade.exposure()[1] == 10_000
    assert proposals(order_id) == ["open"]
    receive(trade, 1)
    confirm(order_id, dear)
    assert trade.exposure()[1] == 11_000


def test_an_order_has_one_open_proposal(trade: Market, crowd: Crowd) -> None:
    order_id = trade.accepted(10)
    answers = crowd([lambda: propose(order_id, {1: 5})] * CALLERS)
    assert Counter(type(answer).__name__ for answer in answers) == {"UUID": 1, "ProposalOpen": CALLERS - 1}
    with pytest.raises(ProposalOpen, match="of the vendor"):
        propose(order_id, {1: 6}, RETAILER)


def test_of_many_confirmations_one_counts(trade: Market, crowd: Crowd) -> None:
    order_id = trade.accepted(10)
    proposal = propose(order_id, {1: 5})
    answers = crowd([lambda: confirm(order_id, proposal)] * CALLERS)
    assert Counter(type(answer).__name__ for answer in answers) == {
        "NoneType": 1,
        "ProposalOver": CALLERS - 1,
    }
    assert trade.exposure()[1] == 5_000
    assert books_hold(trade)


def test_a_proposal_is_for_the_other_side_to_confirm(trade: Market) -> None:
    order_id = trade.accepted(10)
    proposal = propose(order_id, {1: 5})
    with pytest.raises(NotYourMove):
        confirm(order_id, proposal, VENDOR)
    decline(order_id, proposal, VENDOR)
    with pytest.raises(ProposalOver, match="withdrawn"):
        confirm(order_id, proposal)
    other = propose(order_id, {1: 5})
    decline(order_id, other)
    assert proposals(order_id) == ["withdrawn", "declined"]
    assert standing(order_id) == [10]


def test_a_proposal_is_for_the_order_as_it_was(trade: Market) -> None:
    order_id = trade.place(10)
    before = order(order_id)["version"]
    stale = propose(order_id, {1: 5})
    accept(order_id, {})
    with pytest.raises(ProposalOver, match="changed since"):
        confirm(order_id, stale)
    with pytest.raises(VersionMismatch):
        propose(order_id, {1: 5}, expected_version=before)
    propose(order_id, {1: 6})
    assert proposals(order_id) == ["replaced", "open"]


def test_what_is_delivered_stays(trade: Market) -> None:
    order_id = trade.accepted(10, 5)
    trade.deliver(order_id, {1: Decimal(4)})
    with pytest.raises(QuantityInvalid, match="are delivered"):
        propose(order_id, {1: 3})
    with pytest.raises(MoveNotAllowed, match="nothing of order"):
        propose(order_id, {1: 4, 2: 0})
    confirm(order_id, propose(order_id, {1: 6, 2: 0}))
    assert trade.exposure()[:2] == (4_000, 2_000)
    trade.deliver(order_id)
    assert trade.exposure()[:2] == (6_000, 0)
    assert books_hold(trade)


def test_a_proposal_of_what_is_there_is_none(trade: Market) -> None:
    order_id = trade.accepted(10)
    with pytest.raises(QuantityInvalid, match="as it is"):
        propose(order_id, {1: 10})
    with pytest.raises(ProposalNotFound):
        confirm(order_id, uuid7())


def sold_in(trade: Market, minimum: str, multiple: str) -> None:
    write(
        lambda session: catalogue.set_offer(
            session,
            vendor_id=trade.vendor_id,
            product_id=trade.products[0],
            unit="packet",
            unit_price=Decimal(10),
            currency="NPR",
            minimum_quantity=Decimal(minimum),
            carton_multiple=Decimal(multiple),
        )
    )


def test_a_proposal_is_judged_as_an_order_is(trade: Market) -> None:
    order_id = trade.accepted(12, 5)
    sold_in(trade, "8", "4")
    for quantity, said in (
        ("4", "under the vendor's minimum"),
        ("13", "no multiple of 4; order 12 or 16"),
        ("7.5", "no parts"),
        ("1000000000", "a line ends under 1000000000"),
    ):
        with pytest.raises(QuantityInvalid, match=said):
            write(
                partial(
                    ordering.propose_change,
                    order_id=order_id,
                    actor=RETAILER,
                    quantities={1: Decimal(quantity)},
                )
            )
    with pytest.raises(QuantityInvalid, match="under the vendor's minimum"):
        trade.place(4)
    trade.deliver(order_id, {1: Decimal(3)})
    confirm(order_id, propose(order_id, {1: 3}))  # what is delivered, and no more of it
    confirm(order_id, propose(order_id, {1: 16, 2: 0}))
    assert standing(order_id) == [16, 0]


def quantities(order_id: UUID) -> list[tuple[int, int, int]]:
    """(asked, ordered, cancelled) of each line."""
    with read() as session:
        return [
            (int(row["asked_quantity"]), int(row["ordered_quantity"]), int(row["cancelled_quantity"]))
            for row in queries.shown_lines(session, order_id)
        ]


def test_what_was_given_up_and_is_ordered_again_is_not_cancelled(trade: Market) -> None:
    order_id = trade.accepted(10)
    confirm(order_id, propose(order_id, {1: 1}))
    assert quantities(order_id) == [(10, 10, 9)]
    confirm(order_id, propose(order_id, {1: 6}))
    assert quantities(order_id) == [(10, 10, 4)]
    confirm(order_id, propose(order_id, {1: 100}))
    assert quantities(order_id) == [(100, 100, 0)]
    assert (trade.exposure()[1], trade.shelf()) == (100_000, (1000, 100))
    trade.deliver(order_id)
    assert order(order_id)["order_state"] == "completed"
    assert books_hold(trade)


# Free goods ---------------------------------------------------------------------------------


def test_free_goods_go_and_come_back_with_what_earns_them(trade: Market) -> None:
    ten_and_one(trade)
    order_id = trade.accepted(10)
    confirm(order_id, propose(order_id, {1: 1}))
    assert standing(order_id) == [1, 0]
    confirm(order_id, propose(order_id, {1: 100}))
    assert (standing(order_id), quantities(order_id)) == ([100, 10], [(100, 100, 0), (10, 10, 0)])
    confirm(order_id, propose(order_id, {1: 110, 2: 5}))
    assert (standing(order_id), trade.shelf()) == ([110, 5], (1000, 115))
    trade.deliver(order_id)
    back(order_id, {1: 110, 2: 5})
    assert books_hold(trade)


def test_what_came_back_earns_no_free_goods_of_a_larger_order(trade: Market) -> None:
    ten_and_one(trade)
    order_id = trade.accepted(20)
    trade.deliver(order_id, {1: Decimal(10)})
    back(order_id, {1: 10})
    confirm(order_id, propose(order_id, {1: 40}))
    assert standing(order_id) == [40, 3]


def back(order_id: UUID, quantities: dict[int, int]) -> None:
    write(
        lambda session: ordering.take_back(
            session,
            order_id=order_id,
            actor=VENDOR,
            quantities={number: Decimal(quantity) for number, quantity in quantities.items()},
            reason="torn",
        )
    )


def test_free_goods_do_not_go_out_when_what_earned_them_came_back(trade: Market) -> None:
    ten_and_one(trade)
    order_id = trade.accepted(10)
    with pytest.raises(QuantityInvalid, match="comes free with line 1"):
        trade.deliver(order_id, {2: Decimal(1)})
    trade.deliver(order_id, {1: Decimal(10)})
    back(order_id, {1: 10})
    with pytest.raises(QuantityInvalid, match="close the order short"):
        trade.deliver(order_id, {2: Decimal(1)})
    with pytest.raises(MoveNotAllowed, match="came back; close it short"):
        trade.deliver(order_id)
    write(lambda session: ordering.close_short(session, order_id=order_id, actor=VENDOR))
    assert (order(order_id)["order_state"], order(order_id)["fulfilment_state"]) == ("completed", "returned")
    assert trade.shelf() == (1000, 0)
    assert books_hold(trade)


def test_an_order_ends_without_the_free_goods_that_nothing_earns_any_more(trade: Market) -> None:
    ten_and_one(trade)
    order_id = trade.accepted(20)
    trade.deliver(order_id, {1: Decimal(10)})
    back(order_id, {1: 10})
    trade.deliver(order_id)
    assert standing(order_id) == [20, 1]
    assert order(order_id)["order_state"] == "completed"
    assert trade.shelf() == (989, 0)
    assert books_hold(trade)


def test_no_change_makes_more_free_goods_than_are_earned(trade: Market) -> None:
    ten_and_one(trade)
    order_id = trade.accepted(10)
    with pytest.raises(QuantityInvalid, match="earns 1 packet"):
        write(
            lambda session: ordering.propose_change(
                session, order_id=order_id, actor=VENDOR, quantities={2: Decimal(2)}
            )
        )

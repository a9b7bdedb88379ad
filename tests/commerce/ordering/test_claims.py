"""Goods that came short or broken: claimed once, given back once."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from uuid import UUID

import pytest

from commerce.ordering import service as ordering
from commerce.ordering.claims import claims_of
from commerce.ordering.errors import (
    ClaimAnswered,
    ClaimNotFound,
    MoveNotAllowed,
    NotYourMove,
    OrderInvalid,
    PhotoInvalid,
    QuantityExceeded,
    QuantityInvalid,
)
from commerce.ordering.pictures import media_type
from foundation.database import read, write
from foundation.embedded_postgres import Server
from foundation.ids import uuid7
from tests.commerce.conftest import CALLERS, Crowd
from tests.commerce.factories import RETAILER, VENDOR, Market, market
from tests.commerce.ordering.test_concurrency import books_hold

pytestmark = pytest.mark.committing


@pytest.fixture
def trade(migrated: Server) -> Market:
    return market()


def delivered(trade: Market, quantity: int = 10) -> UUID:
    order_id = trade.accepted(quantity)
    trade.deliver(order_id)
    return order_id


def claim(
    order_id: UUID, quantities: dict[int, str], actor: ordering.Actor = RETAILER, kind: str = "broken"
) -> UUID:
    return write(
        lambda session: ordering.make_claim(
            session,
            order_id=order_id,
            actor=actor,
            kind=kind,
            quantities={line: Decimal(quantity) for line, quantity in quantities.items()},
            note="wet",
        )
    )


def accept(
    order_id: UUID, claim_id: UUID, actor: ordering.Actor = VENDOR, *, is_restocked: bool = False
) -> UUID:
    return write(
        lambda session: ordering.accept_claim(
            session, order_id=order_id, claim_id=claim_id, actor=actor, is_restocked=is_restocked
        )
    )


def decline(order_id: UUID, claim_id: UUID, actor: ordering.Actor = VENDOR) -> None:
    write(
        lambda session: ordering.decline_claim(
            session, order_id=order_id, claim_id=claim_id, actor=actor, reason="signed for"
        )
    )


def states(order_id: UUID) -> list[str]:
    with read() as session:
        return [one.state for one in claims_of(session, order_id)]


def test_a_claim_moves_nothing_until_it_is_accepted(trade: Market) -> None:
    order_id = delivered(trade)
    claim_id = claim(order_id, {1: "3"})
    assert trade.exposure()[:2] == (10_000, 0)
    credit_note = accept(order_id, claim_id)
    assert trade.exposure()[:2] == (7_000, 0)
    assert trade.shelf() == (990, 0), "what broke does not come back to the shelf"
    with read() as session:
        (seen,) = claims_of(session, order_id)
    assert (seen.state, seen.credit_note_id) == ("accepted", credit_note)
    assert books_hold(trade)


def test_goods_that_never_left_come_back_to_the_shelf(trade: Market) -> None:
    order_id = delivered(trade)
    accept(order_id, claim(order_id, {1: "3"}, kind="short"), is_restocked=True)
    assert trade.shelf() == (993, 0)


def test_a_declined_claim_gives_nothing_back(trade: Market) -> None:
    order_id = delivered(trade)
    claim_id = claim(order_id, {1: "3"})
    decline(order_id, claim_id)
    assert (states(order_id), trade.exposure()[0]) == (["declined"], 10_000)
    with pytest.raises(ClaimAnswered, match="declined"):
        accept(order_id, claim_id)


def test_of_many_answers_one_counts(trade: Market, crowd: Crowd) -> None:
    order_id = delivered(trade)
    claim_id = claim(order_id, {1: "3"})
    answers = crowd([lambda: accept(order_id, claim_id)] * CALLERS)
    assert Counter(type(answer).__name__ for answer in answers) == {"UUID": 1, "ClaimAnswered": CALLERS - 1}
    assert trade.exposure()[0] == 7_000
    assert books_hold(trade)


def test_no_more_is_claimed_than_was_delivered_and_is_open(trade: Market) -> None:
    order_id = delivered(trade)
    claim(order_id, {1: "6"})
    with pytest.raises(QuantityExceeded, match="only 4"):
        claim(order_id, {1: "5"})
    trade.take_back(order_id, {1: 2})
    with pytest.raises(QuantityExceeded, match="only 2"):
        claim(order_id, {1: "3"})


@pytest.mark.parametrize("quantities", [{}, {1: "0"}, {2: "1"}, {1: "-1"}, {1: "0.5"}])
def test_a_claim_of_what_cannot_be_is_refused(trade: Market, quantities: dict[int, str]) -> None:
    order_id = delivered(trade)
    with pytest.raises(QuantityInvalid):
        claim(order_id, quantities)


def test_who_may_claim_and_answer_and_when(trade: Market) -> None:
    with pytest.raises(MoveNotAllowed):
        claim(trade.place(1), {1: "1"})
    order_id = delivered(trade)
    with pytest.raises(NotYourMove):
        claim(order_id, {1: "1"}, VENDOR)
    with pytest.raises(OrderInvalid):
        claim(order_id, {1: "1"}, kind="ugly")
    claim_id = claim(order_id, {1: "1"})
    with pytest.raises(NotYourMove):
        accept(order_id, claim_id, RETAILER)
    with pytest.raises(NotYourMove):
        decline(order_id, claim_id, RETAILER)
    with pytest.raises(ClaimNotFound):
        accept(order_id, uuid7())
    with pytest.raises(ClaimNotFound):
        accept(delivered(trade), claim_id)


def test_only_pictures_are_kept() -> None:
    assert media_type(b"\xff\xd8\xff\xe0 and more") == "image/jpeg"
    assert media_type(b"\x89PNG\r\n\x1a\n and more") == "image/png"
    with pytest.raises(PhotoInvalid, match="no picture"):
        media_type(b"<svg onload='alert(1)'>")

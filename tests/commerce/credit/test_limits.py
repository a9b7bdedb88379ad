"""Limits: what may be promised, by whom it was set, and what a lowered one leaves standing."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from commerce.credit import service as credit
from commerce.credit.errors import AgreementExists, AgreementNotFound, LimitInvalid
from commerce.ledger.errors import CreditLimitExceeded
from foundation.database import read, write
from foundation.embedded_postgres import Server
from foundation.ids import uuid7
from tests.commerce.factories import business, market


def test_the_whole_limit_can_be_used_and_not_a_paisa_more(migrated: Server) -> None:
    trade = market(limit_paisa=10_000)
    trade.place(10)
    assert trade.exposure() == (0, 10_000, 10_000)
    with pytest.raises(
        CreditLimitExceeded, match=r"NPR 10\.00 asked, NPR 0\.00 left of a limit of NPR 100\.00"
    ):
        trade.place(1)
    assert trade.exposure() == (0, 10_000, 10_000)


def test_a_payment_makes_room_again(migrated: Server) -> None:
    trade = market(limit_paisa=10_000)
    trade.deliver(trade.accepted(10))
    trade.pay(1_000)
    trade.place(1)
    assert trade.exposure() == (9_000, 1_000, 10_000)


def test_a_lowered_limit_leaves_what_was_promised_and_stops_new_promises(migrated: Server) -> None:
    trade = market(limit_paisa=20_000)
    order_id = trade.accepted(15)
    trade.set_limit(5_000)
    with pytest.raises(CreditLimitExceeded):
        trade.place(1)
    trade.deliver(order_id)
    assert trade.exposure() == (15_000, 0, 5_000)
    trade.pay(10_500)
    with pytest.raises(CreditLimitExceeded):
        trade.place(1)
    trade.pay(500)
    trade.place(1)
    assert trade.exposure() == (4_000, 1_000, 5_000)


def test_a_raised_limit_gives_room_at_once(migrated: Server) -> None:
    trade = market(limit_paisa=0)
    with pytest.raises(CreditLimitExceeded):
        trade.place(1)
    trade.set_limit(1_000)
    trade.place(1)
    assert trade.exposure() == (0, 1_000, 1_000)


def test_every_limit_is_kept_with_its_approver(migrated: Server) -> None:
    trade = market(limit_paisa=5)
    trade.set_limit(7)
    with read() as session:
        rows = session.execute(
            text("""
                SELECT limit_paisa, approved_by IS NOT NULL FROM app.credit_limits
                WHERE vendor_id = :vendor ORDER BY valid_from, id
            """),
            {"vendor": trade.vendor_id},
        ).all()
    assert rows == [(5, True), (7, True)]


@pytest.mark.parametrize(
    "given",
    [
        {"limit_paisa": -1, "approved_by": uuid7()},
        {"limit_paisa": 1},
        {"limit_paisa": 1, "approved_by": uuid7(), "policy_version": "p"},
    ],
)
def test_a_limit_below_zero_or_without_one_approver_is_refused(
    migrated: Server, given: dict[str, object]
) -> None:
    trade = market()
    with pytest.raises(LimitInvalid):
        write(
            lambda session: credit.set_limit(
                session, vendor_id=trade.vendor_id, retailer_id=trade.retailer_id, reason="r", **given
            )
        )


def test_one_agreement_per_pair_and_none_with_oneself(migrated: Server) -> None:
    trade = market()

    def agree(vendor_id: object, retailer_id: object) -> None:
        write(
            lambda session: credit.agree(
                session,
                vendor_id=vendor_id,
                retailer_id=retailer_id,
                limit_paisa=1,
                net_days=1,
                reason="r",
                policy_version="p",
            )
        )

    with pytest.raises(AgreementExists):
        agree(trade.vendor_id, trade.retailer_id)
    both = write(lambda session: business(session, is_vendor=True))
    for vendor, retailer in (
        (both, both),
        (trade.retailer_id, trade.vendor_id),
        (uuid7(), trade.retailer_id),
    ):
        with pytest.raises(AgreementNotFound):
            agree(vendor, retailer)

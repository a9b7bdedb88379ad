"""Goods come back whose debt was given up: it is owed again and settled with them, and nobody gains by it."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.credit import service as credit
from commerce.credit.errors import AllocationInvalid
from commerce.credit.papers import as_csv
from commerce.credit.statements import statement
from commerce.ledger import queries as ledger_queries
from commerce.ledger import service as ledger
from commerce.ordering import service as ordering
from foundation import clock
from foundation.database import read, write
from foundation.embedded_postgres import Server
from foundation.ids import uuid7
from tests.commerce.factories import RETAILER, VENDOR, Market, market, open_credits, open_debits
from tests.commerce.ordering.test_concurrency import books_hold

pytestmark = pytest.mark.committing


@pytest.fixture
def trade(migrated: Server) -> Market:
    made = market()
    write(
        lambda session: credit.set_policy(
            session, vendor_id=made.vendor_id, write_off_max_paisa=10**9, set_by=uuid7()
        )
    )
    return made


def delivered(trade: Market, packets: int) -> UUID:
    """An order of so many packets, ten rupees each, that was delivered at once."""
    order_id = trade.accepted(packets)
    trade.deliver(order_id)
    return order_id


def item(trade: Market, source: str, source_id: UUID | None = None) -> UUID:
    """The id of the newest item of a source."""
    with read() as session:
        return session.execute(
            text("""
                SELECT id FROM app.receivable_items WHERE business_id = :vendor AND source = :source
                  AND (CAST(:source_id AS uuid) IS NULL OR :source_id IN (source_id, order_id))
                ORDER BY recorded_at DESC, id DESC LIMIT 1
            """),
            {"vendor": trade.vendor_id, "source": source, "source_id": source_id},
        ).scalar_one()


def write_off(trade: Market, item_id: UUID, amount_paisa: int | None = None) -> UUID:
    return write(
        lambda session: credit.write_off(
            session,
            vendor_id=trade.vendor_id,
            item_id=item_id,
            amount_paisa=amount_paisa,
            reason="closed its shop",
            requested_by=uuid7(),
        ),
        scope=[trade.vendor_id],
    )


def move(trade: Market, item_id: UUID, chosen: Mapping[UUID, int], *, is_rest_kept: bool = False) -> None:
    write(
        lambda session: credit.reallocate(
            session, vendor_id=trade.vendor_id, item_id=item_id, chosen=chosen, is_rest_kept=is_rest_kept
        ),
        scope=[trade.vendor_id],
    )


def stands(trade: Market) -> tuple[int, int]:
    """What is owed (negative: is owed to the retailer), and what of it stays given up, the same in both books."""
    with read() as session:
        found = {
            (row.is_vendor, row.code): row.paisa
            for row in session.execute(
                text("""
                    SELECT a.business_id = :vendor AS is_vendor, code, CAST(sum(amount_paisa) AS bigint) AS paisa
                    FROM app.postings p JOIN app.accounts a ON a.id = p.account_id
                    WHERE a.business_id IN (:vendor, :retailer) GROUP BY 1, 2
                """),
                {"vendor": trade.vendor_id, "retailer": trade.retailer_id},
            )
        }
    owed, lost = found[True, "receivable"], found.get((True, "bad_debts"), 0)
    assert (owed, lost) == (-found[False, "payable"], -found.get((False, "debts_forgiven"), 0))
    assert owed == trade.exposure()[0] == sum(open_debits(trade)) - sum(open_credits(trade))
    return owed, lost


def test_what_was_given_up_whole_comes_back_as_no_credit(trade: Market) -> None:
    order_id = delivered(trade, 10)
    write_off(trade, item(trade, "delivery"))
    returned = trade.take_back(order_id, {1: 4})
    assert (stands(trade), open_credits(trade)) == ((0, 6_000), [])
    with read() as session:
        settled = ledger_queries.settlements_of(session, item(trade, "return", returned))
        assert [(row.debit_item_id, row.amount_paisa) for row in settled] == [
            (item(trade, "reinstatement", returned), 4_000)
        ]
        told = session.execute(
            text(
                "SELECT payload ->> 'amount_paisa' FROM app.domain_events WHERE type = 'debt-reinstated'"
                " AND payload ->> 'order_id' = :order_id"
            ),
            {"order_id": str(order_id)},
        ).scalars()
        assert list(told) == ["4000"]
    trade.take_back(order_id, {1: 6})
    assert (stands(trade), open_credits(trade)) == ((0, 0), [])
    assert books_hold(trade)


def test_goods_settle_what_is_open_then_what_was_given_up_and_then_what_was_paid(trade: Market) -> None:
    order_id = delivered(trade, 10)
    trade.pay(3_300)
    write_off(trade, item(trade, "delivery"), 4_500)
    other_id = delivered(trade, 1)
    for packets, owed, lost in (
        (1, 2_200, 4_500),  # of the 22 that are open
        (3, 1_000, 2_700),  # the 12 left of them, and 18 that were given up
        (1, 1_000, 1_700),
        (2, 700, 0),  # and 3 of the payment, which settle the other order
        (3, -2_300, 0),
    ):
        trade.take_back(order_id, {1: packets})
        assert stands(trade) == (owed, lost)
    trade.take_back(other_id, {1: 1})
    assert (stands(trade), sum(open_credits(trade))) == ((-3_300, 0), 3_300)
    assert books_hold(trade)


def test_all_deliveries_of_an_order_count_together(trade: Market) -> None:
    order_id = trade.accepted(10)
    trade.deliver(order_id, {1: Decimal(4)})
    trade.pay(4_000)
    trade.deliver(order_id, {1: Decimal(6)})
    write_off(trade, item(trade, "delivery"))
    trade.pay(1_500, is_rest_kept=True)
    trade.take_back(order_id, {1: 6})
    assert stands(trade) == (-1_500, 0)
    trade.take_back(order_id, {1: 4})
    assert (stands(trade), sum(open_credits(trade))) == ((-5_500, 0), 5_500)


def test_claims_and_exchanges_make_no_money_either(trade: Market) -> None:
    order_id = delivered(trade, 10)
    write_off(trade, item(trade, "delivery"))
    claim_id = write(
        lambda session: ordering.make_claim(
            session, order_id=order_id, actor=RETAILER, kind="broken", quantities={1: Decimal(2)}
        )
    )
    write(lambda session: ordering.accept_claim(session, order_id=order_id, claim_id=claim_id, actor=VENDOR))
    assert stands(trade) == (0, 8_000)
    write(
        lambda session: ordering.exchange(
            session,
            order_id=order_id,
            actor=VENDOR,
            back={1: Decimal(3)},
            same={1: Decimal(1)},
            others=[],
            reason="torn",
        )
    )
    assert (stands(trade), open_debits(trade)) == ((1_000, 5_000), [1_000])
    trade.take_back(order_id, {1: 6})
    assert stands(trade) == (0, 0)
    assert books_hold(trade)


def test_a_credit_note_that_was_moved_away_hides_nothing(trade: Market) -> None:
    first, other = delivered(trade, 10), delivered(trade, 5)
    write_off(trade, item(trade, "delivery", first), 5_000)
    returned = trade.take_back(first, {1: 5})
    assert stands(trade) == (5_000, 5_000)
    move(trade, item(trade, "return", returned), {item(trade, "delivery", other): 5_000})
    assert open_debits(trade) == [5_000]
    trade.take_back(first, {1: 5})
    assert stands(trade) == (5_000, 0)
    trade.take_back(other, {1: 5})
    assert stands(trade) == (0, 0)
    assert books_hold(trade)


def test_credit_for_goods_that_nobody_paid_for_in_the_end_is_no_money(trade: Market) -> None:
    """Goods were paid, came back in part, their credit paid for others; then the payment bounced."""
    first = delivered(trade, 10)
    payment = trade.pay(10_000)
    other = delivered(trade, 10)
    trade.take_back(first, {1: 5})
    trade.bounce(payment)
    write_off(trade, item(trade, "delivery", first))
    assert stands(trade) == (5_000, 10_000)
    trade.take_back(other, {1: 10})
    assert stands(trade) == (0, 5_000)
    trade.take_back(first, {1: 5})
    assert (stands(trade), open_credits(trade)) == ((0, 0), [])
    assert books_hold(trade)


def test_what_was_paid_elsewhere_is_not_taken_for_it(trade: Market) -> None:
    paid, lost = delivered(trade, 3), delivered(trade, 4)
    trade.pay(3_000)
    write_off(trade, item(trade, "delivery", lost))
    trade.take_back(paid, {1: 3})
    assert (stands(trade), open_credits(trade)) == ((-3_000, 4_000), [3_000])


def test_a_debt_beside_the_credit_note_for_its_goods_is_not_given_up(trade: Market) -> None:
    order_id = delivered(trade, 10)
    returned = trade.take_back(order_id, {1: 6})
    move(trade, item(trade, "return", returned), {}, is_rest_kept=True)
    assert (open_debits(trade), open_credits(trade)) == ([10_000], [6_000])
    debt = item(trade, "delivery", order_id)
    with pytest.raises(AllocationInvalid, match=r"40\.00 of it are owed; credit notes"):
        write_off(trade, debt, 4_001)
    write_off(trade, debt)
    assert stands(trade) == (0, 4_000)
    with pytest.raises(AllocationInvalid):
        write_off(trade, debt)


def test_a_write_off_that_was_undone_counts_as_nothing(trade: Market) -> None:
    order_id = delivered(trade, 10)
    given_up = item(trade, "write_off", write_off(trade, item(trade, "delivery"), 7_000))

    def undo(session: Session) -> None:
        account = ledger_queries.party_account(
            session, trade.vendor_id, "receivable", trade.retailer_id, "NPR"
        )
        ledger.undo_settlements(
            session,
            business_id=trade.vendor_id,
            account_id=account,
            credit_item_id=given_up,
            effective_date=clock.now().date(),
        )

    write(undo)
    trade.take_back(order_id, {1: 10})
    assert stands(trade)[1] == 7_000


def test_a_fee_that_was_given_up_twice_is_given_up_once(trade: Market) -> None:
    terms = ordering.CancelTerms(cancel_fee_paisa=500)
    write(
        lambda session: ordering.set_rules(
            session, vendor_id=trade.vendor_id, rules=ordering.Rules(), cancelling=terms
        )
    )
    order_id = trade.accepted(10)
    write(lambda session: ordering.cancel(session, order_id=order_id, actor=RETAILER, fee_paisa=500))
    trade.pay(100)
    write_off(trade, item(trade, "cancel_fee"))
    write(lambda session: ordering.waive_cancel_fee(session, order_id=order_id, actor=VENDOR))
    assert (stands(trade), open_credits(trade)) == ((-100, 0), [100])
    assert books_hold(trade)


def test_it_is_read_on_the_statement(trade: Market) -> None:
    order_id = delivered(trade, 2)
    write_off(trade, item(trade, "delivery"))
    trade.take_back(order_id, {1: 2})
    with read() as session:
        shown = statement(session, vendor_id=trade.vendor_id, retailer_id=trade.retailer_id)
    lines = csv.DictReader(io.StringIO(as_csv(shown).decode("utf-8-sig")))
    assert [(line["what"], line["debit"], line["credit"], line["balance"]) for line in lines][1:-1] == [
        ("Goods", "20.00", "", "20.00"),
        ("Written off", "", "20.00", "0.00"),
        ("Written off, owed again", "20.00", "", "20.00"),
        ("Credit note", "", "20.00", "0.00"),
    ]

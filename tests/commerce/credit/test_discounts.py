"""What was promised for paying in time is given, in both books, once and never beyond the promise; and falls away."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from commerce.credit import discounts, papers, statements
from commerce.credit import service as credit
from commerce.credit.errors import AllocationInvalid
from commerce.ledger import service as ledger
from commerce.ledger import verification
from commerce.ledger.vocabulary import CHART
from commerce.ordering import service as ordering
from commerce.pricing import service as pricing
from foundation import clock
from foundation.database import read, write
from foundation.embedded_postgres import Server
from tests.commerce.factories import VENDOR, Market, market, open_credits, open_debits

pytestmark = pytest.mark.committing

MARCH = datetime(2026, 3, 1, 6, tzinfo=UTC)


def on(day: int) -> datetime:
    """Noon in Surkhet on that day of March 2026."""
    return MARCH + timedelta(days=day - 1)


def promise(trade: Market, percent: str = "2", days: int = 7, code: str = "CASH") -> None:
    write(
        lambda session: pricing.set_scheme(
            session,
            vendor_id=trade.vendor_id,
            code=code,
            name="Prompt",
            kind="cash_discount",
            terms=pricing.CashDiscount(Decimal(percent), days),
        )
    )


@pytest.fixture
def trade(migrated: Server) -> Market:
    """A market at 99.99 a packet, with 2 % off what is paid within seven days."""
    with clock.at(on(1)):
        made = market(price="99.99", net_days=15)
        promise(made)
    return made


def owed(trade: Market) -> int:
    """What both books say; they must agree, and every check of the books must hold."""
    with read() as session:
        # Nobody seals here, and others of this database may have waited for long.
        assert [one for one in verification.verify(session) if "seal" not in one.check] == []
    return trade.exposure()[0]


def balance(trade: Market, code: str) -> int:
    with read() as session:
        return session.execute(
            text("""
                SELECT CAST(coalesce(sum(p.amount_paisa), 0) AS bigint) FROM app.postings p
                JOIN app.accounts a ON a.id = p.account_id
                WHERE a.business_id IN (:vendor, :retailer) AND a.code = :code
            """),
            {"vendor": trade.vendor_id, "retailer": trade.retailer_id, "code": code},
        ).scalar_one()


def test_what_is_paid_in_time_but_for_the_discount_is_settled(trade: Market) -> None:
    with clock.at(on(1)):
        trade.deliver(trade.accepted(10))
        trade.pay(97_990)
    assert (owed(trade), open_debits(trade), open_credits(trade)) == (0, [], [])
    assert (balance(trade, "discount_allowed"), balance(trade, "discount_received")) == (2_000, -2_000)
    with read() as session:
        told = statements.statement(
            session, vendor_id=trade.vendor_id, retailer_id=trade.retailer_id, last=date(2026, 3, 1)
        )
    lines = [(papers.KINDS[entry.kind], entry.amount_paisa) for entry in told.entries]
    assert lines == [("Goods", 99_990), ("Discount for paying in time", -2_000), ("Payment", -97_990)]
    assert told.entries[0].document_number == told.entries[1].document_number


@pytest.mark.parametrize(
    ("day", "amount", "left"),
    [
        (8, 97_990, 0),  # the seventh day after
        (9, 97_990, 2_000),  # too late
        (8, 97_989, 2_001),  # not enough
        (8, 99_990, -2_000),  # who pays all has the discount to its credit
    ],
)
def test_the_days_and_the_amount_decide(trade: Market, day: int, amount: int, left: int) -> None:
    with clock.at(on(1)):
        trade.deliver(trade.accepted(10))
    with clock.at(on(20)):
        trade.pay(amount, paid_on=date(2026, 3, day))
    assert owed(trade) == left


def test_a_part_that_was_paid_too_late_earns_nothing_for_the_whole(trade: Market) -> None:
    with clock.at(on(1)):
        trade.deliver(trade.accepted(10))
    with clock.at(on(12)):
        trade.pay(50_000)
        trade.pay(47_990, paid_on=date(2026, 3, 3))
    assert owed(trade) == 2_000


def test_one_payment_earns_the_discounts_of_all_that_it_settles(trade: Market) -> None:
    with clock.at(on(1)):
        for _ in range(2):
            trade.deliver(trade.accepted(10))
        trade.pay(2 * 97_990 - 1)
    assert open_debits(trade) == [2_001]
    with clock.at(on(2)):
        trade.pay(1)
    assert (owed(trade), open_debits(trade)) == (0, [])


def test_each_delivery_earns_its_part_and_never_more_than_promised(trade: Market) -> None:
    with clock.at(on(1)):
        order_id = trade.accepted(3)  # 2 % of 299.97 are 6.00
        for _ in range(3):
            trade.deliver(order_id, {1: Decimal(1)})
            trade.pay(9_799, confirm_duplicate=True)
    assert balance(trade, "discount_allowed") == 600
    assert owed(trade) == 0


def test_it_falls_away_when_a_payment_behind_it_bounces(trade: Market) -> None:
    with clock.at(on(1)):
        trade.deliver(trade.accepted(10))
        first = trade.pay(50_000)
    with clock.at(on(3)):
        trade.pay(47_990)
    assert owed(trade) == 0
    with clock.at(on(5)):
        trade.bounce(first)
    assert (owed(trade), open_debits(trade)) == (52_000, [52_000])
    assert (balance(trade, "discount_allowed"), balance(trade, "discount_received")) == (0, 0)
    with clock.at(on(8)):  # paid in time after all
        trade.pay(50_000, confirm_duplicate=True)
    assert owed(trade) == 0


def test_no_money_is_made_by_bringing_goods_back(trade: Market) -> None:
    with clock.at(on(1)):
        order_id = trade.accepted(10)
        trade.deliver(order_id)
        paid = trade.pay(97_990)
    with clock.at(on(2)):
        trade.take_back(order_id, {1: 4})
    assert (owed(trade), open_credits(trade)) == (-39_196, [39_196])
    assert balance(trade, "discount_allowed") == 1_200
    with clock.at(on(3)):
        trade.take_back(order_id, {1: 6})
    assert (owed(trade), balance(trade, "discount_allowed")) == (-97_990, 0)
    with clock.at(on(4)):
        trade.bounce(paid)
    assert (owed(trade), open_debits(trade), open_credits(trade)) == (0, [], [])


def test_what_came_back_before_earns_nothing(trade: Market) -> None:
    with clock.at(on(1)):
        order_id = trade.accepted(10)
        trade.deliver(order_id)
        trade.take_back(order_id, {1: 5})
        trade.pay(48_995)
    assert (owed(trade), balance(trade, "discount_allowed")) == (0, 1_000)


@pytest.fixture
def round_trade(migrated: Server) -> Market:
    """A market at 100 a packet, with 10 % off what is paid within seven days."""
    with clock.at(on(1)):
        made = market(price="100", net_days=15)
        promise(made, "10")
    return made


def delivered_twice(trade: Market, *paid: int) -> tuple[UUID, list[UUID]]:
    """An order of which each line came by itself, and as many of them were paid at once; the order and payments."""
    order_id, payments = trade.accepted(10, 10), []
    for line, amount in zip((1, 2), [*paid, 0, 0], strict=False):
        trade.deliver(order_id, {line: Decimal(10)})
        if amount:
            payments.append(trade.pay(amount, confirm_duplicate=True))
    return order_id, payments


def charges(trade: Market) -> list[UUID]:
    with read() as session:
        return list(
            session.execute(
                text(
                    "SELECT id FROM app.receivable_items WHERE business_id = :vendor AND kind = 'charge' ORDER BY id"
                ),
                {"vendor": trade.vendor_id},
            ).scalars()
        )


def test_goods_that_come_back_take_their_own_discount_along_and_not_what_others_did_not_earn(
    round_trade: Market,
) -> None:
    trade = round_trade
    with clock.at(on(1)):
        order_id, _ = delivered_twice(trade, 90_000)
    with clock.at(on(12)):
        trade.pay(100_000)  # too late
        trade.take_back(order_id, {1: 10})
    assert (owed(trade), balance(trade, "discount_allowed")) == (-90_000, 0)


def test_of_one_delivery_each_line_takes_back_what_was_given_on_it(migrated: Server) -> None:
    with clock.at(on(1)):
        trade = market(price="100", net_days=30)
        for product_id, code, days in zip(trade.products, ("LONG", "SHORT"), (14, 3), strict=True):
            terms = pricing.CashDiscount(Decimal(10), days)
            write(
                lambda session, product_id=product_id, code=code, terms=terms: pricing.set_scheme(
                    session,
                    vendor_id=trade.vendor_id,
                    code=code,
                    name=code,
                    kind="cash_discount",
                    terms=terms,
                    product_id=product_id,
                )
            )
        order_id = trade.accepted(10, 10)
        trade.deliver(order_id)
    with clock.at(on(10)):
        trade.pay(190_000)
        assert owed(trade) == 0
        trade.take_back(order_id, {2: 10})
        assert (owed(trade), balance(trade, "discount_allowed")) == (-100_000, 10_000)
        trade.take_back(order_id, {1: 10})
    assert (owed(trade), balance(trade, "discount_allowed")) == (-190_000, 0)


def test_goods_earn_no_more_than_they_cost_whatever_schemes_promise_together(migrated: Server) -> None:
    with clock.at(on(1)):
        trade = market(price="100")
        for code in ("ONE", "TWO"):
            promise(trade, "60", code=code)
        order_id = trade.accepted(10)
        trade.deliver(order_id)
        trade.pay(1)
        trade.take_back(order_id, {1: 5})
        assert (owed(trade), balance(trade, "discount_allowed")) == (-1, 50_000)
        trade.take_back(order_id, {1: 5})
    assert (owed(trade), balance(trade, "discount_allowed")) == (-1, 0)


def test_what_came_back_of_a_line_came_back_of_what_was_delivered_first(round_trade: Market) -> None:
    trade = round_trade
    with clock.at(on(1)):
        order_id = trade.accepted(20)
        trade.deliver(order_id, {1: Decimal(10)})
        trade.pay(90_000)
        trade.deliver(order_id, {1: Decimal(10)})
        trade.take_back(order_id, {1: 5})
    assert (owed(trade), balance(trade, "discount_allowed")) == (55_000, 5_000)
    with clock.at(on(2)):
        trade.pay(45_000)
    assert (owed(trade), open_debits(trade), balance(trade, "discount_allowed")) == (0, [], 15_000)


@pytest.mark.parametrize(("back", "left"), [(10, 0), (5, 50_000)])
def test_a_bounce_after_a_return_leaves_the_other_delivery_its_discount(
    round_trade: Market, back: int, left: int
) -> None:
    trade = round_trade
    with clock.at(on(1)):
        order_id, [first, _] = delivered_twice(trade, 90_000, 90_000)
        trade.take_back(order_id, {1: back})
    with clock.at(on(12)):
        trade.bounce(first)
    assert (owed(trade), sum(open_debits(trade)), open_credits(trade)) == (left, left, [])
    assert balance(trade, "discount_allowed") == 10_000


def test_what_is_left_after_a_return_and_a_bounce_earns_it_anew(round_trade: Market) -> None:
    trade = round_trade
    with clock.at(on(1)):
        order_id = trade.accepted(10)
        trade.deliver(order_id)
        paid = trade.pay(90_000)
        trade.take_back(order_id, {1: 5})
    with clock.at(on(3)):
        trade.bounce(paid)
        assert (owed(trade), balance(trade, "discount_allowed")) == (50_000, 0)
        trade.pay(45_000)
    assert (owed(trade), open_debits(trade)) == (0, [])
    assert (balance(trade, "discount_allowed"), balance(trade, "discount_received")) == (5_000, -5_000)


def test_a_payment_earns_what_it_settles_by_choice_whatever_came_back_of_another_delivery(
    round_trade: Market,
) -> None:
    trade = round_trade
    with clock.at(on(1)):
        order_id, _ = delivered_twice(trade)
        trade.take_back(order_id, {1: 5})
        [_, second] = charges(trade)
        trade.pay(90_000, chosen={second: 90_000}, is_rest_kept=True)
        assert (owed(trade), open_debits(trade)) == (50_000, [50_000])
        trade.pay(45_000)
    assert (owed(trade), balance(trade, "discount_allowed")) == (0, 15_000)


@pytest.mark.parametrize(("amount", "chosen"), [(95_000, 5_000_000), (200_000, 100_001), (50_000, 90_000)])
def test_no_more_is_chosen_than_is_open_of_a_debt_or_there_to_settle_it(
    round_trade: Market, amount: int, chosen: int
) -> None:
    trade = round_trade
    with clock.at(on(1)):
        trade.deliver(trade.accepted(10))
        with pytest.raises(AllocationInvalid):
            trade.pay(amount, chosen={charges(trade)[0]: chosen})
    assert (owed(trade), balance(trade, "discount_allowed")) == (100_000, 0)


def test_books_that_were_opened_without_its_accounts_get_them_with_the_first_discount(
    migrated: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = {code: kind for code, kind in CHART.items() if not code.startswith("discount_")}
    with clock.at(on(1)):
        with monkeypatch.context() as before:
            before.setattr(ledger, "CHART", older)
            trade = market(price="100")
            promise(trade, "10")
            trade.deliver(trade.accepted(10))
        trade.pay(90_000)
    assert (owed(trade), balance(trade, "discount_received")) == (0, -10_000)


def test_an_advance_that_is_there_earns_it_with_the_delivery(trade: Market) -> None:
    with clock.at(on(1)):
        order_id = trade.accepted(10)
        trade.pay(97_990, is_rest_kept=True)
    with clock.at(on(9)):
        trade.deliver(order_id)
    assert (owed(trade), open_debits(trade)) == (0, [])


def test_a_claim_earns_it_by_the_day_that_it_names(trade: Market) -> None:
    with clock.at(on(1)):
        trade.deliver(trade.accepted(10))
    with clock.at(on(8)):
        claim_id = write(
            lambda session: credit.claim_payment(
                session,
                vendor_id=trade.vendor_id,
                retailer_id=trade.retailer_id,
                amount_paisa=97_990,
                mode="upi",
            )
        )
    with clock.at(on(20)):
        write(
            lambda session: credit.accept_claim(session, vendor_id=trade.vendor_id, claim_id=claim_id),
            scope=[trade.vendor_id],
        )
    assert owed(trade) == 0


def test_the_days_that_were_kept_of_two_promises_are_earned(migrated: Server) -> None:
    with clock.at(on(1)):
        trade = market(price="100", net_days=30)
        promise(trade, "2", 7)
        promise(trade, "1", 14, code="LATER")
        trade.deliver(trade.accepted(10))
    with clock.at(on(12)):
        trade.pay(99_000)
    assert (owed(trade), balance(trade, "discount_allowed")) == (0, 1_000)


def test_what_settles_a_debt_with_a_discount_settles_no_other(trade: Market) -> None:
    with clock.at(on(1)):
        trade.deliver(trade.accepted(10))
        trade.pay(97_990)
    with read() as session:
        [paid] = session.execute(
            text("SELECT id FROM app.receivable_items WHERE business_id = :vendor AND kind = 'payment'"),
            {"vendor": trade.vendor_id},
        ).scalars()
    with pytest.raises(AllocationInvalid, match="were given off for paying in time"):
        write(
            lambda session: credit.reallocate(
                session, vendor_id=trade.vendor_id, item_id=paid, chosen={}, is_rest_kept=True
            )
        )


def test_the_promise_of_a_kept_quote_outlives_its_scheme(trade: Market) -> None:
    parties = {"vendor_id": trade.vendor_id, "retailer_id": trade.retailer_id}
    with clock.at(on(1)):
        kept = write(lambda session: ordering.keep_quote(session, wishes=trade.wishes(10), **parties))
        write(lambda session: pricing.end_scheme(session, vendor_id=trade.vendor_id, code="CASH"))
        order_id = write(lambda session: ordering.place_quoted(session, quote_id=kept.id, **parties))
        write(lambda session: ordering.accept(session, order_id=order_id, actor=VENDOR))
        trade.deliver(order_id)
        trade.pay(97_990)
    assert owed(trade) == 0


DEBTS = st.lists(st.tuples(st.integers(1, 100), st.integers(0, 30), st.integers(0, 100)), max_size=5)


@given(DEBTS, st.integers(1, 400), st.booleans())
def test_a_discount_within_reach_leaves_nothing_open_of_its_debt(
    debts: list[tuple[int, int, int]], amount: int, is_rest_kept: bool
) -> None:
    ids: list[UUID] = [uuid4() for _ in debts]
    open_paisa = {item_id: whole for item_id, (whole, _, _) in zip(ids, debts, strict=True)}
    earned = {item_id: off for item_id, (_, off, _) in zip(ids, debts, strict=True) if off}
    chosen: dict[UUID, int] = {}
    for item_id, (whole, _, wanted) in zip(ids, debts, strict=True):
        if 0 < wanted <= whole and sum(chosen.values()) + wanted <= amount:
            chosen[item_id] = wanted
    found = discounts.within_reach(amount, open_paisa, earned, chosen, is_rest_kept=is_rest_kept)
    assert all(0 < off <= min(earned[item_id], open_paisa[item_id]) for item_id, off in found.items())
    # What the payment still has to settle of them is not more than the payment.
    assert sum(open_paisa[item_id] - off for item_id, off in found.items()) <= amount

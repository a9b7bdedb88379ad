"""Statements run on from one period to the next; what is late is told alike in every form."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from commerce.credit import ageing, outlook, papers
from commerce.credit import service as credit
from commerce.credit.errors import AgreementNotFound, PeriodInvalid
from commerce.credit.outlook import Debt, Delay, expect, past_due_history
from commerce.credit.statements import Movement, Statement, run_through, statement
from foundation import clock
from foundation.database import read
from foundation.embedded_postgres import Server
from foundation.ids import uuid7
from tests.commerce.factories import Market, market

MARCH = datetime(2026, 3, 1, 6, tzinfo=UTC)
DAYS = st.dates(date(2026, 1, 1), date(2026, 3, 31))


def on(day: int) -> datetime:
    """Noon in Surkhet, so many days into March 2026."""
    return MARCH + timedelta(days=day - 1)


@given(st.lists(st.tuples(DAYS, st.integers(-(10**9), 10**9))), DAYS, DAYS)
def test_a_period_begins_where_the_one_before_ended(
    moves: list[tuple[date, int]], one: date, other: date
) -> None:
    first, last = sorted((one, other))
    shown = [
        Movement(uuid7(), day, day, "charge", None, None, amount)
        for day, amount in sorted(moves, key=lambda move: move[0])
    ]
    opening, entries, closing = run_through(shown, first, last)
    assert opening + sum(entry.amount_paisa for entry in entries) == closing
    assert closing == sum(amount for day, amount in moves if day <= last)
    assert run_through(shown, last + timedelta(days=1), date.max)[0] == closing
    assert [entry.balance_paisa for entry in entries][-1:] == ([closing] if entries else [])


def told(trade: Market, **asked: date) -> Statement:
    with read() as session:
        return statement(session, vendor_id=trade.vendor_id, retailer_id=trade.retailer_id, **asked)


@pytest.fixture(scope="module")
def trade(migrated: Server) -> Market:
    """Goods on the first of March, paid late and with an advance, and goods again in April."""
    with clock.at(on(1)):
        made = market(net_days=10)
        made.deliver(made.accepted(10))
    with clock.at(on(15)):
        made.pay(4_000, reference="=1+1 <script>", paid_on=date(2026, 3, 14))
    with clock.at(on(20)):
        made.pay(7_500)
    with clock.at(on(40)):
        made.deliver(made.accepted(3))
    return made


def test_a_statement_says_how_it_stood_in_both_times(trade: Market) -> None:
    march = told(trade, first=date(2026, 3, 2), last=date(2026, 3, 31))
    assert (march.opening_paisa, march.closing_paisa, march.advance_paisa) == (10_000, -1_500, 1_500)
    assert [(entry.kind, entry.amount_paisa, entry.balance_paisa) for entry in march.entries] == [
        ("payment", -4_000, 6_000),
        ("payment", -7_500, -1_500),
    ]
    as_known = told(trade, first=date(2026, 3, 2), last=date(2026, 3, 16), known_on=date(2026, 3, 14))
    assert (as_known.closing_paisa, as_known.days_past_due) == (10_000, 5)
    assert as_known.ageing["1_30"] == 10_000
    april = told(trade, first=date(2026, 4, 1), last=date(2026, 4, 30))
    assert (april.opening_paisa, april.closing_paisa, april.ageing["1_30"]) == (-1_500, 1_500, 1_500)
    with pytest.raises(PeriodInvalid):
        told(trade, first=date(2026, 4, 2), last=date(2026, 4, 1))
    with pytest.raises(AgreementNotFound):
        told(Market(trade.vendor_id, uuid7(), []))


def test_every_form_has_the_same_lines_and_none_is_run(trade: Market) -> None:
    march = told(trade, first=date(2026, 3, 2), last=date(2026, 3, 31))
    rows = list(csv.DictReader(io.StringIO(papers.as_csv(march).decode("utf-8-sig"))))
    assert [(row["what"], row["credit"], row["balance"]) for row in rows] == [
        ("Opening", "", "100.00"),
        ("Payment", "40.00", "60.00"),
        ("Payment", "75.00", "-15.00"),
        ("Closing", "", "-15.00"),
    ]
    assert rows[1]["reference"] == "'=1+1 <script>"
    sheet = pl.read_excel(io.BytesIO(papers.as_xlsx(march)), sheet_name="Statement")
    assert sheet["balance"].to_list() == [100, 60, -15, -15]
    assert sheet["reference"].to_list()[1] == "=1+1 <script>"
    text = PdfReader(io.BytesIO(papers.as_pdf(march))).pages[0].extract_text()
    assert "NPR 100.00" in text
    assert "<script>" in text
    assert papers.as_pdf(march) == papers.as_pdf(march)


def test_ageing_of_all_is_the_ageing_of_each(trade: Market) -> None:
    for day, known_on in (
        (date(2026, 3, 5), None),
        (date(2026, 3, 16), date(2026, 3, 14)),
        (date(2026, 3, 31), None),
        (date(2026, 7, 31), None),
    ):
        with read() as session:
            known_at = None if known_on is None else clock.end_of_day(known_on, "Asia/Kathmandu")
            rows = outlook.ageing_of_all(session, vendor_id=trade.vendor_id, day=day, known_at=known_at)
            each = credit.receivables_as_of(
                session,
                vendor_id=trade.vendor_id,
                retailer_id=trade.retailer_id,
                effective=day,
                recorded_by=known_on,
            )
        found = ageing.age(each)
        if not each:
            assert rows == []
            continue
        [row] = rows
        assert [row["not_due_paisa"], row["days_1_30_paisa"], row["days_31_60_paisa"]] == [
            found["not_due"],
            found["1_30"],
            found["31_60"],
        ]
        assert (row["days_61_90_paisa"], row["over_90_days_paisa"]) == (found["61_90"], found["over_90"])
        assert row["disputed_paisa"] == found["disputed"]
        assert row["days_past_due"] == ageing.days_past_due(each)
        assert row["total_paisa"] == sum(found.values())


def test_the_past_of_a_debt_is_told_by_its_changes() -> None:
    day = date(2026, 3, 1)
    steps = past_due_history(
        100,
        day,
        day + timedelta(days=10),
        [(day + timedelta(days=5), 40), (day + timedelta(days=15), 60), (day + timedelta(days=20), -60)],
        day + timedelta(days=30),
    )
    assert [((step.day - day).days, step.open_paisa, step.days_past_due) for step in steps] == [
        (0, 100, 0),
        (5, 60, 0),
        (11, 60, 1),
        (15, 0, 5),
        (20, 60, 10),
        (30, 60, 20),
    ]
    # An advance settles from the document's own day on.
    assert past_due_history(100, day, day, [(day - timedelta(days=9), 100)], day) == []


@given(
    st.lists(st.builds(Debt, st.sampled_from([UUID(int=1), UUID(int=2)]), DAYS, st.integers(1, 10**9))),
    st.dictionaries(
        st.sampled_from([UUID(int=1), UUID(int=2)]), st.builds(Delay, st.integers(-40, 90), st.integers(1, 9))
    ),
    DAYS,
    st.integers(1, 12),
)
def test_every_debt_is_expected_once(
    debts: list[Debt], delays: dict[UUID, Delay], today: date, weeks: int
) -> None:
    flow = expect(debts, delays, today, weeks)
    owed = sum(debt.open_paisa for debt in debts)
    assert sum(week.expected_paisa for week in flow.weeks) + flow.later_paisa == owed
    assert flow.overdue_paisa + sum(week.due_paisa for week in flow.weeks) <= owed
    assert len(flow.weeks) == weeks


def test_a_payer_is_expected_as_late_as_it_is_used_to_be(trade: Market) -> None:
    with clock.at(on(41)), read() as session:
        flow = outlook.cash_flow(session, vendor_id=trade.vendor_id, today=date(2026, 4, 10), weeks=4)
    # 40 rupees three days late, 60 nine days late, and 15 paid before they fell due.
    [delay] = flow.delays.values()
    assert delay.settled_items == 2
    assert [week.due_paisa for week in flow.weeks] == [0, 1_500, 0, 0]
    assert sum(week.expected_paisa for week in flow.weeks) == 1_500


def test_a_thin_past_takes_the_delay_of_all() -> None:
    today, shop, other = date(2026, 3, 2), UUID(int=1), UUID(int=2)
    delays = {shop: Delay(60, 2), other: Delay(2, 18)}
    flow = expect([Debt(shop, today, 100), Debt(other, today, 50)], delays, today, 2)
    assert [week.expected_paisa for week in flow.weeks] == [50, 100]

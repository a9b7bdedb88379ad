"""The market in the record: reproducible, in step with what its agents believe, and with sound books."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from commerce.identity import service as identity
from commerce.ledger import verification
from commerce.ordering.workflows import FILE_DELIVERY_DOCUMENT
from commerce.stock import service as stock
from foundation import clock
from foundation.database import read, write
from sauda.main import application
from simulation import counters
from simulation.desk import open_desk
from simulation.facts import digest, facts
from simulation.market import Market
from simulation.play import MarketExists, MarketInvalid, Played, simulate
from simulation.trade import Surprise, Trade
from simulation.world import World, build_world

pytestmark = [pytest.mark.committing, pytest.mark.slow]

Stage = Callable[[], AbstractContextManager[None]]
UNTIL = date(2026, 10, 25)  # Dashain lies within
PASSWORD = "sixteen bananas"


def play(home: Path, **given: Any) -> Played:
    return simulate(
        **{"seed": 7, "vendors": 6, "retailers": 10, "days": 30, "until": UNTIL, "home": home, **given}
    )


@pytest.fixture(scope="module")
def played(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """One market that several tests look at and none changes."""
    with stage():
        yield play(tmp_path_factory.mktemp("home"), password=PASSWORD)


def play_by_hand(world: World, trade: Trade) -> Iterator[Market]:
    """The market after its founding and after each of its days."""
    market = Market(world)
    with trade.in_session():
        market.found(trade)
        yield market
        with open_desk(trade, processes=1, loads=market.loads) as desk:
            for _ in market.run(desk):
                yield market


def test_the_same_seed_leaves_the_same_business_facts_by_one_process_or_two(
    played: Played, stage: Stage, tmp_path: Path
) -> None:
    with read() as session:
        kinds = {kind for kind, lines in facts(session, played.market).items() if lines}
    with stage():
        again = play(tmp_path, processes=2)
    assert again.digest == played.digest
    assert again.tally == played.tally
    assert again.calls == played.calls
    assert not set(again.market) & set(played.market)
    assert {
        "consents",
        "orders",
        "deliveries",
        "payments",
        "open items",
        "allocations",
        "postings",
        "decisions",
    } <= kinds


def test_another_seed_or_a_missing_row_makes_another_digest(
    played: Played, stage: Stage, tmp_path: Path
) -> None:
    with read() as session:
        assert digest(session, played.market) == played.digest
        assert digest(session, played.market[:-1]) != played.digest
    with stage():
        assert play(tmp_path, seed=8).digest != played.digest


def test_what_agents_believe_is_what_the_record_says(stage: Stage) -> None:
    world = build_world(seed=3, vendors=6, retailers=12, days=30, until=UNTIL)
    with stage():
        market = deque(play_by_hand(world, Trade(world.goods)), maxlen=1).pop()
        with read() as session:
            owed = session.execute(
                text("""
                    SELECT v.name, r.name, c.posted_paisa, c.held_paisa, c.limit_paisa
                    FROM app.receivables c JOIN app.accounts a ON a.id = c.account_id
                    JOIN app.businesses v ON v.id = a.business_id JOIN app.businesses r ON r.id = a.party_id
                """)
            )
            accounts = {(vendor, shop): tuple(amounts) for vendor, shop, *amounts in owed}
            shelves = session.execute(
                text("""
                    SELECT v.name, p.sku, s.on_hand, s.reserved
                    FROM app.stock_levels s JOIN app.businesses v ON v.id = s.business_id
                    JOIN app.products p ON p.id = s.product_id
                """)
            )
            levels = {(vendor, sku): tuple(map(int, both)) for vendor, sku, *both in shelves}
    assert any(owed for owed, _, _ in accounts.values())
    assert accounts == {
        (world.vendors[vendor].name, world.retailers[shop].name): (
            account.owed_paisa,
            account.held_paisa,
            account.limit_paisa,
        )
        for (shop, vendor), account in market._accounts.items()
    }
    believed = {
        (state.policy.vendor.name, world.goods[good].code): (
            round(state.on_hand[good]),
            round(state.reserved[good]),
        )
        for state in market._vendors
        for good in state.on_hand
    }
    assert levels == {key: both for key, both in believed.items() if key in levels}
    assert {both for key, both in believed.items() if key not in levels} <= {(0, 0)}


def test_an_answer_that_agents_did_not_foresee_ends_the_run(stage: Stage) -> None:
    world = build_world(seed=3, vendors=6, retailers=12, days=30, until=UNTIL)
    trade = Trade(world.goods)
    with stage():
        days = play_by_hand(world, trade)
        next(days)
        write(lambda session: [_spoil(session, vendor) for vendor in trade.vendors.values()])
        with pytest.raises(Surprise, match=r"out-of-stock|product-unavailable"):
            deque(days, maxlen=0)


def _spoil(session: Session, vendor: UUID) -> None:
    """Behind the agents' backs, all that lies on the vendor's shelves goes bad."""
    levels = session.execute(
        text("SELECT product_id, -on_hand FROM app.stock_levels WHERE business_id = :vendor"),
        {"vendor": vendor},
    )
    spoiled = {row[0]: row[1] for row in levels}
    stock.receive(session, business_id=vendor, quantities=spoiled, kind="adjustment", reason="spoiled")


def test_time_in_the_record_is_the_time_of_the_market(played: Played) -> None:
    with read() as session:
        first, last, overdue = session.execute(
            text("""
                SELECT min(placed_at), max(placed_at),
                       (SELECT count(*) FROM app.receivable_items WHERE due_date < :until)
                FROM app.orders
            """),
            {"until": UNTIL},
        ).one()
    days = [clock.business_day(moment, "Asia/Kathmandu") for moment in (first, last)]
    assert played.world.start <= days[0] < days[1] <= UNTIL
    assert overdue > 0


def test_the_books_verify_and_the_sellers_equal_the_buyers(played: Played) -> None:
    with read() as session:
        findings = verification.verify(session)
        receivable, payable, unsealed = session.execute(
            text("""
                SELECT sum(p.amount_paisa) FILTER (WHERE a.code = 'receivable'),
                       sum(p.amount_paisa) FILTER (WHERE a.code = 'payable'),
                       (SELECT count(*) FROM app.ledger_unsealed)
                FROM app.postings p JOIN app.accounts a ON a.id = p.account_id
            """)
        ).one()
    assert findings == []
    assert receivable == -payable > 0
    assert unsealed == 0


def test_some_shops_bill_people_in_the_last_days(played: Played) -> None:
    with read() as session:
        bills, shops, first, last, on_khata, paid = session.execute(
            text("""
                SELECT count(*), count(DISTINCT vendor_id), min(document_date), max(document_date),
                       count(customer_id), (SELECT count(*) FROM app.khata_entries WHERE kind = 'payment')
                FROM app.invoices WHERE vendor_id = ANY (:market) AND order_id IS NULL
            """),
            {"market": played.market},
        ).one()
    assert bills == played.tally["bills at counters"]
    assert shops == counters.SHOPS
    assert (first, last) == (UNTIL - timedelta(days=counters.DAYS - 1), UNTIL)
    assert 0 < on_khata < bills
    assert paid > 0


def test_what_was_refused_is_kept_as_a_decision(played: Played) -> None:
    with read() as session:
        refused = session.execute(
            text("SELECT reason_code, count(*) FROM app.decisions WHERE outcome = 'refused' GROUP BY 1")
        )
        recorded = {f"refused: {code}": count for code, count in refused}
    assert recorded == {what: count for what, count in played.tally.items() if what.startswith("refused")}
    assert recorded


def test_outward_work_is_counted_and_not_done(played: Played) -> None:
    documents = played.tally["deliveries"] + played.tally["returns"]
    with read() as session:
        enqueued = session.execute(text("SELECT count(*) FROM dbos.workflow_status")).scalar_one()
    assert played.outward[FILE_DELIVERY_DOCUMENT] == documents > 0
    assert enqueued == 0


def test_a_second_market_is_refused_unless_asked_for(stage: Stage, tmp_path: Path) -> None:
    with stage():
        first = play(tmp_path, days=8)
        with pytest.raises(MarketExists, match="--another"):
            play(tmp_path, days=8)
        with read() as session:
            assert digest(session, first.market) == first.digest
        second = play(tmp_path, days=8, another=True)
    assert second.digest == first.digest
    assert not set(first.market) & set(second.market)


def test_a_market_of_nobody_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MarketInvalid, match="vendors=1"):
        play(tmp_path, vendors=1)


@pytest.mark.parametrize(
    ("days", "until", "said"),
    [
        (100_000, date(2026, 11, 19), "days=100000: a market ending with 2026-11-19 has at most 9820"),
        (30, date(1, 1, 1), "until=0001-01-01: a market ends from 2000-01-01 to 2043-12-31"),
        (30, date(2044, 1, 1), "until=2044-01-01"),
    ],
)
def test_days_that_no_calendar_knows_are_refused(tmp_path: Path, days: int, until: date, said: str) -> None:
    with pytest.raises(MarketInvalid, match=said):
        play(tmp_path, days=days, until=until)


def test_the_truth_is_in_its_file_and_nowhere_in_the_record(played: Played) -> None:
    with read() as session:
        recorded = "\n".join(line for lines in facts(session, played.market).values() for line in lines)
    truth = json.loads(played.truth.read_text(encoding="utf-8"))
    kinds = {shop["kind"] for shop in (*truth["retailers"], *truth["vendors"])}
    assert len(kinds) > 2
    assert not [kind for kind in kinds if kind in recorded]


def test_demo_users_log_in_with_the_password_and_see_their_business(played: Played) -> None:
    assert [user.role for user in played.users] == ["admin", "loan_officer", "analyst", "vendor", "retailer"]
    for user in played.users:
        with read() as session:
            found = identity.user_by_email(session, email=user.email)
        assert identity.check_password(found, PASSWORD).business_id == user.business_id
        assert user.business_id is None or user.business_id in played.market


@pytest.mark.parametrize("scale", ["", "--scale learning "])
def test_the_command_plays_and_says_what_came_of_it(stage: Stage, scale: str) -> None:
    options = f"{scale}--vendors 4 --retailers 4 --days 8 --until 2026-10-18 --password bananas16"
    with stage():
        shown = CliRunner(env={"COLUMNS": "250"}).invoke(
            application("simulate"), f"simulate {options}", catch_exceptions=False
        )
    assert shown.exit_code == 0
    for said in ("orders placed", "admin@sauda.example", "bananas16", "truth-7.json"):
        assert said in shown.output


def test_the_command_names_the_scales_that_there_are() -> None:
    shown = CliRunner(env={"COLUMNS": "250"}).invoke(application("simulate"), "simulate --scale huge")
    assert shown.exit_code == 2
    assert "demo, learning" in shown.output

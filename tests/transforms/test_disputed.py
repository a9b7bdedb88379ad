"""What is in dispute stands beside the ageing, in the marts as in the record, on every day."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from commerce.credit import outlook
from foundation import clock
from foundation.locations import for_sqlalchemy
from tests.transforms.market import KATHMANDU, Market, at
from tests.transforms.story import AS_OF, Story

BUCKETS = {
    "not_due_paisa": "not_due_paisa",
    "overdue_1_30_paisa": "days_1_30_paisa",
    "overdue_31_60_paisa": "days_31_60_paisa",
    "overdue_61_90_paisa": "days_61_90_paisa",
    "overdue_over_90_paisa": "over_90_days_paisa",
    "disputed_paisa": "disputed_paisa",
    "balance_paisa - unallocated_credit_paisa": "total_paisa",
    "days_past_due_max": "days_past_due",
}
"""What the mart calls it, and what the record does."""


@pytest.fixture(scope="module")
def told() -> Story:
    """A debt with the two ends of a dispute, and thirty with whatever chance brings, some of it after the day."""
    market, chance = Market(), random.Random(20260630)
    rice = market.product("RICE")
    vendor, retailer = market.business("vendor"), market.business("retailer")
    market.agreement(vendor, retailer, 10_000_000, "2026-01-10")
    ids = {"vendor": vendor, "retailer": retailer}

    def sell(seller: UUID, buyer: UUID, day: str) -> UUID:
        order = market.order(seller, buyer, day, [(rice, "100", "1")])
        return market.deliver(order, day, {1: "1"})

    # Of 10,000 paisa due on 15 May 4,000 were in dispute for ten days, which the admin rejected; then the whole of it,
    # of which 2,500 came back before that was upheld; and 5,000 were still paid.
    item = sell(vendor, retailer, "2026-05-01")
    market.dispute(vendor, retailer, {item: 4_000}, at("2026-05-20"), at("2026-05-30"), outcome="rejected")
    market.dispute(vendor, retailer, {item: 10_000}, at("2026-06-05"), at("2026-06-20"), outcome="upheld")
    market.credit(vendor, retailer, "2026-06-10", "credit_note", {item: 2_500})
    market.pay(vendor, retailer, "2026-06-15", 5_000, {item: 5_000})

    for zone in (KATHMANDU, "Asia/Kolkata", "Europe/London"):
        seller = market.business("vendor", zone=zone)
        for buyer in (market.business("retailer") for _ in range(2)):
            market.agreement(seller, buyer, 10_000_000, "2026-01-10")
            for number in range(5):
                sold = date(2026, 2, 1) + timedelta(days=31 * number - chance.randrange(28))
                _quarrel(market, seller, buyer, sell(seller, buyer, sold.isoformat()), sold, chance)
    return Story(market, ids)


def _quarrel(
    market: Market, vendor: UUID, retailer: UUID, item: UUID, sold: date, chance: random.Random
) -> None:
    """Payments, credit notes and disputes of a debt of 10,000 paisa; they never settle more than it is."""
    notes = []
    for _ in range(chance.randrange(2, 7)):
        part, day = chance.randrange(100, 1_500), sold + timedelta(days=chance.randrange(1, 90))
        if chance.random() < 0.7:
            note = market.credit(vendor, retailer, day.isoformat(), "credit_note", {item: part})
            notes.append((note, at(day.isoformat(), 15)))
        else:
            market.pay(vendor, retailer, day.isoformat(), part, {item: part})
    for _ in range(chance.randrange(2, 5)):
        opened_at = _moment(sold + timedelta(days=chance.randrange(60)), chance)
        settled_at = opened_at + timedelta(minutes=chance.randrange(1, 60 * 24 * 60))
        since = [note for note, known in notes if opened_at <= known <= settled_at]
        ended_by = chance.choice(since) if since and chance.random() < 0.5 else None
        lasts = ended_by is None and chance.random() < 0.3
        market.dispute(
            vendor,
            retailer,
            {item: chance.randrange(300, 2_500)},
            opened_at,
            None if lasts else settled_at,
            outcome="credit-note" if ended_by else chance.choice(["upheld", "rejected", "withdrawn"]),
            note=ended_by,
        )


def _moment(day: date, chance: random.Random) -> datetime:
    return at(day.isoformat()) + timedelta(minutes=chance.randrange(-12 * 60, 12 * 60))


@pytest.fixture(scope="module")
def built(make_warehouse: Any, told: Story) -> Any:
    warehouse = make_warehouse(told)
    warehouse.build()
    return warehouse


@pytest.fixture(scope="module")
def record(built: Any) -> Iterator[Session]:
    """The transactional tables of the same market."""
    engine = create_engine(for_sqlalchemy(built.url))
    with Session(engine) as session:
        yield session
    engine.dispose()


def test_a_dispute_is_told_on_paper_until_it_ends_either_way(built: Any, told: Story) -> None:
    rows = built.rows(
        """SELECT reporting_date::text, overdue_1_30_paisa, overdue_31_60_paisa, disputed_paisa, days_past_due_max
           FROM marts.fct_receivable_ageing WHERE vendor_id = %s""",
        str(told.ids["vendor"]),
    )
    stood = {day: tuple(amounts) for day, *amounts in rows}
    assert stood["2026-05-19"] == (10_000, 0, 0, 4)
    assert stood["2026-05-20"] == (6_000, 0, 4_000, 5)
    assert stood["2026-05-29"] == (6_000, 0, 4_000, 14)
    assert stood["2026-05-30"] == (10_000, 0, 0, 15)
    assert stood["2026-06-05"] == (0, 0, 10_000, 0)
    assert stood["2026-06-10"] == (0, 0, 7_500, 0)
    assert stood["2026-06-15"] == (0, 0, 2_500, 0)
    assert stood["2026-06-20"] == (0, 2_500, 0, 36)


def test_marts_and_record_age_alike_on_every_day(built: Any, record: Session, told: Story) -> None:
    vendors = [row["id"] for row in told.market.rows["businesses"] if row["is_vendor"]]
    days = [day for (day,) in built.rows("SELECT calendar_date FROM marts.dim_date WHERE is_reporting_day")]
    aged = {
        (day, vendor, retailer): amounts
        for day, vendor, retailer, *amounts in built.rows(
            f"SELECT reporting_date, vendor_id, retailer_id, {', '.join(BUCKETS)} FROM marts.fct_receivable_ageing"
            " WHERE balance_paisa > unallocated_credit_paisa"
        )
    }
    known = {
        (day, str(vendor), str(row["retailer_id"])): [row[name] for name in BUCKETS.values()]
        for vendor in vendors
        for day in days
        if day >= date(2026, 1, 1)
        for row in outlook.ageing_of_all(
            record,
            vendor_id=vendor,
            day=day,
            known_at=clock.end_of_day(date.fromisoformat(AS_OF), told.market.zones[vendor]),
        )
    }
    assert aged == known
    in_dispute = {amounts[list(BUCKETS).index("disputed_paisa")] for amounts in aged.values()}
    assert len(in_dispute) > 30, "chance brought too little"


def test_pages_of_today_show_what_the_record_shows(built: Any, record: Session, told: Story) -> None:
    today, vendor = date.fromisoformat(AS_OF), told.ids["vendor"]
    sellers = [row["id"] for row in told.market.rows["businesses"] if row["is_vendor"]]
    totals: dict[UUID, tuple[int, int]] = {}
    for seller in sellers:
        rows = outlook.ageing_of_all(
            record,
            vendor_id=seller,
            day=today,
            known_at=clock.end_of_day(today, told.market.zones[seller]),
        )
        late = ("days_1_30_paisa", "days_31_60_paisa", "days_61_90_paisa", "over_90_days_paisa")
        totals[seller] = (
            sum(row[name] for row in rows for name in late),
            sum(row["disputed_paisa"] for row in rows),
        )
    assert totals[vendor] == (2_500, 0)
    assert {
        UUID(seller): (overdue, disputed)
        for seller, overdue, disputed in built.rows(
            "SELECT vendor_id, overdue_paisa, disputed_paisa FROM marts.mart_vendor_performance"
        )
    } == totals
    whole = tuple(map(sum, zip(*totals.values(), strict=True)))
    assert built.rows(
        "SELECT sum(overdue_paisa)::bigint, sum(disputed_paisa)::bigint FROM marts.mart_retailer_360"
    ) == [whole]
    assert built.rows(
        "SELECT overdue_paisa, disputed_paisa FROM marts.mart_executive_daily WHERE business_date = %s", today
    ) == [whole]
    assert whole[1] > 0

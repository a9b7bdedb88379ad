"""Figures that tell of more than one pair's books: goods that go round, scores that fell, what is in dispute."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from commerce.catalogue import service as catalogue
from commerce.credit import service as credit
from commerce.credit.models import AdoptedRun, AdoptedScore
from commerce.disputes import service as disputes
from commerce.parties.models import Business
from commerce.risk import dry_runs, queries, rules, service
from commerce.risk.queries import AlertFilter
from commerce.stock import service as stock
from foundation import clock
from foundation.database import read, write
from foundation.embedded_postgres import Server
from foundation.ids import uuid7
from tests.commerce.factories import Market, business, market, product

pytestmark = pytest.mark.committing

START = datetime(2033, 2, 1, 6, tzinfo=UTC)
DAY = date(2033, 2, 5)


def figures(trade: Market, day: date = DAY) -> dict[str, Decimal | None]:
    with read() as session:
        return next(
            pair.figures
            for pair in service.measure(session, day)
            if (pair.vendor_id, pair.retailer_id) == (trade.vendor_id, trade.retailer_id)
        )


def test_west_of_utc_a_day_ends_with_that_of_utc_so_that_the_past_stays_as_it_was_asked(
    migrated: Server,
) -> None:
    with clock.at(START):
        trade = market()
        write(
            lambda session: setattr(session.get_one(Business, trade.vendor_id), "time_zone", "America/Bogota")
        )
    with clock.at(
        datetime(2033, 2, 6, 3, tzinfo=UTC)
    ):  # in the evening of the 5th there, which was asked about
        trade.deliver(trade.accepted(10))
    assert [figures(trade, DAY + timedelta(days=days))["owed"] for days in (0, 1)] == [0, 100]


def sells(session: Session, vendor_id: UUID, retailer_id: UUID) -> Market:
    """A trader sells to another on credit, a product of its own at ten rupees a packet."""
    made = product(session)
    catalogue.set_offer(
        session, vendor_id=vendor_id, product_id=made, unit="packet", unit_price=Decimal(10), currency="NPR"
    )
    stock.receive(session, business_id=vendor_id, kind="opening", quantities={made: Decimal(1000)})
    credit.agree(
        session,
        vendor_id=vendor_id,
        retailer_id=retailer_id,
        limit_paisa=10_000_000,
        net_days=15,
        reason="among traders",
        approved_by=uuid7(),
    )
    return Market(vendor_id, retailer_id, [made])


def ring(length: int) -> list[Market]:
    """As many traders, each of whom sells to the next and the last to the first."""

    def make(session: Session) -> list[Market]:
        traders = [business(session, is_vendor=True, is_retailer=True) for _ in range(length)]
        return [
            sells(session, vendor_id, buyer_id)
            for vendor_id, buyer_id in zip(traders, [*traders[1:], traders[0]], strict=True)
        ]

    with clock.at(START):
        return write(make)


def deliver(trades: Sequence[Market], *packets: int) -> None:
    for day, (trade, quantity) in enumerate(zip(trades, packets, strict=False)):
        with clock.at(START + timedelta(days=day)):
            trade.deliver(trade.accepted(quantity))


@pytest.mark.parametrize("length", [2, 3, 4])
def test_goods_that_go_round_are_seen_once_the_round_is_closed(migrated: Server, length: int) -> None:
    trades = ring(length)
    deliver(trades, *(100, 90, 95, 99)[:length])
    closed = date(2033, 1, 31) + timedelta(days=length)
    for trade in trades:
        seen = figures(trade, closed)
        assert (seen["ring_30d"], seen["ring_amount_30d"]) == (Decimal("0.9"), Decimal(900))
    assert figures(trades[0], closed - timedelta(days=1))["ring_30d"] == 0
    assert figures(trades[0], date(2033, 3, 4))["ring_30d"] == 0


def test_uneven_or_long_or_open_chains_are_no_round(migrated: Server) -> None:
    uneven, long = ring(3), ring(5)
    deliver(uneven, 100, 49, 100)
    deliver(long, 100, 100, 100, 100, 100)
    for trade in (uneven[0], long[0]):
        assert figures(trade, date(2033, 2, 6))["ring_30d"] == 0


def test_the_most_even_and_the_largest_round_of_a_pair_count(migrated: Server) -> None:
    trades = ring(2)
    with clock.at(START):
        third = write(lambda session: business(session, is_vendor=True, is_retailer=True))
        way_round = [
            write(partial(sells, vendor_id=trades[0].retailer_id, retailer_id=third)),
            write(partial(sells, vendor_id=third, retailer_id=trades[0].vendor_id)),
        ]
    deliver([*trades, *way_round], 100, 60, 95, 99)
    seen = figures(trades[0], date(2033, 2, 4))
    assert (seen["ring_30d"], seen["ring_amount_30d"]) == (Decimal("0.95"), Decimal(950))
    assert figures(trades[1], date(2033, 2, 4))["ring_30d"] == Decimal("0.6")


def adopted(retailer_id: UUID, score: int | None, grade: str, at: datetime) -> str:
    run_id = f"run-{uuid7().hex[-12:]}"

    def keep(session: Session) -> None:
        session.execute(
            insert(AdoptedRun).values(
                run_id=run_id,
                as_of=at.date(),
                predicted_at=at,
                outcome="adopted",
                facts={"moves": {}},
                adopted_at=at,
            )
        )
        session.execute(
            insert(AdoptedScore).values(
                run_id=run_id,
                retailer_id=retailer_id,
                score=score,
                grade=grade,
                model_version="transparent-1",
                policy_version="adopted-score-1",
                is_control=False,
                as_of=at.date(),
                recorded_at=at,
            )
        )

    write(keep)
    return run_id


def test_a_score_is_that_of_the_runs_that_held_then(migrated: Server) -> None:
    with clock.at(START):
        trade = market()
    assert figures(trade)["score"] is None
    adopted(trade.retailer_id, 700, "B", START - timedelta(days=40))
    assert figures(trade)["score_change_30d"] == 0
    fallen = adopted(trade.retailer_id, 500, "D", START + timedelta(days=1))
    seen = figures(trade)
    assert (seen["score"], seen["score_change_30d"], seen["grade_change_30d"]) == (500, -200, -2)
    assert figures(trade, date(2033, 2, 1))["score"] == 700
    with clock.at(START + timedelta(days=6)):
        write(lambda session: setattr(session.get_one(AdoptedRun, fallen), "reverted_at", clock.now()))
    assert figures(trade)["score"] == 500
    assert figures(trade, date(2033, 2, 8))["score"] == 700
    adopted(trade.retailer_id, None, "NH", START + timedelta(days=9))
    seen = figures(trade, date(2033, 2, 11))
    assert (seen["score"], seen["grade_change_30d"]) == (None, None)


def test_what_is_disputed_is_late_for_nobody_while_that_lasts(migrated: Server) -> None:
    with clock.at(START):
        trade = market(net_days=0)
        order_id = trade.accepted(10)
        trade.deliver(order_id)
    buyer = disputes.Party("retailer", uuid7())
    with clock.at(START + timedelta(days=3)):
        dispute_id = write(
            partial(
                disputes.open_dispute,
                party=buyer,
                business_id=trade.retailer_id,
                counterparty_id=trade.vendor_id,
                subject="order",
                subject_id=order_id,
                amount_paisa=4_000,
                reason="quality",
            )
        )
    with clock.at(START + timedelta(days=6)):
        write(partial(disputes.settle_dispute, dispute_id=dispute_id, party=buyer, outcome="withdrawn"))
    names = ("owed", "overdue", "days_past_due", "disputed")
    told = {day: tuple(figures(trade, date(2033, 2, day))[name] for name in names) for day in (3, 4, 6, 7)}
    assert told == {3: (100, 100, 2, 0), 4: (100, 60, 3, 40), 6: (100, 60, 5, 40), 7: (100, 100, 6, 0)}


def test_what_tells_of_others_raises_an_alert_for_the_platform_alone(
    migrated: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dry_runs, "DRY_RUN_DAYS", 2)
    trades = ring(2)
    deliver(trades, 97, 97)
    found = []
    with clock.at(datetime(2033, 2, 6, 6, tzinfo=UTC)):
        for effect in (service.Effect("alert"), service.Effect("hold")):
            rule_id = write(
                partial(
                    service.write_rule,
                    name=f"round-{uuid7().hex[-8:]}",
                    condition="ring_30d == 1 and ring_amount_30d == 970 and owed == 970",
                    actor_id=uuid7(),
                    effect=effect,
                )
            )
            write(partial(service.dry_run, rule_id=rule_id, actor_id=uuid7()))
            write(partial(service.go_live, rule_id=rule_id, actor_id=uuid7()))
            write(partial(service.evaluate, rule_id=rule_id, day=rules.closed_day()))
            with read(scope=[trades[0].vendor_id]) as session:
                seen = queries.alerts(session, trades[0].vendor_id)
                found.append([(row["rule_id"], row["figures"]) for row in seen])
            write(partial(service.retire, rule_id=rule_id, actor_id=uuid7()))
    # The vendor sees that something was done to its pair, and not what was seen of others.
    assert found == [[], [(rule_id, {"owed": "970"})]]
    with read() as session:
        told = [
            set(row["figures"])
            for row in queries.alerts(session, None, chosen=AlertFilter(retailer_id=trades[0].retailer_id))
        ]
    assert told == [{"owed", "ring_30d", "ring_amount_30d"}] * 2

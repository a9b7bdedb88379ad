"""The checks see what a broken capture would leave, and how far the data reaches."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest

from ingestion.checks import Finding, NothingIngested, disagreements, left_behind
from ingestion.horizon import last_closed_day, last_over_day
from ingestion.merge import BATCHES
from tests.ingestion.rows import fill_every_table
from tests.ingestion.worlds import World

pytestmark = pytest.mark.committing

INTERVAL = timedelta(hours=6)


def overdue(world: World) -> list[Finding]:
    return left_behind(interval=INTERVAL, source_url=world.source_url, warehouse_url=world.warehouse_url)


def pass_hours(world: World, hours: int) -> None:
    with world.superuser() as connection:
        connection.execute(
            "UPDATE app.ingestion_receipts SET written_at = written_at - %s * interval '1 h'", (hours,)
        )


def test_a_good_run_agrees_with_the_source_to_the_last_digit(world: World) -> None:
    with world.superuser() as connection:
        fill_every_table(connection, seed=5)
    world.ingest()
    assert disagreements(warehouse_url=world.warehouse_url) == []
    with world.source() as connection:
        # Later changes of the source are no disagreement: the figures are those of the cut.
        world.add_business(connection)
    assert disagreements(warehouse_url=world.warehouse_url) == []
    world.rebuild()
    assert disagreements(warehouse_url=world.warehouse_url) == []


def test_a_lost_row_and_an_altered_number_are_found(world: World) -> None:
    with world.superuser() as connection:
        fill_every_table(connection, seed=6, rows=5)
    world.ingest()
    with psycopg.connect(world.warehouse_url) as connection:
        connection.execute("DELETE FROM raw.users WHERE id = (SELECT min(id::text)::uuid FROM raw.users)")
        connection.execute("UPDATE raw.order_lines SET unit_price = unit_price / 2 + 1 WHERE unit_price ="
                           " (SELECT max(unit_price) FROM raw.order_lines)")  # fmt: skip
    found = disagreements(warehouse_url=world.warehouse_url)
    assert [finding.table for finding in found] == ["order_lines", "users"]
    assert found[0].what.startswith("unit_price: source ")
    assert found[1].what == "rows: source 5, raw 4"


def test_checks_of_an_empty_warehouse_say_what_to_do(world: World) -> None:
    with pytest.raises(NothingIngested, match="sauda run"):
        disagreements(warehouse_url=world.warehouse_url)
    with pytest.raises(NothingIngested):
        last_closed_day(world.warehouse_url)


def test_a_row_that_a_run_should_have_taken_is_found(world: World) -> None:
    with world.source() as connection:
        lost = world.add_business(connection)
    world.ingest()
    assert overdue(world) == []
    with psycopg.connect(world.warehouse_url) as connection:
        connection.execute("DELETE FROM raw.businesses WHERE id = %s", (lost,))
    assert overdue(world) == []
    pass_hours(world, 13)
    world.ingest()
    assert overdue(world) == [
        Finding("businesses", "1 rows that an earlier run must have taken are not in raw")
    ]


def test_rows_that_no_run_comes_for_are_found(world: World) -> None:
    world.ingest()
    with world.source() as connection:
        world.add_business(connection)
    pass_hours(world, 11)
    assert overdue(world) == []
    pass_hours(world, 2)
    assert overdue(world) == [Finding("businesses", "1 rows wait, and no run has come for 12:00:00")]
    world.ingest()
    assert overdue(world) == []


def order(world: World, connection: psycopg.Connection, vendor: UUID, placed_on: date) -> None:
    connection.execute(
        "INSERT INTO app.orders (id, number, vendor_id, retailer_id, currency, settlement, order_state,"
        " fulfilment_state, credit_state, total_paisa, placed_at, placed_on, channel)"
        " VALUES (%s, %s, %s, %s, 'NPR', 'cash', 'placed', 'none', 'none', 100, now(), %s, 'test')",
        (uuid4(), str(uuid4()), vendor, world.add_business(connection), placed_on),
    )


def test_the_horizon_of_a_finished_past_is_its_last_day(world: World) -> None:
    with world.source() as connection:
        vendor = world.add_business(connection)
        order(world, connection, vendor, date(2011, 12, 9))
        order(world, connection, vendor, date(2010, 12, 1))
    world.ingest()
    assert last_closed_day(world.warehouse_url) == date(2011, 12, 9)


def test_a_day_that_is_not_over_is_not_closed(world: World) -> None:
    with world.source() as connection:
        row = connection.execute("SELECT (now() AT TIME ZONE 'Asia/Kathmandu')::date").fetchone()
        assert row is not None
        order(world, connection, world.add_business(connection), row[0])
    report = world.ingest()
    nepal = report.cut_at.astimezone(UTC) + timedelta(hours=5, minutes=45)
    assert last_closed_day(world.warehouse_url) in {
        row[0] - timedelta(days=1),
        nepal.date() - timedelta(days=1),
    }


def test_without_trade_the_horizon_is_the_day_before_the_cut(world: World) -> None:
    report = world.ingest()
    expected: datetime = report.cut_at.astimezone(UTC) - timedelta(days=1)
    assert last_closed_day(world.warehouse_url) == expected.date()


def test_a_day_is_over_when_it_is_over_wherever_a_business_stands(world: World) -> None:
    with world.source() as connection:
        world.add_business(connection)
    world.ingest()
    # A quarter past midnight in Kathmandu, and the evening before in London.
    _cut_at(world, datetime(2026, 7, 1, 18, 30, tzinfo=UTC))
    assert last_over_day(world.warehouse_url) == date(2026, 7, 1)
    with world.source() as connection:
        abroad = world.add_business(connection)
        connection.execute("UPDATE app.businesses SET time_zone = 'Europe/London' WHERE id = %s", (abroad,))
    world.ingest()
    _cut_at(world, datetime(2026, 7, 1, 18, 30, tzinfo=UTC))
    assert last_over_day(world.warehouse_url) == date(2026, 6, 30)


def _cut_at(world: World, moment: datetime) -> None:
    with psycopg.connect(world.warehouse_url) as connection:
        connection.execute(f"UPDATE {BATCHES} SET cut_at = %s".encode(), (moment,))

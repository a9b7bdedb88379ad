"""Nothing that was committed is missing in `raw`, nothing is torn, nothing is there twice."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import psycopg
import pytest

from foundation.embedded_postgres import DAGSTER, OWNER
from foundation.errors import Unavailable
from ingestion import lake
from ingestion.sources import ContractBroken, source, sources
from tests.ingestion.rows import fill_every_table, insert_random
from tests.ingestion.worlds import World, create_database

pytestmark = pytest.mark.committing


def businesses_in_raw(world: World) -> set[object]:
    return {row[0] for row in world.raw("SELECT id FROM raw.businesses")}


def test_every_type_of_every_table_arrives_exactly(world: World) -> None:
    with world.superuser() as connection:
        fill_every_table(connection, seed=7)
    report = world.ingest()
    assert all(report.tables[table.name].upserted >= 40 for table in sources())
    world.assert_raw_is_the_source()


def test_changes_of_every_table_arrive_exactly_by_the_second_run(world: World) -> None:
    world.ingest()
    with world.superuser() as connection:
        fill_every_table(connection, seed=8)
    report = world.ingest()
    assert report.read_anew_because is None
    assert all(report.tables[table.name].upserted >= 40 for table in sources())
    world.assert_raw_is_the_source()


def test_a_crash_takes_the_watermark_along_with_the_rows_that_it_is_of(world: World) -> None:
    """Fails if one of them is logged and the other is not: the next run would go on from rows that are gone."""
    world.ingest()
    kept = world.raw(
        "SELECT DISTINCT relpersistence::text FROM pg_class"
        " WHERE relnamespace = 'raw'::regnamespace AND relkind = 'r'"
    )
    assert kept == [("u",)]


def test_an_empty_source_is_carried(world: World) -> None:
    assert world.ingest().rows == 0
    world.assert_raw_is_the_source()


def test_a_second_run_carries_only_what_changed(world: World) -> None:
    with world.source() as connection:
        first, _ = world.add_business(connection), world.add_business(connection)
    assert world.ingest().read_anew_because == "the warehouse holds nothing yet"
    with world.source() as connection:
        connection.execute("UPDATE app.businesses SET zone = 'Dang' WHERE id = %s", (first,))
    report = world.ingest()
    assert report.read_anew_because is None
    assert report.rows == report.tables["businesses"].upserted == 1
    assert world.ingest().rows == 0
    world.assert_raw_is_the_source()


def test_a_transaction_that_commits_late_is_read_next_time(world: World) -> None:
    world.ingest()
    with world.source() as early, world.source() as late:
        slow = world.add_business(early)
        quick = world.add_business(late)
        late.commit()
        world.ingest()
        assert businesses_in_raw(world) == {quick}
        early.commit()
        # More runs come and go between: the one left open stays in every watermark until it ends.
        world.ingest()
    assert businesses_in_raw(world) == {slow, quick}
    assert world.ingest().rows == 0


def test_a_transaction_open_over_several_runs_is_read_when_it_ends(world: World) -> None:
    with world.source() as connection:
        slow = world.add_business(connection)
        for _ in range(3):
            world.ingest()
            assert businesses_in_raw(world) == set()
    world.ingest()
    assert businesses_in_raw(world) == {slow}


def test_what_was_rolled_back_is_never_read(world: World) -> None:
    world.ingest()
    with world.source() as connection:
        world.add_business(connection)
        world.ingest()
        connection.rollback()
    world.ingest()
    assert businesses_in_raw(world) == set()


def test_rows_written_under_a_savepoint_are_read(world: World) -> None:
    world.ingest()
    with world.source() as connection, connection.transaction():
        business = world.add_business(connection)
    world.ingest()
    assert businesses_in_raw(world) == {business}


def test_a_write_open_in_another_database_delays_nothing(world: World) -> None:
    world.ingest()
    with psycopg.connect(world.server.url(OWNER, DAGSTER)) as elsewhere:
        elsewhere.execute("SELECT pg_current_xact_id()")
        with world.source() as connection:
            business = world.add_business(connection)
        world.ingest()
        assert businesses_in_raw(world) == {business}
        assert world.ingest().rows == 0


def test_a_row_that_never_rests_is_read_by_every_run(world: World) -> None:
    with world.source() as connection:
        business = world.add_business(connection)
        connection.execute("UPDATE app.businesses SET state = '0' WHERE id = %s", (business,))
    world.ingest()
    stop = threading.Event()

    def keep_updating() -> None:
        with world.source() as connection:
            while not stop.is_set():
                connection.execute(
                    "UPDATE app.businesses SET state = (state::int + 1)::text WHERE id = %s", (business,)
                )
                connection.commit()

    busy = threading.Thread(target=keep_updating)
    busy.start()
    try:
        for _ in range(8):
            before = _state(world.source_url, "app")
            world.ingest()
            assert before <= _state(world.warehouse_url, "raw") <= _state(world.source_url, "app")
    finally:
        stop.set()
        busy.join()
    world.ingest()
    world.assert_raw_is_the_source()


def _state(url: str, schema: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute(f"SELECT state::int FROM {schema}.businesses".encode()).fetchone()
    assert row is not None
    return int(row[0])


def test_rows_of_one_transaction_are_never_torn_apart(world: World) -> None:
    stop = threading.Event()

    def keep_writing(draw: random.Random) -> None:
        with world.source() as connection:
            while not stop.is_set():
                business = world.add_business(connection)
                connection.execute(
                    "INSERT INTO app.tax_profiles (id, business_id, valid_from, profile, recorded_at)"
                    " VALUES (%s, %s, '2025-04-01', 'pan', now())",
                    (uuid4(), business),
                )
                if draw.random() < 0.1:
                    connection.rollback()
                else:
                    connection.commit()

    writers = [threading.Thread(target=keep_writing, args=(random.Random(n),)) for n in range(3)]
    for writer in writers:
        writer.start()
    try:
        for _ in range(6):
            world.ingest()
            torn = world.raw(
                "SELECT b.id, t.id FROM raw.businesses b FULL JOIN raw.tax_profiles t ON t.business_id = b.id"
                " WHERE b.id IS NULL OR t.id IS NULL"
            )
            assert torn == []
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    world.ingest()
    world.assert_raw_is_the_source()
    assert businesses_in_raw(world)


def test_deletions_leave_raw_too(world: World) -> None:
    with world.superuser() as connection:
        connection.execute("ALTER TABLE app.users DROP CONSTRAINT ck_users_role")
        connection.execute("ALTER TABLE app.users DROP CONSTRAINT ck_users_business_of_role")
        connection.execute("ALTER TABLE app.users DROP CONSTRAINT ck_users_position")
        connection.execute("ALTER TABLE app.users DROP CONSTRAINT ck_users_position_in_business")
        connection.execute("ALTER TABLE app.users DROP CONSTRAINT ck_users_reachable")
        insert_random(connection, source("users"), random.Random(1), 3)
    world.ingest()
    (gone,), (back,), _ = world.raw("SELECT id FROM raw.users ORDER BY id")
    with world.source() as connection:
        connection.execute("DELETE FROM app.users WHERE id = %s", (gone,))
        # Deleted and written again under its key, in one interval.
        row = connection.execute(
            "DELETE FROM app.users WHERE id = %s RETURNING email_index", (back,)
        ).fetchone()
        assert row is not None
        connection.execute(
            "INSERT INTO app.users (id, email_index, password_hash, role, created_at)"
            " VALUES (%s, %s, '', 'admin', now())",
            (back, row[0]),
        )
        # Came and went between two runs: `raw` never hears of it.
        brief = connection.execute(
            "INSERT INTO app.users (id, email_index, password_hash, role, created_at)"
            " VALUES (gen_random_uuid(), 'x@y', '', 'admin', now()) RETURNING id"
        ).fetchone()
        assert brief is not None
        connection.execute("DELETE FROM app.users WHERE id = %s", brief)
    report = world.ingest()
    assert (report.tables["users"].deleted, report.tables["users"].upserted) == (3, 1)
    world.assert_raw_is_the_source()
    assert len(world.raw("SELECT FROM raw.users")) == 2
    assert world.raw(f"SELECT role FROM raw.users WHERE id = '{back}'") == [("admin",)]


def test_a_deletion_by_a_key_of_several_columns_is_carried(world: World) -> None:
    with world.superuser() as connection:
        connection.execute("ALTER TABLE app.order_lines DROP CONSTRAINT ck_order_lines_within_ordered")
        connection.execute("ALTER TABLE app.order_lines DROP CONSTRAINT ck_order_lines_quantities")
        connection.execute("ALTER TABLE app.order_lines DROP CONSTRAINT ck_order_lines_returned")
        insert_random(connection, source("order_lines"), random.Random(3), 10)
    world.ingest()
    with psycopg.connect(world.server.url(OWNER, world.database)) as connection:
        connection.execute("SET app.business_id = '*'")
        connection.execute("DELETE FROM app.order_lines WHERE (order_id, line_no) IN"
                           " (SELECT order_id, line_no FROM app.order_lines LIMIT 4)")  # fmt: skip
    report = world.ingest()
    assert report.tables["order_lines"].deleted == 4
    world.assert_raw_is_the_source()


def test_a_changed_contract_is_read_anew_and_raw_takes_its_shape(world: World) -> None:
    with world.source() as connection:
        world.add_business(connection)
    before = source("businesses")
    narrow = replace(before, columns=tuple(c for c in before.columns if c.name != "zone"))
    world.ingest((narrow,))
    assert world.ingest().read_anew_because == "the contracts changed"
    world.assert_raw_is_the_source()


def test_a_source_that_lost_the_receipt_is_read_anew(world: World) -> None:
    with world.source() as connection:
        world.add_business(connection)
    world.ingest()
    with world.superuser() as connection:
        # What a restore to an earlier instant does: rows that were carried are gone, and no tombstone tells.
        connection.execute("DELETE FROM app.ingestion_receipts")
        connection.execute("DELETE FROM app.businesses")
    report = world.ingest()
    assert report.read_anew_because is not None
    assert "no receipt" in report.read_anew_because
    world.assert_raw_is_the_source()
    assert world.ingest().read_anew_because is None


def test_another_timeline_is_read_anew(world: World) -> None:
    world.ingest()
    with psycopg.connect(world.warehouse_url) as connection:
        connection.execute("UPDATE raw.ingestion_batches SET timeline = 9")
    assert world.ingest().read_anew_because == "the source was restored (timeline 1, was 9)"
    assert world.ingest().read_anew_because is None


def test_two_warehouses_of_one_source_do_not_disturb_each_other(make_world: Callable[[], World]) -> None:
    one = make_world()
    other = replace(make_world(), database=one.database)
    for world in (one, other):
        assert world.ingest().read_anew_because == "the warehouse holds nothing yet"
    with one.source() as connection:
        one.add_business(connection)
    for world in (other, one, one, other):
        assert world.ingest().read_anew_because is None
        world.assert_raw_is_the_source()


def test_a_value_that_no_contract_allows_is_named_and_nothing_changes(world: World) -> None:
    with world.source() as connection:
        before = world.add_business(connection)
    world.ingest()
    with world.superuser() as connection:
        world.add_business(connection)
        connection.execute(
            "INSERT INTO app.stock_movements (id, business_id, product_id, kind, quantity, moved_at, recorded_at)"
            " VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'receipt', 'NaN', now(), now())"
        )
    with pytest.raises(ContractBroken, match=r"stock_movements\.quantity holds what decimal128"):
        world.ingest()
    assert businesses_in_raw(world) == {before}
    assert lake.last_batch_number(world.store) == 1
    with world.superuser() as connection:
        connection.execute("UPDATE app.stock_movements SET quantity = 1")
    world.ingest()
    world.assert_raw_is_the_source()


def test_a_database_that_was_never_migrated_is_named_with_the_way_out(world: World) -> None:
    empty = replace(world, database=f"{world.database}_empty")
    create_database(world.server, empty.database)
    with pytest.raises(
        Unavailable, match=f"{empty.database} has no tables of Sauda yet; run `sauda migrate`"
    ):
        empty.ingest()


def test_the_cut_time_is_the_sources_own(world: World) -> None:
    before = datetime.now(UTC)
    report = world.ingest()
    assert before <= report.cut_at <= datetime.now(UTC)

"""An ingest may be killed anywhere: the next one leaves neither gap nor double."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from foundation.embedded_postgres import SUPERUSER
from ingestion import lake
from ingestion.sources import source
from tests.ingestion.rows import fill_every_table, insert_random
from tests.ingestion.worlds import World

pytestmark = [pytest.mark.committing, pytest.mark.slow]

CHILD = Path(__file__).with_name("ingest_under_test.py")
REPOSITORY = Path(__file__).parents[2]


@contextmanager
def ingesting(world: World) -> Iterator[subprocess.Popen[str]]:
    """A child that ingests again and again; killed with -9 in the end."""
    child = subprocess.Popen(
        [sys.executable, str(CHILD), world.source_url, world.warehouse_url, str(world.folder)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    try:
        assert child.stdout.readline() == "ready\n"
        yield child
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        pause.wait(0.01)


def waits_for_a_lock(world: World, database: str) -> bool:
    with psycopg.connect(world.server.url(SUPERUSER, "postgres")) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'",
            (database,),
        ).fetchone()
    return row is not None and row[0] > 0


def assert_the_next_run_makes_good(world: World) -> None:
    world.ingest()
    world.assert_raw_is_the_source()
    world.rebuild()
    world.assert_raw_is_the_source()
    assert world.ingest().rows == 0


def test_killed_at_random_points(world: World) -> None:
    draw = random.Random(11)
    with world.superuser() as connection:
        fill_every_table(connection, seed=1)
        for _ in range(6):
            insert_random(connection, source("order_lines"), draw, 100)
            connection.execute("UPDATE app.businesses SET zone = %s", (str(draw.random()),))
            connection.execute("UPDATE app.businesses SET changed_in = DEFAULT")
            with ingesting(world) as child, suppress(subprocess.TimeoutExpired):
                child.wait(timeout=draw.uniform(0.02, 1.2))
    assert_the_next_run_makes_good(world)


def test_killed_while_it_merges(world: World) -> None:
    with world.source() as connection:
        world.add_business(connection)
    world.ingest()
    with world.source() as connection:
        world.add_business(connection)
    # A reader's lock on the table that comes late in the order: most of the batch is merged by then.
    with psycopg.connect(world.warehouse_url) as reader:
        reader.execute("LOCK TABLE raw.businesses IN SHARE MODE")
        with ingesting(world):
            until(lambda: waits_for_a_lock(world, world.warehouse))
        assert reader.execute("SELECT count(*) FROM raw.businesses").fetchone() == (1,)
    assert_the_next_run_makes_good(world)


def test_killed_between_the_lake_and_the_warehouse(world: World) -> None:
    world.ingest()
    with world.source() as connection:
        world.add_business(connection)
    with psycopg.connect(world.warehouse_url) as connection:
        connection.execute(
            """
            CREATE FUNCTION raw.wait() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM pg_advisory_xact_lock(77); RETURN NEW; END $$;
            CREATE TRIGGER wait BEFORE INSERT ON raw.ingestion_batches FOR EACH ROW EXECUTE FUNCTION raw.wait();
            """
        )
        connection.commit()
        connection.execute("SELECT pg_advisory_lock(77)")
        with ingesting(world):
            until(lambda: waits_for_a_lock(world, world.warehouse))
        assert lake.last_batch_number(world.store) == 2
        assert world.raw("SELECT max(batch) FROM raw.ingestion_batches") == [(1,)]
    assert_the_next_run_makes_good(world)


def test_killed_between_the_warehouse_and_the_receipt(world: World) -> None:
    world.ingest()
    with world.source() as connection:
        world.add_business(connection)
    with psycopg.connect(world.source_url) as connection, world.superuser() as locker:
        locker.execute("BEGIN")
        locker.execute("LOCK TABLE app.ingestion_receipts IN SHARE MODE")
        with ingesting(world):
            until(lambda: waits_for_a_lock(world, world.database))
        assert world.raw("SELECT max(batch) FROM raw.ingestion_batches") == [(2,)]
        assert connection.execute("SELECT count(*) FROM app.ingestion_receipts").fetchone() == (1,)
    report = world.ingest()
    assert report.read_anew_because is not None
    assert "cut short" in report.read_anew_because
    world.assert_raw_is_the_source()
    assert_the_next_run_makes_good(world)


def test_a_server_that_still_ends_the_killed_ones_work_is_waited_for(world: World) -> None:
    """The orphaned transaction of a killed run may commit after the next one began."""
    world.ingest()
    with world.source() as connection:
        world.add_business(connection)
    with psycopg.connect(world.warehouse_url) as orphan:
        orphan.execute("LOCK TABLE raw.ingestion_batches IN EXCLUSIVE MODE")
        orphan.execute("UPDATE raw.ingestion_batches SET contracts = 'of the orphan'")
        with ingesting(world) as child:
            until(lambda: waits_for_a_lock(world, world.warehouse))
            orphan.commit()
            assert child.stdout is not None
            # It read the watermark that the orphan committed, not the one before.
            until(lambda: world.raw("SELECT is_full FROM raw.ingestion_batches WHERE batch = 2") != [])
    assert world.raw("SELECT is_full FROM raw.ingestion_batches WHERE batch = 2") == [(True,)]
    assert_the_next_run_makes_good(world)

"""The lake alone is enough to make `raw` again."""

from __future__ import annotations

from pathlib import Path

import duckdb
import psycopg
import pyarrow.parquet as pq
import pytest

from foundation.embedded_postgres import OWNER
from foundation.object_store import ObjectExists
from ingestion import lake
from ingestion.lake import LakeBroken
from ingestion.run import rebuild_raw
from tests.ingestion.rows import fill_every_table
from tests.ingestion.worlds import World, create_database

pytestmark = pytest.mark.committing


def live_a_while(world: World) -> None:
    """A full batch, then changes, deletions and additions, each in a run of its own."""
    with world.superuser() as connection:
        fill_every_table(connection, seed=3)
    world.ingest()
    with world.source() as connection:
        connection.execute("UPDATE app.businesses SET zone = 'Dang' WHERE is_vendor")
    world.ingest()
    with world.source() as connection:
        connection.execute("DELETE FROM app.users WHERE is_active")
    with psycopg.connect(world.server.url(OWNER, world.database)) as connection:
        connection.execute("SET app.business_id = '*'")
        connection.execute("DELETE FROM app.order_lines WHERE is_stock_tracked")
    world.ingest()
    with world.superuser() as connection:
        fill_every_table(connection, seed=4, rows=5)
    world.ingest()


def test_raw_is_rebuilt_from_the_lake_alone(world: World) -> None:
    live_a_while(world)
    before = world.contents(world.warehouse_url, "raw")
    fresh = World(world.server, world.database, f"{world.warehouse}_again", world.folder)
    create_database(world.server, fresh.warehouse)
    fresh.rebuild()
    assert fresh.contents(fresh.warehouse_url, "raw") == before
    report = fresh.ingest()
    assert report.read_anew_because is None
    assert report.rows == 0


def test_an_empty_lake_rebuilds_nothing(world: World) -> None:
    assert rebuild_raw(warehouse_url=world.warehouse_url, store=world.store) is None


def test_the_log_tells_operation_batch_run_and_snapshot_of_every_row(world: World) -> None:
    live_a_while(world)
    operations: dict[str, int] = {}
    for batch in lake.batches(world.store):
        for file in batch.files:
            table = pq.read_table(world.folder / file.key, partitioning=None)
            assert table.num_rows == file.rows > 0
            operations[file.operation] = operations.get(file.operation, 0) + file.rows
            assert set(table["_operation"].to_pylist()) == {file.operation}
            assert set(table["_batch"].to_pylist()) == {batch.watermark.batch}
            assert set(table["_run_id"].to_pylist()) == {batch.watermark.run_id}
            assert set(table["_snapshot"].to_pylist()) == {batch.watermark.snapshot}
    assert operations["delete"] > 5
    assert operations["upsert"] > 1_000


def test_duckdb_reads_the_log_and_its_ids(world: World) -> None:
    with world.source() as connection:
        business = world.add_business(connection)
    world.ingest()
    with duckdb.connect() as reader:
        rows = reader.execute(
            "SELECT hex(id)::uuid, _operation, _batch, zone FROM read_parquet(?)",
            [str(world.folder / "lake/businesses/*/*.parquet")],
        ).fetchall()
    assert rows == [(business, "upsert", 1, "Surkhet")]


def test_files_of_a_run_that_was_cut_short_are_not_read(world: World) -> None:
    with world.source() as connection:
        world.add_business(connection)
    world.ingest()
    file = lake.batches(world.store)[0].files[0]
    world.store.put(file.key.replace("00000001-", "00000002-"), b"half a file")
    world.rebuild()
    world.assert_raw_is_the_source()


def test_a_file_that_lost_rows_is_named(world: World) -> None:
    with world.source() as connection:
        world.add_business(connection)
        world.add_business(connection)
    world.ingest()
    (file,) = [f for f in lake.batches(world.store)[0].files if f.table == "businesses"]
    path = world.folder / file.key
    pq.write_table(pq.read_table(path, partitioning=None).slice(0, 1), path)
    with pytest.raises(LakeBroken, match=f"{file.key} holds 1 rows, its batch says 2"):
        world.rebuild()


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"PAR1 no more")])
def test_a_broken_or_missing_file_is_named_and_raw_stays(world: World, damage: object) -> None:
    assert callable(damage)
    with world.source() as connection:
        world.add_business(connection)
    world.ingest()
    (file,) = lake.batches(world.store)[0].files
    damage(world.folder / file.key)
    with pytest.raises(LakeBroken, match=file.key):
        world.rebuild()
    world.assert_raw_is_the_source()


def test_a_batch_number_is_taken_once(world: World) -> None:
    world.ingest()
    batch = lake.batches(world.store)[0]
    writer = lake.BatchWriter(world.store, batch.watermark, is_full=True, cut_at=batch.cut_at)
    with pytest.raises(ObjectExists):
        writer.seal({})


@pytest.mark.parametrize("run_id", ["", "a/b", "x" * 51, "नमक"])
def test_a_run_id_that_cannot_name_a_file_is_refused(world: World, run_id: str) -> None:
    world.ingest()
    batch = lake.batches(world.store)[0]
    mark = lake.Watermark(**{**batch.watermark.__dict__, "run_id": run_id})
    with pytest.raises(ValueError, match="cannot name a file"):
        lake.BatchWriter(world.store, mark, is_full=True, cut_at=batch.cut_at)

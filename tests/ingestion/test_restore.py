"""After a restore nothing of the lost time stays in `raw`, and people's names never were there."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp

import psycopg
import pyarrow.parquet as pq
import pytest

from foundation import embedded_postgres
from foundation.embedded_postgres import SUPERUSER, Server
from foundation.settings import settings
from ingestion.run import ingest
from ingestion.sources import sources
from tests.ingestion.worlds import World, create_database

pytestmark = pytest.mark.committing


@pytest.fixture
def another_server() -> Iterator[Server]:
    home = Path(mkdtemp(prefix="sauda-other-"))
    home.chmod(0o711)
    try:
        yield embedded_postgres.ensure_running(home, settings().sauda_postgres_bin)
    finally:
        embedded_postgres.erase(home)


def test_a_copy_of_an_earlier_instant_on_the_same_server_is_read_anew(world: World) -> None:
    with world.source() as connection:
        world.add_business(connection)
    world.ingest()
    backup = f"{world.database}_backup"
    create_database(world.server, backup, world.database)
    with world.source() as connection:
        world.add_business(connection)
    world.ingest()
    restored = replace(world, database=backup)
    assert restored.ingest().read_anew_because is not None
    restored.assert_raw_is_the_source()
    assert len(world.raw("SELECT FROM raw.businesses")) == 1
    with restored.source() as connection:
        restored.add_business(connection)
    assert restored.ingest().read_anew_because is None
    restored.assert_raw_is_the_source()


@pytest.mark.slow
def test_a_dump_restored_into_another_server_is_read_anew(world: World, another_server: Server) -> None:
    with world.source() as connection:
        for _ in range(10):
            world.add_business(connection)
    world.ingest()
    programs = embedded_postgres.find_binaries(settings().sauda_postgres_bin)
    environment = {**os.environ, "PGOPTIONS": "-c row_security=off"}
    dump = subprocess.run(
        [programs / "pg_dump", "-d", world.server.url(SUPERUSER, world.database)],
        capture_output=True, check=True, env=environment,
    )  # fmt: skip
    subprocess.run(
        [programs / "psql", "-q", "-v", "ON_ERROR_STOP=1", "-d", another_server.url(SUPERUSER, "sauda")],
        input=dump.stdout, stdout=subprocess.DEVNULL, check=True, env=environment,
    )  # fmt: skip
    moved = replace(world, server=another_server, database="sauda")
    with moved.source() as connection:
        moved.add_business(connection)
    reports = [_ingest_into(world, moved) for _ in range(2)]
    assert str(reports[0]).startswith("the source is another server")
    assert reports[1] is None
    assert world.contents(world.warehouse_url, "raw") == moved.contents(moved.source_url, "app")


def _ingest_into(home: World, moved: World) -> str | None:
    report = ingest(
        f"moved-{os.urandom(4).hex()}",
        source_url=moved.source_url,
        warehouse_url=home.warehouse_url,
        store=home.store,
    )
    return report.read_anew_because


def test_the_names_of_people_are_in_neither_lake_nor_raw(world: World) -> None:
    name, mail, phone = "Harkamaya Budhathoki", "harkamaya@example.np", "9848000111"
    with world.source() as connection:
        business = world.add_business(connection, name=f"{name} Kirana")
        connection.execute("UPDATE app.businesses SET external_ref = %s WHERE id = %s", (name, business))
        connection.execute(
            # Plain text where sealed bytes belong: even that would not get through.
            "INSERT INTO app.users (id, email_index, full_name_sealed, password_hash, role, position, business_id,"
            " created_at) VALUES (gen_random_uuid(), convert_to(%s, 'UTF8'), convert_to(%s, 'UTF8'),"
            " 'argon2-of-her', 'retailer', 'owner', %s, now())",
            (mail, name, business),
        )
        connection.execute(
            "INSERT INTO app.tax_profiles (id, business_id, valid_from, profile, registration_number, recorded_at)"
            " VALUES (gen_random_uuid(), %s, '2025-04-01', 'pan', %s, now())",
            (business, phone),
        )
    world.ingest()
    with world.source() as connection:
        connection.execute("UPDATE app.users SET is_active = false")
        connection.execute("DELETE FROM app.users")
        connection.execute("UPDATE app.businesses SET name = '(forgotten)', external_ref = NULL")
    world.ingest()
    assert world.raw(f"SELECT zone FROM raw.businesses WHERE id = '{business}'") == [("Surkhet",)]
    texts = [*_everything_in_raw(world), *_everything_in_lake(world)]
    assert any(business.hex in text.replace("-", "") for text in texts)
    for secret in (name, "Harkamaya", mail, phone, "argon2-of-her"):
        assert not [text for text in texts if secret in text]


def _everything_in_raw(world: World) -> Iterator[str]:
    with psycopg.connect(world.warehouse_url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'raw'").fetchall()
        assert len(tables) == len(sources()) + 1
        for (table,) in tables:
            for (row,) in connection.execute(f'SELECT t::text FROM raw."{table}" t'.encode()):
                yield row


def _everything_in_lake(world: World) -> Iterator[str]:
    files = [path for path in world.folder.rglob("*") if path.is_file()]
    assert any(path.suffix == ".parquet" for path in files)
    for path in files:
        if path.suffix == ".parquet":
            for row in pq.read_table(path, partitioning=None).to_pylist():
                yield str(
                    {key: value.hex() if isinstance(value, bytes) else value for key, value in row.items()}
                )
        else:
            yield path.read_text()

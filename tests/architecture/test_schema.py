"""The migrations make what the models say, and migrating again does nothing."""

from __future__ import annotations

import re
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, pool, text

import migrations
from commerce.tables import metadata
from foundation import embedded_postgres, locations
from foundation.database import read
from foundation.embedded_postgres import APP, OWNER, Server

VERSIONS = Path(migrations.__file__).parent / "versions"
DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")


def test_the_models_are_what_the_migrations_make(own_world: str) -> None:
    engine = create_engine(locations.for_sqlalchemy(locations.database_admin_url()), poolclass=pool.NullPool)
    options = {
        "include_schemas": True,
        "include_name": lambda name, type_, _parents: name == "app" if type_ == "schema" else True,
        "include_object": lambda _object, name, type_, *_: (
            not (type_ == "table" and name == "alembic_version")
        ),
        "version_table_schema": "app",
    }
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
    assert differences == []


def test_migrating_again_changes_nothing(own_world: str) -> None:
    before = catalogue_of(own_world)
    migrations.upgrade()
    assert catalogue_of(own_world) == before


def catalogue_of(url: str) -> list[tuple[object, ...]]:
    """Every relation, function, trigger, policy and grant, with the transaction that wrote it last."""
    with psycopg.connect(url) as connection:
        return connection.execute(
            """
            SELECT 'relation', oid, xmin::text FROM pg_class WHERE relnamespace = 'app'::regnamespace
            UNION ALL SELECT 'function', oid, xmin::text FROM pg_proc WHERE pronamespace = 'app'::regnamespace
            UNION ALL SELECT 'trigger', oid, xmin::text FROM pg_trigger
            UNION ALL SELECT 'policy', oid, xmin::text FROM pg_policy
            ORDER BY 1, 2
            """
        ).fetchall()


def test_nothing_waits_for_conditions_that_were_never_looked_through(own_world: str) -> None:
    with psycopg.connect(own_world) as connection:
        found = connection.execute("SELECT conname FROM pg_constraint WHERE NOT convalidated").fetchall()
        found += connection.execute(
            "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid"
        ).fetchall()
    assert found == []


IN_USE_SINCE = "0032"
"""What the first versions make is made on empty tables."""


@pytest.mark.parametrize(
    "version", [one.name for one in sorted(VERSIONS.glob("0*.py")) if one.name > IN_USE_SINCE + "~"]
)
def test_tables_in_use_get_their_indexes_while_work_goes_on(version: str) -> None:
    written = (VERSIONS / version).read_text()
    made = set(re.findall(r"op\.create_table\(\s*\"(\w+)\"", written))
    indexed = set(re.findall(r"op\.create_index\(\s*[^,]+,\s*\"(\w+)\"", written))
    assert indexed <= made, "make it by migrations.online.create_index, in a version that does nothing else"


def test_what_people_count_in_is_there(own_world: str) -> None:
    with read() as session:
        assert session.execute(text("SELECT count(*) FROM app.units")).scalar_one() > 10


@pytest.mark.slow
@pytest.mark.skipif(not DEBIAN_15.is_dir(), reason=f"no Postgres 15 at {DEBIAN_15}")
def test_an_older_server_takes_the_same_migrations(tmp_path_factory: pytest.TempPathFactory) -> None:
    home = tmp_path_factory.mktemp("fifteen")
    for folder in (home, home.parent):
        folder.chmod(0o711)  # as root the server runs as nobody, who must be able to enter
    server: Server = embedded_postgres.ensure_running(home, DEBIAN_15)
    try:
        admin, app = server.url(OWNER, "sauda"), server.url(APP, "sauda")
        migrations.upgrade(admin, app)
        migrations.upgrade(admin, app)
        with psycopg.connect(app) as connection:
            row = connection.execute("SELECT version_num, version() FROM app.alembic_version").fetchone()
        assert row is not None
        assert " 15." in row[1]
    finally:
        embedded_postgres.erase(home)

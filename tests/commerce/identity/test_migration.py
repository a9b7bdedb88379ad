"""Users from before people were sealed are found and read as they were, and nobody reads them in the rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from psycopg import sql
from sqlalchemy import text

import migrations
from commerce.identity import service
from foundation import database, jobs
from foundation.embedded_postgres import APP, OWNER, SUPERUSER, Server
from tests.conftest import forget_connections

pytestmark = pytest.mark.committing

BEFORE = "0006"


@pytest.fixture
def world_of_before(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The superuser's URL of a database at the version before."""
    name = sql.Identifier(world := f"world_{uuid4().hex[:12]}")
    with psycopg.connect(server.url(SUPERUSER, "postgres"), autocommit=True) as connection:
        owner = sql.Identifier(OWNER)
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0").format(name, owner))
    monkeypatch.setenv("DATABASE_URL", server.url(APP, world))
    monkeypatch.setenv("DATABASE_ADMIN_URL", server.url(OWNER, world))
    forget_connections()
    migrations.make_roles(server.url(OWNER, world), app_user=APP)
    jobs.install(server.url(OWNER, world), migrations.APP_ROLE)
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["url"] = server.url(OWNER, world)
    command.upgrade(config, BEFORE)
    yield server.url(SUPERUSER, world)
    forget_connections()
    with psycopg.connect(server.url(SUPERUSER, "postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def test_people_are_sealed_and_stay_who_they_are(world_of_before: str) -> None:
    with psycopg.connect(world_of_before, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO app.users (id, email, full_name, password_hash, role, created_at)"
            " VALUES (gen_random_uuid(), 'Asha@People.example', 'Asha Thapa', 'hash', 'analyst', now())"
        )
        connection.execute(
            "WITH shop AS (INSERT INTO app.businesses (id, name, is_vendor, is_retailer, country, state, zone,"
            " currency, time_zone, origin, joined_at) VALUES (gen_random_uuid(), 'Shop', true, false, 'NP',"
            " 'NP-P6', 'Surkhet', 'NPR', 'Asia/Kathmandu', 'real', now()) RETURNING id)"
            " INSERT INTO app.users (id, email, full_name, password_hash, role, business_id, created_at)"
            " SELECT gen_random_uuid(), 'owner@people.example', 'Owner', 'hash', 'vendor', id, now() FROM shop"
        )
    migrations.upgrade()
    with database.read() as session:
        analyst = service.user_by_email(session, email="asha@people.example")
        owner = service.user_by_email(session, email="owner@people.example")
        rows = [
            str(row)
            for table in ("users", "subject_keys")
            for (row,) in session.execute(text(f"SELECT t::text FROM app.{table} t"))
        ]
    assert analyst is not None
    assert owner is not None
    assert (analyst.full_name, analyst.email, analyst.position) == ("Asha Thapa", "asha@people.example", None)
    assert (owner.full_name, owner.position) == ("Owner", "owner")
    for word in ("Asha", "people.example"):
        assert not [row for row in rows if word in row or word.encode().hex() in row]

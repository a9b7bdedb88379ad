"""Where the databases are found, and what is said when one does not answer."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from foundation import locations
from foundation.embedded_postgres import APP, DATABASE, OWNER, Server
from foundation.errors import Unavailable
from foundation.settings import settings


@pytest.fixture(autouse=True)
def _settings_are_read_anew() -> Iterator[None]:
    settings.cache_clear()
    yield
    settings.cache_clear()


def _who_and_where(url: str) -> tuple[str, str]:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT current_user::text, current_database()::text").fetchone()
    assert row is not None
    return row


def test_without_urls_every_database_is_on_the_embedded_server(server: Server) -> None:
    assert _who_and_where(locations.database_url()) == ("sauda_app", "sauda")
    assert _who_and_where(locations.database_admin_url()) == ("sauda_owner", "sauda")
    assert _who_and_where(locations.warehouse_url()) == ("sauda_owner", "sauda_warehouse")
    assert _who_and_where(locations.dagster_database_url()) == ("sauda_owner", "sauda_dagster")


def test_a_url_of_sqlalchemy_is_given_back_in_the_form_of_libpq(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = server.url(APP, DATABASE)
    monkeypatch.setenv("DATABASE_URL", locations.for_sqlalchemy(url))
    assert locations.database_url() == url


def test_the_one_url_that_is_set_serves_for_migrations_too(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", server.url(OWNER, DATABASE))
    assert locations.database_admin_url() == server.url(OWNER, DATABASE)


def test_an_admin_url_alone_is_refused_because_it_would_migrate_another_database(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_ADMIN_URL", server.url(OWNER, DATABASE))
    with pytest.raises(Unavailable, match="DATABASE_URL is not"):
        locations.database_url()


def test_a_server_that_does_not_answer_is_named_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://shop:hush-hush@127.0.0.1:1/trade")
    with pytest.raises(Unavailable) as caught:
        locations.database_url()
    assert "host 127.0.0.1, port 1, database trade" in caught.value.message
    assert "or leave it empty to use the embedded Postgres" in caught.value.message
    assert "hush" not in caught.value.message


@pytest.mark.parametrize(
    "url", ["postgresql://shop:hush%hush@db/trade", "mysql://shop:hush@db/trade", "hush"]
)
def test_what_is_no_url_is_never_quoted(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(Unavailable, match="write it like postgresql://") as caught:
        locations.database_url()
    assert "hush" not in caught.value.message


def test_a_wrong_password_is_said_to_be_one(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "WAREHOUSE_URL", f"postgresql://sauda_owner:guess@127.0.0.1:{server.port}/sauda_warehouse"
    )
    with pytest.raises(Unavailable, match=r"WAREHOUSE_URL does not answer.*password authentication failed"):
        locations.warehouse_url()


def test_each_library_gets_the_driver_it_needs() -> None:
    assert locations.for_sqlalchemy("postgresql://a:b@c:1/d") == "postgresql+psycopg://a:b@c:1/d"
    assert locations.for_dagster("postgresql+psycopg://a:b@c:1/d") == "postgresql+psycopg2://a:b@c:1/d"

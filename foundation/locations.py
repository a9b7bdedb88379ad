"""Where the databases are: the URL that was set, or else the embedded server, started on demand.

Every function returns the form of libpq (`postgresql://…`), which ADBC, psycopg and dbt understand;
`for_sqlalchemy` and `for_dagster` name the driver those two need.
"""

from __future__ import annotations

from functools import lru_cache

import psycopg
from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr

from foundation import embedded_postgres
from foundation.embedded_postgres import APP, DAGSTER, DATABASE, OWNER, WAREHOUSE, Server
from foundation.errors import Unavailable
from foundation.settings import settings

_CONNECT_SECONDS = 5


def database_url() -> str:
    """The transactional database, as the application's role. Raises Unavailable when it does not answer."""
    chosen = settings()
    if chosen.database_url is None and chosen.database_admin_url is not None:
        raise Unavailable(
            "DATABASE_ADMIN_URL is set and DATABASE_URL is not; set both, for the same database, or neither"
        )
    return _given("DATABASE_URL", chosen.database_url) or embedded_server().url(APP, DATABASE)


def database_admin_url() -> str:
    """The same database as a role that may migrate; where only DATABASE_URL is set, that one."""
    chosen = settings()
    given = _given("DATABASE_ADMIN_URL", chosen.database_admin_url) or _given(
        "DATABASE_URL", chosen.database_url
    )
    return given or embedded_server().url(OWNER, DATABASE)


def warehouse_url() -> str:
    """The warehouse, as a role that may create schemas in it."""
    return _given("WAREHOUSE_URL", settings().warehouse_url) or embedded_server().url(OWNER, WAREHOUSE)


def dagster_database_url() -> str:
    """The database of Dagster's runs and events."""
    given = _given("DAGSTER_DATABASE_URL", settings().dagster_database_url)
    return given or embedded_server().url(OWNER, DAGSTER)


def embedded_server() -> Server:
    """The server under SAUDA_HOME, running; asked each time, for it takes half a millisecond."""
    chosen = settings()
    return embedded_postgres.ensure_running(chosen.home, chosen.sauda_postgres_bin)


def living_server() -> Server | None:
    """The embedded server, started again where it died; None where it was stopped, or a URL stands for it."""
    chosen = settings()
    if chosen.database_url is not None:
        return None
    return embedded_postgres.revive(chosen.home, chosen.sauda_postgres_bin)


def for_sqlalchemy(url: str) -> str:
    """`url` for SQLAlchemy with psycopg 3."""
    return _with_scheme(url, "postgresql+psycopg")


def for_dagster(url: str) -> str:
    """`url` for dagster-postgres, which breaks on psycopg 3, SQLAlchemy's choice for a bare URL."""
    return _with_scheme(url, "postgresql+psycopg2")


def _with_scheme(url: str, scheme: str) -> str:
    return f"{scheme}://{url.partition('://')[2]}"


def _given(name: str, value: SecretStr | None) -> str | None:
    """The URL that was set under `name`, in libpq's form, known to answer; None when nothing was set."""
    return _answering(name, value.get_secret_value()) if value else None


@lru_cache
def _answering(name: str, url: str) -> str:
    scheme, separator, _ = url.partition("://")
    if not separator or scheme.partition("+")[0] not in ("postgresql", "postgres"):
        raise Unavailable(
            f"{name} is not a Postgres URL; write it like postgresql://user:password@host:5432/sauda"
        )
    url = _with_scheme(url, "postgresql")
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        # libpq's own words would quote the URL, password and all.
        raise Unavailable(
            f"{name} cannot be read as a URL; write it like postgresql://user:password@host:5432/sauda "
            "and percent-encode special characters of the password"
        ) from None
    try:
        with psycopg.connect(url, connect_timeout=_CONNECT_SECONDS):
            return url
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        raise Unavailable(
            f"{name} does not answer: host {parts.get('host', 'localhost')}, port {parts.get('port', 5432)}, "
            f"database {parts.get('dbname', '(none named)')}: {reason}; "
            f"start that server or correct {name}, or leave it empty to use the embedded Postgres"
        ) from error

"""Bring a transactional database to the schema of this version: roles, tables, guards, and the job tables."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy.exc import OperationalError

from foundation import jobs, locations
from foundation.errors import Unavailable

APP_ROLE, ANALYST_ROLE = "sauda_app", "sauda_analyst"

LOCK_KEY = 7_305_112_001
_WAIT_FOR_ANOTHER_SECONDS = 120
_ATTEMPTS = 5


def upgrade(admin_url: str | None = None, app_url: str | None = None) -> None:
    """Migrate to the newest version; does nothing when it is there already.

    `admin_url` must be of a role that owns the database or may create in it; `app_url` is whom the
    application role is granted to. One migrator at a time; a second one waits. Raises Unavailable when the
    database does not answer, was migrated by a newer version of Sauda, or stays busy.
    """
    admin_url = admin_url or locations.database_admin_url()
    app_url = app_url or locations.database_url()
    with _sole_migrator(admin_url) as connection:
        refuse_newer(connection)
        make_roles(admin_url, app_user=str(conninfo_to_dict(app_url)["user"]))
        jobs.install(admin_url, APP_ROLE)
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent))
        config.attributes["url"] = admin_url
        _upgrade_when_locks_are_free(config)


def head() -> str:
    """The version that this code wants."""
    found = _scripts().get_current_head()
    assert found is not None
    return found


def version_of(connection: psycopg.Connection) -> str | None:
    """The version that the database is at; None before the first migration."""
    exists = connection.execute("SELECT to_regclass('app.alembic_version') IS NOT NULL").fetchone()
    if exists != (True,):
        return None
    row = connection.execute("SELECT version_num FROM app.alembic_version").fetchone()
    return None if row is None else str(row[0])


def is_known(version: str) -> bool:
    """Whether this code has such a version."""
    return version in {script.revision for script in _scripts().walk_revisions()}


def refuse_newer(connection: psycopg.Connection) -> None:
    """Raise Unavailable where a newer version of Sauda migrated the database."""
    seen = version_of(connection)
    if seen is not None and not is_known(seen):
        raise Unavailable(
            f"the database {connection.info.dbname} is at version {seen}, and this version of Sauda knows none "
            f"beyond {head()}; run the newer Sauda that migrated it, or restore a backup taken before that"
        )


def refuse_older(url: str | None = None) -> None:
    """Raise Unavailable where the database waits for migrations that this version counts on.

    One that does not answer, or was never migrated, is told of by whoever asks it; one that is newer serves older
    versions too, for a release (docs/operations.md).
    """
    try:
        with psycopg.connect(url or locations.database_url()) as connection:
            seen, name = version_of(connection), connection.info.dbname
    except psycopg.OperationalError:
        return
    if seen is not None and is_known(seen) and seen != head():
        raise Unavailable(
            f"the database {name} is at version {seen}, and this version of Sauda needs {head()}; "
            "run `sauda migrate` before its processes start"
        )


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(Path(__file__).parent))


@contextmanager
def _sole_migrator(admin_url: str) -> Iterator[psycopg.Connection]:
    """Hold the migration lock of the database, in a session of its own: it covers roles and job tables too."""
    with psycopg.connect(admin_url, autocommit=True) as connection:
        # Asked again and again, not waited for: who waits holds a snapshot, and the job tables' indexes are made
        # CONCURRENTLY, which waits for every snapshot.
        deadline = time.monotonic() + _WAIT_FOR_ANOTHER_SECONDS
        while connection.execute("SELECT pg_try_advisory_lock(%s)", [LOCK_KEY]).fetchone() != (True,):
            if time.monotonic() > deadline:
                raise Unavailable(
                    f"another process has been migrating {connection.info.dbname} for "
                    f"{_WAIT_FOR_ANOTHER_SECONDS} seconds; try again when it is done"
                )
            time.sleep(0.1)
        yield connection


def _upgrade_when_locks_are_free(config: Config) -> None:
    # A table is waited for two seconds only, so that no request queues for long behind the migration; each version is
    # one transaction, so what was reached stays and the rest can be tried again.
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            command.upgrade(config, "head")
        except OperationalError as error:
            if not isinstance(error.orig, psycopg.errors.LockNotAvailable):
                raise
            if attempt == _ATTEMPTS:
                raise Unavailable(
                    f"tables to be migrated were in use at each of {_ATTEMPTS} attempts; nothing is half done, "
                    "run it again when there is less to do"
                ) from error
            time.sleep(attempt)
        else:
            return


def make_roles(admin_url: str, app_user: str) -> None:
    """The group roles that grants go to, and membership for the user that the application logs in as."""
    with psycopg.connect(admin_url, autocommit=True) as connection:
        admin = connection.info.user
        existing = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
        for role in (APP_ROLE, ANALYST_ROLE):
            if role not in existing:
                connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))
        if app_user not in (APP_ROLE, admin):
            connection.execute(
                sql.SQL("GRANT {} TO {}").format(sql.Identifier(APP_ROLE), sql.Identifier(app_user))
            )

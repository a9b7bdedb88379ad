"""Bring a transactional database to the schema of this version: roles, tables, guards, and the job tables."""

from __future__ import annotations

from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from foundation import jobs, locations

APP_ROLE, ANALYST_ROLE = "sauda_app", "sauda_analyst"


def upgrade(admin_url: str | None = None, app_url: str | None = None) -> None:
    """Migrate to the newest version; does nothing when it is there already.

    `admin_url` must be of a role that owns the database or may create in it; `app_url` is whom the
    application role is granted to. Raises Unavailable when the database does not answer.
    """
    admin_url = admin_url or locations.database_admin_url()
    app_url = app_url or locations.database_url()
    _make_roles(admin_url, app_user=str(conninfo_to_dict(app_url)["user"]))
    jobs.install(admin_url, APP_ROLE)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["url"] = admin_url
    command.upgrade(config, "head")


def _make_roles(admin_url: str, app_user: str) -> None:
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

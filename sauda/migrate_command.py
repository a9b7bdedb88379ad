"""`sauda migrate`: bring the transactional database to the schema of this version."""

from __future__ import annotations

from rich.console import Console
from sqlalchemy import text

import migrations
from foundation import database


def migrate() -> None:
    """Bring the database to the schema of this version; safe to repeat."""
    migrations.upgrade()
    with database.read() as session:
        version = session.execute(text("SELECT version_num FROM app.alembic_version")).scalar_one()
    Console(soft_wrap=True).print(f"the database is at version {version}")

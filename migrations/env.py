"""Alembic's entry: migrate the transactional schema as the administrating role.

One migrator at a time: `migrations.upgrade` holds the lock.
"""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine, pool, text

from commerce.tables import metadata
from foundation import locations


def _ours(_object: object, name: str | None, type_: str, _reflected: bool, _compare_to: object) -> bool:
    return not (type_ == "table" and name == "alembic_version")


def run() -> None:
    """Run the asked migrations, each in a transaction of its own."""
    url = context.config.attributes.get("url") or locations.database_admin_url()
    engine = create_engine(locations.for_sqlalchemy(url), poolclass=pool.NullPool)
    with engine.connect() as connection:
        connection.execute(text("SET lock_timeout = '2s'"))
        connection.execute(text("CREATE SCHEMA IF NOT EXISTS app"))
        connection.commit()  # alembic takes a transaction that is open already for somebody else's
        context.configure(
            connection=connection,
            target_metadata=metadata,
            include_schemas=True,
            include_name=lambda name, type_, _parents: name == "app" if type_ == "schema" else True,
            include_object=_ours,
            version_table_schema="app",
            compare_server_default=False,
            # Locks of one are not held while the next looks a large table through.
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()

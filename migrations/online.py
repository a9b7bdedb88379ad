"""What a migration does to a table that is in use: while requests go on reading and writing it.

Both end the migration's transaction, so they stand in versions that do nothing else: one that was broken off is run
again from its beginning (docs/operations.md).
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

SCHEMA = "app"


def create_index(
    name: str, table: str, columns: Sequence[str], where: str | None = None, *, is_unique: bool = False
) -> None:
    """Make an index without holding writers up; what an attempt that was broken off left is replaced.

    A column with a bracket is an expression.
    """
    with op.get_context().autocommit_block():
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {SCHEMA}.{name}")
        op.create_index(
            name,
            table,
            [sa.text(column) if "(" in column else column for column in columns],
            schema=SCHEMA,
            unique=is_unique,
            postgresql_concurrently=True,
            postgresql_where=None if where is None else sa.text(where),
        )


def validate(table: str, constraint: str) -> None:
    """Look all rows through for a constraint that was made NOT VALID, by a lock that lets readers and writers pass."""
    with op.get_context().autocommit_block():
        op.execute(f"ALTER TABLE {SCHEMA}.{table} VALIDATE CONSTRAINT {constraint}")

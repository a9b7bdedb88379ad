"""When the database was brought back to an earlier instant: each time opens new series of documents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "restores",
        sa.Column("generation", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("lost_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lost_until", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("generation BETWEEN 1 AND 26", name=op.f("ck_restores_generation")),
        sa.CheckConstraint("lost_from <= lost_until", name=op.f("ck_restores_window")),
        sa.PrimaryKeyConstraint("generation", name=op.f("pk_restores")),
        schema="app",
    )
    op.execute("GRANT SELECT ON app.restores TO sauda_app")

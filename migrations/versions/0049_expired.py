"""What has expired of batches is marked on them and counted on the level: it is not free any more.

The marks of what has expired before are made by the worker's first turn, good by good, under the locks of each.
"""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "stock_levels",
        sa.Column("expired", sa.Numeric(14, 3), server_default=sa.text("0"), nullable=False),
        schema="app",
    )
    op.add_column("stock_batches", sa.Column("expired_on", sa.Date(), nullable=True), schema="app")
    op.create_check_constraint(
        op.f("ck_stock_levels_expired_within_batched"),
        "stock_levels",
        "0 <= expired AND expired <= batched",
        schema="app",
        postgresql_not_valid=True,
    )
    op.create_check_constraint(
        op.f("ck_stock_batches_expired_on"),
        "stock_batches",
        "expired_on IS NULL OR (expires_on IS NOT NULL AND expired_on > expires_on)",
        schema="app",
        postgresql_not_valid=True,
    )
    op.execute("GRANT UPDATE (expired_on) ON app.stock_batches TO sauda_app")

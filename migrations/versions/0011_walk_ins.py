"""Which party of an imported history is its walk-in: many people, and nobody who could be lent to."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "businesses",
        sa.Column("is_walk_in", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        schema="app",
    )
    # The import gave its walk-in a key of its own.
    op.execute("UPDATE app.businesses SET is_walk_in = true WHERE right(external_ref, 8) = '#walk-in'")

"""Which reminder each time of one that repeats follows: who calls one off calls off what follows, too."""

import sqlalchemy as sa
from alembic import op

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("reminders", sa.Column("follows_id", sa.Uuid(), nullable=True), schema="app")


def downgrade() -> None:
    op.drop_column("reminders", "follows_id", schema="app")

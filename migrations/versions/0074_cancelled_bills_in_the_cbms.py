"""Whether a report to Nepal's tax office has come to the return that tells of a bill's cancellation."""

import sqlalchemy as sa
from alembic import op

revision = "0074"
down_revision = "0073"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "cbms_reports",
        sa.Column("is_return", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        schema="app",
    )


def downgrade() -> None:
    op.drop_column("cbms_reports", "is_return", schema="app")

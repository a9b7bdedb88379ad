"""A payment that is undone says why: it bounced, or it was recorded by mistake."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("payments", sa.Column("reversal_reason", sa.String(length=40), nullable=True), schema="app")
    op.create_check_constraint(
        op.f("ck_payments_reversal_reason"),
        "payments",
        "reversal_reason IN ('bounced', 'mistake')",
        schema="app",
    )
    op.create_check_constraint(
        op.f("ck_payments_reversal"),
        "payments",
        "(reverses_id IS NULL) = (reversal_reason IS NULL)",
        schema="app",
    )

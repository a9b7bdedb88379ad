"""Terms may name the day of the month by which debts are paid."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("credit_terms", sa.Column("day_of_month", sa.Integer(), nullable=True), schema="app")
    op.create_check_constraint(
        op.f("ck_credit_terms_day_of_month"), "credit_terms", "day_of_month BETWEEN 1 AND 28", schema="app"
    )

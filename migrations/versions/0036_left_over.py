"""When the left-over of an order delivered in part is released, and after how many days a vendor says it is."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("order_rules", sa.Column("release_days", sa.Integer(), nullable=True), schema="app")
    op.create_check_constraint(
        op.f("ck_order_rules_release_days"), "order_rules", "release_days BETWEEN 0 AND 90", schema="app"
    )
    op.add_column("orders", sa.Column("release_at", sa.DateTime(timezone=True), nullable=True), schema="app")

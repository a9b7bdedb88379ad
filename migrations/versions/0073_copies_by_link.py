"""A link to a paper is one copy of it, however often it is opened; more copies than a small integer counts."""

import sqlalchemy as sa
from alembic import op

revision = "0073"
down_revision = "0072"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("invoice_copies", "copy_no", type_=sa.Integer(), schema="app")
    op.add_column(
        "invoice_copies", sa.Column("link_until", sa.DateTime(timezone=True), nullable=True), schema="app"
    )


def downgrade() -> None:
    op.drop_column("invoice_copies", "link_until", schema="app")
    op.alter_column("invoice_copies", "copy_no", type_=sa.SmallInteger(), schema="app")

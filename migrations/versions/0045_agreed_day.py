"""The day for which a vendor accepted an order, whatever slot its retailer chooses since."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("agreed_on", sa.Date(), nullable=True), schema="app")


def downgrade() -> None:
    op.drop_column("orders", "agreed_on", schema="app")

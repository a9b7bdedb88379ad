"""An approval keeps the tolerance under which it was given."""

from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("GRANT UPDATE (tolerance_percent) ON app.order_approvals TO sauda_app")

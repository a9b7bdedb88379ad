"""What a vendor promises for an order that it cancels late itself, and items of that kind."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

KINDS = (
    "kind IN ('charge', 'opening', 'bounce', 'interest', 'cancel_fee', 'payment', 'credit_note', 'write_off',"
    " 'fee_waiver', 'cancel_credit')"
)
PROMISE = (
    "cancel_credit_paisa >= 0 AND cancel_credit_percent BETWEEN 0 AND 100 AND cancel_credit_max_paisa > 0"
    " AND (cancel_credit_paisa = 0 OR cancel_credit_percent = 0)"
)


def upgrade() -> None:
    op.drop_constraint(op.f("ck_receivable_items_kind"), "receivable_items", schema="app")
    op.create_check_constraint(op.f("ck_receivable_items_kind"), "receivable_items", KINDS, schema="app", postgresql_not_valid=True)
    for column in (
        sa.Column("cancel_credit_paisa", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("cancel_credit_percent", sa.Numeric(6, 3), server_default=sa.text("0"), nullable=False),
        sa.Column("cancel_credit_max_paisa", sa.BigInteger(), nullable=True),
    ):
        op.add_column("order_rules", column, schema="app")
    op.create_check_constraint(op.f("ck_order_rules_cancel_credit"), "order_rules", PROMISE, schema="app")

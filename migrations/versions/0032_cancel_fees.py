"""What a vendor asks of who cancels late, items of that kind and of its waiver, and the accounts of the fee."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

ITEM_CHECKS = {
    "kind": "kind IN ('charge', 'opening', 'bounce', 'interest', 'cancel_fee', 'payment', 'credit_note', 'write_off',"
    " 'fee_waiver')",
    "sign": "(kind IN ('charge', 'opening', 'bounce', 'interest', 'cancel_fee')) = (amount_paisa > 0)"
    " AND amount_paisa <> 0",
}
RULE_CHECKS = {
    "cancel_notice": "cancel_notice_hours BETWEEN 0 AND 720",
    "cancel_fee": "cancel_fee_paisa >= 0 AND cancel_fee_percent BETWEEN 0 AND 100 AND cancel_fee_max_paisa > 0"
    " AND (cancel_fee_paisa = 0 OR cancel_fee_percent = 0)",
}
# Books that were opened before get the accounts too, as in 0015.
ACCOUNTS = """
    INSERT INTO app.accounts (id, business_id, code, type, currency, opened_at)
    SELECT gen_random_uuid(), book.business_id, added.code, added.type, book.currency, now()
    FROM app.accounts book
    CROSS JOIN (VALUES ('cancellation_income', 'income'), ('cancellation_expense', 'expense')) AS added (code, type)
    WHERE book.code = 'bad_debts' AND book.party_id IS NULL
    ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    for name, condition in ITEM_CHECKS.items():
        op.drop_constraint(op.f(f"ck_receivable_items_{name}"), "receivable_items", schema="app")
        op.create_check_constraint(
            op.f(f"ck_receivable_items_{name}"), "receivable_items", condition, schema="app"
        )
    for column in (
        sa.Column("cancel_notice_hours", sa.Integer(), nullable=True),
        sa.Column("cancel_fee_paisa", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("cancel_fee_percent", sa.Numeric(6, 3), server_default=sa.text("0"), nullable=False),
        sa.Column("cancel_fee_max_paisa", sa.BigInteger(), nullable=True),
    ):
        op.add_column("order_rules", column, schema="app")
    for name, condition in RULE_CHECKS.items():
        op.create_check_constraint(op.f(f"ck_order_rules_{name}"), "order_rules", condition, schema="app")
    op.execute("SELECT set_config('app.business_id', '*', true)")
    op.execute(ACCOUNTS)

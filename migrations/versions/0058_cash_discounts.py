"""Items of discounts for paying in time and of their end, and the accounts of both."""

from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

CHECKS = {
    "kind": "kind IN ('charge', 'opening', 'bounce', 'interest', 'cancel_fee', 'reinstatement', 'discount_reversal',"
    " 'payment', 'credit_note', 'write_off', 'fee_waiver', 'cancel_credit', 'cash_discount')",
    "sign": "(kind IN ('charge', 'opening', 'bounce', 'interest', 'cancel_fee', 'reinstatement', 'discount_reversal'))"
    " = (amount_paisa > 0) AND amount_paisa <> 0",
}


def upgrade() -> None:
    for name, condition in CHECKS.items():
        op.drop_constraint(op.f(f"ck_receivable_items_{name}"), "receivable_items", schema="app")
        op.create_check_constraint(
            op.f(f"ck_receivable_items_{name}"),
            "receivable_items",
            condition,
            schema="app",
            postgresql_not_valid=True,
        )
    # Books that were opened before get the accounts too, as in 0032.
    op.execute("""
        SELECT set_config('app.business_id', '*', true);
        INSERT INTO app.accounts (id, business_id, code, type, currency, opened_at)
        SELECT gen_random_uuid(), book.business_id, added.code, added.type, book.currency, now()
        FROM app.accounts book
        CROSS JOIN (VALUES ('discount_allowed', 'expense'), ('discount_received', 'income')) AS added (code, type)
        WHERE book.code = 'bad_debts' AND book.party_id IS NULL
        ON CONFLICT DO NOTHING
    """)

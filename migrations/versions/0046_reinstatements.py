"""Items of what was written off and is owed again."""

from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

CHECKS = {
    "kind": "kind IN ('charge', 'opening', 'bounce', 'interest', 'cancel_fee', 'reinstatement', 'payment',"
    " 'credit_note', 'write_off', 'fee_waiver', 'cancel_credit')",
    "sign": "(kind IN ('charge', 'opening', 'bounce', 'interest', 'cancel_fee', 'reinstatement')) = (amount_paisa > 0)"
    " AND amount_paisa <> 0",
}


def upgrade() -> None:
    for name, condition in CHECKS.items():
        op.drop_constraint(op.f(f"ck_receivable_items_{name}"), "receivable_items", schema="app")
        op.create_check_constraint(
            op.f(f"ck_receivable_items_{name}"), "receivable_items", condition, schema="app"
        )

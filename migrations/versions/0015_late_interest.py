"""Rules of late interest, what was charged by them, and items of that kind."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

from foundation.tables import Xid8

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

GUARDS = Path(__file__).parent.parent / "sql" / "0015_guards.sql"
CHECKS = {
    "kind": "kind IN ('charge', 'opening', 'bounce', 'interest', 'payment', 'credit_note', 'write_off')",
    "sign": "(kind IN ('charge', 'opening', 'bounce', 'interest')) = (amount_paisa > 0) AND amount_paisa <> 0",
}


def upgrade() -> None:
    for name, condition in CHECKS.items():
        op.drop_constraint(op.f(f"ck_receivable_items_{name}"), "receivable_items", schema="app")
        op.create_check_constraint(
            op.f(f"ck_receivable_items_{name}"), "receivable_items", condition, schema="app"
        )
    op.create_table(
        "interest_rules",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("percent", sa.Numeric(6, 3), nullable=False),
        sa.Column("after_days", sa.Integer(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        _changed_in(),
        sa.CheckConstraint("percent BETWEEN 0 AND 100", name=op.f("ck_interest_rules_percent")),
        sa.CheckConstraint("after_days BETWEEN 0 AND 365", name=op.f("ck_interest_rules_after_days")),
        sa.ForeignKeyConstraint(["vendor_id"], ["app.businesses.id"], name=op.f("fk_interest_rules_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interest_rules")),
        schema="app",
    )
    _index("interest_rules", "vendor_id", "valid_from")
    _index("interest_rules", "changed_in")
    op.create_table(
        "interest_charges",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("retailer_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("percent", sa.Numeric(6, 3), nullable=False),
        sa.Column("amount_paisa", sa.BigInteger(), nullable=False),
        sa.Column("interest_item_id", sa.Uuid(), nullable=False),
        sa.Column("charged_at", sa.DateTime(timezone=True), nullable=False),
        _changed_in(),
        sa.CheckConstraint("amount_paisa > 0", name=op.f("ck_interest_charges_positive")),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_interest_charges_days")),
        *(
            sa.ForeignKeyConstraint([name], [f"app.{other}.id"], name=op.f(f"fk_interest_charges_{name}"))
            for name, other in (
                ("vendor_id", "businesses"),
                ("retailer_id", "businesses"),
                ("item_id", "receivable_items"),
                ("interest_item_id", "receivable_items"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interest_charges")),
        sa.UniqueConstraint("item_id", "first_day", name=op.f("uq_interest_charges_item_id_first_day")),
        schema="app",
    )
    _index("interest_charges", "vendor_id")
    _index("interest_charges", "retailer_id")
    _index("interest_charges", "interest_item_id")
    _index("interest_charges", "changed_in")
    # Past SQLAlchemy, which would read a percent sign as a parameter.
    op.get_bind().connection.cursor().execute(GUARDS.read_text())


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns), schema="app")


def _changed_in() -> sa.Column[str]:
    return sa.Column("changed_in", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False)

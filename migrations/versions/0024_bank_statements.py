"""Statements of banks, their lines, and which payments these are."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bank_statements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("file_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("layout", postgresql.JSONB(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("known_lines", sa.Integer(), nullable=False),
        sa.Column("imported_by", sa.Uuid(), nullable=True),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        _key("bank_statements", "business_id", "businesses"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_statements")),
        sa.UniqueConstraint("business_id", "file_hash", name=op.f("uq_bank_statements_business_id_file_hash")),
        schema="app",
    )
    op.create_table(
        "bank_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("identity", sa.LargeBinary(32), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("amount_paisa", sa.BigInteger(), nullable=False),
        sa.Column("balance_paisa", sa.BigInteger(), nullable=True),
        sa.Column("narration_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("reference", sa.String(length=100), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.CheckConstraint("amount_paisa <> 0", name=op.f("ck_bank_lines_amount")),
        sa.CheckConstraint("state IN ('open', 'recorded', 'ignored', 'out')", name=op.f("ck_bank_lines_state")),
        sa.CheckConstraint("(state = 'out') = (amount_paisa < 0)", name=op.f("ck_bank_lines_direction")),
        sa.CheckConstraint("state <> 'ignored' OR note IS NOT NULL", name=op.f("ck_bank_lines_reason")),
        _key("bank_lines", "business_id", "businesses"),
        _key("bank_lines", "statement_id", "bank_statements"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_lines")),
        sa.UniqueConstraint("business_id", "identity", name=op.f("uq_bank_lines_business_id_identity")),
        schema="app",
        postgresql_with={"fillfactor": "85"},
    )
    op.create_table(
        "bank_line_payments",
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        _key("bank_line_payments", "payment_id", "payments"),
        _key("bank_line_payments", "line_id", "bank_lines"),
        _key("bank_line_payments", "business_id", "businesses"),
        sa.PrimaryKeyConstraint("payment_id", name=op.f("pk_bank_line_payments")),
        schema="app",
    )
    _index("bank_statements", "business_id", "imported_at", "id")
    _index("bank_lines", "business_id", "state", "booked_on", "id")
    _index("bank_lines", "statement_id")
    _index("bank_line_payments", "line_id")
    for table in ("bank_statements", "bank_lines", "bank_line_payments"):
        op.execute(f"""
            ALTER TABLE app.{table} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE app.{table} FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON app.{table} USING (
                (SELECT app.scope_is_system()) OR business_id = ANY ((SELECT app.scope())::uuid[]));
            GRANT SELECT, INSERT ON app.{table} TO sauda_app;
        """)
    op.execute("GRANT UPDATE (state, decided_by, decided_at, note) ON app.bank_lines TO sauda_app")


def _key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"app.{other}.id"], name=op.f(f"fk_{table}_{column}"))


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns), schema="app")

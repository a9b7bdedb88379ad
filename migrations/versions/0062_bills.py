"""Bills of shops beside the invoices of deliveries; their drafts, tills, money at the counter and cancellations."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from foundation.tables import Xid8

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None

# Not validated here: 0063 looks the rows through without holding writers up.
CHECKS = {
    "invoices": {
        "kind": "kind IN ('tax_invoice', 'bill_of_supply', 'invoice_cum_bill_of_supply', 'bill', 'pan_bill',"
        " 'abbreviated_tax_invoice', 'credit_note')",
        "buyer": "(retailer_id IS NULL) = (order_id IS NULL) AND (order_id IS NULL) = (delivery_id IS NULL)"
        " AND (customer_id IS NULL OR retailer_id IS NULL)",
        "round_off": "total_paisa + round_off_paisa > 0 AND abs(round_off_paisa) <= 50",
    },
    "stock_movements": {
        "kind": "kind IN ('opening', 'receipt', 'delivery', 'return', 'adjustment', 'sale', 'sale_return')",
    },
}
MODES = "('cash', 'upi', 'card', 'bank', 'cheque')"


def upgrade() -> None:
    _widen_invoices()
    _tills()
    _drafts()
    _tenders()
    _cancellations()
    _guard()


def _widen_invoices() -> None:
    for name, kind in (
        ("customer_id", sa.Uuid()),
        ("timing", sa.String(length=40)),
        ("till", sa.String(length=2)),
        ("client_id", sa.Uuid()),
        ("original_id", sa.Uuid()),
        ("made_by", sa.Uuid()),
    ):
        op.add_column("invoices", sa.Column(name, kind, nullable=True), schema="app")
    for table, name, kind in (
        ("invoices", "discount_paisa", sa.BigInteger()),
        ("invoices", "round_off_paisa", sa.BigInteger()),
        ("invoice_lines", "discount_paisa", sa.BigInteger()),
        ("invoice_lines", "short_quantity", sa.Numeric(14, 3)),
    ):
        column = sa.Column(name, kind, server_default=sa.text("0"), nullable=False)
        op.add_column(table, column, schema="app")
    op.add_column("invoice_lines", sa.Column("mrp", sa.Numeric(18, 6), nullable=True), schema="app")
    for table, names in (
        ("invoices", ("retailer_id", "order_id", "delivery_id")),
        ("invoice_lines", ("retailer_id", "order_line_no")),
    ):
        for name in names:
            op.alter_column(table, name, nullable=True, schema="app")
    # The rows that are there get this transaction, by a constant: a default that is asked for each of them would
    # write the table anew while nobody can read it.
    now = op.get_bind().scalar(sa.text("SELECT CAST(pg_current_xact_id() AS text)"))
    for table in ("invoices", "invoice_lines"):
        op.add_column(
            table, sa.Column("changed_in", Xid8(), server_default=sa.text(f"'{int(now)}'"), nullable=False), schema="app"
        )
        op.alter_column(table, "changed_in", server_default=sa.text("pg_current_xact_id()"), schema="app")
    for table, checks in CHECKS.items():
        for name, condition in checks.items():
            op.execute(f"ALTER TABLE app.{table} DROP CONSTRAINT IF EXISTS ck_{table}_{name}")
            op.create_check_constraint(
                op.f(f"ck_{table}_{name}"), table, condition, schema="app", postgresql_not_valid=True
            )
    op.create_foreign_key(
        op.f("fk_invoices_vendor_id_customer_id"),
        "invoices",
        "customers",
        ["vendor_id", "customer_id"],
        ["business_id", "id"],
        source_schema="app",
        referent_schema="app",
        postgresql_not_valid=True,
    )
    op.create_foreign_key(
        op.f("fk_invoices_original_id"),
        "invoices",
        "invoices",
        ["original_id"],
        ["id"],
        source_schema="app",
        referent_schema="app",
        postgresql_not_valid=True,
    )


def _tills() -> None:
    op.create_table(
        "tills",
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=2), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("code ~ '^[A-Z][0-9]$'", name=op.f("ck_tills_code")),
        _business("tills"),
        sa.PrimaryKeyConstraint("business_id", "code", name=op.f("pk_tills")),
        schema="app",
        postgresql_with={"fillfactor": "85"},
    )


def _drafts() -> None:
    op.create_table(
        "bill_drafts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("session", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("undoable", postgresql.JSONB(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('open', 'confirmed', 'cancelled')", name=op.f("ck_bill_drafts_state")),
        sa.CheckConstraint(
            "(state = 'confirmed') = (invoice_id IS NOT NULL)", name=op.f("ck_bill_drafts_confirmed")
        ),
        _business("bill_drafts"),
        sa.ForeignKeyConstraint(
            ["business_id", "customer_id"],
            ["app.customers.business_id", "app.customers.id"],
            name=op.f("fk_bill_drafts_business_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"],
            ["app.invoices.id"],
            name=op.f("fk_bill_drafts_invoice_id"),
            deferrable=True,
            initially="DEFERRED",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bill_drafts")),
        schema="app",
        postgresql_with={"fillfactor": "85"},
    )
    op.create_index(
        "uq_bill_drafts_of_customer",
        "bill_drafts",
        ["business_id", "customer_id"],
        unique=True,
        schema="app",
        postgresql_where=sa.text("state = 'open' AND customer_id IS NOT NULL"),
    )
    _indexes("bill_drafts", ["business_id", "changed_at", "id"], ["expires_at"])


def _tenders() -> None:
    op.create_table(
        "bill_tenders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("mode", sa.String(length=40), nullable=False),
        sa.Column("amount_paisa", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reference", sa.String(length=100), nullable=True),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_in", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.CheckConstraint(f"mode IN {MODES}", name=op.f("ck_bill_tenders_mode")),
        sa.CheckConstraint("amount_paisa <> 0", name=op.f("ck_bill_tenders_moves")),
        _business("bill_tenders"),
        sa.ForeignKeyConstraint(["invoice_id"], ["app.invoices.id"], name=op.f("fk_bill_tenders_invoice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bill_tenders")),
        schema="app",
    )
    _indexes("bill_tenders", ["invoice_id"], ["business_id", "taken_on"], ["changed_in"])


def _cancellations() -> None:
    op.create_table(
        "bill_cancellations",
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("cancelled_on", sa.Date(), nullable=False),
        sa.Column("cancelled_by", sa.Uuid(), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_in", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        _business("bill_cancellations"),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["app.invoices.id"], name=op.f("fk_bill_cancellations_invoice_id")
        ),
        sa.PrimaryKeyConstraint("invoice_id", name=op.f("pk_bill_cancellations")),
        schema="app",
    )
    _indexes("bill_cancellations", ["business_id", "cancelled_on"], ["changed_in"])


def _guard() -> None:
    for table, rights in (
        ("tills", "SELECT, INSERT, UPDATE (name, closed_at)"),
        ("bill_drafts", "SELECT, INSERT, UPDATE, DELETE"),
        ("bill_tenders", "SELECT, INSERT"),
        ("bill_cancellations", "SELECT, INSERT"),
    ):
        op.execute(f"""
            ALTER TABLE app.{table} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE app.{table} FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON app.{table} USING (
                (SELECT app.scope_is_system()) OR business_id = ANY ((SELECT app.scope())::uuid[]));
            CREATE TRIGGER no_truncate BEFORE TRUNCATE ON app.{table}
                FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();
            GRANT {rights} ON app.{table} TO sauda_app;
        """)
    for table in ("bill_tenders", "bill_cancellations"):
        op.execute(f"""
            CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON app.{table}
                FOR EACH ROW EXECUTE FUNCTION app.refuse_change();
        """)


def _business(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["business_id"], ["app.businesses.id"], name=op.f(f"fk_{table}_business_id"))


def _indexes(table: str, *wanted: list[str]) -> None:
    for columns in wanted:
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, columns, schema="app")

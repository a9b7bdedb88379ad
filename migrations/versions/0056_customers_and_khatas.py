"""Customers of shops, each with a khata in the shop's book, and what is written into it beside bills."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from foundation.tables import Xid8

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

CHECKS = {
    "channel": "channel IN ('whatsapp', 'sms', 'mail', 'none')",
    "language": "language IN ('en', 'hi', 'ne')",
    "tax_profile": "tax_profile IN ('unregistered', 'composition', 'regular', 'pan', 'vat', 'foreign')",
    "hours": "heard_from < heard_until",
}
KHATA_CHECKS = {
    "kind": "kind IN ('opening', 'debit', 'payment', 'reversal')",
    "mode": "mode IN ('cash', 'upi', 'card', 'bank', 'cheque')",
    "sign": "CASE kind WHEN 'payment' THEN amount_paisa < 0 AND mode IS NOT NULL"
    " WHEN 'reversal' THEN amount_paisa <> 0 ELSE amount_paisa > 0 AND mode IS NULL END",
    "reversal": "(kind = 'reversal') = (reverses_id IS NOT NULL)"
    " AND (kind = 'reversal') = (reversal_reason IS NOT NULL)",
    "reversal_reason": "reversal_reason IN ('bounced', 'mistake')",
}
# Books that were opened before get the account too, as in 0032.
ACCOUNTS = """
    INSERT INTO app.accounts (id, business_id, code, type, currency, opened_at)
    SELECT gen_random_uuid(), book.business_id, 'unbilled_sales', 'income', book.currency, now()
    FROM app.accounts book WHERE book.code = 'sales' AND book.party_id IS NULL
    ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    op.add_column("accounts", sa.Column("customer_id", sa.Uuid(), nullable=True), schema="app")
    op.create_check_constraint(
        op.f("ck_accounts_khata"),
        "accounts",
        "(customer_id IS NOT NULL) = (code = 'khata')",
        schema="app",
        postgresql_not_valid=True,
    )
    op.drop_constraint(op.f("ck_challenges_purpose"), "challenges", schema="app")
    op.create_check_constraint(
        op.f("ck_challenges_purpose"),
        "challenges",
        "purpose IN ('log-in', 'phone', 'password', 'confirm')",
        schema="app",
        postgresql_not_valid=True,
    )
    op.create_table(
        "customers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_in", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.ForeignKeyConstraint(["business_id"], ["app.businesses.id"], name=op.f("fk_customers_business_id")),
        sa.ForeignKeyConstraint(
            ["business_id", "account_id"],
            ["app.accounts.business_id", "app.accounts.id"],
            name=op.f("fk_customers_business_id_account_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
        sa.UniqueConstraint("business_id", "id", name=op.f("uq_customers_business_id_id")),
        schema="app",
        postgresql_with={"fillfactor": "85"},
    )
    op.create_index(
        op.f("ix_customers_business_id_created_at_id"), "customers", ["business_id", "created_at", "id"], schema="app"
    )
    op.create_index(op.f("ix_customers_account_id"), "customers", ["account_id"], unique=True, schema="app")
    op.create_table(
        "customer_profiles",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("details_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("phone_index", sa.LargeBinary(length=32), nullable=True),
        sa.Column("email_index", sa.LargeBinary(length=32), nullable=True),
        sa.Column("words", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("tax_profile", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("purposes", postgresql.ARRAY(sa.String(length=40)), nullable=False),
        sa.Column("heard_from", sa.Time(), nullable=False),
        sa.Column("heard_until", sa.Time(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        *(
            sa.CheckConstraint(condition, name=op.f(f"ck_customer_profiles_{name}"))
            for name, condition in CHECKS.items()
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "customer_id"],
            ["app.customers.business_id", "app.customers.id"],
            name=op.f("fk_customer_profiles_business_id_customer_id"),
        ),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_customer_profiles")),
        schema="app",
        postgresql_with={"fillfactor": "85"},
    )
    for name in ("phone_index", "email_index"):
        op.create_index(
            op.f(f"ix_customer_profiles_business_id_{name}"),
            "customer_profiles",
            ["business_id", name],
            schema="app",
            postgresql_where=sa.text(f"{name} IS NOT NULL"),
        )
    op.create_index(
        op.f("ix_customer_profiles_words"), "customer_profiles", ["words"], schema="app", postgresql_using="gin"
    )
    op.create_table(
        "khata_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("amount_paisa", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("mode", sa.String(length=40), nullable=True),
        sa.Column("reference", sa.String(length=100), nullable=True),
        sa.Column("entered_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reverses_id", sa.Uuid(), nullable=True),
        sa.Column("reversal_reason", sa.String(length=40), nullable=True),
        sa.Column("changed_in", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        *(
            sa.CheckConstraint(condition, name=op.f(f"ck_khata_entries_{name}"))
            for name, condition in KHATA_CHECKS.items()
        ),
        sa.ForeignKeyConstraint(["business_id"], ["app.businesses.id"], name=op.f("fk_khata_entries_business_id")),
        sa.ForeignKeyConstraint(
            ["business_id", "customer_id"],
            ["app.customers.business_id", "app.customers.id"],
            name=op.f("fk_khata_entries_business_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["app.khata_entries.id"], name=op.f("fk_khata_entries_reverses_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_khata_entries")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_khata_entries_reverses_id")),
        schema="app",
    )
    for columns in (["customer_id", "recorded_at", "id"], ["business_id", "recorded_at", "id"], ["changed_in"]):
        op.create_index(op.f(f"ix_khata_entries_{'_'.join(columns)}"), "khata_entries", columns, schema="app")
    op.create_index(
        "uq_khata_entries_opening",
        "khata_entries",
        ["customer_id"],
        unique=True,
        schema="app",
        postgresql_where=sa.text("kind = 'opening'"),
    )
    for table in ("customers", "customer_profiles", "khata_entries"):
        op.execute(f"""
            ALTER TABLE app.{table} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE app.{table} FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON app.{table} USING (
                (SELECT app.scope_is_system()) OR business_id = ANY ((SELECT app.scope())::uuid[]));
            CREATE TRIGGER no_truncate BEFORE TRUNCATE ON app.{table}
                FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();
        """)
    op.execute("""
        CREATE TRIGGER mark_changed BEFORE UPDATE ON app.customers
            FOR EACH ROW EXECUTE FUNCTION app.mark_changed();
        CREATE TRIGGER leave_tombstone AFTER DELETE ON app.customers
            FOR EACH ROW EXECUTE FUNCTION app.leave_tombstone('id');
        GRANT SELECT, INSERT ON app.customers TO sauda_app;
        GRANT UPDATE (erased_at, changed_in) ON app.customers TO sauda_app;
        GRANT SELECT, INSERT, UPDATE, DELETE ON app.customer_profiles TO sauda_app;
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON app.khata_entries
            FOR EACH ROW EXECUTE FUNCTION app.refuse_change();
        GRANT SELECT, INSERT ON app.khata_entries TO sauda_app;
        SELECT set_config('app.business_id', '*', true);
    """)
    op.execute(ACCOUNTS)


def downgrade() -> None:
    op.drop_table("khata_entries", schema="app")
    op.drop_table("customer_profiles", schema="app")
    op.drop_table("customers", schema="app")
    op.execute("DELETE FROM app.challenges WHERE purpose = 'confirm'")
    op.drop_constraint(op.f("ck_challenges_purpose"), "challenges", schema="app")
    op.create_check_constraint(
        op.f("ck_challenges_purpose"),
        "challenges",
        "purpose IN ('log-in', 'phone', 'password')",
        schema="app",
        postgresql_not_valid=True,
    )
    op.drop_constraint(op.f("ck_accounts_khata"), "accounts", schema="app")
    op.drop_column("accounts", "customer_id", schema="app")

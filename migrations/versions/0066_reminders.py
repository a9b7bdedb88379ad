"""What shops want to be said later, and which reminders go out without anybody writing them."""

import sqlalchemy as sa
from alembic import op

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None

TO_SHOP = "('low_stock', 'expiry', 'custom')"
TO_CUSTOMER = "('payment_due', 'overdue', 'invoice', 'follow_up', 'custom')"
CHECKS = {
    "kind": "kind IN ('payment_due', 'overdue', 'invoice', 'low_stock', 'expiry', 'follow_up', 'custom')",
    "state": "state IN ('scheduled', 'sending', 'sent', 'failed', 'cancelled', 'skipped')",
    "repeats": "repeats IN ('daily', 'weekly', 'monthly')",
    "whom": f"CASE WHEN customer_id IS NULL THEN kind IN {TO_SHOP} ELSE kind IN {TO_CUSTOMER} END",
    "invoice": "(kind = 'invoice') = (invoice_id IS NOT NULL)",
    "due": "(state = 'scheduled') = (due_at IS NOT NULL)",
    "ended": "(state IN ('scheduled', 'sending')) = (ended_at IS NULL)",
}
INDEXES = (
    (["business_id", "remind_at", "id"], None),
    (["customer_id", "remind_at", "id"], "customer_id IS NOT NULL"),
    (["due_at", "id"], "state = 'scheduled'"),
    (["message_id"], "state = 'sending'"),
    (["ended_at"], "ended_at IS NOT NULL"),
)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "reminders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=True),
        sa.Column("product_id", sa.Uuid(), nullable=True),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=True),
        _moment("remind_at"),
        sa.Column("repeats", sa.String(length=40), nullable=True),
        sa.Column("repeats_until", sa.Date(), nullable=True),
        sa.Column("repeats_day", sa.SmallInteger(), nullable=True),
        sa.Column("is_followed", sa.Boolean(), nullable=False),
        sa.Column("planned_for", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        _moment("due_at", nullable=True),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=True),
        _moment("ended_at", nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        _moment("created_at"),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        *(
            sa.CheckConstraint(condition, name=op.f(f"ck_reminders_{name}"))
            for name, condition in CHECKS.items()
        ),
        sa.ForeignKeyConstraint(["business_id"], ["app.businesses.id"], name=op.f("fk_reminders_business_id")),
        sa.ForeignKeyConstraint(["invoice_id"], ["app.invoices.id"], name=op.f("fk_reminders_invoice_id")),
        sa.ForeignKeyConstraint(["product_id"], ["app.products.id"], name=op.f("fk_reminders_product_id")),
        sa.ForeignKeyConstraint(
            ["business_id", "customer_id"],
            ["app.customers.business_id", "app.customers.id"],
            name=op.f("fk_reminders_business_id_customer_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminders")),
        schema="app",
        postgresql_with={"fillfactor": "85"},
    )
    for columns, where in INDEXES:
        op.create_index(
            op.f(f"ix_reminders_{'_'.join(columns)}"),
            "reminders",
            columns,
            schema="app",
            postgresql_where=sa.text(where) if where else None,
        )
    op.create_index(
        "uq_reminders_planned",
        "reminders",
        ["customer_id", "kind", "planned_for"],
        unique=True,
        schema="app",
        postgresql_where=sa.text("planned_for IS NOT NULL"),
    )
    op.create_table(
        "reminder_settings",
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("days_before_due", sa.SmallInteger(), nullable=True),
        sa.Column("days_after_due", sa.SmallInteger(), nullable=True),
        sa.Column("at", sa.Time(), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        _moment("changed_at"),
        sa.CheckConstraint(
            "days_before_due BETWEEN 0 AND 60 AND days_after_due BETWEEN 1 AND 60",
            name=op.f("ck_reminder_settings_days"),
        ),
        sa.ForeignKeyConstraint(
            ["business_id"], ["app.businesses.id"], name=op.f("fk_reminder_settings_business_id")
        ),
        sa.PrimaryKeyConstraint("business_id", name=op.f("pk_reminder_settings")),
        schema="app",
        postgresql_with={"fillfactor": "85"},
    )
    for table, rights in (
        ("reminders", "SELECT, INSERT, UPDATE, DELETE"),
        ("reminder_settings", "SELECT, INSERT, UPDATE"),
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


def downgrade() -> None:
    op.drop_table("reminder_settings", schema="app")
    op.drop_table("reminders", schema="app")

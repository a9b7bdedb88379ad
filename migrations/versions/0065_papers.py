"""How papers of bills are headed, and how often each was printed."""

import sqlalchemy as sa
from alembic import op

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name, kind in (
        ("address", sa.String(length=300)),
        ("phone", sa.String(length=20)),
        ("paper_language", sa.String(length=2)),
    ):
        op.add_column("billing_settings", sa.Column(name, kind, nullable=True), schema="app")
    op.create_check_constraint(
        op.f("ck_billing_settings_paper_language"),
        "billing_settings",
        "paper_language IN ('en', 'hi', 'ne')",
        schema="app",
    )
    op.create_table(
        "invoice_copies",
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("copy_no", sa.SmallInteger(), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("form", sa.String(length=40), nullable=False),
        sa.Column("printed_by", sa.Uuid(), nullable=True),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "form IN ('sheet', 'slip', 'link', 'filed')", name=op.f("ck_invoice_copies_form")
        ),
        sa.CheckConstraint("copy_no >= 0", name=op.f("ck_invoice_copies_counted")),
        sa.ForeignKeyConstraint(["invoice_id"], ["app.invoices.id"], name=op.f("fk_invoice_copies_invoice_id")),
        sa.ForeignKeyConstraint(
            ["business_id"], ["app.businesses.id"], name=op.f("fk_invoice_copies_business_id")
        ),
        sa.PrimaryKeyConstraint("invoice_id", "copy_no", name=op.f("pk_invoice_copies")),
        schema="app",
    )
    op.create_index(
        "uq_invoice_copies_filed",
        "invoice_copies",
        ["invoice_id"],
        unique=True,
        schema="app",
        postgresql_where=sa.text("form = 'filed'"),
    )
    op.create_index(
        op.f("ix_invoice_copies_business_id_printed_at"),
        "invoice_copies",
        ["business_id", "printed_at"],
        schema="app",
    )
    op.execute("""
        ALTER TABLE app.invoice_copies ENABLE ROW LEVEL SECURITY;
        ALTER TABLE app.invoice_copies FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON app.invoice_copies USING (
            (SELECT app.scope_is_system()) OR business_id = ANY ((SELECT app.scope())::uuid[]));
        CREATE TRIGGER no_truncate BEFORE TRUNCATE ON app.invoice_copies
            FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON app.invoice_copies
            FOR EACH ROW EXECUTE FUNCTION app.refuse_change();
        GRANT SELECT, INSERT ON app.invoice_copies TO sauda_app;
    """)


def downgrade() -> None:
    op.drop_table("invoice_copies", schema="app")
    for name in ("address", "phone", "paper_language"):
        op.drop_column("billing_settings", name, schema="app")

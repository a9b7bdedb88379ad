"""How the sides and the goods of papers were called when they were written."""

import sqlalchemy as sa
from alembic import op

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("invoice_lines", sa.Column("name", sa.String(length=200), nullable=True), schema="app")
    op.create_table(
        "invoice_faces",
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("retailer_id", sa.Uuid(), nullable=True),
        sa.Column("seller_name", sa.String(length=200), nullable=False),
        sa.Column("seller_address", sa.String(length=300), nullable=False),
        sa.Column("seller_phone", sa.String(length=20), nullable=True),
        sa.Column("turnover", sa.String(length=40), nullable=True),
        sa.Column("retailer_name", sa.String(length=200), nullable=True),
        sa.Column("retailer_address", sa.String(length=300), nullable=True),
        sa.Column("buyer_profile", sa.String(length=40), nullable=True),
        sa.Column("buyer_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["invoice_id"], ["app.invoices.id"], name=op.f("fk_invoice_faces_invoice_id")),
        sa.ForeignKeyConstraint(["vendor_id"], ["app.businesses.id"], name=op.f("fk_invoice_faces_vendor_id")),
        sa.ForeignKeyConstraint(
            ["retailer_id"], ["app.businesses.id"], name=op.f("fk_invoice_faces_retailer_id")
        ),
        sa.PrimaryKeyConstraint("invoice_id", name=op.f("pk_invoice_faces")),
        schema="app",
    )
    op.execute("""
        ALTER TABLE app.invoice_faces ENABLE ROW LEVEL SECURITY;
        ALTER TABLE app.invoice_faces FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON app.invoice_faces USING (
            (SELECT app.scope_is_system()) OR vendor_id = ANY ((SELECT app.scope())::uuid[])
            OR retailer_id = ANY ((SELECT app.scope())::uuid[]));
        CREATE TRIGGER no_truncate BEFORE TRUNCATE ON app.invoice_faces
            FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON app.invoice_faces
            FOR EACH ROW EXECUTE FUNCTION app.refuse_change();
        GRANT SELECT, INSERT ON app.invoice_faces TO sauda_app;
    """)


def downgrade() -> None:
    op.drop_table("invoice_faces", schema="app")
    op.drop_column("invoice_lines", "name", schema="app")

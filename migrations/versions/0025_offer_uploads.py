"""Sheets of offers that were applied."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "offer_uploads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("lines", "new_offers", "changed_offers", "new_products", "left_out")
        ),
        sa.Column("applied_by", sa.Uuid(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["vendor_id"], ["app.businesses.id"], name=op.f("fk_offer_uploads_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer_uploads")),
        schema="app",
    )
    op.create_index("uq_offer_uploads_vendor_id_token", "offer_uploads", ["vendor_id", "token"], unique=True, schema="app")
    op.execute("""
        ALTER TABLE app.offer_uploads ENABLE ROW LEVEL SECURITY;
        ALTER TABLE app.offer_uploads FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON app.offer_uploads USING (
            (SELECT app.scope_is_system()) OR vendor_id = ANY ((SELECT app.scope())::uuid[]));
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON app.offer_uploads
            FOR EACH ROW EXECUTE FUNCTION app.refuse_change();
        CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON app.offer_uploads
            FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();
        GRANT SELECT, INSERT ON app.offer_uploads TO sauda_app;
    """)

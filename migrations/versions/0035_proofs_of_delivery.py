"""Who received a delivery, and whether a vendor wants to know."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "order_rules",
        sa.Column("needs_proof", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        schema="app",
    )
    op.create_table(
        "delivery_proofs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("retailer_id", sa.Uuid(), nullable=False),
        sa.Column("receiver_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("photo_key", sa.String(length=200), nullable=True),
        sa.Column("signature_key", sa.String(length=200), nullable=True),
        sa.Column("latitude", sa.Numeric(8, 5), nullable=True),
        sa.Column("longitude", sa.Numeric(8, 5), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(latitude IS NULL) = (longitude IS NULL) AND latitude BETWEEN -90 AND 90"
            " AND longitude BETWEEN -180 AND 180",
            name=op.f("ck_delivery_proofs_place"),
        ),
        *(
            sa.ForeignKeyConstraint([name], [f"app.{other}.id"], name=op.f(f"fk_delivery_proofs_{name}"))
            for name, other in (
                ("delivery_id", "deliveries"),
                ("order_id", "orders"),
                ("vendor_id", "businesses"),
                ("retailer_id", "businesses"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_proofs")),
        schema="app",
    )
    op.create_index(
        op.f("ix_delivery_proofs_delivery_id_recorded_at_id"),
        "delivery_proofs",
        ["delivery_id", "recorded_at", "id"],
        schema="app",
    )
    op.execute("""
        ALTER TABLE app.delivery_proofs ENABLE ROW LEVEL SECURITY;
        ALTER TABLE app.delivery_proofs FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON app.delivery_proofs USING (
            (SELECT app.scope_is_system()) OR vendor_id = ANY ((SELECT app.scope())::uuid[])
            OR retailer_id = ANY ((SELECT app.scope())::uuid[]));
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON app.delivery_proofs
            FOR EACH ROW EXECUTE FUNCTION app.refuse_change();
        CREATE TRIGGER no_truncate BEFORE TRUNCATE ON app.delivery_proofs
            FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();
        GRANT SELECT, INSERT ON app.delivery_proofs TO sauda_app;
    """)

"""Batches of goods with their expiry, the batch of a movement, and what deliveries took of which."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _batches()
    _levels_and_movements()
    _delivered()
    op.execute("""
        ALTER TABLE app.stock_batches ENABLE ROW LEVEL SECURITY;
        ALTER TABLE app.stock_batches FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON app.stock_batches USING (
            (SELECT app.scope_is_system()) OR business_id = ANY ((SELECT app.scope())::uuid[]));
        GRANT SELECT, INSERT ON app.stock_batches TO sauda_app;
        GRANT UPDATE (on_hand, expires_on, mrp_paisa) ON app.stock_batches TO sauda_app;
        ALTER TABLE app.delivery_batches ENABLE ROW LEVEL SECURITY;
        ALTER TABLE app.delivery_batches FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON app.delivery_batches USING (
            (SELECT app.scope_is_system()) OR vendor_id = ANY ((SELECT app.scope())::uuid[])
            OR retailer_id = ANY ((SELECT app.scope())::uuid[]));
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON app.delivery_batches
            FOR EACH ROW EXECUTE FUNCTION app.refuse_change();
        CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON app.delivery_batches
            FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();
        GRANT SELECT, INSERT ON app.delivery_batches TO sauda_app;
    """)


def _batches() -> None:
    op.create_table(
        "stock_batches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("mrp_paisa", sa.BigInteger(), nullable=True),
        sa.Column("on_hand", sa.Numeric(14, 3), server_default=sa.text("0"), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("on_hand >= 0", name=op.f("ck_stock_batches_on_hand")),
        sa.CheckConstraint("mrp_paisa > 0", name=op.f("ck_stock_batches_mrp")),
        sa.ForeignKeyConstraint(["business_id"], ["app.businesses.id"], name=op.f("fk_stock_batches_business_id")),
        sa.ForeignKeyConstraint(["product_id"], ["app.products.id"], name=op.f("fk_stock_batches_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_batches")),
        sa.UniqueConstraint(
            "business_id", "product_id", "number", name=op.f("uq_stock_batches_business_id_product_id_number")
        ),
        schema="app",
        postgresql_with={"fillfactor": "70"},
    )


def _levels_and_movements() -> None:
    op.add_column(
        "stock_levels",
        sa.Column("batched", sa.Numeric(14, 3), server_default=sa.text("0"), nullable=False),
        schema="app",
    )
    op.create_check_constraint(
        op.f("ck_stock_levels_batched_within_on_hand"),
        "stock_levels",
        "0 <= batched AND batched <= on_hand",
        schema="app",
        postgresql_not_valid=True,
    )
    op.add_column("stock_movements", sa.Column("batch_id", sa.Uuid(), nullable=True), schema="app")
    op.create_foreign_key(
        op.f("fk_stock_movements_batch_id"),
        "stock_movements",
        "stock_batches",
        ["batch_id"],
        ["id"],
        source_schema="app",
        referent_schema="app",
        postgresql_not_valid=True,
    )


def _delivered() -> None:
    op.create_table(
        "delivery_batches",
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("line_no", sa.SmallInteger(), nullable=False),
        sa.Column("part_no", sa.SmallInteger(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("retailer_id", sa.Uuid(), nullable=False),
        sa.Column("order_line_no", sa.SmallInteger(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("mrp_paisa", sa.BigInteger(), nullable=True),
        sa.Column("quantity", sa.Numeric(14, 3), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_delivery_batches_quantity")),
        sa.ForeignKeyConstraint(
            ["delivery_id", "line_no"],
            ["app.delivery_lines.delivery_id", "app.delivery_lines.line_no"],
            name=op.f("fk_delivery_batches_delivery_id_line_no"),
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["app.stock_batches.id"], name=op.f("fk_delivery_batches_batch_id")
        ),
        sa.PrimaryKeyConstraint("delivery_id", "line_no", "part_no", name=op.f("pk_delivery_batches")),
        schema="app",
    )
    op.create_index(op.f("ix_delivery_batches_batch_id"), "delivery_batches", ["batch_id"], schema="app")

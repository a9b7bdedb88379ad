"""Thresholds of low stock, and movements read as a list."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("stock_levels", sa.Column("low_at", sa.Numeric(14, 3), nullable=True), schema="app")
    op.create_check_constraint(op.f("ck_stock_levels_low_at"), "stock_levels", "low_at > 0", schema="app")
    op.create_table(
        "stock_thresholds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Numeric(14, 3), nullable=True),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_stock_thresholds_quantity")),
        sa.ForeignKeyConstraint(["business_id"], ["app.businesses.id"], name=op.f("fk_stock_thresholds_business_id")),
        sa.ForeignKeyConstraint(["product_id"], ["app.products.id"], name=op.f("fk_stock_thresholds_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_thresholds")),
        schema="app",
    )
    for table, columns in (
        ("stock_thresholds", ["business_id", "product_id", "recorded_at"]),
        ("stock_movements", ["business_id", "moved_at", "id"]),
    ):
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, columns, schema="app")
    op.create_index(
        "ix_stock_movements_adjustment",
        "stock_movements",
        ["source_id"],
        schema="app",
        postgresql_where=sa.text("kind = 'adjustment' AND source_id IS NOT NULL"),
    )
    op.execute("""
        ALTER TABLE app.stock_thresholds ENABLE ROW LEVEL SECURITY;
        ALTER TABLE app.stock_thresholds FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON app.stock_thresholds USING (
            (SELECT app.scope_is_system()) OR business_id = ANY ((SELECT app.scope())::uuid[]));
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON app.stock_thresholds
            FOR EACH ROW EXECUTE FUNCTION app.refuse_change();
        CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON app.stock_thresholds
            FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();
        GRANT SELECT, INSERT ON app.stock_thresholds TO sauda_app;
    """)

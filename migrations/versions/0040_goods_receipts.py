"""What buyers received with deliveries and gave back with returns."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "goods_receipts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("document_date", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("cost_paisa", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('receipt', 'return')", name=op.f("ck_goods_receipts_kind")),
        *(
            sa.ForeignKeyConstraint([name], [f"app.{other}.id"], name=op.f(f"fk_goods_receipts_{name}"))
            for name, other in (
                ("business_id", "businesses"),
                ("vendor_id", "businesses"),
                ("order_id", "orders"),
                ("delivery_id", "deliveries"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goods_receipts")),
        sa.UniqueConstraint("delivery_id", name=op.f("uq_goods_receipts_delivery_id")),
        schema="app",
    )
    op.create_table(
        "goods_receipt_lines",
        sa.Column("receipt_id", sa.Uuid(), nullable=False),
        sa.Column("line_no", sa.SmallInteger(), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("quantity", sa.Numeric(14, 3), nullable=False),
        sa.Column("base_unit", sa.String(length=20), nullable=False),
        sa.Column("base_quantity", sa.Numeric(14, 3), nullable=False),
        sa.Column("stocked_quantity", sa.Numeric(14, 3), nullable=False),
        sa.Column("cost_paisa", sa.BigInteger(), nullable=False),
        sa.Column("unit_cost", sa.Numeric(18, 6), nullable=False),
        sa.CheckConstraint(
            "quantity > 0 AND base_quantity > 0 AND cost_paisa >= 0", name=op.f("ck_goods_receipt_lines_positive")
        ),
        sa.CheckConstraint(
            "stocked_quantity BETWEEN 0 AND base_quantity", name=op.f("ck_goods_receipt_lines_stocked")
        ),
        *(
            sa.ForeignKeyConstraint([name], [f"app.{other}.id"], name=op.f(f"fk_goods_receipt_lines_{name}"))
            for name, other in (
                ("receipt_id", "goods_receipts"),
                ("business_id", "businesses"),
                ("product_id", "products"),
            )
        ),
        sa.PrimaryKeyConstraint("receipt_id", "line_no", name=op.f("pk_goods_receipt_lines")),
        schema="app",
    )
    for table, columns in (
        ("goods_receipts", ["business_id", "received_at", "id"]),
        ("goods_receipts", ["business_id", "vendor_id", "received_at", "id"]),
        ("goods_receipt_lines", ["business_id", "product_id"]),
    ):
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, columns, schema="app")
    for table in ("goods_receipts", "goods_receipt_lines"):
        op.execute(f"""
            ALTER TABLE app.{table} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE app.{table} FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON app.{table} USING (
                (SELECT app.scope_is_system()) OR business_id = ANY ((SELECT app.scope())::uuid[]));
            CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON app.{table}
                FOR EACH ROW EXECUTE FUNCTION app.refuse_change();
            CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON app.{table}
                FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();
            GRANT SELECT, INSERT ON app.{table} TO sauda_app;
        """)

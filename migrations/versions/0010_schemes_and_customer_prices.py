"""Schemes, prices agreed with customers, and the explanation of a line's price."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from foundation.tables import Xid8

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("order_lines", sa.Column("free_with_line", sa.SmallInteger()), schema="app")
    op.add_column("order_lines", sa.Column("explanation", postgresql.JSONB()), schema="app")
    op.create_table(
        "schemes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("product_id", sa.Uuid()),
        sa.Column("terms", postgresql.JSONB(), nullable=False),
        sa.Column("stacking", sa.String(40), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True)),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_in", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('free_goods', 'percent', 'amount', 'cash_discount')", name=op.f("ck_schemes_kind")
        ),
        sa.CheckConstraint("stacking IN ('stackable', 'exclusive')", name=op.f("ck_schemes_stacking")),
        sa.CheckConstraint("valid_until > valid_from", name=op.f("ck_schemes_validity")),
        sa.ForeignKeyConstraint(["vendor_id"], ["app.businesses.id"], name=op.f("fk_schemes_vendor_id")),
        sa.ForeignKeyConstraint(["product_id"], ["app.products.id"], name=op.f("fk_schemes_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schemes")),
        schema="app",
    )
    op.create_index(
        op.f("ix_schemes_vendor_id_code_valid_from"), "schemes", ["vendor_id", "code", "valid_from"], schema="app"
    )
    op.create_index(op.f("ix_schemes_changed_in"), "schemes", ["changed_in"], schema="app")
    op.create_table(
        "customer_prices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("retailer_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid()),
        sa.Column("unit", sa.String(20)),
        sa.Column("unit_price", sa.Numeric(18, 6)),
        sa.Column("percent_off", sa.Numeric(5, 2)),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True)),
        sa.Column("recorded_by", sa.Uuid()),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_in", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.CheckConstraint(
            "(unit_price IS NULL) <> (percent_off IS NULL)", name=op.f("ck_customer_prices_one_of")
        ),
        sa.CheckConstraint(
            "unit_price IS NULL OR (unit_price >= 0 AND product_id IS NOT NULL AND unit IS NOT NULL)",
            name=op.f("ck_customer_prices_price"),
        ),
        sa.CheckConstraint("percent_off > 0 AND percent_off <= 100", name=op.f("ck_customer_prices_percent")),
        sa.CheckConstraint("valid_until > valid_from", name=op.f("ck_customer_prices_validity")),
        sa.ForeignKeyConstraint(["vendor_id"], ["app.businesses.id"], name=op.f("fk_customer_prices_vendor_id")),
        sa.ForeignKeyConstraint(
            ["retailer_id"], ["app.businesses.id"], name=op.f("fk_customer_prices_retailer_id")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["app.products.id"], name=op.f("fk_customer_prices_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_prices")),
        schema="app",
    )
    op.create_index(
        "ix_customer_prices_as_vendor",
        "customer_prices",
        ["vendor_id", "retailer_id", "product_id", "valid_from"],
        schema="app",
    )
    op.create_index(
        "ix_customer_prices_as_retailer", "customer_prices", ["retailer_id", "vendor_id"], schema="app"
    )
    op.create_index(op.f("ix_customer_prices_changed_in"), "customer_prices", ["changed_in"], schema="app")
    for table in ("schemes", "customer_prices"):
        op.execute(f"""
            CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON app.{table}
                FOR EACH ROW EXECUTE FUNCTION app.refuse_change();
            CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON app.{table}
                FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();
            GRANT SELECT, INSERT ON app.{table} TO sauda_app;
        """)
    op.execute("""
        ALTER TABLE app.customer_prices ENABLE ROW LEVEL SECURITY;
        ALTER TABLE app.customer_prices FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON app.customer_prices USING (
            (SELECT app.scope_is_system()) OR vendor_id = ANY ((SELECT app.scope())::uuid[])
            OR retailer_id = ANY ((SELECT app.scope())::uuid[]));
    """)

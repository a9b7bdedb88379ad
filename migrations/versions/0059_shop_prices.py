"""What shops ask at their counters, and how their bills are made."""

import sqlalchemy as sa
from alembic import op

from foundation.tables import Xid8

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

SETTING_CHECKS = {
    "timing": "timing IN ('section-12', 'section-14')",
    "turnover": "turnover IN ('up-to-5-crore', 'above-5-crore')",
    "draft_hours": "draft_hours BETWEEN 1 AND 72",
}


def upgrade() -> None:
    op.create_table(
        "shop_prices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("unit_price", sa.Numeric(18, 6), nullable=True),
        sa.Column("mrp", sa.Numeric(18, 6), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("changed_in", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.CheckConstraint("unit_price > 0 AND mrp > 0", name=op.f("ck_shop_prices_positive")),
        sa.CheckConstraint("unit_price <= mrp", name=op.f("ck_shop_prices_within_mrp")),
        sa.ForeignKeyConstraint(["business_id"], ["app.businesses.id"], name=op.f("fk_shop_prices_business_id")),
        sa.ForeignKeyConstraint(["product_id"], ["app.products.id"], name=op.f("fk_shop_prices_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_prices")),
        schema="app",
    )
    for columns in (
        ["business_id", "product_id", "unit", "valid_from"],
        ["business_id", "valid_from", "id"],
        ["changed_in"],
    ):
        op.create_index(op.f(f"ix_shop_prices_{'_'.join(columns)}"), "shop_prices", columns, schema="app")
    op.create_table(
        "billing_settings",
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("timing", sa.String(length=40), nullable=False),
        sa.Column("turnover", sa.String(length=40), nullable=False),
        sa.Column("rounds_to_rupee", sa.Boolean(), nullable=False),
        sa.Column("may_abbreviate", sa.Boolean(), nullable=False),
        sa.Column("upi_address", sa.String(length=255), nullable=True),
        sa.Column("draft_hours", sa.Integer(), server_default=sa.text("4"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.CheckConstraint(condition, name=op.f(f"ck_billing_settings_{name}"))
            for name, condition in SETTING_CHECKS.items()
        ),
        sa.ForeignKeyConstraint(
            ["business_id"], ["app.businesses.id"], name=op.f("fk_billing_settings_business_id")
        ),
        sa.PrimaryKeyConstraint("business_id", name=op.f("pk_billing_settings")),
        schema="app",
        postgresql_with={"fillfactor": "85"},
    )
    for table, rights in (("shop_prices", "SELECT, INSERT"), ("billing_settings", "SELECT, INSERT, UPDATE")):
        op.execute(f"""
            ALTER TABLE app.{table} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE app.{table} FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON app.{table} USING (
                (SELECT app.scope_is_system()) OR business_id = ANY ((SELECT app.scope())::uuid[]));
            CREATE TRIGGER no_truncate BEFORE TRUNCATE ON app.{table}
                FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();
            GRANT {rights} ON app.{table} TO sauda_app;
        """)
    op.execute("""
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON app.shop_prices
            FOR EACH ROW EXECUTE FUNCTION app.refuse_change();
    """)


def downgrade() -> None:
    op.drop_table("billing_settings", schema="app")
    op.drop_table("shop_prices", schema="app")

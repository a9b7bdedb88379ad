"""Alerts on prices, when they are wanted, and what people did about them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "price_alert_rules",
        *_of_a_business("price_alert_rules"),
        sa.Column("band_percent", sa.Numeric(5, 2)),
        sa.Column("above_days", sa.Integer()),
        sa.Column("rise_percent", sa.Numeric(5, 2)),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        schema="app",
    )
    op.create_index(
        op.f("ix_price_alert_rules_business_id_valid_from"),
        "price_alert_rules",
        ["business_id", "valid_from"],
        schema="app",
    )
    op.create_table(
        "price_alerts",
        *_of_a_business("price_alerts"),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.String(length=200), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('open', 'acknowledged', 'closed')", name=op.f("ck_price_alerts_state")),
        sa.ForeignKeyConstraint(["product_id"], ["app.products.id"], name=op.f("fk_price_alerts_product_id")),
        sa.ForeignKeyConstraint(["vendor_id"], ["app.businesses.id"], name=op.f("fk_price_alerts_vendor_id")),
        schema="app",
        postgresql_with={"fillfactor": "85"},
    )
    op.create_index(
        "uq_price_alerts_business_id_cause", "price_alerts", ["business_id", "cause"], unique=True, schema="app"
    )
    op.create_index(
        op.f("ix_price_alerts_business_id_raised_at_id"),
        "price_alerts",
        ["business_id", "raised_at", "id"],
        schema="app",
    )
    op.create_table(
        "price_alert_moves",
        *_of_a_business("price_alert_moves"),
        sa.Column("alert_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("note", sa.String(length=200)),
        sa.Column("moved_by", sa.Uuid(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["app.price_alerts.id"], name=op.f("fk_price_alert_moves_alert_id")),
        schema="app",
    )
    op.create_index(
        op.f("ix_price_alert_moves_alert_id_moved_at"), "price_alert_moves", ["alert_id", "moved_at"], schema="app"
    )
    for table in ("price_alert_rules", "price_alerts", "price_alert_moves"):
        op.execute(f"""
            ALTER TABLE app.{table} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE app.{table} FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON app.{table} USING (
                (SELECT app.scope_is_system()) OR business_id = ANY ((SELECT app.scope())::uuid[]));
            GRANT SELECT, INSERT ON app.{table} TO sauda_app;
        """)
    op.execute("GRANT UPDATE (state, changed_at) ON app.price_alerts TO sauda_app")
    for table in ("price_alert_rules", "price_alert_moves"):
        op.execute(f"""
            CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON app.{table}
                FOR EACH ROW EXECUTE FUNCTION app.refuse_change();
            CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON app.{table}
                FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();
        """)


def _of_a_business(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(["business_id"], ["app.businesses.id"], name=op.f(f"fk_{table}_business_id")),
    ]

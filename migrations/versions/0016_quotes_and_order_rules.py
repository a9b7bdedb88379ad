"""Quotes that are kept, and what a vendor asks of orders."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

GUARDS = Path(__file__).parent.parent / "sql" / "0016_guards.sql"


def upgrade() -> None:
    op.create_table(
        "order_rules",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("acceptance_minutes", sa.Integer(), nullable=False),
        sa.Column("quote_minutes", sa.Integer(), nullable=False),
        sa.Column("minimum_order_paisa", sa.BigInteger(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("acceptance_minutes > 0 AND quote_minutes > 0", name=op.f("ck_order_rules_minutes")),
        sa.CheckConstraint("minimum_order_paisa >= 0", name=op.f("ck_order_rules_minimum")),
        sa.ForeignKeyConstraint(["business_id"], ["app.businesses.id"], name=op.f("fk_order_rules_business_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_rules")),
        schema="app",
    )
    op.create_index(
        op.f("ix_order_rules_business_id_set_at_id"), "order_rules", ["business_id", "set_at", "id"], schema="app"
    )
    op.create_table(
        "quotes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("retailer_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("settlement", sa.String(length=40), nullable=False),
        sa.Column("total_paisa", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("again_of", sa.Uuid(), nullable=True),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("kind IN ('quote', 'back_order')", name=op.f("ck_quotes_kind")),
        sa.ForeignKeyConstraint(["vendor_id"], ["app.businesses.id"], name=op.f("fk_quotes_vendor_id")),
        sa.ForeignKeyConstraint(["retailer_id"], ["app.businesses.id"], name=op.f("fk_quotes_retailer_id")),
        sa.ForeignKeyConstraint(["again_of"], ["app.orders.id"], name=op.f("fk_quotes_again_of")),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["app.orders.id"],
            name=op.f("fk_quotes_order_id"),
            deferrable=True,
            initially="DEFERRED",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quotes")),
        schema="app",
        postgresql_with={"fillfactor": "85"},
    )
    op.create_index(op.f("ix_quotes_valid_until"), "quotes", ["valid_until"], schema="app")
    op.create_index(
        "ix_quotes_waiting",
        "quotes",
        ["valid_until"],
        schema="app",
        postgresql_where=sa.text("kind = 'back_order' AND order_id IS NULL"),
    )
    for side in ("vendor", "retailer"):
        op.create_index(
            f"ix_quotes_back_orders_as_{side}",
            "quotes",
            [f"{side}_id", "made_at", "id"],
            schema="app",
            postgresql_where=sa.text("kind = 'back_order'"),
        )
    op.create_table(
        "quote_lines",
        sa.Column("quote_id", sa.Uuid(), nullable=False),
        sa.Column("line_no", sa.SmallInteger(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("retailer_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("base_quantity", sa.Numeric(14, 3), nullable=False),
        sa.Column("unit_price", sa.Numeric(18, 6), nullable=False),
        sa.Column("quantity", sa.Numeric(14, 3), nullable=False),
        sa.Column("minimum_quantity", sa.Numeric(14, 3), nullable=False),
        sa.Column("step", sa.Numeric(14, 3), nullable=False),
        sa.Column("is_stock_tracked", sa.Boolean(), nullable=False),
        sa.Column("lead_time_days", sa.Integer(), nullable=False),
        sa.Column("free_with_line", sa.SmallInteger(), nullable=True),
        sa.Column("explanation", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_quote_lines_quantity")),
        sa.ForeignKeyConstraint(
            ["quote_id"], ["app.quotes.id"], name=op.f("fk_quote_lines_quote_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["product_id"], ["app.products.id"], name=op.f("fk_quote_lines_product_id")),
        sa.PrimaryKeyConstraint("quote_id", "line_no", name=op.f("pk_quote_lines")),
        schema="app",
    )
    # Past SQLAlchemy, which would read a percent sign as a parameter.
    op.get_bind().connection.cursor().execute(GUARDS.read_text())

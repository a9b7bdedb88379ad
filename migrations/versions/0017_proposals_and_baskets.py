"""Other quantities for an order, proposed by one side and answered by the other; baskets with a name."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "order_proposals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("retailer_id", sa.Uuid(), nullable=False),
        sa.Column("order_version", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.Column("lines", postgresql.JSONB(), nullable=False),
        sa.Column("change_paisa", sa.BigInteger(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("side IN ('vendor', 'retailer')", name=op.f("ck_order_proposals_side")),
        sa.CheckConstraint(
            "state IN ('open', 'confirmed', 'declined', 'withdrawn', 'replaced')",
            name=op.f("ck_order_proposals_state"),
        ),
        sa.CheckConstraint("(state = 'open') = (answered_at IS NULL)", name=op.f("ck_order_proposals_answered")),
        sa.ForeignKeyConstraint(["order_id"], ["app.orders.id"], name=op.f("fk_order_proposals_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_proposals")),
        schema="app",
        postgresql_with={"fillfactor": "85"},
    )
    op.create_index(
        op.f("ix_order_proposals_order_id_proposed_at"), "order_proposals", ["order_id", "proposed_at"], schema="app"
    )
    op.create_index(
        "uq_order_proposals_open",
        "order_proposals",
        ["order_id"],
        unique=True,
        schema="app",
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "order_templates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("settlement", sa.String(length=40), nullable=False),
        sa.Column("lines", postgresql.JSONB(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["business_id"], ["app.businesses.id"], name=op.f("fk_order_templates_business_id")),
        sa.ForeignKeyConstraint(["vendor_id"], ["app.businesses.id"], name=op.f("fk_order_templates_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_templates")),
        sa.UniqueConstraint(
            "business_id", "vendor_id", "name", name=op.f("uq_order_templates_business_id_vendor_id_name")
        ),
        schema="app",
    )
    op.execute("""
        ALTER TABLE app.order_templates ENABLE ROW LEVEL SECURITY;
        ALTER TABLE app.order_templates FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON app.order_templates USING (
            (SELECT app.scope_is_system()) OR business_id = ANY ((SELECT app.scope())::uuid[]));
        GRANT SELECT, INSERT, UPDATE, DELETE ON app.order_templates TO sauda_app;
        ALTER TABLE app.order_proposals ENABLE ROW LEVEL SECURITY;
        ALTER TABLE app.order_proposals FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON app.order_proposals USING (
            (SELECT app.scope_is_system()) OR vendor_id = ANY ((SELECT app.scope())::uuid[])
            OR retailer_id = ANY ((SELECT app.scope())::uuid[]));
        GRANT SELECT, INSERT ON app.order_proposals TO sauda_app;
        GRANT UPDATE (state, answered_by, answered_at) ON app.order_proposals TO sauda_app;
    """)

"""Goods that came short or broken."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "claims",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("retailer_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.Column("lines", postgresql.JSONB(), nullable=False),
        sa.Column("photo_key", sa.String(length=200), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.String(length=200), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("credit_note_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("kind IN ('short', 'broken')", name=op.f("ck_claims_kind")),
        sa.CheckConstraint("state IN ('open', 'accepted', 'declined')", name=op.f("ck_claims_state")),
        sa.CheckConstraint("(state = 'open') = (answered_at IS NULL)", name=op.f("ck_claims_answered")),
        sa.CheckConstraint("(state = 'accepted') = (credit_note_id IS NOT NULL)", name=op.f("ck_claims_credited")),
        sa.ForeignKeyConstraint(["order_id"], ["app.orders.id"], name=op.f("fk_claims_order_id")),
        sa.ForeignKeyConstraint(["credit_note_id"], ["app.deliveries.id"], name=op.f("fk_claims_credit_note_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims")),
        schema="app",
        postgresql_with={"fillfactor": "85"},
    )
    op.create_index(op.f("ix_claims_order_id_made_at"), "claims", ["order_id", "made_at"], schema="app")
    op.execute("""
        ALTER TABLE app.claims ENABLE ROW LEVEL SECURITY;
        ALTER TABLE app.claims FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON app.claims USING (
            (SELECT app.scope_is_system()) OR vendor_id = ANY ((SELECT app.scope())::uuid[])
            OR retailer_id = ANY ((SELECT app.scope())::uuid[]));
        GRANT SELECT, INSERT ON app.claims TO sauda_app;
        GRANT UPDATE (state, answer, answered_by, answered_at, credit_note_id) ON app.claims TO sauda_app;
    """)

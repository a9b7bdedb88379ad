"""Goods that come back for others."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "exchanges",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("retailer_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("side", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("back", postgresql.JSONB(), nullable=False),
        sa.Column("same", postgresql.JSONB(), nullable=False),
        sa.Column("others", postgresql.JSONB(), nullable=False),
        sa.Column("agreed_paisa", sa.BigInteger(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.String(length=200), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("credit_note_id", sa.Uuid(), nullable=True),
        sa.Column("replacement_id", sa.Uuid(), nullable=True),
        sa.Column("new_order_id", sa.Uuid(), nullable=True),
        sa.Column("credited_paisa", sa.BigInteger(), nullable=True),
        sa.Column("charged_paisa", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("side IN ('vendor', 'retailer')", name=op.f("ck_exchanges_side")),
        sa.CheckConstraint(
            "state IN ('open', 'done', 'declined', 'withdrawn')", name=op.f("ck_exchanges_state")
        ),
        sa.CheckConstraint("(state = 'open') = (answered_at IS NULL)", name=op.f("ck_exchanges_answered")),
        sa.CheckConstraint("(state = 'done') = (credit_note_id IS NOT NULL)", name=op.f("ck_exchanges_credited")),
        *(
            sa.ForeignKeyConstraint([name], [f"app.{other}.id"], name=op.f(f"fk_exchanges_{name}"))
            for name, other in (
                ("order_id", "orders"),
                ("credit_note_id", "deliveries"),
                ("replacement_id", "deliveries"),
                ("new_order_id", "orders"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchanges")),
        schema="app",
        postgresql_with={"fillfactor": "85"},
    )
    op.create_index(op.f("ix_exchanges_order_id_made_at"), "exchanges", ["order_id", "made_at"], schema="app")
    op.execute("""
        ALTER TABLE app.exchanges ENABLE ROW LEVEL SECURITY;
        ALTER TABLE app.exchanges FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON app.exchanges USING (
            (SELECT app.scope_is_system()) OR vendor_id = ANY ((SELECT app.scope())::uuid[])
            OR retailer_id = ANY ((SELECT app.scope())::uuid[]));
        GRANT SELECT, INSERT ON app.exchanges TO sauda_app;
        GRANT UPDATE (state, answer, answered_by, answered_at, credit_note_id, replacement_id, new_order_id,
                      credited_paisa, charged_paisa) ON app.exchanges TO sauda_app;
    """)

"""Disputes, what they mark, and their timeline."""

import sqlalchemy as sa
from alembic import op

from foundation.tables import Xid8

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

SUBJECTS = "('order', 'delivery', 'debt')"
REASONS = "('amount', 'price', 'quantity', 'quality', 'not-delivered', 'paid-already', 'not-ordered', 'other')"
STATES = "('open', 'answered', 'escalated', 'settled')"
OUTCOMES = "('credit-note', 'paid', 'withdrawn', 'upheld', 'rejected')"
CHECKS = {
    "subject": f"subject IN {SUBJECTS}",
    "about": "(subject = 'debt') = (item_id IS NOT NULL) AND (subject = 'delivery') = (delivery_id IS NOT NULL)"
    " AND (subject <> 'order' OR order_id IS NOT NULL)",
    "positive": "amount_paisa > 0",
    "side": "side IN ('vendor', 'retailer')",
    "reason": f"reason IN {REASONS}",
    "state": f"state IN {STATES}",
    "outcome": f"outcome IN {OUTCOMES}",
    "settled": "(state = 'settled') = (outcome IS NOT NULL) AND (outcome IS NULL) = (settled_at IS NULL)",
}


def upgrade() -> None:
    op.create_table(
        "disputes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("retailer_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("delivery_id", sa.Uuid(), nullable=True),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("amount_paisa", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("side", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.Column("evidence_key", sa.String(length=200), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.String(length=200), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("credit_note_id", sa.Uuid(), nullable=True),
        _changed_in(),
        *(
            sa.CheckConstraint(condition, name=op.f(f"ck_disputes_{name}"))
            for name, condition in CHECKS.items()
        ),
        *_refer(
            "disputes",
            vendor_id="businesses",
            retailer_id="businesses",
            order_id="orders",
            delivery_id="deliveries",
            item_id="receivable_items",
            credit_note_id="deliveries",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disputes")),
        schema="app",
        postgresql_with={"fillfactor": "85"},
    )
    for name, columns in (
        ("ix_disputes_as_vendor", ["vendor_id", "opened_at", "id"]),
        ("ix_disputes_as_retailer", ["retailer_id", "opened_at", "id"]),
        ("ix_disputes_opened_at_id", ["opened_at", "id"]),
        ("ix_disputes_order_id", ["order_id"]),
    ):
        op.create_index(op.f(name), "disputes", columns, schema="app")
    op.create_index(
        "ix_disputes_unanswered",
        "disputes",
        ["answer_by"],
        schema="app",
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "disputed_items",
        sa.Column("dispute_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("retailer_id", sa.Uuid(), nullable=False),
        sa.Column("amount_paisa", sa.BigInteger(), nullable=False),
        _changed_in(),
        sa.CheckConstraint("amount_paisa > 0", name=op.f("ck_disputed_items_positive")),
        *_refer("disputed_items", dispute_id="disputes", item_id="receivable_items"),
        sa.PrimaryKeyConstraint("dispute_id", "item_id", name=op.f("pk_disputed_items")),
        schema="app",
    )
    op.create_index(op.f("ix_disputed_items_item_id"), "disputed_items", ["item_id"], schema="app")
    op.create_index(op.f("ix_disputed_items_changed_in"), "disputed_items", ["changed_in"], schema="app")
    op.create_table(
        "dispute_timeline",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dispute_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("retailer_id", sa.Uuid(), nullable=False),
        sa.Column("verb", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("side", sa.String(length=40), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "side IN ('vendor', 'retailer', 'admin', 'system')", name=op.f("ck_dispute_timeline_side")
        ),
        *_refer("dispute_timeline", dispute_id="disputes"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute_timeline")),
        schema="app",
    )
    op.create_index(
        op.f("ix_dispute_timeline_dispute_id_happened_at"),
        "dispute_timeline",
        ["dispute_id", "happened_at"],
        schema="app",
    )
    _guard()


def _changed_in() -> sa.Column[str]:
    return sa.Column("changed_in", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False)


def _refer(table: str, **columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([name], [f"app.{other}.id"], name=op.f(f"fk_{table}_{name}"))
        for name, other in columns.items()
    ]


def _guard() -> None:
    for name in ("disputes", "disputed_items", "dispute_timeline"):
        op.execute(f"""
            ALTER TABLE app.{name} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE app.{name} FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON app.{name} USING (
                (SELECT app.scope_is_system()) OR vendor_id = ANY ((SELECT app.scope())::uuid[])
                OR retailer_id = ANY ((SELECT app.scope())::uuid[]));
            CREATE TRIGGER no_truncate BEFORE TRUNCATE ON app.{name}
                FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();
            GRANT SELECT, INSERT ON app.{name} TO sauda_app;
        """)
    for name in ("disputed_items", "dispute_timeline"):
        op.execute(f"""
            CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON app.{name}
                FOR EACH ROW EXECUTE FUNCTION app.refuse_change();
        """)
    op.execute("""
        CREATE TRIGGER mark_changed BEFORE UPDATE ON app.disputes
            FOR EACH ROW EXECUTE FUNCTION app.mark_changed();
        CREATE TRIGGER leave_tombstone AFTER DELETE ON app.disputes
            FOR EACH ROW EXECUTE FUNCTION app.leave_tombstone('id');
        GRANT UPDATE (state, answer, answered_at, escalated_at, outcome, settled_at, credit_note_id)
            ON app.disputes TO sauda_app;
    """)

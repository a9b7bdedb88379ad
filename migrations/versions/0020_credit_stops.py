"""Orders that credit has no room for, held until somebody approves them."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

REASONS = "('over-limit', 'overdue', 'every-order')"
STATES = "('waiting', 'approved', 'declined', 'timed-out', 'withdrawn', 'voided')"

# Debts are looked at only under a rule about late ones. A rule of the pair goes before the one for all.
RULE_IN_FORCE = """
    CREATE FUNCTION app.credit_stop(vendor uuid, retailer uuid, account uuid, time_zone text, at timestamptz)
    RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
    DECLARE
        rule app.credit_stops;
        today date := (at AT TIME ZONE time_zone)::date;
        days_late integer;
    BEGIN
        SELECT * INTO rule FROM app.credit_stops WHERE vendor_id = vendor AND retailer_id = retailer
            AND valid_from <= at ORDER BY valid_from DESC, id DESC LIMIT 1;
        IF rule.mode IS NULL OR rule.mode = 'as-vendor' THEN
            SELECT * INTO rule FROM app.credit_stops WHERE vendor_id = vendor AND retailer_id IS NULL
                AND valid_from <= at ORDER BY valid_from DESC, id DESC LIMIT 1;
        END IF;
        IF rule.mode IS NULL OR rule.mode = 'refuse' THEN
            RETURN NULL;
        END IF;
        IF rule.overdue_days IS NOT NULL THEN
            SELECT today - min(item.due_date) INTO days_late FROM app.receivable_items item
            WHERE item.account_id = account AND item.amount_paisa > 0 AND item.due_date < today - rule.overdue_days
              AND item.amount_paisa > coalesce((SELECT sum(settled.amount_paisa) FROM app.allocations settled
                                                WHERE settled.debit_item_id = item.id), 0);
        END IF;
        RETURN jsonb_build_object('mode', rule.mode, 'tolerance_percent', rule.tolerance_percent::text,
            'overdue_days', rule.overdue_days, 'window_minutes', rule.window_minutes,
            'escalate_minutes', rule.escalate_minutes, 'days_late', days_late);
    END $$;
"""


def upgrade() -> None:
    _widen("decisions", "outcome", "('granted', 'refused', 'held')")
    _widen("orders", "credit_state", "('none', 'awaiting', 'held', 'part_charged', 'charged', 'released')")
    _stops()
    _approvals()
    op.execute(RULE_IN_FORCE)
    op.execute("""
        ALTER TABLE app.credit_stops ENABLE ROW LEVEL SECURITY;
        ALTER TABLE app.credit_stops FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON app.credit_stops USING (
            (SELECT app.scope_is_system()) OR vendor_id = ANY ((SELECT app.scope())::uuid[]));
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON app.credit_stops
            FOR EACH ROW EXECUTE FUNCTION app.refuse_change();
        CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON app.credit_stops
            FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();
        GRANT SELECT, INSERT ON app.credit_stops TO sauda_app;
        ALTER TABLE app.order_approvals ENABLE ROW LEVEL SECURITY;
        ALTER TABLE app.order_approvals FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON app.order_approvals USING (
            (SELECT app.scope_is_system()) OR vendor_id = ANY ((SELECT app.scope())::uuid[])
            OR retailer_id = ANY ((SELECT app.scope())::uuid[]));
        GRANT SELECT, INSERT ON app.order_approvals TO sauda_app;
        GRANT UPDATE (state, amount_paisa, excess_paisa, requested_by, escalated_at, decided_by, decided_at,
                      limit_paisa, note) ON app.order_approvals TO sauda_app;
    """)


def _widen(table: str, column: str, values: str) -> None:
    op.drop_constraint(op.f(f"ck_{table}_{column}"), table, schema="app")
    op.create_check_constraint(op.f(f"ck_{table}_{column}"), table, f"{column} IN {values}", schema="app")


def _stops() -> None:
    op.create_table(
        "credit_stops",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("retailer_id", sa.Uuid(), nullable=True),
        sa.Column("mode", sa.String(length=40), nullable=False),
        sa.Column("tolerance_percent", sa.Numeric(6, 3), nullable=False),
        sa.Column("overdue_days", sa.Integer(), nullable=True),
        sa.Column("window_minutes", sa.Integer(), nullable=False),
        sa.Column("escalate_minutes", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("policy_version", sa.String(length=60), nullable=True),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("mode IN ('refuse', 'hold', 'hold-all', 'as-vendor')", name=op.f("ck_credit_stops_mode")),
        sa.CheckConstraint("mode <> 'as-vendor' OR retailer_id IS NOT NULL", name=op.f("ck_credit_stops_pair")),
        sa.CheckConstraint("tolerance_percent BETWEEN 0 AND 100", name=op.f("ck_credit_stops_tolerance")),
        sa.CheckConstraint("overdue_days BETWEEN 0 AND 365", name=op.f("ck_credit_stops_overdue")),
        sa.CheckConstraint(
            "escalate_minutes > 0 AND escalate_minutes <= window_minutes", name=op.f("ck_credit_stops_minutes")
        ),
        sa.CheckConstraint("(set_by IS NULL) <> (policy_version IS NULL)", name=op.f("ck_credit_stops_setter")),
        sa.ForeignKeyConstraint(["vendor_id"], ["app.businesses.id"], name=op.f("fk_credit_stops_vendor_id")),
        sa.ForeignKeyConstraint(["retailer_id"], ["app.businesses.id"], name=op.f("fk_credit_stops_retailer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_stops")),
        schema="app",
    )
    op.create_index(
        op.f("ix_credit_stops_vendor_id_retailer_id_valid_from"),
        "credit_stops",
        ["vendor_id", "retailer_id", "valid_from"],
        schema="app",
    )
    op.create_index(op.f("ix_credit_stops_retailer_id"), "credit_stops", ["retailer_id"], schema="app")


def _approvals() -> None:
    op.create_table(
        "order_approvals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("retailer_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("amount_paisa", sa.BigInteger(), nullable=False),
        sa.Column("tolerance_percent", sa.Numeric(6, 3), nullable=False),
        sa.Column("excess_paisa", sa.BigInteger(), nullable=False),
        sa.Column("days_late", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("escalate_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("limit_paisa", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.CheckConstraint("amount_paisa > 0", name=op.f("ck_order_approvals_positive")),
        sa.CheckConstraint(f"reason IN {REASONS}", name=op.f("ck_order_approvals_reason")),
        sa.CheckConstraint(f"state IN {STATES}", name=op.f("ck_order_approvals_state")),
        sa.CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name=op.f("ck_order_approvals_decided")),
        sa.CheckConstraint(
            "state <> 'approved' OR (decided_by IS NOT NULL AND decided_by IS DISTINCT FROM requested_by)",
            name=op.f("ck_order_approvals_two_people"),
        ),
        *(
            sa.ForeignKeyConstraint([name], [f"app.{other}.id"], name=op.f(f"fk_order_approvals_{name}"))
            for name, other in (
                ("order_id", "orders"),
                ("vendor_id", "businesses"),
                ("retailer_id", "businesses"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_approvals")),
        schema="app",
        postgresql_with={"fillfactor": "85"},
    )
    for name, columns, is_unique, where in (
        ("uq_order_approvals_waiting", ["order_id"], True, "state = 'waiting'"),
        ("ix_order_approvals_order_id_requested_at", ["order_id", "requested_at"], False, None),
        ("ix_order_approvals_as_vendor", ["vendor_id", "requested_at", "id"], False, None),
        ("ix_order_approvals_as_retailer", ["retailer_id", "requested_at", "id"], False, None),
        (
            "ix_order_approvals_to_escalate",
            ["escalate_at"],
            False,
            "state = 'waiting' AND escalated_at IS NULL",
        ),
    ):
        op.create_index(
            op.f(name),
            "order_approvals",
            columns,
            unique=is_unique,
            schema="app",
            postgresql_where=None if where is None else sa.text(where),
        )

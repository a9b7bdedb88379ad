"""What rules about risk do beside the alert, how far a vendor lets them, days that were skipped, alerts given to others."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0036"
branch_labels = None
depends_on = None

HOT = {"postgresql_with": {"fillfactor": "85"}}
RULE_CHECKS = {
    "effect": "effect IN ('alert', 'hold', 'lower-limit', 'stop')",
    "lower_by": "lower_by IN ('step', 'percent', 'to-owed')",
    "lowering": "(effect = 'lower-limit') = (lower_by IS NOT NULL)"
    " AND (lower_paisa IS NOT NULL) = (lower_by IS NOT DISTINCT FROM 'step')"
    " AND (lower_percent IS NOT NULL) = (lower_by IS NOT DISTINCT FROM 'percent')",
    "lower_bounds": "lower_paisa > 0 AND lower_percent > 0 AND lower_percent <= 100",
}


def upgrade() -> None:
    op.drop_constraint(op.f("ck_credit_stops_mode"), "credit_stops", schema="app")
    op.create_check_constraint(
        op.f("ck_credit_stops_mode"),
        "credit_stops",
        "mode IN ('refuse', 'hold', 'hold-all', 'refuse-all', 'as-vendor')",
        schema="app",
    )
    for column in (
        sa.Column("effect", sa.String(40), server_default=sa.text("'alert'"), nullable=False),
        sa.Column("lower_by", sa.String(40), nullable=True),
        sa.Column("lower_paisa", sa.BigInteger(), nullable=True),
        sa.Column("lower_percent", sa.Numeric(6, 3), nullable=True),
    ):
        op.add_column("risk_rules", column, schema="app")
    for name, condition in RULE_CHECKS.items():
        op.create_check_constraint(op.f(f"ck_risk_rules_{name}"), "risk_rules", condition, schema="app")
    _flag("risk_evaluations", "is_skipped")
    _flag("risk_alerts", "is_inside")
    _bounds()
    _actions()
    op.add_column("risk_alert_moves", sa.Column("owner_id", sa.Uuid(), nullable=True), schema="app")
    op.add_column("risk_alert_moves", sa.Column("action_id", sa.Uuid(), nullable=True), schema="app")
    op.create_foreign_key(
        op.f("fk_risk_alert_moves_action_id"),
        "risk_alert_moves",
        "risk_actions",
        ["action_id"],
        ["id"],
        source_schema="app",
        referent_schema="app",
    )
    # A vendor sees what rules did to its own customers, and what it allowed; only the worker and its own undoing write.
    op.execute("""
        ALTER TABLE app.risk_bounds ENABLE ROW LEVEL SECURITY;
        ALTER TABLE app.risk_bounds FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON app.risk_bounds USING (
            (SELECT app.scope_is_system()) OR vendor_id = ANY ((SELECT app.scope())::uuid[]));
        ALTER TABLE app.risk_actions ENABLE ROW LEVEL SECURITY;
        ALTER TABLE app.risk_actions FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON app.risk_actions USING (
            (SELECT app.scope_is_system()) OR vendor_id = ANY ((SELECT app.scope())::uuid[]));
        ALTER POLICY tenant ON app.risk_alerts USING (
            (SELECT app.scope_is_system()) OR vendor_id = ANY ((SELECT app.scope())::uuid[]) AND NOT is_inside);
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON app.risk_bounds
            FOR EACH ROW EXECUTE FUNCTION app.refuse_change();
        CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON app.risk_bounds
            FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();
        GRANT SELECT, INSERT ON app.risk_bounds, app.risk_actions TO sauda_app;
        GRANT UPDATE (state, reason_code, limit_before_paisa, limit_after_paisa, limit_id, stop_id, score_version,
                      decided_at, reverted_by, reverted_at, revert_reason) ON app.risk_actions TO sauda_app;
    """)


def _flag(table: str, name: str) -> None:
    flag = sa.Column(name, sa.Boolean(), server_default=sa.text("false"), nullable=False)
    op.add_column(table, flag, schema="app")


def _id(name: str = "id", nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def _word(name: str, length: int = 40, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(length), nullable=nullable)


def _moment(name: str, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _refers(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"app.{other}.id"], name=op.f(f"fk_{table}_{column}"))


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns), schema="app")


def _bounds() -> None:
    op.create_table(
        "risk_bounds",
        _id(),
        _id("vendor_id"),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("floor_paisa", sa.BigInteger(), nullable=False),
        sa.Column("step_max_percent", sa.Numeric(6, 3), nullable=False),
        sa.Column("days_between", sa.Integer(), nullable=False),
        _id("set_by"),
        _moment("valid_from"),
        sa.CheckConstraint("floor_paisa >= 0", name=op.f("ck_risk_bounds_floor")),
        sa.CheckConstraint(
            "step_max_percent > 0 AND step_max_percent <= 100", name=op.f("ck_risk_bounds_step")
        ),
        sa.CheckConstraint("days_between BETWEEN 1 AND 365", name=op.f("ck_risk_bounds_days")),
        _refers("risk_bounds", "vendor_id", "businesses"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_bounds")),
        schema="app",
    )
    _index("risk_bounds", "vendor_id", "valid_from")


def _actions() -> None:
    op.create_table(
        "risk_actions",
        _id(),
        _id("alert_id"),
        _id("rule_id"),
        _word("policy_version", 60),
        _id("agreement_id"),
        _id("vendor_id"),
        _id("retailer_id"),
        sa.Column("day", sa.Date(), nullable=False),
        _word("kind"),
        _word("state"),
        _word("reason_code", nullable=True),
        sa.Column("limit_before_paisa", sa.BigInteger(), nullable=True),
        sa.Column("limit_after_paisa", sa.BigInteger(), nullable=True),
        _id("limit_id", True),
        _id("stop_id", True),
        _word("score_version", 60, True),
        _moment("due_at"),
        _moment("decided_at", True),
        _id("reverted_by", True),
        _moment("reverted_at", True),
        _word("revert_reason", 200, True),
        sa.CheckConstraint("kind IN ('hold', 'lower-limit', 'stop')", name=op.f("ck_risk_actions_kind")),
        sa.CheckConstraint(
            "state IN ('due', 'taken', 'skipped', 'reverted')", name=op.f("ck_risk_actions_state")
        ),
        sa.CheckConstraint("(state = 'due') = (decided_at IS NULL)", name=op.f("ck_risk_actions_decided")),
        sa.CheckConstraint(
            "(state = 'skipped') = (reason_code IS NOT NULL)", name=op.f("ck_risk_actions_skipped")
        ),
        sa.CheckConstraint(
            "(state = 'reverted') = (reverted_at IS NOT NULL)", name=op.f("ck_risk_actions_reverted")
        ),
        sa.CheckConstraint("limit_after_paisa < limit_before_paisa", name=op.f("ck_risk_actions_lower")),
        _refers("risk_actions", "alert_id", "risk_alerts"),
        _refers("risk_actions", "rule_id", "risk_rules"),
        _refers("risk_actions", "agreement_id", "credit_agreements"),
        _refers("risk_actions", "vendor_id", "businesses"),
        _refers("risk_actions", "retailer_id", "businesses"),
        _refers("risk_actions", "limit_id", "credit_limits"),
        _refers("risk_actions", "stop_id", "credit_stops"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_actions")),
        sa.UniqueConstraint(
            "rule_id", "agreement_id", "day", name=op.f("uq_risk_actions_rule_id_agreement_id_day")
        ),
        schema="app",
        **HOT,
    )
    op.create_index(
        "ix_risk_actions_due",
        "risk_actions",
        ["due_at", "id"],
        schema="app",
        postgresql_where=sa.text("state = 'due'"),
    )
    _index("risk_actions", "alert_id")
    _index("risk_actions", "agreement_id")
    _index("risk_actions", "due_at", "id")
    _index("risk_actions", "vendor_id", "due_at", "id")
    _index("risk_actions", "retailer_id")

"""Rules about risk, their dry runs and evaluations, and the alerts they raise."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

HOT = {"postgresql_with": {"fillfactor": "85"}}
ALERT_STATES = "state IN ('open', 'acknowledged', 'snoozed', 'closed')"


def upgrade() -> None:
    _rules()
    _alerts()
    # Rules are the platform's alone. A vendor sees alerts about its own customers; only the platform moves them.
    op.execute("""
        ALTER TABLE app.risk_rules ENABLE ROW LEVEL SECURITY;
        ALTER TABLE app.risk_rules FORCE ROW LEVEL SECURITY;
        CREATE POLICY platform ON app.risk_rules USING ((SELECT app.scope_is_system()));
        ALTER TABLE app.risk_dry_runs ENABLE ROW LEVEL SECURITY;
        ALTER TABLE app.risk_dry_runs FORCE ROW LEVEL SECURITY;
        CREATE POLICY platform ON app.risk_dry_runs USING ((SELECT app.scope_is_system()));
        ALTER TABLE app.risk_evaluations ENABLE ROW LEVEL SECURITY;
        ALTER TABLE app.risk_evaluations FORCE ROW LEVEL SECURITY;
        CREATE POLICY platform ON app.risk_evaluations USING ((SELECT app.scope_is_system()));
        ALTER TABLE app.risk_alerts ENABLE ROW LEVEL SECURITY;
        ALTER TABLE app.risk_alerts FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON app.risk_alerts USING (
            (SELECT app.scope_is_system()) OR vendor_id = ANY ((SELECT app.scope())::uuid[]));
        ALTER TABLE app.risk_alert_moves ENABLE ROW LEVEL SECURITY;
        ALTER TABLE app.risk_alert_moves FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON app.risk_alert_moves USING (
            (SELECT app.scope_is_system()) OR vendor_id = ANY ((SELECT app.scope())::uuid[]));
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON app.risk_dry_runs
            FOR EACH ROW EXECUTE FUNCTION app.refuse_change();
        CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON app.risk_dry_runs
            FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON app.risk_alert_moves
            FOR EACH ROW EXECUTE FUNCTION app.refuse_change();
        CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON app.risk_alert_moves
            FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();
        GRANT SELECT, INSERT ON app.risk_rules, app.risk_dry_runs, app.risk_evaluations, app.risk_alerts,
            app.risk_alert_moves TO sauda_app;
        GRANT UPDATE (state, live_by, live_at, retired_by, retired_at) ON app.risk_rules TO sauda_app;
        GRANT UPDATE (hits, alerts) ON app.risk_evaluations TO sauda_app;
        GRANT UPDATE (state, owner_id, snoozed_until) ON app.risk_alerts TO sauda_app;
    """)


def _moment(name: str, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _id(name: str = "id", nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def _word(name: str, length: int = 40, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(length), nullable=nullable)


def _whole(name: str) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=False)


def _refers(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"app.{other}.id"], name=op.f(f"fk_{table}_{column}"))


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns), schema="app")


def _rules() -> None:
    op.create_table(
        "risk_rules",
        _id(),
        _word("name"),
        _whole("version"),
        _word("condition", 500),
        _word("state"),
        _id("written_by"),
        _moment("written_at"),
        _id("live_by", True),
        _moment("live_at", True),
        _id("retired_by", True),
        _moment("retired_at", True),
        sa.CheckConstraint("state IN ('draft', 'live', 'retired')", name=op.f("ck_risk_rules_state")),
        sa.CheckConstraint("live_by <> written_by", name=op.f("ck_risk_rules_two_people")),
        sa.CheckConstraint("state <> 'live' OR live_at IS NOT NULL", name=op.f("ck_risk_rules_live")),
        sa.CheckConstraint("(state = 'retired') = (retired_at IS NOT NULL)", name=op.f("ck_risk_rules_retired")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_rules")),
        sa.UniqueConstraint("name", "version", name=op.f("uq_risk_rules_name_version")),
        schema="app",
        **HOT,
    )
    live = sa.text("state = 'live'")
    op.create_index("uq_risk_rules_live", "risk_rules", ["name"], unique=True, schema="app", postgresql_where=live)
    op.create_table(
        "risk_dry_runs",
        _id(),
        _id("rule_id"),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        _whole("hits"),
        _whole("pairs"),
        _whole("days"),
        sa.Column("found", postgresql.JSONB(), nullable=False),
        _id("run_by"),
        _moment("run_at"),
        _refers("risk_dry_runs", "rule_id", "risk_rules"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_dry_runs")),
        schema="app",
    )
    _index("risk_dry_runs", "rule_id", "run_at")
    op.create_table(
        "risk_evaluations",
        _id("rule_id"),
        sa.Column("day", sa.Date(), nullable=False),
        _whole("hits"),
        _whole("alerts"),
        _moment("evaluated_at"),
        _refers("risk_evaluations", "rule_id", "risk_rules"),
        sa.PrimaryKeyConstraint("rule_id", "day", name=op.f("pk_risk_evaluations")),
        schema="app",
    )


def _alerts() -> None:
    op.create_table(
        "risk_alerts",
        _id(),
        _id("rule_id"),
        _word("rule_name"),
        _id("agreement_id"),
        _id("vendor_id"),
        _id("retailer_id"),
        _word("currency", 3),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("owed_paisa", sa.BigInteger(), nullable=False),
        sa.Column("figures", postgresql.JSONB(), nullable=False),
        _word("state"),
        _id("owner_id", True),
        sa.Column("snoozed_until", sa.Date(), nullable=True),
        _moment("raised_at"),
        sa.CheckConstraint(ALERT_STATES, name=op.f("ck_risk_alerts_state")),
        sa.CheckConstraint(
            "(state = 'snoozed') = (snoozed_until IS NOT NULL)", name=op.f("ck_risk_alerts_snoozed")
        ),
        _refers("risk_alerts", "rule_id", "risk_rules"),
        _refers("risk_alerts", "agreement_id", "credit_agreements"),
        _refers("risk_alerts", "vendor_id", "businesses"),
        _refers("risk_alerts", "retailer_id", "businesses"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_alerts")),
        sa.UniqueConstraint(
            "rule_id", "agreement_id", "day", name=op.f("uq_risk_alerts_rule_id_agreement_id_day")
        ),
        schema="app",
        **HOT,
    )
    op.create_index(
        "uq_risk_alerts_open",
        "risk_alerts",
        ["agreement_id", "rule_name"],
        unique=True,
        schema="app",
        postgresql_where=sa.text("state <> 'closed'"),
    )
    _index("risk_alerts", "raised_at", "id")
    _index("risk_alerts", "vendor_id", "raised_at", "id")
    _index("risk_alerts", "retailer_id", "raised_at", "id")
    op.create_table(
        "risk_alert_moves",
        _id(),
        _id("alert_id"),
        _id("vendor_id"),
        _word("state"),
        _id("actor_id", True),
        _word("note", 200, True),
        _moment("happened_at"),
        sa.CheckConstraint(ALERT_STATES, name=op.f("ck_risk_alert_moves_state")),
        _refers("risk_alert_moves", "alert_id", "risk_alerts"),
        _refers("risk_alert_moves", "vendor_id", "businesses"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_alert_moves")),
        schema="app",
    )
    _index("risk_alert_moves", "alert_id", "happened_at", "id")

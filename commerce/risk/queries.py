"""Every question and lock of risk control."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from commerce.risk.models import RiskAlert, RiskRule

_RULES = text("""
    SELECT rule.id, rule.name, rule.version, rule.condition, rule.state, rule.written_by, rule.written_at,
           rule.live_by, rule.live_at, rule.retired_by, rule.retired_at,
           tried.first_day, tried.last_day, tried.hits, tried.pairs, tried.days, tried.found, tried.run_at
    FROM app.risk_rules rule
    LEFT JOIN LATERAL (SELECT * FROM app.risk_dry_runs run WHERE run.rule_id = rule.id
                       ORDER BY run.run_at DESC, run.id DESC LIMIT 1) tried ON true
    WHERE (CAST(:id AS uuid) IS NULL OR rule.id = :id)
      AND (CAST(:state AS text) IS NULL OR rule.state = :state)
      AND (CAST(:name_after AS text) IS NULL
           OR (rule.name, rule.version) > (:name_after, CAST(:version_after AS integer)))
    ORDER BY rule.name, rule.version LIMIT :limit
""")


def rules(
    session: Session,
    *,
    rule_id: UUID | None = None,
    state: str | None = None,
    after: tuple[str, int] | None = None,
    limit: int = 50,
) -> Sequence[RowMapping]:
    """Rules by name and version, each with its last dry run."""
    name, version = after or (None, None)
    asked = {"id": rule_id, "state": state, "name_after": name, "version_after": version, "limit": limit}
    return session.execute(_RULES, asked).mappings().all()


def lock_rule(session: Session, rule_id: UUID) -> RiskRule | None:
    """Lock one version of a rule."""
    return session.get(RiskRule, rule_id, with_for_update={"key_share": True}, populate_existing=True)


def lock_names(session: Session, name: str) -> None:
    """Let nobody else write or release a version under this name until the commit."""
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('risk-rule ' || :name, 0))"), {"name": name}
    )


def last_version(session: Session, name: str) -> int:
    """The last version written under a name; 0 for none."""
    return int(
        session.execute(
            text("SELECT coalesce(max(version), 0) FROM app.risk_rules WHERE name = :name"), {"name": name}
        ).scalar_one()
    )


def has_dry_run(session: Session, rule_id: UUID) -> bool:
    """Whether this very version was tried over the past."""
    return bool(
        session.execute(
            text("SELECT EXISTS (SELECT FROM app.risk_dry_runs WHERE rule_id = :rule_id)"),
            {"rule_id": rule_id},
        ).scalar_one()
    )


def live_rule(session: Session, name: str) -> UUID | None:
    """The version of a rule that is live. Lock the name before deciding on it."""
    return session.execute(
        text("SELECT id FROM app.risk_rules WHERE name = :name AND state = 'live'"), {"name": name}
    ).scalar_one_or_none()


def rules_to_ask(session: Session, day: date) -> Sequence[UUID]:
    """Live rules that were not asked about a day, by id."""
    return (
        session.execute(
            text("""
                SELECT rule.id FROM app.risk_rules rule
                WHERE rule.state = 'live' AND NOT EXISTS (
                    SELECT FROM app.risk_evaluations asked WHERE asked.rule_id = rule.id AND asked.day = :day)
                ORDER BY rule.id
            """),
            {"day": day},
        )
        .scalars()
        .all()
    )


def claim_evaluation(session: Session, rule_id: UUID, day: date, now: datetime) -> bool:
    """Take a day of a rule for oneself; False where somebody did before."""
    taken = session.execute(
        text("""
            INSERT INTO app.risk_evaluations (rule_id, day, hits, alerts, evaluated_at)
            VALUES (:rule_id, :day, 0, 0, :now) ON CONFLICT DO NOTHING RETURNING rule_id
        """),
        {"rule_id": rule_id, "day": day, "now": now},
    )
    return taken.one_or_none() is not None


def count_evaluation(session: Session, rule_id: UUID, day: date, *, hits: int, alerts: int) -> None:
    """Write down how an evaluation went."""
    session.execute(
        text(
            "UPDATE app.risk_evaluations SET hits = :hits, alerts = :alerts WHERE rule_id = :rule_id AND day = :day"
        ),
        {"rule_id": rule_id, "day": day, "hits": hits, "alerts": alerts},
    )


RAISE_ALERT = text("""
    WITH raised AS (
        INSERT INTO app.risk_alerts
            (id, rule_id, rule_name, agreement_id, vendor_id, retailer_id, currency, day, owed_paisa, figures, state,
             raised_at)
        VALUES (:id, :rule_id, :rule_name, :agreement_id, :vendor_id, :retailer_id, :currency, :day, :owed_paisa,
                CAST(:figures AS jsonb), 'open', :now)
        ON CONFLICT DO NOTHING RETURNING id, vendor_id
    )
    INSERT INTO app.risk_alert_moves (id, alert_id, vendor_id, state, happened_at)
    SELECT :move_id, id, vendor_id, 'open', :now FROM raised RETURNING alert_id
""")

_WAKE = text("""
    WITH due AS (
        SELECT id FROM app.risk_alerts WHERE state = 'snoozed' AND snoozed_until <= :today
        ORDER BY id FOR NO KEY UPDATE
    ), woken AS (
        UPDATE app.risk_alerts alert SET state = 'open', snoozed_until = NULL FROM due WHERE alert.id = due.id
        RETURNING alert.id, alert.vendor_id
    )
    INSERT INTO app.risk_alert_moves (id, alert_id, vendor_id, state, happened_at)
    SELECT gen_random_uuid(), id, vendor_id, 'open', :now FROM woken
""")


def wake_alerts(session: Session, today: date, now: datetime) -> None:
    """Open the alerts again whose day to wait for has come."""
    session.execute(_WAKE, {"today": today, "now": now})


def lock_alert(session: Session, alert_id: UUID) -> RiskAlert | None:
    """Lock an alert."""
    return session.get(RiskAlert, alert_id, with_for_update={"key_share": True}, populate_existing=True)


_ALERTS = """
    SELECT id, rule_id, rule_name, vendor_id, retailer_id, currency, day, owed_paisa, figures, state, owner_id,
           snoozed_until, raised_at
    FROM app.risk_alerts
    WHERE {whose} AND (CAST(:id AS uuid) IS NULL OR id = :id)
      AND (CAST(:state AS text) IS NULL OR state = :state) AND NOT (:is_unclosed AND state = 'closed')
      AND (CAST(:retailer_id AS uuid) IS NULL OR retailer_id = :retailer_id)
      AND (CAST(:before_at AS timestamptz) IS NULL OR (raised_at, id) < (:before_at, CAST(:before_id AS uuid)))
    ORDER BY raised_at DESC, id DESC LIMIT :limit
"""
_ALL_ALERTS = text(_ALERTS.format(whose="true"))
_ALERTS_AS_VENDOR = text(_ALERTS.format(whose="vendor_id = :vendor_id"))


def alerts(
    session: Session,
    vendor_id: UUID | None,
    *,
    alert_id: UUID | None = None,
    state: str | None = None,
    retailer_id: UUID | None = None,
    is_unclosed: bool = False,
    before: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> Sequence[RowMapping]:
    """Alerts of all vendors (None) or of one, newest first."""
    asked = {
        "id": alert_id,
        "state": state,
        "retailer_id": retailer_id,
        "is_unclosed": is_unclosed,
        "before_at": before[0] if before else None,
        "before_id": before[1] if before else None,
        "limit": limit,
    }
    if vendor_id is None:
        return session.execute(_ALL_ALERTS, asked).mappings().all()
    return session.execute(_ALERTS_AS_VENDOR, {**asked, "vendor_id": vendor_id}).mappings().all()


def moves_of(session: Session, alert_id: UUID) -> Sequence[RowMapping]:
    """What was done about an alert, oldest first."""
    return (
        session.execute(
            text("""
                SELECT state, actor_id, note, happened_at FROM app.risk_alert_moves
                WHERE alert_id = :alert_id ORDER BY happened_at, id
            """),
            {"alert_id": alert_id},
        )
        .mappings()
        .all()
    )


_EXPOSURE = text("""
    SELECT agreement.vendor_id, agreement.currency, count(*) AS pairs,
           CAST(sum(hot.posted_paisa) AS bigint) AS owed_paisa, CAST(sum(hot.held_paisa) AS bigint) AS held_paisa,
           CAST(sum(hot.limit_paisa) AS bigint) AS limit_paisa
    FROM app.credit_agreements agreement
    JOIN app.receivables hot ON hot.account_id = agreement.receivable_account_id
    WHERE CAST(:vendor_after AS uuid) IS NULL
       OR (agreement.vendor_id, agreement.currency) > (CAST(:vendor_after AS uuid), CAST(:currency_after AS text))
    GROUP BY agreement.vendor_id, agreement.currency
    ORDER BY agreement.vendor_id, agreement.currency LIMIT :limit
""")


def exposure_by_vendor(
    session: Session, *, after: tuple[UUID, str] | None = None, limit: int = 50
) -> Sequence[RowMapping]:
    """What each vendor is owed, has promised and allows, by currency."""
    vendor, currency = after or (None, None)
    asked = {"vendor_after": vendor, "currency_after": currency, "limit": limit}
    return session.execute(_EXPOSURE, asked).mappings().all()


def exposure_in_total(session: Session) -> Sequence[RowMapping]:
    """The same of all vendors together; currencies are never summed."""
    return (
        session.execute(
            text("""
                SELECT agreement.currency, count(*) AS pairs,
                       CAST(sum(hot.posted_paisa) AS bigint) AS owed_paisa,
                       CAST(sum(hot.held_paisa) AS bigint) AS held_paisa,
                       CAST(sum(hot.limit_paisa) AS bigint) AS limit_paisa
                FROM app.credit_agreements agreement
                JOIN app.receivables hot ON hot.account_id = agreement.receivable_account_id
                GROUP BY agreement.currency ORDER BY agreement.currency
            """)
        )
        .mappings()
        .all()
    )

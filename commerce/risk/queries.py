"""Every question and lock of risk control."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, RowMapping, text
from sqlalchemy.orm import Session

from commerce.credit.stops import StopRule
from commerce.risk.effects import Bounds
from commerce.risk.figures import INSIDE
from commerce.risk.models import RiskAction, RiskAlert, RiskRule
from foundation.keyset import Order, filtered, page

_RULES = """
    SELECT rule.id, rule.name, rule.version, rule.condition, rule.effect, rule.lower_by, rule.lower_paisa,
           rule.lower_percent, rule.state, rule.written_by, rule.written_at,
           rule.live_by, rule.live_at, rule.retired_by, rule.retired_at,
           tried.first_day, tried.last_day, tried.hits, tried.pairs, tried.days, tried.found, tried.run_at
    FROM app.risk_rules rule
    LEFT JOIN LATERAL (SELECT * FROM app.risk_dry_runs run WHERE run.rule_id = rule.id
                       ORDER BY run.run_at DESC, run.id DESC LIMIT 1) tried ON true
    WHERE true
"""
_RULE_FILTERS = {"id": "rule.id = :id", "name": "rule.name = :name", "state": "rule.state = :state"}
RULES_BY = {
    "name": Order((("name", "text"), ("version", "integer"))),
    "newest": Order((("written_at", "timestamptz"), ("id", "uuid")), is_descending=True),
}


def rules(
    session: Session,
    *,
    rule_id: UUID | None = None,
    name: str | None = None,
    state: str | None = None,
    by: Order = RULES_BY["name"],
    after: Sequence[Any] | None = None,
    limit: int = 50,
) -> Sequence[RowMapping]:
    """Rules by name and version, each with its last dry run."""
    values = {"id": rule_id, "name": name, "state": state}
    return page(session, _RULES, values, filters=_RULE_FILTERS, by=by, after=after, limit=limit)


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


class ToAsk(NamedTuple):
    """A live rule and a closed day that it was not asked about."""

    rule_id: UUID
    day: date


# A rule is asked about days from the one that was the last closed when it went live.
_NOT_ASKED = """
    SELECT rule.id AS rule_id, CAST(each AS date) AS day
    FROM app.risk_rules rule
    CROSS JOIN LATERAL generate_series(CAST({first} AS timestamp), CAST({last} AS timestamp), '1 day') each
    WHERE rule.state = 'live' AND NOT EXISTS (
        SELECT FROM app.risk_evaluations asked WHERE asked.rule_id = rule.id AND asked.day = CAST(each AS date))
"""
_LIVE_SINCE = "CAST(rule.live_at AT TIME ZONE 'UTC' AS date) - 1"
_TO_ASK = text(
    _NOT_ASKED.format(first=f"greatest({_LIVE_SINCE}, :first)", last=":last") + "ORDER BY day, rule_id"
)
_SKIP = text(f"""
    INSERT INTO app.risk_evaluations (rule_id, day, hits, alerts, is_skipped, evaluated_at)
    SELECT missed.rule_id, missed.day, 0, 0, true, :now
    FROM ({_NOT_ASKED.format(first=_LIVE_SINCE, last="CAST(:first AS date) - 1")}) missed ON CONFLICT DO NOTHING
""")  # noqa: S608 - constants of this file


def days_to_ask(session: Session, first: date, last: date) -> Sequence[ToAsk]:
    """Live rules and the days within a span that they were not asked about, the oldest day first."""
    return [ToAsk._make(row) for row in session.execute(_TO_ASK, {"first": first, "last": last})]


def skip_days(session: Session, first: date, now: datetime) -> None:
    """Write down the days before `first` that live rules were not asked about: they are not asked about any more."""
    session.execute(_SKIP, {"first": first, "now": now})


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
             is_inside, raised_at)
        VALUES (:id, :rule_id, :rule_name, :agreement_id, :vendor_id, :retailer_id, :currency, :day, :owed_paisa,
                CAST(:figures AS jsonb), 'open', :is_inside, :now)
        ON CONFLICT DO NOTHING RETURNING id, vendor_id
    )
    INSERT INTO app.risk_alert_moves (id, alert_id, vendor_id, state, happened_at)
    SELECT :move_id, id, vendor_id, 'open', :now FROM raised RETURNING alert_id
""")

# What was found by what the vendor may not see is told to it once something follows.
SHOW_ALERT = text("""
    UPDATE app.risk_alerts SET is_inside = false
    WHERE agreement_id = :agreement_id AND rule_name = :rule_name AND state <> 'closed' AND is_inside
    RETURNING id, day
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
    SELECT id, rule_id, rule_name, vendor_id, retailer_id, currency, day, owed_paisa, {figures} AS figures, state,
           {owner} AS owner_id, snoozed_until, raised_at
    FROM app.risk_alerts
    WHERE {whose}
"""
_ALL_ALERTS = _ALERTS.format(whose="true", figures="figures", owner="owner_id")
_ALERTS_AS_VENDOR = _ALERTS.format(
    whose="vendor_id = :own_id", figures="figures - CAST(:inside AS text[])", owner="CAST(NULL AS uuid)"
)
_ALERT_FILTERS = {
    "id": "id = :id",
    "rule_name": "rule_name = :rule_name",
    "vendor_id": "vendor_id = :vendor_id",
    "retailer_id": "retailer_id = :retailer_id",
    "owner_id": "owner_id = :owner_id",
    "state": "state = :state",
    "is_unclosed": "(state <> 'closed') = :is_unclosed",
}
# Which admin looks after one is the platform's to know.
_ALERT_FILTERS_AS_VENDOR = {**_ALERT_FILTERS, "owner_id": "false"}
_RAISED = (("raised_at", "timestamptz"), ("id", "uuid"))
ALERTS_BY = {"newest": Order(_RAISED, is_descending=True), "oldest": Order(_RAISED)}


@dataclass(frozen=True)
class AlertFilter:
    """Which alerts of a list; None does not filter."""

    id: UUID | None = None
    rule_name: str | None = None
    vendor_id: UUID | None = None
    retailer_id: UUID | None = None
    owner_id: UUID | None = None
    state: str | None = None
    is_unclosed: bool | None = None


def alerts(
    session: Session,
    own_id: UUID | None,
    *,
    chosen: AlertFilter = AlertFilter(),
    by: Order = ALERTS_BY["newest"],
    after: Sequence[Any] | None = None,
    limit: int = 50,
) -> Sequence[RowMapping]:
    """Alerts of all vendors (None) or of one, newest first. A vendor is told no figure that tells of others.

    Nor which admin looks after one.
    """
    rows, filters = (
        (_ALL_ALERTS, _ALERT_FILTERS) if own_id is None else (_ALERTS_AS_VENDOR, _ALERT_FILTERS_AS_VENDOR)
    )
    values = {**vars(chosen), "own_id": own_id, "inside": list(INSIDE)}
    return page(session, rows, values, filters=filters, by=by, after=after, limit=limit)


def moves_of(session: Session, alert_id: UUID, vendor_id: UUID | None) -> Sequence[RowMapping]:
    """What was done about an alert, oldest first.

    A vendor is told what became of it, what rules did and what it undid; what admins wrote, and who, is the platform's.
    """
    return (
        session.execute(
            text("""
                SELECT state, action_id, happened_at, CASE WHEN :is_all THEN owner_id END AS owner_id,
                       CASE WHEN :is_all OR action_id IS NOT NULL THEN actor_id END AS actor_id,
                       CASE WHEN :is_all OR action_id IS NOT NULL THEN note END AS note
                FROM app.risk_alert_moves
                WHERE alert_id = :alert_id ORDER BY happened_at, id
            """),
            {"alert_id": alert_id, "is_all": vendor_id is None},
        )
        .mappings()
        .all()
    )


_EXPOSURE = """
    SELECT {by}, count(*) AS pairs,
           CAST(sum(hot.posted_paisa) AS bigint) AS owed_paisa, CAST(sum(hot.held_paisa) AS bigint) AS held_paisa,
           CAST(sum(hot.limit_paisa) AS bigint) AS limit_paisa
    FROM app.credit_agreements agreement
    JOIN app.receivables hot ON hot.account_id = agreement.receivable_account_id
    GROUP BY {by} HAVING true
"""
_EXPOSURE_FILTERS = {"currency": "agreement.currency = :currency"}
_EXPOSURE_BY_VENDOR = _EXPOSURE.format(by="agreement.vendor_id, agreement.currency")
_EXPOSURE_IN_TOTAL = _EXPOSURE.format(by="agreement.currency")
_VENDOR = (("vendor_id", "uuid"), ("currency", "text"))
# What is owed changes with every sale: all pairs are summed for each page, in any order.
EXPOSURE_BY = {
    "vendor": Order(_VENDOR),
    "owed": Order((("owed_paisa", "bigint"), *_VENDOR), is_descending=True),
}


def exposure_by_vendor(
    session: Session,
    *,
    currency: str | None = None,
    by: Order = EXPOSURE_BY["vendor"],
    after: Sequence[Any] | None = None,
    limit: int = 50,
) -> Sequence[RowMapping]:
    """What each vendor is owed, has promised and allows, by currency."""
    values, filters = {"currency": currency}, _EXPOSURE_FILTERS
    return page(session, _EXPOSURE_BY_VENDOR, values, filters=filters, by=by, after=after, limit=limit)


def exposure_in_total(session: Session, *, currency: str | None = None) -> Sequence[RowMapping]:
    """The same of all vendors together; currencies are never summed."""
    values = {"currency": currency}
    asked = f"{_EXPOSURE_IN_TOTAL}{filtered(_EXPOSURE_FILTERS, values)} ORDER BY agreement.currency"
    return session.execute(text(asked), values).mappings().all()


# What rules do ----------------------------------------------------------------------------------

_BOUNDS = text("""
    SELECT is_on, floor_paisa, step_max_percent, days_between FROM app.risk_bounds
    WHERE vendor_id = :vendor_id AND valid_from <= :now ORDER BY valid_from DESC, id DESC LIMIT 1
""")


def bounds_of(session: Session, vendor_id: UUID, now: datetime) -> Bounds | None:
    """How far a vendor lets rules lower its limits; None: it never said."""
    row = session.execute(_BOUNDS, {"vendor_id": vendor_id, "now": now}).one_or_none()
    return None if row is None else _bounds(row)


def bounds_of_all(session: Session, now: datetime) -> dict[UUID, Bounds]:
    """The same of every vendor that said anything."""
    rows = session.execute(
        text("""
            SELECT DISTINCT ON (vendor_id) vendor_id, is_on, floor_paisa, step_max_percent, days_between
            FROM app.risk_bounds WHERE valid_from <= :now ORDER BY vendor_id, valid_from DESC, id DESC
        """),
        {"now": now},
    )
    return {row.vendor_id: _bounds(row) for row in rows}


def _bounds(row: Row[Any]) -> Bounds:
    return Bounds(row.is_on, row.floor_paisa, row.step_max_percent, row.days_between)


def account_of(session: Session, agreement_id: UUID) -> UUID:
    """The account of what the retailer of an agreement owes."""
    return UUID(
        str(
            session.execute(
                text("SELECT receivable_account_id FROM app.credit_agreements WHERE id = :id"),
                {"id": agreement_id},
            ).scalar_one()
        )
    )


class DatedLimit(NamedTuple):
    """A dated limit, and since when it holds."""

    id: UUID
    valid_from: datetime


def newest_limit(session: Session, agreement_id: UUID) -> DatedLimit | None:
    """The limit that was set last, if one ever was. Lock the account before deciding on it."""
    row = session.execute(
        text("""
            SELECT id, valid_from FROM app.credit_limits WHERE agreement_id = :id
            ORDER BY valid_from DESC, id DESC LIMIT 1
        """),
        {"id": agreement_id},
    ).one_or_none()
    return None if row is None else DatedLimit._make(row)


def limits_set(session: Session, agreement_ids: Sequence[UUID]) -> dict[UUID, list[tuple[datetime, int]]]:
    """(since when, paisa) of all limits of some agreements, oldest first."""
    rows = session.execute(
        text("""
            SELECT agreement_id, valid_from, limit_paisa FROM app.credit_limits
            WHERE agreement_id = ANY(CAST(:ids AS uuid[])) ORDER BY agreement_id, valid_from, id
        """),
        {"ids": list(agreement_ids)},
    )
    found: dict[UUID, list[tuple[datetime, int]]] = {}
    for row in rows:
        found.setdefault(row.agreement_id, []).append((row.valid_from, row.limit_paisa))
    return found


class DatedStop(NamedTuple):
    """What was said of a pair's orders, when and by whom."""

    id: UUID
    valid_from: datetime
    is_by_person: bool


def newest_stop(session: Session, vendor_id: UUID, retailer_id: UUID) -> DatedStop | None:
    """What was said last of a pair's own orders. Lock the account before deciding on it."""
    row = session.execute(
        text("""
            SELECT id, valid_from, set_by IS NOT NULL FROM app.credit_stops
            WHERE vendor_id = :vendor_id AND retailer_id = :retailer_id
            ORDER BY valid_from DESC, id DESC LIMIT 1
        """),
        {"vendor_id": vendor_id, "retailer_id": retailer_id},
    ).one_or_none()
    return None if row is None else DatedStop._make(row)


def stop_of(session: Session, stop_id: UUID) -> StopRule:
    """What a dated row said of orders."""
    row = session.execute(
        text("""
            SELECT mode, tolerance_percent, overdue_days, window_minutes, escalate_minutes
            FROM app.credit_stops WHERE id = :id
        """),
        {"id": stop_id},
    ).one()
    return StopRule._make(row)


_STANDING = text("""
    WITH RECURSIVE standing AS (
        SELECT CAST(:id AS uuid) AS id, 0 AS undone
        UNION ALL
        SELECT action.before_id, standing.undone + 1
        FROM standing JOIN app.risk_actions action
            ON action.agreement_id = :agreement_id AND action.restored_id = standing.id
    )
    SELECT id FROM standing ORDER BY undone DESC LIMIT 1
""")


def standing(session: Session, agreement_id: UUID, dated_id: UUID) -> UUID | None:
    """Which dated limit or stop of a pair holds by this one: itself, or the one that it restored by undoing another."""
    asked = {"agreement_id": agreement_id, "id": dated_id}
    found: UUID | None = session.execute(_STANDING, asked).scalar_one()
    return found


def score_version(session: Session, retailer_id: UUID) -> str | None:
    """By which model the score was made that is in force for a retailer; None: none was taken over."""
    found: str | None = session.execute(
        text("""
            SELECT given.model_version
            FROM app.adopted_scores given JOIN app.adopted_runs run ON run.run_id = given.run_id
            WHERE given.retailer_id = :retailer_id AND run.outcome = 'adopted' AND run.reverted_at IS NULL
            ORDER BY run.as_of DESC, run.predicted_at DESC LIMIT 1
        """),
        {"retailer_id": retailer_id},
    ).scalar_one_or_none()
    return found


# What was undone under an alert is not done again under it; what lasts by itself is done once. Of vendors that let no
# rule lower their limits there is nothing to write down.
FIND_ACTION = text("""
    INSERT INTO app.risk_actions
        (id, alert_id, rule_id, policy_version, agreement_id, vendor_id, retailer_id, day, kind, state, due_at)
    SELECT :id, alert.id, :rule_id, :policy_version, alert.agreement_id, alert.vendor_id, alert.retailer_id, :day,
           :kind, 'due', :now
    FROM app.risk_alerts alert
    WHERE alert.agreement_id = :agreement_id AND alert.rule_name = :rule_name
      AND alert.state IN ('open', 'acknowledged')
      AND (:is_lasting OR (
          SELECT said.is_on FROM app.risk_bounds said
          WHERE said.vendor_id = alert.vendor_id AND said.valid_from <= :now
          ORDER BY said.valid_from DESC, said.id DESC LIMIT 1))
      AND NOT EXISTS (SELECT FROM app.risk_actions earlier WHERE earlier.alert_id = alert.id
                      AND (earlier.state = 'reverted' OR :is_lasting AND earlier.state = 'taken'))
    ON CONFLICT DO NOTHING
""")


def actions_due(session: Session) -> Sequence[UUID]:
    """The actions that are not done yet, oldest first."""
    due = text("SELECT id FROM app.risk_actions WHERE state = 'due' ORDER BY due_at, id")
    return session.execute(due).scalars().all()


def lock_action(session: Session, action_id: UUID) -> RiskAction | None:
    """Lock an action."""
    return session.get(RiskAction, action_id, with_for_update={"key_share": True}, populate_existing=True)


def skipped_before(session: Session, action: RiskAction) -> str | None:
    """Why the action before this one under the same alert was skipped; None: it was not, or there is none."""
    found: str | None = session.execute(
        text("""
            SELECT reason_code FROM app.risk_actions
            WHERE alert_id = :alert_id AND id <> :id AND state <> 'due' AND day < :day
            ORDER BY day DESC LIMIT 1
        """),
        {"alert_id": action.alert_id, "id": action.id, "day": action.day},
    ).scalar_one_or_none()
    return found


_ACTIONS = """
    SELECT action.id, action.alert_id, action.policy_version, action.vendor_id, action.retailer_id,
           agreement.currency, action.day, action.kind, action.state, action.reason_code, action.limit_before_paisa,
           action.limit_after_paisa, action.score_version, action.due_at, action.decided_at, action.reverted_by,
           action.reverted_at, action.revert_reason
    FROM app.risk_actions action JOIN app.credit_agreements agreement ON agreement.id = action.agreement_id
    WHERE {whose}
"""
_ALL_ACTIONS = _ACTIONS.format(whose="true")
_ACTIONS_AS_VENDOR = _ACTIONS.format(whose="action.vendor_id = :own_id")
_ACTION_FILTERS = {
    "id": "action.id = :id",
    "alert_id": "action.alert_id = :alert_id",
    "vendor_id": "action.vendor_id = :vendor_id",
    "retailer_id": "action.retailer_id = :retailer_id",
    "kind": "action.kind = :kind",
    "state": "action.state = :state",
}
_DUE = (("due_at", "timestamptz"), ("id", "uuid"))
ACTIONS_BY = {"newest": Order(_DUE, is_descending=True), "oldest": Order(_DUE)}


@dataclass(frozen=True)
class ActionFilter:
    """Which actions of a list; None does not filter."""

    id: UUID | None = None
    alert_id: UUID | None = None
    vendor_id: UUID | None = None
    retailer_id: UUID | None = None
    kind: str | None = None
    state: str | None = None


def actions(
    session: Session,
    own_id: UUID | None,
    *,
    chosen: ActionFilter = ActionFilter(),
    by: Order = ACTIONS_BY["newest"],
    after: Sequence[Any] | None = None,
    limit: int = 50,
) -> Sequence[RowMapping]:
    """What rules did, or found a reason not to do, to pairs of all vendors (None) or of one, newest first."""
    rows = _ALL_ACTIONS if own_id is None else _ACTIONS_AS_VENDOR
    values = {**vars(chosen), "own_id": own_id}
    return page(session, rows, values, filters=_ACTION_FILTERS, by=by, after=after, limit=limit)


def is_admin(session: Session, user_id: UUID) -> bool:
    """Whether somebody is an admin of the platform who can log in."""
    return bool(
        session.execute(
            text("SELECT EXISTS (SELECT FROM app.users WHERE id = :id AND role = 'admin' AND is_active)"),
            {"id": user_id},
        ).scalar_one()
    )


def orders_since(session: Session, since: dict[UUID, date], last: date) -> int:
    """How many orders on credit were placed by pairs after a day of each, up to `last`."""
    return int(
        session.execute(
            text("""
                SELECT count(*)
                FROM unnest(CAST(:ids AS uuid[]), CAST(:days AS date[])) AS hit (agreement_id, day)
                JOIN app.credit_agreements agreement ON agreement.id = hit.agreement_id
                JOIN app.orders placed ON placed.vendor_id = agreement.vendor_id
                    AND placed.retailer_id = agreement.retailer_id AND placed.currency = agreement.currency
                WHERE placed.settlement = 'credit' AND placed.placed_on > hit.day AND placed.placed_on <= :last
            """),
            {"ids": list(since), "days": list(since.values()), "last": last},
        ).scalar_one()
    )

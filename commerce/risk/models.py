"""Rules about risk, what they would have done and did, the alerts that people work on, and what vendors allow."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    String,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base
from foundation.tables import UPDATED_IN_PLACE, BusinessId, Currency, Id, Json, Line, Moment, Paisa, Word

RULE_STATES = ("draft", "live", "retired")
ALERT_STATES = ("open", "acknowledged", "snoozed", "closed")
EFFECTS = ("alert", "hold", "lower-limit", "stop")
ACTIONS = EFFECTS[1:]
LOWERINGS = ("step", "percent", "to-owed")
ACTION_STATES = ("due", "taken", "skipped", "reverted")


class RiskRule(Base):
    """A version of a rule. Its words never change: other words are another version."""

    __tablename__ = "risk_rules"

    id: Mapped[Id]
    name: Mapped[Word]
    version: Mapped[int] = mapped_column(Integer)
    condition: Mapped[str] = mapped_column(String(500))
    effect: Mapped[Word] = mapped_column(server_default=text("'alert'"))
    """What follows from a hit, beside the alert: nothing, or one of ACTIONS."""
    lower_by: Mapped[Word | None]
    lower_paisa: Mapped[int | None] = mapped_column(BigInteger)
    lower_percent: Mapped[Decimal | None] = mapped_column(Numeric(6, 3))
    state: Mapped[Word]
    written_by: Mapped[UUID]
    written_at: Mapped[Moment]
    live_by: Mapped[UUID | None]
    live_at: Mapped[Moment | None]
    retired_by: Mapped[UUID | None]
    retired_at: Mapped[Moment | None]

    __table_args__ = (
        UniqueConstraint("name", "version"),
        CheckConstraint(f"state IN {RULE_STATES}", name="state"),
        CheckConstraint(f"effect IN {EFFECTS}", name="effect"),
        CheckConstraint(f"lower_by IN {LOWERINGS}", name="lower_by"),
        CheckConstraint(
            "(effect = 'lower-limit') = (lower_by IS NOT NULL)"
            " AND (lower_paisa IS NOT NULL) = (lower_by IS NOT DISTINCT FROM 'step')"
            " AND (lower_percent IS NOT NULL) = (lower_by IS NOT DISTINCT FROM 'percent')",
            name="lowering",
        ),
        CheckConstraint(
            "lower_paisa > 0 AND lower_percent > 0 AND lower_percent <= 100", name="lower_bounds"
        ),
        CheckConstraint("live_by <> written_by", name="two_people"),
        CheckConstraint("state <> 'live' OR live_at IS NOT NULL", name="live"),
        CheckConstraint("(state = 'retired') = (retired_at IS NOT NULL)", name="retired"),
        Index("uq_risk_rules_live", "name", unique=True, postgresql_where=text("state = 'live'")),
        UPDATED_IN_PLACE,
    )


class RiskDryRun(Base):
    """What a version of a rule would have done on past days. Added, never changed."""

    __tablename__ = "risk_dry_runs"

    id: Mapped[Id]
    rule_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.risk_rules.id"))
    first_day: Mapped[date]
    last_day: Mapped[date]
    hits: Mapped[int] = mapped_column(Integer)
    """Pairs and days of which the condition held."""
    pairs: Mapped[int] = mapped_column(Integer)
    days: Mapped[int] = mapped_column(Integer)
    found: Mapped[Json]
    """What the pairs owed on the last day each was hit, by currency, and samples with their figures."""
    run_by: Mapped[UUID]
    run_at: Mapped[Moment]

    __table_args__ = (Index(None, "rule_id", "run_at"),)


class RiskEvaluation(Base):
    """A live rule was asked about a day, once."""

    __tablename__ = "risk_evaluations"

    rule_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.risk_rules.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    hits: Mapped[int] = mapped_column(Integer)
    alerts: Mapped[int] = mapped_column(Integer)
    """Hits of pairs that had no alert open under the rule's name."""
    is_skipped: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    """No worker ran for so long that the day was not asked about."""
    evaluated_at: Mapped[Moment]


class RiskAlert(Base):
    """A live rule holds of a pair, and what people did about it. One is open per pair and rule's name."""

    __tablename__ = "risk_alerts"

    id: Mapped[Id]
    rule_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.risk_rules.id"))
    rule_name: Mapped[Word]
    agreement_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.credit_agreements.id"))
    vendor_id: Mapped[BusinessId]
    retailer_id: Mapped[BusinessId]
    currency: Mapped[Currency]
    day: Mapped[date]
    owed_paisa: Mapped[Paisa]
    figures: Mapped[Json]
    """What the rule asked and saw on that day."""
    state: Mapped[Word]
    is_inside: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    """For the platform alone: it was found by what the vendor may not see, and nothing followed."""
    owner_id: Mapped[UUID | None]
    snoozed_until: Mapped[date | None]
    raised_at: Mapped[Moment]

    __table_args__ = (
        UniqueConstraint("rule_id", "agreement_id", "day"),
        CheckConstraint(f"state IN {ALERT_STATES}", name="state"),
        CheckConstraint("(state = 'snoozed') = (snoozed_until IS NOT NULL)", name="snoozed"),
        Index(
            "uq_risk_alerts_open",
            "agreement_id",
            "rule_name",
            unique=True,
            postgresql_where=text("state <> 'closed'"),
        ),
        Index(None, "raised_at", "id"),
        Index(None, "vendor_id", "raised_at", "id"),
        Index(None, "retailer_id", "raised_at", "id"),
        UPDATED_IN_PLACE,
    )


class RiskAlertMove(Base):
    """What somebody did about an alert. Added, never changed."""

    __tablename__ = "risk_alert_moves"

    id: Mapped[Id]
    alert_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.risk_alerts.id"))
    vendor_id: Mapped[BusinessId]
    state: Mapped[Word]
    """What the alert came to."""
    actor_id: Mapped[UUID | None]
    """None: nobody, a rule raised it or acted, or its day came."""
    owner_id: Mapped[UUID | None]
    """Whose the alert is from then on."""
    action_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("app.risk_actions.id"))
    note: Mapped[Line | None]
    happened_at: Mapped[Moment]

    __table_args__ = (
        CheckConstraint(f"state IN {ALERT_STATES}", name="state"),
        Index(None, "alert_id", "happened_at", "id"),
    )


class RiskBounds(Base):
    """How far rules may lower the limits that a vendor gives, from a moment on. Added, never changed."""

    __tablename__ = "risk_bounds"

    id: Mapped[Id]
    vendor_id: Mapped[BusinessId]
    is_on: Mapped[bool] = mapped_column(Boolean)
    """False: no limit of the vendor is lowered by a rule."""
    floor_paisa: Mapped[Paisa]
    """No rule lowers a limit below it."""
    step_max_percent: Mapped[Decimal] = mapped_column(Numeric(6, 3))
    """The most of a limit that one change takes."""
    days_between: Mapped[int] = mapped_column(Integer)
    """So long a limit stands that a rule or a person set, before a rule lowers it."""
    set_by: Mapped[UUID]
    valid_from: Mapped[Moment]

    __table_args__ = (
        CheckConstraint("floor_paisa >= 0", name="floor"),
        CheckConstraint("step_max_percent > 0 AND step_max_percent <= 100", name="step"),
        CheckConstraint("days_between BETWEEN 1 AND 365", name="days"),
        Index(None, "vendor_id", "valid_from"),
    )


class RiskAction(Base):
    """What a live rule is to do about a pair that it hit on a day, and what came of it."""

    __tablename__ = "risk_actions"

    id: Mapped[Id]
    alert_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.risk_alerts.id"))
    rule_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.risk_rules.id"))
    policy_version: Mapped[str] = mapped_column(String(60))
    """Name and version of the rule, as the row that it set quotes it."""
    agreement_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.credit_agreements.id"))
    vendor_id: Mapped[BusinessId]
    retailer_id: Mapped[BusinessId]
    day: Mapped[date]
    kind: Mapped[Word]
    state: Mapped[Word]
    reason_code: Mapped[Word | None]
    """Why it was skipped."""
    limit_before_paisa: Mapped[int | None] = mapped_column(BigInteger)
    limit_after_paisa: Mapped[int | None] = mapped_column(BigInteger)
    limit_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("app.credit_limits.id"))
    stop_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("app.credit_stops.id"))
    """The dated row that it set."""
    before_id: Mapped[UUID | None]
    """The dated row that had been set last, of limits or of the pair's stops; None: there was none."""
    restored_id: Mapped[UUID | None]
    """The dated row that undid it: as if `before_id` had been set last all the time."""
    score_version: Mapped[str | None] = mapped_column(String(60))
    due_at: Mapped[Moment]
    decided_at: Mapped[Moment | None]
    reverted_by: Mapped[UUID | None]
    reverted_at: Mapped[Moment | None]
    revert_reason: Mapped[Line | None]

    __table_args__ = (
        UniqueConstraint("rule_id", "agreement_id", "day"),
        CheckConstraint(f"kind IN {ACTIONS}", name="kind"),
        CheckConstraint(f"state IN {ACTION_STATES}", name="state"),
        CheckConstraint("(state = 'due') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("(state = 'skipped') = (reason_code IS NOT NULL)", name="skipped"),
        CheckConstraint("(state = 'reverted') = (reverted_at IS NOT NULL)", name="reverted"),
        CheckConstraint("limit_after_paisa < limit_before_paisa", name="lower"),
        Index("ix_risk_actions_due", "due_at", "id", postgresql_where=text("state = 'due'")),
        Index(None, "alert_id"),
        Index(None, "agreement_id"),
        Index(None, "due_at", "id"),
        Index(None, "vendor_id", "due_at", "id"),
        Index(None, "retailer_id"),
        UPDATED_IN_PLACE,
    )

"""Rules about risk, what they would have done and did, and the alerts that people work on."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import String

from foundation.database import Base
from foundation.tables import UPDATED_IN_PLACE, BusinessId, Currency, Id, Json, Line, Moment, Paisa, Word

RULE_STATES = ("draft", "live", "retired")
ALERT_STATES = ("open", "acknowledged", "snoozed", "closed")


class RiskRule(Base):
    """A version of a rule. Its words never change: other words are another version."""

    __tablename__ = "risk_rules"

    id: Mapped[Id]
    name: Mapped[Word]
    version: Mapped[int] = mapped_column(Integer)
    condition: Mapped[str] = mapped_column(String(500))
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
    """None: nobody, a rule raised it or its day came."""
    note: Mapped[Line | None]
    happened_at: Mapped[Moment]

    __table_args__ = (
        CheckConstraint(f"state IN {ALERT_STATES}", name="state"),
        Index(None, "alert_id", "happened_at", "id"),
    )

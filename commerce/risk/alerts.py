"""Alerts: who looks after one, until when it may wait, why it was closed."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from commerce.risk import queries
from commerce.risk.errors import AlertMoveInvalid, AlertNotFound, OwnerUnknown
from commerce.risk.events import RiskAlertClosed
from commerce.risk.models import RiskAlert, RiskAlertMove
from foundation import clock
from foundation.events import publish
from foundation.ids import uuid7


def acknowledge(session: Session, *, alert_id: UUID, actor_id: UUID, note: str | None = None) -> None:
    """Take an alert upon oneself, from another owner too. Raises AlertNotFound, AlertMoveInvalid."""
    alert = _open(session, alert_id)
    alert.owner_id = actor_id
    _move(session, alert, "acknowledged", actor_id, note)


def assign(
    session: Session, *, alert_id: UUID, owner_id: UUID, actor_id: UUID, note: str | None = None
) -> None:
    """Give an alert to another admin, or to oneself. Raises AlertNotFound, AlertMoveInvalid, OwnerUnknown."""
    if not queries.is_admin(session, owner_id):
        raise OwnerUnknown(
            f"{owner_id} is no admin of the platform; give the alert to one", owner_id=str(owner_id)
        )
    alert = _open(session, alert_id)
    alert.owner_id = owner_id
    _move(session, alert, "acknowledged", actor_id, note)


def snooze(session: Session, *, alert_id: UUID, until: date, actor_id: UUID, note: str | None = None) -> None:
    """Let an alert wait for a day to come; then it is open again. Raises AlertNotFound, AlertMoveInvalid."""
    if until <= clock.now().date():
        raise AlertMoveInvalid(f"{until} is over; name a day to come", until=until.isoformat())
    alert = _open(session, alert_id)
    _move(session, alert, "snoozed", actor_id, note, until)


def close(session: Session, *, alert_id: UUID, reason: str, actor_id: UUID) -> None:
    """Be done with an alert, for a reason. A later hit raises another. Raises AlertNotFound, AlertMoveInvalid."""
    alert = _open(session, alert_id)
    _move(session, alert, "closed", actor_id, reason)
    if alert.is_inside:
        return
    publish(
        session,
        RiskAlertClosed(
            alert_id=str(alert.id),
            vendor_id=str(alert.vendor_id),
            retailer_id=str(alert.retailer_id),
            rule=alert.rule_name,
        ),
        business_id=alert.vendor_id,
        actor_id=actor_id,
        channel="api",
    )


def wake_due(session: Session) -> None:
    """Open the snoozed alerts again whose day has come."""
    queries.wake_alerts(session, clock.now().date(), clock.now())


def _open(session: Session, alert_id: UUID) -> RiskAlert:
    alert = queries.lock_alert(session, alert_id)
    if alert is None:
        raise AlertNotFound(f"there is no alert {alert_id}; GET the list of alerts", alert_id=str(alert_id))
    if alert.state == "closed":
        raise AlertMoveInvalid(f"alert {alert_id} is closed; a later hit raises another", state=alert.state)
    return alert


def _move(
    session: Session,
    alert: RiskAlert,
    state: str,
    actor_id: UUID,
    note: str | None,
    until: date | None = None,
) -> None:
    alert.state, alert.snoozed_until = state, until
    session.add(
        RiskAlertMove(
            id=uuid7(),
            alert_id=alert.id,
            vendor_id=alert.vendor_id,
            state=state,
            actor_id=actor_id,
            owner_id=alert.owner_id,
            note=note,
            happened_at=clock.now(),
        )
    )
    session.flush()

"""Risk control: rules of the platform's admins, the alerts they raise, score and exposure."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from commerce.credit.score import score_now
from commerce.parties.errors import BusinessNotFound
from commerce.risk import queries, service
from commerce.risk.errors import (
    AlertMoveInvalid,
    AlertNotFound,
    OwnRule,
    RuleInvalid,
    RuleMoveInvalid,
    RuleNotFound,
)
from commerce.risk.rules import closed_day
from foundation import database
from serving.credit.schemas import ScoreOut
from serving.dependencies import Read, Reader, Writer
from serving.pagination import CursorInvalid, PageAsked
from serving.paths import V1
from serving.problems import describe, merged
from serving.risk.schemas import (
    AcknowledgementIn,
    AlertMoveOut,
    AlertOut,
    AlertState,
    AlertStoryOut,
    ClosingIn,
    DryRunOut,
    ExposureOut,
    ExposuresOut,
    FigureOut,
    FiguresOut,
    OwedOut,
    RiskScoreOut,
    RuleIn,
    RuleOut,
    RuleState,
    SnoozeIn,
    VendorExposureOut,
)
from serving.security import GUARDED, Caller, may
from serving.shapes import Page

router = APIRouter(prefix=f"{V1}/risk-control", tags=["risk control"])

Ruler = Annotated[Caller, may("risk:rule")]
Lender = Annotated[Caller, may("risk:score")]
Watcher = Annotated[Caller, may("risk:watch")]
MOVED = merged(GUARDED, describe(AlertNotFound, AlertMoveInvalid))


@router.get("/figures", responses=GUARDED)
def list_risk_figures(_caller: Lender) -> FiguresOut:
    """The figures that rules may ask, with their units and how they come about."""
    return FiguresOut(
        as_of=closed_day(), items=[FigureOut.model_validate(figure) for figure in service.CATALOGUE]
    )


@router.get("/exposure", responses=merged(GUARDED, describe(CursorInvalid)))
def read_risk_exposure(_caller: Lender, read: Reader, asked: PageAsked) -> ExposuresOut:
    """What each vendor is owed, has promised and allows, by its id, and the total; currencies are never summed."""

    def ask(session: Session) -> tuple[list[RowMapping], list[RowMapping]]:
        by_vendor = queries.exposure_by_vendor(session, after=asked.after, limit=asked.fetch)
        return list(by_vendor), list(queries.exposure_in_total(session))

    by_vendor, total = read(ask)
    page = asked.page(
        by_vendor, lambda row: VendorExposureOut(**row), key=lambda row: (row["vendor_id"], row["currency"])
    )
    return ExposuresOut(
        items=page.items, next_cursor=page.next_cursor, total=[ExposureOut(**row) for row in total]
    )


@router.get("/score", responses=merged(GUARDED, describe(BusinessNotFound)))
def read_risk_score(retailer_id: UUID, _caller: Lender, read: Reader) -> RiskScoreOut:
    """A retailer's transparent score with its reasons, and its alerts that are not closed."""
    with database.read() as session:
        score = ScoreOut.model_validate(score_now(session, retailer_id=retailer_id))
    signals = read(lambda session: queries.alerts(session, None, retailer_id=retailer_id, is_unclosed=True))
    return RiskScoreOut(score=score, signals=[AlertOut(**row) for row in signals])


@router.post("/rules", status_code=HTTPStatus.CREATED, responses=merged(GUARDED, describe(RuleInvalid)))
def write_risk_rule(rule: RuleIn, caller: Ruler, write: Writer, read: Reader) -> RuleOut:
    """Write the next version of a rule, as a draft."""
    rule_id = write(
        lambda session: service.write_rule(
            session, name=rule.name, condition=rule.condition, actor_id=caller.user_id
        )
    )
    return _rule(read, rule_id)


@router.get("/rules", responses=merged(GUARDED, describe(CursorInvalid)))
def list_risk_rules(
    _caller: Ruler, read: Reader, asked: PageAsked, state: RuleState | None = None
) -> Page[RuleOut]:
    """All versions of all rules, by name and version."""
    rows = read(lambda session: queries.rules(session, state=state, after=asked.after, limit=asked.fetch))
    return asked.page(rows, _shown, key=lambda row: (row["name"], row["version"]))


@router.get("/rules/{rule_id}", responses=merged(GUARDED, describe(RuleNotFound)))
def read_risk_rule(rule_id: UUID, _caller: Ruler, read: Reader) -> RuleOut:
    """One version of a rule with its last dry run."""
    return _rule(read, rule_id)


@router.post("/rules/{rule_id}/dry-run", responses=merged(GUARDED, describe(RuleNotFound, RuleMoveInvalid)))
def try_risk_rule(rule_id: UUID, caller: Ruler, write: Writer, read: Reader) -> RuleOut:
    """Ask a draft about each of the last 90 closed days; nothing comes of it but the answer."""
    write(lambda session: service.dry_run(session, rule_id=rule_id, actor_id=caller.user_id))
    return _rule(read, rule_id)


@router.post(
    "/rules/{rule_id}/release", responses=merged(GUARDED, describe(RuleNotFound, RuleMoveInvalid, OwnRule))
)
def release_risk_rule(rule_id: UUID, caller: Ruler, write: Writer, read: Reader) -> RuleOut:
    """Let a draft go live that was tried and that another admin wrote; the version before it is retired."""
    write(lambda session: service.go_live(session, rule_id=rule_id, actor_id=caller.user_id))
    return _rule(read, rule_id)


@router.post(
    "/rules/{rule_id}/retirement", responses=merged(GUARDED, describe(RuleNotFound, RuleMoveInvalid))
)
def retire_risk_rule(rule_id: UUID, caller: Ruler, write: Writer, read: Reader) -> RuleOut:
    """Ask a rule no more; its alerts stay."""
    write(lambda session: service.retire(session, rule_id=rule_id, actor_id=caller.user_id))
    return _rule(read, rule_id)


@router.get("/alerts", responses=merged(GUARDED, describe(CursorInvalid)))
def list_risk_alerts(
    caller: Watcher,
    read: Reader,
    asked: PageAsked,
    state: AlertState | None = None,
    retailer_id: UUID | None = None,
) -> Page[AlertOut]:
    """Alerts, newest first: of the whole market for an admin, of its own customers for a vendor."""
    rows = read(
        lambda session: queries.alerts(
            session,
            caller.business_id,
            state=state,
            retailer_id=retailer_id,
            before=asked.after,
            limit=asked.fetch,
        )
    )
    return asked.page(rows, lambda row: AlertOut(**row), key=lambda row: (row["raised_at"], row["id"]))


@router.get("/alerts/{alert_id}", responses=merged(GUARDED, describe(AlertNotFound)))
def read_risk_alert(alert_id: UUID, caller: Watcher, read: Reader) -> AlertStoryOut:
    """One alert with what was done about it."""
    return _alert(caller, read, alert_id)


@router.post("/alerts/{alert_id}/acknowledgement", responses=MOVED)
def acknowledge_risk_alert(
    alert_id: UUID, wanted: AcknowledgementIn, caller: Ruler, write: Writer, read: Reader
) -> AlertStoryOut:
    """Become the owner of an alert, also after somebody else."""
    write(
        lambda session: service.acknowledge(
            session, alert_id=alert_id, actor_id=caller.user_id, note=wanted.note
        )
    )
    return _alert(caller, read, alert_id)


@router.post("/alerts/{alert_id}/snooze", responses=MOVED)
def snooze_risk_alert(
    alert_id: UUID, wanted: SnoozeIn, caller: Ruler, write: Writer, read: Reader
) -> AlertStoryOut:
    """Let an alert wait for a day to come; then it is open again."""
    write(
        lambda session: service.snooze(
            session, alert_id=alert_id, until=wanted.until, actor_id=caller.user_id, note=wanted.note
        )
    )
    return _alert(caller, read, alert_id)


@router.post("/alerts/{alert_id}/closing", responses=MOVED)
def close_risk_alert(
    alert_id: UUID, wanted: ClosingIn, caller: Ruler, write: Writer, read: Reader
) -> AlertStoryOut:
    """Be done with an alert; a later hit raises another."""
    write(
        lambda session: service.close(
            session, alert_id=alert_id, reason=wanted.reason, actor_id=caller.user_id
        )
    )
    return _alert(caller, read, alert_id)


def _rule(read: Read, rule_id: UUID) -> RuleOut:
    rows = read(lambda session: queries.rules(session, rule_id=rule_id))
    if not rows:
        raise RuleNotFound(f"there is no rule {rule_id}; GET the list of rules", rule_id=str(rule_id))
    return _shown(rows[0])


def _shown(row: RowMapping) -> RuleOut:
    tried = None
    if row["found"] is not None:
        owed = row["found"]["owed_paisa"].items()
        tried = DryRunOut.model_validate(
            {
                **row,
                "owed": [OwedOut(currency=currency, owed_paisa=amount) for currency, amount in owed],
                "samples": row["found"]["samples"],
            }
        )
    return RuleOut.model_validate({**row, "dry_run": tried})


def _alert(caller: Caller, read: Read, alert_id: UUID) -> AlertStoryOut:
    def ask(session: Session) -> tuple[list[RowMapping], list[RowMapping]]:
        return list(queries.alerts(session, caller.business_id, alert_id=alert_id)), list(
            queries.moves_of(session, alert_id)
        )

    rows, moves = read(ask)
    if not rows:
        raise AlertNotFound(f"there is no alert {alert_id}; GET the list of alerts", alert_id=str(alert_id))
    return AlertStoryOut(**rows[0], history=[AlertMoveOut(**move) for move in moves])

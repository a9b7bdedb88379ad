"""Risk control: rules of the platform's admins, the alerts they raise, score and exposure."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from commerce.credit.score import score_now
from commerce.parties.errors import BusinessNotFound
from commerce.risk import queries, service
from commerce.risk.days import closed_day
from commerce.risk.effects import Bounds, Effect
from commerce.risk.errors import (
    ActionMoveInvalid,
    ActionNotFound,
    AlertMoveInvalid,
    AlertNotFound,
    BoundsInvalid,
    OwnerUnknown,
    OwnRule,
    RuleInvalid,
    RuleMoveInvalid,
    RuleNotFound,
)
from commerce.risk.figures import INSIDE
from commerce.risk.queries import ActionFilter, AlertFilter
from foundation import clock, database
from serving.credit.schemas import ScoreOut
from serving.dependencies import Read, Reader, Writer
from serving.pagination import CursorInvalid, PageAsked
from serving.paths import V1
from serving.problems import describe, merged
from serving.risk.schemas import (
    AcknowledgementIn,
    ActionKind,
    ActionOut,
    ActionState,
    AlertMoveOut,
    AlertOut,
    AlertState,
    AlertStoryOut,
    AssignmentIn,
    BoundsIn,
    BoundsOut,
    ClosingIn,
    DryRunOut,
    ExposureOut,
    ExposuresOut,
    FigureOut,
    FiguresOut,
    LoweredOut,
    OwedOut,
    ReversalIn,
    RiskScoreOut,
    RuleIn,
    RuleName,
    RuleOut,
    RuleState,
    SnoozeIn,
    TriedEffectOut,
    VendorExposureOut,
)
from serving.security import GUARDED, Caller, may
from serving.shapes import CurrencyCode, Page

router = APIRouter(prefix=f"{V1}/risk-control", tags=["risk control"])

Ruler = Annotated[Caller, may("risk:rule")]
Lender = Annotated[Caller, may("risk:score")]
Watcher = Annotated[Caller, may("risk:watch")]
Approver = Annotated[Caller, may("credit:approve")]
Granter = Annotated[Caller, may("credit:grant")]
MOVED = merged(GUARDED, describe(AlertNotFound, AlertMoveInvalid))


@router.get("/figures", responses=GUARDED)
def list_risk_figures(_caller: Lender) -> FiguresOut:
    """The figures that rules may ask, with their units and how they come about."""
    return FiguresOut(
        as_of=closed_day(),
        items=[
            FigureOut(**figure._asdict(), is_inside=figure.name in INSIDE) for figure in service.CATALOGUE
        ],
    )


@router.get("/exposure", responses=merged(GUARDED, describe(CursorInvalid)))
def read_risk_exposure(
    _caller: Lender,
    read: Reader,
    asked: PageAsked,
    currency: Annotated[CurrencyCode | None, Query(description="Only in this currency.")] = None,
    sort: Annotated[
        Literal["vendor", "owed"],
        Query(description="`vendor`: by its id; `owed`: who is owed most now first, as it changes."),
    ] = "vendor",
) -> ExposuresOut:
    """What each vendor is owed, has promised and allows, by `sort`, and the total; currencies are never summed."""
    order = queries.EXPOSURE_BY[sort]

    def ask(session: Session) -> tuple[list[RowMapping], list[RowMapping]]:
        by_vendor = queries.exposure_by_vendor(
            session, currency=currency, by=order, after=asked.after, limit=asked.fetch
        )
        return list(by_vendor), list(queries.exposure_in_total(session, currency=currency))

    by_vendor, total = read(ask)
    page = asked.page(by_vendor, lambda row: VendorExposureOut(**row), key=order.key)
    return ExposuresOut(
        items=page.items, next_cursor=page.next_cursor, total=[ExposureOut(**row) for row in total]
    )


@router.get("/score", responses=merged(GUARDED, describe(BusinessNotFound)))
def read_risk_score(retailer_id: UUID, _caller: Lender, read: Reader) -> RiskScoreOut:
    """A retailer's transparent score with its reasons, and its alerts that are not closed."""
    with database.read() as session:
        score = ScoreOut.model_validate(score_now(session, retailer_id=retailer_id))
    unclosed = AlertFilter(retailer_id=retailer_id, is_unclosed=True)
    signals = read(lambda session: queries.alerts(session, None, chosen=unclosed))
    return RiskScoreOut(score=score, signals=[AlertOut(**row) for row in signals])


@router.post("/rules", status_code=HTTPStatus.CREATED, responses=merged(GUARDED, describe(RuleInvalid)))
def write_risk_rule(rule: RuleIn, caller: Ruler, write: Writer, read: Reader) -> RuleOut:
    """Write the next version of a rule, as a draft."""
    effect = Effect(rule.effect, rule.lower_by, rule.lower_paisa, rule.lower_percent)
    rule_id = write(
        lambda session: service.write_rule(
            session, name=rule.name, condition=rule.condition, actor_id=caller.user_id, effect=effect
        )
    )
    return _rule(read, rule_id)


@router.get("/rules", responses=merged(GUARDED, describe(CursorInvalid)))
def list_risk_rules(
    _caller: Ruler,
    read: Reader,
    asked: PageAsked,
    state: RuleState | None = None,
    name: Annotated[RuleName | None, Query(description="Only the versions of this rule.")] = None,
    sort: Annotated[
        Literal["name", "newest"],
        Query(description="`name`: by name and version; `newest`: what was written last first."),
    ] = "name",
) -> Page[RuleOut]:
    """All versions of all rules, by `sort`."""
    order = queries.RULES_BY[sort]
    rows = read(
        lambda session: queries.rules(
            session, name=name, state=state, by=order, after=asked.after, limit=asked.fetch
        )
    )
    return asked.page(rows, _shown, key=order.key)


@router.get("/rules/{rule_id}", responses=merged(GUARDED, describe(RuleNotFound)))
def read_risk_rule(rule_id: UUID, _caller: Ruler, read: Reader) -> RuleOut:
    """One version of a rule with its last dry run."""
    return _rule(read, rule_id)


@router.post("/rules/{rule_id}/dry-run", responses=merged(GUARDED, describe(RuleNotFound, RuleMoveInvalid)))
def try_risk_rule(rule_id: UUID, caller: Ruler, write: Writer, read: Reader) -> RuleOut:
    """Ask a draft about each of the last 90 closed days; nothing comes of it but the answer, with what it would do."""
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
    rule_name: Annotated[RuleName | None, Query(description="Only by the rule of this name.")] = None,
    vendor_id: Annotated[UUID | None, Query(description="Only on customers of this vendor.")] = None,
    retailer_id: UUID | None = None,
    owner_id: UUID | None = None,
    sort: Annotated[
        Literal["newest", "oldest"],
        Query(description="`newest`: what was raised last first; `oldest`: what was raised first."),
    ] = "newest",
) -> Page[AlertOut]:
    """Alerts, by `sort`: of the whole market for an admin, of its own customers for a vendor."""
    order = queries.ALERTS_BY[sort]
    chosen = AlertFilter(
        rule_name=rule_name, vendor_id=vendor_id, retailer_id=retailer_id, owner_id=owner_id, state=state
    )
    rows = read(
        lambda session: queries.alerts(
            session, caller.business_id, chosen=chosen, by=order, after=asked.after, limit=asked.fetch
        )
    )
    return asked.page(rows, lambda row: AlertOut(**row), key=order.key)


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


@router.post("/alerts/{alert_id}/assignment", responses=merged(MOVED, describe(OwnerUnknown)))
def assign_risk_alert(
    alert_id: UUID, wanted: AssignmentIn, caller: Ruler, write: Writer, read: Reader
) -> AlertStoryOut:
    """Give an alert to an admin, whoever had it before."""
    write(
        lambda session: service.assign(
            session,
            alert_id=alert_id,
            owner_id=wanted.owner_id,
            actor_id=caller.user_id,
            note=wanted.note,
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


@router.get("/actions", responses=merged(GUARDED, describe(CursorInvalid)))
def list_risk_actions(
    caller: Watcher,
    read: Reader,
    asked: PageAsked,
    state: ActionState | None = None,
    kind: ActionKind | None = None,
    alert_id: Annotated[UUID | None, Query(description="Only under this alert.")] = None,
    vendor_id: Annotated[UUID | None, Query(description="Only on customers of this vendor.")] = None,
    retailer_id: UUID | None = None,
    sort: Annotated[
        Literal["newest", "oldest"],
        Query(description="`newest`: what was found last first; `oldest`: what was found first."),
    ] = "newest",
) -> Page[ActionOut]:
    """What rules did beside alerts and why they did not, by `sort`: of all, or of one's own customers."""
    order = queries.ACTIONS_BY[sort]
    chosen = ActionFilter(
        alert_id=alert_id, vendor_id=vendor_id, retailer_id=retailer_id, kind=kind, state=state
    )
    rows = read(
        lambda session: queries.actions(
            session, caller.business_id, chosen=chosen, by=order, after=asked.after, limit=asked.fetch
        )
    )
    return asked.page(rows, lambda row: ActionOut(**row), key=order.key)


@router.get("/actions/{action_id}", responses=merged(GUARDED, describe(ActionNotFound)))
def read_risk_action(action_id: UUID, caller: Watcher, read: Reader) -> ActionOut:
    """One thing that a rule did, or did not."""
    return _action(caller, read, action_id)


@router.post(
    "/actions/{action_id}/reversal", responses=merged(GUARDED, describe(ActionNotFound, ActionMoveInvalid))
)
def revert_risk_action(
    action_id: UUID, wanted: ReversalIn, caller: Granter, write: Writer, read: Reader
) -> ActionOut:
    """Undo what a rule did to one's customer; what held before holds again."""
    write(
        lambda session: service.revert(
            session,
            action_id=action_id,
            vendor_id=caller.own_business_id,
            actor_id=caller.user_id,
            reason=wanted.reason,
        )
    )
    return _action(caller, read, action_id)


@router.get("/bounds", responses=GUARDED)
def read_risk_bounds(caller: Approver, read: Reader) -> BoundsOut:
    """How far one lets rules lower one's limits."""
    return _bounds(caller, read)


@router.put("/bounds", responses=merged(GUARDED, describe(BoundsInvalid)))
def set_risk_bounds(wanted: BoundsIn, caller: Granter, write: Writer, read: Reader) -> BoundsOut:
    """From now on let rules lower one's limits within these bounds, or let none do so."""
    bounds = Bounds(wanted.is_on, wanted.floor_paisa, wanted.step_max_percent, wanted.days_between)
    write(
        lambda session: service.set_bounds(
            session, vendor_id=caller.own_business_id, bounds=bounds, set_by=caller.user_id
        )
    )
    return _bounds(caller, read)


def _bounds(caller: Caller, read: Read) -> BoundsOut:
    said = read(lambda session: queries.bounds_of(session, caller.own_business_id, clock.now()))
    if said is None:
        return BoundsOut(is_on=False, floor_paisa=None, step_max_percent=None, days_between=None)
    return BoundsOut(**vars(said))


def _action(caller: Caller, read: Read, action_id: UUID) -> ActionOut:
    rows = read(lambda session: queries.actions(session, caller.business_id, chosen=ActionFilter(action_id)))
    if not rows:
        raise ActionNotFound(
            f"there is no action {action_id}; GET the list of actions", action_id=str(action_id)
        )
    return ActionOut(**rows[0])


def _rule(read: Read, rule_id: UUID) -> RuleOut:
    rows = read(lambda session: queries.rules(session, rule_id=rule_id))
    if not rows:
        raise RuleNotFound(f"there is no rule {rule_id}; GET the list of rules", rule_id=str(rule_id))
    return _shown(rows[0])


def _shown(row: RowMapping) -> RuleOut:
    tried = None
    if row["found"] is not None:
        owed = row["found"]["owed_paisa"].items()
        # What was tried before rules did anything but alert had no effect to tell of.
        effect: dict[str, Any] = {
            "kind": "alert",
            "pairs": 0,
            "changes": 0,
            "lowered_paisa": {},
            "skipped": {},
            "orders": 0,
        }
        effect |= row["found"].get("effect", {})
        lowered = effect.pop("lowered_paisa").items()
        tried = DryRunOut.model_validate(
            {
                **row,
                "owed": [OwedOut(currency=currency, owed_paisa=amount) for currency, amount in owed],
                "effect": TriedEffectOut(
                    **effect,
                    lowered=[
                        LoweredOut(currency=currency, lowered_paisa=amount) for currency, amount in lowered
                    ],
                ),
                "samples": row["found"]["samples"],
            }
        )
    return RuleOut.model_validate({**row, "dry_run": tried})


def _alert(caller: Caller, read: Read, alert_id: UUID) -> AlertStoryOut:
    def ask(session: Session) -> tuple[list[RowMapping], list[RowMapping]]:
        alerts = queries.alerts(session, caller.business_id, chosen=AlertFilter(alert_id))
        return list(alerts), list(queries.moves_of(session, alert_id, caller.business_id))

    rows, moves = read(ask)
    if not rows:
        raise AlertNotFound(f"there is no alert {alert_id}; GET the list of alerts", alert_id=str(alert_id))
    return AlertStoryOut(**rows[0], history=[AlertMoveOut(**move) for move in moves])

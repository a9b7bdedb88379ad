"""What rules do beside the alert: a limit goes down, orders on credit wait or stop. And how a vendor undoes it.

A limit goes down only where its vendor lets rules do so, and within the bounds that it set. What a person of the vendor
said last goes before what any rule would do: a limit rests for the vendor's days, a pair's stop for REST, and what was
undone under an alert is not done again under it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from commerce.credit import service as credit
from commerce.credit import stops
from commerce.credit.stops import StopRule
from commerce.ledger import service as ledger
from commerce.ledger.service import Exposure
from commerce.ordering.queries import widen_scope
from commerce.risk import queries
from commerce.risk.days import closed_day
from commerce.risk.effects import Bounds, Effect, lowered
from commerce.risk.errors import ActionMoveInvalid, ActionNotFound
from commerce.risk.events import RiskActionReverted, RiskActionTaken
from commerce.risk.models import RiskAction, RiskAlert, RiskAlertMove, RiskBounds, RiskRule
from foundation import clock, score
from foundation.events import publish
from foundation.ids import uuid7
from foundation.money import format_amount

REST: Final = timedelta(days=30)
"""So long stands what a person of the vendor said of a pair's orders, before a rule holds or stops them."""
MODES: Final = {"hold": "hold-all", "stop": "refuse-all"}
DONE: Final = {"hold": "orders on credit wait for approval", "stop": "orders on credit are refused"}
SKIPPED: Final = {
    "alert-closed": "the alert was closed before",
    "alert-snoozed": "the alert waits for a day to come",
    "too-late": "a later day had ended before it could be done",
    "rule-retired": "the rule was retired before",
    "not-allowed": "the vendor lets no rule lower its limits",
    "too-soon": "the limit was set too short a time ago",
    "nothing-to-lower": "the limit is as low as it may go",
    "vendor-said": "the vendor spoke of this pair's orders a short time ago",
    "in-force-already": "the pair's orders are treated so already, or stricter",
}


def policy_of(rule: RiskRule) -> str:
    """The name under which limits, stops and decisions quote a version of a rule."""
    return f"risk-{rule.name}-{rule.version}"


def effect_of(rule: RiskRule) -> Effect:
    """What a version of a rule does."""
    return Effect(rule.effect, rule.lower_by, rule.lower_paisa, rule.lower_percent)


def set_bounds(session: Session, *, vendor_id: UUID, bounds: Bounds, set_by: UUID) -> None:
    """Say how far rules may lower one's limits from now on, or that they may not. Raises BoundsInvalid."""
    bounds.check()
    row = RiskBounds(id=uuid7(), vendor_id=vendor_id, set_by=set_by, valid_from=clock.now(), **vars(bounds))
    session.add(row)
    session.flush()


def actions_due(session: Session) -> Sequence[UUID]:
    """What rules found and is not done yet, the oldest first: each is to `act` in a transaction of its own."""
    return queries.actions_due(session)


def act(session: Session, *, action_id: UUID) -> bool:
    """Do what a rule wants of a pair, once, or keep why it is not done; whether it was done now.

    Why is kept once: day after day for the same reason is not written down again.
    """
    action = queries.lock_action(session, action_id)
    if action is None or action.state != "due":
        return False
    alert, seen = _lock(session, action)
    # Asked under the locks: whoever retired the rule, or spoke of the pair, while this waited for them has spoken.
    rule = session.get_one(RiskRule, action.rule_id)
    skipped = _why_not(action, rule, alert)
    if skipped is None:
        if action.kind == "lower-limit":
            skipped = _lower(session, action, rule, seen)
        else:
            skipped = _hold(session, action, rule, alert, seen)
    if skipped is not None and queries.skipped_before(session, action) == skipped:
        session.delete(action)
        session.flush()
        return False
    action.state, action.reason_code = ("taken" if skipped is None else "skipped"), skipped
    action.decided_at = clock.now()
    session.flush()
    if skipped is None:
        _note(session, action, alert, _done(action, alert.currency), None)
        _tell(session, RiskActionTaken, action, None)
    else:
        _note(session, action, alert, f"nothing was done: {SKIPPED[skipped]}", None)
    return skipped is None


def _why_not(action: RiskAction, rule: RiskRule, alert: RiskAlert) -> str | None:
    """Why nothing is to be done whatever the pair is like; None: nothing speaks against it."""
    if alert.state in ("closed", "snoozed"):
        return f"alert-{alert.state}"
    if rule.state != "live":
        return "rule-retired"
    # What held of an earlier day may hold no longer; of the later one the rule is asked anew.
    return "too-late" if action.day < closed_day() else None


def _lock(session: Session, action: RiskAction) -> tuple[RiskAlert, Exposure]:
    """Lock the alert of an action, then its pair's account."""
    alert = session.get_one(
        RiskAlert, action.alert_id, with_for_update={"key_share": True}, populate_existing=True
    )
    account_id = queries.account_of(session, action.agreement_id)
    return alert, ledger.lock_exposure(session, account_id=account_id)


def revert(session: Session, *, action_id: UUID, vendor_id: UUID, actor_id: UUID, reason: str) -> None:
    """Undo what a rule did to one's customer: the limit, or the rule of orders, from before holds again.

    Raises ActionNotFound, ActionMoveInvalid (it did nothing, is undone, or was overtaken by a later word).
    """
    action = queries.lock_action(session, action_id)
    if action is None or action.vendor_id != vendor_id:
        raise ActionNotFound(
            f"there is no action {action_id} on your customers; GET the list of actions",
            action_id=str(action_id),
        )
    if action.state != "taken":
        raise ActionMoveInvalid(
            f"the action is {action.state}; only one that was taken can be undone", state=action.state
        )
    widen_scope(session, action.vendor_id, action.retailer_id)
    alert, seen = _lock(session, action)
    if action.kind == "lower-limit":
        action.restored_id = _restore_limit(session, action, actor_id, reason)
    else:
        action.restored_id = _restore_stop(session, action, alert, seen, actor_id, reason)
    action.state, action.reverted_by, action.reverted_at = "reverted", actor_id, clock.now()
    action.revert_reason = reason
    session.flush()
    _note(session, action, alert, f"undone: {reason}"[:200], actor_id)
    _tell(session, RiskActionReverted, action, actor_id)


def _lower(session: Session, action: RiskAction, rule: RiskRule, seen: Exposure) -> str | None:
    """Lower the limit as far as it may; else why not."""
    bounds = queries.bounds_of(session, action.vendor_id, clock.now())
    if bounds is None or not bounds.is_on:
        return "not-allowed"
    # Asked under the lock that every change of a limit takes: nobody sets another one meanwhile.
    newest = queries.newest_limit(session, action.agreement_id)
    if newest is not None and bounds.rests(newest.valid_from, clock.now()):
        return "too-soon"
    exposed = max(0, seen.posted_paisa + seen.held_paisa)
    limit = lowered(seen.limit_paisa, exposed, effect_of(rule), bounds)
    if limit == seen.limit_paisa:
        return "nothing-to-lower"
    action.limit_before_paisa, action.limit_after_paisa = seen.limit_paisa, limit
    action.before_id = None if newest is None else newest.id
    action.score_version = queries.score_version(session, action.retailer_id) or score.version()
    action.limit_id = credit.set_limit(
        session,
        vendor_id=action.vendor_id,
        retailer_id=action.retailer_id,
        limit_paisa=limit,
        reason=f"{_reason(rule, action)}; score {action.score_version}",
        policy_version=policy_of(rule),
        score_version=action.score_version,
    )
    return None


def _hold(
    session: Session, action: RiskAction, rule: RiskRule, alert: RiskAlert, seen: Exposure
) -> str | None:
    """Let the pair's orders on credit wait, or refuse them; else why not."""
    said = queries.newest_stop(session, action.vendor_id, action.retailer_id)
    if said is not None and said.is_by_person and clock.now() < said.valid_from + REST:
        return "vendor-said"
    mode = MODES[action.kind]
    in_force = stops.rule_of(session, action.vendor_id, action.retailer_id)
    if in_force.mode == "as-vendor":
        in_force = stops.rule_of(session, action.vendor_id)
    if in_force.mode in (mode, "refuse-all"):
        return "in-force-already"
    stricter = in_force._replace(mode=mode)
    if in_force.mode == "refuse":
        # Where orders over the limit are refused, what an earlier rule tolerated says nothing; it must not do so again.
        stricter = stricter._replace(tolerance_percent=Decimal(0))
    action.before_id = None if said is None else said.id
    action.stop_id = stops.set_stop(
        session,
        vendor_id=action.vendor_id,
        retailer_id=action.retailer_id,
        rule=stricter,
        reason=_reason(rule, action),
        policy_version=policy_of(rule),
    )
    _decide(
        session,
        action,
        alert,
        seen,
        outcome="held",
        reason_code=f"risk-{action.kind}",
        facts={"reason": _reason(rule, action), "mode_before": in_force.mode, "mode": mode},
        policy_version=policy_of(rule),
    )
    return None


def _stands(session: Session, action: RiskAction, newest_id: UUID | None, own_id: UUID | None) -> bool:
    """Whether what an action set holds still, or again since all that came later was undone."""
    return newest_id is not None and queries.standing(session, action.agreement_id, newest_id) == own_id


def _restore_limit(session: Session, action: RiskAction, actor_id: UUID, reason: str) -> UUID:
    newest = queries.newest_limit(session, action.agreement_id)
    newest_id = None if newest is None else newest.id
    if action.limit_before_paisa is None or not _stands(session, action, newest_id, action.limit_id):
        raise ActionMoveInvalid(
            "the limit was set anew since; set it yourself, or undo the later action first",
            state=action.state,
        )
    return credit.set_limit(
        session,
        vendor_id=action.vendor_id,
        retailer_id=action.retailer_id,
        limit_paisa=action.limit_before_paisa,
        reason=reason,
        approved_by=actor_id,
    )


def _restore_stop(
    session: Session, action: RiskAction, alert: RiskAlert, seen: Exposure, actor_id: UUID, reason: str
) -> UUID:
    newest = queries.newest_stop(session, action.vendor_id, action.retailer_id)
    newest_id = None if newest is None else newest.id
    if not _stands(session, action, newest_id, action.stop_id):
        raise ActionMoveInvalid(
            "something was said of this retailer's orders since; set its stop yourself, or undo the later action first",
            state=action.state,
        )
    before = (
        StopRule(mode="as-vendor") if action.before_id is None else queries.stop_of(session, action.before_id)
    )
    restored_id = stops.set_stop(
        session,
        vendor_id=action.vendor_id,
        retailer_id=action.retailer_id,
        rule=before,
        reason=reason,
        set_by=actor_id,
    )
    _decide(
        session,
        action,
        alert,
        seen,
        outcome="granted",
        reason_code="risk-reverted",
        facts={"reason": reason, "mode_before": MODES[action.kind], "mode": before.mode},
        actor_id=actor_id,
    )
    return restored_id


def _decide(
    session: Session,
    action: RiskAction,
    alert: RiskAlert,
    seen: Exposure,
    *,
    outcome: str,
    reason_code: str,
    facts: dict[str, Any],
    policy_version: str = credit.POLICY_VERSION,
    actor_id: UUID | None = None,
) -> None:
    credit.record_decision(
        session,
        credit.DecisionRecord(
            kind="stop",
            vendor_id=action.vendor_id,
            retailer_id=action.retailer_id,
            outcome=outcome,
            reason_code=reason_code,
            currency=alert.currency,
            limit_paisa=seen.limit_paisa,
            facts={"owed_paisa": seen.posted_paisa, "held_paisa": seen.held_paisa, **facts},
            channel="system" if actor_id is None else "desk",
            actor_id=actor_id,
            policy_version=policy_version,
        ),
    )


def _reason(rule: RiskRule, action: RiskAction) -> str:
    return f"rule {rule.name}, version {rule.version}, held of {action.day}"


def _done(action: RiskAction, currency: str) -> str:
    if action.limit_before_paisa is None or action.limit_after_paisa is None:
        return DONE[action.kind]
    before, after = (
        format_amount(paisa, currency) for paisa in (action.limit_before_paisa, action.limit_after_paisa)
    )
    return f"the limit went from {before} to {after}"


def _note(session: Session, action: RiskAction, alert: RiskAlert, note: str, actor_id: UUID | None) -> None:
    """Put what was done into the alert's history; the alert stays as it is."""
    session.add(
        RiskAlertMove(
            id=uuid7(),
            alert_id=alert.id,
            vendor_id=alert.vendor_id,
            state=alert.state,
            actor_id=actor_id,
            action_id=action.id,
            note=note,
            happened_at=clock.now(),
        )
    )
    session.flush()


def _tell(
    session: Session,
    event: type[RiskActionTaken | RiskActionReverted],
    action: RiskAction,
    actor_id: UUID | None,
) -> None:
    publish(
        session,
        event(
            action_id=str(action.id),
            alert_id=str(action.alert_id),
            vendor_id=str(action.vendor_id),
            retailer_id=str(action.retailer_id),
            kind=action.kind,
        ),
        business_id=action.vendor_id,
        actor_id=actor_id,
        channel="system" if actor_id is None else "api",
    )

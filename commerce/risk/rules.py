"""Rules: written, tried over the past, released by a second person, asked once about each day, retired."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from commerce.risk import queries
from commerce.risk.actions import policy_of
from commerce.risk.days import closed_day
from commerce.risk.effects import ALERT, Effect
from commerce.risk.errors import OwnRule, RuleMoveInvalid, RuleNotFound
from commerce.risk.events import RiskAlertRaised
from commerce.risk.figures import Measured, measure
from commerce.risk.language import Condition, read_condition
from commerce.risk.models import RiskRule
from commerce.risk.queries import ToAsk
from foundation import clock
from foundation.events import publish
from foundation.ids import uuid7

CAUGHT_UP_DAYS: Final = 7
"""So many closed days are asked about when no worker ran; older ones are kept as skipped."""


def write_rule(
    session: Session, *, name: str, condition: str, actor_id: UUID, effect: Effect = ALERT
) -> UUID:
    """Write the next version of a rule as a draft. Raises RuleInvalid."""
    read_condition(condition)
    effect.check()
    queries.lock_names(session, name)
    rule = RiskRule(
        id=uuid7(),
        name=name,
        version=queries.last_version(session, name) + 1,
        condition=condition.strip(),
        effect=effect.kind,
        lower_by=effect.lower_by,
        lower_paisa=effect.lower_paisa,
        lower_percent=effect.lower_percent,
        state="draft",
        written_by=actor_id,
        written_at=clock.now(),
    )
    session.add(rule)
    session.flush()
    return rule.id


def go_live(session: Session, *, rule_id: UUID, actor_id: UUID) -> None:
    """Let a draft that was tried go live; the live version before it is retired.

    Raises RuleNotFound, RuleMoveInvalid, OwnRule.
    """
    known = session.get(RiskRule, rule_id)
    if known is None:
        raise _unknown(rule_id)
    queries.lock_names(session, known.name)  # two drafts of one name released at once
    rule = locked(session, rule_id, "draft")
    if not queries.has_dry_run(session, rule_id):
        raise RuleMoveInvalid(
            f"version {rule.version} of {rule.name!r} was not tried; run it dry over the past first"
        )
    if rule.written_by == actor_id:
        raise OwnRule(f"you wrote version {rule.version} of {rule.name!r}; another admin lets it go live")
    before = queries.live_rule(session, rule.name)
    if before is not None:
        retire(session, rule_id=before, actor_id=actor_id)
    rule.state, rule.live_by, rule.live_at = "live", actor_id, clock.now()
    session.flush()


def retire(session: Session, *, rule_id: UUID, actor_id: UUID) -> None:
    """Ask a rule no more; its alerts stay. Raises RuleNotFound, RuleMoveInvalid."""
    rule = locked(session, rule_id, "draft", "live")
    rule.state, rule.retired_by, rule.retired_at = "retired", actor_id, clock.now()
    session.flush()


def evaluate(session: Session, *, rule_id: UUID, day: date) -> bool:
    """Ask a live rule about a closed day, once: each hit raises an alert unless one is open for the pair.

    What else follows is written down to be done, of the last closed day alone: what held a week ago may hold no
    longer. Needs a session that sees the market. False where it was asked before or is live no longer.
    """
    rule = queries.lock_rule(session, rule_id)
    now = clock.now()
    if rule is None or rule.state != "live" or not queries.claim_evaluation(session, rule_id, day, now):
        return False
    condition = read_condition(rule.condition)
    hits = hits_of(session, condition, day)
    is_acting = rule.effect != ALERT.kind and day == closed_day()
    raised = 0
    for pair in hits:
        raised += _raise_alert(session, rule, condition, pair, day)
        if rule.effect != ALERT.kind:
            _show_alert(session, rule, pair)
        if is_acting:
            session.execute(
                queries.FIND_ACTION,
                {
                    "id": uuid7(),
                    "rule_id": rule_id,
                    "rule_name": rule.name,
                    "policy_version": policy_of(rule),
                    "agreement_id": pair.agreement_id,
                    "day": day,
                    "kind": rule.effect,
                    "is_lasting": rule.effect != "lower-limit",
                    "now": now,
                },
            )
    queries.count_evaluation(session, rule_id, day, hits=len(hits), alerts=raised)
    return True


def _raise_alert(session: Session, rule: RiskRule, condition: Condition, pair: Measured, day: date) -> bool:
    """Raise an alert about a pair unless one is open; whether it was raised."""
    is_inside = rule.effect == ALERT.kind and condition.is_inside
    alert_id = session.execute(
        queries.RAISE_ALERT,
        {
            "id": uuid7(),
            "move_id": uuid7(),
            "rule_id": rule.id,
            "rule_name": rule.name,
            "agreement_id": pair.agreement_id,
            "vendor_id": pair.vendor_id,
            "retailer_id": pair.retailer_id,
            "currency": pair.currency,
            "day": day,
            "owed_paisa": pair.owed_paisa,
            "figures": json.dumps(seen(condition, pair)),
            "is_inside": is_inside,
            "now": clock.now(),
        },
    ).scalar_one_or_none()
    if alert_id is not None and not is_inside:
        _tell(session, rule, pair, alert_id, day)
    return alert_id is not None


def _show_alert(session: Session, rule: RiskRule, pair: Measured) -> None:
    """Show the vendor the pair's open alert that an earlier version of the rule raised for the platform alone."""
    shown = session.execute(
        queries.SHOW_ALERT, {"agreement_id": pair.agreement_id, "rule_name": rule.name}
    ).one_or_none()
    if shown is not None:
        _tell(session, rule, pair, shown.id, shown.day)


def _tell(session: Session, rule: RiskRule, pair: Measured, alert_id: UUID, day: date) -> None:
    publish(
        session,
        RiskAlertRaised(
            alert_id=str(alert_id),
            vendor_id=str(pair.vendor_id),
            retailer_id=str(pair.retailer_id),
            rule=rule.name,
            day=day.isoformat(),
        ),
        business_id=pair.vendor_id,
    )


def days_due(session: Session) -> Sequence[ToAsk]:
    """What live rules are to be asked now, a transaction each: the closed days that they were not asked about."""
    last = closed_day()
    return queries.days_to_ask(session, _first_to_ask(last), last)


def skip_missed(session: Session) -> None:
    """Keep as skipped the days that no worker asked about and that are too old to be asked about now."""
    queries.skip_days(session, _first_to_ask(closed_day()), clock.now())


def _first_to_ask(last: date) -> date:
    return last - timedelta(days=CAUGHT_UP_DAYS - 1)


def hits_of(session: Session, condition: Condition, day: date) -> list[Measured]:
    """The pairs of which a condition held as a day ended."""
    return [pair for pair in measure(session, day, condition.figures) if condition.holds(pair.figures)]


def seen(condition: Condition, pair: Measured) -> dict[str, Any]:
    """What a condition asked of a pair, as plain text."""
    return {name: _plain(pair.figures[name]) for name in condition.figures}


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else f"{value.normalize():f}"


def locked(session: Session, rule_id: UUID, *states: str) -> RiskRule:
    """A version of a rule under its lock, in one of these states. Raises RuleNotFound, RuleMoveInvalid."""
    rule = queries.lock_rule(session, rule_id)
    if rule is None:
        raise _unknown(rule_id)
    if rule.state not in states:
        raise RuleMoveInvalid(
            f"version {rule.version} of {rule.name!r} is {rule.state}, not {' or '.join(states)}; "
            "write another version",
            state=rule.state,
        )
    return rule


def _unknown(rule_id: UUID) -> RuleNotFound:
    return RuleNotFound(f"there is no rule {rule_id}; GET the list of rules", rule_id=str(rule_id))

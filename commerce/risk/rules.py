"""Rules: written, tried over the past, released by a second person, asked once about each day, retired."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from commerce.risk import queries
from commerce.risk.errors import OwnRule, RuleMoveInvalid, RuleNotFound
from commerce.risk.figures import Measured, measure
from commerce.risk.language import Condition, read_condition
from commerce.risk.models import RiskDryRun, RiskRule
from foundation import clock
from foundation.ids import uuid7

DRY_RUN_DAYS: Final = 90
SAMPLES_MAX: Final = 20


def closed_day() -> date:
    """The last day that has ended everywhere we trade: India and Nepal are ahead of UTC."""
    return clock.now().date() - timedelta(days=1)


def write_rule(session: Session, *, name: str, condition: str, actor_id: UUID) -> UUID:
    """Write the next version of a rule as a draft. Raises RuleInvalid."""
    read_condition(condition)
    queries.lock_names(session, name)
    rule = RiskRule(
        id=uuid7(),
        name=name,
        version=queries.last_version(session, name) + 1,
        condition=condition.strip(),
        state="draft",
        written_by=actor_id,
        written_at=clock.now(),
    )
    session.add(rule)
    session.flush()
    return rule.id


def dry_run(session: Session, *, rule_id: UUID, actor_id: UUID) -> UUID:
    """Ask a draft about each of the last 90 closed days and keep what it would have hit.

    Needs a session that sees the market. Raises RuleNotFound, RuleMoveInvalid.
    """
    rule = _locked(session, rule_id, "draft")
    condition, last = read_condition(rule.condition), closed_day()
    first = last - timedelta(days=DRY_RUN_DAYS - 1)
    hit_days: Counter[UUID] = Counter()
    latest: dict[UUID, tuple[date, Measured]] = {}
    days = 0
    for number in range(DRY_RUN_DAYS):
        day = first + timedelta(days=number)
        hits = hits_of(session, condition, day)
        days += bool(hits)
        for pair in hits:
            hit_days[pair.agreement_id] += 1
            latest[pair.agreement_id] = (day, pair)
    owed: Counter[str] = Counter()
    for _, pair in latest.values():
        owed[pair.currency] += pair.owed_paisa
    samples = [
        {
            "vendor_id": str(pair.vendor_id),
            "retailer_id": str(pair.retailer_id),
            "days": hit_days[pair.agreement_id],
            "last_day": day.isoformat(),
            "figures": seen(condition, pair),
        }
        for day, pair in sorted(latest.values(), key=lambda hit: (-hit[1].owed_paisa, hit[1].agreement_id))
    ]
    run = RiskDryRun(
        id=uuid7(),
        rule_id=rule.id,
        first_day=first,
        last_day=last,
        hits=hit_days.total(),
        pairs=len(latest),
        days=days,
        found={"owed_paisa": dict(owed), "samples": samples[:SAMPLES_MAX]},
        run_by=actor_id,
        run_at=clock.now(),
    )
    session.add(run)
    session.flush()
    return run.id


def go_live(session: Session, *, rule_id: UUID, actor_id: UUID) -> None:
    """Let a draft that was tried go live; the live version before it is retired.

    Raises RuleNotFound, RuleMoveInvalid, OwnRule.
    """
    known = session.get(RiskRule, rule_id)
    if known is None:
        raise _unknown(rule_id)
    queries.lock_names(session, known.name)  # two drafts of one name released at once
    rule = _locked(session, rule_id, "draft")
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
    rule = _locked(session, rule_id, "draft", "live")
    rule.state, rule.retired_by, rule.retired_at = "retired", actor_id, clock.now()
    session.flush()


def evaluate(session: Session, *, rule_id: UUID, day: date) -> bool:
    """Ask a live rule about a closed day, once: each hit raises an alert unless one is open for the pair.

    Needs a session that sees the market. False where it was asked before or is live no longer.
    """
    rule = queries.lock_rule(session, rule_id)
    now = clock.now()
    if rule is None or rule.state != "live" or not queries.claim_evaluation(session, rule_id, day, now):
        return False
    condition = read_condition(rule.condition)
    hits = hits_of(session, condition, day)
    raised = 0
    for pair in hits:
        alert = session.execute(
            queries.RAISE_ALERT,
            {
                "id": uuid7(),
                "move_id": uuid7(),
                "rule_id": rule_id,
                "rule_name": rule.name,
                "agreement_id": pair.agreement_id,
                "vendor_id": pair.vendor_id,
                "retailer_id": pair.retailer_id,
                "currency": pair.currency,
                "day": day,
                "owed_paisa": pair.owed_paisa,
                "figures": json.dumps(seen(condition, pair)),
                "now": now,
            },
        ).one_or_none()
        raised += alert is not None
    queries.count_evaluation(session, rule_id, day, hits=len(hits), alerts=raised)
    return True


def rules_due(session: Session) -> tuple[date, Sequence[UUID]]:
    """The last closed day, and the live rules that were not asked about it."""
    day = closed_day()
    return day, queries.rules_to_ask(session, day)


def hits_of(session: Session, condition: Condition, day: date) -> list[Measured]:
    """The pairs of which a condition held as a day ended."""
    return [pair for pair in measure(session, day) if condition.holds(pair.figures)]


def seen(condition: Condition, pair: Measured) -> dict[str, Any]:
    """What a condition asked of a pair, as plain text."""
    return {name: _plain(pair.figures[name]) for name in condition.figures}


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else f"{value.normalize():f}"


def _locked(session: Session, rule_id: UUID, *states: str) -> RiskRule:
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

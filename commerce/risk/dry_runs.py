"""Trying a draft over the past: whom it would have hit, and what its effect would have done."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from commerce.risk import queries
from commerce.risk.actions import effect_of
from commerce.risk.days import closed_day
from commerce.risk.effects import Bounds, Effect, lowered
from commerce.risk.figures import Measured
from commerce.risk.language import Condition, read_condition
from commerce.risk.models import RiskDryRun
from commerce.risk.rules import hits_of, locked, seen
from foundation import clock
from foundation.ids import uuid7

DRY_RUN_DAYS: Final = 90
SAMPLES_MAX: Final = 20

Limits = Sequence[tuple[datetime, int]]


@dataclass
class PairHits:
    """The days on which a pair was hit. Of all but the last only the day and what was owed is kept, in a few bytes:

    a draft may hit every pair of the market on every day.
    """

    last: Measured
    days: array[int] = field(default_factory=lambda: array("l"))
    owed: array[int] = field(default_factory=lambda: array("q"))

    def add(self, day: date, pair: Measured) -> None:
        """Keep one more hit, of a later day."""
        self.last = pair
        self.days.append(day.toordinal())
        self.owed.append(pair.owed_paisa)

    @property
    def first_day(self) -> date:
        """The first day of a hit."""
        return date.fromordinal(self.days[0])

    @property
    def last_day(self) -> date:
        """The last day of a hit."""
        return date.fromordinal(self.days[-1])

    def by_day(self) -> Iterator[tuple[date, int]]:
        """(day, owed) of each hit, the oldest first."""
        return zip(map(date.fromordinal, self.days), self.owed, strict=True)


Hits = dict[UUID, PairHits]


@dataclass(frozen=True)
class Tried:
    """What an effect would have done to one pair: the limit before the first and after the last change, or why not."""

    changes: int = 0
    before_paisa: int | None = None
    after_paisa: int | None = None
    reason_code: str | None = None


def dry_run(session: Session, *, rule_id: UUID, actor_id: UUID) -> UUID:
    """Ask a draft about each of the last 90 closed days and keep what it would have hit and done.

    Needs a session that sees the market. Raises RuleNotFound, RuleMoveInvalid.
    """
    rule = locked(session, rule_id, "draft")
    condition, effect, last = read_condition(rule.condition), effect_of(rule), closed_day()
    first = last - timedelta(days=DRY_RUN_DAYS - 1)
    hits: Hits = {}
    days = 0
    for number in range(DRY_RUN_DAYS):
        day = first + timedelta(days=number)
        found = hits_of(session, condition, day)
        days += bool(found)
        for pair in found:
            hits.setdefault(pair.agreement_id, PairHits(pair)).add(day, pair)
    owed: Counter[str] = Counter()
    for hit in hits.values():
        owed[hit.last.currency] += hit.last.owed_paisa
    tried = _try_effect(session, effect, hits)
    run = RiskDryRun(
        id=uuid7(),
        rule_id=rule.id,
        first_day=first,
        last_day=last,
        hits=sum(len(hit.days) for hit in hits.values()),
        pairs=len(hits),
        days=days,
        found={
            "owed_paisa": dict(owed),
            "effect": _summary(session, effect, hits, tried, last),
            "samples": _samples(condition, hits, tried),
        },
        run_by=actor_id,
        run_at=clock.now(),
    )
    session.add(run)
    session.flush()
    return run.id


def lowerings(effect: Effect, bounds: Bounds, limits: Limits, hits: Iterable[tuple[date, int]]) -> Tried:
    """What asking day by day would have made of a limit. Pure.

    `limits` are (since when, paisa) as they were set, oldest first; `hits` are (day, owed). A rule acts as its day has
    ended; a limit that was set later than the rule's own goes before it, as it would have.
    """
    made = Tried()
    set_at, limit = datetime.min.replace(tzinfo=UTC), 0
    for day, owed_paisa in hits:
        at = datetime.combine(day + timedelta(days=1), time(), UTC)
        for valid_from, paisa in limits:
            if set_at < valid_from <= at:
                set_at, limit = valid_from, paisa
        if bounds.rests(set_at, at):
            made = made if made.changes else Tried(reason_code="too-soon")
            continue
        lower = lowered(limit, max(0, owed_paisa), effect, bounds)
        if lower == limit:
            made = made if made.changes else Tried(reason_code="nothing-to-lower")
            continue
        before = limit if made.before_paisa is None else made.before_paisa
        made = Tried(made.changes + 1, before, lower)
        set_at, limit = at, lower
    return made


def _try_effect(session: Session, effect: Effect, hits: Hits) -> dict[UUID, Tried]:
    """What the effect would have done to each pair, by what its vendor allows now."""
    if effect.kind != "lower-limit":
        return {agreement_id: Tried() for agreement_id in hits}
    allowed, limits = queries.bounds_of_all(session, clock.now()), queries.limits_set(session, list(hits))
    tried = {}
    for agreement_id, hit in hits.items():
        bounds = allowed.get(hit.last.vendor_id)
        tried[agreement_id] = (
            lowerings(effect, bounds, limits.get(agreement_id, []), hit.by_day())
            if bounds is not None and bounds.is_on
            else Tried(reason_code="not-allowed")
        )
    return tried


def _summary(
    session: Session, effect: Effect, hits: Hits, tried: dict[UUID, Tried], last: date
) -> dict[str, Any]:
    taken: Counter[str] = Counter()
    for agreement_id, one in tried.items():
        if one.before_paisa is not None and one.after_paisa is not None:
            taken[hits[agreement_id].last.currency] += one.before_paisa - one.after_paisa
    orders = 0
    if effect.kind in ("hold", "stop"):
        first_hits = {agreement_id: hit.first_day for agreement_id, hit in hits.items()}
        orders = queries.orders_since(session, first_hits, last)
    return {
        "kind": effect.kind,
        "pairs": sum(one.reason_code is None for one in tried.values()) if effect.kind != "alert" else 0,
        "changes": sum(one.changes for one in tried.values()),
        "lowered_paisa": dict(taken),
        "skipped": dict(Counter(one.reason_code for one in tried.values() if one.reason_code is not None)),
        "orders": orders,
    }


def _samples(condition: Condition, hits: Hits, tried: dict[UUID, Tried]) -> list[dict[str, Any]]:
    """Those who owed the most on the last day each was hit, first."""
    largest = sorted(hits.values(), key=lambda hit: (-hit.last.owed_paisa, hit.last.agreement_id))
    return [
        {
            "vendor_id": str(hit.last.vendor_id),
            "retailer_id": str(hit.last.retailer_id),
            "days": len(hit.days),
            "last_day": hit.last_day.isoformat(),
            "figures": seen(condition, hit.last),
            "limit_before_paisa": tried[hit.last.agreement_id].before_paisa,
            "limit_after_paisa": tried[hit.last.agreement_id].after_paisa,
            "reason_code": tried[hit.last.agreement_id].reason_code,
        }
        for hit in largest[:SAMPLES_MAX]
    ]

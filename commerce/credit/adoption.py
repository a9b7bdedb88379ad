"""Taking over what a run of the data side predicts: once, within bounds, with a record, and revertible.

A score decides on limits by its grade, so a limit *moves* when the grade of its retailer changes; a first
grade moves nothing. A fixed random share of the scored retailers keeps the policy of before and is marked,
so that what the policy does can be told from what would have happened anyway.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from commerce.credit import queries
from commerce.credit.errors import AdoptionRefused, ApprovalNeeded, RunNotAdopted
from commerce.credit.models import AdoptedRun, AdoptedScore
from commerce.credit.ports import PublishedScore, PublishedScores
from commerce.credit.queries import Exposure, ScoreInForce
from commerce.credit.service import POLICY_VERSION as POLICY_BEFORE
from foundation import clock

POLICY_VERSION: Final = "adopted-score-1"
STALE_AFTER: Final = timedelta(days=7)
TIME_ZONES: Final = timedelta(days=1)
"""A business day east of Greenwich may be ahead of the day in UTC."""
LIMITS_MOVED_MAX_PERCENT: Final = 10
EXPOSURE_MOVED_MAX_PERCENT: Final = 5
CONTROL_PER_TEN_THOUSAND: Final = 300


@dataclass(frozen=True)
class Moves:
    """What an adoption would do: of how many limits, and of how much exposure, the grade changes."""

    scores: int
    first_scores: int
    regraded: int
    controls: int
    limits_moved: int
    limits: int
    exposure_moved_paisa: dict[str, int]
    exposure_paisa: dict[str, int]
    """By currency, as amounts of several are never summed."""

    @property
    def needs_approval(self) -> bool:
        """More would move than may move without a person's word."""
        return self.limits_moved * 100 > self.limits * LIMITS_MOVED_MAX_PERCENT or any(
            moved * 100 > self.exposure_paisa[currency] * EXPOSURE_MOVED_MAX_PERCENT
            for currency, moved in self.exposure_moved_paisa.items()
        )


@dataclass(frozen=True)
class Adoption:
    """An adopted run. `is_new` is false when it had been adopted before."""

    run_id: str
    moves: Moves
    is_new: bool = True


def is_control(retailer_id: UUID) -> bool:
    """Whether a retailer is one of the fixed random 3 % that keep the policy of before."""
    digest = hashlib.sha256(b"control-1:" + retailer_id.bytes).digest()
    return int.from_bytes(digest[:8]) % 10_000 < CONTROL_PER_TEN_THOUSAND


def preview(session: Session, *, published: PublishedScores) -> Moves:
    """What `adopt` would do now, without doing it. Raises AdoptionRefused as it would."""
    _refuse_unfit(session, published)
    return _moves(session, published, queries.scores_in_force(session))


def adopt(session: Session, *, published: PublishedScores, is_approved: bool = False) -> Adoption:
    """Take a run's scores over, each once. A run that is adopted already is left as it is.

    Raises AdoptionRefused (a failed check, a stale run, one older than the last adopted, one that was
    reverted, retailers of another database) and ApprovalNeeded; either answer is kept with the run.
    """
    queries.lock_adoption(session)
    known = session.get(AdoptedRun, published.run_id)
    if known is not None and known.outcome == "adopted" and known.reverted_at is None:
        return Adoption(known.run_id, Moves(**known.facts["moves"]), is_new=False)
    _refuse_unfit(session, published)
    before = queries.scores_in_force(session)
    moves = _moves(session, published, before)
    if moves.needs_approval and not is_approved:
        raise _recorded(
            ApprovalNeeded(_approval_text(published, moves), run_id=published.run_id, moves=asdict(moves)),
            published,
            outcome="awaiting-approval",
        )
    _keep_run(session, published, "adopted", None, {"moves": asdict(moves), "is_approved": is_approved})
    _keep_scores(session, published, before)
    return Adoption(published.run_id, moves)


def revert(session: Session, *, run_id: str) -> None:
    """Let the scores of the run before hold again; nothing is deleted. Raises RunNotAdopted."""
    queries.lock_adoption(session)
    run = session.get(AdoptedRun, run_id)
    if run is None or run.outcome != "adopted":
        raise RunNotAdopted(f"run {run_id!r} was never adopted; there is nothing to revert", run_id=run_id)
    if run.reverted_at is None:
        run.reverted_at = clock.now()


def _refuse_unfit(session: Session, published: PublishedScores) -> None:
    known = session.get(AdoptedRun, published.run_id)
    last = queries.last_adopted_run(session)
    age = clock.now().date() - published.as_of
    strangers = queries.unknown_retailers(session, [one.retailer_id for one in published.scores])
    reason = None
    if published.failed_checks:
        reason = "failed-check", f"these checks failed: {', '.join(published.failed_checks)}"
    elif known is not None and known.reverted_at is not None:
        reason = (
            "reverted",
            f"it was reverted at {known.reverted_at:%Y-%m-%d %H:%M} UTC; run the data side anew",
        )
    elif age > STALE_AFTER:
        reason = (
            "stale",
            f"it knows nothing after {published.as_of}, {age.days} days ago; "
            "figures of old history are shown, and only recent ones are adopted",
        )
    elif age < -TIME_ZONES:
        reason = "future", f"it says that it knows {published.as_of}, which has not come yet"
    elif last is not None and (published.as_of, published.predicted_at) < (last.as_of, last.predicted_at):
        reason = "older", f"run {last.run_id} of {last.as_of} is adopted and newer"
    elif strangers:
        reason = (
            "unknown-retailers",
            f"{strangers} of its retailers are not in this database; is the warehouse that of another one?",
        )
    if reason is not None:
        code, text = reason
        refusal = AdoptionRefused(
            f"run {published.run_id} is not adopted: {text}", run_id=published.run_id, reason=code
        )
        raise _recorded(refusal, published, outcome="refused", reason=code)


def _recorded(
    refusal: AdoptionRefused, published: PublishedScores, *, outcome: str, reason: str | None = None
) -> AdoptionRefused:
    def keep(session: Session) -> None:
        _keep_run(session, published, outcome, reason or refusal.code, refusal.facts)

    refusal.aftermath = keep
    return refusal


def _approval_text(published: PublishedScores, moves: Moves) -> str:
    exposure = ", ".join(
        f"{moved * 100 // max(moves.exposure_paisa[currency], 1)} % of the exposure in {currency}"
        for currency, moved in moves.exposure_moved_paisa.items()
    )
    return (
        f"run {published.run_id} would move {moves.limits_moved} of {moves.limits} limits and {exposure or 'none'}; "
        f"more than {LIMITS_MOVED_MAX_PERCENT} % of limits or {EXPOSURE_MOVED_MAX_PERCENT} % of exposure needs "
        f"approval: sauda adopt {published.run_id} --approve"
    )


def _moves(session: Session, published: PublishedScores, before: dict[UUID, ScoreInForce]) -> Moves:
    regraded = {
        one.retailer_id
        for one in published.scores
        if one.retailer_id in before and before[one.retailer_id].grade != one.grade
    }
    moving = {retailer_id for retailer_id in regraded if not is_control(retailer_id)}
    exposures = queries.exposures(session)
    return Moves(
        scores=len(published.scores),
        first_scores=sum(one.retailer_id not in before for one in published.scores),
        regraded=len(regraded),
        controls=sum(_is_marked(one) for one in published.scores),
        limits_moved=sum(one.limits for one in exposures if one.retailer_id in moving),
        limits=sum(one.limits for one in exposures),
        exposure_moved_paisa=_by_currency([one for one in exposures if one.retailer_id in moving]),
        exposure_paisa=_by_currency(exposures),
    )


def _by_currency(exposures: list[Exposure]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for one in exposures:
        sums[one.currency] = sums.get(one.currency, 0) + one.exposure_paisa
    return sums


def _is_marked(one: PublishedScore) -> bool:
    # Without a score there is no policy to keep from: a thin file is no control.
    return one.score is not None and is_control(one.retailer_id)


def _keep_run(
    session: Session, published: PublishedScores, outcome: str, reason: str | None, facts: dict[str, Any]
) -> None:
    answer = {"outcome": outcome, "reason_code": reason, "facts": facts, "adopted_at": clock.now()}
    session.execute(
        upsert(AdoptedRun)
        .values(run_id=published.run_id, as_of=published.as_of, predicted_at=published.predicted_at, **answer)
        # What was adopted once stays so in the record, whatever is asked of it later.
        .on_conflict_do_update(
            index_elements=[AdoptedRun.run_id], set_=answer, where=AdoptedRun.outcome != "adopted"
        )
    )


def _keep_scores(session: Session, published: PublishedScores, before: dict[UUID, ScoreInForce]) -> None:
    now = clock.now()
    session.execute(
        insert(AdoptedScore.__table__),  # type: ignore[arg-type]
        [
            {
                "run_id": published.run_id,
                "retailer_id": one.retailer_id,
                "score": one.score,
                "grade": one.grade,
                "previous_score": before[one.retailer_id].score if one.retailer_id in before else None,
                "model_version": one.model_version,
                "policy_version": POLICY_BEFORE if _is_marked(one) else POLICY_VERSION,
                "is_control": _is_marked(one),
                "as_of": published.as_of,
                "recorded_at": now,
            }
            for one in published.scores
        ],
    )

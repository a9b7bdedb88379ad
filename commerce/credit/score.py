"""A retailer's transparent score at this moment, by the same SQL that scores the whole market at night."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.parties import service as parties
from commerce.parties.errors import BusinessNotFound
from foundation import clock, score
from foundation.database import SYSTEM, set_scope
from foundation.score import Reason


@dataclass(frozen=True)
class Component:
    """A part of the score: its weight in per cent, and how much of it was earned (0 to 10,000)."""

    name: str
    weight_percent: int
    points: int


@dataclass(frozen=True)
class RetailerScore:
    """A score with what it is made of. `score` is None and the grade `NH` where there is not enough history."""

    retailer_id: UUID
    as_of: date
    version: str
    score: int | None
    grade: str
    components: tuple[Component, ...]
    reasons: tuple[Reason, ...]


def score_now(session: Session, *, retailer_id: UUID) -> RetailerScore:
    """Score a retailer by what is known now.

    Widens the session to the rows of every seller, because a score is made of all of them: ask in a session
    of its own. Raises BusinessNotFound for a business that buys nothing here.
    """
    set_scope(session, SYSTEM)
    retailer = parties.get_business(session, business_id=retailer_id)
    today = clock.business_day(clock.now(), retailer.time_zone)
    row = (
        session.execute(text(score.render()), {"as_of": today, "retailer_id": retailer_id})
        .mappings()
        .one_or_none()
    )
    if row is None:
        raise BusinessNotFound(retailer_id)
    return RetailerScore(
        retailer_id=retailer_id,
        as_of=today,
        version=row["score_version"],
        score=row["score"],
        grade=row["grade"],
        components=tuple(
            Component(part.name, part.weight_percent, row[part.column]) for part in score.parts_of(dict(row))
        ),
        reasons=tuple(score.explain(dict(row))),
    )

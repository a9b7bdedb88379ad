"""Made-up markets: that one was begun, and that it was played to its end. Its trade goes by verbs or in bulk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from commerce.history.models import PlayedMarket
from foundation.ids import uuid7


@dataclass(frozen=True)
class Markets:
    """How many played markets this database has, and the oldest of those that were broken off."""

    whole: int
    broken_off: PlayedMarket | None


def begin(session: Session, *, seed: int, until: date) -> UUID:
    """Mark that a market begins; until `complete`, it counts as broken off."""
    market = PlayedMarket(id=uuid7(), seed=seed, until=until, began_at=datetime.now(UTC))
    session.add(market)
    session.flush()
    return market.id


def complete(session: Session, *, market_id: UUID) -> None:
    """Mark that the last day of a market was played."""
    session.get_one(PlayedMarket, market_id).completed_at = datetime.now(UTC)


def played(session: Session) -> Markets:
    """The markets that were played here."""
    found = session.scalars(select(PlayedMarket).order_by(PlayedMarket.began_at)).all()
    broken_off = next((one for one in found if one.completed_at is None), None)
    return Markets(sum(one.completed_at is not None for one in found), broken_off)

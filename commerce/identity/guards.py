"""How often something may be tried: log-ins, codes, mails. Counted by whom it concerns, known here or not.

An attempt is counted before it is looked at, in a transaction of its own, so that many at once do not pass
as one. What is given up starts anew when its window has passed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Final

from sqlalchemy import delete, text
from sqlalchemy.orm import Session

from commerce.identity.errors import TooManyAttempts
from commerce.identity.models import AttemptGuard


@dataclass(frozen=True)
class Guard:
    """`at_most` attempts; the last of them closes the door for the whole window."""

    kind: str
    what: str
    at_most: int
    window: timedelta


PASSWORD: Final = Guard("password", "this log-in was tried", 10, timedelta(minutes=15))
CODE: Final = Guard("code", "a code for this phone was tried", 5, timedelta(minutes=15))
SECOND_FACTOR: Final = Guard("second-factor", "the second factor was tried", 10, timedelta(minutes=15))
MESSAGES: Final = Guard("messages", "a message to this address was asked for", 5, timedelta(hours=1))
INVITATIONS: Final = Guard("invitations", "this business invited", 50, timedelta(days=1))

_TAKE = text("""
    INSERT INTO app.attempt_guards AS guard (kind, concerns, attempts, ends_at)
    VALUES (:kind, :concerns, 1, :ends_at)
    ON CONFLICT (kind, concerns) DO UPDATE SET
        attempts = CASE WHEN guard.ends_at <= :now THEN 1 ELSE guard.attempts + 1 END,
        ends_at = CASE WHEN guard.ends_at <= :now OR guard.attempts + 1 = :at_most THEN excluded.ends_at
                       ELSE guard.ends_at END
    RETURNING attempts, ends_at
""")


def take(session: Session, guard: Guard, concerns: bytes) -> int:
    """Count an attempt and return how many are left. Raises TooManyAttempts, which counts nothing."""
    now = datetime.now(UTC)
    row = session.execute(
        _TAKE,
        {
            "kind": guard.kind,
            "concerns": concerns,
            "now": now,
            "ends_at": now + guard.window,
            "at_most": guard.at_most,
        },
    ).one()
    if row.attempts > guard.at_most:
        raise TooManyAttempts(guard.what, max(1, ceil((row.ends_at - now).total_seconds())))
    return guard.at_most - int(row.attempts)


def clear(session: Session, guard: Guard, concerns: bytes) -> None:
    """Forget the attempts: the last one was right."""
    session.execute(
        delete(AttemptGuard).where(AttemptGuard.kind == guard.kind, AttemptGuard.concerns == concerns)
    )

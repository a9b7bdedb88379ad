"""Whether a log-in or an API key still holds: asked of the database, and remembered for some seconds.

What is ended (a log-out, a changed password, a removed member, a revoked key) is refused within
`REMEMBERED_SECONDS` in every process, at the cost of one question per log-in and that time.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import Final, Generic, TypeVar
from uuid import UUID

from sqlalchemy import Engine

from commerce.identity import api_keys, queries, tokens
from commerce.identity.api_keys import KeyAccess
from commerce.identity.tokens import Access
from foundation import database

REMEMBERED_SECONDS: Final = 5.0
REMEMBERED_MAX: Final = 20_000

T = TypeVar("T")


class _Recent(Generic[T]):
    """What was found of late, by what was asked; the oldest is dropped when there is too much."""

    def __init__(self) -> None:
        self._found: OrderedDict[tuple[Engine, object], tuple[float, T]] = OrderedDict()

    def get(self, asked: object) -> T | None:
        found = self._found.get((database.engine(), asked))
        return found[1] if found and time.monotonic() < found[0] else None

    def put(self, asked: object, answer: T) -> T:
        self._found.pop((database.engine(), asked), None)
        self._found[database.engine(), asked] = (time.monotonic() + REMEMBERED_SECONDS, answer)
        while len(self._found) > REMEMBERED_MAX:
            self._found.popitem(last=False)
        return answer

    def clear(self) -> None:
        self._found.clear()


_accesses: _Recent[tuple[Access, float]] = _Recent()
_sessions: _Recent[bool] = _Recent()
_keys: _Recent[KeyAccess] = _Recent()


def recent_access(token: str) -> Access | None:
    """Whom an access token speaks for, if its signature was checked of late and its time is not over."""
    found = _accesses.get(token)
    return found[0] if found is not None and time.time() < found[1] else None


def read_access(token: str) -> Access:
    """Whom an access token speaks for. Raises TokenRejected."""
    return _accesses.put(token, tokens.read_with_expiry(token))[0]


def recent_session(session_id: UUID) -> bool | None:
    """Whether the log-in lives, if that was asked of late."""
    return _sessions.get(session_id)


def session_lives(session_id: UUID) -> bool:
    """Whether the log-in was not ended, and its user is in use."""
    with database.read() as session:
        return _sessions.put(session_id, queries.is_living(session, session_id))


def recent_key(key: str) -> KeyAccess | None:
    """What the key lets its holder do, if that was asked of late."""
    return _keys.get(tokens.secret_hash(key))


def key_access(key: str) -> KeyAccess | None:
    """What the key lets its holder do; None when it does not hold."""
    with database.read() as session:
        found = api_keys.access_of(session, key=key)
    if found is None:
        return None
    database.write(lambda session: api_keys.touch(session, key_id=found.key_id))
    return _keys.put(tokens.secret_hash(key), found)


def forget() -> None:
    """Ask anew at the next use."""
    _accesses.clear()
    _sessions.clear()
    _keys.clear()

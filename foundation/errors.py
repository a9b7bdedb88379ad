"""Failures as data: what went wrong, with which value, and the way out.

A slice subclasses one of the four kinds below and gives each failure a stable `code`. The HTTP
status of a kind is decided once, in `serving/problems.py`; nothing here knows about HTTP.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


class DomainError(Exception):
    """A refusal that a caller can act on. Never raised itself: raise a subclass of one of the four kinds.

    `facts` holds plain JSON values (ids as strings, money in minor units) that a client may show or log.
    """

    code: ClassVar[str] = "domain-error"

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.message = message
        self.facts: dict[str, Any] = facts
        self.aftermath: Callable[[Session], object] | None = None
        """Written in a transaction of its own after the refused work was rolled back (the decision's record)."""


class NotFound(DomainError):
    """The thing asked for does not exist, or the caller may not know that it does."""

    code = "not-found"


class Conflict(DomainError):
    """The request is well formed, but what is there now does not allow it."""

    code = "conflict"


class Forbidden(DomainError):
    """The caller is known and may not do this."""

    code = "forbidden"


class Invalid(DomainError):
    """The values break a rule of the trade."""

    code = "invalid"


def quoted(value: object) -> str:
    """A value as a message shows it: texts in quotation marks, all else as people write it."""
    return repr(value) if isinstance(value, str) else str(value)


class VersionMismatch(Conflict):
    """It was changed since it was read."""

    code = "version-mismatch"


class Unauthenticated(Forbidden):
    """The caller is not known: no token, or one that does not hold."""

    code = "unauthenticated"


class TooOften(Forbidden):
    """The caller tried this too often of late; `retry_after_seconds` tells when it may try again."""

    code = "too-often"

    def __init__(self, message: str, *, retry_after_seconds: int, **facts: Any) -> None:
        super().__init__(message, retry_after_seconds=retry_after_seconds, **facts)
        self.retry_after_seconds = retry_after_seconds


class Unavailable(Exception):
    """A part that Sauda needs does not answer. Not the caller's fault; worth a retry."""

    code: ClassVar[str] = "unavailable"

    def __init__(self, message: str, *, retry_after_seconds: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.retry_after_seconds = retry_after_seconds


class OutcomeUnknown(Unavailable):
    """The connection was lost during COMMIT: the work may stand. Repeat with the same idempotency key."""

    code = "outcome-unknown"

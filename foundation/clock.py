"""The one clock of business time.

`now()` stamps orders, payments and decisions. The simulator and the tests move it; ids, tokens,
leases and job timing use the machine's own clock and never this one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
"""The days that a payload, a filter or a sheet may name: a day of another year is a slip of who wrote it."""

_moved_to: ContextVar[datetime | None] = ContextVar("moved_to", default=None)


def now() -> datetime:
    """The present moment of business time, aware, in UTC."""
    return _moved_to.get() or datetime.now(UTC)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Run the body as if it were `moment`. Raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone; the clock takes aware moments only")
    token = _moved_to.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _moved_to.reset(token)


def business_day(moment: datetime, time_zone: str) -> date:
    """The calendar day of `moment` where the business stands ("Asia/Kathmandu")."""
    return moment.astimezone(ZoneInfo(time_zone)).date()


def end_of_day(day: date, time_zone: str) -> datetime:
    """The last microsecond of a business day, in UTC."""
    midnight = datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(time_zone))
    return midnight.astimezone(UTC) - timedelta(microseconds=1)

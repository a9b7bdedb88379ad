"""When reminders are due: the hours of the shop's wall and their repetition (pure)."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


def moment_of(told: datetime, time_zone: str) -> datetime | None:
    """The moment, in UTC, that was meant: a time without an offset is of the shop's wall.

    None where no clock of the shop ever shows that time, because summer time passes over it.
    """
    if told.tzinfo is not None:
        return told.astimezone(UTC)
    meant = told.replace(tzinfo=ZoneInfo(time_zone)).astimezone(UTC)
    return meant if meant.astimezone(ZoneInfo(time_zone)).replace(tzinfo=None) == told else None


def following(
    moment: datetime, repeats: str, day_of_month: int, time_zone: str, *, after: datetime
) -> datetime:
    """The next time of a reminder that repeats, at the same hour of the shop's wall and later than `after`.

    Times that passed while nobody looked are left out: they are not caught up with one after another.
    """
    zone = ZoneInfo(time_zone)
    wall = moment.astimezone(zone).replace(tzinfo=None)
    clock_time, day = wall.time(), wall.date()
    while True:
        day = _next_day(day, repeats, day_of_month)
        found = datetime.combine(day, clock_time, zone).astimezone(UTC)
        if found > after:
            return found


def _next_day(day: date, repeats: str, day_of_month: int) -> date:
    if repeats == "monthly":
        first = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        last = calendar.monthrange(first.year, first.month)[1]
        return first.replace(day=min(day_of_month, last))
    return day + timedelta(days=7 if repeats == "weekly" else 1)

"""On which day an entry may stand that a shop writes into its own book."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Protocol

from commerce.ledger.errors import EntryDayInvalid
from foundation import clock
from foundation.clock import business_day
from foundation.settings import settings


class Keeper(Protocol):
    """The business that keeps the book."""

    @property
    def time_zone(self) -> str: ...
    @property
    def joined_at(self) -> datetime: ...


def entry_day(keeper: Keeper, day: date | None) -> date:
    """The day of an entry (default: today), within the bounds of the khata's. Raises EntryDayInvalid."""
    today = business_day(clock.now(), keeper.time_zone)
    day = day or today
    first = max(
        business_day(keeper.joined_at, keeper.time_zone),
        today - timedelta(days=settings().payment_backdating_days_max),
    )
    if not first <= day <= today:
        raise EntryDayInvalid(f"an entry dated {day} cannot be; give a day from {first} to today, {today}")
    return day


def undoing_day(keeper: Keeper, day: date | None, entered_on: date) -> date:
    """The day on which an entry is undone, never before its own. Raises EntryDayInvalid."""
    undone_on = entry_day(keeper, day)
    if undone_on < entered_on:
        raise EntryDayInvalid(f"the entry is of {entered_on}; it cannot be undone on {undone_on}, before it")
    return undone_on

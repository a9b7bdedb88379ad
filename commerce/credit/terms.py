"""When a debt is due by the terms of a pair. Pure."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

DAY_OF_MONTH_MAX: Final = 28
"""The last day that every month has."""


def due_date(document_date: date, net_days: int, day_of_month: int | None = None) -> date:
    """So many days after the document; with a day of the month, the first such day from then on.

    `net_days=0, day_of_month=10` is "by the tenth", `30` and `10` "thirty days, then by the tenth".
    """
    earliest = document_date + timedelta(days=net_days)
    if day_of_month is None:
        return earliest
    if earliest.day > day_of_month:
        earliest = earliest.replace(day=1) + timedelta(days=31)
    return earliest.replace(day=day_of_month)

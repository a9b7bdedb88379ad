"""Which days rules are asked about."""

from __future__ import annotations

from datetime import date, timedelta

from foundation import clock


def closed_day() -> date:
    """The last day that has ended in UTC, so in India and Nepal too; west of it, figures end their days with it."""
    return clock.now().date() - timedelta(days=1)

"""Which days rules are asked about."""

from __future__ import annotations

from datetime import date, timedelta

from foundation import clock


def closed_day() -> date:
    """The last day that has ended everywhere we trade: India and Nepal are ahead of UTC."""
    return clock.now().date() - timedelta(days=1)

"""What the axes of the charts say."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from dashboards.components import charts


@pytest.mark.parametrize(("grain", "step"), [("date", 1), ("week", 7), ("month", 31)])
def test_no_two_ticks_of_a_time_axis_have_one_name(grain: str, step: int) -> None:
    wanted = charts.time_axis(grain).to_dict()["axis"]["format"]
    ticks = [date(2026, 8, 3) + n * timedelta(days=step) for n in range(6)]
    assert len({f"{tick:{wanted}}" for tick in ticks}) == len(ticks)

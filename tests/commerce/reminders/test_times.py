"""The hours of the shop's wall, and the days on which a reminder comes again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerce.reminders.times import following, moment_of

DELHI, KATHMANDU = "Asia/Kolkata", "Asia/Kathmandu"


def test_a_time_without_an_offset_is_of_the_shops_wall() -> None:
    told = datetime(2027, 1, 15, 10, 0)  # noqa: DTZ001 - as it is told
    assert moment_of(told, DELHI) == datetime(2027, 1, 15, 4, 30, tzinfo=UTC)
    assert moment_of(told, KATHMANDU) == datetime(2027, 1, 15, 4, 15, tzinfo=UTC)


def test_a_time_with_an_offset_is_what_it_says() -> None:
    told = datetime.fromisoformat("2027-01-15T10:00:00+05:45")
    assert moment_of(told, DELHI) == datetime(2027, 1, 15, 4, 15, tzinfo=UTC)


def test_an_hour_that_summer_time_passes_over_is_none() -> None:
    told = datetime(2027, 3, 28, 2, 30)  # noqa: DTZ001 - as it is told
    assert moment_of(told, "Europe/Berlin") is None
    assert moment_of(told + timedelta(hours=1), "Europe/Berlin") is not None


@pytest.mark.parametrize(
    ("repeats", "begin", "later"),
    [
        ("daily", "2027-02-28T10:00", ["2027-03-01T10:00", "2027-03-02T10:00"]),
        ("weekly", "2027-12-29T10:00", ["2028-01-05T10:00", "2028-01-12T10:00"]),
        ("monthly", "2027-01-31T18:15", ["2027-02-28T18:15", "2027-03-31T18:15", "2027-04-30T18:15"]),
        ("monthly", "2028-01-30T10:00", ["2028-02-29T10:00", "2028-03-30T10:00"]),
    ],
)
def test_a_reminder_comes_again_at_the_same_hour(repeats: str, begin: str, later: list[str]) -> None:
    zone = ZoneInfo(KATHMANDU)
    at = datetime.fromisoformat(begin).replace(tzinfo=zone)
    day = at.day
    for expected in later:
        at = following(at.astimezone(UTC), repeats, day, KATHMANDU, after=at)
        assert f"{at.astimezone(zone):%Y-%m-%dT%H:%M}" == expected


@given(
    begin=st.datetimes(datetime(2027, 1, 1), datetime(2029, 1, 1)),  # noqa: DTZ001 - of the wall
    slept=st.timedeltas(timedelta(0), timedelta(days=200)),
    repeats=st.sampled_from(["daily", "weekly", "monthly"]),
)
def test_what_passed_while_nobody_looked_is_not_caught_up(
    begin: datetime, slept: timedelta, repeats: str
) -> None:
    first = moment_of(begin, DELHI)
    assert first is not None
    now = first + slept
    at = following(first, repeats, begin.day, DELHI, after=now)
    longest = {"daily": 1, "weekly": 7, "monthly": 31}[repeats]
    assert now < at <= now + timedelta(days=longest)
    assert at.astimezone(ZoneInfo(DELHI)).time() == begin.time()

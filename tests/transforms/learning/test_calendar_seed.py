"""The calendar seed: known days, and that the file is what its script writes."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from transforms.seeds.make_calendar import CALENDAR, FIRST_DAY, LAST_DAY, render_calendar


@pytest.fixture(scope="module")
def calendar() -> pl.DataFrame:
    return pl.read_csv(CALENDAR, try_parse_dates=True)


def test_the_committed_file_is_what_the_script_writes() -> None:
    assert CALENDAR.read_text(encoding="utf-8") == render_calendar()


def test_every_day_stands_there_once(calendar: pl.DataFrame) -> None:
    days = calendar["calendar_date"].to_list()
    assert (days[0], days[-1]) == (FIRST_DAY, LAST_DAY)
    assert days == sorted(set(days))
    assert len(days) == (LAST_DAY - FIRST_DAY).days + 1


@pytest.mark.parametrize(
    ("day", "bs"),
    [
        (date(2015, 4, 25), (2072, 1, 12)),  # the Gorkha earthquake
        (date(2015, 9, 20), (2072, 6, 3)),  # the constitution of Nepal was promulgated
        (date(2020, 3, 24), (2076, 12, 11)),  # the lockdown began
        (date(2025, 4, 14), (2082, 1, 1)),
    ],
)
def test_days_of_history_have_their_known_bikram_sambat_date(
    calendar: pl.DataFrame, day: date, bs: tuple[int, int, int]
) -> None:
    row = calendar.filter(pl.col("calendar_date") == day)
    assert row.select("bs_year", "bs_month", "bs_day").row(0) == bs


def test_fiscal_years_turn_on_1_shrawan_and_1_april(calendar: pl.DataFrame) -> None:
    shrawan = calendar.filter(
        (pl.col("bs_year") == 2080) & (pl.col("bs_month") == 4) & (pl.col("bs_day") == 1)
    )
    turn = shrawan.row(0, named=True)["calendar_date"]
    before = calendar.filter(pl.col("calendar_date") < turn).tail(1)
    assert (before["fiscal_year_np"].item(), shrawan["fiscal_year_np"].item()) == ("2079/80", "2080/81")
    april = calendar.filter(pl.col("calendar_date").is_between(date(2024, 3, 31), date(2024, 4, 1)))
    assert april["fiscal_year_in"].to_list() == ["2023-24", "2024-25"]


def test_every_year_has_its_festivals_in_one_piece(calendar: pl.DataFrame) -> None:
    lengths = {"is_dashain": (15, 16), "is_tihar": (5, 6), "is_diwali": (5, 6), "is_chhath": (4, 4)}
    for flag, (shortest, longest) in lengths.items():
        marked = calendar.filter(pl.col(flag) == 1).group_by(pl.col("calendar_date").dt.year().alias("year"))
        for _, days in marked.agg("calendar_date").iter_rows():
            assert shortest <= len(days) <= longest
            assert (max(days) - min(days)).days == len(days) - 1
        assert marked.len().height == 19


@pytest.mark.parametrize(
    ("flag", "day"),
    [
        ("is_dashain", date(2026, 10, 20)),  # Vijaya Dashami
        ("is_tihar", date(2025, 10, 23)),  # Bhai Tika
        ("is_holi", date(2024, 3, 24)),  # in the hills
        ("is_holi", date(2024, 3, 25)),  # in the plains
        ("is_diwali", date(2011, 10, 26)),
        ("is_eid", date(2025, 3, 31)),
    ],
)
def test_known_festivals_are_flagged(calendar: pl.DataFrame, flag: str, day: date) -> None:
    assert calendar.filter(pl.col("calendar_date") == day)[flag].item() == 1


def test_a_year_without_a_source_is_blank_and_not_free_of_holidays(calendar: pl.DataFrame) -> None:
    first_year = calendar.filter(pl.col("calendar_date") < date(2010, 1, 1))
    assert first_year["is_public_holiday_np"].null_count() == 365
    assert calendar["is_public_holiday_np"].null_count() == 365

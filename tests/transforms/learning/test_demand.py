"""Demand forecasts as published: defined for every input, blind to the future, honest about themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tests.transforms.learning.sales import AS_OF, market, sales_of
from transforms.learning.demand import (
    BACKTEST_SCHEMA,
    CHOICES_SCHEMA,
    DAILY_SCHEMA,
    TOTALS_SCHEMA,
    DemandParameters,
    Forecast,
    backtest,
    forecast,
)
from transforms.learning.demand_models import BoostingParameters

# Fewer trees on fewer weeks: what is tested here does not hang on how well they fit.
QUICK = DemandParameters(boosting=BoostingParameters(trees=15, origins_max=10))
DAY_QUANTILES = ("p10", "p50", "p80", "p90")
TOTAL_QUANTILES = ("p50", "p80", "p90")

series = st.lists(st.floats(-2, 50) | st.just(0.0), min_size=1, max_size=120)
many_series = st.dictionaries(st.sampled_from("abcdefgh"), series, max_size=5)


@cache
def published() -> Forecast:
    """The forecast of the test market, made once."""
    return forecast(market(), AS_OF, QUICK)


def assert_same(one: Forecast, other: Forecast) -> None:
    assert_frame_equal(one.daily, other.daily, check_exact=True)
    assert_frame_equal(one.totals, other.totals, check_exact=True)
    assert_frame_equal(one.choices, other.choices, check_exact=True)


@settings(deadline=None, max_examples=40)
@given(many_series)
def test_forecasts_are_defined_never_negative_and_their_quantiles_ordered(
    values: dict[str, list[float]],
) -> None:
    result = forecast(sales_of(values), AS_OF)
    assert result.daily.schema == DAILY_SCHEMA
    assert result.totals.schema == TOTALS_SCHEMA
    assert result.choices.schema == CHOICES_SCHEMA
    days_to_begin = {
        name: [*(each > 0 for each in sold), True].index(True) - len(sold) for name, sold in values.items()
    }
    spoken_of = sorted(name for name, days in days_to_begin.items() if days == 0 or days <= -7)
    assert result.totals["series_id"].to_list() == spoken_of
    assert result.daily.height == 7 * len(spoken_of)
    for frame, names in ((result.daily, DAY_QUANTILES), (result.totals, TOTAL_QUANTILES)):
        assert not any(frame.null_count().row(0))
        for name in ("mean", *names):
            assert frame[name].is_finite().all()
            assert (frame[name] >= 0).all()
        for lower, upper in pairwise(names):
            assert (frame[lower] <= frame[upper]).all()
    sums = result.daily.group_by("series_id", maintain_order=True).agg(pl.col("mean").sum())
    assert sums["mean"].to_list() == pytest.approx(result.totals["mean"].to_list())


@settings(deadline=None, max_examples=20)
@given(many_series, many_series)
def test_rows_after_as_of_change_nothing(
    past: dict[str, list[float]], future: dict[str, list[float]]
) -> None:
    later = sales_of(future, last_day=AS_OF + timedelta(days=200)).filter(pl.col("day") > AS_OF)
    known = sales_of(past)
    assert_same(forecast(known, AS_OF), forecast(pl.concat([known, later]), AS_OF))


def test_the_global_model_and_the_choice_see_nothing_after_as_of() -> None:
    sales, origin = market(), AS_OF - timedelta(days=30)
    changed = sales.with_columns(
        pl.when(pl.col("day") > origin)
        .then(pl.col("quantity") * 9 + 100)
        .otherwise("quantity")
        .alias("quantity")
    )
    assert_same(forecast(sales, origin, QUICK), forecast(changed, origin, QUICK))


def test_what_stands_on_censored_days_changes_nothing() -> None:
    censored = pl.col("day").dt.day().is_in([3, 4, 17]) & (pl.col("day") > date(2025, 8, 1))
    base = market().with_columns(is_censored=censored)
    changed = base.with_columns(quantity=pl.when(censored).then(777.0).otherwise("quantity"))
    said = forecast(base, AS_OF, QUICK)
    assert_same(said, forecast(changed, AS_OF, QUICK))
    tested = [backtest(frame, AS_OF, parameters=QUICK) for frame in (base, changed)]
    assert_frame_equal(*tested, check_exact=True)
    assert (said.daily["mean"] != published().daily["mean"]).any()


def test_the_same_sales_in_another_order_give_the_same_forecast() -> None:
    shuffled = market().sample(fraction=1.0, shuffle=True, seed=4)
    assert_same(published(), forecast(shuffled, AS_OF, QUICK))


def test_no_sales_at_all_make_empty_frames() -> None:
    result = forecast(sales_of({}), AS_OF)
    assert (result.daily.height, result.totals.height, result.choices.height) == (0, 0, 0)
    assert result.daily.schema == DAILY_SCHEMA
    assert result.totals.schema == TOTALS_SCHEMA
    assert backtest(sales_of({}), AS_OF).schema == BACKTEST_SCHEMA


@pytest.mark.parametrize(
    ("values", "model", "reason"),
    [
        ([0.0] * 100, "none", "no sale so far"),
        ([4.0] * 12, "weighted_level", "short history: 12 days known, 28 are needed for a choice"),
        ([4.0] * 50, "weekday_mean", "default: 3 weekly origins, 8 are needed for a choice"),
        ([3.0, 5.0] * 100, "weekday_mean", "default: 1 comparable series, 10 are needed for a choice"),
    ],
)
def test_one_series_gets_a_model_and_the_reason_for_it(values: list[float], model: str, reason: str) -> None:
    result = forecast(sales_of({"s": values}), AS_OF)
    row = result.totals.row(0, named=True)
    assert (row["model"], row["reason"]) == (model, reason)
    assert row["mean"] == pytest.approx(7 * np.mean(values))
    assert row["model_version"].startswith(f"demand-{model} ")


def test_of_goods_that_sold_for_the_first_time_this_week_nothing_is_said() -> None:
    sales = sales_of({"new": [80_995.0] * 6, "a week old": [4.0] * 7})
    result = forecast(sales, AS_OF)
    assert result.totals["series_id"].to_list() == ["a week old"]
    assert result.daily["series_id"].unique().to_list() == ["a week old"]
    assert forecast(sales.filter(pl.col("series_id") == "new"), AS_OF).totals.is_empty()


def test_a_series_never_sold_is_forecast_to_sell_nothing() -> None:
    row = forecast(sales_of({"s": [0.0] * 40}), AS_OF).totals.row(0, named=True)
    assert [row[name] for name in ("mean", *TOTAL_QUANTILES)] == [0.0] * 4
    assert row["interval_basis"] == "none"


def test_a_horizon_of_two_weeks_is_dated_day_by_day() -> None:
    result = forecast(market(12, 120), AS_OF, DemandParameters(horizon=14))
    days = result.daily.filter(pl.col("series_id") == "g00")["day"].to_list()
    assert days == [AS_OF + timedelta(days=step) for step in range(1, 15)]
    assert result.totals["last_day"].unique().to_list() == [days[-1]]


def test_a_better_model_than_the_default_is_published_with_its_proof() -> None:
    result = published()
    major = result.choices.row(0, named=True)
    assert major["series_group"] == "major"
    assert major["model"] != "weekday_mean"
    assert "less error than weekday_mean on 8 origins" in major["reason"]
    assert result.daily["interval_basis"].unique().to_list() == ["past errors"]


def test_the_standing_model_is_kept_where_no_other_is_surely_better() -> None:
    chosen = published().choices["model"][0]
    again = forecast(market(), AS_OF, QUICK, incumbents={"major": chosen}).choices.row(0, named=True)
    assert again["model"] == chosen
    assert again["reason"] == f"{chosen} stands: no other model was surely better"


def test_an_unknown_standing_model_falls_back_to_the_default() -> None:
    assert_same(published(), forecast(market(), AS_OF, QUICK, incumbents={"major": "oracle"}))


def test_only_the_largest_series_get_the_global_model() -> None:
    # No model can be better by the whole error, so the standing one stays.
    parameters = replace(QUICK, boosted_series_max=30, hysteresis=1.0)
    result = forecast(market(), AS_OF, parameters, incumbents={"major": "boosting", "minor": "boosting"})
    assert dict(result.choices.select("series_group", "series_count").rows()) == {"major": 30, "minor": 30}
    assert result.totals["model"].unique().sort().to_list() == ["boosting", "weekday_mean"]
    boosted = result.totals.filter(pl.col("model") == "boosting")
    largest = (
        market()
        .filter(pl.col("day") > AS_OF - timedelta(days=56))
        .group_by("series_id")
        .agg(pl.col("quantity").sum())
        .sort("quantity", descending=True)
        .head(30)
    )
    assert set(boosted["series_id"]) == set(largest["series_id"])


def test_the_version_follows_the_parameters() -> None:
    def version(parameters: DemandParameters) -> Any:
        return forecast(sales_of({"s": [1.0] * 7}), AS_OF, parameters).totals["model_version"][0]

    usual = DemandParameters()
    assert version(usual) == version(DemandParameters())
    assert version(usual) != version(replace(usual, seed=1))


def test_the_backtest_of_an_origin_is_the_forecast_that_was_possible_then() -> None:
    origin = AS_OF - timedelta(days=28)
    tested = backtest(market(), AS_OF, origins=4).filter(
        pl.col("model") == "chosen", pl.col("origin") == origin
    )
    said = forecast(market(), origin, QUICK)
    beside = said.daily.join(market(), on=["series_id", "day"])
    assert beside.height == said.daily.height
    wape = (beside["mean"] - beside["quantity"]).abs().sum() / beside["quantity"].sum()
    assert tested["wape"].item() == pytest.approx(wape, rel=1e-9)
    covered = (beside["quantity"] <= beside["p80"]).mean()
    assert tested["coverage_p80"].item() == pytest.approx(covered)


def test_on_steady_sales_the_quantiles_cover_what_they_promise() -> None:
    figures = backtest(market(), AS_OF, parameters=QUICK).filter(
        pl.col("origin").is_null(), pl.col("model") == "chosen"
    )
    row = figures.row(0, named=True)
    assert abs(row["bias"]) < 0.03
    for name, level in (("p50", 0.5), ("p80", 0.8), ("p90", 0.9)):
        assert row[f"coverage_total_{name}"] == pytest.approx(level, abs=0.08)
    assert row["coverage_p90"] == pytest.approx(0.9, abs=0.05)


def test_the_backtest_has_a_row_per_model_and_origin_and_one_for_all() -> None:
    figures = backtest(market(12, 150), AS_OF, origins=3)
    assert figures.schema == BACKTEST_SCHEMA
    for _, rows in figures.group_by("model"):
        assert rows["origin"].to_list() == [None, *(AS_OF - timedelta(days=back) for back in (21, 14, 7))]
        assert rows["day_count"][0] == rows["day_count"][1:].sum()
    assert not any(figures.drop("origin").null_count().row(0))


def test_a_history_too_short_for_a_test_makes_an_empty_backtest() -> None:
    assert backtest(sales_of({"s": [1.0] * 20}), AS_OF).height == 0


def test_a_naive_forecast_of_a_random_walk_has_the_errors_known_by_hand() -> None:
    values = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0] * 9
    figures = backtest(sales_of({"s": [*values, *[8.0] * 7]}), AS_OF, origins=1)
    naive = figures.filter(pl.col("model") == "seasonal_naive", pl.col("origin").is_null()).row(0, named=True)
    assert naive["wape"] == pytest.approx(28 / 56)
    assert naive["wape_total"] == pytest.approx(28 / 56)
    assert naive["bias"] == pytest.approx(-28 / 56)
    steps = np.diff(values) ** 2
    assert naive["rmsse"] == pytest.approx(np.sqrt((np.arange(1, 8) ** 2).mean() / steps.mean()))


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (lambda frame: frame.drop("is_censored"), "lack the column is_censored"),
        (
            lambda frame: frame.with_columns(quantity=pl.lit(None, pl.Float64)),
            "sales.quantity is null on 3 rows",
        ),
        (lambda frame: frame.with_columns(quantity=pl.lit(float("inf"))), "sales.quantity is inf for s on"),
    ],
)
def test_unusable_sales_are_refused_with_the_column_and_the_value(broken: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        forecast(broken(sales_of({"s": [1.0, 2.0, 3.0]})), AS_OF)

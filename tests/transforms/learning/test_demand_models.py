"""The single demand models, on sales whose forecast is known."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from tests.transforms.learning.sales import AS_OF, market, sales_of
from transforms.learning.demand_models import (
    BoostingParameters,
    fit_global_model,
    seasonal_naive,
    weekday_mean,
    weighted_level,
)
from transforms.learning.demand_panel import Panel, read_panel


def panel_of(*values: list[float], censored: list[tuple[str, int]] | None = None) -> Panel:
    return read_panel(sales_of({f"s{n}": row for n, row in enumerate(values)}, censored or []), AS_OF)


def test_seasonal_naive_says_last_week_again() -> None:
    panel = panel_of([*range(1, 15)])
    assert seasonal_naive(panel, panel.last, 9).tolist() == [[8, 9, 10, 11, 12, 13, 14, 8, 9]]


def test_seasonal_naive_goes_a_week_further_back_for_a_censored_day() -> None:
    panel = panel_of([*range(1, 15)], censored=[("s0", 6)])
    assert seasonal_naive(panel, panel.last, 2).tolist() == [[1, 9]]


def test_weekday_mean_is_the_mean_of_four_weeks() -> None:
    panel = panel_of([100.0] * 7 + [1.0] * 7 + [2.0] * 7 + [3.0] * 7 + [6.0] * 7)
    assert weekday_mean(panel, panel.last, 7).tolist() == [[3.0] * 7]


def test_weekday_mean_leaves_censored_days_out_of_the_mean() -> None:
    panel = panel_of([4.0] * 21 + [0.0] * 7, censored=[("s0", back) for back in range(7)])
    assert weekday_mean(panel, panel.last, 7).tolist() == [[4.0] * 7]


def test_a_shop_shut_on_saturdays_keeps_its_level_and_gets_no_saturday() -> None:
    # The last day is a Sunday, so Saturdays are the sixth of each week before it.
    week = [10.0] * 5 + [0.0, 10.0]
    panel = panel_of(*([week * 20] * 12))
    forecast = weighted_level(panel, panel.last, 7)
    assert forecast[0].tolist() == pytest.approx(week, abs=0.05)


def test_the_level_follows_a_change_of_sales() -> None:
    panel = panel_of([5.0] * 100 + [20.0] * 60)
    assert weighted_level(panel, panel.last, 7).mean() == pytest.approx(20, rel=0.1)


def test_a_young_series_borrows_the_weekdays_of_the_others() -> None:
    week = [10.0] * 5 + [0.0, 10.0]
    panel = panel_of(*([week * 20] * 12), [30.0, 30.0])
    forecast = weighted_level(panel, panel.last, 7)[-1]
    assert forecast[5] < 0.5 * forecast[0]


@pytest.mark.parametrize("model", [seasonal_naive, weekday_mean, weighted_level])
def test_a_stock_out_is_not_learned_as_want_of_demand(model: object) -> None:
    out = panel_of([10.0] * 60 + [0.0] * 14, censored=[("s0", back) for back in range(14)])
    assert callable(model)
    assert model(out, out.last, 7).tolist() == [pytest.approx([10.0] * 7, rel=1e-6)]


def test_days_without_a_row_are_zeros_since_the_first_sale_and_unknown_before() -> None:
    days = {"day": [AS_OF - timedelta(days=9), AS_OF - timedelta(days=4)], "quantity": [0.0, 3.0]}
    frame = pl.DataFrame({"series_id": ["s", "s"], **days, "is_censored": [False, False]})
    panel = read_panel(frame, AS_OF)
    assert np.isnan(panel.quantity[0, :5]).all()
    assert panel.quantity[0, 5:].tolist() == [3, 0, 0, 0, 0]
    assert panel.age(panel.last).tolist() == [5]


def test_rows_of_one_day_are_added_up() -> None:
    frame = pl.concat([sales_of({"s": [1.0, 2.0]}), sales_of({"s": [5.0]})])
    assert read_panel(frame, AS_OF).quantity.tolist() == [[1.0, 7.0]]


def test_the_global_model_learns_a_weekday_profile_that_series_share() -> None:
    panel = read_panel(market(), AS_OF)
    model = fit_global_model(panel, panel.last, 7, BoostingParameters())
    assert model is not None
    total = model.forecast(panel, panel.last, 7).sum(axis=0)
    monday, saturday = total[0], total[5]
    assert saturday < 0.03 * monday
    assert monday == pytest.approx(1.4 / 1.1 * total[1], rel=0.1)


def test_the_global_model_is_not_fitted_on_too_few_rows() -> None:
    panel = panel_of(*([[3.0, 1.0, 2.0] * 40] * 3))
    assert fit_global_model(panel, panel.last, 7, BoostingParameters()) is None


def test_the_global_model_reads_nothing_after_its_origin() -> None:
    panel = read_panel(market(), AS_OF)
    origin = panel.last - 14
    changed = Panel(panel.series, panel.quantity.copy(), panel.first_sale, panel.last_day)
    changed.quantity[:, origin + 1 :] += 500
    said = []
    for one in (panel, changed):
        model = fit_global_model(one, origin, 7, BoostingParameters())
        assert model is not None
        said.append(model.forecast(one, origin, 7))
    np.testing.assert_array_equal(*said)


def test_training_rows_are_bounded_however_many_the_series() -> None:
    panel = read_panel(market(), AS_OF)
    few = fit_global_model(panel, panel.last, 7, BoostingParameters(rows_max=60 * 7 * 5))
    assert few is not None
    assert few.regressor.n_features_in_ == 21
    assert few.rows == 60 * 7 * 5

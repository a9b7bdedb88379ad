"""The choice among models: only proof moves it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.transforms.learning.sales import AS_OF
from transforms.learning.demand_panel import Floats, Panel
from transforms.learning.demand_trial import MODELS, DemandParameters, Trial, choose_model

SERIES, ORIGINS = 40, 8
EVERYONE = np.ones(SERIES, dtype=np.bool_)
PARAMETERS = DemandParameters()


def panel() -> Panel:
    """Sales of 9 and 11 by turns."""
    quantity = np.tile([9.0, 11.0], (SERIES, 80))
    return Panel([f"s{n:02d}" for n in range(SERIES)], quantity, np.zeros(SERIES, dtype=np.int64), AS_OF)


def trial(errors: dict[str, Floats], origins: int = ORIGINS) -> Trial:
    """A trial in which each model misses every day of a series by its error; unnamed models did not serve."""
    shape = (origins, SERIES, 7)
    forecasts = {
        model: 10.0 + np.broadcast_to(errors[model][None, :, None], shape)
        if model in errors
        else np.full(shape, np.nan)
        for model in MODELS
    }
    return Trial(
        [100 + 7 * n for n in range(origins)], np.full(shape, 10.0), forecasts, np.ones(shape[:2], dtype=bool)
    )


def every(error: float) -> Floats:
    return np.full(SERIES, error)


def test_a_model_that_is_better_everywhere_takes_over() -> None:
    choice = choose_model(
        panel(), trial({"weekday_mean": every(4.0), "weighted_level": every(3.0)}), EVERYONE, PARAMETERS
    )
    assert choice.model == "weighted_level"
    assert choice.losses == pytest.approx({"weekday_mean": 1.0, "weighted_level": 0.75})


def test_among_better_models_the_best_is_taken() -> None:
    errors = {"weekday_mean": every(4.0), "weighted_level": every(3.0), "boosting": every(2.0)}
    assert choose_model(panel(), trial(errors), EVERYONE, PARAMETERS).model == "boosting"


def test_one_series_alone_is_no_proof() -> None:
    errors = every(4.0)
    errors[0] = 300.0
    other = every(4.1)
    choice = choose_model(
        panel(), trial({"weekday_mean": errors, "weighted_level": other}), EVERYONE, PARAMETERS
    )
    assert choice.losses["weighted_level"] < 0.5
    assert choice.model == "weekday_mean"


@pytest.mark.parametrize(("error", "model"), [(3.98, "weekday_mean"), (3.90, "weighted_level")])
def test_less_than_one_in_a_hundred_moves_nothing(error: float, model: str) -> None:
    errors = {"weekday_mean": every(4.0), "weighted_level": every(error)}
    assert choose_model(panel(), trial(errors), EVERYONE, PARAMETERS).model == model


def test_the_standing_model_is_what_others_must_beat() -> None:
    errors = {"weekday_mean": every(4.0), "weighted_level": every(3.0), "boosting": every(2.99)}
    assert (
        choose_model(panel(), trial(errors), EVERYONE, PARAMETERS, "weighted_level").model == "weighted_level"
    )
    assert choose_model(panel(), trial(errors), EVERYONE, PARAMETERS).model == "boosting"


def test_a_standing_model_that_does_not_serve_the_group_gives_way_to_the_default() -> None:
    errors = {"weekday_mean": every(4.0), "weighted_level": every(4.0)}
    assert choose_model(panel(), trial(errors), EVERYONE, PARAMETERS, "boosting").model == "weekday_mean"


def test_too_few_origins_leave_the_default_and_say_so() -> None:
    errors = {"weekday_mean": every(4.0), "weighted_level": every(1.0)}
    choice = choose_model(panel(), trial(errors, origins=7), EVERYONE, PARAMETERS, "weighted_level")
    assert choice.model == "weekday_mean"
    assert choice.reason == "default: 7 weekly origins, 8 are needed for a choice"


def test_models_are_compared_on_the_series_that_all_of_them_served() -> None:
    half = every(1.0)
    half[:20] = np.nan
    # Where boosting did not serve, the default was far off; that must not count against the default.
    default = every(1.0)
    default[:20] = 50.0
    errors = {"weekday_mean": default, "boosting": half}
    assert choose_model(panel(), trial(errors), EVERYONE, PARAMETERS).model == "weekday_mean"


def test_censored_days_do_not_count() -> None:
    errors = {"weekday_mean": every(4.0), "weighted_level": every(3.0)}
    usual = trial(errors)
    usual.actual[:, :, 3] = np.nan
    usual.forecasts["weighted_level"] = usual.forecasts["weighted_level"].copy()
    usual.forecasts["weighted_level"][:, :, 3] = 9999.0
    assert choose_model(panel(), usual, EVERYONE, PARAMETERS).losses["weighted_level"] == pytest.approx(0.75)

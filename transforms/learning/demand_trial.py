"""What each model would have said at past origins, and which of them that speaks for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from transforms.learning.demand_models import (
    FEATURE_DAYS,
    WEEK,
    BoostingParameters,
    GlobalModel,
    fit_global_model,
    seasonal_naive,
    weekday_mean,
    weighted_level,
)
from transforms.learning.demand_panel import Floats, Panel, mean

Flags = npt.NDArray[np.bool_]

CHEAP_MODELS: dict[str, Callable[[Panel, int, int], Floats]] = {
    "seasonal_naive": seasonal_naive,
    "weekday_mean": weekday_mean,
    "weighted_level": weighted_level,
}
BOOSTING = "boosting"
BLEND = "level_and_boosting"
"""The mean of the weighted level and boosting: their errors differ, so half of each is steadier than
either."""
MODELS = (*CHEAP_MODELS, BOOSTING, BLEND)
ORIGINS_PER_FIT = 4


@dataclass(frozen=True)
class DemandParameters:
    """Everything that the forecasts depend on besides the sales; hashed into the model version."""

    horizon: int = 7
    origins: int = 8
    """Weekly origins that the choice and the intervals rest on; with fewer the default model stands."""
    known_days: int = 7
    """Days known of a series before anything is said of its future: one sale is no level."""
    mature_days: int = 28
    """Days known of a series before it takes part in the choice."""
    boosted_series_max: int = 400
    """The largest series get the global model; the rest, mostly sparse, are served as well by cheap ones."""
    default_model: str = "weekday_mean"
    short_history_model: str = "weighted_level"
    """A young series borrows the weekday profile of all: the only model that needs no weeks of its own."""
    series_min: int = 10
    """Series that a paired bootstrap needs before its interval means anything."""
    draws: int = 500
    hysteresis: float = 0.01
    """A model replaces the standing one only for at least this share less error."""
    seed: int = 0
    boosting: BoostingParameters = field(default_factory=BoostingParameters)


@dataclass(frozen=True)
class Trial:
    """Forecasts of every model (origin, series, day) beside what was sold; NaN where there is none."""

    origins: list[int]
    actual: Floats
    forecasts: dict[str, Floats]
    mature: Flags
    """Whether a series was old enough at an origin (origin, series)."""


@dataclass(frozen=True)
class Choice:
    """The model of a group of series and the reason for it."""

    model: str
    reason: str
    losses: dict[str, float]
    """Error of each model relative to the standing one, over all origins."""


def major_series(panel: Panel, origin: int, parameters: DemandParameters) -> Flags:
    """The largest series by sales of the last eight weeks that are at least eight weeks old."""
    volume = mean(panel.quantity[:, max(0, origin + 1 - FEATURE_DAYS) : origin + 1])
    eligible = (panel.age(origin) >= FEATURE_DAYS) & (volume > 0)
    ranked = np.argsort(np.where(eligible, -volume, np.inf), kind="stable")[: parameters.boosted_series_max]
    chosen = np.zeros(len(panel.series), dtype=np.bool_)
    chosen[ranked] = True
    return chosen & eligible


def weekly_origins(panel: Panel, last: int, count: int, parameters: DemandParameters) -> list[int]:
    """At most `count` origins a week apart, oldest first, whose horizon ends by column `last`."""
    newest = last - parameters.horizon
    return [
        origin
        for origin in range(newest - WEEK * (count - 1), newest + 1, WEEK)
        if origin >= 0 and bool((panel.age(origin) >= parameters.mature_days).any())
    ]


def run_trial(panel: Panel, origins: Sequence[int], major: Flags, parameters: DemandParameters) -> Trial:
    """Let every model forecast from each origin. The global model is fitted anew every fourth origin."""
    horizon = parameters.horizon
    shape = (len(origins), len(panel.series), horizon)
    actual = np.full(shape, np.nan)
    mature = np.zeros(shape[:2], dtype=np.bool_)
    forecasts = {model: np.full(shape, np.nan) for model in MODELS}
    fitted: GlobalModel | None = None
    for number, origin in enumerate(origins):
        actual[number] = panel.quantity[:, origin + 1 : origin + 1 + horizon]
        mature[number] = panel.age(origin) >= parameters.mature_days
        if number % ORIGINS_PER_FIT == 0:
            fitted = fit_major(panel, origin, major, parameters)
        for model, values in forecast_all(panel, origin, major, fitted, horizon).items():
            forecasts[model][number] = values
    return Trial(list(origins), actual, forecasts, mature)


def fit_major(panel: Panel, origin: int, major: Flags, parameters: DemandParameters) -> GlobalModel | None:
    """The global model of the major series, or None when they have too little history."""
    if not major.any():
        return None
    return fit_global_model(panel.rows(major), origin, parameters.horizon, parameters.boosting)


def forecast_all(
    panel: Panel, origin: int, major: Flags, fitted: GlobalModel | None, horizon: int
) -> dict[str, Floats]:
    """Each model's daily means (series, horizon); boosting is NaN for series it does not serve."""
    forecasts = {name: model(panel, origin, horizon) for name, model in CHEAP_MODELS.items()}
    boosted = np.full((len(panel.series), horizon), np.nan)
    if fitted is not None:
        boosted[major] = fitted.forecast(panel.rows(major), origin, horizon)
    forecasts[BOOSTING] = boosted
    forecasts[BLEND] = (boosted + forecasts["weighted_level"]) / 2
    return forecasts


def choose_model(
    panel: Panel, trial: Trial, group: Flags, parameters: DemandParameters, standing: str | None = None
) -> Choice:
    """The model for a group of series, judged on the trial alone.

    The loss of a series is the absolute error of its days plus that of its horizon totals, over its mean
    day-to-day change before the trial: the days alone would favour a model that forecasts too little, for
    most days of most goods are below their mean. Another model takes over from the standing one (or the
    default) when the 95 % interval of a paired bootstrap over series shows less error, by `hysteresis` at
    least.
    """
    default = parameters.default_model
    if len(trial.origins) < parameters.origins:
        return Choice(default, _too_few(len(trial.origins), parameters.origins, "weekly origins"), {})
    losses = {model: _losses(panel, trial, model) for model in trial.forecasts}
    if standing not in losses or not np.isfinite(losses[standing][group]).any():
        standing = default
    # Only series that every judged model serves: otherwise the models would sit different examinations.
    served = {model: loss for model, loss in losses.items() if np.isfinite(loss[group]).any()}
    judged = group & np.all([np.isfinite(loss) for loss in served.values()], axis=0) if served else group
    if not served or int(judged.sum()) < parameters.series_min:
        count = int(judged.sum()) if served else 0
        return Choice(standing, _too_few(count, parameters.series_min, "comparable series"), {})

    base = losses[standing][judged]
    rng = np.random.default_rng(parameters.seed)
    draws = rng.integers(0, len(base), size=(parameters.draws, len(base)))
    base_of_draw = np.maximum(base[draws].sum(axis=1), 1e-12)
    relative, best, reason = {}, standing, f"{standing} stands: no other model was surely better"
    for model, loss in served.items():
        values = loss[judged]
        relative[model] = float(values.sum() / max(base.sum(), 1e-12))
        low, high = np.quantile(values[draws].sum(axis=1) / base_of_draw - 1, [0.025, 0.975])
        is_better = high < 0 and relative[model] < min(1 - parameters.hysteresis, relative.get(best, 1.0))
        if model != standing and is_better:
            best = model
            reason = (
                f"{1 - relative[model]:.1%} less error than {standing} on {len(trial.origins)} origins"
                f" (95 %: {-high:.1%} to {-low:.1%})"
            )
    return Choice(best, reason, relative)


def _losses(panel: Panel, trial: Trial, model: str) -> Floats:
    """The loss of each series over the trial, NaN where it was never mature or the model did not serve it."""
    error = trial.actual - trial.forecasts[model]
    counted = np.isfinite(trial.actual) & trial.mature[:, :, None]
    is_served = np.isfinite(np.where(counted, error, 0.0)).all(axis=(0, 2)) & counted.any(axis=(0, 2))
    error = np.where(counted, error, 0.0)
    loss = np.abs(error).sum(axis=(0, 2)) + np.abs(error.sum(axis=2)).sum(axis=0)
    change = mean(np.abs(np.diff(panel.quantity[:, : trial.origins[0] + 1], axis=1)))
    return np.where(is_served & (change > 0), loss / np.maximum(change, 1e-12), np.nan)


def _too_few(found: int, needed: int, what: str) -> str:
    return f"default: {found} {what}, {needed} are needed for a choice"

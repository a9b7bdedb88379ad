"""The demand models: from the panel up to an origin to the daily means of the days after it.

Every model sees the columns up to `origin` and nothing later, and returns an array (series, horizon) of
quantities, none of them negative. Series without a sale so far get zeros.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

from transforms.learning.demand_panel import Floats, Ints, Panel, mean

WEEK = 7
FEATURE_DAYS = 56
YEAR = 365


def seasonal_naive(panel: Panel, origin: int, horizon: int) -> Floats:
    """The last known value of the same weekday, at most eight weeks back."""
    same = _same_weekday(panel, origin, horizon, weeks=8)
    forecast = np.full(same.shape[1:], np.nan)
    for week in same:
        forecast = np.where(np.isfinite(forecast), forecast, week)
    return _defined(panel, origin, forecast)


def weekday_mean(panel: Panel, origin: int, horizon: int) -> Floats:
    """The mean of the same weekday over the last four weeks."""
    return _defined(
        panel, origin, mean(_same_weekday(panel, origin, horizon, weeks=4), axis=0, otherwise=np.nan)
    )


def weighted_level(
    panel: Panel, origin: int, horizon: int, *, half_life_days: float = 14.0, shrinkage_weeks: float = 16.0
) -> Floats:
    """An exponentially weighted level times a weekday profile, shrunk to the profile of all series.

    The level is weighted sales over weighted profile, so that a shop which is closed on Saturdays is not
    taken for one whose sales fell. The profile of a series counts as many weeks as it has, that of all
    series `shrinkage_weeks`: a new or sparse series borrows the week of the others.
    """
    level, profile = _level_and_profile(panel, origin, half_life_days, shrinkage_weeks)
    ahead = panel.weekdays(origin + 1 + np.arange(horizon))
    return np.asarray(np.maximum(level[:, None] * profile[:, ahead], 0.0))


@dataclass(frozen=True)
class BoostingParameters:
    """Settings of the global model; the trees are small because a shop's history is."""

    trees: int = 60
    learning_rate: float = 0.06
    leaves: int = 15
    leaf_rows: int = 60
    bins: int = 128
    rows_max: int = 40_000
    """Rows to train on: with many series fewer origins are taken, so that time is bounded."""
    rows_min: int = 2_000
    """Below this the model is not fitted."""
    origins_max: int = 30
    age_days_min: int = 28
    """A series takes part in training from this age."""
    winsor: float = 8.0
    """A day's sales count up to this multiple of the series' daily mean: one bulk order is not a pattern."""
    threads: int = 1
    """More than one gained nothing at this size, and loses a hundredfold where other work shares the
    cores."""
    seed: int = 0


@dataclass(frozen=True)
class GlobalModel:
    """One gradient-boosting model over all series, of sales relative to the series' own mean."""

    regressor: Any
    edges: tuple[Floats, ...]
    """The bins of each feature; the regressor knows a feature by the number of its bin only."""
    rows: int
    """Rows it was trained on."""
    restored: float
    """Factor that gives back the volume which winsorising the target took away, measured on the training
    rows."""
    threads: int

    def forecast(self, panel: Panel, origin: int, horizon: int) -> Floats:
        """Daily means of the days after `origin`."""
        features, scale = _features(panel, origin, horizon)
        with threadpool_limits(self.threads):
            relative = self.regressor.predict(_binned(features.reshape(-1, features.shape[-1]), self.edges))
        forecast = np.maximum(relative.reshape(-1, horizon), 0.0) * scale[:, None] * self.restored
        return np.where((panel.age(origin) > 0)[:, None], forecast, 0.0)


def fit_global_model(
    panel: Panel, origin: int, horizon: int, parameters: BoostingParameters
) -> GlobalModel | None:
    """Fit on what was known at `origin`, or None when there is too little to learn from.

    Training origins lie whole weeks back, so every step of the horizon is learned on its own weekday.
    """
    per_origin = max(1, len(panel.series) * horizon)
    count = min(parameters.origins_max, max(4, parameters.rows_max // per_origin))
    features, targets, scales = [], [], []
    for weeks in range(1, count + 1):
        start = origin - WEEK * (weeks + (horizon - 1) // WEEK)
        if start < FEATURE_DAYS:
            break
        taught = panel.age(start) >= parameters.age_days_min
        sub = panel.rows(taught)
        feature, scale = _features(sub, start, horizon)
        target = sub.quantity[:, start + 1 : start + 1 + horizon]
        known = np.isfinite(target)
        features.append(feature[known])
        targets.append(target[known])
        scales.append(np.broadcast_to(scale[:, None], target.shape)[known])
    rows = sum(len(target) for target in targets)
    if rows < parameters.rows_min:
        return None
    x, sold, scale = np.concatenate(features), np.concatenate(targets), np.concatenate(scales)
    weight = np.sqrt(scale)
    edges = tuple(_weighted_edges(column, weight, parameters.bins) for column in x.T)
    binned = _binned(x, edges)
    regressor = HistGradientBoostingRegressor(
        max_iter=parameters.trees,
        learning_rate=parameters.learning_rate,
        max_leaf_nodes=parameters.leaves,
        min_samples_leaf=parameters.leaf_rows,
        max_bins=parameters.bins,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=parameters.seed,
    )
    with threadpool_limits(parameters.threads):
        regressor.fit(
            binned, np.minimum(sold / scale, parameters.winsor), sample_weight=weight / weight.mean()
        )
        fitted = np.maximum(regressor.predict(binned), 0.0) * scale
    restored = float(np.clip(sold.sum() / max(fitted.sum(), 1e-9), 0.8, 1.5))
    return GlobalModel(regressor, edges, rows, restored, parameters.threads)


def _weighted_edges(values: Floats, weights: Floats, bins: int) -> Floats:
    """The upper edges of bins of equal weight, all but the last.

    The regressor would find the same ones, but sorts the column anew for every edge of it: that took most of
    the time of a fit. With as many distinct values as bins or fewer it has a bin for each.
    """
    known = np.isfinite(values)
    distinct = np.unique(values[known])
    if len(distinct) <= bins:
        return (distinct[1:] + distinct[:-1]) / 2
    order = np.argsort(values[known], kind="stable")
    below = np.cumsum(weights[known][order])
    wanted = below[-1] * np.arange(1, bins) / bins
    return np.unique(values[known][order][np.searchsorted(below, wanted)])


def _binned(features: Floats, edges: Sequence[Floats]) -> Floats:
    """Each feature (row, feature) as the number of its bin; unknown ones stay unknown."""
    numbers = np.stack([np.searchsorted(edge, features[:, one]) for one, edge in enumerate(edges)], axis=1)
    return np.where(np.isnan(features), np.nan, numbers.astype(np.float64))


def _features(panel: Panel, origin: int, horizon: int) -> tuple[Floats, Floats]:
    """Features (series, horizon, feature) from the columns up to `origin`, and the scale of each series."""
    count = len(panel.series)
    past = panel.quantity[:, max(0, origin + 1 - FEATURE_DAYS) : origin + 1]
    scale = np.maximum(mean(past), 1e-3)
    recent = {days: mean(past[:, -days:]) / scale for days in (7, 14, 28)}
    deviation = np.sqrt(mean((past - mean(past)[:, None]) ** 2)) / scale
    sold_share = mean(np.where(np.isfinite(past), past > 0, np.nan))
    largest = np.where(np.isfinite(past), past, 0.0).max(axis=1, initial=0.0) / scale
    market = np.where(np.isfinite(past), past, 0.0).sum(axis=0)
    week = market[-7:].sum() / max(market[-28:].sum() / 4, 1e-9)
    month = market[-28:].sum() / max(market[:-28].sum(), 1e-9)
    level, profile = _level_and_profile(panel, origin, 21.0, 8.0)
    weekday = panel.weekdays(origin + 1 + np.arange(horizon))

    same = _same_weekday(panel, origin, horizon, weeks=4) / scale[None, :, None]
    by_series = np.stack(
        [
            panel.quantity[:, origin] / scale,
            *recent.values(),
            sold_share,
            deviation,
            largest,
            np.log(scale),
            np.minimum(panel.age(origin), 200),
            level / scale,
        ],
        axis=1,
    )
    by_step = np.stack([np.full(horizon, week), np.full(horizon, month), weekday, np.arange(horizon)], axis=1)
    features = np.concatenate(
        [
            np.moveaxis(same, 0, -1),
            mean(same, axis=0, otherwise=np.nan)[..., None],
            profile[:, weekday][..., None],
            (level[:, None] * profile[:, weekday] / scale[:, None])[..., None],
            np.broadcast_to(by_series[:, None, :], (count, horizon, by_series.shape[1])),
            np.broadcast_to(by_step[None], (count, horizon, by_step.shape[1])),
        ],
        axis=-1,
    )
    return features, scale


def _level_and_profile(
    panel: Panel, origin: int, half_life_days: float, shrinkage_weeks: float
) -> tuple[Floats, Floats]:
    """The level of each series at `origin`, and its weekday profile (series, 7), whose mean is about one."""
    columns = np.arange(max(0, origin + 1 - YEAR), origin + 1)
    past = panel.quantity[:, columns[0] : origin + 1]
    known = np.isfinite(past).astype(np.float64)
    sold = np.where(known > 0, past, 0.0)
    is_weekday = (panel.weekdays(columns)[:, None] == np.arange(7)).astype(np.float64)
    average = np.maximum(sold.sum(axis=1) / np.maximum(known.sum(axis=1), 1.0), 0.0)
    scaled = np.divide(
        sold @ is_weekday, average[:, None], out=np.zeros((len(sold), 7)), where=average[:, None] > 0
    )
    seen = (known * (average > 0)[:, None]) @ is_weekday
    # A profile of weekdays nobody has seen yet is flat.
    shared = (scaled.sum(axis=0) + 1.0) / (seen.sum(axis=0) + 1.0)
    profile = (scaled + shrinkage_weeks * shared) / (seen + shrinkage_weeks)
    weight = 0.5 ** ((origin - columns) / half_life_days)
    expected = (known * weight * profile[:, panel.weekdays(columns)]).sum(axis=1)
    level = np.divide((sold * weight).sum(axis=1), expected, out=np.zeros(len(sold)), where=expected > 1e-12)
    return level, profile


def _same_weekday(panel: Panel, origin: int, horizon: int, weeks: int) -> Floats:
    """Past values of the weekday of each coming day (week, series, horizon), the latest week first."""
    steps = np.arange(1, horizon + 1)
    latest: Ints = origin + steps - WEEK * ((steps + WEEK - 1) // WEEK)
    out = np.full((weeks, len(panel.series), horizon), np.nan)
    for week in range(weeks):
        columns = latest - WEEK * week
        inside = columns >= 0
        out[week][:, inside] = panel.quantity[:, columns[inside]]
    return out


def _defined(panel: Panel, origin: int, forecast: Floats) -> Floats:
    """The forecast with gaps filled by the mean of the last four weeks, and nothing below zero."""
    lately = mean(panel.quantity[:, max(0, origin + 1 - 4 * WEEK) : origin + 1])
    return np.maximum(np.where(np.isfinite(forecast), forecast, lately[:, None]), 0.0)

"""How far sales stray from a forecast, learned from the errors of past origins."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from transforms.learning.demand_models import FEATURE_DAYS
from transforms.learning.demand_panel import Floats, Ints, Panel, mean
from transforms.learning.demand_trial import Trial

ERRORS_MIN = 100
"""Errors that a quantile of the tail needs; below, sales are assumed to be normal with the series'
variance."""


@dataclass(frozen=True)
class Spread:
    """Standardised errors of one model, by how even a series' sales are (lumpy, middling, even)."""

    edges: Floats
    day_errors: list[Floats]
    total_errors: list[Floats]

    @property
    def is_calibrated(self) -> bool:
        """Whether past errors were enough for the tails of the total."""
        return min(len(errors) for errors in self.total_errors) >= ERRORS_MIN

    def days(self, forecast: Floats, dispersion: Floats, level: float) -> Floats:
        """The one-sided quantile of each day's sales (series, day)."""
        stray = self._stray(self.day_errors, level)[self._buckets(forecast, dispersion)]
        return _strayed(forecast, stray[:, None], dispersion[:, None])

    def total(self, forecast: Floats, dispersion: Floats, level: float) -> Floats:
        """The one-sided quantile of the horizon's total (series)."""
        stray = self._stray(self.total_errors, level)[self._buckets(forecast, dispersion)]
        return _strayed(forecast.sum(axis=1), stray, dispersion)

    def _buckets(self, forecast: Floats, dispersion: Floats) -> Ints:
        return _bucket(self.edges, evenness(forecast, dispersion))

    def _stray(self, errors: list[Floats], level: float) -> Floats:
        """The quantile of the standardised errors, by bucket."""
        if not self.is_calibrated:
            return np.full(len(errors), NormalDist().inv_cdf(level))
        # A finite sample's quantile, one observation up: the next error is one more of the same.
        return np.array([np.quantile(e, min(1.0, level * (1 + 1 / len(e)))) for e in errors])


def _strayed(forecast: Floats, stray: Floats, dispersion: Floats) -> Floats:
    return np.asarray(np.maximum(forecast + stray * np.sqrt(np.maximum(forecast, 0.0) * dispersion), 0.0))


def learn_spread(panel: Panel, trial: Trial, model: str) -> Spread:
    """The spread of a model's errors at the origins of a trial, over every mature series it served."""
    even, day_errors, total_errors = [], [], []
    for number, origin in enumerate(trial.origins):
        forecast, actual = trial.forecasts[model][number], trial.actual[number]
        usable = trial.mature[number] & np.isfinite(forecast).all(axis=1) & (np.nansum(forecast, axis=1) > 0)
        # A total with a censored day in it is not a total.
        usable &= np.isfinite(actual).all(axis=1)
        forecast, actual = forecast[usable], actual[usable]
        spread = dispersion(panel, origin)[usable]
        unit = np.sqrt(forecast * spread[:, None])
        day_errors.append(np.divide(actual - forecast, unit, out=np.full_like(unit, np.nan), where=unit > 0))
        total = forecast.sum(axis=1)
        total_errors.append((actual.sum(axis=1) - total) / np.sqrt(total * spread))
        even.append(evenness(forecast, spread))
    if not even or not sum(len(e) for e in even):
        return Spread(np.array([]), [np.array([])], [np.array([])])
    evens, days, totals = np.concatenate(even), np.concatenate(day_errors), np.concatenate(total_errors)
    edges = np.quantile(evens, [1 / 3, 2 / 3]) if len(evens) >= 3 * ERRORS_MIN else np.array([])
    bucket = _bucket(edges, evens)
    groups = range(len(edges) + 1)
    return Spread(
        edges,
        [days[bucket == group][np.isfinite(days[bucket == group])] for group in groups],
        [totals[bucket == group] for group in groups],
    )


def dispersion(panel: Panel, origin: int) -> Floats:
    """Variance over mean of each series' daily sales in the last eight weeks, floored against tiny
    samples."""
    past = panel.quantity[:, max(0, origin + 1 - FEATURE_DAYS) : origin + 1]
    average = np.maximum(mean(past), 1e-6)
    variance = mean((past - average[:, None]) ** 2)
    return np.maximum(variance / average, 0.05 * average)


def evenness(forecast: Floats, dispersion: Floats) -> Floats:
    """Mean daily forecast over dispersion: small for lumpy sales, large for even ones."""
    return np.asarray(forecast.mean(axis=1) / dispersion)


def _bucket(edges: Floats, values: Floats) -> Ints:
    return np.searchsorted(edges, values).astype(np.int64)

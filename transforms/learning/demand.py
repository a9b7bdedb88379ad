"""Demand of the coming days by series, with intervals, and the backtest that such a forecast answers to.

    result = forecast(sales, as_of)
    result.daily    # series, day: mean, p10, p50, p80, p90
    result.totals   # series: mean, p50, p80, p90 of the horizon's total (reorder uses p90)
    result.choices  # the model of each group of series, and why

`sales(series_id, day, quantity, is_censored)` may hold only the days with sales: other days since the first
sale are zeros. Days on which the goods were not to be had are marked censored, and neither teach nor judge.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from transforms.learning.demand_intervals import Spread, dispersion, learn_spread
from transforms.learning.demand_panel import Floats, Panel, mean, read_panel
from transforms.learning.demand_trial import (
    CHEAP_MODELS,
    MODELS,
    Choice,
    DemandParameters,
    Flags,
    Trial,
    choose_model,
    fit_major,
    forecast_all,
    major_series,
    run_trial,
    weekly_origins,
)
from transforms.learning.versions import model_version

VERSION = "1.0.0"
DEFAULTS = DemandParameters()
NO_MODEL = "none"
CHOSEN = "chosen"
DAY_LEVELS = {"p10": 0.1, "p50": 0.5, "p80": 0.8, "p90": 0.9}
TOTAL_LEVELS = {"p50": 0.5, "p80": 0.8, "p90": 0.9}

_ABOUT = {
    "model": pl.String,
    "model_version": pl.String,
    "as_of": pl.Date,
    "interval_basis": pl.String,
    "reason": pl.String,
}
DAILY_SCHEMA = {
    "series_id": pl.String,
    "day": pl.Date,
    "step": pl.Int64,
    "mean": pl.Float64,
    **dict.fromkeys(DAY_LEVELS, pl.Float64),
    **_ABOUT,
}
TOTALS_SCHEMA = {
    "series_id": pl.String,
    "first_day": pl.Date,
    "last_day": pl.Date,
    "mean": pl.Float64,
    **dict.fromkeys(TOTAL_LEVELS, pl.Float64),
    **_ABOUT,
}
CHOICES_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "series_group": pl.String,
    "series_count": pl.Int64,
    "model": pl.String,
    "reason": pl.String,
    "relative_errors": pl.List(pl.Struct({"model": pl.String, "relative_error": pl.Float64})),
    "as_of": pl.Date,
}
BACKTEST_SCHEMA = {
    "model": pl.String,
    "origin": pl.Date,
    "series_count": pl.Int64,
    "day_count": pl.Int64,
    "wape": pl.Float64,
    "wape_total": pl.Float64,
    "rmsse": pl.Float64,
    "bias": pl.Float64,
    **{f"coverage_{level}": pl.Float64 for level in DAY_LEVELS},
    **{f"coverage_total_{level}": pl.Float64 for level in TOTAL_LEVELS},
}


@dataclass(frozen=True)
class Forecast:
    """The frames of one run; `choices` tells the next run which models stand."""

    daily: pl.DataFrame
    totals: pl.DataFrame
    choices: pl.DataFrame


@dataclass(frozen=True)
class _Frozen:
    """What was decided at an origin: a model and a reason per series, and the spread of each model's
    errors."""

    choices: dict[str, Choice]
    groups: dict[str, Flags]
    models: list[str]
    reasons: list[str]
    spreads: dict[str, Spread]


def forecast(
    sales: pl.DataFrame,
    as_of: date,
    parameters: DemandParameters = DEFAULTS,
    incumbents: Mapping[str, str] | None = None,
) -> Forecast:
    """Forecast the days after `as_of` for every series with a row by then, but for those that have begun to
    sell within the last `known_days`: of these nothing is said.

    `incumbents` maps a series group (`major`, `minor`) to the model that the last run published for it.
    Raises ValueError on sales that are not as described above. Same sales, parameters and incumbents: same
    forecast.
    """
    panel = read_panel(sales, as_of)
    age = panel.age(panel.last)
    panel = panel.rows((age <= 0) | (age >= parameters.known_days))
    if not panel.series:
        return Forecast(
            pl.DataFrame(schema=DAILY_SCHEMA), pl.DataFrame(schema=TOTALS_SCHEMA), _choices({}, {}, as_of)
        )
    frozen = _freeze(panel, panel.last, parameters, incumbents)
    major = frozen.groups["major"]
    needs_fit = not CHEAP_MODELS.keys() >= {choice.model for choice in frozen.choices.values()}
    fitted = fit_major(panel, panel.last, major, parameters) if needs_fit else None
    by_model = forecast_all(panel, panel.last, major, fitted, parameters.horizon)
    models, reasons = _servable(frozen, by_model, parameters)
    means = _pick(models, by_model)
    days, totals = _quantiles(panel, panel.last, means, models, frozen.spreads)

    first, last = as_of + timedelta(days=1), as_of + timedelta(days=parameters.horizon)
    versions = {name: model_version(f"demand-{name}", VERSION, parameters) for name in (*MODELS, NO_MODEL)}
    about = pl.DataFrame(
        {
            "series_id": panel.series,
            "model": models,
            "model_version": [versions[model] for model in models],
            "as_of": [as_of] * len(panel.series),
            "interval_basis": [_interval_basis(model, frozen.spreads) for model in models],
            "reason": reasons,
        },
        schema={"series_id": pl.String, **_ABOUT},
    )
    daily = pl.DataFrame(
        {
            "series_id": np.repeat(np.array(panel.series, dtype=object), parameters.horizon).tolist(),
            "step": np.tile(np.arange(1, parameters.horizon + 1), len(panel.series)),
            "mean": means.ravel(),
            **{name: values.ravel() for name, values in days.items()},
        }
    ).with_columns(day=pl.lit(as_of) + pl.duration(days=pl.col("step")))
    total = pl.DataFrame({"series_id": panel.series, "mean": means.sum(axis=1), **totals}).with_columns(
        first_day=pl.lit(first), last_day=pl.lit(last)
    )
    return Forecast(
        daily.join(about, on="series_id", maintain_order="left").select(
            pl.col(name).cast(kind) for name, kind in DAILY_SCHEMA.items()
        ),
        total.join(about, on="series_id", maintain_order="left").select(
            pl.col(name).cast(kind) for name, kind in TOTALS_SCHEMA.items()
        ),
        _choices(frozen.choices, frozen.groups, as_of),
    )


def backtest(
    sales: pl.DataFrame, as_of: date, origins: int = 4, parameters: DemandParameters = DEFAULTS
) -> pl.DataFrame:
    """Errors of every model, and of the chosen one, at the last weekly `origins` whose horizon ended by
    `as_of`.

    The choice and the intervals are frozen on the origins before the first of them. One row per model and
    origin, and one per model with a null origin for all of them. `wape`: absolute error over sales;
    `wape_total`: the same of horizon totals; `rmsse`: mean over series of the root of squared error over
    that of yesterday's value before the test (Hyndman & Koehler 2006); `bias`: forecast over sales, less
    one; `coverage_*`: share of days (totals) at or below the quantile. Empty when no origin has a series
    with a history.
    """
    panel = read_panel(sales, as_of)
    tested = weekly_origins(panel, panel.last, origins, parameters) if panel.series else []
    if not tested:
        return pl.DataFrame(schema=BACKTEST_SCHEMA)
    frozen = _freeze(panel, tested[0], parameters, None)
    trial = run_trial(panel, tested, frozen.groups["major"], parameters)
    rows = []
    for model in (*MODELS, CHOSEN):
        said = []
        for number, origin in enumerate(tested):
            by_model = {name: values[number] for name, values in trial.forecasts.items()}
            models = [model] * len(panel.series)
            if model == CHOSEN:
                models, _ = _servable(frozen, by_model, parameters)
                # What had not sold when the choice was made may have begun since.
                models = [parameters.short_history_model if one == NO_MODEL else one for one in models]
            means = _pick(models, by_model)
            said.append((means, *_quantiles(panel, origin, means, models, frozen.spreads)))
        rows.append({"model": model, "origin": None, **_figures(panel, trial, said, range(len(tested)))})
        for number, origin in enumerate(tested):
            day = as_of - timedelta(days=panel.last - origin)
            rows.append({"model": model, "origin": day, **_figures(panel, trial, said, [number])})
    return pl.DataFrame([row for row in rows if row["series_count"]], schema=BACKTEST_SCHEMA, orient="row")


def _freeze(
    panel: Panel, origin: int, parameters: DemandParameters, incumbents: Mapping[str, str] | None
) -> _Frozen:
    """Choose models and learn spreads from what was known at `origin`."""
    age = panel.age(origin)
    major = major_series(panel, origin, parameters)
    groups = {"major": major, "minor": (age >= parameters.mature_days) & ~major}
    trial = run_trial(panel, weekly_origins(panel, origin, parameters.origins, parameters), major, parameters)
    choices = {
        name: choose_model(panel, trial, rows, parameters, (incumbents or {}).get(name))
        for name, rows in groups.items()
        if rows.any()
    }
    models, reasons = [], []
    for row, days in enumerate(age.tolist()):
        if days <= 0:
            models.append(NO_MODEL)
            reasons.append("no sale so far")
        elif days < parameters.mature_days:
            models.append(parameters.short_history_model)
            reasons.append(
                f"short history: {days} days known, {parameters.mature_days} are needed for a choice"
            )
        else:
            choice = choices["major" if major[row] else "minor"]
            models.append(choice.model)
            reasons.append(choice.reason)
    spreads = {model: learn_spread(panel, trial, model) for model in MODELS}
    return _Frozen(choices, groups, models, reasons, spreads)


def _servable(
    frozen: _Frozen, by_model: Mapping[str, Floats], parameters: DemandParameters
) -> tuple[list[str], list[str]]:
    """The frozen models and reasons, with the default one where the frozen one could not be fitted."""
    models, reasons = list(frozen.models), list(frozen.reasons)
    for row, model in enumerate(models):
        if model != NO_MODEL and not np.isfinite(by_model[model][row]).all():
            models[row] = parameters.default_model
            reasons[row] = f"default: {model} could not be fitted"
    return models, reasons


def _pick(models: list[str], by_model: Mapping[str, Floats]) -> Floats:
    """Each series' forecast (series, day) by its own model; zeros where there is none."""
    first = next(iter(by_model.values()))
    nothing = np.zeros(first.shape[1])
    return np.stack(
        [nothing if model == NO_MODEL else by_model[model][row] for row, model in enumerate(models)]
    )


def _quantiles(
    panel: Panel, origin: int, means: Floats, models: list[str], spreads: Mapping[str, Spread]
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Quantiles of the days (series, day) and of the totals (series), each series by its model's spread."""
    days = {name: np.zeros_like(means) for name in DAY_LEVELS}
    totals = {name: np.zeros(len(means)) for name in TOTAL_LEVELS}
    unit = dispersion(panel, origin)
    used = np.array(models)
    for model in sorted(set(models) - {NO_MODEL}):
        rows = (used == model) & np.isfinite(means).all(axis=1)
        for name, level in DAY_LEVELS.items():
            days[name][rows] = spreads[model].days(means[rows], unit[rows], level)
        for name, level in TOTAL_LEVELS.items():
            totals[name][rows] = spreads[model].total(means[rows], unit[rows], level)
    return days, totals


def _interval_basis(model: str, spreads: Mapping[str, Spread]) -> str:
    if model == NO_MODEL:
        return NO_MODEL
    return "past errors" if spreads[model].is_calibrated else "assumed normal: too few past errors"


def _figures(
    panel: Panel,
    trial: Trial,
    said: list[tuple[Floats, dict[str, Floats], dict[str, Floats]]],
    numbers: Sequence[int],
) -> dict[str, object]:
    """The row of `backtest` for some of its origins, over the series that were mature and served at them."""
    means = np.stack([said[number][0] for number in numbers])
    chosen = list(numbers)
    actual = trial.actual[chosen]
    judged = trial.mature[chosen] & np.isfinite(means).all(axis=2)
    counted = judged[:, :, None] & np.isfinite(actual)
    whole = judged & np.isfinite(actual).all(axis=2)
    error = np.where(counted, means - np.nan_to_num(actual), 0.0)
    sold = max(float(np.abs(actual[counted]).sum()), 1e-12)

    before = panel.quantity[:, : trial.origins[0] + 1]
    naive = mean(np.diff(before, axis=1) ** 2)
    squared = (error**2).sum(axis=(0, 2)) / np.maximum(counted.sum(axis=(0, 2)), 1)
    scaled = counted.any(axis=(0, 2)) & (naive > 0)
    row: dict[str, object] = {
        "series_count": int(counted.any(axis=(0, 2)).sum()),
        "day_count": int(counted.sum()),
        "wape": float(np.abs(error).sum()) / sold,
        "wape_total": float(np.abs(error.sum(axis=2)).sum()) / sold,
        "rmsse": float(np.sqrt(squared[scaled] / naive[scaled]).mean()) if scaled.any() else None,
        "bias": float(error.sum()) / sold,
    }
    for name in DAY_LEVELS:
        bound = np.stack([said[number][1][name] for number in numbers])
        row[f"coverage_{name}"] = float((actual <= bound)[counted].mean()) if counted.any() else None
    for name in TOTAL_LEVELS:
        bound = np.stack([said[number][2][name] for number in numbers])
        under = np.nan_to_num(actual).sum(axis=2) <= bound
        row[f"coverage_total_{name}"] = float(under[whole].mean()) if whole.any() else None
    return row


def _choices(choices: Mapping[str, Choice], groups: Mapping[str, Flags], as_of: date) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "series_group": name,
                "series_count": int(groups[name].sum()),
                "model": choice.model,
                "reason": choice.reason,
                "relative_errors": [
                    {"model": model, "relative_error": loss} for model, loss in choice.losses.items()
                ],
                "as_of": as_of,
            }
            for name, choice in choices.items()
        ],
        schema=CHOICES_SCHEMA,
    )

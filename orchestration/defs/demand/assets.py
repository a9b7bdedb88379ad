"""Demand of the coming days, by vendor and product: what retailers will ask of it (sell-in)."""

import json
from collections.abc import Iterator
from datetime import date

import dagster as dg
import polars as pl

from orchestration.predictions import PredictionTable, replace_partition
from orchestration.resources import Warehouse
from transforms.learning import demand
from transforms.learning.versions import model_version

_SERIES = {
    "vendor_id": "text NOT NULL",
    "product_id": "text NOT NULL",
    "origin": "varchar(40) NOT NULL",
    "currency": "varchar(3) NOT NULL",
}
_ABOUT = {
    "model": "varchar(60) NOT NULL",
    "interval_basis": "varchar(60) NOT NULL",
    "reason": "text NOT NULL",
}
_SERIES_KEY = ("vendor_id", "product_id", "currency")

FORECAST = PredictionTable(
    "demand_forecast",
    _SERIES
    | {"business_date": "date NOT NULL", "step": "integer NOT NULL", "mean_units": "float8 NOT NULL"}
    | {f"{level}_units": "float8 NOT NULL" for level in demand.DAY_LEVELS}
    | _ABOUT,
    (*_SERIES_KEY, "business_date"),
)
TOTAL = PredictionTable(
    "demand_total",
    _SERIES
    | {"first_date": "date NOT NULL", "last_date": "date NOT NULL", "mean_units": "float8 NOT NULL"}
    | {f"{level}_units": "float8 NOT NULL" for level in demand.TOTAL_LEVELS}
    | _ABOUT,
    _SERIES_KEY,
)
CHOICE = PredictionTable(
    "demand_choice",
    {
        "series_group": "varchar(20) NOT NULL",
        "series_count": "integer NOT NULL",
        "model": "varchar(60) NOT NULL",
        "reason": "text NOT NULL",
        "relative_errors": "text NOT NULL",
    },
    ("series_group",),
)
KEYS = {table.name: dg.AssetKey(["predictions", table.name]) for table in (FORECAST, TOTAL, CHOICE)}

_SALES = """
    SELECT vendor_id, product_id, origin, currency, business_date AS day,
           asked_units::float8 AS quantity, is_censored
    FROM marts.fct_daily_sales
"""


@dg.multi_asset(
    name="demand",
    specs=[
        dg.AssetSpec(key, deps=[dg.AssetKey(["marts", "fct_daily_sales"])], group_name="demand")
        for key in KEYS.values()
    ],
)
def demand_predictions(
    context: dg.AssetExecutionContext, warehouse: Warehouse
) -> Iterator[dg.MaterializeResult]:
    """Forecast every series, letting the models of the last earlier day stand unless a better one is shown."""
    as_of = warehouse.day()
    series, sales = series_of(warehouse.rows(_SALES))
    result = demand.forecast(sales, as_of, incumbents=incumbents(warehouse, as_of))
    daily = _named(result.daily, series, FORECAST).rename({"day": "business_date"})
    totals = _named(result.totals, series, TOTAL).rename({"first_day": "first_date", "last_day": "last_date"})
    for table, frame in ((FORECAST, daily), (TOTAL, totals), (CHOICE, _choices(result.choices))):
        rows = replace_partition(warehouse.url, table, frame, as_of=as_of, run_id=context.run.run_id)
        yield dg.MaterializeResult(asset_key=KEYS[table.name], metadata={"rows": rows, "as_of": str(as_of)})


def series_of(daily: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(what each series is of, its sales as the models want them). A series is a vendor's product in a currency."""
    named = daily.with_columns(series_id=pl.concat_str(_SERIES_KEY, separator="/"))
    return (
        named.select("series_id", *_SERIES).unique("series_id"),
        named.select("series_id", "day", "quantity", "is_censored"),
    )


def incumbents(warehouse: Warehouse, as_of: date) -> dict[str, str]:
    """The model that stands for each group of series: that of the last day before `as_of`.

    Not of the same day, so that a day that is run again has the same answer.
    """
    if warehouse.rows("SELECT to_regclass('predictions.demand_choice')::text").item() is None:
        return {}
    rows = warehouse.rows(f"""
        SELECT series_group, model FROM predictions.demand_choice
        WHERE as_of = (SELECT max(as_of) FROM predictions.demand_choice WHERE as_of < DATE '{as_of}')
    """)  # noqa: S608 - a date
    return dict(rows.iter_rows())


def _named(frame: pl.DataFrame, series: pl.DataFrame, table: PredictionTable) -> pl.DataFrame:
    levels = {
        name: f"{name}_units" for name in ("mean", *demand.DAY_LEVELS) if f"{name}_units" in table.columns
    }
    return frame.rename(levels).join(series, on="series_id", how="left", maintain_order="left")


def _choices(choices: pl.DataFrame) -> pl.DataFrame:
    versions = [
        model_version(f"demand-{model}", demand.VERSION, demand.DEFAULTS) for model in choices["model"]
    ]
    errors = [
        json.dumps({one["model"]: one["relative_error"] for one in losses})
        for losses in choices["relative_errors"]
    ]
    return choices.drop("relative_errors", "as_of").with_columns(
        pl.Series("model_version", versions, dtype=pl.String),
        pl.Series("relative_errors", errors, dtype=pl.String),
    )

"""Demand forecasts on real sales: `python -m benchmarks.demand` prints one JSON object.

The 200 goods with the most revenue of UCI Online Retail (CC BY 4.0), the last 28 days, four weekly origins, seven
days each. Lines with quantity and price above zero; sales that a cancellation of the same customer, product,
quantity and price takes back are left out, as are codes without a product; units a day, zero from the first sale;
at least 56 days of history before the test. The models see at each origin only what came before it.
"""

from __future__ import annotations

import json
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from transforms.learning.demand import CHOSEN, backtest, forecast

RETAIL = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "retail" / "online_retail.parquet"
LAST_FULL_DAY = date(2011, 12, 8)
ORIGINS = 4
TEST_DAYS = 28
HISTORY_DAYS = 56
GOODS = 200


def read_sales(path: Path = RETAIL) -> pl.DataFrame:
    """The daily sales of the benchmark's goods. Raises FileNotFoundError where the data set is absent."""
    if not path.exists():
        raise FileNotFoundError(f"{path} is absent: the demand benchmark needs UCI Online Retail as Parquet")
    lines = (
        pl.read_parquet(path)
        .with_columns(pl.col("StockCode").str.to_uppercase())
        # A product is five digits and perhaps letters; POST, DOT, M, BANK CHARGES and their like are not goods.
        .filter(
            pl.col("StockCode").str.contains(r"^\d{5}[A-Z]*$"),
            pl.col("InvoiceDate").dt.date() <= LAST_FULL_DAY,
        )
        .sort("InvoiceDate", "InvoiceNo")
    )
    pair = ["CustomerID", "StockCode", "UnitPrice", "units"]
    cancelled = (
        lines.filter(pl.col("InvoiceNo").str.starts_with("C"), pl.col("Quantity") < 0)
        .with_columns(units=-pl.col("Quantity"))
        .group_by(pair)
        .len("cancellations")
    )
    sold = (
        lines.filter(pl.col("Quantity") > 0, pl.col("UnitPrice") > 0)
        .with_columns(units=pl.col("Quantity"))
        .with_columns(number=pl.int_range(pl.len()).over(pair))
        .join(cancelled, on=pair, how="left", nulls_equal=True)
        .filter(pl.col("number") >= pl.col("cancellations").fill_null(0))
        .with_columns(day=pl.col("InvoiceDate").dt.date())
    )
    test_from = LAST_FULL_DAY - timedelta(days=TEST_DAYS - 1)
    goods = (
        sold.filter(pl.col("day") < test_from)
        .group_by("StockCode")
        .agg(
            pl.col("day").min().alias("first_day"),
            (pl.col("units") * pl.col("UnitPrice")).sum().alias("revenue"),
        )
        .filter(pl.col("first_day") <= test_from - timedelta(days=HISTORY_DAYS))
        .sort("revenue", "StockCode", descending=[True, False])
        .head(GOODS)
    )
    return (
        sold.join(goods, on="StockCode", how="semi")
        .group_by(pl.col("StockCode").alias("series_id"), "day")
        .agg(pl.col("units").sum().cast(pl.Float64).alias("quantity"))
        .with_columns(is_censored=pl.lit(False))
        .sort("series_id", "day")
    )


def measure() -> dict[str, Any]:
    """Errors of each model and the chosen one; `ratio` is the chosen one's WAPE to the seasonal naive's."""
    sales = read_sales()
    started = time.perf_counter()
    figures = backtest(sales, LAST_FULL_DAY, origins=ORIGINS).filter(pl.col("origin").is_null())
    backtest_seconds = time.perf_counter() - started
    started = time.perf_counter()
    published = forecast(sales, LAST_FULL_DAY)
    forecast_seconds = time.perf_counter() - started
    models = {
        row.pop("model"): {
            name: round(value, 4) if isinstance(value, float) else value for name, value in row.items()
        }
        for row in figures.drop("origin").to_dicts()
    }
    return {
        "name": "demand",
        "what": "WAPE of the chosen demand model to that of the seasonal naive, 200 goods, 4 origins, 7 days",
        "ratio": round(models[CHOSEN]["wape"] / models["seasonal_naive"]["wape"], 4),
        "wape": models[CHOSEN]["wape"],
        "rmsse": models[CHOSEN]["rmsse"],
        "limits": {"wape": 0.80, "rmsse": 0.70},
        "models": models,
        "published_model": published.choices["model"][0],
        "series": sales["series_id"].n_unique(),
        "backtest_seconds": round(backtest_seconds, 2),
        "forecast_seconds": round(forecast_seconds, 2),
    }


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))

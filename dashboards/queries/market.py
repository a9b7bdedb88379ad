"""The market's figures, from the metrics and marts of one published run; one origin and currency at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal, cast

import polars as pl

from dashboards.queries.publication import metric, rows
from foundation import published
from foundation.metrics import Metric

Grain = Literal["date", "week", "month"]

AMOUNTS = ("gmv", "net_sales", "receivables", "average_order_value")
RATES = ("orders", "active_retailers", "active_vendors", "fill_rate", "on_time_rate", "overdue_share")
BUCKETS = (
    "receivables_not_due", "receivables_overdue_1_30", "receivables_overdue_31_60",
    "receivables_overdue_61_90", "receivables_overdue_over_90", "receivables_disputed",
)  # fmt: skip
TOP_VENDORS = 10
_SPAN: dict[Grain, str] = {"date": "1d", "week": "1w", "month": "1mo"}
DAYS_OF_A_DAILY_TREND = 62
DAYS_OF_A_WEEKLY_TREND = 550

# A debt that is written off is no trade, yet the level of its day is another than that of the day before.
_MARKETS = """
    WITH days AS (
        SELECT *, receivable_paisa <> lag(receivable_paisa, 1, 0)
                  OVER (PARTITION BY origin, currency ORDER BY business_date) AS is_level_moved
        FROM mart_executive_daily
    )
    SELECT origin, currency, min(business_date) AS first_day, max(business_date) AS last_day
    FROM days
    WHERE orders > 0 OR delivered_paisa <> 0 OR returned_paisa <> 0 OR paid_paisa <> 0 OR refusals > 0
       OR receivable_paisa <> 0 OR is_level_moved
    GROUP BY origin, currency ORDER BY sum(orders) DESC, origin, currency
"""
_SERIES = """
    SELECT total.vendor_id, total.product_id, products.name AS product, products.base_unit,
           total.mean_units, total.p50_units, total.p90_units, total.first_date, total.last_date,
           total.model, total.model_version
    FROM demand_total AS total
    JOIN dim_product AS products USING (product_id)
    LEFT JOIN (
        SELECT vendor_id, product_id, currency, sum(ordered_paisa) AS ordered_paisa
        FROM fct_daily_sales
        WHERE business_date > (SELECT max(as_of) FROM demand_total) - INTERVAL 90 DAY
        GROUP BY ALL
    ) AS lately USING (vendor_id, product_id, currency)
    WHERE total.origin = $origin AND total.currency = $currency AND total.mean_units > 0
    ORDER BY lately.ordered_paisa DESC NULLS LAST, total.vendor_id, total.product_id
    LIMIT 100
"""
_SERIES_DAYS = """
    SELECT business_date AS day, 'asked for' AS kind, asked_units::DOUBLE AS units,
           NULL::DOUBLE AS low_units, NULL::DOUBLE AS high_units
    FROM fct_daily_sales
    WHERE vendor_id = $vendor_id AND product_id = $product_id AND origin = $origin AND currency = $currency
      AND business_date > (SELECT max(as_of) FROM demand_forecast) - INTERVAL 42 DAY
    UNION ALL
    SELECT business_date, 'forecast', mean_units, p10_units, p90_units
    FROM demand_forecast
    WHERE vendor_id = $vendor_id AND product_id = $product_id AND origin = $origin AND currency = $currency
    ORDER BY day
"""


@dataclass(frozen=True)
class Market:
    """Figures that may be added up: of one origin, in one currency; and the days that it has any of."""

    origin: str
    currency: str
    first_day: date
    last_day: date

    @property
    def where(self) -> dict[str, str]:
        """It as the filter of an amount."""
        return {"origin": self.origin, "currency": self.currency}


@dataclass(frozen=True)
class Asked:
    """What the page is about: a run, a market, a period."""

    run_id: str
    market: Market
    period: tuple[date, date]

    @property
    def grain(self) -> Grain:
        """How fine a trend over the period is drawn."""
        days = (self.period[1] - self.period[0]).days
        return (
            "date" if days <= DAYS_OF_A_DAILY_TREND else "week" if days <= DAYS_OF_A_WEEKLY_TREND else "month"
        )


def markets(run_id: str) -> list[Market]:
    """The markets that the run knows, the busiest first."""
    return [Market(**row) for row in rows(run_id, _MARKETS, {}).to_dicts()]


def definition(run_id: str, name: str) -> Metric:
    """What a metric of the run is: its label, its description, its unit."""
    return published.reader().run(run_id).metrics[name]


def figures(asked: Asked, names: Sequence[str]) -> dict[str, float | int | None]:
    """Metrics over the period by name; None where there is nothing to divide by."""
    return {name: _value(asked, name) for name in names}


def trend(asked: Asked, name: str) -> pl.DataFrame:
    """A metric by day, week or month, as far as they lie in the period: `day`, `end` (the day after), `value`."""
    found = metric(asked.run_id, name, (asked.grain,), asked.market.where, asked.period)
    first, last = asked.period
    # A week or month that the period cuts is drawn as narrow as its days in it.
    return pl.DataFrame(
        {"day": [row[asked.grain] for row in found], "value": [row["value"] for row in found]},
        schema={"day": pl.Date, "value": pl.Int64},
    ).with_columns(
        day=pl.max_horizontal("day", pl.lit(first)),
        end=pl.min_horizontal(pl.col("day").dt.offset_by(_SPAN[asked.grain]), last + timedelta(days=1)),
    )


def buckets(asked: Asked) -> dict[str, int]:
    """What is owed at the end of the period by the labels of BUCKETS, in paisa."""
    return {
        definition(asked.run_id, name).label.removeprefix("Receivables ").capitalize(): int(
            _value(asked, name) or 0
        )
        for name in BUCKETS
    }


def top_vendors(asked: Asked) -> list[dict[str, Any]]:
    """The vendors of whom most was ordered: `vendor_id`, and the metrics gmv, orders, fill_rate, on_time_rate."""
    by_metric = {
        name: {
            row["vendor_id"]: row["value"]
            for row in metric(asked.run_id, name, ("vendor_id",), asked.market.where, asked.period)
        }
        for name in ("gmv", "orders", "fill_rate", "on_time_rate")
    }
    gmv = by_metric["gmv"]
    best = sorted(gmv, key=lambda vendor: (-gmv[vendor], vendor))[:TOP_VENDORS]
    return [
        {"vendor_id": vendor} | {name: values.get(vendor) for name, values in by_metric.items()}
        for vendor in best
    ]


def forecast_series(run_id: str, market: Market) -> list[dict[str, Any]]:
    """What is forecast, by vendor and product, those first of which most was ordered in 90 days."""
    if "demand_total" not in published.reader().run(run_id).tables:
        return []
    return rows(run_id, _SERIES, market.where).to_dicts()


def forecast_days(run_id: str, market: Market, vendor_id: str, product_id: str) -> pl.DataFrame:
    """Demand of a vendor's product by day, what was and what is forecast, with the 10 % and 90 % bounds."""
    return rows(run_id, _SERIES_DAYS, {**market.where, "vendor_id": vendor_id, "product_id": product_id})


def _value(asked: Asked, name: str) -> float | int | None:
    found = metric(asked.run_id, name, (), asked.market.where, asked.period)
    if found:
        return cast(float | int | None, found[0]["value"])
    # Where there are no rows a sum or a count is zero, and a quotient nothing.
    return 0 if definition(asked.run_id, name).denominator is None else None

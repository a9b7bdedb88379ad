"""What shops sell to people by their own bills, from the marts of one run; one origin and currency at a time."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from dashboards.queries.market import Asked, Market
from dashboards.queries.publication import rows

_MARKETS = """
    SELECT origin, currency, min(business_date) AS first_day, max(business_date) AS last_day
    FROM mart_shop_daily
    GROUP BY origin, currency ORDER BY sum(bills) DESC, origin, currency
"""
# What is owed is a level: of every shop the newest by the last day.
_TOTALS = """
    SELECT coalesce(sum(bills), 0)::BIGINT AS bills, coalesce(sum(sales_paisa), 0)::BIGINT AS sales_paisa,
           coalesce(sum(tax_paisa), 0)::BIGINT AS tax_paisa,
           coalesce(sum(khata_given_paisa), 0)::BIGINT AS khata_given_paisa,
           coalesce(sum(khata_collected_paisa), 0)::BIGINT AS khata_collected_paisa,
           count(DISTINCT shop_id) FILTER (WHERE bills > 0) AS shops,
           (SELECT coalesce(sum(outstanding_paisa), 0)::BIGINT FROM (
                SELECT arg_max(outstanding_paisa, business_date) AS outstanding_paisa FROM mart_shop_daily
                WHERE origin = $origin AND currency = $currency AND business_date <= $last_day
                GROUP BY shop_id)) AS outstanding_paisa
    FROM mart_shop_daily
    WHERE origin = $origin AND currency = $currency AND business_date BETWEEN $first_day AND $last_day
"""
_DAYS = """
    WITH moved AS (
        SELECT business_date, sum(outstanding_paisa - before_paisa)::BIGINT AS moved_paisa
        FROM (
            SELECT business_date, outstanding_paisa,
                   lag(outstanding_paisa, 1, 0) OVER (PARTITION BY shop_id ORDER BY business_date) AS before_paisa
            FROM mart_shop_daily WHERE origin = $origin AND currency = $currency
        )
        GROUP BY business_date
    ), levels AS (
        SELECT business_date, sum(moved_paisa) OVER (ORDER BY business_date)::BIGINT AS outstanding_paisa FROM moved
    )
    SELECT business_date AS day, sum(bills)::BIGINT AS bills, sum(sales_paisa)::BIGINT AS sales_paisa,
           sum(tax_paisa)::BIGINT AS tax_paisa, sum(khata_given_paisa)::BIGINT AS khata_given_paisa,
           sum(khata_collected_paisa)::BIGINT AS khata_collected_paisa,
           any_value(levels.outstanding_paisa) AS outstanding_paisa
    FROM mart_shop_daily JOIN levels USING (business_date)
    WHERE origin = $origin AND currency = $currency AND business_date BETWEEN $first_day AND $last_day
    GROUP BY business_date ORDER BY business_date DESC
"""
_TREND = """
    SELECT greatest(date_trunc($grain, business_date)::DATE, $first_day::DATE) AS day,
           least((date_trunc($grain, business_date) + CASE $grain WHEN 'day' THEN INTERVAL 1 DAY
                  WHEN 'week' THEN INTERVAL 7 DAY ELSE INTERVAL 1 MONTH END)::DATE,
                 ($last_day::DATE + INTERVAL 1 DAY)::DATE) AS "end",
           sum(sales_paisa)::BIGINT AS sales_paisa, sum(bills)::BIGINT AS bills
    FROM mart_shop_daily
    WHERE origin = $origin AND currency = $currency AND business_date BETWEEN $first_day AND $last_day
    GROUP BY ALL ORDER BY day
"""
_TOP = """
    SELECT shop_id, sum(sales_paisa)::BIGINT AS sales_paisa, sum(bills)::BIGINT AS bills,
           sum(khata_given_paisa)::BIGINT AS khata_given_paisa,
           sum(khata_collected_paisa)::BIGINT AS khata_collected_paisa,
           arg_max(outstanding_paisa, business_date) AS outstanding_paisa
    FROM mart_shop_daily
    WHERE origin = $origin AND currency = $currency AND business_date BETWEEN $first_day AND $last_day
    GROUP BY shop_id ORDER BY sales_paisa DESC, shop_id LIMIT 10
"""


def markets(run_id: str) -> list[Market]:
    """The markets in which shops bill or keep khatas, those first with the most bills."""
    return [Market(**row) for row in rows(run_id, _MARKETS, {}).to_dicts()]


def totals(asked: Asked) -> dict[str, Any]:
    """Bills, sales, tax and khatas over the period; outstanding_paisa at its end."""
    return rows(asked.run_id, _TOTALS, _parameters(asked)).to_dicts()[0]


def days(asked: Asked) -> pl.DataFrame:
    """The same by day, the newest first; outstanding_paisa is what all shops are owed at the end of the day."""
    return rows(asked.run_id, _DAYS, _parameters(asked))


def trend(asked: Asked, column: str) -> pl.DataFrame:
    """`sales_paisa` or `bills` by day, week or month: `day`, `end` (the day after), `value`."""
    grain = "day" if asked.grain == "date" else asked.grain
    found = rows(asked.run_id, _TREND, {**_parameters(asked), "grain": grain})
    return found.select("day", "end", value=pl.col(column))


def top_shops(asked: Asked) -> list[dict[str, Any]]:
    """The shops that sold most: shop_id, sales, bills, khatas; outstanding_paisa on its last day of the period."""
    return rows(asked.run_id, _TOP, _parameters(asked)).to_dicts()


def _parameters(asked: Asked) -> dict[str, str | date]:
    return {**asked.market.where, "first_day": asked.period[0], "last_day": asked.period[1]}

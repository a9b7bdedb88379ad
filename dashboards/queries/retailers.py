"""A retailer's trade credit: standing, score, debts, payments; from the marts of one published run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from dashboards.queries.market import Market
from dashboards.queries.publication import rows
from foundation import score
from foundation.published import Publication

MONTHS_OF_HISTORY = 36

_RETAILERS = """
    SELECT retailer_id, zone, grade FROM mart_retailer_360
    WHERE origin = $origin AND currency = $currency
    ORDER BY total_paisa DESC, retailer_id
"""
_STANDING = """
    SELECT standing.*, standing.receivable_paisa / nullif(standing.limit_paisa, 0) AS utilisation,
           business.country, business.state, business.tax_profile, business.keeps_books,
           score.model_version, score.payment_points, score.debt_points, score.volume_points, score.age_points,
           score.matured_items, score.late_items, score.worst_days_late, score.bounced_payments,
           score.debt_ratio, score.order_days, score.account_days, score.own_points, score.own_sales_ratio,
           score.own_money_ratio, coalesce(score.reason_codes, '') AS reason_codes,
           (SELECT count(DISTINCT item_id) FROM fct_receivable_balance
            WHERE retailer_id = $retailer_id AND currency = $currency AND kind = 'write_off') AS write_offs,
           lately.cash_90d_paisa, lately.credit_90d_paisa
    FROM mart_retailer_360 AS standing
    CROSS JOIN (
        SELECT coalesce(sum(total_paisa) FILTER (WHERE settlement <> 'credit'), 0)::BIGINT AS cash_90d_paisa,
               coalesce(sum(total_paisa) FILTER (WHERE settlement = 'credit'), 0)::BIGINT AS credit_90d_paisa
        FROM fct_orders
        WHERE retailer_id = $retailer_id AND origin = $origin AND currency = $currency
          AND order_date > CAST($as_of AS DATE) - INTERVAL 90 DAY
    ) AS lately
    JOIN dim_business AS business ON business.business_id = standing.retailer_id
    LEFT JOIN credit_score AS score ON score.retailer_id = standing.retailer_id
    WHERE standing.retailer_id = $retailer_id AND standing.origin = $origin AND standing.currency = $currency
"""
_SELLERS = """
    WITH owed AS (
        SELECT vendor_id, sum(balance_paisa)::BIGINT AS balance_paisa, sum(not_due_paisa)::BIGINT AS not_due_paisa,
               sum(overdue_1_30_paisa)::BIGINT AS overdue_1_30_paisa,
               sum(overdue_31_60_paisa)::BIGINT AS overdue_31_60_paisa,
               sum(overdue_61_90_paisa)::BIGINT AS overdue_61_90_paisa,
               sum(overdue_over_90_paisa)::BIGINT AS overdue_over_90_paisa,
               sum(disputed_paisa)::BIGINT AS disputed_paisa,
               max(days_past_due_max) AS days_past_due
        FROM fct_receivable_ageing
        WHERE retailer_id = $retailer_id AND origin = $origin AND currency = $currency AND reporting_date = $as_of
        GROUP BY vendor_id
    ), limits AS (
        SELECT vendor_id, arg_max(limit_paisa, decided_at) AS limit_paisa
        FROM fct_decisions
        WHERE retailer_id = $retailer_id AND origin = $origin AND currency = $currency
          AND kind = 'limit' AND outcome = 'granted'
        GROUP BY vendor_id
    ), bought AS (
        SELECT vendor_id, sum(total_paisa)::BIGINT AS bought_paisa, min(order_date) AS first_order_date
        FROM fct_orders
        WHERE retailer_id = $retailer_id AND origin = $origin AND currency = $currency
          AND order_date > CAST($as_of AS DATE) - INTERVAL 12 MONTH
        GROUP BY vendor_id
    )
    SELECT vendor_id, first_order_date, coalesce(bought_paisa, 0) AS bought_paisa,
           coalesce(bought_paisa, 0) / nullif(sum(bought_paisa) OVER (), 0) AS share_bought, limit_paisa,
           coalesce(balance_paisa, 0) AS balance_paisa, coalesce(not_due_paisa, 0) AS not_due_paisa,
           coalesce(overdue_1_30_paisa, 0) AS overdue_1_30_paisa,
           coalesce(overdue_31_60_paisa, 0) AS overdue_31_60_paisa,
           coalesce(overdue_61_90_paisa, 0) AS overdue_61_90_paisa,
           coalesce(overdue_over_90_paisa, 0) AS overdue_over_90_paisa,
           coalesce(disputed_paisa, 0) AS disputed_paisa,
           coalesce(days_past_due, 0) AS days_past_due
    FROM bought FULL JOIN owed USING (vendor_id) FULL JOIN limits USING (vendor_id)
    ORDER BY balance_paisa DESC, bought_paisa DESC, vendor_id
"""
_MONTHS = """
    WITH days AS (
        SELECT calendar_date AS day, month_end_date FROM dim_date
        WHERE calendar_date = least(month_end_date, $as_of) AND calendar_date <= $as_of
          AND calendar_date > CAST($as_of AS DATE) - to_months(CAST($months AS INTEGER))
          AND month_end_date >= (SELECT least(min(first_order_date), min(joined_date)) FROM mart_retailer_360
                                 WHERE retailer_id = $retailer_id)
    ), owed AS (
        SELECT reporting_date AS day, max(days_past_due_max) AS days_past_due,
               sum(balance_paisa)::BIGINT AS balance_paisa, sum(overdue_paisa)::BIGINT AS overdue_paisa
        FROM fct_receivable_ageing
        WHERE retailer_id = $retailer_id AND origin = $origin AND currency = $currency
        GROUP BY reporting_date
    ), bought AS (
        SELECT last_day(order_date) AS month_end_date, count(*) AS orders, sum(total_paisa)::BIGINT AS bought_paisa,
               sum(total_paisa) FILTER (WHERE settlement = 'credit')::BIGINT AS credit_paisa,
               sum(total_paisa) FILTER (WHERE settlement <> 'credit')::BIGINT AS cash_paisa
        FROM fct_orders WHERE retailer_id = $retailer_id AND origin = $origin AND currency = $currency
        GROUP BY ALL
    ), paid AS (
        SELECT last_day(paid_date) AS month_end_date, sum(amount_paisa)::BIGINT AS paid_paisa
        FROM fct_payments WHERE retailer_id = $retailer_id AND origin = $origin AND currency = $currency
        GROUP BY ALL
    )
    SELECT day, coalesce(orders, 0) AS orders, coalesce(bought_paisa, 0) AS bought_paisa,
           coalesce(credit_paisa, 0) AS credit_paisa, coalesce(cash_paisa, 0) AS cash_paisa,
           coalesce(paid_paisa, 0) AS paid_paisa, coalesce(balance_paisa, 0) AS balance_paisa,
           coalesce(overdue_paisa, 0) AS overdue_paisa, coalesce(days_past_due, 0) AS days_past_due
    FROM days LEFT JOIN owed USING (day) LEFT JOIN bought USING (month_end_date)
    LEFT JOIN paid USING (month_end_date)
    ORDER BY day
"""
_PAYMENTS = """
    SELECT paid_date, vendor_id, amount_paisa, mode, is_bounce, is_assumed,
           CASE WHEN is_bounce THEN 'bounced' WHEN amount_paisa < 0 THEN 'recorded by mistake'
                WHEN is_assumed THEN 'assumed by the import' ELSE '' END AS note
    FROM fct_payments WHERE retailer_id = $retailer_id AND origin = $origin AND currency = $currency
    ORDER BY paid_date DESC, payment_id
"""
_DEBTS = """
    SELECT vendor_id, kind, document_date, due_date, amount_paisa, open_paisa, disputed_paisa,
           CASE WHEN open_paisa > disputed_paisa
                THEN greatest(0, date_diff('day', due_date, CAST($as_of AS DATE))) ELSE 0 END AS days_past_due,
           is_assumed
    FROM fct_receivable_balance
    WHERE retailer_id = $retailer_id AND origin = $origin AND currency = $currency
      AND is_debit AND open_paisa <> 0 AND valid_from <= $as_of AND valid_to > $as_of
    ORDER BY due_date, document_date, item_id
"""


@dataclass(frozen=True)
class Dossier:
    """What one run knows of a retailer's trade credit in one currency. Ids are still ids."""

    run_id: str
    as_of: date
    ledger_head: Mapping[str, Any]
    market: Market
    standing: Mapping[str, Any]
    components: pl.DataFrame
    """component, weight_percent, earned_percent; empty without a score."""
    reasons: tuple[str, ...]
    sellers: pl.DataFrame
    months: pl.DataFrame
    payments: pl.DataFrame
    debts: pl.DataFrame

    @property
    def retailer_id(self) -> str:
        """Whose it is."""
        return str(self.standing["retailer_id"])

    @property
    def vendor_ids(self) -> list[str]:
        """Everybody whom it names beside the retailer."""
        return sorted(
            {one for frame in (self.sellers, self.payments, self.debts) for one in frame["vendor_id"]}
        )


def retailers(run_id: str, market: Market) -> list[dict[str, Any]]:
    """The retailers of a market, those first that bought most: retailer_id, zone, grade."""
    return rows(run_id, _RETAILERS, market.where).to_dicts()


def dossier(publication: Publication, market: Market, retailer_id: str) -> Dossier:
    """All of a retailer's trade credit that the run knows."""
    run_id, as_of = publication.run_id, publication.as_of
    who: dict[str, Any] = {**market.where, "retailer_id": retailer_id}
    then = {**who, "as_of": as_of}
    [standing] = rows(run_id, _STANDING, then).to_dicts()
    return Dossier(
        run_id=run_id,
        as_of=as_of,
        ledger_head=publication.manifest["ledger_head"],
        market=market,
        standing=standing,
        components=_components(standing),
        # A retailer that joined after the score was made stands in no row of it.
        reasons=tuple(one.text for one in score.explain(standing)) if standing["model_version"] else (),
        sellers=rows(run_id, _SELLERS, then),
        months=rows(run_id, _MONTHS, {**then, "months": MONTHS_OF_HISTORY}),
        payments=rows(run_id, _PAYMENTS, who),
        debts=rows(run_id, _DEBTS, then),
    )


def _components(standing: Mapping[str, Any]) -> pl.DataFrame:
    scored = score.parts_of(standing) if standing["score"] is not None else ()
    return pl.DataFrame(
        {
            "component": [part.title for part in scored],
            "weight_percent": [part.weight_percent for part in scored],
            "earned_percent": [standing[part.column] / 100 for part in scored],
        },
        schema={"component": pl.String, "weight_percent": pl.Int64, "earned_percent": pl.Float64},
    )

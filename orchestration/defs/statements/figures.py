"""What a month leaves on paper, as SELECTs over a publication with bound parameters."""

from __future__ import annotations

from datetime import date

import polars as pl

from foundation.published import Publication

OVERDUE_DAYS = 30
USED_UP_PERCENT = 90
GOOD_GRADES = ("A", "B")
WEAK_GRADES = ("D", "E")

_STATEMENTS = """
    WITH items AS (
        -- An item's own amount stands on each of its intervals.
        SELECT DISTINCT item_id, vendor_id, retailer_id, origin, currency, kind, document_date, amount_paisa
        FROM fct_receivable_balance WHERE document_date <= $last
    )
    SELECT vendor_id, retailer_id, origin, currency, $first::DATE AS first_date, $last::DATE AS last_date,
           coalesce(sum(amount_paisa) FILTER (document_date < $first), 0)::BIGINT AS opening_paisa,
           coalesce(sum(amount_paisa) FILTER (document_date >= $first AND kind = 'charge'), 0)::BIGINT
               AS charged_paisa,
           coalesce(sum(amount_paisa) FILTER (document_date >= $first AND kind = 'payment'), 0)::BIGINT
               AS paid_paisa,
           coalesce(sum(amount_paisa) FILTER (document_date >= $first AND kind NOT IN ('charge', 'payment')), 0)
               ::BIGINT AS other_paisa,
           sum(amount_paisa)::BIGINT AS closing_paisa
    FROM items
    GROUP BY vendor_id, retailer_id, origin, currency
    HAVING sum(amount_paisa) <> 0 OR count(*) FILTER (document_date >= $first) > 0
    ORDER BY vendor_id, retailer_id, currency
"""

_VENDORS = """
    SELECT performance.*, ranking.rank, ranking.score, ranking.grade
    FROM mart_vendor_performance AS performance
    LEFT JOIN vendor_ranking AS ranking USING (vendor_id, currency)
    ORDER BY performance.origin, performance.currency, ranking.rank NULLS LAST, vendor_id
"""

_LIMITS = """
    SELECT retailer_id, currency, origin, limit_paisa, receivable_paisa, overdue_paisa, disputed_paisa,
           days_past_due_max, score, grade,
           CASE
               WHEN days_past_due_max > $overdue_days THEN 'overdue'
               WHEN list_contains($weak, grade) AND receivable_paisa > 0 THEN 'weak grade'
               WHEN list_contains($good, grade) THEN 'good and used up'
               ELSE 'used up'
           END AS reason
    FROM mart_retailer_360
    WHERE limit_paisa > 0 AND (
        days_past_due_max > $overdue_days
        OR (list_contains($weak, grade) AND receivable_paisa > 0)
        OR receivable_paisa * 100 >= limit_paisa * $used_up_percent
    )
    ORDER BY origin, currency, overdue_paisa DESC, retailer_id
"""


def statements(publication: Publication, *, first: date, last: date) -> pl.DataFrame:
    """What each retailer owed each vendor at the beginning, what moved, and what it owed at the end, in paisa.

    Payments and credit notes are negative; opening + charged + paid + other = closing.
    """
    return publication.query(_STATEMENTS, {"first": first, "last": last})


def vendor_snapshots(publication: Publication) -> pl.DataFrame:
    """Every vendor's last 90 days and its place in the ranking, as of the publication."""
    return publication.query(_VENDORS)


def limit_review(publication: Publication) -> pl.DataFrame:
    """Retailers whose limits a person should look at, with the first reason that holds."""
    return publication.query(
        _LIMITS,
        {
            "overdue_days": OVERDUE_DAYS,
            "used_up_percent": USED_UP_PERCENT,
            "good": list(GOOD_GRADES),
            "weak": list(WEAK_GRADES),
        },
    )

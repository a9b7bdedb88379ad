"""How far the carried data reaches: the last business day that is over, with trade and without."""

from __future__ import annotations

from datetime import date

import psycopg

from foundation import locations
from ingestion.checks import NothingIngested
from ingestion.merge import BATCHES

# The day of the cut was not over when it was taken, so activity on it stands for the day before. A day
# beyond the cut can only come from a moved clock (the simulator works in whole days) and counts as over.
# Post-dated payments and those that an import assumed say nothing about how far the data reaches.
_LAST_CLOSED_DAY = f"""
    WITH cut AS (
        SELECT cut_at FROM {BATCHES} ORDER BY batch DESC LIMIT 1
    ), active AS (
        SELECT vendor_id, max(placed_on) AS day FROM raw.orders GROUP BY vendor_id
        UNION ALL
        SELECT vendor_id, max(document_date) FROM raw.deliveries GROUP BY vendor_id
        UNION ALL
        SELECT p.vendor_id, max((p.recorded_at AT TIME ZONE b.time_zone)::date)
        FROM raw.payments p JOIN raw.businesses b ON b.id = p.vendor_id
        WHERE NOT p.is_assumed GROUP BY p.vendor_id
    ), closed AS (
        SELECT CASE
                   WHEN active.day = (cut.cut_at AT TIME ZONE b.time_zone)::date THEN active.day - 1
                   ELSE active.day
               END AS day
        FROM active JOIN raw.businesses b ON b.id = active.vendor_id CROSS JOIN cut
    )
    SELECT coalesce(max(closed.day), (cut.cut_at AT TIME ZONE 'UTC')::date - 1)
    FROM cut LEFT JOIN closed ON true GROUP BY cut.cut_at
"""  # noqa: S608 - a constant

# A day is over when it is over for everybody, so where the sun sets last.
_LAST_OVER_DAY = f"""
    SELECT coalesce(min((cut.cut_at AT TIME ZONE b.time_zone)::date), (cut.cut_at AT TIME ZONE 'UTC')::date) - 1
    FROM (SELECT cut_at FROM {BATCHES} ORDER BY batch DESC LIMIT 1) AS cut LEFT JOIN raw.businesses b ON true
    GROUP BY cut.cut_at
"""  # noqa: S608 - a constant


def last_closed_day(warehouse_url: str | None = None) -> date:
    """The newest business day with trade that was over at the cut: the default `as_of` of a run.

    Without any trade the day before the cut. Raises NothingIngested.
    """
    return _day(_LAST_CLOSED_DAY, warehouse_url)


def last_over_day(warehouse_url: str | None = None) -> date:
    """The newest day that was over at the cut wherever a business stands, traded on or not.

    Raises NothingIngested.
    """
    return _day(_LAST_OVER_DAY, warehouse_url)


def _day(query: str, warehouse_url: str | None) -> date:
    with psycopg.connect(warehouse_url or locations.warehouse_url()) as warehouse:
        exists = warehouse.execute("SELECT to_regclass(%s)", (BATCHES,)).fetchone()
        if exists is None or exists[0] is None:
            raise NothingIngested
        row = warehouse.execute(query.encode()).fetchone()
    if row is None:
        raise NothingIngested
    day: date = row[0]
    return day

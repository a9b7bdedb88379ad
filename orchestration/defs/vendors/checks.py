"""A ranking that skips or repeats a place is not published."""

import dagster as dg

from orchestration.defs.vendors.assets import vendor_ranking
from orchestration.resources import Warehouse

_WRONG = """
    SELECT count(*) FROM (
        SELECT rank, row_number() OVER (PARTITION BY origin, currency ORDER BY rank, vendor_id) AS place,
               min(rank) OVER (PARTITION BY origin, currency) AS first,
               score BETWEEN 0 AND 100 AS is_score
        FROM predictions.vendor_ranking WHERE as_of = DATE '{as_of}' AND rank IS NOT NULL
    ) ranked
    WHERE rank > place OR first <> 1 OR is_score IS NOT TRUE
"""


@dg.asset_check(asset=vendor_ranking, blocking=True)
def places_are_in_order(warehouse: Warehouse) -> dg.AssetCheckResult:
    """Each market's places begin with 1 and leave no gap but after equals; scores are 0 to 100."""
    wrong = warehouse.count(_WRONG.format(as_of=warehouse.day()))
    return dg.AssetCheckResult(passed=wrong == 0, description=f"{wrong} vendors stand in a wrong place")

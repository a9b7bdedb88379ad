"""A forecast that contradicts itself is not published."""

import dagster as dg

from orchestration.defs.demand.assets import KEYS
from orchestration.resources import Warehouse

_WRONG = """
    SELECT count(*) FROM predictions.demand_forecast
    WHERE as_of = DATE '{as_of}'
      AND NOT (mean_units >= 0 AND mean_units < 'Infinity' AND p10_units >= 0 AND p90_units < 'Infinity'
               AND p10_units <= p50_units AND p50_units <= p80_units AND p80_units <= p90_units)
"""


@dg.asset_check(asset=KEYS["demand_forecast"], blocking=True)
def quantiles_are_ordered(warehouse: Warehouse) -> dg.AssetCheckResult:
    """Every day's p10, p50, p80 and p90 are numbers, none negative, each at least the one before."""
    wrong = warehouse.count(_WRONG.format(as_of=warehouse.day()))
    return dg.AssetCheckResult(passed=wrong == 0, description=f"{wrong} forecast days contradict themselves")

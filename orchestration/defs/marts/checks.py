"""What the marts must be before anything is published of them, beside dbt's own tests."""

from collections.abc import Iterator

import dagster as dg

from orchestration.defs.marts.assets import MARTS
from orchestration.resources import Warehouse

FED_BY = {
    "dim_business": "businesses",
    "dim_product": "products",
    "fct_orders": "orders",
    "fct_order_lines": "order_lines",
    "fct_receivable_balance": "receivable_items",
    "mart_executive_daily": "businesses",
}
"""Marts that cannot be empty while the raw table beside them is not."""

NOBODY_YET = (
    "there is no business yet; register some, `sauda import trade` a history or `sauda demo` a market"
)

_TABLES = sorted({f"raw.{table}" for table in FED_BY.values()} | {f"marts.{mart}" for mart in FED_BY})
_COUNTS = "SELECT " + ", ".join(f'(SELECT count(*) FROM {table}) AS "{table}"' for table in _TABLES)  # noqa: S608 - names of this file

_KEYS = {key.path[-1]: key for key in MARTS}


@dg.multi_asset_check(
    name="marts_are_not_empty",
    specs=[dg.AssetCheckSpec("is_not_empty", asset=_KEYS[mart], blocking=True) for mart in FED_BY],
)
def marts_are_not_empty(warehouse: Warehouse) -> Iterator[dg.AssetCheckResult]:
    """A mart is empty only where nothing feeds it; a market without businesses is not published at all."""
    day = warehouse.day()
    counts = warehouse.rows(_COUNTS).row(0, named=True)
    for mart, table in FED_BY.items():
        fed, rows = counts[f"raw.{table}"], counts[f"marts.{mart}"]
        yield dg.AssetCheckResult(
            asset_key=_KEYS[mart],
            check_name="is_not_empty",
            passed=rows > 0 or (fed == 0 and mart != "dim_business"),
            description=NOBODY_YET
            if mart == "dim_business" and fed == 0
            else f"{rows} rows as of {day}, from {fed} of raw.{table}",
        )

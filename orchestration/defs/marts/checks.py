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

_KEYS = {key.path[-1]: key for key in MARTS}


@dg.multi_asset_check(
    name="marts_are_not_empty",
    specs=[dg.AssetCheckSpec("is_not_empty", asset=_KEYS[mart], blocking=True) for mart in FED_BY],
)
def marts_are_not_empty(warehouse: Warehouse) -> Iterator[dg.AssetCheckResult]:
    """A mart is empty only where nothing feeds it; a market without businesses is not published at all."""
    day = warehouse.day()
    for mart, table in FED_BY.items():
        fed = warehouse.count(f'SELECT count(*) FROM raw."{table}"')  # noqa: S608 - names of this file
        rows = warehouse.count(f'SELECT count(*) FROM marts."{mart}"')  # noqa: S608 - names of this file
        yield dg.AssetCheckResult(
            asset_key=_KEYS[mart],
            check_name="is_not_empty",
            passed=rows > 0 or (fed == 0 and mart != "dim_business"),
            description=f"{rows} rows as of {day}, from {fed} of raw.{table}",
        )

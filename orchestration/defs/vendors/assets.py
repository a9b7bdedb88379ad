"""Vendors ranked by what they did for those who ordered in the last 90 days."""

from datetime import date

import dagster as dg
import polars as pl

from orchestration.predictions import PredictionTable, replace_partition
from orchestration.resources import Warehouse
from transforms.learning.vendor_ranking import RANKING_SCHEMA, rank_vendors

RANKING = PredictionTable(
    "vendor_ranking",
    {
        "vendor_id": "text NOT NULL",
        "origin": "varchar(40) NOT NULL",
        "currency": "varchar(3) NOT NULL",
        "grade": "varchar(20) NOT NULL",
        "rank": "integer",
        "score": "float8",
        "fill": "float8",
        "on_time": "float8",
        "acceptance": "float8",
        "price": "float8",
        "orders_asked": "bigint NOT NULL",
        "lines_asked": "bigint NOT NULL",
        "deliveries": "bigint NOT NULL",
        "priced_lines": "bigint NOT NULL",
        "reason": "text NOT NULL",
    },
    ("vendor_id", "currency"),
)

# Quantities of different goods add up only in money: what was asked for, and what of it came.
_COUNTS = """
    SELECT origin, currency, vendor_id, orders_imported_90d::bigint AS orders_imported,
           orders_answered_90d::bigint AS orders_asked, orders_accepted_90d::bigint AS orders_accepted,
           lines_closed_90d::bigint AS lines_asked,
           asked_90d_paisa::float8 AS quantity_asked, filled_90d_paisa::float8 AS quantity_filled,
           orders_promised_90d::bigint AS deliveries, orders_on_time_90d::bigint AS deliveries_on_time,
           products_compared::bigint AS priced_lines, price_ratio::float8 AS price_to_market
    FROM marts.mart_vendor_performance
"""


@dg.asset(
    key=["predictions", "vendor_ranking"],
    deps=[dg.AssetKey(["marts", "mart_vendor_performance"])],
    group_name="vendors",
)
def vendor_ranking(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
    """Rank the vendors of each market: those of one origin that sell in one currency."""
    as_of = warehouse.day()
    frame = rank_markets(warehouse.rows(_COUNTS), as_of)
    rows = replace_partition(warehouse.url, RANKING, frame, as_of=as_of, run_id=context.run.run_id)
    return dg.MaterializeResult(metadata={"rows": rows, "as_of": str(as_of)})


def rank_markets(counts: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """The ranking of every origin and currency by itself, one below the other."""
    ranked = [
        rank_vendors(vendors.drop("origin", "currency"), as_of).with_columns(
            origin=pl.lit(origin), currency=pl.lit(currency)
        )
        for (origin, currency), vendors in counts.sort("origin", "currency").group_by(
            "origin", "currency", maintain_order=True
        )
    ]
    nothing = pl.DataFrame(schema={**RANKING_SCHEMA, "origin": pl.String, "currency": pl.String})
    return pl.concat([nothing, *ranked]).with_columns(pl.col("reason").fill_null(""))

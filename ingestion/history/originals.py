"""Which sale line a cancellation takes back."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import polars as pl

from ingestion.history.mapping import Cancellations


def match(lines: pl.DataFrame, rule: Cancellations) -> pl.DataFrame:
    """Add `original_row_no` to canonical lines: null where none fits, or where the line is no cancellation.

    `lines` are in the order of time. A sale line is never taken back beyond its own quantity, and only
    later. A line without customer finds nothing by customer: the walk-in is many people.
    """
    nothing = pl.lit(None, pl.Int64).alias("original_row_no")
    if rule.originals == "none":
        return lines.with_columns(nothing)
    sale_keys, cancellation_keys = _keys(rule)
    lines = lines.with_row_index("at")
    cancelled = lines.filter(pl.col("kind") == "cancellation").drop_nulls(cancellation_keys)
    cancelled = cancelled.with_columns(
        pl.struct(cancellation_keys).struct.rename_fields(sale_keys).alias("key")
    )
    names = cancelled.select("key").unique().with_row_index("group")
    sold = lines.filter(pl.col("kind") == "sale").drop_nulls(sale_keys)
    sold = sold.with_columns(pl.struct(sale_keys).alias("key"))
    both = pl.concat(
        [
            rows.join(names, on="key", how="inner").select("at", "row_no", "kind", "quantity", "group")
            for rows in (sold, cancelled)
        ]
    ).sort("at")
    found = _walk(both)
    pairs = pl.DataFrame(found, schema={"row_no": pl.Int64, "original_row_no": pl.Int64}, orient="row")
    return lines.drop("at").join(pairs, on="row_no", how="left", maintain_order="left")


def _keys(rule: Cancellations) -> tuple[list[str], list[str]]:
    if rule.originals == "document":
        return ["document_no", "product_code"], ["original_document_no", "product_code"]
    return list(rule.match), list(rule.match)


def _walk(both: pl.DataFrame) -> list[tuple[int, int]]:
    """Cancellations in the order of time, each with the last earlier line that still has the quantity."""
    open_lines: dict[int, list[list[int | Decimal]]] = defaultdict(list)
    found = []
    for _, row_no, kind, quantity, group in both.iter_rows():
        if kind == "sale":
            open_lines[group].append([row_no, quantity])
            continue
        for line in reversed(open_lines[group]):
            if line[1] >= -quantity:
                line[1] += quantity
                found.append((row_no, int(line[0])))
                break
    return found

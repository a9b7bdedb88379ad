"""What an import is told besides its lines, and what follows from all of its lines at once. Pure.

Lines are a polars frame in the order of time, one row each, with the columns row_no, document_no,
document_ordinal, kind (sale, cancellation, adjustment, bad_debt), product_code, description, unit,
quantity, unit_price, amount_paisa, occurred_at, customer_ref, customer_name, country, original_row_no.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

import polars as pl


@dataclass(frozen=True)
class Trader:
    """Whose past it is."""

    name: str
    country: str
    state: str
    zone: str
    currency: str
    time_zone: str


@dataclass(frozen=True)
class Settlement:
    """How documents were paid: at once (`cash`), or by `terms` and an assumed payment some days after due."""

    kind: Literal["cash", "terms"]
    due_days: int = 0
    paid_days_after_due: int = 0


@dataclass(frozen=True)
class ImportPlan:
    """One file as it is meant, with the figures that it must reconcile to (major units, exact)."""

    file_hash: str
    file_name: str
    mapping_name: str
    mapping_hash: str
    trader: Trader
    settlement: Settlement
    has_opening_stock: bool
    services: frozenset[str]
    customer_name_pattern: str
    walk_in_name: str
    document_count: int
    line_count: int
    rejected_count: int
    file_total: Decimal
    rejected_total: Decimal
    rounding_total: Decimal
    begins_at: datetime
    ends_on: date
    """The last business day of the history: nothing is assumed to have happened after it."""

    @property
    def import_id(self) -> UUID:
        """Made of the file's hash, so that id and row number are the line's identity."""
        return import_id_of(self.file_hash)


def import_id_of(file_hash: str) -> UUID:
    """The id of the import of a file."""
    return UUID(int=int(file_hash[:32], 16) & ~(0xF << 76) & ~(3 << 62) | 8 << 76 | 2 << 62)


def line_id(import_id: UUID, row_no: int) -> str:
    """The id of what a line made by itself: the same for the same line of the same file, for ever."""
    tail = (import_id.int + row_no * 0x9E3779B97F4A7C15) & ((1 << 62) - 1)
    return str(UUID(int=import_id.int >> 62 << 62 | tail))


def with_consequences(lines: pl.DataFrame, plan: ImportPlan) -> pl.DataFrame:
    """Add what depends on the whole history: days, numbers, stock after each line, assumed payments.

    Added columns: day, number, line_no, is_service, product_name, opening_quantity (on a product's first line),
    on_hand_after, paid_on and paid_paisa (of the line's document), settled_paisa (of a cancellation: what it
    takes off its original's debt).
    """
    frame = lines.with_columns(
        pl.col("occurred_at").dt.convert_time_zone(plan.trader.time_zone).dt.date().alias("day"),
        _number().alias("number"),
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("document_ordinal").alias("line_no"),
        pl.col("product_code").is_in(list(plan.services)).alias("is_service"),
    )
    return _with_settlement(_with_stock(_with_names(frame), plan), plan)


def _number() -> pl.Expr:
    """The document's number; a second document of the same number and sort gets `/2`."""
    sort = pl.when(pl.col("kind") == "sale").then(0).otherwise(1)
    turn = pl.col("document_ordinal").rank("dense").over("document_no", sort)
    return pl.when(turn == 1).then("document_no").otherwise(pl.format("{}/{}", "document_no", turn))


def _with_names(frame: pl.DataFrame) -> pl.DataFrame:
    """A product is called what most of its sales call it: corrections of stock describe the mishap instead."""
    told = frame.filter(pl.col("description").is_not_null())
    names = (
        told.group_by("product_code", "description")
        .agg((pl.col("kind") == "sale").sum().alias("sales"), pl.col("row_no").min())
        .sort("sales", "row_no", descending=[True, False])
        .unique("product_code", keep="first", maintain_order=True)
        .select("product_code", pl.col("description").alias("product_name"))
    )
    return frame.join(names, on="product_code", how="left", maintain_order="left").with_columns(
        pl.coalesce("product_name", "product_code").alias("product_name")
    )


def _with_stock(frame: pl.DataFrame, plan: ImportPlan) -> pl.DataFrame:
    quantity = pl.Decimal(14, 3)
    if not plan.has_opening_stock:
        none = pl.lit(None, quantity)
        return frame.with_columns(none.alias("opening_quantity"), none.alias("on_hand_after"))
    # Bad debts move no goods, services are none; a cancellation's quantity is negative, so minus brings back.
    moved = (
        pl.when(pl.col("kind").is_in(["sale", "cancellation"]))
        .then(-pl.col("quantity"))
        .when(pl.col("kind") == "adjustment")
        .then(pl.col("quantity"))
        .otherwise(pl.lit(Decimal(0)))
    )
    frame = frame.with_columns(
        pl.when(pl.col("is_service")).then(pl.lit(Decimal(0))).otherwise(moved).cast(quantity).alias("moved")
    ).with_columns(pl.col("moved").cum_sum().over("product_code").alias("level"))
    need = -pl.min_horizontal(pl.col("level").min().over("product_code"), pl.lit(Decimal(0)))
    first = pl.int_range(pl.len()).over("product_code") == 0
    goods = ~pl.col("is_service")
    return frame.with_columns(
        pl.when(first & goods).then(need).cast(quantity).alias("opening_quantity"),
        pl.when(goods).then(pl.col("level") + need).cast(quantity).alias("on_hand_after"),
    ).drop("moved", "level")


def _with_settlement(frame: pl.DataFrame, plan: ImportPlan) -> pl.DataFrame:
    if plan.settlement.kind == "cash":
        zero = pl.lit(0, pl.Int64)
        return frame.with_columns(
            pl.lit(None, pl.Date).alias("paid_on"),
            zero.alias("paid_paisa"),
            zero.alias("settled_paisa"),
        )
    days = plan.settlement.due_days + plan.settlement.paid_days_after_due
    paid_on = pl.max_horizontal("day", pl.col("day").dt.offset_by(f"{days}d"))
    sales = (
        frame.filter(pl.col("kind") == "sale")
        .group_by("document_ordinal")
        .agg(pl.col("amount_paisa").sum().alias("charged_paisa"), paid_on.first().alias("paid_on"))
        .with_columns(pl.when(pl.col("paid_on") <= plan.ends_on).then("paid_on").alias("paid_on"))
    )
    sold_in = frame.select(
        pl.col("row_no").alias("original_row_no"), pl.col("document_ordinal").alias("sale_ordinal")
    )
    credits = (
        frame.filter(pl.col("original_row_no").is_not_null())
        .select("row_no", "original_row_no", "day", "amount_paisa")
        .join(sold_in, on="original_row_no", how="left", maintain_order="left")
        .join(sales.rename({"document_ordinal": "sale_ordinal"}), on="sale_ordinal", maintain_order="left")
        # A credit note that comes after the debt was paid settles nothing and stays a credit of the customer.
        .filter(pl.col("paid_on").is_null() | (pl.col("day") <= pl.col("paid_on")))
        .with_columns(
            pl.min_horizontal(
                (-pl.col("amount_paisa")).cum_sum().over("sale_ordinal"), "charged_paisa"
            ).alias("taken_off")
        )
        .with_columns(
            (pl.col("taken_off") - pl.col("taken_off").shift(1, fill_value=0).over("sale_ordinal")).alias(
                "settled_paisa"
            )
        )
    )
    taken = credits.group_by("sale_ordinal").agg(pl.col("settled_paisa").sum().alias("taken_off"))
    sales = sales.join(taken.rename({"sale_ordinal": "document_ordinal"}), on="document_ordinal", how="left")
    paid = sales.select(
        "document_ordinal",
        "paid_on",
        pl.when(pl.col("paid_on").is_not_null())
        .then(pl.col("charged_paisa") - pl.col("taken_off").fill_null(0))
        .otherwise(0)
        .alias("paid_paisa"),
    )
    return (
        frame.join(credits.select("row_no", "settled_paisa"), on="row_no", how="left", maintain_order="left")
        .join(paid, on="document_ordinal", how="left", maintain_order="left")
        .with_columns(pl.col("paid_paisa", "settled_paisa").fill_null(0))
    )

"""The goods of an import: orders delivered at once, returns, movements of stock."""

from __future__ import annotations

from uuid import UUID

import polars as pl
from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.history import queries
from commerce.history.bulk import ids, insert, mapped
from commerce.history.errors import ProductDiffers
from commerce.history.plan import ImportPlan, line_id


def sales(
    session: Session, plan: ImportPlan, vendor_id: UUID, documents: pl.DataFrame, lines: pl.DataFrame
) -> None:
    """Sales become orders that were placed, accepted and delivered at once."""
    is_cash = plan.settlement.kind == "cash"
    credit_state = "none" if is_cash else "charged"
    sales = documents.filter(pl.col("kind") == "sale").with_columns(
        pl.lit(str(vendor_id)).alias("vendor_id"), pl.lit(str(plan.import_id)).alias("import_id")
    )
    at = pl.col("occurred_at")
    insert(
        session,
        "orders",
        sales.select(
            pl.col("order_id").alias("id"),
            "number",
            "vendor_id",
            "retailer_id",
            pl.lit(plan.trader.currency).alias("currency"),
            pl.lit("cash" if is_cash else "credit").alias("settlement"),
            pl.lit("completed").alias("order_state"),
            pl.lit("delivered").alias("fulfilment_state"),
            pl.lit(credit_state).alias("credit_state"),
            "total_paisa",
            pl.col("total_paisa").alias("delivered_paisa"),
            at.alias("placed_at"),
            pl.col("day").alias("placed_on"),
            at.alias("accepted_at"),
            pl.col("day").alias("promised_on"),
            at.alias("closed_at"),
            pl.lit("import").alias("channel"),
            "import_id",
            at.alias("recorded_at"),
        ),
    )
    insert(
        session,
        "order_timeline",
        sales.select(
            ids(sales.height).alias("id"),
            "order_id",
            "vendor_id",
            "retailer_id",
            pl.lit("import").alias("verb"),
            pl.lit("completed").alias("order_state"),
            pl.lit("delivered").alias("fulfilment_state"),
            pl.lit(credit_state).alias("credit_state"),
            pl.lit("import").alias("channel"),
            at.alias("happened_at"),
            at.alias("recorded_at"),
        ),
    )
    sold = lines.filter(pl.col("kind") == "sale").with_columns(
        pl.lit(str(vendor_id)).alias("vendor_id"), pl.lit(str(plan.import_id)).alias("import_id")
    )
    insert(
        session,
        "order_lines",
        sold.select(
            "order_id",
            "line_no",
            "vendor_id",
            "retailer_id",
            "product_id",
            "unit",
            pl.lit(1).alias("base_quantity"),
            "unit_price",
            pl.col("quantity").alias("asked_quantity"),
            pl.col("quantity").alias("ordered_quantity"),
            pl.col("on_hand_after").is_not_null().alias("is_stock_tracked"),
            pl.col("quantity").alias("delivered_quantity"),
            "import_id",
            pl.col("row_no").alias("import_row"),
        ),
    )
    insert(session, "deliveries", _delivery_rows(plan, sales, "delivery"))
    insert(session, "delivery_lines", _delivery_line_rows(sold.with_columns(order_line_no="line_no")))


def returns(
    session: Session, plan: ImportPlan, vendor_id: UUID, documents: pl.DataFrame, lines: pl.DataFrame
) -> pl.DataFrame:
    """Cancellations become returns, of the order line they take back where it was found. Gives their lines."""
    back = lines.filter(pl.col("kind") == "cancellation").drop("order_id")
    rows = back["original_row_no"].drop_nulls().to_list()
    originals = queries.order_lines_by_row(session, plan.import_id, rows)
    back = back.join(originals, on="original_row_no", how="left", maintain_order="left").with_columns(
        pl.lit(str(vendor_id)).alias("vendor_id"),
        pl.lit(str(plan.import_id)).alias("import_id"),
        pl.col("quantity").abs(),
        pl.col("amount_paisa").abs(),
    )
    orders = back.group_by("document_ordinal").agg(
        # A return names an order only when all its lines were of that order.
        pl.when((pl.col("order_id").n_unique() == 1) & pl.col("order_id").is_not_null().all())
        .then(pl.col("order_id").first())
        .alias("order_id")
    )
    returns = (
        documents.filter(pl.col("kind") == "cancellation")
        .drop("order_id")
        .join(orders, on="document_ordinal", how="left", maintain_order="left")
        .with_columns(
            pl.lit(str(vendor_id)).alias("vendor_id"),
            pl.lit(str(plan.import_id)).alias("import_id"),
            pl.col("total_paisa").abs(),
        )
    )
    insert(session, "deliveries", _delivery_rows(plan, returns, "return"))
    insert(session, "delivery_lines", _delivery_line_rows(back))
    _count_returned(session, back.drop_nulls("order_id"))
    return back


def _delivery_rows(plan: ImportPlan, documents: pl.DataFrame, kind: str) -> pl.DataFrame:
    return documents.select(
        pl.col("delivery_id").alias("id"),
        pl.lit(kind).alias("kind"),
        "number",
        "order_id",
        "vendor_id",
        "retailer_id",
        pl.lit(plan.trader.currency).alias("currency"),
        "total_paisa",
        pl.col("occurred_at").alias("delivered_at"),
        pl.col("day").alias("document_date"),
        pl.col("occurred_at").alias("recorded_at"),
        "import_id",
    )


def _delivery_line_rows(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.select(
        "delivery_id",
        "line_no",
        "vendor_id",
        "retailer_id",
        "order_id",
        "order_line_no",
        "product_id",
        "unit",
        pl.lit(1).alias("base_quantity"),
        "quantity",
        "unit_price",
        "amount_paisa",
        "import_id",
        pl.col("row_no").alias("import_row"),
    )


def _count_returned(session: Session, back: pl.DataFrame) -> None:
    """What came back is counted on the order line and on the order; one returned whole says so."""
    if back.is_empty():
        return
    by_line = back.group_by("order_id", "order_line_no").agg(pl.col("quantity", "amount_paisa").sum())
    session.execute(
        text("""
            WITH back AS (
                SELECT * FROM unnest(
                    CAST(:orders AS uuid[]), CAST(:lines AS smallint[]), CAST(:quantities AS numeric[])
                ) AS b (order_id, line_no, quantity)
            )
            UPDATE app.order_lines line SET returned_quantity = line.returned_quantity + back.quantity
            FROM back WHERE line.order_id = back.order_id AND line.line_no = back.line_no
        """),
        {
            "orders": by_line["order_id"].to_list(),
            "lines": by_line["order_line_no"].to_list(),
            "quantities": by_line["quantity"].to_list(),
        },
    )
    by_order = by_line.group_by("order_id").agg(pl.col("amount_paisa").sum())
    session.execute(
        text("""
            WITH back AS (
                SELECT * FROM unnest(CAST(:orders AS uuid[]), CAST(:amounts AS bigint[])) AS b (order_id, amount_paisa)
            )
            UPDATE app.orders o SET returned_paisa = o.returned_paisa + back.amount_paisa, version = o.version + 1,
                fulfilment_state = CASE WHEN EXISTS (
                    SELECT FROM app.order_lines line
                    WHERE line.order_id = o.id AND line.returned_quantity < line.delivered_quantity
                ) THEN o.fulfilment_state ELSE 'returned' END
            FROM back WHERE o.id = back.order_id
        """),
        {"orders": by_order["order_id"].to_list(), "amounts": by_order["amount_paisa"].to_list()},
    )


def movements(session: Session, plan: ImportPlan, vendor_id: UUID, lines: pl.DataFrame) -> None:
    """Movements of tracked goods, and corrections of stock whether tracked or not."""
    kinds = {"sale": "delivery", "cancellation": "return", "adjustment": "adjustment"}
    adjustment = pl.col("kind") == "adjustment"
    moved = lines.filter(
        adjustment | (pl.col("on_hand_after").is_not_null() & pl.col("kind").is_in(list(kinds)))
    )
    rows = zip(moved["kind"], moved["row_no"], ids(moved.height), strict=True)
    # A correction's own id is its line's identity; the others have theirs in the delivery line.
    own = [line_id(plan.import_id, row_no) if kind == "adjustment" else id_ for kind, row_no, id_ in rows]
    moved = moved.select(
        pl.Series("id", own, pl.String),
        pl.lit(str(vendor_id)).alias("business_id"),
        "product_id",
        mapped("kind", kinds).alias("kind"),
        pl.when(adjustment).then("quantity").otherwise(-pl.col("quantity")).alias("quantity"),
        "on_hand_after",
        pl.when(adjustment)
        .then(pl.coalesce(pl.col("description").str.slice(0, 40), pl.lit("import")))
        .alias("reason"),
        pl.coalesce("delivery_id", pl.lit(str(plan.import_id))).alias("source_id"),
        pl.col("occurred_at").alias("moved_at"),
        pl.col("occurred_at").alias("recorded_at"),
    )
    opened = lines.filter(pl.col("opening_quantity").is_not_null())
    stocked = queries.stocked(session, vendor_id, opened["product_id"].to_list())
    if stocked:
        code = opened.filter(pl.col("product_id").is_in(stocked))["product_code"][0]
        raise ProductDiffers(
            f"product {code} has a stock here already, so {plan.file_name} cannot give it an opening one; "
            "set stock.mode = 'untracked' in the mapping",
            product_code=code,
        )
    insert(
        session,
        "stock_levels",
        opened.select(
            pl.lit(str(vendor_id)).alias("business_id"),
            "product_id",
            pl.col("opening_quantity").alias("on_hand"),
            pl.col("occurred_at").alias("changed_at"),
        ),
    )
    openings = opened.filter(pl.col("opening_quantity") > 0)
    insert(
        session,
        "stock_movements",
        openings.select(
            ids(openings.height).alias("id"),
            pl.lit(str(vendor_id)).alias("business_id"),
            "product_id",
            pl.lit("opening").alias("kind"),
            pl.col("opening_quantity").alias("quantity"),
            pl.col("opening_quantity").alias("on_hand_after"),
            pl.lit("import").alias("reason"),
            pl.lit(str(plan.import_id)).alias("source_id"),
            pl.col("occurred_at").alias("moved_at"),
            pl.col("occurred_at").alias("recorded_at"),
        ),
    )
    insert(session, "stock_movements", moved)
    tracked = moved.filter(pl.col("on_hand_after").is_not_null())
    levels = tracked.group_by("product_id", maintain_order=True).agg(
        pl.col("on_hand_after", "moved_at").last()
    )
    levels = levels.sort("product_id")
    session.execute(
        text("""
            UPDATE app.stock_levels level SET on_hand = after.on_hand, changed_at = after.moved_at
            FROM unnest(CAST(:products AS uuid[]), CAST(:levels AS numeric[]), CAST(:moments AS timestamptz[]))
                AS after (product_id, on_hand, moved_at)
            WHERE level.business_id = :business_id AND level.product_id = after.product_id
        """),
        {
            "business_id": vendor_id,
            "products": levels["product_id"].to_list(),
            "levels": levels["on_hand_after"].to_list(),
            "moments": levels["moved_at"].to_list(),
        },
    )

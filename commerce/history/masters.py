"""Who and what a batch speaks of: the products and parties it needs, made where they are new, and its documents."""

from __future__ import annotations

from uuid import UUID

import polars as pl
from sqlalchemy.orm import Session

from commerce.catalogue import service as catalogue
from commerce.history import money, queries
from commerce.history.bulk import ids, insert, mapped
from commerce.history.errors import ProductDiffers
from commerce.history.plan import ImportPlan, line_id


def with_products(session: Session, plan: ImportPlan, vendor_id: UUID, lines: pl.DataFrame) -> pl.DataFrame:
    """Add `product_id` to lines. Raises ProductDiffers where a code is known with another unit."""
    codes = lines.group_by("product_code", maintain_order=True).agg(
        pl.col("product_name", "unit", "is_service", "occurred_at").first(),
    )
    known = queries.products_by_code(session, vendor_id, codes["product_code"].to_list())
    new = codes.join(known, on="product_code", how="anti", maintain_order="left")
    new = new.with_columns(ids(new.height).alias("id"))
    insert(
        session,
        "products",
        new.select(
            "id",
            pl.lit(str(vendor_id)).alias("owner_id"),
            pl.col("product_code").alias("sku"),
            pl.col("product_name").str.slice(0, 200).alias("name"),
            pl.when("is_service").then(pl.lit("service")).otherwise(pl.lit("goods")).alias("category"),
            pl.col("unit").alias("base_unit"),
            pl.col("occurred_at").alias("created_at"),
            pl.col("occurred_at").alias("recorded_at"),
        ),
    )
    insert(
        session,
        "product_units",
        new.select(pl.col("id").alias("product_id"), "unit", pl.lit(1).alias("base_quantity")),
    )
    catalogue.index(session, [UUID(one) for one in new["id"]])
    known = pl.concat(
        [
            known,
            new.select("product_code", pl.col("id").alias("product_id"), pl.col("unit").alias("known_unit")),
        ]
    )
    joined = lines.join(known, on="product_code", maintain_order="left")
    other = joined.filter(pl.col("unit") != pl.col("known_unit"))
    if not other.is_empty():
        code, unit, known_unit = other.select("product_code", "unit", "known_unit").row(0)
        raise ProductDiffers(
            f"product {code} is counted in {known_unit} here and in {unit} in {plan.file_name}; "
            "give it another code, or the trader of the mapping another name",
            product_code=code,
        )
    return joined


def documents(session: Session, plan: ImportPlan, vendor_id: UUID, lines: pl.DataFrame) -> pl.DataFrame:
    """One row per document of the lines: its total, its number, and the ids of what it becomes."""
    documents = lines.group_by("document_ordinal", maintain_order=True).agg(
        pl.col(
            "kind", "document_no", "number", "occurred_at", "day", "customer_ref", "customer_name", "country"
        ).first(),
        pl.col("paid_on", "paid_paisa").first(),
        pl.col("row_no").first().alias("first_row"),
        pl.col("amount_paisa").sum().alias("total_paisa"),
    )
    taken = queries.taken_numbers(session, vendor_id, documents["number"].unique().to_list())
    goods = pl.col("kind").is_in(["sale", "cancellation"])
    documents = documents.with_columns(
        pl.when(pl.col("number").is_in(taken))
        .then(pl.format(f"{{}}~{plan.file_hash[:6]}", "number"))
        .otherwise("number")
        .alias("number"),
        pl.when(pl.col("kind") == "sale").then(ids(documents.height)).alias("order_id"),
        pl.when(goods).then(ids(documents.height)).alias("delivery_id"),
        ids(documents.height).alias("transaction_id"),
    )
    by_line = [line_id(plan.import_id, row_no) for row_no in documents["first_row"]]
    return documents.with_columns(
        pl.coalesce("delivery_id", pl.Series(by_line, dtype=pl.String)).alias("source_id"),
        pl.when(goods).then(mapped("kind", money.ENTRY_KINDS)).otherwise(pl.lit("import")).alias("source"),
    )


def with_parties(
    session: Session, plan: ImportPlan, vendor_id: UUID, documents: pl.DataFrame
) -> pl.DataFrame:
    """Add `retailer_id` to documents; those without customer belong to the one walk-in."""
    walk_in = pl.col("customer_ref").is_null()
    pattern = plan.customer_name_pattern.replace("{", "{{").replace("}", "}}").replace("{{ref}}", "{}")
    documents = documents.with_columns(
        pl.when(walk_in)
        .then(pl.lit(f"{vendor_id}#walk-in"))
        .otherwise(pl.format(f"{vendor_id}:{{}}", "customer_ref"))
        .alias("external_ref"),
        pl.when(walk_in)
        .then(pl.lit(plan.walk_in_name))
        .otherwise(pl.coalesce("customer_name", pl.format(pattern, "customer_ref")))
        .alias("party_name"),
        # The walk-in is many people of many places; what is known of them is where they bought.
        pl.when(walk_in)
        .then(pl.lit(plan.trader.country))
        .otherwise(pl.coalesce("country", pl.lit(plan.trader.country)))
        .alias("party_country"),
        walk_in.alias("is_walk_in"),
    )
    parties_ = documents.unique("external_ref", keep="first", maintain_order=True)
    known = queries.parties_by_ref(session, parties_["external_ref"].to_list())
    new = parties_.join(known, on="external_ref", how="anti", maintain_order="left")
    new = new.with_columns(ids(new.height).alias("id"))
    insert(
        session,
        "businesses",
        new.select(
            "id",
            pl.col("party_name").str.slice(0, 200).alias("name"),
            pl.lit(False).alias("is_vendor"),
            pl.lit(True).alias("is_retailer"),
            pl.lit(False).alias("keeps_books"),
            "is_walk_in",
            pl.col("party_country").alias("country"),
            pl.lit("").alias("state"),
            pl.col("party_country").alias("zone"),
            pl.lit(plan.trader.currency).alias("currency"),
            pl.lit(plan.trader.time_zone).alias("time_zone"),
            pl.lit("imported").alias("origin"),
            "external_ref",
            pl.col("occurred_at").alias("joined_at"),
            pl.col("occurred_at").alias("recorded_at"),
        ),
    )
    known = pl.concat([known, new.select("external_ref", pl.col("id").alias("retailer_id"))])
    return documents.join(known, on="external_ref", maintain_order="left")

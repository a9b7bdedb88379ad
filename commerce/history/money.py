"""The money of an import: accounts and entries; for terms also agreements, open items and assumed payments."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import polars as pl
from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.history import queries
from commerce.history.bulk import ids, insert, mapped
from commerce.history.plan import ImportPlan
from commerce.ledger import service as ledger

OTHER_SIDE = {
    "sale": "sales",
    "cancellation": "sales_returns",
    "adjustment": "stock_adjustments",
    "bad_debt": "bad_debts",
}
ENTRY_KINDS = {
    "sale": "delivery",
    "cancellation": "return",
    "adjustment": "adjustment",
    "bad_debt": "write_off",
}
POLICY = "imported-history"


def write(
    session: Session, plan: ImportPlan, vendor_id: UUID, documents: pl.DataFrame, returned: pl.DataFrame
) -> None:
    """Post every document that has an amount; under terms also write its item, its payment and settlements.

    `documents` are a batch's, `returned` the lines of its returns with the order line that each takes back.
    """
    accounts = ledger.accounts_of(session, business_id=vendor_id, currency=plan.trader.currency)
    clearing = str(accounts["clearing"])
    on_terms = plan.settlement.kind == "terms"
    if on_terms:
        documents = _with_agreements(session, plan, vendor_id, documents)
    documents = documents.filter(pl.col("total_paisa") != 0)
    documents = documents.with_columns(ids(documents.height).alias("item_id"))
    other = {kind: str(accounts[code]) for kind, code in OTHER_SIDE.items()}
    _post(
        session,
        plan,
        vendor_id,
        documents.select(
            pl.col("transaction_id").alias("id"),
            mapped("kind", ENTRY_KINDS).alias("kind"),
            "source",
            "source_id",
            pl.col("day").alias("effective_date"),
            pl.col("occurred_at").alias("recorded_at"),
            pl.lit(False).alias("is_assumed"),
            (pl.col("receivable_id") if on_terms else pl.lit(clearing)).alias("first_account"),
            mapped("kind", other).alias("second_account"),
            "total_paisa",
        ),
    )
    if on_terms:
        _write_items(session, plan, vendor_id, documents)
        _write_credits(session, plan, vendor_id, documents, returned)
        payments = _write_payments(session, plan, vendor_id, clearing, documents)
        _move_balances(session, documents, payments)


def _post(session: Session, plan: ImportPlan, vendor_id: UUID, entries: pl.DataFrame) -> None:
    """Transactions and their two postings each; one statement each, so that the ledger's proof sees them whole."""
    now: datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one()
    insert(
        session,
        "ledger_transactions",
        entries.select(
            "id",
            pl.lit(str(vendor_id)).alias("business_id"),
            "kind",
            "source",
            "source_id",
            "effective_date",
            "recorded_at",
            pl.lit(now).alias("imported_at"),
            "is_assumed",
        ),
    )
    sides = [
        entries.select(
            pl.lit(str(vendor_id)).alias("business_id"),
            pl.col("id").alias("transaction_id"),
            pl.lit(line_no).alias("line_no"),
            pl.col(account).alias("account_id"),
            (pl.col("total_paisa") * sign).alias("amount_paisa"),
            pl.lit(plan.trader.currency).alias("currency"),
        )
        for line_no, account, sign in ((1, "first_account", 1), (2, "second_account", -1))
    ]
    insert(session, "postings", pl.concat(sides))


# Terms --------------------------------------------------------------------------------------


def _with_agreements(
    session: Session, plan: ImportPlan, vendor_id: UUID, documents: pl.DataFrame
) -> pl.DataFrame:
    """Add `agreement_id` and `receivable_id`, made where a customer has none. The limit is zero: none is known."""
    parties = documents.unique("retailer_id", keep="first", maintain_order=True)
    currency = plan.trader.currency
    known = queries.agreements(session, vendor_id, currency, parties["retailer_id"].to_list())
    new = parties.join(known, on="retailer_id", how="anti", maintain_order="left").select(
        "retailer_id",
        pl.col("occurred_at").alias("moment"),
        pl.lit(str(vendor_id)).alias("vendor_id"),
        pl.lit(currency).alias("currency"),
    )
    new = new.with_columns(ids(new.height).alias("agreement_id"), ids(new.height).alias("receivable_id"))
    insert(
        session,
        "accounts",
        new.select(
            pl.col("receivable_id").alias("id"),
            pl.col("vendor_id").alias("business_id"),
            pl.lit("receivable").alias("code"),
            pl.lit("asset").alias("type"),
            "currency",
            pl.col("retailer_id").alias("party_id"),
            pl.col("moment").alias("opened_at"),
        ),
    )
    insert(
        session,
        "receivables",
        new.select(
            pl.col("receivable_id").alias("account_id"), pl.col("vendor_id").alias("business_id"), "currency"
        ),
    )
    insert(
        session,
        "credit_agreements",
        new.select(
            pl.col("agreement_id").alias("id"),
            "vendor_id",
            "retailer_id",
            "currency",
            pl.col("receivable_id").alias("receivable_account_id"),
            pl.col("moment").alias("agreed_at"),
        ),
    )
    dated = new.select(
        "agreement_id",
        "vendor_id",
        "retailer_id",
        pl.col("moment").alias("valid_from"),
        pl.col("moment").alias("recorded_at"),
    )
    insert(
        session,
        "credit_limits",
        dated.select(
            ids(new.height).alias("id"),
            *dated.columns,
            pl.lit(0).alias("limit_paisa"),
            pl.lit("no limit is known of an imported history").alias("reason"),
            pl.lit(POLICY).alias("policy_version"),
        ),
    )
    insert(
        session,
        "credit_terms",
        dated.select(
            ids(new.height).alias("id"), *dated.columns, pl.lit(plan.settlement.due_days).alias("net_days")
        ),
    )
    known = pl.concat([known, new.select("retailer_id", "agreement_id", "receivable_id")])
    return documents.join(known, on="retailer_id", maintain_order="left")


def _write_items(session: Session, plan: ImportPlan, vendor_id: UUID, documents: pl.DataFrame) -> None:
    """One open item per document. Its due day is the mapping's rule, so it is marked as assumed."""
    owes, sale = pl.col("total_paisa") > 0, pl.col("kind") == "sale"
    due = pl.col("day").dt.offset_by(f"{plan.settlement.due_days}d")
    credit = pl.when(pl.col("kind") == "bad_debt").then(pl.lit("write_off")).otherwise(pl.lit("credit_note"))
    _insert_items(
        session,
        plan,
        vendor_id,
        documents.select(
            pl.col("item_id").alias("id"),
            pl.col("receivable_id").alias("account_id"),
            pl.when(owes).then(pl.lit("charge")).otherwise(credit).alias("kind"),
            pl.col("total_paisa").alias("amount_paisa"),
            pl.col("day").alias("document_date"),
            pl.when(sale).then(due).otherwise("day").alias("due_date"),
            "source",
            "source_id",
            "order_id",
            "transaction_id",
            pl.col("number").str.slice(0, 30).alias("document_number"),
            pl.col("occurred_at").alias("recorded_at"),
        ),
    )


def _insert_items(session: Session, plan: ImportPlan, vendor_id: UUID, items: pl.DataFrame) -> None:
    insert(
        session,
        "receivable_items",
        items.with_columns(
            pl.lit(str(vendor_id)).alias("business_id"),
            pl.lit(plan.trader.currency).alias("currency"),
            pl.lit(True).alias("is_assumed"),
        ),
    )


def _write_credits(
    session: Session, plan: ImportPlan, vendor_id: UUID, documents: pl.DataFrame, returned: pl.DataFrame
) -> None:
    """What a return takes off the debt of the order that it takes back."""
    taken = (
        returned.filter(pl.col("settled_paisa") > 0)
        .group_by("document_ordinal", "order_id", maintain_order=True)
        .agg(pl.col("settled_paisa").sum())
    )
    charges = queries.charges_of_orders(session, taken["order_id"].unique().to_list())
    credits = documents.select(
        "document_ordinal", "receivable_id", "day", "occurred_at", pl.col("item_id").alias("credit_item_id")
    )
    settled = taken.join(charges, on="order_id", maintain_order="left").join(
        credits, on="document_ordinal", maintain_order="left"
    )
    _insert_allocations(
        session,
        vendor_id,
        settled.select(
            ids(settled.height).alias("id"),
            pl.col("receivable_id").alias("account_id"),
            "credit_item_id",
            "debit_item_id",
            pl.col("settled_paisa").alias("amount_paisa"),
            pl.col("day").alias("effective_date"),
            pl.col("occurred_at").alias("recorded_at"),
        ),
    )


def _insert_allocations(session: Session, vendor_id: UUID, allocations: pl.DataFrame) -> None:
    insert(session, "allocations", allocations.with_columns(pl.lit(str(vendor_id)).alias("business_id")))


def _write_payments(
    session: Session, plan: ImportPlan, vendor_id: UUID, clearing: str, documents: pl.DataFrame
) -> pl.DataFrame:
    """The payments that the mapping's rule assumes, each settling its own document; all marked as assumed."""
    paid = documents.filter(pl.col("paid_paisa") > 0)
    paid = paid.with_columns(
        ids(paid.height).alias("payment_id"),
        ids(paid.height).alias("payment_transaction_id"),
        ids(paid.height).alias("payment_item_id"),
        # At noon: a rule knows the day and not the hour.
        pl.col("paid_on")
        .cast(pl.Datetime("us"))
        .dt.offset_by("12h")
        .dt.replace_time_zone(plan.trader.time_zone)
        .dt.convert_time_zone("UTC")
        .alias("paid_at"),
    )
    insert(
        session,
        "payments",
        paid.select(
            pl.col("payment_id").alias("id"),
            pl.lit(str(vendor_id)).alias("vendor_id"),
            "retailer_id",
            "agreement_id",
            pl.col("paid_paisa").alias("amount_paisa"),
            pl.lit(plan.trader.currency).alias("currency"),
            pl.lit("bank").alias("mode"),
            pl.lit("assumed by the mapping").alias("reference"),
            "paid_on",
            pl.col("paid_at").alias("recorded_at"),
            pl.lit(True).alias("is_assumed"),
        ),
    )
    _post(
        session,
        plan,
        vendor_id,
        paid.select(
            pl.col("payment_transaction_id").alias("id"),
            pl.lit("payment").alias("kind"),
            pl.lit("payment").alias("source"),
            pl.col("payment_id").alias("source_id"),
            pl.col("paid_on").alias("effective_date"),
            pl.col("paid_at").alias("recorded_at"),
            pl.lit(True).alias("is_assumed"),
            pl.lit(clearing).alias("first_account"),
            pl.col("receivable_id").alias("second_account"),
            pl.col("paid_paisa").alias("total_paisa"),
        ),
    )
    _insert_items(
        session,
        plan,
        vendor_id,
        paid.select(
            pl.col("payment_item_id").alias("id"),
            pl.col("receivable_id").alias("account_id"),
            pl.lit("payment").alias("kind"),
            (-pl.col("paid_paisa")).alias("amount_paisa"),
            pl.col("paid_on").alias("document_date"),
            pl.col("paid_on").alias("due_date"),
            pl.lit("payment").alias("source"),
            pl.col("payment_id").alias("source_id"),
            pl.col("payment_transaction_id").alias("transaction_id"),
            pl.col("paid_at").alias("recorded_at"),
        ),
    )
    _insert_allocations(
        session,
        vendor_id,
        paid.select(
            ids(paid.height).alias("id"),
            pl.col("receivable_id").alias("account_id"),
            pl.col("payment_item_id").alias("credit_item_id"),
            pl.col("item_id").alias("debit_item_id"),
            pl.col("paid_paisa").alias("amount_paisa"),
            pl.col("paid_on").alias("effective_date"),
            pl.col("paid_at").alias("recorded_at"),
        ),
    )
    return paid


def _move_balances(session: Session, documents: pl.DataFrame, payments: pl.DataFrame) -> None:
    """Bring the locked rows of the receivables to what was posted; the limit does not judge history."""
    moved = pl.concat(
        [
            documents.select("receivable_id", pl.col("total_paisa").alias("moved")),
            payments.select("receivable_id", (-pl.col("paid_paisa")).alias("moved")),
        ]
    )
    moved = moved.group_by("receivable_id").agg(pl.col("moved").sum()).sort("receivable_id")
    session.execute(
        text("""
            WITH moved AS (
                SELECT * FROM unnest(CAST(:accounts AS uuid[]), CAST(:amounts AS bigint[])) AS m (account_id, amount)
            ), locked AS (
                SELECT account_id FROM app.receivables WHERE account_id = ANY (CAST(:accounts AS uuid[]))
                ORDER BY account_id FOR NO KEY UPDATE
            )
            UPDATE app.receivables receivable
            SET posted_paisa = posted_paisa + moved.amount,
                ceiling_paisa = greatest(ceiling_paisa, posted_paisa + moved.amount + held_paisa)
            FROM moved JOIN locked USING (account_id)
            WHERE receivable.account_id = moved.account_id
        """),
        {"accounts": moved["receivable_id"].to_list(), "amounts": moved["moved"].to_list()},
    )

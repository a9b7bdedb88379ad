"""The figures that rules ask, of every pair of a vendor and a retailer, as a day ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session


class Figure(NamedTuple):
    """A figure: what it counts in, what it says, and how it comes about."""

    name: str
    unit: str
    meaning: str
    how: str


CATALOGUE: Final = (
    Figure(
        "owed", "rupees", "what the retailer owes the vendor", "all items of the account, credits taken off"
    ),
    Figure("limit", "rupees", "the credit limit", "the dated limit in force"),
    Figure(
        "utilisation",
        "ratio",
        "how much of the limit is owed",
        "owed / limit; unknown where the limit is zero",
    ),
    Figure(
        "overdue", "rupees", "what is past its due date", "debts less what settled them, due before the day"
    ),
    Figure(
        "days_past_due",
        "days",
        "how late the oldest open debt is",
        "the day less its due date; 0 if none is late",
    ),
    Figure(
        "vendor_share",
        "ratio",
        "the pair's part of all that the vendor is owed",
        "owed / what all owe the vendor in that currency; those with credit count as nothing",
    ),
    Figure(
        "orders_1d", "orders", "orders of the day", "by the vendor's day of placement, whatever came of them"
    ),
    Figure("orders_7d", "orders", "orders of the last 7 days", "the day among them"),
    Figure("orders_30d", "orders", "orders of the last 30 days", "the day among them"),
    Figure(
        "burst",
        "ratio",
        "orders of the week against the usual",
        "orders_7d / the weekly mean of the 12 weeks before; unknown under 4 orders in those",
    ),
    Figure(
        "round_share",
        "ratio",
        "the part of payments that are of whole thousands",
        "payments recorded in 90 days, not reversals; unknown under 4 of them",
    ),
    Figure("bounced_90d", "payments", "payments that bounced", "recorded as bounced in the last 90 days"),
    Figure(
        "broken_promises_90d",
        "promises",
        "promises to pay that were not kept in full",
        "due in the last 90 days, paid less than promised from the promise to its day",
    ),
    Figure(
        "relation_days", "days", "how long the two trade on credit", "the day less the day of the agreement"
    ),
)
UNITS: Final = {figure.name: figure.unit for figure in CATALOGUE}
INSIDE: Final = frozenset[str]()
"""Figures that tell of others than the pair, or what the vendor may see by consent alone."""


def table() -> str:
    """The catalogue as it stands in `docs/risk.md`."""
    head = "| figure | unit | what it says | how it comes about |\n|---|---|---|---|\n"
    return head + "".join(
        f"| `{name}` | {unit} | {meaning} | {how} |\n" for name, unit, meaning, how in CATALOGUE
    )


# Every row is asked by what was recorded before the day ended where the vendor is, and by immutable columns alone:
# an order's total and state change later, its moment of placement does not.
_MEASURE: Final = text("""
    WITH pair AS (
        SELECT agreement.id, agreement.vendor_id, agreement.retailer_id, agreement.currency,
               agreement.receivable_account_id AS account_id,
               CAST(:day AS date) - CAST(agreement.agreed_at AT TIME ZONE vendor.time_zone AS date) AS relation_days,
               CAST(CAST(:day AS date) + 1 AS timestamp) AT TIME ZONE vendor.time_zone AS cut
        FROM app.credit_agreements agreement JOIN app.businesses vendor ON vendor.id = agreement.vendor_id
        WHERE agreement.agreed_at < CAST(CAST(:day AS date) + 1 AS timestamp) AT TIME ZONE vendor.time_zone
    ), settled AS (
        SELECT allocation.debit_item_id, sum(allocation.amount_paisa) AS amount
        FROM app.allocations allocation JOIN pair ON pair.account_id = allocation.account_id
        WHERE allocation.recorded_at < pair.cut AND allocation.effective_date <= :day
        GROUP BY allocation.debit_item_id
    ), debt AS (
        SELECT pair.id, sum(item.amount_paisa) AS owed,
               sum(item.amount_paisa - coalesce(settled.amount, 0))
                   FILTER (WHERE item.amount_paisa > coalesce(settled.amount, 0) AND item.due_date < :day) AS overdue,
               max(:day - item.due_date)
                   FILTER (WHERE item.amount_paisa > coalesce(settled.amount, 0) AND item.amount_paisa > 0) AS late
        FROM pair JOIN app.receivable_items item ON item.account_id = pair.account_id
        LEFT JOIN settled ON settled.debit_item_id = item.id
        WHERE item.recorded_at < pair.cut AND item.document_date <= :day
        GROUP BY pair.id
    ), limits AS (
        SELECT DISTINCT ON (pair.id) pair.id, dated.limit_paisa
        FROM pair JOIN app.credit_limits dated ON dated.agreement_id = pair.id
        WHERE dated.valid_from < pair.cut AND dated.recorded_at < pair.cut
        ORDER BY pair.id, dated.valid_from DESC, dated.id DESC
    ), trade AS (
        SELECT pair.id, count(*) FILTER (WHERE placed.placed_on = :day) AS day1,
               count(*) FILTER (WHERE placed.placed_on > CAST(:day AS date) - 7) AS day7,
               count(*) FILTER (WHERE placed.placed_on > CAST(:day AS date) - 30) AS day30,
               count(*) FILTER (WHERE placed.placed_on <= CAST(:day AS date) - 7) AS before
        FROM pair JOIN app.orders placed ON placed.vendor_id = pair.vendor_id
            AND placed.retailer_id = pair.retailer_id AND placed.currency = pair.currency
        WHERE placed.placed_at < pair.cut AND placed.placed_on > CAST(:day AS date) - 91 AND placed.placed_on <= :day
        GROUP BY pair.id
    ), money AS (
        SELECT pair.id, count(*) FILTER (WHERE paid.reverses_id IS NULL) AS payments,
               count(*) FILTER (WHERE paid.reverses_id IS NULL AND paid.amount_paisa % 100000 = 0) AS round,
               count(*) FILTER (WHERE paid.reversal_reason = 'bounced') AS bounced
        FROM pair JOIN app.payments paid ON paid.agreement_id = pair.id AND paid.vendor_id = pair.vendor_id
        WHERE paid.recorded_at < pair.cut AND paid.recorded_at >= pair.cut - interval '90 days'
        GROUP BY pair.id
    ), promises AS (
        SELECT pair.id, count(*) AS broken
        FROM pair JOIN app.payment_promises promise ON promise.agreement_id = pair.id
        WHERE promise.recorded_at < pair.cut AND promise.due_on < :day AND promise.due_on > CAST(:day AS date) - 91
          AND promise.amount_paisa > (
              SELECT coalesce(sum(paid.amount_paisa), 0) FROM app.payments paid
              WHERE paid.agreement_id = pair.id AND paid.vendor_id = pair.vendor_id AND paid.reverses_id IS NULL
                AND paid.recorded_at >= promise.recorded_at AND paid.recorded_at < pair.cut
                AND paid.paid_on <= promise.due_on
                AND NOT EXISTS (SELECT FROM app.payments undone
                                WHERE undone.reverses_id = paid.id AND undone.recorded_at < pair.cut))
        GROUP BY pair.id
    )
    SELECT pair.id AS agreement_id, pair.vendor_id, pair.retailer_id, pair.currency,
           CAST(coalesce(debt.owed, 0) AS bigint) AS owed_paisa,
           coalesce(debt.owed, 0) / 100.0 AS owed, coalesce(limits.limit_paisa, 0) / 100.0 AS limit,
           round(coalesce(debt.owed, 0) / nullif(limits.limit_paisa, 0), 4) AS utilisation,
           coalesce(debt.overdue, 0) / 100.0 AS overdue, greatest(coalesce(debt.late, 0), 0) AS days_past_due,
           round(greatest(coalesce(debt.owed, 0), 0) / nullif(sum(greatest(coalesce(debt.owed, 0), 0))
                 OVER (PARTITION BY pair.vendor_id, pair.currency), 0), 4) AS vendor_share,
           coalesce(trade.day1, 0) AS orders_1d, coalesce(trade.day7, 0) AS orders_7d,
           coalesce(trade.day30, 0) AS orders_30d,
           CASE WHEN trade.before >= 4 THEN round(trade.day7 * 12.0 / trade.before, 4) END AS burst,
           CASE WHEN money.payments >= 4 THEN round(money.round * 1.0 / money.payments, 4) END AS round_share,
           coalesce(money.bounced, 0) AS bounced_90d, coalesce(promises.broken, 0) AS broken_promises_90d,
           pair.relation_days
    FROM pair LEFT JOIN debt USING (id) LEFT JOIN limits USING (id) LEFT JOIN trade USING (id)
         LEFT JOIN money USING (id) LEFT JOIN promises USING (id)
    ORDER BY pair.id
""")


@dataclass(frozen=True)
class Measured:
    """A pair and its figures as a day ended; None is unknown."""

    agreement_id: UUID
    vendor_id: UUID
    retailer_id: UUID
    currency: str
    owed_paisa: int
    figures: dict[str, Decimal | None]


def measure(session: Session, day: date) -> list[Measured]:
    """The figures of all pairs of the session's scope, by what was known when `day` ended at the vendor's."""
    rows = session.execute(_MEASURE, {"day": day}).mappings()
    return [
        Measured(
            row["agreement_id"],
            row["vendor_id"],
            row["retailer_id"],
            row["currency"],
            row["owed_paisa"],
            {name: None if row[name] is None else Decimal(row[name]) for name in UNITS},
        )
        for row in rows
    ]

"""The figures that rules ask, of every pair of a vendor and a retailer, as a day ended."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.credit.queries import DISPUTED


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
        "overdue",
        "rupees",
        "what is past its due date",
        "debts less what settled them and what is disputed, due before the day",
    ),
    Figure(
        "days_past_due",
        "days",
        "how late the oldest open debt is",
        "the day less its due date, of those not disputed whole; 0 if none is late",
    ),
    Figure(
        "disputed",
        "rupees",
        "what of the open debts is in dispute",
        "marked by disputes that were open as the day ended, less what credit notes gave back since",
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
    Figure(
        "score",
        "points",
        "the retailer's score",
        "by the newest run that was adopted and not reverted; unknown without a number",
    ),
    Figure(
        "score_change_30d",
        "points",
        "how the score changed within 30 days",
        "score less the one in force 30 days before; unknown without both",
    ),
    Figure(
        "grade_change_30d",
        "grades",
        "how many grades up, or down below zero",
        "the same of the grades A to E",
    ),
    Figure(
        "ring_30d",
        "ratio",
        "how even the goods are that go round",
        "smallest / largest amount of the most even round through the pair; 0 without one",
    ),
    Figure(
        "ring_amount_30d",
        "rupees",
        "how much goes round",
        "the smallest amount of the largest round through the pair; 0 without one",
    ),
)
UNITS: Final = {figure.name: figure.unit for figure in CATALOGUE}
_SCORES: Final = frozenset({"score", "score_change_30d", "grade_change_30d"})
_RINGS: Final = frozenset({"ring_30d", "ring_amount_30d"})
INSIDE: Final = _SCORES | _RINGS
"""Figures that tell of others than the pair, or what the vendor may see by consent alone."""


def table() -> str:
    """The catalogue as it stands in `docs/risk.md`."""
    head = "| figure | unit | what it says | how it comes about |\n|---|---|---|---|\n"
    return head + "".join(
        f"| `{name}` | {unit} | {meaning} | {how} |\n" for name, unit, meaning, how in CATALOGUE
    )


# A day ends where the vendor is, at the latest as it ends in UTC: then rules are asked about it, once, and what a place
# west of UTC records later in its evening must not change what a dry run finds of the day.
_CUT: Final = """least(CAST(CAST(:day AS date) + 1 AS timestamp) AT TIME ZONE vendor.time_zone,
                     CAST(CAST(:day AS date) + 1 AS timestamp) AT TIME ZONE 'UTC')"""
# Every row is asked by what was recorded before the day ended where the vendor is, and by immutable columns alone:
# an order's total and state change later, its moment of placement does not.
_FIGURES: Final = """
    WITH pair AS (
        SELECT agreement.id, agreement.vendor_id, agreement.retailer_id, agreement.currency,
               agreement.receivable_account_id AS account_id,
               CAST(:day AS date) - CAST(agreement.agreed_at AT TIME ZONE vendor.time_zone AS date) AS relation_days,
               {cut} AS cut
        FROM app.credit_agreements agreement JOIN app.businesses vendor ON vendor.id = agreement.vendor_id
        WHERE agreement.agreed_at < {cut}
    ), settled AS (
        SELECT allocation.debit_item_id, sum(allocation.amount_paisa) AS amount
        FROM app.allocations allocation JOIN pair ON pair.account_id = allocation.account_id
        WHERE allocation.recorded_at < pair.cut AND allocation.effective_date <= :day
        GROUP BY allocation.debit_item_id
    ), marked AS (
        SELECT item.id AS item_id, disputed.amount_paisa AS amount
        FROM (
            SELECT DISTINCT marked.item_id AS id, ended.at
            FROM app.disputed_items marked
            JOIN app.disputes dispute ON dispute.id = marked.dispute_id
            JOIN app.businesses vendor ON vendor.id = dispute.vendor_id
            CROSS JOIN LATERAL (
                SELECT {cut}
                       - interval '1 microsecond' AS at
            ) ended
            WHERE dispute.opened_at <= ended.at AND (dispute.settled_at IS NULL OR dispute.settled_at > ended.at)
        ) item
        CROSS JOIN LATERAL ({disputed}) disputed
    ), item AS (
        SELECT pair.id, item.amount_paisa, item.due_date, left_over.open,
               greatest(0, left_over.open - coalesce(marked.amount, 0)) AS undisputed
        FROM pair JOIN app.receivable_items item ON item.account_id = pair.account_id
        LEFT JOIN settled ON settled.debit_item_id = item.id
        LEFT JOIN marked ON marked.item_id = item.id
        CROSS JOIN LATERAL (SELECT greatest(0, item.amount_paisa - coalesce(settled.amount, 0)) AS open) left_over
        WHERE item.recorded_at < pair.cut AND item.document_date <= :day
    ), debt AS (
        SELECT id, sum(amount_paisa) AS owed, sum(undisputed) FILTER (WHERE due_date < :day) AS overdue,
               max(:day - due_date) FILTER (WHERE undisputed > 0) AS late, sum(open - undisputed) AS disputed
        FROM item GROUP BY id
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
    ), rated AS (
        SELECT pair.id, newest.score, newest.score - earlier.score AS score_change,
               strpos('EDCBA', newest.grade) - strpos('EDCBA', earlier.grade) AS grade_change
        FROM pair
        JOIN LATERAL ({score_at}) newest ON newest.score IS NOT NULL
        LEFT JOIN LATERAL ({score_before}) earlier ON earlier.score IS NOT NULL
        WHERE :asks_scores
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
           pair.relation_days, coalesce(debt.disputed, 0) / 100.0 AS disputed, rated.score,
           rated.score_change AS score_change_30d, rated.grade_change AS grade_change_30d
    FROM pair LEFT JOIN debt USING (id) LEFT JOIN limits USING (id) LEFT JOIN trade USING (id)
         LEFT JOIN money USING (id) LEFT JOIN promises USING (id) LEFT JOIN rated USING (id)
    ORDER BY pair.id
"""
# The score in force at a moment: of the newest run that was adopted by then and not reverted yet.
_SCORE_AT: Final = """
    SELECT given.score, given.grade
    FROM app.adopted_scores given JOIN app.adopted_runs run ON run.run_id = given.run_id
    WHERE given.retailer_id = pair.retailer_id AND given.recorded_at < {moment} AND run.outcome = 'adopted'
      AND (run.reverted_at IS NULL OR run.reverted_at >= {moment})
    ORDER BY given.as_of DESC, run.predicted_at DESC LIMIT 1
"""
_MEASURE: Final = text(
    _FIGURES.format(
        cut=_CUT,
        disputed=DISPUTED.format(moment="item.at"),
        score_at=_SCORE_AT.format(moment="pair.cut"),
        score_before=_SCORE_AT.format(moment="pair.cut - interval '30 days'"),
    )
)
RING_FANOUT: Final = 10
"""Of each seller so many buyers are followed who sell themselves, those who bought the most: what bounds the search."""

# Who sells to whom on credit, less what came back, within 30 days. Only who sells and buys can be in a round; it is
# walked once, from the least of its ids, at most three steps and the one that closes it, and given up where one amount
# is more than twice another.
_WALKED: Final = """
    WITH RECURSIVE sold AS (
        SELECT agreement.id, agreement.vendor_id AS seller, agreement.retailer_id AS buyer, agreement.currency,
               CAST(sum(item.amount_paisa) AS bigint) AS amount
        FROM app.credit_agreements agreement
        JOIN app.businesses vendor ON vendor.id = agreement.vendor_id
        JOIN app.receivable_items item ON item.account_id = agreement.receivable_account_id
        WHERE item.kind IN ('charge', 'credit_note') AND item.document_date > CAST(:day AS date) - 30
          AND item.document_date <= :day
          AND item.recorded_at < {cut}
          AND EXISTS (SELECT FROM app.credit_agreements buys WHERE buys.retailer_id = agreement.vendor_id)
          AND EXISTS (SELECT FROM app.credit_agreements sells WHERE sells.vendor_id = agreement.retailer_id)
        GROUP BY agreement.id HAVING sum(item.amount_paisa) > 0
    ), ranked AS (
        SELECT sold.*, row_number() OVER (PARTITION BY seller, currency ORDER BY amount DESC, id) AS place
        FROM sold
        WHERE EXISTS (SELECT FROM sold buys WHERE buys.buyer = sold.seller AND buys.currency = sold.currency)
          AND EXISTS (SELECT FROM sold sells WHERE sells.seller = sold.buyer AND sells.currency = sold.currency)
    ), step AS MATERIALIZED (
        SELECT * FROM ranked WHERE place <= :fanout
    ), walk AS (
        SELECT seller AS origin, buyer AS reached, currency, ARRAY[id] AS pairs, ARRAY[buyer] AS met,
               amount AS least, amount AS most
        FROM step WHERE buyer > seller
        UNION ALL
        SELECT walk.origin, step.buyer, walk.currency, walk.pairs || step.id, walk.met || step.buyer,
               least(walk.least, step.amount), greatest(walk.most, step.amount)
        FROM walk JOIN step ON step.seller = walk.reached AND step.currency = walk.currency
        WHERE cardinality(walk.pairs) < 3 AND step.buyer > walk.origin AND step.buyer <> ALL (walk.met)
          AND 2 * least(walk.least, step.amount) >= greatest(walk.most, step.amount)
    ), closed AS (
        SELECT walk.pairs || step.id AS pairs, least(walk.least, step.amount) AS least,
               greatest(walk.most, step.amount) AS most
        FROM walk JOIN step ON step.seller = walk.reached AND step.buyer = walk.origin
            AND step.currency = walk.currency
    )
    SELECT pair_id, round(max(CAST(closed.least AS numeric) / closed.most), 4) AS ring_30d,
           max(closed.least) / 100.0 AS ring_amount_30d
    FROM closed CROSS JOIN unnest(closed.pairs) AS pair_id
    WHERE 2 * closed.least >= closed.most
    GROUP BY pair_id
"""
_ROUNDS: Final = text(_WALKED.format(cut=_CUT))


@dataclass(frozen=True)
class Measured:
    """A pair and its figures as a day ended; None is unknown."""

    agreement_id: UUID
    vendor_id: UUID
    retailer_id: UUID
    currency: str
    owed_paisa: int
    figures: dict[str, Decimal | None]


def measure(session: Session, day: date, asked: Collection[str] = UNITS) -> list[Measured]:
    """The figures of all pairs of the session's scope, by what was known when `day` ended at the vendor's.

    What costs much and is not among the `asked` is left unknown: scores and rounds.
    """
    rows = session.execute(_MEASURE, {"day": day, "asks_scores": not _SCORES.isdisjoint(asked)}).mappings()
    has_rounds = not _RINGS.isdisjoint(asked)
    rounds = (
        {
            row["pair_id"]: row
            for row in session.execute(_ROUNDS, {"day": day, "fanout": RING_FANOUT}).mappings()
        }
        if has_rounds
        else {}
    )
    unrounded = dict.fromkeys(_RINGS, 0 if has_rounds else None)
    return [
        Measured(
            row["agreement_id"],
            row["vendor_id"],
            row["retailer_id"],
            row["currency"],
            row["owed_paisa"],
            _told({**row, **{name: rounds.get(row["agreement_id"], unrounded)[name] for name in _RINGS}}),
        )
        for row in rows
    ]


def _told(row: Mapping[str, Any]) -> dict[str, Decimal | None]:
    return {name: None if row[name] is None else Decimal(row[name]) for name in UNITS}

"""`sauda verify ledger`: whether the books are what they say, checked from the rows alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.ledger.seals import CONTENT_HASH, Head

UNSEALED_MINUTES_MAX = 5
"""Sealing follows a commit within seconds; what waits longer has been forgotten."""


@dataclass(frozen=True)
class Finding:
    """Something that is not as it must be, and where."""

    check: str
    detail: str


# Each returns one row per finding, its detail as text.
_CHECKS = {
    "entries are balanced": """
        SELECT format('transaction %s of book %s differs by %s %s', transaction_id, business_id, sum(amount_paisa),
                      currency)
        FROM app.postings GROUP BY business_id, transaction_id, currency HAVING sum(amount_paisa) <> 0
    """,
    "entries have postings": """
        SELECT format('transaction %s of book %s has no posting', entry.id, entry.business_id)
        FROM app.ledger_transactions entry
        WHERE NOT EXISTS (SELECT 1 FROM app.postings posting WHERE posting.transaction_id = entry.id)
    """,
    "every entry is sealed or waiting": """
        SELECT format('transaction %s of book %s is in no seal and not waiting for one', entry.id, entry.business_id)
        FROM app.ledger_transactions entry
        LEFT JOIN app.ledger_seal_members member ON member.transaction_id = entry.id
        LEFT JOIN app.ledger_unsealed waiting ON waiting.transaction_id = entry.id
        WHERE member.transaction_id IS NULL AND waiting.transaction_id IS NULL
    """,
    "nothing waits long for its seal": f"""
        SELECT format('transaction %s of book %s waits since %s', transaction_id, business_id, queued_at)
        FROM app.ledger_unsealed WHERE queued_at < clock_timestamp() - interval '{UNSEALED_MINUTES_MAX} minutes'
    """,  # noqa: S608 - a constant of this module
    "seals are a chain": """
        SELECT format('seal %s of book %s does not follow the one before', seal_no, business_id)
        FROM (
            SELECT business_id, seal_no, previous_hash,
                   lag(hash, 1, ''::bytea) OVER book AS before, lag(seal_no, 1, 0::bigint) OVER book AS number_before
            FROM app.ledger_seals WINDOW book AS (PARTITION BY business_id ORDER BY seal_no)
        ) link
        WHERE previous_hash <> before OR seal_no <> number_before + 1
    """,
    "seals match their entries": f"""
        WITH content AS ({CONTENT_HASH}), resealed AS (
            SELECT member.business_id, member.seal_no, count(*) AS member_count,
                   string_agg(content.content_hash, ''::bytea ORDER BY member.position) AS contents
            FROM app.ledger_seal_members member JOIN content ON content.transaction_id = member.transaction_id
            GROUP BY member.business_id, member.seal_no
        )
        SELECT format('seal %s of book %s does not match its %s entries', seal_no, business_id, seal.member_count)
        FROM app.ledger_seals seal LEFT JOIN resealed USING (business_id, seal_no)
        WHERE resealed.contents IS NULL OR seal.member_count <> resealed.member_count
           OR seal.hash <> sha256(seal.previous_hash || resealed.contents)
    """,  # noqa: S608 - a constant of this package
    "receivables equal their postings": """
        SELECT format('account %s says %s owed, its postings %s', account_id, posted_paisa,
                      coalesce(posted.amount_paisa, 0))
        FROM app.receivables LEFT JOIN (
            SELECT account_id, sum(amount_paisa) AS amount_paisa FROM app.postings GROUP BY account_id
        ) posted USING (account_id)
        WHERE posted_paisa <> coalesce(posted.amount_paisa, 0)
    """,
    "receivables equal their open items": """
        SELECT format('account %s says %s owed, its items %s', account_id, posted_paisa,
                      coalesce(item.amount_paisa, 0))
        FROM app.receivables LEFT JOIN (
            SELECT account_id, sum(amount_paisa) AS amount_paisa FROM app.receivable_items GROUP BY account_id
        ) item USING (account_id)
        WHERE posted_paisa <> coalesce(item.amount_paisa, 0)
    """,
    "held credit equals the holds": """
        SELECT format('account %s says %s held, its holds %s', account_id, held_paisa, coalesce(hold.remaining, 0))
        FROM app.receivables LEFT JOIN (
            SELECT account_id, sum(remaining_paisa) AS remaining FROM app.holds GROUP BY account_id
        ) hold USING (account_id)
        WHERE held_paisa <> coalesce(hold.remaining, 0)
    """,
    "no item is settled beyond its amount": """
        SELECT format('item %s of %s is settled by %s', item.id, item.amount_paisa, settled.amount_paisa)
        FROM app.receivable_items item JOIN (
            SELECT item_id, sum(amount_paisa) AS amount_paisa FROM (
                SELECT debit_item_id AS item_id, amount_paisa FROM app.allocations
                UNION ALL SELECT credit_item_id, amount_paisa FROM app.allocations
            ) side GROUP BY item_id
        ) settled ON settled.item_id = item.id
        WHERE settled.amount_paisa NOT BETWEEN 0 AND abs(item.amount_paisa)
    """,
    "seller's receivable is the buyer's payable": """
        SELECT format('%s is owed %s by %s, whose book says %s', agreement.vendor_id, coalesce(ours.amount, 0),
                      agreement.retailer_id, -coalesce(theirs.amount, 0))
        FROM app.credit_agreements agreement
        LEFT JOIN (SELECT account_id, sum(amount_paisa) AS amount FROM app.postings GROUP BY account_id) ours
            ON ours.account_id = agreement.receivable_account_id
        LEFT JOIN (SELECT account_id, sum(amount_paisa) AS amount FROM app.postings GROUP BY account_id) theirs
            ON theirs.account_id = agreement.payable_account_id
        WHERE agreement.payable_account_id IS NOT NULL AND coalesce(ours.amount, 0) <> -coalesce(theirs.amount, 0)
    """,
    "stock promised equals the orders' lines": """
        SELECT format('%s of product %s are reserved at %s, its orders say %s', level.reserved, level.product_id,
                      level.business_id, coalesce(line.quantity, 0))
        FROM app.stock_levels level LEFT JOIN (
            SELECT line.vendor_id, line.product_id, sum(line.base_quantity
                * (line.ordered_quantity - line.delivered_quantity - line.cancelled_quantity)) AS quantity
            FROM app.order_lines line JOIN app.orders ON orders.id = line.order_id
            WHERE line.is_stock_tracked AND orders.order_state IN ('placed', 'accepted')
            GROUP BY line.vendor_id, line.product_id
        ) line ON line.vendor_id = level.business_id AND line.product_id = level.product_id
        WHERE level.reserved <> coalesce(line.quantity, 0)
    """,
    "stock on hand equals its movements": """
        SELECT format('%s of product %s are on hand at %s, the movements say %s', level.on_hand, level.product_id,
                      level.business_id, coalesce(movement.quantity, 0))
        FROM app.stock_levels level LEFT JOIN (
            SELECT business_id, product_id, sum(quantity) AS quantity FROM app.stock_movements
            GROUP BY business_id, product_id
        ) movement USING (business_id, product_id)
        WHERE level.on_hand <> coalesce(movement.quantity, 0)
    """,
}
FINDINGS_MAX = 20
"""Rows shown per check: one is enough to stop, a screenful to see a pattern."""


_ANCHORED = text("""
    SELECT anchor.book, anchor.seal_no, seal.seal_no IS NULL AS is_gone
    FROM unnest(CAST(:books AS uuid[]), CAST(:numbers AS bigint[]), CAST(:hashes AS text[]))
        AS anchor (book, seal_no, hash)
    LEFT JOIN app.ledger_seals seal ON seal.business_id = anchor.book AND seal.seal_no = anchor.seal_no
    WHERE seal.hash IS DISTINCT FROM decode(anchor.hash, 'hex')
    ORDER BY anchor.book, anchor.seal_no LIMIT :limit
""")
_ANCHORS_HOLD = "anchored seals are there"


def verify(session: Session, anchored: Iterable[Head] = ()) -> list[Finding]:
    """Check every book and its anchors; an empty list means that all holds. Reads only, and takes its time."""
    session.execute(text("SET LOCAL statement_timeout = 0"))
    # Every check reads whole tables. Right after bulk work the server has no statistics of them, takes them for
    # small, and would go through one for each row of the other.
    session.execute(text("SET LOCAL enable_nestloop = off"))
    findings = [
        Finding(check, row.format)
        for check, query in _CHECKS.items()
        for row in session.execute(text(f"{query} LIMIT {FINDINGS_MAX}"))
    ]
    heads = list(anchored)
    missing = session.execute(
        _ANCHORED,
        {
            "books": [head.business_id for head in heads],
            "numbers": [head.seal_no for head in heads],
            "hashes": [head.hash for head in heads],
            "limit": FINDINGS_MAX,
        },
    )
    for row in missing:
        found = "is gone" if row.is_gone else "has another hash"
        findings.append(Finding(_ANCHORS_HOLD, f"seal {row.seal_no} of book {row.book} {found}"))
    return findings


CHECKS = (*_CHECKS, _ANCHORS_HOLD)


@dataclass(frozen=True)
class Waiting:
    """What no seal covers yet."""

    entries: int
    oldest_seconds: float


def waiting_for_seals(session: Session) -> Waiting:
    """How many entries wait for their seal, and how long the oldest does, by the real clock."""
    row = session.execute(
        text("""
            SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - min(queued_at)), 0)
            FROM app.ledger_unsealed
        """)
    ).one()
    return Waiting(int(row[0]), float(row[1]))

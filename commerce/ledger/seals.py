"""Seals: a chain of hashes per book, so that a posting altered behind the ledger's back is found.

A seal covers a batch of transactions in their order: `hash = H(previous ‖ content hashes)`, SHA-256.
Content is canonical, versioned text of ids, amounts and dates only; names stand outside. What is not
sealed yet waits in `ledger_unsealed`; the sealer takes what it sees in any order, so neither a late
commit nor a restore makes it skip or stall.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.ledger.vocabulary import SEAL_VERSION

LOCK_CLASS = 730_511
BATCH = 20_000

CONTENT_HASH = """
    SELECT entry.business_id, entry.id AS transaction_id, sha256(convert_to(concat_ws('|', 'v1', entry.id,
        entry.business_id, entry.kind, entry.source, entry.source_id, entry.effective_date,
        to_char(entry.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), entry.is_assumed,
        coalesce(CAST(entry.reverses_id AS text), '-'),
        (SELECT string_agg(concat_ws(':', line_no, account_id, amount_paisa, currency), ';' ORDER BY line_no)
         FROM app.postings posting WHERE posting.transaction_id = entry.id)), 'UTF8')) AS content_hash
    FROM app.ledger_transactions entry
"""
"""Version 1 of what a seal hashes, per transaction."""

_LOCK_BOOKS = text("""
    SELECT business_id FROM (SELECT DISTINCT business_id FROM app.ledger_unsealed ORDER BY business_id) waiting
    WHERE pg_try_advisory_xact_lock(:lock_class, hashtext(CAST(business_id AS text)))
""")

# S608: the text put in is the constant above.
_SEAL = text(f"""
    WITH taken AS (
        DELETE FROM app.ledger_unsealed WHERE (business_id, transaction_id) IN (
            SELECT business_id, transaction_id FROM app.ledger_unsealed
            WHERE business_id = ANY (CAST(:books AS uuid[])) ORDER BY queued_at LIMIT :batch
        )
        RETURNING business_id, transaction_id
    ), content AS (
        {CONTENT_HASH} JOIN taken ON taken.transaction_id = entry.id
    ), batch AS (
        SELECT business_id, count(*) AS member_count,
               string_agg(content_hash, ''::bytea ORDER BY transaction_id) AS contents
        FROM content GROUP BY business_id
    ), sealed AS (
        INSERT INTO app.ledger_seals (business_id, seal_no, version, member_count, previous_hash, hash)
        SELECT batch.business_id, coalesce(head.seal_no, 0) + 1, :version, member_count,
               coalesce(head.hash, ''::bytea), sha256(coalesce(head.hash, ''::bytea) || contents)
        FROM batch LEFT JOIN LATERAL (
            SELECT seal_no, hash FROM app.ledger_seals s
            WHERE s.business_id = batch.business_id ORDER BY seal_no DESC LIMIT 1
        ) head ON true
        RETURNING business_id, seal_no
    ), members AS (
        INSERT INTO app.ledger_seal_members (business_id, transaction_id, seal_no, position)
        SELECT taken.business_id, taken.transaction_id, sealed.seal_no,
               row_number() OVER (PARTITION BY taken.business_id ORDER BY taken.transaction_id)
        FROM taken JOIN sealed USING (business_id)
    )
    SELECT count(*) FROM taken
""")  # noqa: S608


def seal_books(session: Session) -> int:
    """Seal what is waiting in every book that no other sealer holds, a batch at most; returns how many entries."""
    books = [row.business_id for row in session.execute(_LOCK_BOOKS, {"lock_class": LOCK_CLASS})]
    if not books:
        return 0
    # A statement of its own, so that it sees what a sealer before us committed.
    return int(session.execute(_SEAL, {"books": books, "batch": BATCH, "version": SEAL_VERSION}).scalar_one())


@dataclass(frozen=True)
class Head:
    """The newest seal of a book, as it is anchored outside the database."""

    business_id: UUID
    seal_no: int
    hash: str


def heads(session: Session) -> list[Head]:
    """The newest seal of every book."""
    rows = session.execute(
        text("""
            SELECT DISTINCT ON (business_id) business_id, seal_no, encode(hash, 'hex') AS hash
            FROM app.ledger_seals ORDER BY business_id, seal_no DESC
        """)
    )
    return [Head(row.business_id, row.seal_no, row.hash) for row in rows]

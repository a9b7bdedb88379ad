"""The seals of the books: a chain per book (`foundation/seals.py`).

Content is canonical, versioned text of ids, amounts and dates only; names stand outside.
"""

from __future__ import annotations

from commerce.ledger.vocabulary import SEAL_VERSION
from foundation.seals import Chain

LEDGER = Chain(
    name="ledger",
    entries="ledger_transactions",
    key="transaction_id",
    noun="transaction",
    version=SEAL_VERSION,
    lock_class=730_511,
    content="""
        SELECT entry.business_id, entry.id AS transaction_id, sha256(convert_to(concat_ws('|', 'v1', entry.id,
            entry.business_id, entry.kind, entry.source, entry.source_id, entry.effective_date,
            to_char(entry.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), entry.is_assumed,
            coalesce(CAST(entry.reverses_id AS text), '-'),
            (SELECT string_agg(concat_ws(':', line_no, account_id, amount_paisa, currency), ';' ORDER BY line_no)
             FROM app.postings posting WHERE posting.transaction_id = entry.id)), 'UTF8')) AS content_hash
        FROM app.ledger_transactions entry
    """,
)

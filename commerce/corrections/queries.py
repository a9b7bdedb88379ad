"""Questions about the entries of a book: what each is of, where it stands, and what undid it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from foundation.keyset import Order, page

# Where a posting stands is told by the account's code; a party's or customer's account by its id beside it.
_JOURNAL = """
    SELECT entry.id, entry.kind, entry.source, entry.source_id, entry.effective_date, entry.recorded_at,
           entry.is_assumed, entry.reverses_id,
           (SELECT undone.id FROM app.ledger_transactions undone WHERE undone.reverses_id = entry.id LIMIT 1)
               AS reversed_by_id,
           (SELECT item.document_number FROM app.receivable_items item
            WHERE item.business_id = entry.business_id AND item.transaction_id = entry.id
            AND item.document_number IS NOT NULL LIMIT 1) AS document_number,
           (SELECT jsonb_agg(jsonb_build_object(
                'account', account.code, 'party_id', account.party_id, 'customer_id', account.customer_id,
                'amount_paisa', line.amount_paisa, 'currency', line.currency) ORDER BY line.line_no)
            FROM app.postings line JOIN app.accounts account ON account.id = line.account_id
            WHERE line.transaction_id = entry.id) AS postings
    FROM app.ledger_transactions entry WHERE entry.business_id = :business_id
"""
# Ids grow with the clock, and with the book they are indexed.
JOURNAL_BY = {
    "newest": Order((("id", "uuid"),), is_descending=True),
    "oldest": Order((("id", "uuid"),)),
}
_ENTRY_IS = {
    "source": "entry.source = :source",
    "source_id": "entry.source_id = :source_id",
    "first": "entry.effective_date >= :first",
    "last": "entry.effective_date <= :last",
}


class Entry(NamedTuple):
    """An entry as who would undo it needs it."""

    id: UUID
    source: str
    source_id: UUID
    reverses_id: UUID | None
    reversed_by_id: UUID | None


@dataclass(frozen=True)
class EntryFilter:
    """Which entries of a journal; None does not filter. Days are the book's, both included."""

    source: str | None = None
    source_id: UUID | None = None
    first: date | None = None
    last: date | None = None


def journal(
    session: Session,
    business_id: UUID,
    *,
    chosen: EntryFilter = EntryFilter(),
    by: Order = JOURNAL_BY["newest"],
    after: Sequence[Any] | None = None,
    limit: int,
) -> Sequence[RowMapping]:
    """The entries of a business's own book with their postings."""
    values = {**vars(chosen), "business_id": business_id}
    return page(session, _JOURNAL, values, filters=_ENTRY_IS, by=by, after=after, limit=limit)


def shown(session: Session, business_id: UUID, transaction_id: UUID) -> RowMapping | None:
    """One entry of a book with its postings."""
    return (
        session.execute(
            text(f"{_JOURNAL} AND entry.id = :transaction_id"),
            {"business_id": business_id, "transaction_id": transaction_id},
        )
        .mappings()
        .one_or_none()
    )


def entry(session: Session, business_id: UUID, transaction_id: UUID) -> Entry | None:
    """What an entry of a book came of."""
    row = session.execute(
        text("""
            SELECT entry.id, entry.source, entry.source_id, entry.reverses_id,
                   (SELECT undone.id FROM app.ledger_transactions undone WHERE undone.reverses_id = entry.id LIMIT 1)
            FROM app.ledger_transactions entry
            WHERE entry.id = :transaction_id AND entry.business_id = :business_id
        """),
        {"transaction_id": transaction_id, "business_id": business_id},
    ).one_or_none()
    return None if row is None else Entry._make(row)

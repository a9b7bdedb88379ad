"""What is refused of undoing an entry."""

from __future__ import annotations

from uuid import UUID

from foundation.errors import Conflict, NotFound


class LedgerTransactionNotFound(NotFound):
    """The book has no such entry."""

    code = "ledger-transaction-not-found"

    def __init__(self, transaction_id: UUID) -> None:
        super().__init__(
            f"the book has no entry {transaction_id}; `GET /api/v1/ledger/transactions` lists them",
            transaction_id=str(transaction_id),
        )


class EntryNotUndoable(Conflict):
    """The entry cannot be undone by itself; something else does it."""

    code = "entry-not-undoable"

    def __init__(self, source: str, source_id: UUID, verb: str) -> None:
        super().__init__(
            f"an entry of a {source} is not undone by itself; what undoes it is {verb}",
            source=source,
            source_id=str(source_id),
            undone_by=verb,
        )

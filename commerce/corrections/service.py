"""The undoing of any entry of one's own book by the verb of the slice that wrote it, or a word on what else does it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from commerce.billing import cancelling
from commerce.corrections import queries
from commerce.corrections.errors import EntryNotUndoable, LedgerTransactionNotFound
from commerce.corrections.queries import Entry
from commerce.corrections.vocabulary import UNDONE_BY
from commerce.expenses import service as expenses
from commerce.khata import service as khata
from commerce.ledger.errors import EntryDayInvalid, EntryReversed
from commerce.purchases import payments
from commerce.purchases import queries as purchase_queries
from commerce.purchases import service as purchases
from commerce.purchases.errors import SupplierPaymentNotFound
from foundation.idempotency import RequestKey


@dataclass(frozen=True)
class Wish:
    """Who undoes what, why, and on which day."""

    business_id: UUID
    reason: str
    note: str | None
    entered_on: date | None
    actor_id: UUID | None
    channel: str
    request: RequestKey | None

    @property
    def common(self) -> dict[str, Any]:
        return {
            "business_id": self.business_id,
            "actor_id": self.actor_id,
            "channel": self.channel,
            "request": self.request,
        }


def _khata(session: Session, source_id: UUID, wish: Wish) -> None:
    khata.reverse_entry(
        session, entry_id=source_id, reason=wish.reason, entered_on=wish.entered_on, **wish.common
    )


def _bill(session: Session, source_id: UUID, wish: Wish) -> None:
    if wish.entered_on is not None:
        raise EntryDayInvalid("a bill is cancelled on the day of its cancellation; leave `entered_on` out")
    cancelling.cancel(session, invoice_id=source_id, reason=wish.note or wish.reason, **wish.common)


def _stock_in(session: Session, source_id: UUID, wish: Wish) -> None:
    purchases.reverse_stock_in(session, stock_in_id=source_id, entered_on=wish.entered_on, **wish.common)


def _supplier_payment(session: Session, source_id: UUID, wish: Wish) -> None:
    supplier_id = purchase_queries.supplier_of_payment(session, wish.business_id, source_id)
    if supplier_id is None:
        raise SupplierPaymentNotFound(source_id)
    payments.reverse_supplier_payment(
        session, supplier_id=supplier_id, payment_id=source_id, entered_on=wish.entered_on, **wish.common
    )


def _expense(session: Session, source_id: UUID, wish: Wish) -> None:
    expenses.reverse_expense(session, expense_id=source_id, entered_on=wish.entered_on, **wish.common)


VERBS: Final[dict[str, Callable[[Session, UUID, Wish], None]]] = {
    "khata": _khata,
    "bill": _bill,
    "stock-in": _stock_in,
    "supplier-payment": _supplier_payment,
    "expense": _expense,
}


def reverse_transaction(
    session: Session,
    *,
    business_id: UUID,
    transaction_id: UUID,
    reason: str,
    note: str | None = None,
    entered_on: date | None = None,
    actor_id: UUID | None = None,
    channel: str = "api",
    request: RequestKey | None = None,
) -> UUID:
    """Undo an entry of one's own book as a whole, goods and debts with it; the id of the entry that undid it.

    `note` is the reason that stands on a bill that is cancelled. A repeated request gets the first answer.
    Raises LedgerTransactionNotFound, EntryNotUndoable, EntryReversed, EntryDayInvalid, RequestKeyReused, and what the
    verb of the slice raises.
    """
    entry = _entry(session, business_id, transaction_id)
    undoing = UNDONE_BY[entry.source]
    if not undoing.is_here:
        raise EntryNotUndoable(entry.source, entry.source_id, undoing.verb)
    if entry.reverses_id is not None:
        raise EntryReversed(
            f"{transaction_id} undid another entry itself; write what is right as a new one",
            entry_id=str(transaction_id),
        )
    wish = Wish(business_id, reason, note, entered_on, actor_id, channel, request)
    VERBS[entry.source](session, entry.source_id, wish)
    undone = _entry(session, business_id, transaction_id).reversed_by_id
    assert undone is not None
    return undone


def _entry(session: Session, business_id: UUID, transaction_id: UUID) -> Entry:
    found = queries.entry(session, business_id, transaction_id)
    if found is None:
        raise LedgerTransactionNotFound(transaction_id)
    return found

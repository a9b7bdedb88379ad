"""The entries of one's own book, and their undoing."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session

from commerce.billing.errors import BillCancelled, BillNotCancellable
from commerce.corrections import queries, service
from commerce.corrections.errors import EntryNotUndoable, LedgerTransactionNotFound
from commerce.corrections.queries import EntryFilter
from commerce.customers.errors import CustomerErased
from commerce.khata.errors import KhataEntryInvalid, KhataEntryReversed
from commerce.ledger.errors import EntryDayInvalid, EntryReversed
from commerce.purchases.errors import SupplierErased
from serving.dependencies import KEYED, IdempotencyKey, Read, Reader, Writer
from serving.journal.schemas import LedgerReversalIn, LedgerTransactionOut
from serving.pagination import CursorInvalid, PageAsked
from serving.paths import V1
from serving.problems import describe, merged
from serving.security import GUARDED, Caller, may
from serving.shapes import Day, Page

router = APIRouter(prefix=f"{V1}/ledger/transactions", tags=["till"])

Seer = Annotated[Caller, may("books:read")]
Source = Literal[
    "bill",
    "khata",
    "stock-in",
    "supplier-payment",
    "expense",
    "delivery",
    "return",
    "payment",
    "bounce",
    "opening",
    "write_off",
    "reinstatement",
    "cancel_fee",
    "fee_waiver",
    "cancel_credit",
    "interest",
    "cash_discount",
    "discount_reversal",
    "bill_cancellation",
    "bill_return",
    "adjustment",
    "import",
]


@router.get("", responses=merged(GUARDED, describe(CursorInvalid)))
def list_ledger_transactions(
    caller: Seer,
    read: Reader,
    asked: PageAsked,
    sort: Annotated[
        Literal["newest", "oldest"], Query(description="`newest`: written last; `oldest`: first.")
    ] = "newest",
    source: Annotated[Source | None, Query(description="Only what came of this.")] = None,
    source_id: Annotated[UUID | None, Query(description="Only of this bill, expense, delivery, …")] = None,
    first: Annotated[Day | None, Query(description="Of this day or later.")] = None,
    last: Annotated[Day | None, Query(description="Of this day or earlier.")] = None,
) -> Page[LedgerTransactionOut]:
    """The journal: every entry of one's own book with its amounts by account, and what would undo it."""
    order = queries.JOURNAL_BY[sort]
    chosen = EntryFilter(source, source_id, first, last)
    rows = read(
        lambda session: queries.journal(
            session, caller.own_business_id, chosen=chosen, by=order, after=asked.after, limit=asked.fetch
        )
    )
    return asked.page(rows, LedgerTransactionOut.of, key=order.key)


@router.get("/{transaction_id}", responses=merged(GUARDED, describe(LedgerTransactionNotFound)))
def read_ledger_transaction(transaction_id: UUID, caller: Seer, read: Reader) -> LedgerTransactionOut:
    """One entry of one's own book."""
    return _entry(read, caller, transaction_id)


@router.post(
    "/{transaction_id}/reversal",
    status_code=HTTPStatus.CREATED,
    responses=merged(
        GUARDED,
        KEYED,
        describe(
            LedgerTransactionNotFound,
            EntryNotUndoable,
            EntryReversed,
            EntryDayInvalid,
            KhataEntryReversed,
            KhataEntryInvalid,
            CustomerErased,
            SupplierErased,
            BillCancelled,
            BillNotCancellable,
        ),
    ),
)
def reverse_ledger_transaction(
    transaction_id: UUID,
    undone: LedgerReversalIn,
    caller: Annotated[Caller, may("books:undo")],
    request: IdempotencyKey,
    write: Writer,
    read: Reader,
) -> LedgerTransactionOut:
    """Undo an entry as a whole, its goods and debts with it; answers the entry that undid it.

    What cannot be undone by itself says what undoes it: a delivery is undone by a return.
    """
    reversal_id = write(
        lambda session: service.reverse_transaction(
            session,
            business_id=caller.own_business_id,
            transaction_id=transaction_id,
            reason=undone.reason,
            note=undone.note,
            entered_on=undone.entered_on,
            actor_id=caller.user_id,
            request=request,
        )
    )
    return _entry(read, caller, reversal_id)


def _entry(read: Read, caller: Caller, transaction_id: UUID) -> LedgerTransactionOut:
    def ask(session: Session) -> LedgerTransactionOut:
        row = queries.shown(session, caller.own_business_id, transaction_id)
        if row is None:
            raise LedgerTransactionNotFound(transaction_id)
        return LedgerTransactionOut.of(row)

    return read(ask)

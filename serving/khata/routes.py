"""The khata: payments, debits without a bill, their undoing, and what stands in it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session

from commerce.customers import service as customers
from commerce.customers.errors import CustomerErased, CustomerNotFound
from commerce.khata import queries, service
from commerce.khata.errors import (
    KhataEntryDuplicate,
    KhataEntryInvalid,
    KhataEntryNotFound,
    KhataEntryReversed,
)
from commerce.khata.statements import statement
from commerce.ledger.errors import AllocationInvalid
from serving.credit.schemas import chosen
from serving.customers.schemas import CustomerOut
from serving.dependencies import KEYED, IdempotencyKey, Read, Reader, Writer
from serving.khata.schemas import (
    KhataDebitIn,
    KhataEntryOut,
    KhataPaymentIn,
    KhataReversalIn,
    KhataRowOut,
    KhataStatementOut,
)
from serving.pagination import CursorInvalid, PageAsked
from serving.paths import V1
from serving.problems import describe, merged
from serving.security import GUARDED, Caller, may
from serving.shapes import Day, Page

router = APIRouter(prefix=f"{V1}/ledger", tags=["khata"])

Seer = Annotated[Caller, may("customers:read")]
WRITTEN = describe(CustomerNotFound, CustomerErased, KhataEntryInvalid, KhataEntryDuplicate)


@router.post(
    "/payment",
    status_code=HTTPStatus.CREATED,
    responses=merged(GUARDED, KEYED, WRITTEN, describe(AllocationInvalid)),
)
def take_khata_payment(
    payment: KhataPaymentIn,
    caller: Annotated[Caller, may("khata:receive")],
    request: IdempotencyKey,
    write: Writer,
    read: Reader,
) -> KhataEntryOut:
    """Take a customer's money; it settles the oldest debts first, and what is left over is paid ahead."""
    entry_id = write(
        lambda session: service.record_payment(
            session,
            business_id=caller.own_business_id,
            customer_id=payment.customer_id,
            amount_paisa=payment.amount_paisa,
            mode=payment.mode,
            entered_on=payment.entered_on,
            reference=payment.reference,
            chosen=chosen(payment.settles),
            is_rest_kept=payment.is_rest_kept,
            confirm_duplicate=payment.confirm_duplicate,
            actor_id=caller.user_id,
            request=request,
        )
    )
    return _entry(read, caller, entry_id)


@router.post("/credit", status_code=HTTPStatus.CREATED, responses=merged(GUARDED, KEYED, WRITTEN))
def add_khata_debit(
    debit: KhataDebitIn,
    caller: Annotated[Caller, may("khata:write")],
    request: IdempotencyKey,
    write: Writer,
    read: Reader,
) -> KhataEntryOut:
    """Write up what a customer owes without a bill. Who must give an invoice for a sale makes a bill instead."""
    entry_id = write(
        lambda session: service.add_debit(
            session,
            business_id=caller.own_business_id,
            customer_id=debit.customer_id,
            amount_paisa=debit.amount_paisa,
            entered_on=debit.entered_on,
            due_on=debit.due_on,
            reference=debit.reference,
            confirm_duplicate=debit.confirm_duplicate,
            actor_id=caller.user_id,
            request=request,
        )
    )
    return _entry(read, caller, entry_id)


@router.post(
    "/entries/{entry_id}/reversal",
    status_code=HTTPStatus.CREATED,
    responses=merged(
        GUARDED, KEYED, describe(KhataEntryNotFound, KhataEntryReversed, KhataEntryInvalid, CustomerErased)
    ),
)
def reverse_khata_entry(
    entry_id: UUID,
    undone: KhataReversalIn,
    caller: Annotated[Caller, may("khata:undo")],
    request: IdempotencyKey,
    write: Writer,
    read: Reader,
) -> KhataEntryOut:
    """Undo an entry by its contrary: a payment that bounced, or what was written by mistake."""
    reversal_id = write(
        lambda session: service.reverse_entry(
            session,
            business_id=caller.own_business_id,
            entry_id=entry_id,
            reason=undone.reason,
            entered_on=undone.entered_on,
            actor_id=caller.user_id,
            request=request,
        )
    )
    return _entry(read, caller, reversal_id)


@router.get("/{customer_id}", responses=merged(GUARDED, describe(CustomerNotFound, CursorInvalid)))
def list_khata(
    customer_id: UUID,
    caller: Seer,
    read: Reader,
    asked: PageAsked,
    sort: Annotated[
        Literal["newest", "oldest"], Query(description="`newest`: written last; `oldest`: first.")
    ] = "newest",
    is_open: Annotated[bool | None, Query(description="What is not settled, or is.")] = None,
) -> Page[KhataRowOut]:
    """What stands in a customer's khata: bills, debits and payments, with what is open of each."""
    order = queries.MOVEMENTS_BY[sort]

    def ask(session: Session) -> Page[KhataRowOut]:
        known = customers.get_customer(session, business_id=caller.own_business_id, customer_id=customer_id)
        rows = queries.movements(
            session, known.account_id, is_open=is_open, by=order, after=asked.after, limit=asked.fetch
        )
        return asked.page(rows, lambda row: KhataRowOut(**row), key=order.key)

    return read(ask)


@router.get(
    "/{customer_id}/statement", responses=merged(GUARDED, describe(CustomerNotFound, KhataEntryInvalid))
)
def read_khata_statement(
    customer_id: UUID,
    caller: Seer,
    read: Reader,
    first: Annotated[Day | None, Query(description="Left out: the first of the month of `last`.")] = None,
    last: Annotated[Day | None, Query(description="Left out: today.")] = None,
) -> KhataStatementOut:
    """A customer's khata for a period, with the balance after each row."""
    told = read(
        lambda session: statement(
            session, business_id=caller.own_business_id, customer_id=customer_id, first=first, last=last
        )
    )
    return KhataStatementOut.model_validate(told)


def _entry(read: Read, caller: Caller, entry_id: UUID) -> KhataEntryOut:
    def ask(session: Session) -> KhataEntryOut:
        row = queries.entry(session, caller.own_business_id, entry_id)
        known = customers.get_customer(
            session, business_id=caller.own_business_id, customer_id=row["customer_id"]
        )
        return KhataEntryOut(
            **{name: row[name] for name in ("id", "item_id", "amount_paisa", "reverses_id")},
            customer=CustomerOut.of(known),
        )

    return read(ask)

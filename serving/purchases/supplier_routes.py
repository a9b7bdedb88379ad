"""Whom a shop buys of beside orders, and what they are owed and get."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session

from commerce.ledger.errors import EntryDayInvalid, EntryReversed
from commerce.purchases import payments, queries, suppliers
from commerce.purchases.errors import (
    SupplierErased,
    SupplierNotFound,
    SupplierOwed,
    SupplierPaymentInvalid,
    SupplierPaymentNotFound,
)
from serving.dependencies import KEYED, IdempotencyKey, Read, Reader, Writer
from serving.expenses.schemas import UndoneIn
from serving.pagination import CursorInvalid, PageAsked
from serving.paths import V1
from serving.problems import describe, merged
from serving.purchases.schemas import SupplierOut, SupplierPaymentIn, SupplierPaymentOut
from serving.security import GUARDED, Caller, may
from serving.shapes import Page

router = APIRouter(prefix=f"{V1}/suppliers", tags=["till"])

Seer = Annotated[Caller, may("purchases:read")]


@router.get("", responses=merged(GUARDED, describe(CursorInvalid)))
def list_suppliers(
    caller: Seer,
    read: Reader,
    asked: PageAsked,
    sort: Annotated[
        Literal["owed", "newest"],
        Query(description="`owed`: who is owed most first; `newest`: who was named last first."),
    ] = "owed",
    is_owed: Annotated[bool | None, Query(description="Who is not settled, or who is.")] = None,
) -> Page[SupplierOut]:
    """Suppliers that keep no book here, with what each is owed."""
    order = queries.SUPPLIERS_BY[sort]

    def ask(session: Session) -> Page[SupplierOut]:
        rows = queries.suppliers(
            session, caller.own_business_id, is_owed=is_owed, by=order, after=asked.after, limit=asked.fetch
        )
        return asked.page(suppliers.known(session, rows), SupplierOut.of, key=order.key_of)

    return read(ask)


@router.get("/{supplier_id}", responses=merged(GUARDED, describe(SupplierNotFound)))
def read_supplier(supplier_id: UUID, caller: Seer, read: Reader) -> SupplierOut:
    """One supplier; what it brought is asked by `GET /api/v1/stock-ins?supplier_id=`."""
    known = read(
        lambda session: suppliers.get_supplier(
            session, business_id=caller.own_business_id, supplier_id=supplier_id
        )
    )
    return SupplierOut.of(known)


@router.delete(
    "/{supplier_id}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=merged(GUARDED, describe(SupplierNotFound, SupplierErased, SupplierOwed)),
)
def erase_supplier(
    supplier_id: UUID, caller: Annotated[Caller, may("suppliers:erase")], write: Writer
) -> None:
    """Forget for good what a settled supplier is called; the books keep its id and the amounts."""
    write(
        lambda session: suppliers.erase_supplier(
            session,
            business_id=caller.own_business_id,
            supplier_id=supplier_id,
            erased_by=caller.user_id,
        )
    )


@router.post(
    "/{supplier_id}/payments",
    status_code=HTTPStatus.CREATED,
    responses=merged(
        GUARDED, KEYED, describe(SupplierNotFound, SupplierErased, SupplierPaymentInvalid, EntryDayInvalid)
    ),
)
def pay_supplier(
    supplier_id: UUID,
    payment: SupplierPaymentIn,
    caller: Annotated[Caller, may("purchases:write")],
    request: IdempotencyKey,
    write: Writer,
    read: Reader,
) -> SupplierPaymentOut:
    """Pay a supplier what it is owed, in part or whole."""
    payment_id = write(
        lambda session: payments.pay_supplier(
            session,
            business_id=caller.own_business_id,
            supplier_id=supplier_id,
            **payment.model_dump(),
            actor_id=caller.user_id,
            request=request,
        )
    )
    return _payment(read, caller, supplier_id, payment_id)


@router.get("/{supplier_id}/payments", responses=merged(GUARDED, describe(SupplierNotFound, CursorInvalid)))
def list_supplier_payments(
    supplier_id: UUID,
    caller: Seer,
    read: Reader,
    asked: PageAsked,
    sort: Annotated[
        Literal["newest", "oldest"], Query(description="`newest`: written last; `oldest`: first.")
    ] = "newest",
) -> Page[SupplierPaymentOut]:
    """What a supplier got, and what undid some of it."""
    order = queries.PAYMENTS_BY[sort]

    def ask(session: Session) -> Page[SupplierPaymentOut]:
        suppliers.get_supplier(session, business_id=caller.own_business_id, supplier_id=supplier_id)
        rows = queries.payments(
            session, caller.own_business_id, supplier_id, by=order, after=asked.after, limit=asked.fetch
        )
        return asked.page(rows, lambda row: SupplierPaymentOut(**row), key=order.key)

    return read(ask)


@router.post(
    "/{supplier_id}/payments/{paid_id}/reversal",
    status_code=HTTPStatus.CREATED,
    responses=merged(
        GUARDED,
        KEYED,
        describe(SupplierNotFound, SupplierErased, SupplierPaymentNotFound, EntryReversed, EntryDayInvalid),
    ),
)
def reverse_supplier_payment(
    supplier_id: UUID,
    paid_id: UUID,
    undone: UndoneIn,
    caller: Annotated[Caller, may("purchases:undo")],
    request: IdempotencyKey,
    write: Writer,
    read: Reader,
) -> SupplierPaymentOut:
    """Undo a payment to a supplier by its contrary: it is owed so much again."""
    reversal_id = write(
        lambda session: payments.reverse_supplier_payment(
            session,
            business_id=caller.own_business_id,
            supplier_id=supplier_id,
            payment_id=paid_id,
            entered_on=undone.entered_on,
            actor_id=caller.user_id,
            request=request,
        )
    )
    return _payment(read, caller, supplier_id, reversal_id)


def _payment(read: Read, caller: Caller, supplier_id: UUID, payment_id: UUID) -> SupplierPaymentOut:
    def ask(session: Session) -> SupplierPaymentOut:
        row = queries.payment(session, caller.own_business_id, supplier_id, payment_id)
        assert row is not None
        return SupplierPaymentOut(**row)

    return read(ask)

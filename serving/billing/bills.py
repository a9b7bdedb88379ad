"""Bills of a shop: made at once, cancelled, given back of; and the tills whose series number them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path

from commerce.billing import cancelling, drafting, queries, returning, service
from commerce.billing.errors import (
    BillCancelled,
    BillNotCancellable,
    BillNotFound,
    BillNumberNotNext,
    BillPaymentInvalid,
    BillReturnInvalid,
    BillTotalDiffers,
    TillInvalid,
    TillNotFound,
)
from commerce.billing.returning import ComesBack
from serving.billing.bill_schemas import BillCancelIn, BillIn, BillReturnIn, TillIn, TillOut, words
from serving.billing.drafts import BILLED, SAID
from serving.dependencies import KEYED, IdempotencyKey, Read, Reader, Writer
from serving.invoices.routes import whole
from serving.invoices.schemas import InvoiceOut
from serving.paths import V1
from serving.problems import describe, merged
from serving.security import GUARDED, Caller, may

router = APIRouter(prefix=V1, tags=["billing"])

TillCode = Annotated[str, Path(pattern="^[A-Z][0-9]$", examples=["T1"])]
UNDONE = describe(BillNotFound, BillCancelled)


@router.post(
    "/invoices",
    status_code=HTTPStatus.CREATED,
    responses=merged(
        GUARDED, KEYED, SAID, BILLED, describe(BillNumberNotNext, BillTotalDiffers, TillInvalid)
    ),
)
def make_bill(
    bill: BillIn,
    caller: Annotated[Caller, may("bills:make")],
    request: IdempotencyKey,
    write: Writer,
    read: Reader,
) -> InvoiceOut:
    """Make a whole bill at once, also one that a device made while it was offline."""
    invoice_id = write(
        lambda session: drafting.sell(
            session,
            business_id=caller.own_business_id,
            words=words(bill.changes),
            customer_id=bill.customer_id,
            tenders=bill.tenders,
            due_on=bill.due_on,
            made=bill.made,
            actor_id=caller.user_id,
            request=request,
        )
    )
    return _bill(read, invoice_id)


@router.post(
    "/invoices/{invoice_id}/cancel",
    responses=merged(GUARDED, KEYED, UNDONE, describe(BillNotCancellable)),
)
def cancel_bill(
    invoice_id: UUID,
    cancelled: BillCancelIn,
    caller: Annotated[Caller, may("bills:undo")],
    request: IdempotencyKey,
    write: Writer,
    read: Reader,
) -> InvoiceOut:
    """Let a bill of this month hold no longer: its number stays taken, goods and money go back."""
    write(
        lambda session: cancelling.cancel(
            session,
            business_id=caller.own_business_id,
            invoice_id=invoice_id,
            reason=cancelled.reason,
            actor_id=caller.user_id,
            request=request,
        )
    )
    return _bill(read, invoice_id)


@router.post(
    "/invoices/{invoice_id}/credit-notes",
    status_code=HTTPStatus.CREATED,
    responses=merged(GUARDED, KEYED, UNDONE, describe(BillReturnInvalid, BillPaymentInvalid)),
)
def take_back_of_bill(
    invoice_id: UUID,
    back: BillReturnIn,
    caller: Annotated[Caller, may("bills:undo")],
    request: IdempotencyKey,
    write: Writer,
    read: Reader,
) -> InvoiceOut:
    """Write the credit note of goods that come back of a bill, at the bill's rates."""
    note_id = write(
        lambda session: returning.give_back(
            session,
            business_id=caller.own_business_id,
            invoice_id=invoice_id,
            goods=[ComesBack(line.line_no, line.quantity) for line in back.lines],
            reason=back.reason,
            mode=back.mode,
            is_sound=back.is_sound,
            actor_id=caller.user_id,
            request=request,
        )
    )
    return _bill(read, note_id)


@router.get("/tills", responses=GUARDED)
def list_tills(caller: Annotated[Caller, may("bills:read")], read: Reader) -> list[TillOut]:
    """The devices that bill by series of their own, those that were closed too."""
    rows = read(lambda session: queries.tills(session, caller.own_business_id))
    return [TillOut(**row) for row in rows]


@router.put("/tills/{code}", responses=merged(GUARDED, describe(TillInvalid)))
def open_till(
    code: TillCode,
    till: TillIn,
    caller: Annotated[Caller, may("billing:rule")],
    write: Writer,
    read: Reader,
) -> list[TillOut]:
    """Let a device bill by a series of its own, or name it anew; one that was closed is open again."""
    write(
        lambda session: service.open_till(
            session, business_id=caller.own_business_id, code=code, name=till.name, actor_id=caller.user_id
        )
    )
    return list_tills(caller, read)


@router.delete("/tills/{code}", responses=merged(GUARDED, describe(TillNotFound)))
def close_till(
    code: TillCode, caller: Annotated[Caller, may("billing:rule")], write: Writer, read: Reader
) -> list[TillOut]:
    """Let a device bill no longer; its bills and its series stay."""
    write(lambda session: service.close_till(session, business_id=caller.own_business_id, code=code))
    return list_tills(caller, read)


def _bill(read: Read, invoice_id: UUID) -> InvoiceOut:
    return read(lambda session: whole(session, invoice_id))

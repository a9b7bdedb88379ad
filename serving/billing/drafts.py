"""Bills that are being made."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request

from commerce.billing import drafting, queries
from commerce.billing.errors import (
    BillDateInvalid,
    BillDraftClosed,
    BillDraftInvalid,
    BillDraftNotFound,
    BillDraftOpen,
    BillPaymentInvalid,
    BillTaxNotOptional,
    BillUnpaid,
    BillUnpriced,
    NothingToUndo,
    TillNotFound,
)
from commerce.billing.queries import DraftFilter
from commerce.catalogue.errors import ProductInvalid, ProductNotFound, UnitNotSold, UnitUnknown
from commerce.customers.errors import CustomerErased, CustomerNotFound
from commerce.ledger.errors import DocumentDateBackwards
from commerce.tax.errors import (
    BillInvalid,
    PlaceOfSupplyUnknown,
    PriceAboveMrp,
    RateDayUnclear,
    TaxOnTopRefused,
    TaxRateUnknown,
)
from foundation import clock
from foundation.errors import VersionMismatch
from serving.billing.bill_schemas import ConfirmIn, DraftChangeIn, DraftIn, DraftOut, DraftRowOut, words
from serving.dependencies import KEYED, VERSION, IdempotencyKey, IfMatch, Read, Reader, Writer
from serving.invoices.routes import whole
from serving.invoices.schemas import InvoiceOut
from serving.pagination import CursorInvalid, PageAsked
from serving.paths import V1
from serving.problems import CONDITIONAL, describe, merged
from serving.security import GUARDED, Caller, may
from serving.shapes import Page

router = APIRouter(prefix=f"{V1}/bill-drafts", tags=["billing"])

Seer = Annotated[Caller, may("bills:read")]
Seller = Annotated[Caller, may("bills:make")]

SAID = describe(
    BillDraftInvalid,
    BillTaxNotOptional,
    CustomerNotFound,
    CustomerErased,
    ProductInvalid,
    ProductNotFound,
    UnitNotSold,
    UnitUnknown,
)
"""What may be wrong with words about a bill."""
BILLED = describe(
    BillDateInvalid,
    BillInvalid,
    BillPaymentInvalid,
    BillUnpaid,
    BillUnpriced,
    DocumentDateBackwards,
    PlaceOfSupplyUnknown,
    PriceAboveMrp,
    RateDayUnclear,
    TaxOnTopRefused,
    TaxRateUnknown,
    TillNotFound,
)
"""Why what was said makes no bill."""
TOUCHED = describe(BillDraftNotFound, BillDraftClosed)


@router.post(
    "", status_code=HTTPStatus.CREATED, responses=merged(GUARDED, KEYED, SAID, describe(BillDraftOpen))
)
def begin_bill(
    draft: DraftIn, caller: Seller, request: IdempotencyKey, write: Writer, read: Reader
) -> DraftOut:
    """Begin a bill. A customer has one at a time; of nobody by name there may be many."""
    draft_id = write(
        lambda session: drafting.begin(
            session,
            business_id=caller.own_business_id,
            customer_id=draft.customer_id,
            device=draft.session,
            words=words(draft.changes),
            actor_id=caller.user_id,
            request=request,
        )
    )
    return _shown(read, caller, draft_id)


@router.get("", responses=merged(GUARDED, describe(CursorInvalid)))
def list_bill_drafts(
    caller: Seer,
    read: Reader,
    asked: PageAsked,
    sort: Annotated[
        Literal["newest", "oldest"], Query(description="`newest`: touched last; `oldest`: longest ago.")
    ] = "newest",
    customer_id: Annotated[UUID | None, Query(description="Only this customer's.")] = None,
    session: Annotated[str | None, Query(max_length=40, description="Only of this device.")] = None,
    state: Annotated[
        Literal["open", "confirmed", "cancelled"] | None, Query(description="Only those in this state.")
    ] = None,
) -> Page[DraftRowOut]:
    """The shop's drafts, as long as they are kept."""
    order = queries.DRAFTS_BY[sort]
    chosen = DraftFilter(customer_id, session, state)
    rows = read(
        lambda reading: queries.drafts(
            reading,
            caller.own_business_id,
            now=clock.now(),
            chosen=chosen,
            by=order,
            after=asked.after,
            limit=asked.fetch,
        )
    )
    return asked.page(rows, lambda row: DraftRowOut(**row), key=order.key)


@router.get("/{draft_id}", responses=merged(GUARDED, describe(BillDraftNotFound)))
def read_bill_draft(draft_id: UUID, caller: Seer, read: Reader, request: Request) -> DraftOut:
    """A draft with what it comes to at the prices and rates of now, and why it cannot be confirmed if so."""
    shown = _shown(read, caller, draft_id)
    request.scope[VERSION] = shown.version
    return shown


@router.post(
    "/{draft_id}/changes",
    responses=merged(GUARDED, CONDITIONAL, SAID, TOUCHED, describe(BillDraftOpen, VersionMismatch)),
)
def change_bill_draft(
    draft_id: UUID,
    said: DraftChangeIn,
    caller: Seller,
    versions: IfMatch,
    write: Writer,
    read: Reader,
    request: Request,
) -> DraftOut:
    """Add, change or remove lines, or say something of the whole bill; all of it or nothing."""
    write(
        lambda session: drafting.change(
            session,
            business_id=caller.own_business_id,
            draft_id=draft_id,
            words=words(said.changes),
            versions=versions,
        )
    )
    return read_bill_draft(draft_id, caller, read, request)


@router.post(
    "/{draft_id}/undo",
    responses=merged(GUARDED, CONDITIONAL, TOUCHED, describe(NothingToUndo, BillDraftOpen, VersionMismatch)),
)
def undo_bill_draft(
    draft_id: UUID, caller: Seller, versions: IfMatch, write: Writer, read: Reader, request: Request
) -> DraftOut:
    """Take back what was said last; twenty steps are kept."""
    write(
        lambda session: drafting.undo(
            session, business_id=caller.own_business_id, draft_id=draft_id, versions=versions
        )
    )
    return read_bill_draft(draft_id, caller, read, request)


@router.post(
    "/{draft_id}/cancel",
    responses=merged(GUARDED, CONDITIONAL, TOUCHED, describe(VersionMismatch)),
)
def cancel_bill_draft(
    draft_id: UUID, caller: Seller, versions: IfMatch, write: Writer, read: Reader, request: Request
) -> DraftOut:
    """Let a draft go."""
    write(
        lambda session: drafting.cancel_draft(
            session, business_id=caller.own_business_id, draft_id=draft_id, versions=versions
        )
    )
    return read_bill_draft(draft_id, caller, read, request)


@router.post(
    "/{draft_id}/confirmation",
    status_code=HTTPStatus.CREATED,
    responses=merged(GUARDED, CONDITIONAL, KEYED, SAID, BILLED, TOUCHED, describe(VersionMismatch)),
)
def confirm_bill(
    draft_id: UUID,
    confirmed: ConfirmIn,
    caller: Seller,
    versions: IfMatch,
    request: IdempotencyKey,
    write: Writer,
    read: Reader,
) -> InvoiceOut:
    """Make the draft a bill: paper, goods, books and money in one transaction."""
    invoice_id = write(
        lambda session: drafting.confirm(
            session,
            business_id=caller.own_business_id,
            draft_id=draft_id,
            tenders=confirmed.tenders,
            due_on=confirmed.due_on,
            till=confirmed.till,
            versions=versions,
            actor_id=caller.user_id,
            request=request,
        )
    )
    return read(lambda session: whole(session, invoice_id))


def _shown(read: Read, caller: Caller, draft_id: UUID) -> DraftOut:
    return read(
        lambda session: DraftOut.of(
            drafting.shown(session, business_id=caller.own_business_id, draft_id=draft_id)
        )
    )

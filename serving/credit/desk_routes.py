"""What waits on the credit desk: claims of payments, open items and what settles them, write-offs."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from commerce.credit import claims, desk_queries, service
from commerce.credit.errors import (
    AgreementNotFound,
    AllocationInvalid,
    ClaimDecidedAlready,
    ClaimNotFound,
    EvidenceInvalid,
    ItemNotFound,
    PaymentDuplicate,
    PaymentInvalid,
    PaymentLarge,
    SecondPersonNeeded,
    WriteOffDecidedAlready,
    WriteOffNotFound,
)
from foundation import clock
from foundation.object_store import object_store
from serving.credit.desk_schemas import (
    AcceptanceIn,
    ClaimIn,
    ClaimOut,
    ClaimState,
    OpenItemOut,
    OpenItemsOut,
    PolicyIn,
    PolicyOut,
    ReallocationIn,
    RefusalIn,
    SettledOut,
    SettlementsOut,
    WriteOffIn,
    WriteOffOut,
    WriteOffState,
)
from serving.credit.schemas import chosen
from serving.dependencies import KEYED, IdempotencyKey, Read, Reader, Writer
from serving.pagination import CursorInvalid, PageAsked
from serving.paths import V1
from serving.problems import Responses, describe, merged
from serving.security import GUARDED, Caller, may
from serving.shapes import Page

router = APIRouter(prefix=f"{V1}/credit", tags=["credit"])

CreditReader = Annotated[Caller, may("credit:read")]
Decider = Annotated[Caller, may("payments:decide")]
WriterOff = Annotated[Caller, may("debts:write-off")]

BYTES = {"schema": {"type": "string", "format": "binary"}, "example": "(the bytes of the picture)"}
PICTURES: Responses = {
    200: {"description": "The picture.", "content": dict.fromkeys(claims.MEDIA_TYPES.values(), BYTES)}
}


@router.post(
    "/claims",
    status_code=HTTPStatus.CREATED,
    responses=merged(GUARDED, KEYED, describe(AgreementNotFound, PaymentInvalid, EvidenceInvalid)),
)
def claim_payment(
    wanted: ClaimIn,
    caller: Annotated[Caller, may("payments:claim")],
    request: IdempotencyKey,
    write: Writer,
    read: Reader,
) -> ClaimOut:
    """Say that one paid a vendor; nothing is posted before the vendor accepts."""
    retailer_id = caller.own_business_id
    key = None if wanted.evidence is None else claims.evidence_key(retailer_id, wanted.evidence)
    parties = {"vendor_id": wanted.vendor_id, "retailer_id": retailer_id}
    # Asked first, so that nobody fills the store with pictures for strangers.
    read(lambda session: service.find_agreement(session, **parties), counterparty=wanted.vendor_id)
    if key is not None and wanted.evidence is not None and not caller.is_trial:
        object_store().put(key, wanted.evidence)
    claim_id = write(
        lambda session: service.claim_payment(
            session,
            **wanted.model_dump(exclude={"evidence"}),
            retailer_id=retailer_id,
            evidence_key=key,
            actor_id=caller.user_id,
            request=request,
        ),
        counterparty=wanted.vendor_id,
    )
    return _claim_out(_claim(caller, read, claim_id))


@router.get("/claims", responses=merged(GUARDED, describe(CursorInvalid)))
def list_claims(
    caller: CreditReader,
    read: Reader,
    asked: PageAsked,
    state: ClaimState | None = None,
    counterparty_id: Annotated[UUID | None, Query(description="Only with this business.")] = None,
    sort: Annotated[
        Literal["newest", "oldest"],
        Query(description="`newest`: what was claimed last first; `oldest`: what was claimed first."),
    ] = "newest",
) -> Page[ClaimOut]:
    """Claims of payments, by `sort`."""
    order = desk_queries.CLAIMS_BY[sort]
    rows = read(
        lambda session: desk_queries.claims_of(
            session,
            caller.role,
            caller.own_business_id,
            state=state,
            counterparty_id=counterparty_id,
            by=order,
            after=asked.after,
            limit=asked.fetch,
        )
    )
    return asked.page(rows, _claim_out, key=order.key)


@router.get("/claims/{claim_id}", responses=merged(GUARDED, describe(ClaimNotFound)))
def read_claim(claim_id: UUID, caller: CreditReader, read: Reader) -> ClaimOut:
    """One claim, for either side of it."""
    return _claim_out(_claim(caller, read, claim_id))


@router.get(
    "/claims/{claim_id}/evidence",
    response_class=Response,
    responses=merged(GUARDED, describe(ClaimNotFound)) | PICTURES,
)
def read_evidence(claim_id: UUID, caller: CreditReader, read: Reader) -> Response:
    """The picture that came with a claim, as it was sent."""
    key = _claim(caller, read, claim_id)["evidence_key"]
    if key is None:
        raise ClaimNotFound(f"claim {claim_id} came without a picture", claim_id=str(claim_id))
    kind = key.rpartition(".")[2]
    return Response(
        object_store().get(key),
        media_type=claims.MEDIA_TYPES[kind],
        # To be looked at as what it is, and never run in our name.
        headers={
            "Content-Disposition": f'attachment; filename="claim-{claim_id}.{kind}"',
            "X-Content-Type-Options": "nosniff",
        },
    )


DECIDED = describe(ClaimNotFound, ClaimDecidedAlready)


@router.post(
    "/claims/{claim_id}/acceptance",
    responses=merged(GUARDED, KEYED, DECIDED, describe(PaymentDuplicate, PaymentInvalid, PaymentLarge)),
)
def accept_claim(
    claim_id: UUID,
    wanted: AcceptanceIn,
    caller: Decider,
    request: IdempotencyKey,
    write: Writer,
    read: Reader,
) -> ClaimOut:
    """Accept a claim: the payment is recorded and settles the oldest debt."""
    write(
        lambda session: service.accept_claim(
            session,
            vendor_id=caller.own_business_id,
            claim_id=claim_id,
            confirm_duplicate=wanted.confirm_duplicate,
            confirm_amount=wanted.confirm_amount,
            actor_id=caller.user_id,
            request=request,
        )
    )
    return _claim_out(_claim(caller, read, claim_id))


@router.post("/claims/{claim_id}/decline", responses=merged(GUARDED, DECIDED))
def decline_claim(
    claim_id: UUID, wanted: RefusalIn, caller: Decider, write: Writer, read: Reader
) -> ClaimOut:
    """Decline a claim; the retailer reads the reason."""
    write(
        lambda session: service.decline_claim(
            session,
            vendor_id=caller.own_business_id,
            claim_id=claim_id,
            reason=wanted.reason,
            actor_id=caller.user_id,
        )
    )
    return _claim_out(_claim(caller, read, claim_id))


@router.get("/items/{counterparty_id}", responses=merged(GUARDED, describe(AgreementNotFound, CursorInvalid)))
def list_open_items(
    counterparty_id: UUID,
    caller: CreditReader,
    read: Reader,
    asked: PageAsked,
    sort: Annotated[
        Literal["due", "newest"],
        Query(description="`due`: what is due longest first; `newest`: what was recorded last first."),
    ] = "due",
) -> OpenItemsOut:
    """What is open between the caller and a counterparty: debts, and advances that settle nothing yet; by `sort`.

    `debts` and `advances` are of all that is open, not of the page.
    """
    own = caller.own_business_id
    vendor_id, retailer_id = (own, counterparty_id) if caller.role == "vendor" else (counterparty_id, own)

    def ask(session: Session) -> OpenItemsOut:
        agreement = service.find_agreement(session, vendor_id=vendor_id, retailer_id=retailer_id)
        today = clock.business_day(clock.now(), agreement.time_zone)
        account_id = agreement.receivable_account_id
        order = desk_queries.ITEM_ORDERS[sort]
        rows = desk_queries.open_items(session, account_id, order=order, after=asked.after, limit=asked.fetch)
        page = asked.page(
            rows,
            lambda row: OpenItemOut(
                **row, days_past_due=max(0, (today - row["due_date"]).days) if row["is_debt"] else 0
            ),
            key=order.key,
        )
        return OpenItemsOut(
            **desk_queries.open_in_total(session, account_id),
            vendor_id=vendor_id,
            retailer_id=retailer_id,
            currency=agreement.currency,
            items=page.items,
            next_cursor=page.next_cursor,
        )

    return read(ask, counterparty=counterparty_id)


@router.put(
    "/items/{item_id}/allocations",
    status_code=HTTPStatus.NO_CONTENT,
    responses=merged(GUARDED, describe(ItemNotFound, AllocationInvalid)),
)
def reallocate(
    item_id: UUID,
    wanted: ReallocationIn,
    caller: Annotated[Caller, may("payments:allocate")],
    write: Writer,
) -> None:
    """Let a payment or credit note settle these debts and then the oldest, instead of what it settled before."""
    write(
        lambda session: service.reallocate(
            session,
            vendor_id=caller.own_business_id,
            item_id=item_id,
            chosen=chosen(wanted.settles),
            is_rest_kept=wanted.is_rest_kept,
            actor_id=caller.user_id,
        )
    )


@router.post("/advances/settlement", responses=GUARDED)
def settle_all_advances(
    caller: Annotated[Caller, may("payments:allocate")], write: Writer, read: Reader
) -> SettlementsOut:
    """Let the advances of every retailer settle what it owes, oldest first; each retailer by itself."""
    vendor_id = caller.own_business_id

    def settle(retailer_id: UUID) -> SettledOut:
        settled_paisa = write(
            lambda session: service.settle_advances(session, vendor_id=vendor_id, retailer_id=retailer_id),
            counterparty=retailer_id,
        )
        return SettledOut(retailer_id=retailer_id, settled_paisa=settled_paisa)

    retailers = read(lambda session: desk_queries.retailers_with_advances(session, vendor_id))
    return SettlementsOut(items=[settle(retailer_id) for retailer_id in retailers])


@router.get("/policy", responses=GUARDED)
def read_policy(caller: WriterOff, read: Reader) -> PolicyOut:
    """What the people of the vendor may do without asking a second one."""
    bound = read(lambda session: desk_queries.write_off_bound(session, caller.own_business_id, clock.now()))
    return PolicyOut(write_off_max_paisa=bound)


@router.put("/policy", responses=GUARDED)
def set_policy(wanted: PolicyIn, caller: Annotated[Caller, may("credit:grant")], write: Writer) -> PolicyOut:
    """Say what the people of the vendor may do without asking a second one, from now on."""
    write(
        lambda session: service.set_policy(
            session, vendor_id=caller.own_business_id, **wanted.model_dump(), set_by=caller.user_id
        )
    )
    return PolicyOut(write_off_max_paisa=wanted.write_off_max_paisa)


@router.post(
    "/write-offs",
    status_code=HTTPStatus.CREATED,
    responses=merged(GUARDED, KEYED, describe(ItemNotFound, AllocationInvalid)),
)
def write_off(
    wanted: WriteOffIn, caller: WriterOff, request: IdempotencyKey, write: Writer, read: Reader
) -> WriteOffOut:
    """Give up a debt: at once within what may be given up of it by one person, else it waits for a second one.

    What was written off of the debt without a second person before counts: a debt has one bound, whoever gives it up
    and in however many parts. The answer's `state` says which of both it was.
    """
    write_off_id = write(
        lambda session: service.write_off(
            session,
            vendor_id=caller.own_business_id,
            **wanted.model_dump(),
            requested_by=caller.user_id,
            request=request,
        )
    )
    return _written_off(caller, read, write_off_id)


@router.get("/write-offs", responses=merged(GUARDED, describe(CursorInvalid)))
def list_write_offs(
    caller: WriterOff,
    read: Reader,
    asked: PageAsked,
    state: WriteOffState | None = None,
    retailer_id: Annotated[UUID | None, Query(description="Only of this retailer.")] = None,
    sort: Annotated[
        Literal["newest", "oldest"],
        Query(description="`newest`: what was asked for last first; `oldest`: what was asked for first."),
    ] = "newest",
) -> Page[WriteOffOut]:
    """Debts that were given up, or that somebody asks to give up, by `sort`."""
    order = desk_queries.WRITE_OFFS_BY[sort]
    rows = read(
        lambda session: desk_queries.write_offs_of(
            session,
            caller.own_business_id,
            state=state,
            retailer_id=retailer_id,
            by=order,
            after=asked.after,
            limit=asked.fetch,
        )
    )
    return asked.page(rows, lambda row: WriteOffOut(**row), key=order.key)


GIVEN_UP = describe(WriteOffNotFound, WriteOffDecidedAlready)


@router.post(
    "/write-offs/{write_off_id}/approval",
    responses=merged(GUARDED, KEYED, GIVEN_UP, describe(SecondPersonNeeded, AllocationInvalid)),
)
def approve_write_off(
    write_off_id: UUID, caller: WriterOff, request: IdempotencyKey, write: Writer, read: Reader
) -> WriteOffOut:
    """Approve what another person of the business asked to give up."""
    write(
        lambda session: service.approve_write_off(
            session,
            vendor_id=caller.own_business_id,
            write_off_id=write_off_id,
            approved_by=caller.user_id,
            request=request,
        )
    )
    return _written_off(caller, read, write_off_id)


@router.post("/write-offs/{write_off_id}/decline", responses=merged(GUARDED, GIVEN_UP))
def decline_write_off(write_off_id: UUID, caller: WriterOff, write: Writer, read: Reader) -> WriteOffOut:
    """Leave the debt as it is."""
    write(
        lambda session: service.decline_write_off(
            session, vendor_id=caller.own_business_id, write_off_id=write_off_id, declined_by=caller.user_id
        )
    )
    return _written_off(caller, read, write_off_id)


def _claim(caller: Caller, read: Read, claim_id: UUID) -> RowMapping:
    found = read(
        lambda session: desk_queries.claims_of(
            session, caller.role, caller.own_business_id, claim_id=claim_id
        )
    )
    if not found:
        raise ClaimNotFound(
            f"there is no claim {claim_id} of or on this business; `GET /api/v1/credit/claims` has the ids",
            claim_id=str(claim_id),
        )
    return found[0]


def _claim_out(row: RowMapping) -> ClaimOut:
    return ClaimOut(**row, has_evidence=row["evidence_key"] is not None)


def _written_off(caller: Caller, read: Read, write_off_id: UUID) -> WriteOffOut:
    [row] = read(
        lambda session: desk_queries.write_offs_of(session, caller.own_business_id, write_off_id=write_off_id)
    )
    return WriteOffOut(**row)

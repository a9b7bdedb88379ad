"""Credit between a vendor and a retailer: limits, payments, history, ageing; and the retailer's score."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from commerce.credit import desk_queries, queries, service
from commerce.credit.errors import (
    AgreementNotFound,
    AllocationInvalid,
    CurrencyMismatch,
    LimitInvalid,
    PaymentDuplicate,
    PaymentInvalid,
    PaymentLarge,
    PaymentNotFound,
    PaymentReversedAlready,
)
from commerce.credit.queries import HistoryFilter
from commerce.credit.score import score_now
from commerce.parties import service as parties
from commerce.parties.errors import BusinessNotFound, ConsentInvalid
from commerce.parties.queries import CONSENTS_BY
from foundation import database
from foundation.database import Writer as Write
from foundation.errors import Forbidden
from serving.credit.reading import (
    LimitSort,
    ageing_between,
    limit_of,
    limits_of,
    payment_taken,
    widen_to_vendors,
)
from serving.credit.schemas import (
    AgeingOut,
    BandOut,
    ConsentIn,
    ConsentOut,
    ConsentsOut,
    HistoryItemOut,
    ItemKind,
    LimitIn,
    LimitOut,
    PastLimitOut,
    PaymentIn,
    PaymentOut,
    PaymentReversalIn,
    ScoreOut,
    chosen,
)
from serving.dependencies import KEYED, IdempotencyKey, Read, Reader, Writer
from serving.pagination import CursorInvalid, PageAsked
from serving.paths import V1
from serving.problems import describe, merged
from serving.security import GUARDED, Caller, may
from serving.shapes import Day, Page

router = APIRouter(prefix=f"{V1}/credit", tags=["credit"])

CONSENTED = describe(BusinessNotFound, ConsentInvalid)


class ScoreNotShared(Forbidden):
    """A retailer's score is its own: a vendor sees the grade where the retailer consented."""

    code = "score-not-shared"

    def __init__(self, retailer_id: UUID) -> None:
        super().__init__(
            f"the score of {retailer_id} is for the retailer itself and for lenders; a vendor sees the grade once "
            "the retailer consents, by `POST /api/v1/credit/consents`",
            retailer_id=str(retailer_id),
        )


@router.get("/limits", responses=merged(GUARDED, describe(CursorInvalid)))
def list_limits(
    caller: Annotated[Caller, may("credit:read")],
    read: Reader,
    asked: PageAsked,
    sort: Annotated[
        LimitSort,
        Query(description="`counterparty`: by its id; `owed`: who owes most now first, as it changes."),
    ] = "counterparty",
) -> Page[LimitOut]:
    """The caller's credit agreements: a vendor's customers, or a retailer's vendors; by `sort`."""
    return read(lambda session: limits_of(session, caller, asked, sort))


@router.get(
    "/limits/{retailer_id}/history", responses=merged(GUARDED, describe(AgreementNotFound, CursorInvalid))
)
def list_past_limits(
    retailer_id: UUID,
    caller: Annotated[Caller, may("credit:approve")],
    read: Reader,
    asked: PageAsked,
    sort: Annotated[
        Literal["newest", "oldest"],
        Query(description="`newest`: what holds now first; `oldest`: the first limit first."),
    ] = "newest",
) -> Page[PastLimitOut]:
    """Every limit that a retailer has had, by `sort`, each with its reason and who or what set it."""
    order = desk_queries.PAST_LIMITS_BY[sort]

    def ask(session: Session) -> Sequence[RowMapping]:
        agreement = service.find_agreement(session, vendor_id=caller.own_business_id, retailer_id=retailer_id)
        return desk_queries.past_limits(session, agreement.id, by=order, after=asked.after, limit=asked.fetch)

    return asked.page(read(ask), lambda row: PastLimitOut(**row), key=order.key)


@router.put(
    "/limits/{retailer_id}",
    responses=merged(GUARDED, describe(AgreementNotFound, LimitInvalid, CurrencyMismatch)),
)
def set_limit(
    retailer_id: UUID,
    wanted: LimitIn,
    caller: Annotated[Caller, may("credit:grant")],
    write: Writer,
    read: Reader,
) -> LimitOut:
    """Set the most that a retailer may owe; the first time this agrees on credit with it."""
    vendor_id = caller.own_business_id
    write(
        lambda session: service.give_credit(
            session,
            vendor_id=vendor_id,
            retailer_id=retailer_id,
            **wanted.model_dump(),
            approved_by=caller.user_id,
        ),
        counterparty=retailer_id,
    )
    return read(lambda session: limit_of(session, vendor_id, retailer_id))


@router.post(
    "/payment",
    status_code=HTTPStatus.CREATED,
    responses=merged(
        GUARDED,
        KEYED,
        describe(AgreementNotFound, AllocationInvalid, PaymentInvalid, PaymentDuplicate, PaymentLarge),
    ),
)
def record_payment(
    payment: PaymentIn,
    caller: Annotated[Caller, may("payments:record")],
    request: IdempotencyKey,
    write: Writer,
    read: Reader,
) -> PaymentOut:
    """Take a payment: it settles what it names, then what is due longest; what is left over is an advance."""
    payment_id = write(
        lambda session: service.record_payment(
            session,
            vendor_id=caller.own_business_id,
            **payment.model_dump(exclude={"settles"}),
            chosen=chosen(payment.settles),
            actor_id=caller.user_id,
            request=request,
        ),
        counterparty=payment.retailer_id,
    )
    return read(lambda session: payment_taken(session, caller.own_business_id, payment_id))


@router.post(
    "/payment/{payment_id}/reversal",
    status_code=HTTPStatus.CREATED,
    responses=merged(
        GUARDED,
        KEYED,
        describe(AgreementNotFound, PaymentNotFound, PaymentInvalid, PaymentReversedAlready),
    ),
)
def reverse_payment(
    payment_id: UUID,
    reversal: PaymentReversalIn,
    caller: Annotated[Caller, may("payments:undo")],
    request: IdempotencyKey,
    write: Writer,
    read: Reader,
) -> PaymentOut:
    """Undo a payment that bounced or was recorded by mistake: what it had settled is due as it was."""
    reversal_id = write(
        lambda session: service.reverse_payment(
            session,
            vendor_id=caller.own_business_id,
            payment_id=payment_id,
            **reversal.model_dump(),
            actor_id=caller.user_id,
            request=request,
        )
    )
    return read(lambda session: payment_taken(session, caller.own_business_id, reversal_id))


@router.get("/history", responses=merged(GUARDED, describe(CursorInvalid)))
def list_history(
    caller: Annotated[Caller, may("credit:read")],
    read: Reader,
    asked: PageAsked,
    counterparty_id: Annotated[UUID | None, Query(description="Only with this business.")] = None,
    kind: Annotated[ItemKind | None, Query(description="Only papers of this kind.")] = None,
    first: Annotated[Day | None, Query(description="Dated this day or later.")] = None,
    last: Annotated[Day | None, Query(description="Dated this day or earlier.")] = None,
    sort: Annotated[
        Literal["newest", "oldest"],
        Query(description="`newest`: what was recorded last first; `oldest`: what was recorded first."),
    ] = "newest",
) -> Page[HistoryItemOut]:
    """Charges, payments and credit notes between the caller and its counterparties, by `sort`."""
    order = queries.HISTORY_BY[sort]
    wanted = HistoryFilter(counterparty_id, kind, first, last)

    def ask(session: Session) -> Sequence[RowMapping]:
        business_id, after, limit = caller.own_business_id, asked.after, asked.fetch
        if caller.role == "vendor":
            return queries.history_as_vendor(
                session, business_id, chosen=wanted, by=order, after=after, limit=limit
            )
        widen_to_vendors(session, business_id)
        return queries.history_as_retailer(
            session, business_id, chosen=wanted, by=order, after=after, limit=limit
        )

    return asked.page(read(ask), lambda row: HistoryItemOut(**row), key=order.key)


@router.get("/ageing/{counterparty_id}", responses=merged(GUARDED, describe(AgreementNotFound)))
def read_ageing(
    counterparty_id: UUID,
    caller: Annotated[Caller, may("credit:read")],
    read: Reader,
    as_of: Annotated[Day | None, Query(description="How it stood on this day; left out: today.")] = None,
    known_on: Annotated[
        Day | None, Query(description="As it was known at the end of this day; left out: now.")
    ] = None,
) -> AgeingOut:
    """What is owed between the caller and a counterparty, by how late it is, on any past day."""
    own = caller.own_business_id
    vendor_id, retailer_id = (own, counterparty_id) if caller.role == "vendor" else (counterparty_id, own)
    return read(
        lambda session: ageing_between(
            session, vendor_id=vendor_id, retailer_id=retailer_id, as_of=as_of, known_on=known_on
        ),
        counterparty=counterparty_id,
    )


@router.get("/score", responses=merged(GUARDED, describe(BusinessNotFound)))
def read_own_score(caller: Annotated[Caller, may("scores:read-own")]) -> ScoreOut:
    """The caller's own score, with components and reasons."""
    return _full_score(caller.own_business_id)


@router.get("/score/{retailer_id}", responses=merged(GUARDED, describe(BusinessNotFound, ScoreNotShared)))
def read_score(
    retailer_id: UUID, caller: Annotated[Caller, may("scores:read")], read: Reader
) -> ScoreOut | BandOut:
    """A retailer's score: whole for lenders and itself, the grade alone for vendors that it consented to."""
    if caller.sees_the_market or (caller.role == "retailer" and retailer_id == caller.business_id):
        return _full_score(retailer_id)
    own = caller.own_business_id
    if caller.role != "vendor" or not read(
        lambda session: parties.has_consent(session, retailer_id=retailer_id, vendor_id=own),
        counterparty=retailer_id,
    ):
        raise ScoreNotShared(retailer_id)
    with database.read() as session:
        return BandOut.model_validate(score_now(session, retailer_id=retailer_id))


@router.get("/consents", responses=merged(GUARDED, describe(CursorInvalid)))
def list_consents(
    caller: Annotated[Caller, may("consents:manage")],
    read: Reader,
    asked: PageAsked,
    is_granted: Annotated[
        bool | None, Query(description="Only where it was last given, or withdrawn.")
    ] = None,
    sort: Annotated[
        Literal["vendor", "newest"],
        Query(
            description="`vendor`: on all vendors, then on each by its id; `newest`: what was said last first."
        ),
    ] = "vendor",
) -> Page[ConsentOut]:
    """Whom the caller lets see its grade: what it said last on all vendors, and on each; by `sort`."""
    order = CONSENTS_BY[sort]
    rows = read(
        lambda session: parties.consents_page(
            session,
            retailer_id=caller.own_business_id,
            is_granted=is_granted,
            by=order,
            after=asked.after,
            limit=asked.fetch,
        )
    )
    return asked.page(rows, ConsentOut.model_validate, key=order.key)


@router.post("/consents", responses=merged(GUARDED, CONSENTED))
def grant_consent(
    whom: ConsentIn, caller: Annotated[Caller, may("consents:manage")], write: Writer, read: Reader
) -> ConsentsOut:
    """Let a vendor, or every vendor, see the caller's grade from now on."""
    _record_consent(whom, caller, write, is_granted=True)
    return _consents(caller, read)


@router.post("/consents/withdraw", responses=merged(GUARDED, CONSENTED))
def withdraw_consent(
    whom: ConsentIn, caller: Annotated[Caller, may("consents:manage")], write: Writer, read: Reader
) -> ConsentsOut:
    """Let a vendor, or every vendor that has no consent by name, see the caller's grade no longer."""
    _record_consent(whom, caller, write, is_granted=False)
    return _consents(caller, read)


def _consents(caller: Caller, read: Read) -> ConsentsOut:
    rows = read(lambda session: parties.consents_of(session, retailer_id=caller.own_business_id))
    return ConsentsOut(items=[ConsentOut.model_validate(row) for row in rows])


def _record_consent(whom: ConsentIn, caller: Caller, write: Write, *, is_granted: bool) -> None:
    write(
        lambda session: parties.record_consent(
            session,
            retailer_id=caller.own_business_id,
            vendor_id=whom.vendor_id,
            is_granted=is_granted,
            recorded_by=caller.user_id,
        )
    )


def _full_score(retailer_id: UUID) -> ScoreOut:
    # A score is made of the rows of every seller, so it is computed outside the caller's own scope.
    with database.read() as session:
        return ScoreOut.model_validate(score_now(session, retailer_id=retailer_id))

"""Disputes: opened by one side, answered by the other, settled by the two or decided by the platform."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Literal, cast
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from commerce.credit.claims import MEDIA_TYPES
from commerce.credit.errors import EvidenceInvalid
from commerce.disputes import queries, service
from commerce.disputes.errors import DisputeInvalid, DisputeMoveNotAllowed, DisputeNotFound, NotYourDispute
from commerce.disputes.queries import DisputeFilter
from commerce.disputes.service import Party, Side
from foundation.object_store import object_store
from serving.dependencies import KEYED, IdempotencyKey, Read, Reader, Writer
from serving.disputes.schemas import (
    DisputeAnswerIn,
    DisputeDecisionIn,
    DisputeIn,
    DisputeOut,
    DisputeRowOut,
    DisputeState,
    DisputeStepOut,
    EscalationIn,
    SettlementIn,
    SubjectKind,
)
from serving.pagination import CursorInvalid, PageAsked
from serving.paths import V1
from serving.problems import Responses, describe, merged
from serving.security import GUARDED, Caller, may
from serving.shapes import Page

router = APIRouter(prefix=f"{V1}/disputes", tags=["disputes"])

Seer = Annotated[Caller, may("disputes:read")]
Worker = Annotated[Caller, may("disputes:work")]
MOVED = describe(DisputeNotFound, NotYourDispute, DisputeMoveNotAllowed)
FILE: Responses = {
    200: {"description": "The file.", "content": {"image/png": {"example": "the bytes of the file"}}}
}


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses=merged(GUARDED, KEYED, describe(DisputeNotFound, DisputeInvalid, EvidenceInvalid)),
)
def open_dispute(
    disputed: DisputeIn, caller: Worker, request: IdempotencyKey, write: Writer, read: Reader
) -> DisputeOut:
    """Dispute so much of an order, a delivery or a debt; that much of it is not late for as long as this lasts."""
    key = None
    if disputed.evidence:
        key = service.evidence_key(caller.own_business_id, disputed.evidence)
        # Asked first, so that nobody fills the store with files about what is not theirs.
        read(
            lambda session: service.disputable(
                session,
                party=_party(caller),
                business_id=caller.own_business_id,
                counterparty_id=disputed.counterparty_id,
                subject=disputed.subject,
                subject_id=disputed.subject_id,
            ),
            counterparty=disputed.counterparty_id,
        )
        if not caller.is_trial:
            object_store().put(key, disputed.evidence)
    dispute_id = write(
        lambda session: service.open_dispute(
            session,
            party=_party(caller),
            business_id=caller.own_business_id,
            counterparty_id=disputed.counterparty_id,
            subject=disputed.subject,
            subject_id=disputed.subject_id,
            amount_paisa=disputed.amount_paisa,
            reason=disputed.reason,
            note=disputed.note,
            evidence=key,
            request=request,
        ),
        counterparty=disputed.counterparty_id,
    )
    return _dispute(read, dispute_id)


@router.get("", responses=merged(GUARDED, describe(CursorInvalid)))
def list_disputes(
    caller: Seer,
    read: Reader,
    asked: PageAsked,
    state: Annotated[DisputeState | None, Query(description="Only those that are this.")] = None,
    subject: Annotated[SubjectKind | None, Query(description="Only about this.")] = None,
    counterparty_id: Annotated[UUID | None, Query(description="Only with this business.")] = None,
    order_id: Annotated[UUID | None, Query(description="Only about this order.")] = None,
    since: Annotated[AwareDatetime | None, Query(description="Opened from this moment on.")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Opened before this moment.")] = None,
    sort: Annotated[
        Literal["newest", "oldest"],
        Query(description="`newest`: the last opened first; `oldest`: the first opened first."),
    ] = "newest",
) -> Page[DisputeRowOut]:
    """The caller's disputes, by `sort`; all of the market for the platform's admin."""
    chosen = DisputeFilter(state, subject, counterparty_id, order_id, since, until)
    order = queries.DISPUTES_BY[sort]

    def ask(session: Session) -> Sequence[RowMapping]:
        page = {"chosen": chosen, "by": order, "after": asked.after, "limit": asked.fetch}
        if caller.role == "retailer":
            return queries.disputes_as_retailer(session, caller.own_business_id, **page)
        return queries.disputes_as_vendor(session, caller.business_id, **page)

    return asked.page(read(ask), lambda row: DisputeRowOut(**row), key=order.key)


@router.get("/{dispute_id}", responses=merged(GUARDED, describe(DisputeNotFound)))
def read_dispute(dispute_id: UUID, caller: Seer, read: Reader) -> DisputeOut:
    """One dispute with its timeline."""
    return _dispute(read, dispute_id)


@router.get(
    "/{dispute_id}/evidence",
    response_class=Response,
    responses=merged(GUARDED, describe(DisputeNotFound)) | FILE,
)
def read_dispute_evidence(dispute_id: UUID, caller: Seer, read: Reader) -> Response:
    """The file that came with a dispute, as it was sent."""
    key = read(lambda session: service.dispute_of(session, dispute_id).evidence_key)
    if key is None:
        raise DisputeNotFound(f"dispute {dispute_id} came without a file", dispute_id=str(dispute_id))
    kind = key.rpartition(".")[2]
    return Response(
        object_store().get(key),
        media_type=MEDIA_TYPES[kind],
        # To be looked at as what it is, and never run in our name.
        headers={
            "Content-Disposition": f'attachment; filename="dispute-{dispute_id}.{kind}"',
            "X-Content-Type-Options": "nosniff",
        },
    )


@router.post("/{dispute_id}/answer", responses=merged(GUARDED, MOVED))
def answer_dispute(
    dispute_id: UUID, said: DisputeAnswerIn, caller: Worker, write: Writer, read: Reader
) -> DisputeOut:
    """Say how the other side sees it."""
    write(
        lambda session: service.answer_dispute(
            session, dispute_id=dispute_id, party=_party(caller), answer=said.answer
        )
    )
    return _dispute(read, dispute_id)


@router.post("/{dispute_id}/settlement", responses=merged(GUARDED, MOVED, describe(DisputeInvalid)))
def settle_dispute(
    dispute_id: UUID, how: SettlementIn, caller: Worker, write: Writer, read: Reader
) -> DisputeOut:
    """End it: withdraw one's own, uphold the other's; the vendor says that it was paid or credited."""
    write(
        lambda session: service.settle_dispute(
            session,
            dispute_id=dispute_id,
            party=_party(caller),
            outcome=how.outcome,
            note=how.note,
            credit_note_id=how.credit_note_id,
        )
    )
    return _dispute(read, dispute_id)


@router.post("/{dispute_id}/escalation", responses=merged(GUARDED, MOVED))
def escalate_dispute(
    dispute_id: UUID, why: EscalationIn, caller: Worker, write: Writer, read: Reader
) -> DisputeOut:
    """Ask the platform's admin, where the answer did not help."""
    write(
        lambda session: service.escalate_dispute(
            session, dispute_id=dispute_id, party=_party(caller), note=why.note
        )
    )
    return _dispute(read, dispute_id)


@router.post("/{dispute_id}/decision", responses=merged(GUARDED, MOVED))
def decide_dispute(
    dispute_id: UUID,
    decided: DisputeDecisionIn,
    caller: Annotated[Caller, may("disputes:decide")],
    write: Writer,
    read: Reader,
) -> DisputeOut:
    """The platform's admin says who is right; what is due after that is a verb of the two."""
    write(
        lambda session: service.decide_dispute(
            session,
            dispute_id=dispute_id,
            party=_party(caller),
            is_upheld=decided.is_upheld,
            note=decided.note,
        )
    )
    return _dispute(read, dispute_id)


def _party(caller: Caller) -> Party:
    return Party(cast("Side", caller.role), caller.user_id, caller.business_id)


def _dispute(read: Read, dispute_id: UUID) -> DisputeOut:
    def ask(session: Session) -> DisputeOut:
        found = service.dispute_of(session, dispute_id)
        shown = {name: getattr(found, name) for name in DisputeRowOut.model_fields if name != "has_evidence"}
        steps = [DisputeStepOut.model_validate(step) for step in queries.timeline_of(session, dispute_id)]
        return DisputeOut(**shown, has_evidence=found.evidence_key is not None, timeline=steps)

    return read(ask)

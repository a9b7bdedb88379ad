"""A retailer says that it paid; the vendor accepts, which posts the payment, or declines with a reason."""

from __future__ import annotations

import hashlib
from datetime import date
from uuid import UUID

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from commerce.credit import desk_queries as queries
from commerce.credit.agreements import find_agreement
from commerce.credit.errors import ClaimDecidedAlready, ClaimNotFound, EvidenceInvalid
from commerce.credit.events import PaymentClaimDecided, PaymentClaimed
from commerce.credit.models import PaymentClaim
from commerce.credit.payments import check_payment, checked_day, record_payment
from foundation import clock
from foundation.clock import business_day
from foundation.events import publish
from foundation.idempotency import RequestKey, claim
from foundation.ids import uuid7

# What a file is, is told by its first bytes; what its sender calls it is not believed.
_PICTURES = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg", b"%PDF-": "pdf"}
MEDIA_TYPES = {"png": "image/png", "jpeg": "image/jpeg", "pdf": "application/pdf"}
EVIDENCE_BYTES_MAX = 700_000


def evidence_key(retailer_id: UUID, content: bytes) -> str:
    """Where a picture belongs in the object store; the same picture has one place. Raises EvidenceInvalid."""
    return f"payment-claims/{retailer_id}/{hashlib.sha256(content).hexdigest()}.{kind_of_file(content)}"


def kind_of_file(content: bytes) -> str:
    """What a file of evidence is: png, jpeg or pdf. Raises EvidenceInvalid."""
    kind = next((kind for start, kind in _PICTURES.items() if content.startswith(start)), None)
    if kind is None or len(content) > EVIDENCE_BYTES_MAX:
        raise EvidenceInvalid(
            f"this is no PNG, JPEG or PDF of at most {EVIDENCE_BYTES_MAX} bytes; it has {len(content)}: send a smaller "
            "picture, or a reference instead"
        )
    return kind


def claim_payment(
    session: Session,
    *,
    vendor_id: UUID,
    retailer_id: UUID,
    amount_paisa: int,
    mode: str,
    paid_on: date | None = None,
    reference: str | None = None,
    evidence_key: str | None = None,
    actor_id: UUID | None = None,
    request: RequestKey | None = None,
) -> UUID:
    """Say that a vendor was paid; nothing is posted. Returns the claim's id.

    Raises AgreementNotFound, PaymentInvalid, RequestKeyReused.
    """
    claim_id = uuid7()
    if request is not None and (earlier := claim(session, request, claim_id)) is not None:
        return earlier
    agreement = find_agreement(session, vendor_id=vendor_id, retailer_id=retailer_id)
    check_payment(amount_paisa, mode, agreement.currency)
    agreed_on = business_day(agreement.agreed_at, agreement.time_zone)
    session.execute(
        insert(PaymentClaim.__table__).values(  # type: ignore[arg-type]
            id=claim_id,
            vendor_id=vendor_id,
            retailer_id=retailer_id,
            agreement_id=agreement.id,
            amount_paisa=amount_paisa,
            currency=agreement.currency,
            mode=mode,
            paid_on=checked_day(agreement, paid_on, "payment", agreed_on, "credit was agreed on"),
            reference=reference,
            evidence_key=evidence_key,
            state="waiting",
            claimed_by=actor_id,
            claimed_at=clock.now(),
        )
    )
    publish(
        session,
        PaymentClaimed(
            claim_id=str(claim_id),
            vendor_id=str(vendor_id),
            retailer_id=str(retailer_id),
            amount_paisa=amount_paisa,
            currency=agreement.currency,
        ),
        business_id=vendor_id,
        actor_id=actor_id,
        channel="api",
    )
    return claim_id


def accept_claim(
    session: Session,
    *,
    vendor_id: UUID,
    claim_id: UUID,
    confirm_duplicate: bool = False,
    confirm_amount: bool = False,
    actor_id: UUID | None = None,
    request: RequestKey | None = None,
) -> UUID:
    """Accept a claim, which records the payment, once. Returns the claim's id.

    Raises ClaimNotFound, ClaimDecidedAlready, PaymentDuplicate, PaymentInvalid, PaymentLarge, RequestKeyReused.
    """
    if request is not None and claim(session, request, claim_id) is not None:
        return claim_id
    found = _lock(session, vendor_id, claim_id)
    payment_id = record_payment(
        session,
        vendor_id=vendor_id,
        retailer_id=found.retailer_id,
        amount_paisa=found.amount_paisa,
        mode=found.mode,
        paid_on=found.paid_on,
        reference=found.reference,
        confirm_duplicate=confirm_duplicate,
        confirm_amount=confirm_amount,
        actor_id=actor_id,
    )
    _decide(session, vendor_id, claim_id, found, actor_id, state="accepted", payment_id=payment_id)
    return claim_id


def lock_waiting(session: Session, *, vendor_id: UUID, claim_id: UUID) -> queries.Claim:
    """Lock a claim that waits for an answer, before the account. Raises ClaimNotFound, ClaimDecidedAlready."""
    return _lock(session, vendor_id, claim_id)


def answer_by_payment(
    session: Session,
    *,
    vendor_id: UUID,
    claim_id: UUID,
    found: queries.Claim,
    payment_id: UUID,
    actor_id: UUID | None,
) -> None:
    """A locked claim is the payment that was just recorded another way."""
    _decide(session, vendor_id, claim_id, found, actor_id, state="accepted", payment_id=payment_id)


def decline_claim(
    session: Session, *, vendor_id: UUID, claim_id: UUID, reason: str, actor_id: UUID | None = None
) -> None:
    """Decline a claim, with the reason that the retailer will read. Raises ClaimNotFound, ClaimDecidedAlready."""
    found = _lock(session, vendor_id, claim_id)
    _decide(session, vendor_id, claim_id, found, actor_id, state="declined", decline_reason=reason)


def _lock(session: Session, vendor_id: UUID, claim_id: UUID) -> queries.Claim:
    found = queries.lock_claim(session, vendor_id, claim_id)
    if found is None:
        raise ClaimNotFound(
            f"nobody claims payment {claim_id} of vendor {vendor_id}; `GET /api/v1/credit/claims` has the ids",
            claim_id=str(claim_id),
        )
    if found.state != "waiting":
        raise ClaimDecidedAlready(
            f"claim {claim_id} is {found.state} already; record or reverse a payment instead",
            claim_id=str(claim_id),
            state=found.state,
        )
    return found


def _decide(
    session: Session,
    vendor_id: UUID,
    claim_id: UUID,
    found: queries.Claim,
    actor_id: UUID | None,
    *,
    state: str,
    payment_id: UUID | None = None,
    decline_reason: str | None = None,
) -> None:
    session.execute(
        update(PaymentClaim)
        .where(PaymentClaim.id == claim_id)
        .values(
            state=state,
            payment_id=payment_id,
            decline_reason=decline_reason,
            decided_by=actor_id,
            decided_at=clock.now(),
        )
    )
    publish(
        session,
        PaymentClaimDecided(
            claim_id=str(claim_id),
            vendor_id=str(vendor_id),
            retailer_id=str(found.retailer_id),
            state=state,
            payment_id=None if payment_id is None else str(payment_id),
        ),
        business_id=vendor_id,
        actor_id=actor_id,
        channel="api",
    )

"""Goods that came short or broken: claimed with a photo, given back by a credit note, or not."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from commerce.ordering import queries, service
from commerce.ordering.claims import claim_of, claims_of, photo_key
from commerce.ordering.errors import (
    ClaimAnswered,
    ClaimNotFound,
    MoveNotAllowed,
    NotYourMove,
    OrderInvalid,
    OrderNotFound,
    PhotoInvalid,
    PhotoNotFound,
    QuantityExceeded,
    QuantityInvalid,
)
from commerce.ordering.models import Claim
from commerce.ordering.pictures import media_type
from foundation.object_store import object_store
from serving.dependencies import KEYED, IdempotencyKey, Read, Reader, Writer
from serving.orders.routes import actor_of, quantities_of
from serving.orders.schemas import ClaimAcceptIn, ClaimDeclineIn, ClaimIn, ClaimOut
from serving.paths import V1
from serving.problems import Responses, describe, merged
from serving.security import GUARDED, Caller, may

router = APIRouter(prefix=f"{V1}/orders/{{order_id}}/claims", tags=["orders"])

PHOTO: Responses = {
    200: {"description": "The photo.", "content": {"image/jpeg": {"example": "the bytes of the picture"}}}
}
ANSWERED = describe(OrderNotFound, ClaimNotFound, ClaimAnswered, NotYourMove, MoveNotAllowed)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses=merged(
        GUARDED,
        KEYED,
        describe(
            OrderNotFound,
            NotYourMove,
            MoveNotAllowed,
            OrderInvalid,
            QuantityInvalid,
            QuantityExceeded,
            PhotoInvalid,
        ),
    ),
)
def claim_goods(
    order_id: UUID,
    claimed: ClaimIn,
    caller: Annotated[Caller, may("orders:claim")],
    request: IdempotencyKey,
    write: Writer,
    read: Reader,
) -> ClaimOut:
    """Claim what came short or broken of an order; the vendor accepts or declines."""
    key = None
    if claimed.photo:
        key = photo_key(caller.own_business_id, claimed.photo)
        # Asked first, so that nobody fills the store with photos for orders of others.
        read(lambda session: queries.order(session, order_id))
        if not caller.is_trial:
            object_store().put(key, claimed.photo)
    quantities = quantities_of(claimed.lines)
    claim_id = write(
        lambda session: service.make_claim(
            session,
            order_id=order_id,
            actor=actor_of(caller),
            kind=claimed.kind,
            quantities=quantities,
            note=claimed.note,
            photo=key,
            request=request,
        )
    )
    return _claim(read, order_id, claim_id)


@router.get("", responses=merged(GUARDED, describe(OrderNotFound)))
def list_goods_claims(
    order_id: UUID, caller: Annotated[Caller, may("orders:read")], read: Reader
) -> list[ClaimOut]:
    """An order's claims and what became of them, oldest first."""

    def ask(session: Session) -> list[ClaimOut]:
        queries.order(session, order_id)
        return [_shown(claim) for claim in claims_of(session, order_id)]

    return read(ask)


@router.get(
    "/{claim_id}/photo",
    response_class=Response,
    responses=merged(GUARDED, describe(ClaimNotFound, PhotoNotFound)) | PHOTO,
)
def read_claim_photo(
    order_id: UUID, claim_id: UUID, caller: Annotated[Caller, may("orders:read")], read: Reader
) -> Response:
    """The photo of a claim, JPEG or PNG."""
    key = read(lambda session: claim_of(session, order_id, claim_id).photo_key)
    if key is None:
        raise PhotoNotFound("this claim was made without a photo", claim_id=str(claim_id))
    photo = object_store().get(key)
    return Response(photo, media_type=media_type(photo), headers={"X-Content-Type-Options": "nosniff"})


@router.post(
    "/{claim_id}/accept", responses=merged(GUARDED, ANSWERED, describe(QuantityInvalid, QuantityExceeded))
)
def accept_goods_claim(
    order_id: UUID,
    claim_id: UUID,
    accepted: ClaimAcceptIn,
    caller: Annotated[Caller, may("orders:decide")],
    write: Writer,
    read: Reader,
) -> ClaimOut:
    """Give it back: a credit note, settled against this order's charges first."""
    write(
        lambda session: service.accept_claim(
            session,
            order_id=order_id,
            claim_id=claim_id,
            actor=actor_of(caller),
            is_restocked=accepted.is_restocked,
        )
    )
    return _claim(read, order_id, claim_id)


@router.post("/{claim_id}/decline", responses=merged(GUARDED, ANSWERED))
def decline_goods_claim(
    order_id: UUID,
    claim_id: UUID,
    why: ClaimDeclineIn,
    caller: Annotated[Caller, may("orders:decide")],
    write: Writer,
    read: Reader,
) -> ClaimOut:
    """Give nothing back, and say why."""
    write(
        lambda session: service.decline_claim(
            session, order_id=order_id, claim_id=claim_id, actor=actor_of(caller), reason=why.reason
        )
    )
    return _claim(read, order_id, claim_id)


def _claim(read: Read, order_id: UUID, claim_id: UUID) -> ClaimOut:
    return read(lambda session: _shown(claim_of(session, order_id, claim_id)))


def _shown(claim: Claim) -> ClaimOut:
    shown = {name: getattr(claim, name) for name in ClaimOut.model_fields if name != "has_photo"}
    return ClaimOut(**shown, has_photo=claim.photo_key is not None)

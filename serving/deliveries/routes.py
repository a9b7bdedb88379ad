"""Who received a delivery: told by the vendor, read by the two sides of it and nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from commerce.delivery import queries, service
from commerce.delivery.errors import ProofInvalid, ProofNotFound
from commerce.delivery.vocabulary import UNPROVEN_DAYS
from commerce.ordering.errors import DeliveryNotFound, PhotoInvalid
from commerce.ordering.pictures import media_type
from foundation import clock
from foundation.object_store import object_store
from serving.deliveries.schemas import ProofIn, ProofOut, UnprovenOut
from serving.dependencies import KEYED, IdempotencyKey, Read, Reader, Writer
from serving.pagination import CursorInvalid, PageAsked
from serving.paths import V1
from serving.problems import Responses, describe, merged
from serving.security import GUARDED, Caller, may
from serving.shapes import Page

router = APIRouter(prefix=f"{V1}/deliveries", tags=["deliveries"])

Seer = Annotated[Caller, may("proofs:read")]
Teller = Annotated[Caller, may("deliveries:prove")]
PICTURE: Responses = {
    200: {"description": "The picture.", "content": {"image/jpeg": {"example": "the bytes of the picture"}}}
}
SHOWN = merged(GUARDED, describe(DeliveryNotFound, ProofNotFound)) | PICTURE


@router.get("/without-proof", responses=merged(GUARDED, describe(CursorInvalid)))
def list_deliveries_without_proof(
    caller: Teller,
    read: Reader,
    asked: PageAsked,
    days: Annotated[int, Query(ge=1, le=366, description="So far back.")] = UNPROVEN_DAYS,
    retailer_id: Annotated[UUID | None, Query(description="Only to this customer.")] = None,
    sort: Annotated[
        Literal["newest", "oldest"],
        Query(description="`newest`: the last delivered first; `oldest`: the first delivered first."),
    ] = "newest",
) -> Page[UnprovenOut]:
    """Deliveries that had to carry a proof, by the vendor's rules of that moment, and carry none; by `sort`."""
    order = queries.WITHOUT_PROOF_BY[sort]

    def ask(session: Session) -> Sequence[RowMapping]:
        return queries.without_proof(
            session,
            caller.own_business_id,
            since=clock.now() - timedelta(days=days),
            retailer_id=retailer_id,
            by=order,
            after=asked.after,
            limit=asked.fetch,
        )

    return asked.page(read(ask), lambda row: UnprovenOut(**row), key=order.key)


@router.post(
    "/{delivery_id}/proofs",
    status_code=HTTPStatus.CREATED,
    responses=merged(GUARDED, KEYED, describe(DeliveryNotFound, ProofInvalid, PhotoInvalid)),
)
def prove_delivery(
    delivery_id: UUID, told: ProofIn, caller: Teller, request: IdempotencyKey, write: Writer, read: Reader
) -> ProofOut:
    """Say who received a delivery, with a photo or signature; told again, the newest holds."""
    what: dict[str, Any] = {
        "delivery_id": delivery_id,
        "vendor_id": caller.own_business_id,
        "received_by": told.received_by,
        "received_at": told.received_at,
    }
    # Before the pictures, so that nothing is put for a delivery that is another's or not there.
    read(lambda session: service.check_proof(session, **what))
    photo = _kept(caller, delivery_id, told.photo)
    signature = _kept(caller, delivery_id, told.signature)
    spot = None if told.place is None else service.Spot(told.place.latitude, told.place.longitude)
    proof_id = write(
        lambda session: service.prove(
            session,
            **what,
            spot=spot,
            note=told.note,
            photo=photo,
            signature=signature,
            actor_id=caller.user_id,
            request=request,
        )
    )
    return ProofOut.model_validate(_proof(read, delivery_id, proof_id))


@router.get("/{delivery_id}/proofs", responses=merged(GUARDED, describe(DeliveryNotFound)))
def list_delivery_proofs(delivery_id: UUID, caller: Seer, read: Reader) -> list[ProofOut]:
    """Who received a delivery, newest first: the first one holds."""
    return [
        ProofOut.model_validate(proof)
        for proof in read(lambda session: service.proofs_of(session, delivery_id))
    ]


@router.get("/{delivery_id}/proofs/{proof_id}/photo", response_class=Response, responses=SHOWN)
def read_proof_photo(delivery_id: UUID, proof_id: UUID, caller: Seer, read: Reader) -> Response:
    """The photo that shows the handing over, JPEG or PNG."""
    return _picture(_proof(read, delivery_id, proof_id).photo_key, "photo", proof_id)


@router.get("/{delivery_id}/proofs/{proof_id}/signature", response_class=Response, responses=SHOWN)
def read_proof_signature(delivery_id: UUID, proof_id: UUID, caller: Seer, read: Reader) -> Response:
    """The receiver's signature, JPEG or PNG."""
    return _picture(_proof(read, delivery_id, proof_id).signature_key, "signature", proof_id)


@router.delete(
    "/{delivery_id}/receivers",
    status_code=HTTPStatus.NO_CONTENT,
    responses=merged(GUARDED, describe(DeliveryNotFound)),
)
def forget_receivers(
    delivery_id: UUID, caller: Annotated[Caller, may("people:erase")], write: Writer
) -> None:
    """Forget for good who received a delivery: name, note and pictures. That it was received stays."""
    vendor_id = write(
        lambda session: service.forget_receivers(
            session, delivery_id=delivery_id, forgotten_by=caller.user_id
        )
    )
    service.forget_pictures(vendor_id, delivery_id)


def _kept(caller: Caller, delivery_id: UUID, picture: bytes | None) -> str | None:
    """Put a picture into the object store, before the row that names it; its key."""
    if not picture:
        return None
    key = service.picture_key(caller.own_business_id, delivery_id, picture)
    if not caller.is_trial:
        object_store().put(key, picture)
    return key


def _proof(read: Read, delivery_id: UUID, proof_id: UUID) -> service.Proof:
    return read(lambda session: service.proof_of(session, delivery_id, proof_id))


def _picture(key: str | None, what: str, proof_id: UUID) -> Response:
    if key is None:
        raise ProofNotFound(f"this proof has no {what}", proof_id=str(proof_id))
    picture = object_store().get(key)
    return Response(picture, media_type=media_type(picture), headers={"X-Content-Type-Options": "nosniff"})

"""Who received a delivery: told by the vendor, seen by the two, forgotten on demand.

A proof is added and never changed: who told it wrong tells it again, and the newest holds. The receiver's name, the
note and the pictures go with the receiver's key; that something was received, when and where, stays.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from sqlalchemy.orm import Session

from commerce.audit import service as audit
from commerce.delivery import queries
from commerce.delivery.errors import ProofInvalid, ProofNotFound
from commerce.delivery.events import DeliveryProven
from commerce.delivery.models import DeliveryProof
from commerce.delivery.queries import HandedOver
from commerce.delivery.vocabulary import CLOCKS_APART, DEGREE_DECIMALS, ENTERED_WITHIN
from commerce.ordering.errors import DeliveryNotFound
from commerce.ordering.pictures import media_type
from foundation import clock, personal
from foundation.events import publish
from foundation.idempotency import RequestKey, claim
from foundation.ids import uuid7
from foundation.object_store import object_store
from foundation.personal import FORGOTTEN, SubjectKey

Picture = Literal["photo", "signature"]


@dataclass(frozen=True)
class Spot:
    """Where goods were handed over, in degrees."""

    latitude: Decimal
    longitude: Decimal


@dataclass(frozen=True)
class Proof:
    """A proof as its two sides may read it; of a receiver who was forgotten neither name, note nor pictures."""

    id: UUID
    delivery_id: UUID
    received_by: str
    received_at: datetime
    note: str | None
    latitude: Decimal | None
    longitude: Decimal | None
    photo_key: str | None
    signature_key: str | None
    recorded_at: datetime

    @property
    def has_photo(self) -> bool:
        return self.photo_key is not None

    @property
    def has_signature(self) -> bool:
        return self.signature_key is not None


def picture_key(vendor_id: UUID, delivery_id: UUID, picture: bytes) -> str:
    """Where the object store keeps a picture: by its delivery, so that all of a delivery are forgotten together,
    and under its content, so that a repeated request writes the same. Raises PhotoInvalid."""
    media_type(picture)
    return f"{_folder(vendor_id, delivery_id)}/{hashlib.sha256(picture).hexdigest()}"


def check_proof(
    session: Session,
    *,
    delivery_id: UUID,
    vendor_id: UUID,
    received_by: str,
    received_at: datetime | None = None,
) -> None:
    """Whether `prove` would take this, asked before pictures are put. Raises DeliveryNotFound, ProofInvalid."""
    _provable(session, delivery_id, vendor_id, received_by, received_at, clock.now())


def prove(
    session: Session,
    *,
    delivery_id: UUID,
    vendor_id: UUID,
    received_by: str,
    received_at: datetime | None = None,
    spot: Spot | None = None,
    note: str | None = None,
    photo: str | None = None,
    signature: str | None = None,
    actor_id: UUID | None = None,
    request: RequestKey | None = None,
) -> UUID:
    """Say who received a delivery, when (default: now) and where; the proof's id.

    `photo` and `signature` are objects' keys, put after `check_proof`. A delivery of another vendor is not found.
    Raises DeliveryNotFound, ProofInvalid, RequestKeyReused.
    """
    proof_id = uuid7()
    if request is not None and (earlier := claim(session, request, proof_id)) is not None:
        return earlier
    now = clock.now()
    delivery, order_id = _provable(session, delivery_id, vendor_id, received_by, received_at, now)
    receiver = personal.new_subject(session, made_at=now, subject_id=proof_id)
    session.add(
        DeliveryProof(
            id=proof_id,
            delivery_id=delivery_id,
            order_id=order_id,
            vendor_id=delivery.vendor_id,
            retailer_id=delivery.retailer_id,
            receiver_sealed=receiver.seal("receiver", received_by.strip()),
            note_sealed=receiver.seal("note", note) if note else None,
            photo_key=photo,
            signature_key=signature,
            latitude=None if spot is None else round(spot.latitude, DEGREE_DECIMALS),
            longitude=None if spot is None else round(spot.longitude, DEGREE_DECIMALS),
            received_at=received_at or now,
            recorded_by=actor_id,
            recorded_at=now,
        )
    )
    publish(
        session,
        DeliveryProven(
            delivery_id=str(delivery_id),
            order_id=str(order_id),
            vendor_id=str(delivery.vendor_id),
            retailer_id=str(delivery.retailer_id),
            proof_id=str(proof_id),
        ),
        business_id=delivery.vendor_id,
        actor_id=actor_id,
        channel="api",
    )
    return proof_id


def proofs_of(session: Session, delivery_id: UUID) -> list[Proof]:
    """A delivery's proofs, newest first: the first one holds. Raises DeliveryNotFound."""
    _delivery(session, delivery_id)
    return [_opened(*row) for row in queries.proofs_of(session, [delivery_id])]


def newest_proofs(session: Session, delivery_ids: Sequence[UUID]) -> dict[UUID, Proof]:
    """The proof that holds of each of the deliveries that have one."""
    newest: dict[UUID, Proof] = {}
    for proof, key in queries.proofs_of(session, delivery_ids):
        if proof.delivery_id not in newest:
            newest[proof.delivery_id] = _opened(proof, key)
    return newest


def proof_of(session: Session, delivery_id: UUID, proof_id: UUID) -> Proof:
    """One proof of a delivery. Raises DeliveryNotFound, ProofNotFound."""
    for proof in proofs_of(session, delivery_id):
        if proof.id == proof_id:
            return proof
    raise ProofNotFound(
        f"delivery {delivery_id} has no proof {proof_id}; `GET /api/v1/deliveries/{delivery_id}/proofs` has the ids",
        proof_id=str(proof_id),
    )


def forget_receivers(session: Session, *, delivery_id: UUID, forgotten_by: UUID | None) -> UUID:
    """Forget who received a delivery, in all its proofs: name and note go with the key; the vendor's id.

    Their pictures go by `forget_pictures`, after the commit: also where no proof is, for a picture is put before the
    proof that names it, which may have been refused. Raises DeliveryNotFound.
    """
    delivery = _delivery(session, delivery_id)
    for proof, _ in queries.proofs_of(session, [delivery_id]):
        personal.forget(session, proof.id)
    audit.record(
        session,
        "receiver-forgotten",
        business_id=delivery.vendor_id,
        actor_id=forgotten_by,
        subject_id=delivery_id,
    )
    return delivery.vendor_id


def forget_pictures(vendor_id: UUID, delivery_id: UUID) -> None:
    """Delete the pictures of a delivery's receivers. No harm in doing it twice."""
    store = object_store()
    store.delete(*(found.key for found in store.list(_folder(vendor_id, delivery_id))))


def _folder(vendor_id: UUID, delivery_id: UUID) -> str:
    return f"proofs/{vendor_id}/{delivery_id}"


def _provable(
    session: Session,
    delivery_id: UUID,
    vendor_id: UUID,
    received_by: str,
    received_at: datetime | None,
    now: datetime,
) -> tuple[HandedOver, UUID]:
    """The delivery and its order, when this vendor may prove it so."""
    # Who bought the goods sees the delivery too, and may be a vendor to others.
    delivery = _delivery(session, delivery_id, vendor_id)
    if delivery.kind != "delivery" or delivery.order_id is None:
        raise ProofInvalid(
            f"{delivery_id} is a return, which the vendor received itself; prove deliveries only",
            delivery_id=str(delivery_id),
        )
    if not received_by.strip():
        raise ProofInvalid("write the name of who received the goods")
    if received_at is not None and received_at > now + CLOCKS_APART:
        raise ProofInvalid(
            f"received at {received_at.isoformat()} lies after now, {now.isoformat()}; look at the clock, or leave it "
            "out",
            received_at=received_at.isoformat(),
        )
    placed_at = delivery.placed_at
    # What was sold from the van is written as an order in the evening.
    if received_at is not None and placed_at is not None and received_at < placed_at - ENTERED_WITHIN:
        raise ProofInvalid(
            f"received at {received_at.isoformat()} lies more than a day before the order was placed, "
            f"{placed_at.isoformat()}; give the moment at which its goods were handed over",
            received_at=received_at.isoformat(),
        )
    return delivery, delivery.order_id


def _delivery(session: Session, delivery_id: UUID, vendor_id: UUID | None = None) -> HandedOver:
    delivery = queries.handed_over(session, delivery_id)
    if delivery is None or vendor_id not in (None, delivery.vendor_id):
        raise DeliveryNotFound(f"there is no delivery {delivery_id}", delivery_id=str(delivery_id))
    return delivery


def _opened(proof: DeliveryProof, key: SubjectKey | None) -> Proof:
    receiver = None if key is None else personal.subject_of(key)
    return Proof(
        id=proof.id,
        delivery_id=proof.delivery_id,
        received_by=FORGOTTEN if receiver is None else receiver.open("receiver", proof.receiver_sealed),
        received_at=proof.received_at,
        note=None
        if receiver is None or proof.note_sealed is None
        else receiver.open("note", proof.note_sealed),
        latitude=proof.latitude,
        longitude=proof.longitude,
        photo_key=None if receiver is None else proof.photo_key,
        signature_key=None if receiver is None else proof.signature_key,
        recorded_at=proof.recorded_at,
    )

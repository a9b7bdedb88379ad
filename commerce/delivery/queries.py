"""Questions about who received goods."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import RowMapping, select, text
from sqlalchemy.orm import Session

from commerce.delivery.models import DeliveryProof
from foundation.personal import SubjectKey


class HandedOver(NamedTuple):
    """A delivery or return, as far as its proof needs it."""

    kind: str
    order_id: UUID | None
    vendor_id: UUID
    retailer_id: UUID


def handed_over(session: Session, delivery_id: UUID) -> HandedOver | None:
    """A delivery or return that the session's scope may see."""
    row = session.execute(
        text("SELECT kind, order_id, vendor_id, retailer_id FROM app.deliveries WHERE id = :id"),
        {"id": delivery_id},
    ).one_or_none()
    return None if row is None else HandedOver._make(row)


def proofs_of(
    session: Session, delivery_ids: Sequence[UUID]
) -> Sequence[tuple[DeliveryProof, SubjectKey | None]]:
    """The proofs of deliveries, newest first, each with its receiver's key: none once they are forgotten."""
    rows = session.execute(
        select(DeliveryProof, SubjectKey)
        .outerjoin(SubjectKey, SubjectKey.id == DeliveryProof.id)
        .where(DeliveryProof.delivery_id.in_(delivery_ids))
        .order_by(DeliveryProof.recorded_at.desc(), DeliveryProof.id.desc())
    )
    return [(proof, key) for proof, key in rows]


# What was asked at the moment of the delivery counts: a rule of today blames nobody for yesterday.
_WITHOUT_PROOF = text("""
    SELECT delivery.id, delivery.number, delivery.order_id, orders.number AS order_number, delivery.retailer_id,
           delivery.currency, delivery.total_paisa, delivery.delivered_at
    FROM app.deliveries delivery JOIN app.orders ON orders.id = delivery.order_id
    WHERE delivery.vendor_id = :vendor_id AND delivery.kind = 'delivery' AND delivery.import_id IS NULL
      AND delivery.delivered_at >= :since
      AND (CAST(:before_at AS timestamptz) IS NULL
           OR (delivery.delivered_at, delivery.id) < (:before_at, CAST(:before_id AS uuid)))
      AND NOT EXISTS (SELECT FROM app.delivery_proofs proof WHERE proof.delivery_id = delivery.id)
      AND (SELECT needs_proof FROM app.order_rules
           WHERE business_id = delivery.vendor_id AND set_at <= delivery.delivered_at
           ORDER BY set_at DESC, id DESC LIMIT 1)
    ORDER BY delivery.delivered_at DESC, delivery.id DESC LIMIT :limit
""")


def without_proof(
    session: Session, vendor_id: UUID, *, since: datetime, before: tuple[datetime, UUID] | None, limit: int
) -> Sequence[RowMapping]:
    """A vendor's deliveries that want a proof by its rules and have none, newest first."""
    values = {
        "vendor_id": vendor_id,
        "since": since,
        "before_at": before[0] if before else None,
        "before_id": before[1] if before else None,
        "limit": limit,
    }
    return session.execute(_WITHOUT_PROOF, values).mappings().all()

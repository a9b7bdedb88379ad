"""Who received the goods of a delivery. A two-party table: both sides see their rows."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Numeric, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base
from foundation.tables import BusinessId, Id, Moment


class DeliveryProof(Base):
    """That somebody received a delivery, as the vendor says; the newest of a delivery holds. Added, never changed.

    The id is also that of the subject whose key seals the receiver's name and the note.
    """

    __tablename__ = "delivery_proofs"

    id: Mapped[Id]
    delivery_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.deliveries.id"))
    order_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.orders.id"))
    vendor_id: Mapped[BusinessId]
    retailer_id: Mapped[BusinessId]
    receiver_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    photo_key: Mapped[str | None] = mapped_column(String(200))
    """Where the object store has it, like the signature."""
    signature_key: Mapped[str | None] = mapped_column(String(200))
    latitude: Mapped[Decimal | None] = mapped_column(Numeric(8, 5))
    longitude: Mapped[Decimal | None] = mapped_column(Numeric(8, 5))
    received_at: Mapped[Moment]
    recorded_by: Mapped[UUID | None]
    recorded_at: Mapped[Moment]

    __table_args__ = (
        CheckConstraint(
            "(latitude IS NULL) = (longitude IS NULL) AND latitude BETWEEN -90 AND 90"
            " AND longitude BETWEEN -180 AND 180",
            name="place",
        ),
        Index(None, "delivery_id", "recorded_at", "id"),
    )

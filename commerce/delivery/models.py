"""When a vendor delivers where, and who received the goods of a delivery.

Proofs are a two-party table: both sides see their rows. Slots are the vendor's own.
"""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    Numeric,
    SmallInteger,
    String,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base
from foundation.tables import UPDATED_IN_PLACE, BusinessId, Id, Moment, Word


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


class DeliverySlot(Base):
    """A time of the week at which a vendor delivers in a zone. It ends and is never deleted: orders refer to it."""

    __tablename__ = "delivery_slots"

    id: Mapped[Id]
    business_id: Mapped[BusinessId]
    zone: Mapped[Word]
    """As retailers' businesses have it."""
    weekday: Mapped[int] = mapped_column(SmallInteger)
    """1 for Monday to 7 for Sunday (ISO 8601)."""
    begins: Mapped[time]
    """Where the vendor is, like the end."""
    ends: Mapped[time]
    capacity: Mapped[int]
    """So many orders, on a day that says nothing else."""
    cutoff_hours: Mapped[int]
    """So long before it begins it is chosen, changed or given up for the last time."""
    set_by: Mapped[UUID | None]
    set_at: Mapped[Moment]
    ended_at: Mapped[Moment | None]

    __table_args__ = (
        CheckConstraint("weekday BETWEEN 1 AND 7", name="weekday"),
        CheckConstraint("begins < ends", name="times"),
        CheckConstraint("capacity > 0", name="capacity"),
        CheckConstraint("cutoff_hours BETWEEN 0 AND 168", name="cutoff"),
        Index(
            "uq_delivery_slots_offered",
            "business_id",
            "zone",
            "weekday",
            "begins",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        UPDATED_IN_PLACE,
    )


class SlotDay(Base):
    """One day of a slot: the row that guards its places. Without a row nothing is taken and nothing is out of turn."""

    __tablename__ = "delivery_slot_days"

    slot_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.delivery_slots.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    business_id: Mapped[BusinessId]
    capacity: Mapped[int]
    taken: Mapped[int] = mapped_column(server_default=text("0"))
    is_closed: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    is_exception: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    """Whether the vendor said something of this day; else its capacity follows the slot's."""

    __table_args__ = (CheckConstraint("taken BETWEEN 0 AND capacity", name="taken"), UPDATED_IN_PLACE)

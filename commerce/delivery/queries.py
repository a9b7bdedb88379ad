"""Questions, locks and counters of slots, and questions about who received goods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import RowMapping, select, text
from sqlalchemy.orm import Session

from commerce.delivery.models import DeliveryProof
from foundation.keyset import Order, page
from foundation.personal import SubjectKey


class HandedOver(NamedTuple):
    """A delivery or return, as far as its proof needs it."""

    kind: str
    order_id: UUID | None
    vendor_id: UUID
    retailer_id: UUID
    placed_at: datetime | None


def handed_over(session: Session, delivery_id: UUID) -> HandedOver | None:
    """A delivery or return that the session's scope may see."""
    row = session.execute(
        text("""
            SELECT delivery.kind, delivery.order_id, delivery.vendor_id, delivery.retailer_id, placed.placed_at
            FROM app.deliveries delivery LEFT JOIN app.orders placed ON placed.id = delivery.order_id
            WHERE delivery.id = :id
        """),
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
_WITHOUT_PROOF = """
    SELECT delivery.id, delivery.number, delivery.order_id, orders.number AS order_number, delivery.retailer_id,
           delivery.currency, delivery.total_paisa, delivery.delivered_at
    FROM app.deliveries delivery JOIN app.orders ON orders.id = delivery.order_id
    WHERE delivery.vendor_id = :vendor_id AND delivery.kind = 'delivery' AND delivery.import_id IS NULL
      AND delivery.delivered_at >= :since
      AND NOT EXISTS (SELECT FROM app.delivery_proofs proof WHERE proof.delivery_id = delivery.id)
      AND (SELECT needs_proof FROM app.order_rules
           WHERE business_id = delivery.vendor_id AND set_at <= delivery.delivered_at
           ORDER BY set_at DESC, id DESC LIMIT 1)
"""
_DELIVERED = (("delivered_at", "timestamptz"), ("id", "uuid"))
WITHOUT_PROOF_BY = {"newest": Order(_DELIVERED, is_descending=True), "oldest": Order(_DELIVERED)}


def without_proof(
    session: Session,
    vendor_id: UUID,
    *,
    since: datetime,
    retailer_id: UUID | None = None,
    by: Order = WITHOUT_PROOF_BY["newest"],
    after: Sequence[Any] | None = None,
    limit: int,
) -> Sequence[RowMapping]:
    """A vendor's deliveries (or those to one customer) that want a proof by its rules and have none, newest first."""
    values = {"vendor_id": vendor_id, "since": since, "retailer_id": retailer_id}
    filters = {"retailer_id": "delivery.retailer_id = :retailer_id"}
    return page(session, _WITHOUT_PROOF, values, filters=filters, by=by, after=after, limit=limit)


class Slot(NamedTuple):
    """A slot with the time zone of its vendor."""

    id: UUID
    vendor_id: UUID
    zone: str
    weekday: int
    begins: time
    ends: time
    capacity: int
    cutoff_hours: int
    ended_at: datetime | None
    time_zone: str


_SLOT = """
    SELECT slot.id, slot.business_id, slot.zone, slot.weekday, slot.begins, slot.ends, slot.capacity,
           slot.cutoff_hours, slot.ended_at, vendor.time_zone
    FROM app.delivery_slots slot JOIN app.businesses vendor ON vendor.id = slot.business_id
"""


def slot(session: Session, slot_id: UUID) -> Slot | None:
    """One slot, offered or ended, if the session's scope may see it."""
    row = session.execute(text(_SLOT + " WHERE slot.id = :id"), {"id": slot_id}).one_or_none()
    return None if row is None else Slot._make(row)


def lock_slot(session: Session, vendor_id: UUID, slot_id: UUID) -> Slot | None:
    """Lock a slot that this vendor offers, for a change of it."""
    row = session.execute(
        text(
            _SLOT
            + """
            WHERE slot.id = :id AND slot.business_id = :vendor_id AND slot.ended_at IS NULL
            FOR NO KEY UPDATE OF slot
            """
        ),
        {"id": slot_id, "vendor_id": vendor_id},
    ).one_or_none()
    return None if row is None else Slot._make(row)


_OFFERED = """
    SELECT id, zone, weekday, begins, ends, capacity, cutoff_hours FROM app.delivery_slots
    WHERE business_id = :vendor_id AND ended_at IS NULL
"""
_SLOT_IS = {"zone": "zone = :zone", "weekday": "weekday = :weekday"}
_ZONE, _TIME, _ID = ("zone", "text"), (("weekday", "smallint"), ("begins", "time")), ("id", "uuid")
SLOTS_BY = {"zone": Order((_ZONE, *_TIME, _ID)), "weekday": Order((*_TIME, _ZONE, _ID))}


@dataclass(frozen=True)
class SlotFilter:
    """Which slots of a list; None does not filter."""

    zone: str | None = None
    weekday: int | None = None


def slots(
    session: Session,
    vendor_id: UUID,
    *,
    chosen: SlotFilter = SlotFilter(),
    by: Order = SLOTS_BY["zone"],
    after: Sequence[Any] | None = None,
    limit: int,
) -> Sequence[RowMapping]:
    """The slots that a vendor offers, by zone, weekday and beginning. `after`: the last row's key."""
    values = {**vars(chosen), "vendor_id": vendor_id}
    return page(session, _OFFERED, values, filters=_SLOT_IS, by=by, after=after, limit=limit)


def add_slot(session: Session, values: dict[str, Any]) -> bool:
    """Write a slot; False when the vendor offers one of that zone and beginning."""
    added = session.execute(
        text("""
            INSERT INTO app.delivery_slots
                (id, business_id, zone, weekday, begins, ends, capacity, cutoff_hours, set_by, set_at)
            VALUES (:id, :vendor_id, :zone, :weekday, :begins, :ends, :capacity, :cutoff_hours, :actor_id, :now)
            ON CONFLICT (business_id, zone, weekday, begins) WHERE ended_at IS NULL DO NOTHING
            RETURNING id
        """),
        values,
    )
    return added.first() is not None


def change_slot(session: Session, slot_id: UUID, capacity: int, cutoff_hours: int, today: date) -> None:
    """Write a locked slot's capacity and cut-off, and the capacity of its days to come, none under what is taken."""
    session.execute(
        text("""
            WITH changed AS (
                UPDATE app.delivery_slots SET capacity = :capacity, cutoff_hours = :cutoff_hours WHERE id = :id
            ), held AS (
                SELECT slot_id, day FROM app.delivery_slot_days
                WHERE slot_id = :id AND day >= :today AND NOT is_exception
                ORDER BY slot_id, day FOR NO KEY UPDATE
            )
            UPDATE app.delivery_slot_days one SET capacity = greatest(one.taken, :capacity)
            FROM held WHERE one.slot_id = held.slot_id AND one.day = held.day
        """),
        {"id": slot_id, "capacity": capacity, "cutoff_hours": cutoff_hours, "today": today},
    )


def end_slot(session: Session, slot_id: UUID, now: datetime) -> None:
    """Write that a locked slot is offered no longer."""
    session.execute(
        text("UPDATE app.delivery_slots SET ended_at = :now WHERE id = :id"), {"id": slot_id, "now": now}
    )


def except_day(session: Session, slot: Slot, day: date, capacity: int | None, is_closed: bool) -> bool:
    """Write what is out of turn on a day of a locked slot; False when more than this capacity is taken."""
    written = session.execute(
        text("""
            INSERT INTO app.delivery_slot_days AS held (slot_id, day, business_id, capacity, is_closed, is_exception)
            VALUES (:id, :day, :vendor_id, coalesce(:capacity, :usual), :is_closed, :is_exception)
            ON CONFLICT (slot_id, day) DO UPDATE
            SET capacity = greatest(held.taken, excluded.capacity), is_closed = excluded.is_closed,
                is_exception = excluded.is_exception
            WHERE CAST(:capacity AS integer) IS NULL OR held.taken <= :capacity
            RETURNING slot_id
        """),
        {
            "id": slot.id,
            "day": day,
            "vendor_id": slot.vendor_id,
            "capacity": capacity,
            "usual": slot.capacity,
            "is_closed": is_closed,
            "is_exception": is_closed or capacity is not None,
        },
    )
    return written.first() is not None


# All that makes a slot open stands in the one statement, so that an order with a slot costs one round trip more. The
# last condition is asked of the row as it is once its lock is granted. The slot is shared among those who take places
# and waits for its change: the first order of a day writes the day's capacity, which has to be the one that holds then.
_TAKE = text("""
    WITH offered AS (
        SELECT slot.id, slot.business_id, slot.capacity
        FROM app.delivery_slots slot
        JOIN app.businesses vendor ON vendor.id = slot.business_id
        JOIN app.businesses retailer ON retailer.id = :retailer_id AND retailer.zone = slot.zone
        WHERE slot.id = :slot_id AND slot.business_id = :vendor_id AND slot.ended_at IS NULL
          AND slot.weekday = extract(isodow FROM CAST(:day AS date))
          AND (CAST(:day AS date) + slot.begins) AT TIME ZONE vendor.time_zone
              - make_interval(hours => slot.cutoff_hours) > :now
          AND CAST(:day AS date) <= CAST(CAST(:now AS timestamptz) AT TIME ZONE vendor.time_zone AS date)
              + CAST(:ahead AS integer)
        FOR SHARE OF slot
    )
    INSERT INTO app.delivery_slot_days AS held (slot_id, day, business_id, capacity, taken)
    SELECT id, :day, business_id, capacity, 1 FROM offered
    ON CONFLICT (slot_id, day) DO UPDATE SET taken = held.taken + 1
    WHERE NOT held.is_closed AND held.taken < held.capacity
    RETURNING slot_id
""")


def take_place(
    session: Session, slot_id: UUID, day: date, vendor_id: UUID, retailer_id: UUID, now: datetime, ahead: int
) -> bool:
    """Take a place of a slot that is open to this retailer; False when it is not, or has none left."""
    values = {
        "slot_id": slot_id,
        "day": day,
        "vendor_id": vendor_id,
        "retailer_id": retailer_id,
        "now": now,
        "ahead": ahead,
    }
    return session.execute(_TAKE, values).first() is not None


def share_slot(session: Session, slot_id: UUID) -> None:
    """Keep a slot as it is while its places are exchanged."""
    session.execute(
        text("SELECT FROM app.delivery_slots WHERE id = :slot_id FOR SHARE"), {"slot_id": slot_id}
    )


def give_back(session: Session, slot_id: UUID, day: date) -> None:
    """Free a place that an order had."""
    session.execute(
        text("UPDATE app.delivery_slot_days SET taken = taken - 1 WHERE slot_id = :slot_id AND day = :day"),
        {"slot_id": slot_id, "day": day},
    )


def is_closed(session: Session, slot_id: UUID, day: date) -> bool:
    """Whether the vendor closed a slot on a day."""
    closed = session.execute(
        text("SELECT is_closed FROM app.delivery_slot_days WHERE slot_id = :slot_id AND day = :day"),
        {"slot_id": slot_id, "day": day},
    ).scalar_one_or_none()
    return bool(closed)


def zone_of(session: Session, business_id: UUID) -> str | None:
    """The delivery area of a business."""
    found: str | None = session.execute(
        text("SELECT zone FROM app.businesses WHERE id = :id"), {"id": business_id}
    ).scalar_one_or_none()
    return found


_DAYS = """
    SELECT slot.id AS slot_id, slot.zone, days.day, slot.begins, slot.ends, slot.cutoff_hours,
           vendor.time_zone, coalesce(held.capacity, slot.capacity) AS capacity, coalesce(held.taken, 0) AS taken,
           coalesce(held.is_closed, false) AS is_closed, coalesce(held.is_exception, false) AS is_exception
    FROM app.delivery_slots slot
    JOIN app.businesses vendor ON vendor.id = slot.business_id
    CROSS JOIN LATERAL (
        SELECT coalesce(CAST(:first AS date), CAST(CAST(:now AS timestamptz) AT TIME ZONE vendor.time_zone AS date))
            + n AS day FROM generate_series(0, CAST(:days AS integer) - 1) AS n
    ) AS days
    LEFT JOIN app.delivery_slot_days held ON held.slot_id = slot.id AND held.day = days.day
    WHERE slot.business_id = :vendor_id AND slot.weekday = extract(isodow FROM days.day) AND {which}
    ORDER BY days.day, slot.begins, slot.zone, slot.id
"""
# A slot that ended is shown for the orders that have it.
_DAYS_OF_VENDOR = text(_DAYS.format(which="(slot.ended_at IS NULL OR held.taken > 0)"))
_DAYS_OPEN = text(
    _DAYS.format(
        which="""slot.ended_at IS NULL AND slot.zone = :zone AND NOT coalesce(held.is_closed, false)
      AND coalesce(held.taken, 0) < coalesce(held.capacity, slot.capacity)
      AND (days.day + slot.begins) AT TIME ZONE vendor.time_zone
          - make_interval(hours => slot.cutoff_hours) > :now"""
    )
)


def days_of(
    session: Session, vendor_id: UUID, first: date | None, days: int, now: datetime
) -> Sequence[RowMapping]:
    """A vendor's slots day by day, each with what is taken of it, from `first` on (None: from its today on)."""
    values = {"vendor_id": vendor_id, "first": first, "days": days, "now": now}
    return session.execute(_DAYS_OF_VENDOR, values).mappings().all()


def open_days(session: Session, vendor_id: UUID, zone: str, days: int, now: datetime) -> Sequence[RowMapping]:
    """The slots of a vendor that may be chosen in a zone, day by day from its today on. Needs the vendor in scope."""
    values = {"vendor_id": vendor_id, "zone": zone, "first": None, "days": days, "now": now}
    return session.execute(_DAYS_OPEN, values).mappings().all()


def pictures_named(session: Session, keys: Sequence[str]) -> set[str]:
    """Which of these objects are pictures of receivers who are not forgotten."""
    rows = session.execute(
        text("""
            SELECT unnest(ARRAY[proof.photo_key, proof.signature_key])
            FROM app.delivery_proofs proof JOIN app.subject_keys receiver ON receiver.id = proof.id
            WHERE proof.photo_key = ANY (:keys) OR proof.signature_key = ANY (:keys)
        """),
        {"keys": list(keys)},
    )
    return set(rows.scalars())

"""Verbs of reminders: write one, give it another time, call it off, send a failed one again.

What happens when the time of one has come stands in `sending.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from commerce.catalogue import queries as catalogue
from commerce.catalogue.errors import ProductNotFound
from commerce.customers import queries as customer_queries
from commerce.customers import service as customers
from commerce.customers.errors import CustomerErased
from commerce.parties import service as parties
from commerce.reminders import queries
from commerce.reminders.errors import (
    ReminderInvalid,
    ReminderMoveNotAllowed,
    ReminderNotFound,
    ReminderSettingInvalid,
)
from commerce.reminders.events import ReminderEnded
from commerce.reminders.models import Reminder
from commerce.reminders.times import moment_of
from commerce.reminders.vocabulary import (
    AHEAD_MAX,
    AUTOMATIC_AT,
    AUTOMATIC_DAYS_MAX,
    ENDED,
    KEPT,
    KINDS,
    REPEATS,
    TEXT_MAX,
    TO_CUSTOMER,
    TO_SHOP,
    WITH_TEXT,
)
from foundation import clock, personal
from foundation.errors import VersionMismatch
from foundation.events import publish
from foundation.idempotency import RequestKey, claim
from foundation.ids import uuid7
from foundation.personal import FORGOTTEN, Subject

SEALED_AS = "reminder"
DELETED_AT_ONCE = 5_000


@dataclass(frozen=True)
class Wanted:
    """What a shop wants to be said, when, and to whom: to a customer, or without one to its own owners."""

    kind: str
    remind_at: datetime
    """Without an offset it is of the shop's wall."""
    customer_id: UUID | None = None
    invoice_id: UUID | None = None
    product_id: UUID | None = None
    text: str | None = field(default=None, repr=False)
    repeats: str | None = None
    repeats_until: date | None = None


@dataclass(frozen=True)
class Shown:
    """A reminder as the shop reads it."""

    id: UUID
    customer_id: UUID | None
    customer: str | None = field(repr=False)
    kind: str
    invoice_id: UUID | None
    product_id: UUID | None
    text: str | None = field(repr=False)
    remind_at: datetime
    """By the shop's own clock."""
    repeats: str | None
    repeats_until: date | None
    is_automatic: bool
    state: str
    waits_until: datetime | None
    """When it is tried again, or its customer wants to hear of it; None: it does not wait beyond its time."""
    tries: int
    reason: str | None
    message_id: UUID | None
    ended_at: datetime | None
    created_at: datetime
    version: int


@dataclass(frozen=True)
class Settings:
    """Which reminders a shop's customers get without anybody writing them."""

    days_before_due: int | None = None
    days_after_due: int | None = None
    at: time = AUTOMATIC_AT
    version: int = 0
    """0: nothing was set, and none is sent."""
    changed_at: datetime | None = None


def add_reminder(
    session: Session,
    *,
    business_id: UUID,
    wanted: Wanted,
    actor_id: UUID | None = None,
    request: RequestKey | None = None,
) -> UUID:
    """Write down what is to be said later; the reminder's id.

    Raises ReminderInvalid, CustomerNotFound, CustomerErased, ProductNotFound, RequestKeyReused.
    """
    reminder_id = uuid7()
    if request is not None and (earlier := claim(session, request, reminder_id)) is not None:
        return earlier
    shop = parties.get_business(session, business_id=business_id)
    _check_kind(wanted)
    remind_at = _checked_time(wanted.remind_at, shop.time_zone)
    _check_repetition(wanted.repeats, wanted.repeats_until, remind_at, shop.time_zone)
    sealed = _checked_text(wanted.kind, wanted.text)
    subject = _subject_of(session, business_id, wanted, reminder_id)
    _check_about(session, business_id, wanted)
    now = clock.now()
    session.add(
        Reminder(
            id=reminder_id,
            business_id=business_id,
            customer_id=wanted.customer_id,
            kind=wanted.kind,
            invoice_id=wanted.invoice_id,
            product_id=wanted.product_id,
            text_sealed=subject.seal(SEALED_AS, sealed) if subject and sealed else None,
            remind_at=remind_at,
            **_repetition(wanted.repeats, wanted.repeats_until, remind_at, shop.time_zone),
            is_followed=False,
            state="scheduled",
            due_at=remind_at,
            turn=1,
            tries=0,
            created_by=actor_id,
            created_at=now,
            version=1,
        )
    )
    session.flush()
    return reminder_id


def change_reminder(
    session: Session,
    *,
    business_id: UUID,
    reminder_id: UUID,
    changes: Mapping[str, Any],
    seen: frozenset[int] | None = None,
) -> None:
    """Give a reminder that was not sent another time, text or repetition: fields of `Wanted`; None ends a repetition.

    `seen` are the versions that the caller has read.
    Raises ReminderNotFound, ReminderMoveNotAllowed, ReminderInvalid, VersionMismatch.
    """
    row = _locked(session, business_id, reminder_id)
    if seen is not None and row.version not in seen:
        raise VersionMismatch(
            f"reminder {reminder_id} is at version {row.version}, and "
            f"{' or '.join(map(str, sorted(seen)))} was seen; read it again first",
            version=row.version,
        )
    if row.state != "scheduled":
        raise ReminderMoveNotAllowed(reminder_id, row.state, "write a new one, or send a failed one again")
    zone = parties.get_business(session, business_id=business_id).time_zone
    if changes.get("remind_at") is not None:
        row.remind_at = row.due_at = _checked_time(changes["remind_at"], zone)
        row.tries, row.reason = 0, None
    repeats = changes.get("repeats", row.repeats)
    until = changes.get("repeats_until", row.repeats_until) if repeats else None
    _check_repetition(repeats, until, row.remind_at, zone)
    if changes.keys() & {"remind_at", "repeats", "repeats_until"}:
        for name, value in _repetition(repeats, until, row.remind_at, zone).items():
            setattr(row, name, value)
    if "text" in changes:
        told = _checked_text(row.kind, changes["text"])
        subject = personal.subject(session, row.customer_id or row.id) if told else None
        row.text_sealed = subject.seal(SEALED_AS, told) if subject and told else None
    row.version += 1
    session.flush()


def cancel_reminder(
    session: Session, *, business_id: UUID, reminder_id: UUID, actor_id: UUID | None = None
) -> None:
    """Call a reminder off, and with it the times that would follow; again: nothing more happens.

    Raises ReminderNotFound, ReminderMoveNotAllowed.
    """
    row = _locked(session, business_id, reminder_id)
    if row.state == "cancelled":
        return
    if row.state not in ("scheduled", "failed"):
        raise ReminderMoveNotAllowed(reminder_id, row.state, "only what was not sent can be called off")
    now = clock.now()
    end(session, row, "cancelled", None, now, actor_id=actor_id)
    # One that was tried is followed already. One at a time: who says the next meanwhile writes the one after it.
    following = queries.lock_following(session, row.id)
    while following is not None:
        if following.state == "scheduled":
            end(session, following, "cancelled", None, now, actor_id=actor_id)
        following = queries.lock_following(session, following.id)
    session.flush()


def resend_reminder(session: Session, *, business_id: UUID, reminder_id: UUID) -> None:
    """Try a failed reminder again at once, with three tries as at first.

    Raises ReminderNotFound, ReminderMoveNotAllowed.
    """
    row = _locked(session, business_id, reminder_id)
    if row.state != "failed":
        raise ReminderMoveNotAllowed(reminder_id, row.state, "only one that failed is sent again")
    row.state, row.due_at, row.ended_at, row.reason = "scheduled", clock.now(), None, None
    row.turn, row.tries, row.version = row.turn + 1, 0, row.version + 1
    session.flush()


def end(
    session: Session,
    row: Reminder,
    state: str,
    reason: str | None,
    now: datetime,
    *,
    actor_id: UUID | None = None,
) -> None:
    """Let a locked reminder have ended, and tell it."""
    assert state in ENDED
    row.state, row.reason, row.due_at, row.ended_at = state, reason, None, now
    row.version += 1
    publish(
        session,
        ReminderEnded(
            reminder_id=str(row.id),
            customer_id=None if row.customer_id is None else str(row.customer_id),
            kind=row.kind,
            state=state,
            reason=reason,
        ),
        business_id=row.business_id,
        actor_id=actor_id,
        channel="system" if actor_id is None else "api",
    )


def get_reminder(session: Session, *, business_id: UUID, reminder_id: UUID) -> Shown:
    """One reminder. Raises ReminderNotFound."""
    row = queries.reminder(session, business_id, reminder_id)
    if row is None:
        raise ReminderNotFound(reminder_id)
    return shown(session, business_id, [row])[0]


def shown(session: Session, business_id: UUID, rows: Sequence[RowMapping]) -> list[Shown]:
    """Rows of `queries` in plain words, by the shop's own clock."""
    zone = ZoneInfo(parties.get_business(session, business_id=business_id).time_zone)
    whom = [row["customer_id"] for row in rows if row["customer_id"] is not None]
    names = customers.names_of(session, business_id=business_id, customers=whom) if whom else {}
    sealed = {row["customer_id"] or row["id"] for row in rows if row["text_sealed"] is not None}
    subjects = personal.subjects(session, sealed) if sealed else {}
    same = (
        *("id", "customer_id", "kind", "invoice_id", "product_id", "repeats", "repeats_until", "state"),
        *("tries", "reason", "message_id", "ended_at", "created_at", "version"),
    )
    return [
        Shown(
            **{name: row[name] for name in same},
            customer=names.get(row["customer_id"]),
            text=_opened(subjects.get(row["customer_id"] or row["id"]), row["text_sealed"]),
            remind_at=row["remind_at"].astimezone(zone),
            is_automatic=row["planned_for"] is not None,
            waits_until=row["due_at"].astimezone(zone)
            if row["due_at"] is not None and row["due_at"] > row["remind_at"]
            else None,
        )
        for row in rows
    ]


def text_of(session: Session, row: Reminder) -> str:
    """What the shop wrote into a reminder that has a text."""
    subject = personal.subject(session, row.customer_id or row.id)
    return _opened(subject, row.text_sealed) or FORGOTTEN


def moment(session: Session, *, business_id: UUID, name: str, told: datetime | None) -> datetime | None:
    """A moment that a filter names; without an offset it is of the shop's wall. Raises ReminderInvalid."""
    if told is None:
        return None
    zone = parties.get_business(session, business_id=business_id).time_zone
    return _moment(name, told, zone)


def settings_of(session: Session, *, business_id: UUID) -> Settings:
    """Which reminders a shop's customers get without anybody writing them, now."""
    row = queries.settings(session, business_id)
    return Settings() if row is None else Settings(**row)


def change_settings(
    session: Session, *, business_id: UUID, wanted: Settings, actor_id: UUID | None = None
) -> None:
    """Put these settings in the place of those before, from today on. Raises ReminderSettingInvalid."""
    for name, days, least in (
        ("days_before_due", wanted.days_before_due, 0),
        ("days_after_due", wanted.days_after_due, 1),
    ):
        if days is not None and not least <= days <= AUTOMATIC_DAYS_MAX:
            raise ReminderSettingInvalid(
                f"{name} {days} cannot be; give {least} to {AUTOMATIC_DAYS_MAX}, or null for no such reminders",
                field=name,
            )
    queries.write_settings(
        session,
        {
            "business_id": business_id,
            "days_before_due": wanted.days_before_due,
            "days_after_due": wanted.days_after_due,
            "at": wanted.at,
            "changed_by": actor_id,
            "changed_at": clock.now(),
        },
    )


def delete_old(session: Session, *, now: datetime) -> int:
    """Delete reminders that ended more than a year before `now`; how many, 5,000 at once."""
    return queries.delete_ended_before(session, now - KEPT, DELETED_AT_ONCE)


def _locked(session: Session, business_id: UUID, reminder_id: UUID) -> Reminder:
    row = queries.lock(session, business_id, reminder_id)
    if row is None:
        raise ReminderNotFound(reminder_id)
    return row


def _check_kind(wanted: Wanted) -> None:
    if wanted.kind not in KINDS:
        raise ReminderInvalid("kind", wanted.kind, f"give one of {', '.join(KINDS)}")
    if wanted.customer_id is None and wanted.kind not in TO_SHOP:
        raise ReminderInvalid("kind", wanted.kind, "it goes to a customer; say by customer_id to whom")
    if wanted.customer_id is not None and wanted.kind not in TO_CUSTOMER:
        raise ReminderInvalid("kind", wanted.kind, "it goes to the shop's own owners; leave out customer_id")
    if (wanted.kind == "invoice") != (wanted.invoice_id is not None):
        raise ReminderInvalid(
            "invoice_id",
            str(wanted.invoice_id) if wanted.invoice_id else None,
            "a reminder of kind 'invoice' names the bill that is sent again, and no other kind does",
        )
    if wanted.product_id is not None and wanted.kind not in ("low_stock", "expiry"):
        raise ReminderInvalid(
            "product_id", str(wanted.product_id), "only reminders of low_stock and expiry are about a good"
        )


def _moment(name: str, told: datetime, time_zone: str) -> datetime:
    found = moment_of(told, time_zone)
    if found is None:
        raise ReminderInvalid(
            name, told.isoformat(), f"no clock in {time_zone} shows that time; give another hour"
        )
    return found


def _checked_time(told: datetime, time_zone: str) -> datetime:
    found, now = _moment("remind_at", told, time_zone), clock.now()
    here = now.astimezone(ZoneInfo(time_zone))
    if found <= now:
        raise ReminderInvalid(
            "remind_at",
            told.isoformat(),
            f"that is past, for the shop's clock shows {here:%Y-%m-%d %H:%M} ({time_zone}); give a later time",
        )
    if found > now + AHEAD_MAX:
        raise ReminderInvalid(
            "remind_at", told.isoformat(), f"give a time until {(here + AHEAD_MAX):%Y-%m-%d}, two years ahead"
        )
    return found


def _check_repetition(repeats: str | None, until: date | None, remind_at: datetime, time_zone: str) -> None:
    if repeats is not None and repeats not in REPEATS:
        raise ReminderInvalid("repeats", repeats, f"give {' or '.join(REPEATS)}")
    if until is None:
        return
    day = clock.business_day(remind_at, time_zone)
    if repeats is None:
        raise ReminderInvalid("repeats_until", str(until), "say by repeats how often until then")
    if until < day:
        raise ReminderInvalid(
            "repeats_until", str(until), f"the first time is on {day}; give that day or later"
        )


def _repetition(
    repeats: str | None, until: date | None, remind_at: datetime, time_zone: str
) -> dict[str, Any]:
    day = clock.business_day(remind_at, time_zone).day if repeats else None
    return {"repeats": repeats, "repeats_until": until, "repeats_day": day}


def _checked_text(kind: str, told: str | None) -> str | None:
    words = (told or "").strip() or None
    if words is None and kind in WITH_TEXT:
        raise ReminderInvalid("text", told, f"a reminder of kind {kind!r} says what you write; write it")
    if words is not None and kind not in WITH_TEXT:
        raise ReminderInvalid(
            "text", "(given)", f"a reminder of kind {kind!r} has words of its own; leave the text out"
        )
    if words is not None and len(words) > TEXT_MAX:
        raise ReminderInvalid("text", f"of {len(words)} characters", f"write {TEXT_MAX} at most")
    return words


def _subject_of(session: Session, business_id: UUID, wanted: Wanted, reminder_id: UUID) -> Subject | None:
    """Under whose key the text is sealed. Raises CustomerNotFound, CustomerErased."""
    if wanted.customer_id is None:
        if wanted.kind not in WITH_TEXT:
            return None
        subject = personal.new_subject(session, made_at=clock.now(), subject_id=reminder_id)
        session.flush()
        return subject
    # Locked, so that who is being erased gets no new one meanwhile.
    if customer_queries.lock_profile(session, business_id, wanted.customer_id) is None:
        customers.get_customer(session, business_id=business_id, customer_id=wanted.customer_id)
        raise CustomerErased(wanted.customer_id)
    return personal.subject(session, wanted.customer_id)


def _check_about(session: Session, business_id: UUID, wanted: Wanted) -> None:
    if wanted.product_id is not None and wanted.product_id not in catalogue.usable_products(
        session, business_id, [wanted.product_id]
    ):
        raise ProductNotFound(
            f"there is no product {wanted.product_id} for this shop", product_id=str(wanted.product_id)
        )
    if wanted.invoice_id is None:
        return
    bill = queries.bill(session, business_id, wanted.invoice_id)
    told = str(wanted.invoice_id)
    if bill is None or bill.customer_id != wanted.customer_id:
        raise ReminderInvalid("invoice_id", told, "it is no bill of this shop for this customer")
    if bill.is_cancelled:
        raise ReminderInvalid("invoice_id", told, f"bill {bill.number} was cancelled; nobody is sent it")


def _opened(subject: Subject | None, sealed: bytes | None) -> str | None:
    return None if subject is None or sealed is None else subject.open(SEALED_AS, sealed)

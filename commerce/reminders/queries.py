"""Questions and locks of reminders."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import RowMapping, delete, select, text
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from commerce.messaging.models import ShopMessage
from commerce.parties.models import Business
from commerce.reminders.models import Reminder
from foundation.keyset import Order, page
from foundation.personal import SubjectKey

REMINDERS_BY = {
    "due": Order((("remind_at", "timestamptz"), ("id", "uuid"))),
    "latest": Order((("remind_at", "timestamptz"), ("id", "uuid")), is_descending=True),
}
_REMINDERS = """
    SELECT reminder.id, reminder.business_id, reminder.customer_id, reminder.kind, reminder.invoice_id,
           reminder.product_id, reminder.text_sealed, reminder.remind_at, reminder.repeats, reminder.repeats_until,
           reminder.planned_for, reminder.state, reminder.due_at, reminder.tries, reminder.message_id,
           reminder.reason, reminder.ended_at, reminder.created_at, reminder.version
    FROM app.reminders reminder WHERE reminder.business_id = :business_id
"""
_REMINDER_IS = {
    "customer_id": "reminder.customer_id = :customer_id",
    "state": "reminder.state = :state",
    "kind": "reminder.kind = :kind",
    "due_from": "reminder.remind_at >= :due_from",
    "due_until": "reminder.remind_at < :due_until",
}


@dataclass(frozen=True)
class ReminderFilter:
    """Which reminders of a list; None does not filter."""

    customer_id: UUID | None = None
    state: str | None = None
    kind: str | None = None
    due_from: datetime | None = None
    due_until: datetime | None = None
    """Before this moment."""


def reminders(
    session: Session,
    business_id: UUID,
    *,
    chosen: ReminderFilter = ReminderFilter(),
    by: Order = REMINDERS_BY["due"],
    after: Sequence[Any] | None = None,
    limit: int,
) -> Sequence[RowMapping]:
    """A shop's reminders."""
    values = {**vars(chosen), "business_id": business_id}
    return page(session, _REMINDERS, values, filters=_REMINDER_IS, by=by, after=after, limit=limit)


_REMINDER = text(f"{_REMINDERS} AND reminder.id = :reminder_id")


def reminder(session: Session, business_id: UUID, reminder_id: UUID) -> RowMapping | None:
    """One reminder of a shop."""
    values = {"business_id": business_id, "reminder_id": reminder_id}
    return session.execute(_REMINDER, values).mappings().one_or_none()


def lock(session: Session, business_id: UUID, reminder_id: UUID) -> Reminder | None:
    """One reminder of a shop, locked."""
    return session.scalar(
        select(Reminder)
        .where(Reminder.business_id == business_id, Reminder.id == reminder_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


def lock_following(session: Session, reminder_id: UUID) -> Reminder | None:
    """The time after this one of a reminder that repeats, its row locked; None where none was written."""
    return session.scalar(
        select(Reminder)
        .where(Reminder.follows_id == reminder_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


def lock_due(session: Session, now: datetime, limit: int) -> Sequence[Reminder]:
    """Reminders whose time has come, the longest due first, locked; those that another worker holds are left to it."""
    return session.scalars(
        select(Reminder)
        .where(Reminder.state == "scheduled", Reminder.due_at <= now)
        .order_by(Reminder.due_at, Reminder.id)
        .limit(limit)
        .with_for_update(key_share=True, skip_locked=True)
    ).all()


def lock_answered(session: Session, limit: int) -> Sequence[tuple[Reminder, str, str | None]]:
    """Reminders whose message went out or came to nothing, locked, with the message's state and its reason."""
    message = ShopMessage
    rows = session.execute(
        select(Reminder, message.state, message.reason)
        .join(message, message.id == Reminder.message_id)
        .where(Reminder.state == "sending", message.state != "queued")
        .order_by(Reminder.message_id)
        .limit(limit)
        .with_for_update(of=Reminder, key_share=True, skip_locked=True)
    )
    return [(row[0], row[1], row[2]) for row in rows]


class Whom(NamedTuple):
    """A customer whose reminder has come: when they want to hear, what they owe, and how much of it is due."""

    heard_from: time
    heard_until: time
    country: str
    currency: str
    balance_paisa: int
    due_paisa: int
    """Until the day that was asked for; without one, all."""
    due_since: date | None
    """The earliest day that something of it was due."""


# What was paid ahead is set against the debts: never more is asked for than the balance.
_WHOM = text("""
    SELECT asked.id, profile.heard_from, profile.heard_until, shop.country, customer.currency,
           khata.posted_paisa AS balance_paisa,
           CASE WHEN asked.day IS NULL THEN khata.posted_paisa
                ELSE least(khata.posted_paisa, coalesce(late.open_paisa, 0)) END AS due_paisa,
           late.due_since
    FROM unnest(CAST(:ids AS uuid[]), CAST(:customers AS uuid[]), CAST(:days AS date[])) AS asked (id, customer_id, day)
    JOIN app.customers customer ON customer.id = asked.customer_id
    JOIN app.customer_profiles profile ON profile.customer_id = customer.id
    JOIN app.businesses shop ON shop.id = customer.business_id
    JOIN app.receivables khata ON khata.account_id = customer.account_id
    LEFT JOIN LATERAL (
        SELECT CAST(sum(item.amount_paisa - coalesce(settled.amount_paisa, 0)) AS bigint) AS open_paisa,
               min(item.due_date) AS due_since
        FROM app.receivable_items item
        LEFT JOIN LATERAL (
            SELECT sum(amount_paisa) AS amount_paisa FROM app.allocations WHERE debit_item_id = item.id
        ) settled ON true
        WHERE asked.day IS NOT NULL AND item.account_id = customer.account_id AND item.amount_paisa > 0
          AND item.due_date <= asked.day AND item.amount_paisa > coalesce(settled.amount_paisa, 0)
    ) late ON true
""")


def whom(session: Session, asked: Mapping[UUID, tuple[UUID, date | None]]) -> dict[UUID, Whom]:
    """For each reminder its customer, and what is due until the day that it asks about; without those erased."""
    values = {
        "ids": list(asked),
        "customers": [customer for customer, _ in asked.values()],
        "days": [day for _, day in asked.values()],
    }
    return {row.id: Whom(*row[1:]) for row in session.execute(_WHOM, values)}


def shops(session: Session, businesses: Collection[UUID]) -> dict[UUID, Business]:
    """Businesses by id, asked for together."""
    return {row.id: row for row in session.scalars(select(Business).where(Business.id.in_(businesses)))}


def keys(session: Session, subjects: Collection[UUID]) -> Sequence[SubjectKey]:
    """The keys of subjects, asked for together."""
    return session.scalars(select(SubjectKey).where(SubjectKey.id.in_(subjects))).all()


class Bill(NamedTuple):
    """A bill that may be sent again."""

    number: str
    customer_id: UUID | None
    document_date: date
    currency: str
    to_pay_paisa: int
    is_cancelled: bool


_BILL = text("""
    SELECT bill.number, bill.customer_id, bill.document_date, bill.currency,
           bill.total_paisa + bill.round_off_paisa AS to_pay_paisa,
           EXISTS (SELECT FROM app.bill_cancellations undone WHERE undone.invoice_id = bill.id) AS is_cancelled
    FROM app.invoices bill
    WHERE bill.id = :invoice_id AND bill.vendor_id = :business_id AND bill.kind <> 'credit_note'
      AND bill.order_id IS NULL
""")


def bill(session: Session, business_id: UUID, invoice_id: UUID) -> Bill | None:
    """A shop's bill; None of what is none, or is another's."""
    row = session.execute(_BILL, {"business_id": business_id, "invoice_id": invoice_id}).one_or_none()
    return None if row is None else Bill._make(row)


_SETTINGS = text("""
    SELECT days_before_due, days_after_due, at, version, changed_at
    FROM app.reminder_settings WHERE business_id = :business_id
""")


def settings(session: Session, business_id: UUID) -> RowMapping | None:
    """What a shop set; None where it never did."""
    return session.execute(_SETTINGS, {"business_id": business_id}).mappings().one_or_none()


_SET = text("""
    INSERT INTO app.reminder_settings AS held
        (business_id, days_before_due, days_after_due, at, version, changed_by, changed_at)
    VALUES (:business_id, :days_before_due, :days_after_due, :at, 1, :changed_by, :changed_at)
    ON CONFLICT (business_id) DO UPDATE
    SET days_before_due = excluded.days_before_due, days_after_due = excluded.days_after_due, at = excluded.at,
        planned_on = NULL, version = held.version + 1, changed_by = excluded.changed_by,
        changed_at = excluded.changed_at
""")


def write_settings(session: Session, values: dict[str, Any]) -> None:
    """Put a shop's settings in the place of those before; its debts are looked through again."""
    session.execute(_SET, values)


_LOCK_TO_PLAN = text("""
    SELECT held.business_id, held.days_before_due, held.days_after_due, held.at, shop.time_zone,
           CAST(CAST(:now AS timestamptz) AT TIME ZONE shop.time_zone AS date) AS today
    FROM app.reminder_settings held JOIN app.businesses shop ON shop.id = held.business_id
    WHERE (held.days_before_due IS NOT NULL OR held.days_after_due IS NOT NULL)
      AND coalesce(held.planned_on < CAST(CAST(:now AS timestamptz) AT TIME ZONE shop.time_zone AS date), true)
    ORDER BY held.business_id LIMIT 1 FOR NO KEY UPDATE OF held SKIP LOCKED
""")


def lock_to_plan(session: Session, now: datetime) -> RowMapping | None:
    """A shop whose customers' debts were not looked through on its day of `now`, locked; None when all were."""
    return session.execute(_LOCK_TO_PLAN, {"now": now}).mappings().first()


_COMING = text("""
    SELECT DISTINCT customer.id AS customer_id, item.due_date
    FROM app.customers customer
    JOIN app.receivables khata ON khata.account_id = customer.account_id AND khata.posted_paisa > 0
    JOIN app.receivable_items item ON item.account_id = customer.account_id AND item.amount_paisa > 0
    WHERE customer.business_id = :business_id AND customer.erased_at IS NULL
      AND item.due_date = CAST(:day AS date)
      AND item.amount_paisa > coalesce((
          SELECT sum(settled.amount_paisa) FROM app.allocations settled WHERE settled.debit_item_id = item.id), 0)
""")


def owing_on(session: Session, business_id: UUID, day: date) -> list[UUID]:
    """Customers of a shop of whose debts some that fall due on a day are open."""
    rows = session.execute(_COMING, {"business_id": business_id, "day": day})
    return [row.customer_id for row in rows]


def mark_planned(session: Session, business_id: UUID, day: date) -> None:
    """Keep that a shop's debts were looked through on a day."""
    session.execute(
        text("UPDATE app.reminder_settings SET planned_on = :day WHERE business_id = :business_id"),
        {"business_id": business_id, "day": day},
    )


def add_planned(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Add reminders that settings made; what is there already stays."""
    if rows:
        session.execute(pg_insert(Reminder).on_conflict_do_nothing(), list(rows))


def forget(session: Session, business_id: UUID, customer_id: UUID) -> None:
    """Delete every reminder to a customer of a shop."""
    session.execute(
        delete(Reminder).where(Reminder.business_id == business_id, Reminder.customer_id == customer_id)
    )


_DELETE_OLD = text("""
    WITH old AS (
        DELETE FROM app.reminders WHERE id IN (
            SELECT id FROM app.reminders WHERE ended_at < :before ORDER BY ended_at LIMIT :limit
        ) RETURNING id
    ), keys AS (DELETE FROM app.subject_keys WHERE id IN (SELECT id FROM old))
    SELECT count(*) FROM old
""")


def delete_ended_before(session: Session, before: datetime, limit: int) -> int:
    """Delete reminders that ended before, with the keys that are theirs alone; how many."""
    return int(session.execute(_DELETE_OLD, {"before": before, "limit": limit}).scalar_one())

"""What a shop wants to be said later, to a customer or to itself, and what became of it."""

from __future__ import annotations

from datetime import date, time
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    SmallInteger,
    Time,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from commerce.reminders.vocabulary import AUTOMATIC_DAYS_MAX, KINDS, REPEATS, STATES, TO_CUSTOMER, TO_SHOP
from foundation.database import Base
from foundation.tables import UPDATED_IN_PLACE, BusinessId, Id, Moment, Word


class Reminder(Base):
    """One thing to be said once. Of one that repeats, each time is a row, written when the one before is sent."""

    __tablename__ = "reminders"

    id: Mapped[Id]
    business_id: Mapped[BusinessId]
    customer_id: Mapped[UUID | None] = mapped_column(Uuid)
    """Whom it goes to; None: to the owners of the shop."""
    kind: Mapped[Word]
    invoice_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("app.invoices.id"))
    """The bill that is sent again."""
    product_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("app.products.id"))
    """The good that may run low or expire; None: all of the shop's."""
    text_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The shop's own words, under the customer's key; where it goes to the shop, under one of the reminder's own."""
    remind_at: Mapped[Moment]
    repeats: Mapped[Word | None]
    repeats_until: Mapped[date | None] = mapped_column(Date)
    repeats_day: Mapped[int | None] = mapped_column(SmallInteger)
    """The day of the month that was meant: of the 31st February has its last day."""
    is_followed: Mapped[bool] = mapped_column(Boolean)
    """Whether the next time was written already."""
    follows_id: Mapped[UUID | None] = mapped_column(Uuid)
    """Of a time of one that repeats: the time before it, which may be deleted."""
    planned_for: Mapped[date | None] = mapped_column(Date)
    """Of one that the shop's settings made: the day on which something is due. One per customer, kind and such day."""
    state: Mapped[Word]
    due_at: Mapped[Moment | None]
    """When it is looked at next: its time, the end of a pause after a try, or the begin of the customer's hours."""
    turn: Mapped[int]
    """Counts what was said of it: with the id, the key under which a message exists at most once."""
    tries: Mapped[int] = mapped_column(SmallInteger)
    message_id: Mapped[UUID | None] = mapped_column(Uuid)
    reason: Mapped[Word | None]
    """Why it failed, was skipped, or waits."""
    ended_at: Mapped[Moment | None]
    created_by: Mapped[UUID | None]
    created_at: Mapped[Moment]
    version: Mapped[int] = mapped_column(server_default=text("1"))

    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint(f"repeats IN {REPEATS}", name="repeats"),
        CheckConstraint(
            f"CASE WHEN customer_id IS NULL THEN kind IN {TO_SHOP} ELSE kind IN {TO_CUSTOMER} END",
            name="whom",
        ),
        CheckConstraint("(kind = 'invoice') = (invoice_id IS NOT NULL)", name="invoice"),
        CheckConstraint("(state = 'scheduled') = (due_at IS NOT NULL)", name="due"),
        CheckConstraint("(state IN ('scheduled', 'sending')) = (ended_at IS NULL)", name="ended"),
        ForeignKeyConstraint(
            ["business_id", "customer_id"], ["app.customers.business_id", "app.customers.id"]
        ),
        Index(None, "business_id", "remind_at", "id"),
        Index(None, "customer_id", "remind_at", "id", postgresql_where=text("customer_id IS NOT NULL")),
        Index(None, "due_at", "id", postgresql_where=text("state = 'scheduled'")),
        Index(None, "message_id", postgresql_where=text("state = 'sending'")),
        Index(None, "follows_id", postgresql_where=text("follows_id IS NOT NULL")),
        Index(None, "ended_at", postgresql_where=text("ended_at IS NOT NULL")),
        Index(
            "uq_reminders_planned",
            "customer_id",
            "kind",
            "planned_for",
            unique=True,
            postgresql_where=text("planned_for IS NOT NULL"),
        ),
        UPDATED_IN_PLACE,
    )


class ReminderSettings(Base):
    """Which reminders a shop's customers get without anybody writing them."""

    __tablename__ = "reminder_settings"

    business_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.businesses.id"), primary_key=True)
    days_before_due: Mapped[int | None] = mapped_column(SmallInteger)
    """So many days before something is due its customer is told; None: not."""
    days_after_due: Mapped[int | None] = mapped_column(SmallInteger)
    at: Mapped[time] = mapped_column(Time)
    """The hour of the shop's day."""
    planned_on: Mapped[date | None] = mapped_column(Date)
    """The last day of the shop that was looked through."""
    version: Mapped[int] = mapped_column(server_default=text("1"))
    changed_by: Mapped[UUID | None]
    changed_at: Mapped[Moment]

    __table_args__ = (
        CheckConstraint(
            f"days_before_due BETWEEN 0 AND {AUTOMATIC_DAYS_MAX} AND days_after_due BETWEEN 1 AND {AUTOMATIC_DAYS_MAX}",
            name="days",
        ),
        UPDATED_IN_PLACE,
    )

"""What was said to whom, sealed under the person's key."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from commerce.messaging.vocabulary import (
    ALL,
    CAN_WAIT,
    CONSENT_WAYS,
    DIRECTIONS,
    KEY_CHARACTERS,
    PER_DAY_MAX,
    TO_CUSTOMERS,
)
from commerce.messaging.vocabulary import CHANNELS as SHOP_CHANNELS
from commerce.messaging.vocabulary import STATES as SHOP_STATES
from foundation.database import Base
from foundation.personal import INDEX_BYTES
from foundation.tables import UPDATED_IN_PLACE, BusinessId, Id, Moment, Word

CHANNELS = ("phone", "mail")
STATES = ("queued", "sent", "refused")


class Message(Base):
    """One message to one person. On the sandbox channel of phones this row is the delivery."""

    __tablename__ = "messages"

    id: Mapped[Id]
    person_id: Mapped[UUID]
    """The subject whose key seals it; without that key it cannot be read any more."""
    channel: Mapped[Word]
    purpose: Mapped[Word]
    recipient_index: Mapped[bytes] = mapped_column(LargeBinary(32))
    recipient_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    title_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[Word]
    queued_at: Mapped[Moment]
    sent_at: Mapped[Moment | None]

    __table_args__ = (
        CheckConstraint(f"channel IN {CHANNELS}", name="channel"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        Index(None, "recipient_index", "queued_at"),
        Index(None, "person_id"),
        Index(None, "queued_at"),
        UPDATED_IN_PLACE,
    )


URGENT = f"state = 'queued' AND purpose NOT IN {CAN_WAIT}"
"""Before what can wait: ten thousand reminders do not hold a bill up."""


class ShopMessage(Base):
    """What a shop said to a customer or to one of its own people, or was told by a customer.

    The row is the outbox: written with its cause, sent by whoever claims it first. Its words may be cleared away,
    the row stays, so that `key` makes it once for ever.
    """

    __tablename__ = "shop_messages"

    id: Mapped[Id]
    """What providers know the message by, too: however often it is tried, it is the same one."""
    business_id: Mapped[BusinessId]
    key: Mapped[str] = mapped_column(String(KEY_CHARACTERS))
    direction: Mapped[Word]
    subject_id: Mapped[UUID]
    """Whose key seals it: the customer, or a person of the shop."""
    customer_id: Mapped[UUID | None]
    """None where it was said to one of the shop's own people."""
    purpose: Mapped[Word]
    template: Mapped[Word | None]
    language: Mapped[str] = mapped_column(String(2))
    channel: Mapped[Word]
    recipient_index: Mapped[bytes | None] = mapped_column(LargeBinary(INDEX_BYTES))
    recipient_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    content_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """`templates.Content` as JSON; None once it was cleared away."""
    attachments: Mapped[list[str]] = mapped_column(ARRAY(String(300)))
    """Keys of the object store."""
    about: Mapped[UUID | None]
    """What it was said of: a bill, a payment, a reminder."""
    reply_to_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("app.shop_messages.id"))
    resend_of_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("app.shop_messages.id"))
    button: Mapped[Word | None]
    """Which one was pressed, of a message that came in."""
    state: Mapped[Word]
    reason: Mapped[Word | None]
    tries: Mapped[int] = mapped_column(SmallInteger)
    said_at: Mapped[Moment]
    not_before: Mapped[Moment]
    """Business time, like the other moments here: it waits for the customer's hours."""
    expires_at: Mapped[Moment]
    free_at: Mapped[Moment | None]
    """Real time: until then somebody is sending it, or it rests after a failure."""
    provider_id: Mapped[str | None] = mapped_column(String(200))
    """What the provider calls it; receipts name it so."""
    sent_at: Mapped[Moment | None]
    delivered_at: Mapped[Moment | None]
    read_at: Mapped[Moment | None]

    __table_args__ = (
        CheckConstraint(f"direction IN {DIRECTIONS}", name="direction"),
        CheckConstraint(f"channel IN {SHOP_CHANNELS}", name="channel"),
        CheckConstraint(f"state IN {SHOP_STATES}", name="state"),
        CheckConstraint("(direction = 'in') = (state = 'received')", name="received"),
        CheckConstraint("customer_id IS NULL OR customer_id = subject_id", name="subject"),
        CheckConstraint("state NOT IN ('suppressed', 'refused') OR reason IS NOT NULL", name="reason"),
        ForeignKeyConstraint(
            ["business_id", "customer_id"], ["app.customers.business_id", "app.customers.id"]
        ),
        UniqueConstraint("business_id", "key"),
        Index(None, "business_id", "said_at", "id"),
        Index(None, "customer_id", "said_at", "id"),
        Index(None, "subject_id"),
        Index("ix_shop_messages_queued", "not_before", "id", postgresql_where=text("state = 'queued'")),
        Index("ix_shop_messages_urgent", "not_before", "id", postgresql_where=text(URGENT)),
        Index(None, "channel", "provider_id", unique=True, postgresql_where=text("provider_id IS NOT NULL")),
        Index(None, "about", postgresql_where=text("about IS NOT NULL")),
        Index(None, "reply_to_id", postgresql_where=text("reply_to_id IS NOT NULL")),
        Index(None, "resend_of_id", postgresql_where=text("resend_of_id IS NOT NULL")),
        UPDATED_IN_PLACE,
    )


class MessageConsent(Base):
    """A customer allowed messages or forbade them, from then on; the latest that fits holds. Rows are added only."""

    __tablename__ = "message_consents"

    id: Mapped[Id]
    business_id: Mapped[BusinessId]
    customer_id: Mapped[UUID]
    channel: Mapped[Word]
    purpose: Mapped[Word]
    is_given: Mapped[bool]
    how: Mapped[Word]
    """By a reply of the customer, or told to the shop."""
    message_id: Mapped[UUID | None]
    """The reply."""
    recorded_by: Mapped[UUID | None]
    recorded_at: Mapped[Moment]

    __table_args__ = (
        CheckConstraint(f"channel IN {(*SHOP_CHANNELS[:-1], ALL)}", name="channel"),
        CheckConstraint(f"purpose IN {(*TO_CUSTOMERS, ALL)}", name="purpose"),
        CheckConstraint(f"how IN {CONSENT_WAYS}", name="how"),
        ForeignKeyConstraint(
            ["business_id", "customer_id"], ["app.customers.business_id", "app.customers.id"]
        ),
        Index(None, "customer_id", "recorded_at", "id"),
    )


class MessageCount(Base):
    """How much a customer was said on one day of the shop for one purpose; the bound is kept by its update."""

    __tablename__ = "message_counts"

    customer_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(String(40), primary_key=True)
    business_id: Mapped[BusinessId]
    said: Mapped[int] = mapped_column(SmallInteger)

    __table_args__ = (
        CheckConstraint("said > 0", name="said"),
        ForeignKeyConstraint(
            ["business_id", "customer_id"], ["app.customers.business_id", "app.customers.id"]
        ),
        Index(None, "day"),
        UPDATED_IN_PLACE,
    )


class MessageSettings(Base):
    """How a shop's messages go out; a shop without a row has the defaults."""

    __tablename__ = "message_settings"

    business_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.businesses.id"), primary_key=True)
    sms_header: Mapped[str | None] = mapped_column(String(11))
    """The sender that the shop registered (DLT in India: six letters; elsewhere eleven at most)."""
    principal_entity_id: Mapped[str | None] = mapped_column(String(30))
    dlt_templates: Mapped[dict[str, str]] = mapped_column(JSONB)
    """By `template.language`: the id under which it was registered."""
    reminders_per_day: Mapped[int] = mapped_column(SmallInteger)
    offers_per_day: Mapped[int] = mapped_column(SmallInteger)
    version: Mapped[int] = mapped_column(server_default=text("1"))

    __table_args__ = (
        CheckConstraint(
            f"reminders_per_day BETWEEN 0 AND {PER_DAY_MAX} AND offers_per_day BETWEEN 0 AND {PER_DAY_MAX}",
            name="per_day",
        ),
        UPDATED_IN_PLACE,
    )

"""Tables of mechanism: change capture, events, idempotency, receipts. And the columns others share.

What `ingestion/` may rely on: a captured table has `changed_in` (set on insert by default, on
update by trigger), its primary key never changes, and a delete leaves a row in `tombstones`.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Numeric,
    SmallInteger,
    String,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from foundation.database import Base


class Xid8(UserDefinedType[str]):
    """Postgres' 64-bit transaction id; read as text."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


ischema_names["xid8"] = Xid8  # so that a comparison of models and database knows the type


Id = Annotated[UUID, mapped_column(Uuid, primary_key=True)]
BusinessId = Annotated[UUID, mapped_column(Uuid, ForeignKey("app.businesses.id"))]
Moment = Annotated[datetime, mapped_column(DateTime(timezone=True))]
RecordedAt = Annotated[datetime, mapped_column(TIMESTAMP(timezone=True))]
Paisa = Annotated[int, mapped_column(BigInteger)]
Quantity = Annotated[Decimal, mapped_column(Numeric(14, 3))]
UnitPrice = Annotated[Decimal, mapped_column(Numeric(18, 6))]
Currency = Annotated[str, mapped_column(String(3))]
Word = Annotated[str, mapped_column(String(40))]
Line = Annotated[str, mapped_column(String(200))]
Json = Annotated[dict[str, Any], mapped_column(JSONB)]


class Captured:
    """A table that the data side carries: `changed_in` is the transaction that last wrote the row."""

    changed_in: Mapped[str] = mapped_column(
        Xid8, nullable=False, server_default=text("pg_current_xact_id()"), sort_order=1000
    )


UPDATED_IN_PLACE = {"postgresql_with": {"fillfactor": "85"}}
"""For tables whose rows change: room on the page keeps updates off the indexes (HOT)."""


class Tombstone(Captured, Base):
    """A deleted row of a captured table."""

    __tablename__ = "tombstones"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=True)
    table_name: Mapped[Word]
    key: Mapped[Json]

    __table_args__ = (Index(None, "changed_in"),)


class DomainEventRow(Captured, Base):
    """Something that happened, with the words of the trade; written in the transaction that did it."""

    __tablename__ = "domain_events"

    id: Mapped[Id]
    type: Mapped[Word]
    version: Mapped[int]
    business_id: Mapped[UUID | None]
    counterparty_id: Mapped[UUID | None]
    """The other business that may be told of it."""
    correlation_id: Mapped[str | None] = mapped_column(String(64))
    causation_id: Mapped[UUID | None]
    actor_id: Mapped[UUID | None]
    channel: Mapped[Word]
    occurred_at: Mapped[Moment]
    recorded_at: Mapped[RecordedAt] = mapped_column(server_default=text("now()"))
    payload: Mapped[Json]

    __table_args__ = (
        Index(None, "changed_in"),
        Index(None, "business_id", "id"),
        Index(None, "counterparty_id", "id"),
    )


class IdempotencyKey(Base):
    """A request that was answered: the same key with the same body gets the same answer for seven days."""

    __tablename__ = "idempotency_keys"

    business_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    actor_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    operation: Mapped[str] = mapped_column(String(40), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    body_hash: Mapped[str] = mapped_column(String(64))
    result_id: Mapped[UUID]
    created_at: Mapped[Moment] = mapped_column(server_default=text("now()"))

    __table_args__ = (Index(None, "created_at"),)


class IngestionReceipt(Base):
    """What the data side has taken: written back by each ingestion run, checked by the next."""

    __tablename__ = "ingestion_receipts"

    run_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    system_identifier: Mapped[str] = mapped_column(String(32))
    timeline: Mapped[int]
    snapshot: Mapped[str] = mapped_column(Text)
    row_counts: Mapped[Json]
    written_at: Mapped[Moment] = mapped_column(server_default=text("now()"))


class Restore(Base):
    """A time that this database was brought back to an earlier instant; what was written between is lost.

    Documents of the lost window may be in people's hands, so every series begins anew under the generation's
    letter: 1 is A.
    """

    __tablename__ = "restores"

    generation: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    lost_from: Mapped[Moment]
    lost_until: Mapped[Moment]

    __table_args__ = (
        CheckConstraint("generation BETWEEN 1 AND 26", name="generation"),
        CheckConstraint("lost_from <= lost_until", name="window"),
    )

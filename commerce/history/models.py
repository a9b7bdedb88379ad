"""Which files of history were taken in, and how far."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Integer,
    Numeric,
    String,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base
from foundation.tables import UPDATED_IN_PLACE, BusinessId, Captured, Currency, Id, Line, Moment, Paisa, Word

IMPORT_STATES = ("running", "completed")

ExactAmount = Annotated[Decimal, mapped_column(Numeric(38, 9))]
"""In major units, unrounded: price times quantity as the file has them."""


class HistoryImport(Captured, Base):
    """A file of history. Its id is made of the file's hash: id and row number identify a line for ever."""

    __tablename__ = "imports"

    id: Mapped[Id]
    business_id: Mapped[BusinessId]
    """The trader whose past it is."""
    file_hash: Mapped[str] = mapped_column(String(64), unique=True)
    file_name: Mapped[Line]
    mapping_name: Mapped[Line]
    mapping_hash: Mapped[str] = mapped_column(String(64))
    settlement: Mapped[Word]
    currency: Mapped[Currency]
    state: Mapped[Word]
    document_count: Mapped[int] = mapped_column(Integer)
    line_count: Mapped[int] = mapped_column(Integer)
    rejected_count: Mapped[int] = mapped_column(Integer)
    next_document: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    """Ordinal of the first document that is not in yet: where a broken import goes on."""
    file_total: Mapped[ExactAmount]
    rejected_total: Mapped[ExactAmount]
    rounding_total: Mapped[ExactAmount]
    """File total = imported + rejected + rounding, exactly; without documents that another file had brought."""
    imported_paisa: Mapped[Paisa] = mapped_column(server_default=text("0"))
    imported_at: Mapped[Moment] = mapped_column(server_default=text("clock_timestamp()"))
    """The machine's time, beside the rows' `recorded_at`, which is the file's."""
    completed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        CheckConstraint(f"state IN {IMPORT_STATES}", name="state"),
        CheckConstraint("0 <= next_document AND next_document <= document_count", name="progress"),
        UPDATED_IN_PLACE,
    )


class ImportBatch(Base):
    """One committed step of an import; written in the transaction that took its lines in."""

    __tablename__ = "import_batches"

    import_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.imports.id"), primary_key=True)
    first_document: Mapped[int] = mapped_column(Integer, primary_key=True)
    business_id: Mapped[BusinessId]
    next_document: Mapped[int] = mapped_column(Integer)
    line_count: Mapped[int] = mapped_column(Integer)
    amount_paisa: Mapped[int] = mapped_column(BigInteger)
    imported_at: Mapped[Moment] = mapped_column(server_default=text("clock_timestamp()"))


class ImportDocument(Base):
    """A document as a file had it, told apart by number, day, kind and customer: each comes in once."""

    __tablename__ = "import_documents"

    business_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.businesses.id"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    document_no: Mapped[str] = mapped_column(String(40), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    customer_ref: Mapped[str] = mapped_column(String(60), primary_key=True)
    """The trader's own key; empty for the walk-in."""
    amount_paisa: Mapped[Paisa]
    import_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.imports.id"))


class PlayedMarket(Base):
    """A made-up market: begun with its first business, completed when its last day was played."""

    __tablename__ = "played_markets"

    id: Mapped[Id]
    seed: Mapped[int] = mapped_column(BigInteger)
    until: Mapped[date] = mapped_column(Date)
    began_at: Mapped[Moment]
    completed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

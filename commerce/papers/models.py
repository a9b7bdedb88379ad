"""How often a paper was given out, where the law counts it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Integer, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from commerce.papers.vocabulary import FORMS
from foundation.database import Base
from foundation.tables import BusinessId, Moment, Word


class InvoiceCopy(Base):
    """A print of a paper: the first is the original, each further one a copy with its count. Added, never changed.

    Kept for papers of Nepal (Procedure on Electronic Billing 2074: a further print says so, and how many there are).
    """

    __tablename__ = "invoice_copies"

    invoice_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.invoices.id"), primary_key=True)
    copy_no: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    """0: the original."""
    business_id: Mapped[BusinessId]
    form: Mapped[Word]
    printed_by: Mapped[UUID | None]
    """None: nobody who is logged in, but the customer by a link, or the mail after the bill."""
    printed_at: Mapped[Moment]
    link_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """Until when the link is good by which it was opened: what tells links to a paper apart."""

    __table_args__ = (
        CheckConstraint(f"form IN {FORMS}", name="form"),
        CheckConstraint("copy_no >= 0", name="counted"),
        # What was put away after the bill is put away once, however often its job is run again.
        Index(
            "uq_invoice_copies_filed",
            "invoice_id",
            unique=True,
            postgresql_where=text("form = 'filed'"),
        ),
        Index(None, "business_id", "printed_at"),
    )

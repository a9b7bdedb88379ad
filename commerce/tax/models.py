"""What businesses said about the tax of their products."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from commerce.tax.vocabulary import CONDITIONS
from foundation.database import Base
from foundation.tables import BusinessId, Id, Line, Moment, Word


class ProductTaxClass(Base):
    """From a day on a product is of a tax class, as a seller of it says; without a business, as the platform does.

    Rows are added, never changed. What a seller said itself goes before what the platform says.
    """

    __tablename__ = "product_tax_classes"

    id: Mapped[Id]
    business_id: Mapped[BusinessId | None]
    product_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.products.id"))
    valid_from: Mapped[date]
    tax_class: Mapped[Word]
    condition: Mapped[Word | None]
    country: Mapped[Word]
    """The country whose classes it is one of: a platform's product may be sold in several."""
    recorded_by: Mapped[UUID | None]
    recorded_at: Mapped[Moment]

    __table_args__ = (
        CheckConstraint(f"condition IN {CONDITIONS}", name="condition"),
        Index(None, "product_id", "valid_from"),
        Index(None, "business_id"),
    )


class TaxRateTable(Base):
    """A whole table of rates. The one of the highest version is in force; none is ever changed."""

    __tablename__ = "tax_rate_tables"

    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    name: Mapped[Line]
    """Of the file that it came from."""
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    content: Mapped[str] = mapped_column(Text)
    loaded_at: Mapped[Moment]

    __table_args__ = (CheckConstraint("version > 0", name="version"),)

"""Invoices of deliveries and credit notes of returns, with the tax of every line and how it came about."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Numeric,
    SmallInteger,
    String,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from commerce.tax.vocabulary import SUPPLIES
from foundation.database import Base
from foundation.tables import BusinessId, Currency, Id, Line, Moment, Paisa, Quantity, UnitPrice, Word

KINDS = (
    "tax_invoice",
    "bill_of_supply",
    "invoice_cum_bill_of_supply",
    "bill",
    "pan_bill",
    "credit_note",
)


class Invoice(Base):
    """The vendor's paper of a delivery, or the credit note of a return. Added with it, never changed.

    Who the parties are stands in rows that do not change either: their tax profiles of that day.
    """

    __tablename__ = "invoices"

    id: Mapped[Id]
    kind: Mapped[Word]
    number: Mapped[str] = mapped_column(String(16))
    """At most 16 of letters, digits, - and / (CGST Rule 46(b)); consecutive per vendor and fiscal year."""
    fiscal_year: Mapped[str] = mapped_column(String(7))
    vendor_id: Mapped[BusinessId]
    retailer_id: Mapped[BusinessId]
    order_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.orders.id"))
    delivery_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.deliveries.id"), unique=True)
    document_date: Mapped[date]
    currency: Mapped[Currency]
    country: Mapped[str] = mapped_column(String(2))
    vendor_profile_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("app.tax_profiles.id"))
    retailer_profile_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("app.tax_profiles.id"))
    vendor_state: Mapped[Word]
    retailer_state: Mapped[Word]
    place_of_supply: Mapped[Word | None]
    """None where no tax is charged."""
    gives_input_tax: Mapped[bool] = mapped_column(Boolean)
    """Whether the buyer may set the tax off."""
    taxable_paisa: Mapped[Paisa]
    """The value of all lines without tax, also of those on which none falls."""
    tax_paisa: Mapped[Paisa]
    total_paisa: Mapped[Paisa]
    reason: Mapped[Line | None]
    issued_at: Mapped[Moment]

    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint("number ~ '^[A-Za-z0-9/-]+$'", name="number"),
        CheckConstraint("taxable_paisa + tax_paisa = total_paisa AND total_paisa > 0", name="total"),
        UniqueConstraint("vendor_id", "fiscal_year", "number"),
        Index("ix_invoices_as_vendor", "vendor_id", "issued_at", "id"),
        Index("ix_invoices_as_retailer", "retailer_id", "issued_at", "id"),
        Index(None, "order_id"),
    )


class InvoiceLine(Base):
    """A line of an invoice; of a credit note, what is taken back of one line of one invoice, at its rate."""

    __tablename__ = "invoice_lines"

    invoice_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.invoices.id"), primary_key=True)
    line_no: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    vendor_id: Mapped[UUID] = mapped_column(Uuid)
    retailer_id: Mapped[UUID] = mapped_column(Uuid)
    order_line_no: Mapped[int] = mapped_column(SmallInteger)
    product_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.products.id"))
    hsn: Mapped[str | None] = mapped_column(String(8))
    unit: Mapped[str] = mapped_column(String(20))
    quantity: Mapped[Quantity]
    unit_price: Mapped[UnitPrice]
    """As ordered: with the tax."""
    supply: Mapped[Word]
    rate: Mapped[Decimal] = mapped_column(Numeric(6, 3))
    """Percent; in India of both halves together."""
    cess_rate: Mapped[Decimal] = mapped_column(Numeric(6, 3))
    taxable_paisa: Mapped[Paisa]
    cgst_paisa: Mapped[Paisa]
    sgst_paisa: Mapped[Paisa]
    """SGST or UTGST."""
    igst_paisa: Mapped[Paisa]
    cess_paisa: Mapped[Paisa]
    vat_paisa: Mapped[Paisa]
    total_paisa: Mapped[Paisa]
    original_id: Mapped[UUID | None] = mapped_column(Uuid)
    original_line_no: Mapped[int | None] = mapped_column(SmallInteger)
    """The line of the invoice that a credit note's line gives back of."""
    trace: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """Which row, which rules, which rounding."""

    __table_args__ = (
        CheckConstraint(f"supply IN {SUPPLIES}", name="supply"),
        CheckConstraint(
            "taxable_paisa + cgst_paisa + sgst_paisa + igst_paisa + cess_paisa + vat_paisa = total_paisa",
            name="total",
        ),
        CheckConstraint("cgst_paisa = sgst_paisa", name="halves"),
        CheckConstraint("quantity > 0 AND total_paisa >= 0", name="positive"),
        CheckConstraint("(original_id IS NULL) = (original_line_no IS NULL)", name="original"),
        ForeignKeyConstraint(
            ["original_id", "original_line_no"], ["app.invoice_lines.invoice_id", "app.invoice_lines.line_no"]
        ),
        Index(None, "original_id", "original_line_no", postgresql_where=text("original_id IS NOT NULL")),
    )

"""Invoices of deliveries, bills of shops and credit notes, with the tax of every line and how it came about."""

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
    LargeBinary,
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
from foundation.tables import (
    BusinessId,
    Captured,
    Currency,
    Id,
    Line,
    Moment,
    Paisa,
    Quantity,
    UnitPrice,
    Word,
)

KINDS = (
    "tax_invoice",
    "bill_of_supply",
    "invoice_cum_bill_of_supply",
    "bill",
    "pan_bill",
    "abbreviated_tax_invoice",
    "credit_note",
)


class Invoice(Captured, Base):
    """The paper of a delivery or of a sale at the counter, or a credit note. Added with it, never changed.

    Who the parties are stands in rows that do not change either: their tax profiles of that day. A shop's bill has a
    customer, or nobody, in the place of retailer, order and delivery; the shop stands as its vendor.
    """

    __tablename__ = "invoices"

    id: Mapped[Id]
    kind: Mapped[Word]
    number: Mapped[str] = mapped_column(String(16))
    """At most 16 of letters, digits, - and / (CGST Rule 46(b)); consecutive per vendor and fiscal year."""
    fiscal_year: Mapped[str] = mapped_column(String(7))
    vendor_id: Mapped[BusinessId]
    retailer_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("app.businesses.id"))
    order_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("app.orders.id"))
    delivery_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("app.deliveries.id"), unique=True)
    customer_id: Mapped[UUID | None] = mapped_column(Uuid)
    """Of a shop's bill; None: a sale at the counter to nobody by name."""
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
    discount_paisa: Mapped[Paisa] = mapped_column(server_default=text("0"))
    """Taken off the lines before tax was reckoned."""
    round_off_paisa: Mapped[Paisa] = mapped_column(server_default=text("0"))
    """Beside the total: what is owed is both together."""
    timing: Mapped[Word | None]
    """The rule for the day of the rate that held when a bill was made (`commerce/tax/timing.py`)."""
    till: Mapped[str | None] = mapped_column(String(2))
    """The device whose series the number is of; None: the business's own series."""
    client_id: Mapped[UUID | None] = mapped_column(Uuid)
    """By what the device knows its bill, also before it reached us."""
    original_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("app.invoices.id"))
    """Of the credit note of a bill: the bill."""
    reason: Mapped[Line | None]
    made_by: Mapped[UUID | None]
    issued_at: Mapped[Moment]

    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint("number ~ '^[A-Za-z0-9/-]+$'", name="number"),
        CheckConstraint("taxable_paisa + tax_paisa = total_paisa AND total_paisa > 0", name="total"),
        CheckConstraint(
            "(retailer_id IS NULL) = (order_id IS NULL) AND (order_id IS NULL) = (delivery_id IS NULL)"
            " AND (customer_id IS NULL OR retailer_id IS NULL)",
            name="buyer",
        ),
        CheckConstraint("total_paisa + round_off_paisa > 0 AND abs(round_off_paisa) <= 50", name="round_off"),
        ForeignKeyConstraint(["vendor_id", "customer_id"], ["app.customers.business_id", "app.customers.id"]),
        UniqueConstraint("vendor_id", "fiscal_year", "number"),
        Index("ix_invoices_as_vendor", "vendor_id", "issued_at", "id"),
        Index("ix_invoices_by_day", "vendor_id", "document_date", "id"),
        Index("ix_invoices_as_retailer", "retailer_id", "issued_at", "id"),
        Index(
            "ix_invoices_of_customer",
            "customer_id",
            "issued_at",
            "id",
            postgresql_where=text("customer_id IS NOT NULL"),
        ),
        Index(
            "uq_invoices_client_id",
            "vendor_id",
            "client_id",
            unique=True,
            postgresql_where=text("client_id IS NOT NULL"),
        ),
        Index(None, "original_id", postgresql_where=text("original_id IS NOT NULL")),
        Index(None, "order_id"),
        Index(None, "changed_in"),
    )


class InvoiceFace(Base):
    """How the sides of a paper were named when it was written, where that can change. Added with it, never changed.

    Tax numbers of businesses are not here: their tax profiles do not change. Older papers have no face.
    """

    __tablename__ = "invoice_faces"

    invoice_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.invoices.id"), primary_key=True)
    vendor_id: Mapped[BusinessId]
    retailer_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("app.businesses.id"))
    seller_name: Mapped[Line]
    seller_address: Mapped[str] = mapped_column(String(300))
    seller_phone: Mapped[str | None] = mapped_column(String(20))
    turnover: Mapped[Word | None]
    """The shop's turnover band: how many digits of an HSN its papers have; None: it had said nothing."""
    retailer_name: Mapped[Line | None]
    retailer_address: Mapped[str | None] = mapped_column(String(300))
    buyer_profile: Mapped[Word | None]
    """The tax profile of a shop's customer."""
    buyer_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """A shop's customer under their own key (`faces.Buyer`): gone with it."""


class InvoiceLine(Captured, Base):
    """A line of an invoice; of a credit note, what is taken back of one line of one invoice, at its rate."""

    __tablename__ = "invoice_lines"

    invoice_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.invoices.id"), primary_key=True)
    line_no: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    vendor_id: Mapped[UUID] = mapped_column(Uuid)
    retailer_id: Mapped[UUID | None] = mapped_column(Uuid)
    order_line_no: Mapped[int | None] = mapped_column(SmallInteger)
    product_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.products.id"))
    name: Mapped[Line | None]
    """What the good was called then; None of lines from before this was kept."""
    hsn: Mapped[str | None] = mapped_column(String(8))
    unit: Mapped[str] = mapped_column(String(20))
    quantity: Mapped[Quantity]
    unit_price: Mapped[UnitPrice]
    """As ordered, with the tax; of a bill as it was asked, with the tax or without as its trace says."""
    mrp: Mapped[Decimal | None] = mapped_column(Numeric(18, 6))
    """The retail sale price printed on the unit sold."""
    discount_paisa: Mapped[Paisa] = mapped_column(server_default=text("0"))
    """Of the line, and its share of the bill's."""
    short_quantity: Mapped[Decimal] = mapped_column(Numeric(14, 3), server_default=text("0"))
    """What of a bill's goods the shelf did not have by the books, in base units."""
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
        Index(None, "changed_in"),
    )

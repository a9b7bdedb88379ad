"""What a shop buys beside orders, and of whom."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import (
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
from sqlalchemy.orm import Mapped, mapped_column

from commerce.purchases.vocabulary import MODES, PAID_BY, PAYMENT_KINDS, STOCK_IN_KINDS
from foundation.database import Base
from foundation.personal import INDEX_BYTES
from foundation.tables import (
    UPDATED_IN_PLACE,
    BusinessId,
    Captured,
    Currency,
    Id,
    Moment,
    Paisa,
    Quantity,
    Word,
)

SAME_PAPER: Final = r"lower(regexp_replace(invoice_number, '\s+', '', 'g'))"
"""A number of a paper as it is compared: one person writes it in capitals and with blanks, the next does not."""


class Supplier(Base):
    """Somebody whom a shop buys of and who keeps no book here. What it is called is sealed: it may be a person."""

    __tablename__ = "suppliers"

    id: Mapped[Id]
    """That of the subject whose key seals what is personal, too."""
    business_id: Mapped[BusinessId]
    currency: Mapped[Currency]
    details_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    name_index: Mapped[bytes | None] = mapped_column(LargeBinary(INDEX_BYTES))
    """By which the same name is found again; none of who was erased."""
    owed_paisa: Mapped[Paisa] = mapped_column(server_default=text("0"))
    """What it is to get; below zero: what it got too much. Derived, guarded by this row's lock."""
    made_by: Mapped[UUID | None]
    made_at: Mapped[Moment]
    erased_at: Mapped[Moment | None]

    __table_args__ = (
        UniqueConstraint("business_id", "id"),
        CheckConstraint(
            "(erased_at IS NULL) = (details_sealed IS NOT NULL) AND (erased_at IS NULL) = (name_index IS NOT NULL)",
            name="erased",
        ),
        Index("uq_suppliers_name", "business_id", "name_index", unique=True),
        Index(None, "business_id", "made_at", "id"),
        UPDATED_IN_PLACE,
    )


class StockIn(Captured, Base):
    """Goods that came without an order here. Added, never changed; a row that reverses one takes all of it back."""

    __tablename__ = "stock_ins"

    id: Mapped[Id]
    business_id: Mapped[BusinessId]
    kind: Mapped[Word]
    supplier_id: Mapped[UUID | None] = mapped_column(Uuid)
    document_date: Mapped[date]
    """The shop's own day of it."""
    currency: Mapped[Currency]
    cost_paisa: Mapped[Paisa]
    """Without the tax that the shop sets off; below zero in a reversal, as the next two."""
    tax_paisa: Mapped[Paisa]
    total_paisa: Mapped[Paisa]
    paid_by: Mapped[Word]
    invoice_number: Mapped[str | None] = mapped_column(String(40))
    """Of the supplier's paper."""
    reference: Mapped[str | None] = mapped_column(String(100))
    """Of the payment (UTR, number of a cheque)."""
    recorded_by: Mapped[UUID | None]
    recorded_at: Mapped[Moment]
    reverses_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("app.stock_ins.id"), unique=True)

    __table_args__ = (
        UniqueConstraint("business_id", "id"),
        CheckConstraint(f"kind IN {STOCK_IN_KINDS}", name="kind"),
        CheckConstraint(f"paid_by IN {PAID_BY}", name="paid_by"),
        CheckConstraint("cost_paisa + tax_paisa = total_paisa", name="total"),
        CheckConstraint(
            "CASE kind WHEN 'reversal' THEN total_paisa < 0 AND cost_paisa <= 0 AND tax_paisa <= 0"
            " ELSE total_paisa > 0 AND cost_paisa >= 0 AND tax_paisa >= 0 END",
            name="sign",
        ),
        CheckConstraint("(kind = 'reversal') = (reverses_id IS NOT NULL)", name="reversal"),
        CheckConstraint("paid_by <> 'owed' OR supplier_id IS NOT NULL", name="owed"),
        CheckConstraint(
            "tax_paisa = 0 OR (supplier_id IS NOT NULL AND invoice_number IS NOT NULL)", name="taxed"
        ),
        ForeignKeyConstraint(
            ["business_id", "supplier_id"], ["app.suppliers.business_id", "app.suppliers.id"]
        ),
        Index(None, "business_id", "recorded_at", "id"),
        Index(None, "business_id", "document_date", "id"),
        Index(None, "supplier_id", "invoice_number"),
        Index("ix_stock_ins_paper", "supplier_id", text(SAME_PAPER)),
        Index(None, "changed_in"),
    )


class StockInLine(Captured, Base):
    """One line of it: a good in the unit that was counted, and what that is on the shelf. A reversal has none."""

    __tablename__ = "stock_in_lines"

    stock_in_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    line_no: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    business_id: Mapped[BusinessId]
    product_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.products.id"))
    unit: Mapped[str] = mapped_column(String(20))
    quantity: Mapped[Quantity]
    base_unit: Mapped[str] = mapped_column(String(20))
    base_quantity: Mapped[Quantity]
    cost_paisa: Mapped[Paisa]
    """Without the tax that the shop sets off."""
    tax_paisa: Mapped[Paisa]
    unit_cost: Mapped[Decimal] = mapped_column(Numeric(18, 6))
    """Of one base unit, in major units, without that tax."""
    batch: Mapped[Word | None]
    expires_on: Mapped[date | None]
    mrp_paisa: Mapped[Paisa | None]

    __table_args__ = (
        CheckConstraint(
            "quantity > 0 AND base_quantity > 0 AND cost_paisa >= 0 AND tax_paisa >= 0", name="positive"
        ),
        ForeignKeyConstraint(
            ["business_id", "stock_in_id"], ["app.stock_ins.business_id", "app.stock_ins.id"]
        ),
        Index(None, "business_id", "product_id"),
        Index(None, "changed_in"),
    )


class SupplierPayment(Captured, Base):
    """Money that a supplier got for what it was owed. Added, never changed; a row that reverses one takes it back."""

    __tablename__ = "supplier_payments"

    id: Mapped[Id]
    business_id: Mapped[BusinessId]
    supplier_id: Mapped[UUID] = mapped_column(Uuid)
    kind: Mapped[Word]
    amount_paisa: Mapped[Paisa]
    """What it is owed less; below zero in a reversal."""
    currency: Mapped[Currency]
    mode: Mapped[Word]
    reference: Mapped[str | None] = mapped_column(String(100))
    paid_on: Mapped[date]
    recorded_by: Mapped[UUID | None]
    recorded_at: Mapped[Moment]
    reverses_id: Mapped[UUID | None] = mapped_column(
        Uuid, ForeignKey("app.supplier_payments.id"), unique=True
    )

    __table_args__ = (
        CheckConstraint(f"kind IN {PAYMENT_KINDS}", name="kind"),
        CheckConstraint(f"mode IN {MODES}", name="mode"),
        CheckConstraint(
            "CASE kind WHEN 'reversal' THEN amount_paisa < 0 AND reverses_id IS NOT NULL"
            " ELSE amount_paisa > 0 AND reverses_id IS NULL END",
            name="sign",
        ),
        ForeignKeyConstraint(
            ["business_id", "supplier_id"], ["app.suppliers.business_id", "app.suppliers.id"]
        ),
        Index(None, "supplier_id", "recorded_at", "id"),
        Index(None, "business_id", "recorded_at", "id"),
        Index(None, "changed_in"),
    )

"""What a replay keeps in mind, and the rows that it leaves: one list per table, written together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import polars as pl
from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.history.bulk import insert
from foundation.ids import uuid7
from foundation.money import line_amount_paisa

Row = tuple[Any, ...]

# In the order of the foreign keys.
COLUMNS: dict[str, tuple[str, ...]] = {
    "offers": (
        "id", "vendor_id", "product_id", "unit", "unit_price", "currency", "minimum_quantity", "carton_multiple",
        "availability", "is_listed", "lead_time_days", "valid_from", "recorded_at",
    ),
    "accounts": ("id", "business_id", "code", "type", "currency", "party_id", "opened_at"),
    "credit_agreements": (
        "id", "vendor_id", "retailer_id", "currency", "receivable_account_id", "payable_account_id", "agreed_at",
    ),
    "credit_limits": (
        "id", "agreement_id", "vendor_id", "retailer_id", "limit_paisa", "reason", "policy_version", "valid_from",
        "recorded_at",
    ),
    "credit_terms": ("id", "agreement_id", "vendor_id", "retailer_id", "net_days", "valid_from", "recorded_at"),
    "ledger_transactions": ("id", "business_id", "kind", "source", "source_id", "effective_date", "recorded_at"),
    "postings": ("business_id", "transaction_id", "line_no", "account_id", "amount_paisa", "currency"),
    "payments": (
        "id", "vendor_id", "retailer_id", "agreement_id", "amount_paisa", "currency", "mode", "paid_on", "recorded_at",
    ),
    "receivable_items": (
        "id", "business_id", "account_id", "kind", "amount_paisa", "currency", "document_date", "due_date", "source",
        "source_id", "order_id", "transaction_id", "document_number", "recorded_at",
    ),
    "allocations": (
        "id", "business_id", "account_id", "credit_item_id", "debit_item_id", "amount_paisa", "effective_date",
        "recorded_at",
    ),
    "decisions": (
        "id", "kind", "vendor_id", "retailer_id", "order_id", "outcome", "reason_code", "asked_paisa", "granted_paisa",
        "currency", "asked_lines", "facts", "limit_paisa", "policy_version", "channel", "decided_at",
    ),
    "stock_movements": (
        "id", "business_id", "product_id", "kind", "quantity", "on_hand_after", "source_id", "moved_at", "recorded_at",
    ),
    "orders": (
        "id", "vendor_id", "retailer_id", "currency", "settlement", "order_state", "fulfilment_state", "credit_state",
        "total_paisa", "delivered_paisa", "returned_paisa", "placed_at", "placed_on", "accepted_at", "promised_on",
        "closed_at", "expires_at", "channel", "version", "number",
    ),
    "order_lines": (
        "order_id", "line_no", "vendor_id", "retailer_id", "product_id", "unit", "base_quantity", "unit_price",
        "asked_quantity", "ordered_quantity", "is_stock_tracked", "delivered_quantity", "cancelled_quantity",
        "returned_quantity",
    ),
    "holds": ("id", "business_id", "account_id", "amount_paisa", "remaining_paisa", "placed_at"),
    "order_timeline": (
        "id", "order_id", "vendor_id", "retailer_id", "verb", "order_state", "fulfilment_state", "credit_state",
        "channel", "note", "happened_at",
    ),
    "deliveries": (
        "id", "kind", "number", "order_id", "vendor_id", "retailer_id", "currency", "total_paisa", "delivered_at",
        "document_date", "reason", "recorded_at",
    ),
    "delivery_lines": (
        "delivery_id", "line_no", "vendor_id", "retailer_id", "order_id", "order_line_no", "product_id", "unit",
        "base_quantity", "quantity", "unit_price", "amount_paisa",
    ),
    "receivables": (
        "account_id", "business_id", "currency", "posted_paisa", "held_paisa", "limit_paisa", "ceiling_paisa",
    ),
    "stock_levels": ("business_id", "product_id", "on_hand", "reserved", "changed_at"),
    "document_counters": ("business_id", "series", "fiscal_year", "last_number", "last_date"),
}  # fmt: skip

Rows = dict[str, list[Row]]


def new_id() -> str:
    """A new id as text."""
    return str(uuid7())


def write(session: Session, rows: Rows) -> None:
    """Insert what a replay gave out; orders get their numbers here, from the sequence of all orders."""
    # A batch may take longer than a request may, above all the last one.
    session.execute(text("SET LOCAL statement_timeout = 0"))
    if orders := rows.get("orders"):
        serials: Sequence[int] = (
            session.execute(
                text("SELECT nextval('app.order_serial') FROM generate_series(1, :count)"),
                {"count": len(orders)},
            )
            .scalars()
            .all()
        )
        placed_on = COLUMNS["orders"].index("placed_on")
        orders[:] = [
            (*order[:-1], f"ORD{order[placed_on]:%y%m%d}{serial:03d}")
            for order, serial in zip(orders, serials, strict=True)
        ]
    for table, columns in COLUMNS.items():
        if found := rows.get(table):
            # As text throughout: the staging table has the types, and COPY reads what Python writes.
            by_column = zip(*found, strict=True)
            insert(
                session,
                table,
                pl.DataFrame(
                    {
                        name: [None if value is None else str(value) for value in values]
                        for name, values in zip(columns, by_column, strict=True)
                    },
                    schema=dict.fromkeys(columns, pl.String),
                ),
            )


@dataclass
class Item:
    """An open item; `open_paisa` is what is left of it, positive on both sides."""

    id: str
    order_id: UUID | None
    due_date: date
    document_date: date
    recorded_at: datetime
    open_paisa: int

    @property
    def age(self) -> tuple[date, date, datetime, str]:
        return self.due_date, self.document_date, self.recorded_at, self.id


@dataclass
class Customer:
    """A retailer's running account with a vendor."""

    agreement_id: str
    receivable_id: str
    payable_id: str
    net_days: int
    posted_paisa: int = 0
    held_paisa: int = 0
    limit_paisa: int = 0
    ceiling_paisa: int = 0
    debits: list[Item] = field(default_factory=list)
    credits: list[Item] = field(default_factory=list)

    def move(self, *, posted: int = 0, released: int = 0) -> None:
        """What was delivered or paid has happened: the limit does not judge it."""
        self.posted_paisa += posted
        self.held_paisa -= released
        self.ceiling_paisa = max(self.ceiling_paisa, self.posted_paisa + self.held_paisa)

    def set_limit(self, limit: int) -> None:
        self.limit_paisa = limit
        self.ceiling_paisa = max(limit, self.posted_paisa + self.held_paisa)

    @property
    def available_paisa(self) -> int:
        return self.limit_paisa - self.posted_paisa - self.held_paisa

    @property
    def seen(self) -> dict[str, Any]:
        """What a decision sees of the account."""
        return {"owed_paisa": self.posted_paisa, "held_paisa": self.held_paisa}


@dataclass
class Level:
    """What lies on a shelf and what of it is promised."""

    on_hand: Decimal = Decimal(0)
    reserved: Decimal = Decimal(0)
    changed_at: datetime | None = None


@dataclass(frozen=True)
class Terms:
    """A vendor's offer of a product, in the product's base unit."""

    unit: str
    unit_price: Decimal
    carton_multiple: Decimal
    lead_time_days: int


@dataclass
class Line:
    """An order line and how far it is."""

    product_id: UUID
    terms: Terms
    asked: Decimal
    ordered: Decimal
    delivered: Decimal = Decimal(0)
    cancelled: Decimal = Decimal(0)
    returned: Decimal = Decimal(0)

    @property
    def open(self) -> Decimal:
        return self.ordered - self.delivered - self.cancelled

    def between(self, before: Decimal, after: Decimal) -> int:
        price = self.terms.unit_price
        return line_amount_paisa(price, after) - line_amount_paisa(price, before)


@dataclass
class Story:
    """An order with all that happened to it; written when nothing more will."""

    id: UUID
    vendor_id: UUID
    retailer_id: UUID
    customer: Customer | None
    """None where it is settled in cash."""
    lines: list[Line]
    total_paisa: int
    placed_at: datetime
    placed_on: date
    promised_on: date
    channel: str
    credit_state: str
    held_paisa: int
    order_state: str = "placed"
    fulfilment_state: str = "none"
    delivered_paisa: int = 0
    returned_paisa: int = 0
    accepted_at: datetime | None = None
    closed_at: datetime | None = None
    version: int = 0
    rows: Rows = field(default_factory=dict)

    def add(self, table: str, row: Row) -> None:
        self.rows.setdefault(table, []).append(row)

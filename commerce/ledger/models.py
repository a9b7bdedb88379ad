"""Books: accounts, transactions and postings; open items and their settlement; holds; seals.

Accounts, transactions, postings, items, allocations and seals are append-only, by trigger and by
grants; corrections are reversals. Debits are positive, credits negative; every transaction sums to
zero per currency, which a statement trigger proves.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base
from foundation.tables import UPDATED_IN_PLACE, BusinessId, Captured, Currency, Id, Moment, Paisa, Word

ACCOUNT_TYPES = ("asset", "liability", "equity", "income", "expense")
ITEM_KINDS = (
    "charge",
    "opening",
    "bounce",
    "interest",
    "cancel_fee",
    "reinstatement",
    "discount_reversal",
    "payment",
    "credit_note",
    "write_off",
    "fee_waiver",
    "cancel_credit",
    "cash_discount",
)


class Account(Captured, Base):
    """An account of one book. Shared ones have a code only; a party's or customer's own name them."""

    __tablename__ = "accounts"

    id: Mapped[Id]
    business_id: Mapped[BusinessId]
    code: Mapped[Word]
    """`receivable`, `payable`, `sales`, `sales_returns`, `purchases`, `cash`, `bank`, `clearing`, `rounding`, …"""
    type: Mapped[Word]
    currency: Mapped[Currency]
    party_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("app.businesses.id"))
    customer_id: Mapped[UUID | None] = mapped_column(Uuid)
    """Of a khata: whose it is. The customer names the account, not the account the customer by a foreign key."""
    opened_at: Mapped[Moment]

    __table_args__ = (
        CheckConstraint(f"type IN {ACCOUNT_TYPES}", name="type"),
        UniqueConstraint("business_id", "id"),
        UniqueConstraint("business_id", "id", "currency"),
        CheckConstraint("(customer_id IS NOT NULL) = (code = 'khata')", name="khata"),
        Index(
            "uq_accounts_of_book",
            "business_id",
            "code",
            "currency",
            unique=True,
            postgresql_where=text("party_id IS NULL AND customer_id IS NULL"),
        ),
        Index(
            "uq_accounts_customer",
            "customer_id",
            "currency",
            unique=True,
            postgresql_where=text("customer_id IS NOT NULL"),
        ),
        Index(
            "uq_accounts_party",
            "business_id",
            "code",
            "party_id",
            "currency",
            unique=True,
            postgresql_where=text("party_id IS NOT NULL"),
        ),
        Index(None, "changed_in"),
    )


class LedgerTransaction(Captured, Base):
    """One entry of one book. Its source happened once, for ever: (business, source, source id) is unique."""

    __tablename__ = "ledger_transactions"

    id: Mapped[Id]
    business_id: Mapped[BusinessId]
    kind: Mapped[Word]
    source: Mapped[Word]
    """What caused it (`delivery`, `payment`, `return`, `import`, …); a mirror has the same source and id."""
    source_id: Mapped[UUID]
    effective_date: Mapped[date]
    """The business's own day of the document."""
    recorded_at: Mapped[Moment]
    """Business time at which it became known."""
    imported_at: Mapped[Moment | None]
    is_assumed: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    """True for entries that an import assumed by rule; kept out of scoring."""
    reverses_id: Mapped[UUID | None]

    __table_args__ = (
        UniqueConstraint("business_id", "id"),
        UniqueConstraint("business_id", "source", "source_id"),
        ForeignKeyConstraint(
            ["business_id", "reverses_id"],
            ["app.ledger_transactions.business_id", "app.ledger_transactions.id"],
        ),
        Index(None, "reverses_id", postgresql_where=text("reverses_id IS NOT NULL")),
        Index(None, "changed_in"),
    )


class Posting(Captured, Base):
    """An amount on an account: debit positive, credit negative."""

    __tablename__ = "postings"

    business_id: Mapped[UUID] = mapped_column(Uuid)
    transaction_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    line_no: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    account_id: Mapped[UUID] = mapped_column(Uuid)
    amount_paisa: Mapped[Paisa]
    currency: Mapped[Currency]

    __table_args__ = (
        CheckConstraint("amount_paisa <> 0", name="moves"),
        ForeignKeyConstraint(
            ["business_id", "transaction_id"],
            ["app.ledger_transactions.business_id", "app.ledger_transactions.id"],
        ),
        ForeignKeyConstraint(
            ["business_id", "account_id", "currency"],
            ["app.accounts.business_id", "app.accounts.id", "app.accounts.currency"],
        ),
        Index(None, "account_id"),
        Index(None, "changed_in"),
    )


class Receivable(Base):
    """Derived hot state of a party's receivable account: the row that guards the limit. Not captured.

    `ceiling_paisa` is the most that was ever lawfully owed or promised since the limit was set: a lowered
    limit or a bounced payment may leave more owed than the limit, a new hold never.
    """

    __tablename__ = "receivables"

    account_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    business_id: Mapped[UUID] = mapped_column(Uuid)
    currency: Mapped[Currency]
    posted_paisa: Mapped[Paisa] = mapped_column(server_default=text("0"))
    held_paisa: Mapped[Paisa] = mapped_column(server_default=text("0"))
    limit_paisa: Mapped[Paisa] = mapped_column(server_default=text("0"))
    ceiling_paisa: Mapped[Paisa] = mapped_column(server_default=text("0"))

    __table_args__ = (
        ForeignKeyConstraint(["business_id", "account_id"], ["app.accounts.business_id", "app.accounts.id"]),
        CheckConstraint("held_paisa >= 0", name="held"),
        CheckConstraint("limit_paisa >= 0", name="limit"),
        CheckConstraint("posted_paisa + held_paisa <= ceiling_paisa", name="within_ceiling"),
        Index(None, "business_id"),
        {"postgresql_with": {"fillfactor": "70"}},
    )


class Hold(Captured, Base):
    """Credit promised to an order and not yet charged. The sum of what remains is the account's `held_paisa`."""

    __tablename__ = "holds"

    id: Mapped[Id]
    """The order's own id: one hold per order."""
    business_id: Mapped[BusinessId]
    account_id: Mapped[UUID] = mapped_column(Uuid)
    amount_paisa: Mapped[Paisa]
    remaining_paisa: Mapped[Paisa]
    placed_at: Mapped[Moment]

    __table_args__ = (
        ForeignKeyConstraint(["business_id", "account_id"], ["app.accounts.business_id", "app.accounts.id"]),
        CheckConstraint("0 <= remaining_paisa AND remaining_paisa <= amount_paisa", name="remaining"),
        Index(None, "account_id"),
        UPDATED_IN_PLACE,
    )


class ReceivableItem(Captured, Base):
    """The unit of debt: one per delivery or invoice (debit) and per payment or credit note (credit).

    `amount_paisa` is signed: what the party owes more is positive, what it owes less is negative.
    Invariant: the account's balance is the sum of its items.
    """

    __tablename__ = "receivable_items"

    id: Mapped[Id]
    business_id: Mapped[BusinessId]
    account_id: Mapped[UUID] = mapped_column(Uuid)
    kind: Mapped[Word]
    amount_paisa: Mapped[Paisa]
    currency: Mapped[Currency]
    document_date: Mapped[date]
    due_date: Mapped[date]
    source: Mapped[Word]
    source_id: Mapped[UUID]
    order_id: Mapped[UUID | None]
    transaction_id: Mapped[UUID] = mapped_column(Uuid)
    document_number: Mapped[str | None] = mapped_column(String(30))
    is_assumed: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    recorded_at: Mapped[Moment]

    __table_args__ = (
        CheckConstraint(f"kind IN {ITEM_KINDS}", name="kind"),
        CheckConstraint(
            "(kind IN ('charge', 'opening', 'bounce', 'interest', 'cancel_fee', 'reinstatement', 'discount_reversal'))"
            " = (amount_paisa > 0) AND amount_paisa <> 0",
            name="sign",
        ),
        UniqueConstraint("business_id", "id"),
        ForeignKeyConstraint(
            ["business_id", "account_id", "currency"],
            ["app.accounts.business_id", "app.accounts.id", "app.accounts.currency"],
        ),
        ForeignKeyConstraint(
            ["business_id", "transaction_id"],
            ["app.ledger_transactions.business_id", "app.ledger_transactions.id"],
        ),
        Index(None, "account_id", "due_date"),
        Index(None, "account_id", "recorded_at", "id"),
        Index(None, "business_id", "recorded_at", "id"),
        Index(
            "ix_receivable_items_numbered",
            "transaction_id",
            postgresql_where=text("document_number IS NOT NULL"),
        ),
        Index(None, "order_id"),
        Index(None, "changed_in"),
    )


class Allocation(Captured, Base):
    """A credit item settles a debit item in part. Undone by a row that reverses it, never changed."""

    __tablename__ = "allocations"

    id: Mapped[Id]
    business_id: Mapped[BusinessId]
    account_id: Mapped[UUID] = mapped_column(Uuid)
    credit_item_id: Mapped[UUID] = mapped_column(Uuid)
    debit_item_id: Mapped[UUID] = mapped_column(Uuid)
    amount_paisa: Mapped[Paisa]
    """Positive; negative in a reversal, so that the sum over an item is what is settled."""
    effective_date: Mapped[date]
    recorded_at: Mapped[Moment]
    reverses_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("app.allocations.id"), unique=True)

    __table_args__ = (
        CheckConstraint("amount_paisa <> 0 AND (amount_paisa < 0) = (reverses_id IS NOT NULL)", name="sign"),
        ForeignKeyConstraint(
            ["business_id", "credit_item_id"], ["app.receivable_items.business_id", "app.receivable_items.id"]
        ),
        ForeignKeyConstraint(
            ["business_id", "debit_item_id"], ["app.receivable_items.business_id", "app.receivable_items.id"]
        ),
        Index(None, "account_id"),
        Index(None, "credit_item_id"),
        Index(None, "debit_item_id"),
        Index(None, "changed_in"),
    )


class Unsealed(Base):
    """The queue of the sealer: transactions that no seal covers yet."""

    __tablename__ = "ledger_unsealed"

    business_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    transaction_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    queued_at: Mapped[Moment] = mapped_column(server_default=text("clock_timestamp()"))
    """Real time: a lease-like mark, not business time."""

    __table_args__ = (
        ForeignKeyConstraint(
            ["business_id", "transaction_id"],
            ["app.ledger_transactions.business_id", "app.ledger_transactions.id"],
        ),
        Index(None, "queued_at"),
    )


class Seal(Captured, Base):
    """A link of a book's chain: the hash of the link before and of its members in their order."""

    __tablename__ = "ledger_seals"

    business_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.businesses.id"), primary_key=True)
    seal_no: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    version: Mapped[int] = mapped_column(SmallInteger)
    member_count: Mapped[int] = mapped_column(Integer)
    previous_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    sealed_at: Mapped[Moment] = mapped_column(server_default=text("clock_timestamp()"))

    __table_args__ = (Index(None, "changed_in"),)


class SealMember(Base):
    """Which transaction stands at which place of which seal."""

    __tablename__ = "ledger_seal_members"

    business_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    transaction_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    seal_no: Mapped[int] = mapped_column(BigInteger)
    position: Mapped[int] = mapped_column(Integer)

    __table_args__ = (
        ForeignKeyConstraint(
            ["business_id", "seal_no"], ["app.ledger_seals.business_id", "app.ledger_seals.seal_no"]
        ),
        ForeignKeyConstraint(
            ["business_id", "transaction_id"],
            ["app.ledger_transactions.business_id", "app.ledger_transactions.id"],
        ),
        UniqueConstraint("business_id", "seal_no", "position"),
    )


class DocumentCounter(Base):
    """The next number of a gapless series; locked last in every verb."""

    __tablename__ = "document_counters"

    business_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.businesses.id"), primary_key=True)
    series: Mapped[str] = mapped_column(String(12), primary_key=True)
    fiscal_year: Mapped[str] = mapped_column(String(7), primary_key=True)
    last_number: Mapped[int] = mapped_column(Integer)
    last_date: Mapped[date]

    __table_args__ = (UPDATED_IN_PLACE,)

"""Credit between a vendor and a retailer: agreements, dated limits and terms, payments, decisions."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    String,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base
from foundation.tables import (
    UPDATED_IN_PLACE,
    BusinessId,
    Captured,
    Currency,
    Id,
    Json,
    Line,
    Moment,
    Paisa,
    Word,
)

PAYMENT_MODES = ("cash", "upi", "bank", "card", "cheque")
REVERSAL_REASONS = ("bounced", "mistake")
"""Why a payment was undone: the money did not come, or was never paid. Only the first is held against it."""
OUTCOMES = ("granted", "refused", "held")
BANK_LINE_STATES = ("open", "recorded", "ignored", "out")
STOP_MODES = ("refuse", "hold", "hold-all", "refuse-all", "as-vendor")
CLAIM_STATES = ("waiting", "accepted", "declined")
CHEQUE_STATES = ("received", "deposited", "cleared", "bounced", "returned")
VISIT_RESULTS = ("paid", "promised", "not-there", "refused", "other")
WRITE_OFF_STATES = ("waiting", "approved", "declined")
ADOPTION_OUTCOMES = ("adopted", "awaiting-approval", "refused")


class CreditAgreement(Captured, Base):
    """A vendor sells to a retailer on credit: the two accounts, one in each book. Added, never changed."""

    __tablename__ = "credit_agreements"

    id: Mapped[Id]
    vendor_id: Mapped[BusinessId]
    retailer_id: Mapped[BusinessId]
    currency: Mapped[Currency]
    receivable_account_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.accounts.id"))
    payable_account_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("app.accounts.id"))
    """None where the retailer keeps no books here."""
    agreed_at: Mapped[Moment]

    __table_args__ = (
        UniqueConstraint("vendor_id", "retailer_id", "currency"),
        UniqueConstraint("receivable_account_id"),
        CheckConstraint("vendor_id <> retailer_id", name="two_parties"),
        Index(None, "retailer_id"),
        Index(None, "changed_in"),
    )


class CreditLimit(Captured, Base):
    """The most a retailer may owe and be promised, from a moment on, and who approved it. Never changed."""

    __tablename__ = "credit_limits"

    id: Mapped[Id]
    agreement_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.credit_agreements.id"))
    vendor_id: Mapped[UUID] = mapped_column(Uuid)
    retailer_id: Mapped[UUID] = mapped_column(Uuid)
    limit_paisa: Mapped[Paisa]
    reason: Mapped[Line]
    approved_by: Mapped[UUID | None]
    """None for limits set by a policy; `policy_version` then says which."""
    policy_version: Mapped[str | None] = mapped_column(String(60))
    valid_from: Mapped[Moment]
    recorded_at: Mapped[Moment]

    __table_args__ = (
        CheckConstraint("limit_paisa >= 0", name="limit"),
        CheckConstraint("(approved_by IS NULL) <> (policy_version IS NULL)", name="approver"),
        Index(None, "agreement_id", "valid_from"),
        Index(None, "changed_in"),
    )


class CreditTerms(Captured, Base):
    """How many days a retailer has to pay, and by which day of the month, from a moment on. Never changed."""

    __tablename__ = "credit_terms"

    id: Mapped[Id]
    agreement_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.credit_agreements.id"))
    vendor_id: Mapped[UUID] = mapped_column(Uuid)
    retailer_id: Mapped[UUID] = mapped_column(Uuid)
    net_days: Mapped[int] = mapped_column(Integer)
    day_of_month: Mapped[int | None] = mapped_column(Integer)
    advance_percent: Mapped[int | None] = mapped_column(Integer)
    """The part of an order that is paid before its goods are handed over."""
    approved_by: Mapped[UUID | None]
    valid_from: Mapped[Moment]
    recorded_at: Mapped[Moment]

    __table_args__ = (
        CheckConstraint("net_days BETWEEN 0 AND 365", name="net_days"),
        CheckConstraint("day_of_month BETWEEN 1 AND 28", name="day_of_month"),
        CheckConstraint("advance_percent BETWEEN 1 AND 100", name="advance_percent"),
        Index(None, "agreement_id", "valid_from"),
        Index(None, "changed_in"),
    )


class Payment(Captured, Base):
    """Money that a retailer gave a vendor. Added, never changed; a row that reverses one says why."""

    __tablename__ = "payments"

    id: Mapped[Id]
    vendor_id: Mapped[BusinessId]
    retailer_id: Mapped[BusinessId]
    agreement_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.credit_agreements.id"))
    amount_paisa: Mapped[Paisa]
    currency: Mapped[Currency]
    mode: Mapped[Word]
    reference: Mapped[str | None] = mapped_column(String(100))
    paid_on: Mapped[date]
    recorded_by: Mapped[UUID | None]
    recorded_at: Mapped[Moment]
    reverses_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("app.payments.id"), unique=True)
    reversal_reason: Mapped[str | None] = mapped_column(String(40))
    is_assumed: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))

    __table_args__ = (
        CheckConstraint("amount_paisa > 0", name="positive"),
        CheckConstraint(f"mode IN {PAYMENT_MODES}", name="mode"),
        CheckConstraint(f"reversal_reason IN {REVERSAL_REASONS}", name="reversal_reason"),
        CheckConstraint("(reverses_id IS NULL) = (reversal_reason IS NULL)", name="reversal"),
        Index("ix_payments_as_vendor", "vendor_id", "recorded_at", "id"),
        Index("ix_payments_as_retailer", "retailer_id", "recorded_at", "id"),
        Index(None, "changed_in"),
    )


class PaymentClaim(Captured, Base):
    """A retailer says that it paid. Money is posted when the vendor accepts, never by the claim itself."""

    __tablename__ = "payment_claims"

    id: Mapped[Id]
    vendor_id: Mapped[BusinessId]
    retailer_id: Mapped[BusinessId]
    agreement_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.credit_agreements.id"))
    amount_paisa: Mapped[Paisa]
    currency: Mapped[Currency]
    mode: Mapped[Word]
    paid_on: Mapped[date]
    reference: Mapped[str | None] = mapped_column(String(100))
    evidence_key: Mapped[str | None] = mapped_column(String(200))
    """The picture in the object store."""
    state: Mapped[Word]
    claimed_by: Mapped[UUID | None]
    claimed_at: Mapped[Moment]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[Moment | None]
    decline_reason: Mapped[Line | None]
    payment_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("app.payments.id"))

    __table_args__ = (
        CheckConstraint("amount_paisa > 0", name="positive"),
        CheckConstraint(f"mode IN {PAYMENT_MODES}", name="mode"),
        CheckConstraint(f"state IN {CLAIM_STATES}", name="state"),
        CheckConstraint("(state = 'accepted') = (payment_id IS NOT NULL)", name="payment"),
        CheckConstraint("(state = 'declined') = (decline_reason IS NOT NULL)", name="reason"),
        Index("ix_payment_claims_as_vendor", "vendor_id", "claimed_at", "id"),
        Index("ix_payment_claims_as_retailer", "retailer_id", "claimed_at", "id"),
        UPDATED_IN_PLACE,
    )


class WriteOff(Captured, Base):
    """A debt that a vendor gives up, or asks a second person to let it give up."""

    __tablename__ = "write_offs"

    id: Mapped[Id]
    vendor_id: Mapped[BusinessId]
    retailer_id: Mapped[BusinessId]
    agreement_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.credit_agreements.id"))
    item_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.receivable_items.id"))
    amount_paisa: Mapped[Paisa]
    currency: Mapped[Currency]
    reason: Mapped[Line]
    state: Mapped[Word]
    requested_by: Mapped[UUID]
    requested_at: Mapped[Moment]
    decided_by: Mapped[UUID | None]
    """None where it was within the vendor's bound: then nobody else was asked."""
    decided_at: Mapped[Moment | None]

    __table_args__ = (
        CheckConstraint("amount_paisa > 0", name="positive"),
        CheckConstraint(f"state IN {WRITE_OFF_STATES}", name="state"),
        CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("state <> 'approved' OR decided_by <> requested_by", name="two_people"),
        Index("ix_write_offs_as_vendor", "vendor_id", "requested_at", "id"),
        Index(None, "retailer_id"),
        UPDATED_IN_PLACE,
    )


class Cheque(Captured, Base):
    """A cheque in a vendor's drawer, perhaps of a later date. It is a payment once it has cleared."""

    __tablename__ = "cheques"

    id: Mapped[Id]
    vendor_id: Mapped[BusinessId]
    retailer_id: Mapped[BusinessId]
    agreement_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.credit_agreements.id"))
    amount_paisa: Mapped[Paisa]
    currency: Mapped[Currency]
    bank: Mapped[str] = mapped_column(String(100))
    number: Mapped[str] = mapped_column(String(40))
    cheque_date: Mapped[date]
    """The day that is written on it: it can be deposited from then on."""
    state: Mapped[Word]
    received_by: Mapped[UUID | None]
    received_at: Mapped[Moment]
    changed_at: Mapped[Moment]
    bounce_reason: Mapped[Line | None]
    payment_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("app.payments.id"))
    """The payment that it was when it cleared, though it may have been undone since."""

    __table_args__ = (
        CheckConstraint("amount_paisa > 0", name="positive"),
        CheckConstraint(f"state IN {CHEQUE_STATES}", name="state"),
        CheckConstraint("state <> 'cleared' OR payment_id IS NOT NULL", name="payment"),
        CheckConstraint("(state = 'bounced') = (bounce_reason IS NOT NULL)", name="reason"),
        UniqueConstraint("agreement_id", "bank", "number"),
        Index("ix_cheques_as_vendor", "vendor_id", "cheque_date", "id"),
        Index("ix_cheques_as_retailer", "retailer_id", "cheque_date", "id"),
        UPDATED_IN_PLACE,
    )


class PaymentPromise(Captured, Base):
    """A retailer said that it would pay so much by a day. How that went is told by its payments."""

    __tablename__ = "payment_promises"

    id: Mapped[Id]
    vendor_id: Mapped[BusinessId]
    retailer_id: Mapped[BusinessId]
    agreement_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.credit_agreements.id"))
    amount_paisa: Mapped[Paisa]
    currency: Mapped[Currency]
    promised_on: Mapped[date]
    due_on: Mapped[date]
    note: Mapped[Line | None]
    recorded_by: Mapped[UUID]
    recorded_at: Mapped[Moment]

    __table_args__ = (
        CheckConstraint("amount_paisa > 0", name="positive"),
        CheckConstraint("due_on >= promised_on", name="days"),
        Index("ix_payment_promises_as_vendor", "vendor_id", "recorded_at", "id"),
        Index("ix_payment_promises_due_as_vendor", "vendor_id", "due_on", "id"),
        Index(None, "agreement_id", "recorded_at"),
        Index(None, "retailer_id"),
        Index(None, "changed_in"),
    )


class CollectionVisit(Captured, Base):
    """A collector went to a retailer, and what came of it. Added, never changed."""

    __tablename__ = "collection_visits"

    id: Mapped[Id]
    vendor_id: Mapped[BusinessId]
    retailer_id: Mapped[BusinessId]
    visited_by: Mapped[UUID]
    visited_on: Mapped[date]
    result: Mapped[Word]
    note: Mapped[Line | None]
    recorded_at: Mapped[Moment]

    __table_args__ = (
        CheckConstraint(f"result IN {VISIT_RESULTS}", name="result"),
        Index(None, "vendor_id", "retailer_id", "visited_on"),
        Index(None, "retailer_id"),
        Index(None, "changed_in"),
    )


class CollectorAssignment(Captured, Base):
    """Who of a vendor visits a retailer, from a moment on (None: nobody in particular). Added, never changed."""

    __tablename__ = "collector_assignments"

    id: Mapped[Id]
    vendor_id: Mapped[BusinessId]
    retailer_id: Mapped[BusinessId]
    collector_id: Mapped[UUID | None]
    set_by: Mapped[UUID]
    valid_from: Mapped[Moment]

    __table_args__ = (
        Index(None, "vendor_id", "retailer_id", "valid_from"),
        Index(None, "retailer_id"),
        Index(None, "changed_in"),
    )


class InterestRule(Captured, Base):
    """What a vendor takes a year for what is late, from a moment on. Added, never changed."""

    __tablename__ = "interest_rules"

    id: Mapped[Id]
    vendor_id: Mapped[BusinessId]
    percent: Mapped[Decimal] = mapped_column(Numeric(6, 3))
    after_days: Mapped[int] = mapped_column(Integer)
    set_by: Mapped[UUID] = mapped_column(Uuid)
    valid_from: Mapped[Moment]

    __table_args__ = (
        CheckConstraint("percent BETWEEN 0 AND 100", name="percent"),
        CheckConstraint("after_days BETWEEN 0 AND 365", name="after_days"),
        Index(None, "vendor_id", "valid_from"),
        Index(None, "changed_in"),
    )


class InterestCharge(Captured, Base):
    """Interest on one debt for some days, a part of an item of interest. Each day of a debt is charged once."""

    __tablename__ = "interest_charges"

    id: Mapped[Id]
    vendor_id: Mapped[BusinessId]
    retailer_id: Mapped[BusinessId]
    item_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.receivable_items.id"))
    first_day: Mapped[date]
    last_day: Mapped[date]
    percent: Mapped[Decimal] = mapped_column(Numeric(6, 3))
    amount_paisa: Mapped[Paisa]
    interest_item_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.receivable_items.id"))
    charged_at: Mapped[Moment]

    __table_args__ = (
        CheckConstraint("amount_paisa > 0", name="positive"),
        CheckConstraint("first_day <= last_day", name="days"),
        UniqueConstraint("item_id", "first_day"),
        Index(None, "vendor_id"),
        Index(None, "retailer_id"),
        Index(None, "interest_item_id"),
        Index(None, "changed_in"),
    )


class CreditPolicy(Captured, Base):
    """What a vendor lets its people do without asking, from a moment on. Added, never changed."""

    __tablename__ = "credit_policies"

    id: Mapped[Id]
    vendor_id: Mapped[BusinessId]
    write_off_max_paisa: Mapped[Paisa]
    """The most that one person may write off alone."""
    set_by: Mapped[UUID]
    valid_from: Mapped[Moment]
    recorded_at: Mapped[Moment]

    __table_args__ = (
        CheckConstraint("write_off_max_paisa >= 0", name="bound"),
        Index(None, "vendor_id", "valid_from"),
        Index(None, "changed_in"),
    )


class BankStatement(Base):
    """A file of a vendor's bank that came in, by its hash once. Added, never changed.

    Its id is also that of the subject whose key seals what its lines say.
    """

    __tablename__ = "bank_statements"

    id: Mapped[Id]
    business_id: Mapped[BusinessId]
    file_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    layout: Mapped[Json]
    """`heading_row`, `columns` and `date_order`, as it was read."""
    first_day: Mapped[date]
    last_day: Mapped[date]
    lines: Mapped[int] = mapped_column(Integer)
    known_lines: Mapped[int] = mapped_column(Integer)
    """Lines that an earlier file had brought already."""
    imported_by: Mapped[UUID | None]
    imported_at: Mapped[Moment]

    __table_args__ = (
        UniqueConstraint("business_id", "file_hash"),
        Index(None, "business_id", "imported_at", "id"),
    )


class BankLine(Base):
    """A line of a bank's statement. What came waits until a person says whose payment it is, or that it is none."""

    __tablename__ = "bank_lines"

    id: Mapped[Id]
    business_id: Mapped[BusinessId]
    statement_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.bank_statements.id"))
    line_no: Mapped[int] = mapped_column(Integer)
    identity: Mapped[bytes] = mapped_column(LargeBinary(32))
    booked_on: Mapped[date]
    amount_paisa: Mapped[Paisa]
    """Money that came is positive."""
    balance_paisa: Mapped[int | None] = mapped_column(BigInteger)
    narration_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """Under the key of its statement: it names people."""
    reference: Mapped[str | None] = mapped_column(String(100))
    state: Mapped[Word]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[Moment | None]
    note: Mapped[Line | None]

    __table_args__ = (
        CheckConstraint("amount_paisa <> 0", name="amount"),
        CheckConstraint(f"state IN {BANK_LINE_STATES}", name="state"),
        CheckConstraint("(state = 'out') = (amount_paisa < 0)", name="direction"),
        CheckConstraint("state <> 'ignored' OR note IS NOT NULL", name="reason"),
        UniqueConstraint("business_id", "identity"),
        Index(None, "business_id", "state", "booked_on", "id"),
        Index(None, "business_id", "booked_on", "id"),
        Index(None, "statement_id"),
        UPDATED_IN_PLACE,
    )


class BankLinePayment(Base):
    """A payment that a line of a bank's statement is, or a part of it. Added, never changed."""

    __tablename__ = "bank_line_payments"

    payment_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.payments.id"), primary_key=True)
    line_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.bank_lines.id"))
    business_id: Mapped[BusinessId]

    __table_args__ = (Index(None, "line_id"),)


class AdvisoryLimit(Base):
    """What a retailer should owe all its vendors together at most, as a lender sees it. Added, never changed."""

    __tablename__ = "advisory_limits"

    id: Mapped[Id]
    retailer_id: Mapped[BusinessId]
    currency: Mapped[Currency]
    limit_paisa: Mapped[Paisa]
    reason: Mapped[Line]
    set_by: Mapped[UUID] = mapped_column(Uuid)
    valid_from: Mapped[Moment]

    __table_args__ = (
        CheckConstraint("limit_paisa >= 0", name="limit"),
        Index(None, "retailer_id", "valid_from"),
    )


class CreditStop(Base):
    """What a vendor wants of orders that credit has no room for, from a moment on. Added, never changed."""

    __tablename__ = "credit_stops"

    id: Mapped[Id]
    vendor_id: Mapped[BusinessId]
    retailer_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("app.businesses.id"))
    """None: for all customers that have no row of their own."""
    mode: Mapped[Word]
    """`refuse`, `hold` (over the limit, or late), `hold-all`, `refuse-all` (all on credit); `as-vendor`: no own."""
    tolerance_percent: Mapped[Decimal] = mapped_column(Numeric(6, 3))
    """By so much of the limit an approved order may go over it; what is more is refused."""
    overdue_days: Mapped[int | None]
    """Who is late for longer waits with every order; None: lateness holds nothing."""
    window_minutes: Mapped[int]
    """So long goods are kept for an order that waits."""
    escalate_minutes: Mapped[int]
    """After so long the owner is told."""
    reason: Mapped[Line]
    set_by: Mapped[UUID | None]
    policy_version: Mapped[str | None] = mapped_column(String(60))
    """What set it, where no person did."""
    valid_from: Mapped[Moment]

    __table_args__ = (
        CheckConstraint(f"mode IN {STOP_MODES}", name="mode"),
        CheckConstraint("mode <> 'as-vendor' OR retailer_id IS NOT NULL", name="pair"),
        CheckConstraint("tolerance_percent BETWEEN 0 AND 100", name="tolerance"),
        CheckConstraint("overdue_days BETWEEN 0 AND 365", name="overdue"),
        CheckConstraint("escalate_minutes > 0 AND escalate_minutes <= window_minutes", name="minutes"),
        CheckConstraint("(set_by IS NULL) <> (policy_version IS NULL)", name="setter"),
        Index(None, "vendor_id", "retailer_id", "valid_from"),
        Index(None, "retailer_id"),
    )


class Decision(Captured, Base):
    """What was asked, what was granted, and why: refusals too. Scores learn from these rows."""

    __tablename__ = "decisions"

    id: Mapped[Id]
    kind: Mapped[Word]
    """`order`, `limit`, …"""
    vendor_id: Mapped[BusinessId]
    retailer_id: Mapped[BusinessId]
    order_id: Mapped[UUID | None]
    outcome: Mapped[Word]
    reason_code: Mapped[Word]
    asked_paisa: Mapped[int | None] = mapped_column(BigInteger)
    granted_paisa: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[Currency]
    asked_lines: Mapped[Json]
    """Per line: product id, asked and granted quantity, unit."""
    facts: Mapped[Json]
    """What the decision saw: limit, owed, held, stock on hand."""
    limit_paisa: Mapped[int | None] = mapped_column(BigInteger)
    score_version: Mapped[str | None] = mapped_column(String(60))
    policy_version: Mapped[str] = mapped_column(String(60))
    actor_id: Mapped[UUID | None]
    channel: Mapped[Word]
    decided_at: Mapped[Moment]
    recorded_at: Mapped[Moment] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        CheckConstraint(f"outcome IN {OUTCOMES}", name="outcome"),
        Index("ix_decisions_as_vendor", "vendor_id", "decided_at"),
        Index("ix_decisions_as_retailer", "retailer_id", "decided_at"),
        Index(None, "changed_in"),
    )


class AdoptedRun(Base):
    """A publication whose predictions commerce took over, or was asked to and refused."""

    __tablename__ = "adopted_runs"

    run_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    as_of: Mapped[date]
    predicted_at: Mapped[Moment]
    """By the machine's clock: which of two runs of one day is the newer."""
    outcome: Mapped[Word]
    reason_code: Mapped[Word | None]
    """Why it was refused or waits; None for an adopted one."""
    facts: Mapped[Json]
    """What the decision saw: how many limits and how much exposure would move, the bounds, the approval."""
    adopted_at: Mapped[Moment]
    """When the last answer was given, whichever it was."""
    reverted_at: Mapped[Moment | None]

    __table_args__ = (CheckConstraint(f"outcome IN {ADOPTION_OUTCOMES}", name="outcome"),)


class AdoptedScore(Captured, Base):
    """A retailer's score as taken over from a run, once per (run, retailer). Added, never changed."""

    __tablename__ = "adopted_scores"

    run_id: Mapped[str] = mapped_column(String(64), ForeignKey("app.adopted_runs.run_id"), primary_key=True)
    retailer_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.businesses.id"), primary_key=True)
    score: Mapped[int | None]
    grade: Mapped[Word]
    previous_score: Mapped[int | None]
    model_version: Mapped[str] = mapped_column(String(60))
    policy_version: Mapped[str] = mapped_column(String(60))
    is_control: Mapped[bool]
    """One of the fixed random 3 % that keep the previous policy."""
    as_of: Mapped[date]
    recorded_at: Mapped[Moment]

    __table_args__ = (Index(None, "retailer_id", "as_of"), Index(None, "changed_in"))

"""What happened at the credit desk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from foundation.events import DomainEvent


@dataclass(frozen=True)
class PaymentRecorded(DomainEvent):
    """A retailer paid a vendor."""

    type: ClassVar[str] = "payment-recorded"
    counterparty: ClassVar[str | None] = "retailer_id"

    payment_id: str
    vendor_id: str
    retailer_id: str
    amount_paisa: int
    currency: str
    advance_paisa: int


@dataclass(frozen=True)
class PaymentReversed(DomainEvent):
    """A payment was undone: it bounced, or it was recorded by mistake."""

    type: ClassVar[str] = "payment-reversed"
    counterparty: ClassVar[str | None] = "retailer_id"

    payment_id: str
    reversal_id: str
    vendor_id: str
    retailer_id: str
    amount_paisa: int
    currency: str
    reason: str


@dataclass(frozen=True)
class PaymentClaimed(DomainEvent):
    """A retailer says that it paid a vendor."""

    type: ClassVar[str] = "payment-claimed"
    counterparty: ClassVar[str | None] = "retailer_id"

    claim_id: str
    vendor_id: str
    retailer_id: str
    amount_paisa: int
    currency: str


@dataclass(frozen=True)
class PaymentClaimDecided(DomainEvent):
    """A vendor accepted or declined what a retailer says that it paid."""

    type: ClassVar[str] = "payment-claim-decided"
    counterparty: ClassVar[str | None] = "retailer_id"

    claim_id: str
    vendor_id: str
    retailer_id: str
    state: str
    payment_id: str | None


@dataclass(frozen=True)
class ChequeMoved(DomainEvent):
    """A cheque was received, deposited, returned, has cleared or bounced."""

    type: ClassVar[str] = "cheque-moved"
    counterparty: ClassVar[str | None] = "retailer_id"

    cheque_id: str
    vendor_id: str
    retailer_id: str
    state: str
    amount_paisa: int
    currency: str
    payment_id: str | None


@dataclass(frozen=True)
class PaymentPromised(DomainEvent):
    """A retailer said that it would pay so much by a day."""

    type: ClassVar[str] = "payment-promised"
    counterparty: ClassVar[str | None] = "retailer_id"

    promise_id: str
    vendor_id: str
    retailer_id: str
    amount_paisa: int
    currency: str
    due_on: str


@dataclass(frozen=True)
class InterestCharged(DomainEvent):
    """A vendor charged a retailer for what was paid late."""

    type: ClassVar[str] = "interest-charged"
    counterparty: ClassVar[str | None] = "retailer_id"

    item_id: str
    vendor_id: str
    retailer_id: str
    amount_paisa: int
    currency: str


@dataclass(frozen=True)
class CreditReallocated(DomainEvent):
    """A payment or credit note settles other debts than before."""

    type: ClassVar[str] = "credit-reallocated"
    counterparty: ClassVar[str | None] = "retailer_id"

    item_id: str
    vendor_id: str
    retailer_id: str
    advance_paisa: int
    currency: str


@dataclass(frozen=True)
class DebtWrittenOff(DomainEvent):
    """A vendor gave up what a retailer owed it."""

    type: ClassVar[str] = "debt-written-off"
    counterparty: ClassVar[str | None] = "retailer_id"

    write_off_id: str
    item_id: str
    vendor_id: str
    retailer_id: str
    amount_paisa: int
    currency: str


@dataclass(frozen=True)
class CreditLimitSet(DomainEvent):
    """A vendor set the most that a retailer may owe it."""

    type: ClassVar[str] = "credit-limit-set"
    counterparty: ClassVar[str | None] = "retailer_id"

    agreement_id: str
    vendor_id: str
    retailer_id: str
    limit_paisa: int
    currency: str

"""What happened to orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from foundation.events import DomainEvent


@dataclass(frozen=True)
class _OrderEvent(DomainEvent):
    counterparty: ClassVar[str | None] = "retailer_id"

    order_id: str
    vendor_id: str
    retailer_id: str


@dataclass(frozen=True)
class OrderPlaced(_OrderEvent):
    type: ClassVar[str] = "order-placed"

    total_paisa: int
    currency: str


@dataclass(frozen=True)
class OrderHeld(_OrderEvent):
    """Its credit waits for a person who approves it; `reason` is over-limit, overdue or every-order."""

    type: ClassVar[str] = "order-held"

    reason: str
    amount_paisa: int
    currency: str
    due_at: str


@dataclass(frozen=True)
class ApprovalDecided(_OrderEvent):
    """What an order waited for was approved, declined, timed out, withdrawn, or voided by a larger order."""

    type: ClassVar[str] = "order-approval-decided"

    state: str
    amount_paisa: int
    currency: str


@dataclass(frozen=True)
class ApprovalEscalated(_OrderEvent):
    """An order waits for so long that the vendor's owner was told. Nothing of the retailer's."""

    type: ClassVar[str] = "order-approval-escalated"
    counterparty: ClassVar[str | None] = None

    amount_paisa: int
    currency: str


@dataclass(frozen=True)
class OrderAccepted(_OrderEvent):
    type: ClassVar[str] = "order-accepted"


@dataclass(frozen=True)
class SlotChosen(_OrderEvent):
    """The retailer chose when its order comes, changed that, or (`slot_id` null) gave it up; `day` is promised now."""

    type: ClassVar[str] = "order-slot-chosen"

    slot_id: str | None
    day: str


@dataclass(frozen=True)
class ChangeProposed(_OrderEvent):
    """One side would have other quantities: `side` says which."""

    type: ClassVar[str] = "order-change-proposed"

    proposal_id: str
    side: str


@dataclass(frozen=True)
class ChangeAnswered(_OrderEvent):
    """A proposal was confirmed, declined or withdrawn; `total_paisa` is the order's value after it."""

    type: ClassVar[str] = "order-change-answered"

    proposal_id: str
    state: str
    total_paisa: int
    currency: str


@dataclass(frozen=True)
class OrderClosed(_OrderEvent):
    """Declined, cancelled, expired or closed short: `state` says which."""

    type: ClassVar[str] = "order-closed"

    state: str


@dataclass(frozen=True)
class LeftOverReleased(_OrderEvent):
    """What was open of an order delivered in part came free by itself: so much is neither promised nor held now."""

    type: ClassVar[str] = "order-left-over-released"

    amount_paisa: int
    currency: str


@dataclass(frozen=True)
class OrderDelivered(_OrderEvent):
    type: ClassVar[str] = "order-delivered"

    delivery_id: str
    total_paisa: int
    currency: str


@dataclass(frozen=True)
class GoodsReturned(_OrderEvent):
    type: ClassVar[str] = "goods-returned"

    delivery_id: str
    total_paisa: int
    currency: str


@dataclass(frozen=True)
class DebtReinstated(_OrderEvent):
    """So much that the vendor had written off is owed again, and settled by the credit that came with it."""

    type: ClassVar[str] = "debt-reinstated"

    amount_paisa: int
    currency: str


@dataclass(frozen=True)
class GoodsClaimed(_OrderEvent):
    """Goods came short or broken, says the retailer."""

    type: ClassVar[str] = "goods-claimed"

    claim_id: str
    kind: str


@dataclass(frozen=True)
class CancelFeeMoved(_OrderEvent):
    """The retailer owes a fee for cancelling late (`charged`), or the vendor gave it up (`waived`)."""

    type: ClassVar[str] = "cancel-fee-moved"

    state: str
    amount_paisa: int
    currency: str


@dataclass(frozen=True)
class ExchangeAsked(_OrderEvent):
    """The retailer would give goods back for others, or for the same ones whole."""

    type: ClassVar[str] = "exchange-asked"

    exchange_id: str


@dataclass(frozen=True)
class ExchangeDecided(_OrderEvent):
    """Goods were exchanged (`done`; other goods by an order of their own), or it was declined or withdrawn."""

    type: ClassVar[str] = "exchange-decided"

    exchange_id: str
    state: str
    new_order_id: str | None


@dataclass(frozen=True)
class ClaimDecided(_OrderEvent):
    """A claim was accepted (with the credit note's id) or declined."""

    type: ClassVar[str] = "claim-decided"

    claim_id: str
    state: str
    credit_note_id: str | None

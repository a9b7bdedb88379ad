"""Who follows which event: the one table. One that nobody follows is listed in UNFOLLOWED, with the reason.

Businesses' own systems follow too, without a line here: `commerce/webhooks` reads the feed of events.
"""

from typing import Final

from commerce.billing.events import BillIssued, BillReturned, BillWasCancelled
from commerce.cbms.workflows import FOLLOW_DOCUMENT
from commerce.credit.events import (
    ChequeMoved,
    CreditLimitSet,
    CreditReallocated,
    DebtWrittenOff,
    InterestCharged,
    PaymentClaimDecided,
    PaymentClaimed,
    PaymentPromised,
    PaymentRecorded,
    PaymentReversed,
)
from commerce.customers.events import CustomerAdded, CustomerForgotten
from commerce.delivery.events import DeliveryProven
from commerce.disputes.events import DisputeMoved, DisputeOpened
from commerce.expenses.events import ExpenseEntered
from commerce.khata.events import KhataEntered
from commerce.messaging.events import ConsentChanged, MessageReceived
from commerce.messaging.workflows import FORGET_FILES
from commerce.ordering.events import (
    ApprovalDecided,
    ApprovalEscalated,
    CancelFeeMoved,
    ChangeAnswered,
    ChangeProposed,
    ClaimDecided,
    DebtReinstated,
    ExchangeAsked,
    ExchangeDecided,
    GoodsClaimed,
    GoodsReturned,
    LeftOverReleased,
    OrderAccepted,
    OrderClosed,
    OrderDelivered,
    OrderHeld,
    OrderPlaced,
    SlotChosen,
)
from commerce.ordering.workflows import FILE_DELIVERY_DOCUMENT
from commerce.papers.workflows import FOLLOW_BILL, FORGET_PAPERS
from commerce.pricing.events import PriceAlertRaised
from commerce.purchases.events import StockedIn, SupplierPaid
from commerce.reminders.events import ReminderEnded
from commerce.risk.events import RiskActionReverted, RiskActionTaken, RiskAlertClosed, RiskAlertRaised
from commerce.stock.events import GoodsExpired, StockRanLow
from commerce.webhooks.events import WebhookEndpointDisabled
from foundation.events import DomainEvent, Subscriber, subscribe

_bill = Subscriber(FOLLOW_BILL, kind="outward")
_document = Subscriber(FILE_DELIVERY_DOCUMENT, kind="outward")
_reported = Subscriber(FOLLOW_DOCUMENT, kind="outward")

FOLLOWED: dict[type[DomainEvent], tuple[Subscriber, ...]] = {
    OrderDelivered: (_document, _reported),
    GoodsReturned: (_document, _reported),
    BillIssued: (_bill, _reported),
    BillReturned: (_bill, _reported),
    BillWasCancelled: (_bill, _reported),
    CustomerForgotten: (
        Subscriber(FORGET_PAPERS, kind="outward"),
        Subscriber(FORGET_FILES, kind="outward"),
    ),
}
for _event, _followers in FOLLOWED.items():
    subscribe(_event, *_followers)

UNFOLLOWED: dict[type[DomainEvent], str] = {
    OrderPlaced: "the vendor sees it in its list of orders; messages come with the messaging slice",
    OrderHeld: "the vendor sees it among the orders that wait for approval, the retailer on the order",
    ApprovalDecided: "both sides see it on the order; the hold is taken with the approval itself",
    ApprovalEscalated: "the mail to the owner is queued with it",
    OrderAccepted: "the retailer sees it on the order's timeline",
    SlotChosen: "both sides see it on the order",
    ChangeProposed: "the other side sees it among the order's proposals",
    ChangeAnswered: "both sides see it on the proposal and on the order's timeline",
    GoodsClaimed: "the vendor sees it among the order's claims",
    ClaimDecided: "both sides see it on the claim; the credit note is written with it",
    ExchangeAsked: "the vendor sees it among the order's exchanges",
    ExchangeDecided: "both sides see it on the exchange; the papers are filed by their own events",
    DisputeOpened: "the other side sees it in its list of disputes; what it marks is written with it",
    DisputeMoved: "both sides see it on the dispute",
    DeliveryProven: "both sides see it on the order's delivery",
    OrderClosed: "both sides see it on the order's timeline",
    LeftOverReleased: "both sides see it on the order's timeline",
    CustomerAdded: "the shop sees it among its customers",
    MessageReceived: "the shop sees it among its messages, and by webhook",
    ConsentChanged: "it holds from its own transaction on",
    KhataEntered: "the book and the open item are written with it",
    ReminderEnded: "the shop sees it on the reminder",
    ExpenseEntered: "the book is written with it",
    StockedIn: "the book and the shelf are written with it",
    SupplierPaid: "the book and what the supplier is owed are written with it",
    StockRanLow: "the business sees it among its goods that run low",
    GoodsExpired: "the business sees it among its batches that expire or have expired",
    PaymentRecorded: "the books and the open items are written with the payment itself",
    PaymentReversed: "the books and the open items are written with the reversal itself",
    PriceAlertRaised: "the business sees it among its alerts, and by webhook",
    WebhookEndpointDisabled: "the business sees it on the endpoint and in the feed of changes",
    PaymentClaimed: "the vendor sees it in its list of claims",
    PaymentClaimDecided: "the retailer sees it in its list of claims",
    ChequeMoved: "a cleared or bounced cheque writes the books itself",
    PaymentPromised: "the collection run reads it",
    CancelFeeMoved: "the books and the open item are written with it",
    InterestCharged: "the books and the open item are written with it",
    CreditReallocated: "the settlements are written with the re-allocation itself",
    DebtWrittenOff: "the books and the open items are written with it",
    DebtReinstated: "the books and the open item are written with the return or the waiver",
    CreditLimitSet: "the limit holds from its own transaction on",
    RiskAlertRaised: "the platform and the vendor see it among the alerts",
    RiskAlertClosed: "both see it on the alert",
    RiskActionTaken: "the limit or the stop holds from its own transaction on; the vendor sees it among the actions",
    RiskActionReverted: "what held before holds again from its own transaction on",
}

TOLD: Final[dict[str, type[DomainEvent]]] = {event.type: event for event in (*FOLLOWED, *UNFOLLOWED)}
"""The events that leave the house by webhooks and the feed: all of them, as docs/webhooks.md lists them."""

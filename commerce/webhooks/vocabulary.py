"""What is told by webhooks and by the feed of changes, and how delivery is tried."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

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
from commerce.disputes.events import DisputeMoved, DisputeOpened
from commerce.ordering.events import (
    ApprovalDecided,
    ApprovalEscalated,
    ChangeAnswered,
    ChangeProposed,
    ClaimDecided,
    ExchangeAsked,
    ExchangeDecided,
    GoodsClaimed,
    GoodsReturned,
    OrderAccepted,
    OrderClosed,
    OrderDelivered,
    OrderHeld,
    OrderPlaced,
)
from commerce.pricing.events import PriceAlertRaised
from commerce.stock.events import StockRanLow
from commerce.webhooks.events import WebhookEndpointDisabled
from foundation.events import DomainEvent

TOLD: Final[dict[str, type[DomainEvent]]] = {
    event.type: event
    for event in (
        OrderPlaced,
        OrderHeld,
        ApprovalDecided,
        ApprovalEscalated,
        OrderAccepted,
        ChangeProposed,
        ChangeAnswered,
        OrderDelivered,
        GoodsReturned,
        GoodsClaimed,
        ClaimDecided,
        ExchangeAsked,
        ExchangeDecided,
        DisputeOpened,
        DisputeMoved,
        OrderClosed,
        StockRanLow,
        PaymentRecorded,
        PaymentReversed,
        PaymentClaimed,
        PaymentClaimDecided,
        ChequeMoved,
        PaymentPromised,
        InterestCharged,
        CreditReallocated,
        DebtWrittenOff,
        CreditLimitSet,
        PriceAlertRaised,
        WebhookEndpointDisabled,
    )
}
"""The events that leave the house; all others stay inside until they stand here and in docs/webhooks.md."""

RETRY_AFTER: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""Pauses after a failed attempt, as Standard Webhooks 1.0 proposes them ("Deliverability and reliability")."""

REFUSED_TRIES: Final = 3
"""Attempts at a receiver that refuses what it gets: it hardly changes its mind, but it may be mid-deploy."""

FAILING_FOR: Final = timedelta(days=5)
"""An endpoint that took nothing for so long is switched off."""

OLD_SECRET_FOR: Final = timedelta(hours=24)
"""How long both secrets sign after a rotation."""

DELIVERIES_KEPT: Final = timedelta(days=30)

ENDPOINTS_MAX: Final = 10
REPLAYED_AT_ONCE: Final = 1_000
EXCERPT_CHARACTERS: Final = 500

"""What risk control tells a vendor of its customers. The retailer is not told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from foundation.events import DomainEvent


@dataclass(frozen=True)
class RiskAlertRaised(DomainEvent):
    """A live rule of the platform holds of a pair."""

    type: ClassVar[str] = "risk-alert-raised"

    alert_id: str
    vendor_id: str
    retailer_id: str
    rule: str
    day: str


@dataclass(frozen=True)
class RiskAlertClosed(DomainEvent):
    """The platform is done with an alert."""

    type: ClassVar[str] = "risk-alert-closed"

    alert_id: str
    vendor_id: str
    retailer_id: str
    rule: str


@dataclass(frozen=True)
class _RiskActionEvent(DomainEvent):
    action_id: str
    alert_id: str
    vendor_id: str
    retailer_id: str
    kind: str


@dataclass(frozen=True)
class RiskActionTaken(_RiskActionEvent):
    """A rule lowered a limit, lets orders on credit wait, or stopped them."""

    type: ClassVar[str] = "risk-action-taken"


@dataclass(frozen=True)
class RiskActionReverted(_RiskActionEvent):
    """The vendor undid what a rule had done."""

    type: ClassVar[str] = "risk-action-reverted"

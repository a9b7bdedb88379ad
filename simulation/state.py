"""What agents have and remember while a market is played."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from simulation.policies import Basket, RetailerPolicy, VendorPolicy
from simulation.world import Floats


@dataclass(frozen=True)
class Ask:
    """A basket on its way to a vendor, and how often it was turned away before."""

    basket: Basket
    takes_part: bool
    attempt: int = 1


@dataclass
class OpenOrder:
    """An order on its way. Quantities run along the lines."""

    id: int
    shop: int
    vendor: int
    goods: tuple[int, ...]
    ordered: tuple[int, ...]
    is_credit: bool
    placed_at: datetime
    prices: tuple[Decimal, ...]
    sent: list[int]
    held_paisa: int = 0
    state: str = "placed"
    promised_on: date | None = None


@dataclass
class Bill:
    """A delivery on credit that is not paid in full, as the shop remembers it."""

    shop: int
    vendor: int
    due_on: date
    remaining_paisa: int
    serial: int


@dataclass
class ShopState:
    """What a shop has and remembers; arrays run along the goods it carries."""

    policy: RetailerPolicy
    shelf: Floats
    on_order: Floats
    daily_sales: Floats
    last_paid: dict[int, Decimal] = field(default_factory=dict)
    grudges: dict[int, float] = field(default_factory=dict)


@dataclass
class VendorState:
    """What a vendor has and remembers; quantities by good."""

    policy: VendorPolicy
    prices: dict[int, Decimal]
    on_hand: dict[int, float]
    reserved: dict[int, float]
    coming: dict[int, float]
    daily: dict[int, float]
    asked_today: Counter[int] = field(default_factory=Counter)
    backlog: int = 0


@dataclass
class Account:
    """A running account between a vendor and a shop, as both know it."""

    limit_paisa: int
    opened_on: date
    owed_paisa: int = 0
    held_paisa: int = 0
    bills: list[Bill] = field(default_factory=list)
    worst_days: int = 0

    @property
    def room_paisa(self) -> int:
        """Credit that is left."""
        return self.limit_paisa - self.owed_paisa - self.held_paisa

    def days_past_due(self, day: date) -> int:
        """Age of the oldest unpaid bill, 0 when nothing is due."""
        return max([0, *((day - bill.due_on).days for bill in self.bills)])

"""Ageing and days past due: pure functions of items, allocations and two dates.

`effective` asks how it stood on a day; what was *known* when is chosen before, by reading only rows
recorded by then. Source of the buckets: the 0 / 1-30 / 31-60 / 61-90 / over 90 of Indian trade
receivables schedules (Schedule III, Companies Act 2013, in coarser form) and of lenders' reports. What was in
dispute on the day stands beside them: it is owed, and late for nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

BUCKETS = ("not_due", "1_30", "31_60", "61_90", "over_90", "disputed")
_UPPER_BOUNDS = ((0, "not_due"), (30, "1_30"), (60, "31_60"), (90, "61_90"))


@dataclass(frozen=True)
class OpenAmount:
    """What is open of a debit item on a day, and how late it is (negative: not due yet)."""

    item_id: UUID
    open_paisa: int
    due_date: date
    days_past_due: int
    disputed_paisa: int = 0

    @property
    def bucket(self) -> str:
        return bucket(self.days_past_due)


def bucket(days_past_due: int) -> str:
    """The ageing bucket of so many days past due."""
    return next((name for bound, name in _UPPER_BOUNDS if days_past_due <= bound), "over_90")


def open_amounts(
    items: Iterable[tuple[UUID, int, date, date]],
    allocations: Iterable[tuple[UUID, UUID, int, date]],
    effective: date,
    disputed: Mapping[UUID, int],
) -> list[OpenAmount]:
    """Debit items open on `effective`.

    Items are (id, signed minor units, document date, due date); allocations are (credit item, debit item,
    minor units, effective date), reversals negative. Rows dated after `effective` do not count. `disputed` says how
    much of which item was in dispute then.
    """
    settled: dict[UUID, int] = {}
    for _, debit_id, amount, on in allocations:
        if on <= effective:
            settled[debit_id] = settled.get(debit_id, 0) + amount
    return [
        OpenAmount(
            item_id,
            amount - settled.get(item_id, 0),
            due,
            (effective - due).days,
            min(amount - settled.get(item_id, 0), disputed.get(item_id, 0)),
        )
        for item_id, amount, dated, due in items
        if amount > 0 and dated <= effective and amount > settled.get(item_id, 0)
    ]


def age(open_items: Iterable[OpenAmount]) -> dict[str, int]:
    """Open minor units per bucket; every bucket is there."""
    totals = dict.fromkeys(BUCKETS, 0)
    for item in open_items:
        totals[item.bucket] += item.open_paisa - item.disputed_paisa
        totals["disputed"] += item.disputed_paisa
    return totals


def days_past_due(open_items: Iterable[OpenAmount]) -> int:
    """Days past due of the oldest item that is open and not disputed whole; 0 when nothing is late."""
    return max(0, *(item.days_past_due for item in open_items if item.open_paisa > item.disputed_paisa), 0)

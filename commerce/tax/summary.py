"""The summary of a bill by HSN, as a return asks for it (GSTR-1, table 12)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal, NamedTuple

from commerce.tax.calculation import Parts

TurnoverBand = Literal["up-to-5-crore", "above-5-crore"]
"""The seller's turnover of the year before, over all its places (Notification 78/2020-Central Tax)."""

HSN_DIGITS: Final[dict[TurnoverBand, int]] = {"up-to-5-crore": 4, "above-5-crore": 6}
"""Since 2021-04-01. Up to five crore they may be left out towards buyers who are not registered."""


class SummedLine(NamedTuple):
    """A line as the summary sees it."""

    hsn: str | None
    unit: str
    quantity: Decimal
    supply: str
    rate: Decimal
    cess_rate: Decimal
    parts: Parts


@dataclass(frozen=True, slots=True)
class HsnRow:
    """What the lines of one HSN, unit, kind of supply and rate add up to."""

    hsn: str | None
    unit: str
    supply: str
    rate: Decimal
    cess_rate: Decimal
    quantity: Decimal
    parts: Parts


def hsn_summary(lines: Iterable[SummedLine], digits: int) -> tuple[HsnRow, ...]:
    """The lines by HSN (cut to the digits that the seller owes), unit, supply and rate, in that order.

    The parts of all rows add up to those of all lines.
    """
    sums: dict[tuple[str | None, str, str, Decimal, Decimal], list[Any]] = {}
    for hsn, unit, quantity, supply, rate, cess_rate, parts in lines:
        key = (hsn and hsn[:digits], unit, supply, rate, cess_rate)
        found = sums.get(key)
        if found is None:
            sums[key] = [quantity, *parts.figures]
            continue
        found[0] += quantity
        for place, figure in enumerate(parts.figures, start=1):
            found[place] += figure
    ordered = sorted(sums.items(), key=lambda item: (item[0][0] or "", *item[0][1:]))
    return tuple(HsnRow(*key, quantity, Parts(*figures)) for key, (quantity, *figures) in ordered)

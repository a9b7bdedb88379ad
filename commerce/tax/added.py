"""The tax on top of a price without it: found when goods are quoted, and from then on a part of their price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from commerce.tax.calculation import HUNDRED, Good, Party, rounded_share, tax_line
from foundation.money import format_quantity


@dataclass(frozen=True)
class Levy:
    """What falls on a good in percent of its value, and whether the rate is parted into halves of one amount."""

    rate: Decimal
    cess: Decimal
    is_halved: bool

    @property
    def percent(self) -> Decimal:
        """All that comes on top."""
        return self.rate + self.cess

    def tax_in(self, amount_paisa: int) -> int:
        """The tax that an amount holds, as an invoice of it takes it out (`parts_of_gross`)."""
        base = HUNDRED + self.percent
        times = 2 if self.is_halved else 1
        levied = times * rounded_share(amount_paisa, self.rate / times, base)
        return levied + rounded_share(amount_paisa, self.cess, base)


@dataclass(frozen=True)
class AddedTax:
    """The tax in a line's price, and the price of its unit before it."""

    levy: Levy
    unit_price: Decimal

    def as_data(self) -> dict[str, Any]:
        """As it is kept with a line."""
        return {
            "rate": format_quantity(self.levy.rate),
            "cess": format_quantity(self.levy.cess),
            "is_halved": self.levy.is_halved,
            "unit_price": format_quantity(self.unit_price),
        }

    @classmethod
    def of_data(cls, told: Mapping[str, Any]) -> AddedTax:
        """What `as_data` told."""
        levy = Levy(Decimal(told["rate"]), Decimal(told["cess"]), told["is_halved"])
        return cls(levy, Decimal(told["unit_price"]))


def levy_on(good: str, told: Mapping[str, Any]) -> Levy | None:
    """What falls on a sale of a good by the facts of both sides; None where nothing does.

    Raises TaxRateUnknown, PlaceOfSupplyUnknown: unknown is not nil, and nothing is quoted on a guess.
    """
    seller, buyer = (
        Party(
            told[f"{side}_country"], told[f"{side}_state"] or None, told[f"{side}_profile"] or "unregistered"
        )
        for side in ("seller", "buyer")
    )
    line = tax_line(
        seller=seller,
        buyer=buyer,
        good=Good(good, told["hsn"], told["tax_class"], told["condition"]),
        amount_paisa=0,
        rate_day=date.fromisoformat(told["day"]),
    )
    levy = Levy(line.rate, line.cess_rate, len(line.trace.get("levied_as", ())) == 2)
    return levy if levy.percent else None

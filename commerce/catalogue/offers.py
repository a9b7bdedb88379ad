"""A vendor's terms as values, and what makes them impossible. Pure: the form and the upload ask the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from commerce.catalogue.models import AVAILABILITY_MODES
from commerce.catalogue.units import DIVISIBLE_UNITS, stock_problem
from foundation.money import format_quantity

TIERS_MAX = 10
LEAD_TIME_DAYS_MAX = 90
ANNOUNCED_DAYS_MAX = 366
UNIT_PRICE_MAX = Decimal(10) ** 9
CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True)
class Tier:
    """The price of a unit from a quantity on."""

    minimum_quantity: Decimal
    unit_price: Decimal


@dataclass(frozen=True)
class OfferRow:
    """A vendor's terms for a product; the offer's unit counts all quantities."""

    unit: str
    unit_price: Decimal
    valid_from: datetime
    minimum_quantity: Decimal = Decimal(1)
    carton_multiple: Decimal = Decimal(1)
    availability: str = "tracked"
    is_listed: bool = True
    lead_time_days: int = 2
    tiers: tuple[Tier, ...] = ()
    valid_until: datetime | None = None
    is_tax_inclusive: bool = True

    def columns(self) -> dict[str, Any]:
        """As the table keeps them."""
        return {
            **vars(self),
            "tiers": [
                {
                    "minimum_quantity": format_quantity(tier.minimum_quantity),
                    "unit_price": format_quantity(tier.unit_price),
                }
                for tier in self.tiers
            ],
        }


def offer_problem(terms: OfferRow, now: datetime, *, base_quantity: Decimal, base_unit: str) -> str | None:
    """What is wrong with terms that are set at `now`, in words; None when they can be.

    One of the offer's unit holds `base_quantity` of the good's `base_unit`.
    """
    for label, value, is_fine in (
        ("price", terms.unit_price, 0 <= terms.unit_price < UNIT_PRICE_MAX),
        ("minimum quantity", terms.minimum_quantity, terms.minimum_quantity > 0),
        ("carton multiple", terms.carton_multiple, terms.carton_multiple > 0),
        ("lead time in days", terms.lead_time_days, 0 <= terms.lead_time_days <= LEAD_TIME_DAYS_MAX),
        ("availability", terms.availability, terms.availability in AVAILABILITY_MODES),
        ("number of tiers", len(terms.tiers), len(terms.tiers) <= TIERS_MAX),
    ):
        if not is_fine:
            return f"{label} {value} is out of bounds"
    if terms.minimum_quantity % terms.carton_multiple:
        return (
            f"a minimum of {format_quantity(terms.minimum_quantity)} {terms.unit} is no multiple of "
            f"{format_quantity(terms.carton_multiple)}"
        )
    counted = (
        terms.minimum_quantity,
        terms.carton_multiple,
        *(tier.minimum_quantity for tier in terms.tiers),
    )
    if terms.unit not in DIVISIBLE_UNITS and any(quantity % 1 for quantity in counted):
        return f"a {terms.unit} has no parts; give whole numbers as minimum, carton multiple and tiers"
    # Whatever may be ordered is then a quantity that stock can hold; a tier only says from where on its price holds.
    for label, quantity in (
        ("minimum", terms.minimum_quantity),
        ("carton multiple", terms.carton_multiple),
    ):
        problem = stock_problem(quantity, terms.unit, base_quantity, base_unit)
        if problem is not None:
            return f"{label}: {problem}"
    return _tier_problem(terms) or _validity_problem(terms, now)


def _tier_problem(terms: OfferRow) -> str | None:
    quantity, price = terms.minimum_quantity, terms.unit_price
    for tier in terms.tiers:
        if tier.minimum_quantity <= quantity:
            return (
                f"the tier from {format_quantity(tier.minimum_quantity)} must begin above "
                f"{format_quantity(quantity)}"
            )
        if not 0 <= tier.unit_price < price:
            return (
                f"the price from {format_quantity(tier.minimum_quantity)} on is {format_quantity(tier.unit_price)}; "
                f"more goods must cost less each, under {format_quantity(price)}"
            )
        quantity, price = tier.minimum_quantity, tier.unit_price
    return None


def _validity_problem(terms: OfferRow, now: datetime) -> str | None:
    if terms.valid_from < now - CLOCK_SKEW:
        begin = f"{terms.valid_from:%Y-%m-%d %H:%M}"
        return f"terms cannot begin in the past ({begin}); leave valid_from out and they begin at once"
    if terms.valid_from > now + timedelta(days=ANNOUNCED_DAYS_MAX):
        return f"terms are announced {ANNOUNCED_DAYS_MAX} days ahead at most, not for {terms.valid_from:%Y-%m-%d}"
    if terms.valid_until is not None and terms.valid_until <= terms.valid_from:
        return (
            f"terms from {terms.valid_from:%Y-%m-%d %H:%M} cannot end at {terms.valid_until:%Y-%m-%d %H:%M}"
        )
    return None

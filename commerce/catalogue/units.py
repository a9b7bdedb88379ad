"""How many base units one unit holds, as a rational, and which quantities survive the way there and back.

Stock is kept in the base unit with three decimals. A quantity that has no exact place there is refused rather
than rounded, so that what is ordered, delivered and returned adds up to the last gram.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

SMALLEST = Fraction(1, 1000)
"""The smallest step of a quantity in any unit: NUMERIC(14,3)."""

_MEASURES = (
    {"g": Fraction(1), "kg": Fraction(1000), "quintal": Fraction(100_000)},
    {"ml": Fraction(1), "l": Fraction(1000)},
    {"piece": Fraction(1), "dozen": Fraction(12)},
)
"""Units whose ratio is the same for every good (a quintal is 100 kg: Legal Metrology Act, India, 2009, and SI)."""


class Inexact(ValueError):
    """A quantity that has no exact place with three decimals."""


def fixed_ratio(unit: str, base_unit: str) -> Fraction | None:
    """Base units in one unit where that is the same for every good, else None."""
    for family in _MEASURES:
        if unit in family and base_unit in family:
            return family[unit] / family[base_unit]
    return None


def complete(base_unit: str, units: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """The units of a good: its base unit, those given, and the fixed ones that stock can hold exactly."""
    known = {unit for family in _MEASURES if base_unit in family for unit in family}
    fixed = {unit: fixed_ratio(unit, base_unit) or Fraction(1) for unit in known}
    exact = {unit: _decimal(ratio) for unit, ratio in fixed.items() if _is_exact(ratio)}
    return {base_unit: Decimal(1), **units, **exact}


def step(base_quantity: Decimal, *, is_divisible: bool) -> Decimal:
    """The quantities of a unit that stock can hold exactly are the whole multiples of this one."""
    smallest = SMALLEST if is_divisible else Fraction(1)
    in_base = smallest * Fraction(base_quantity)
    # The least whole number of smallest steps that is also a whole number of steps of the base unit.
    return _decimal(smallest * (in_base / SMALLEST).denominator)


def to_base(quantity: Decimal, base_quantity: Decimal) -> Decimal:
    """A quantity of a unit in base units. Raises Inexact."""
    return _decimal(Fraction(quantity) * Fraction(base_quantity))


def from_base(in_base: Decimal, base_quantity: Decimal) -> Decimal:
    """A quantity in base units in another unit. Raises Inexact."""
    return _decimal(Fraction(in_base) / Fraction(base_quantity))


def _is_exact(value: Fraction) -> bool:
    return (value / SMALLEST).denominator == 1


def _decimal(value: Fraction) -> Decimal:
    if not _is_exact(value):
        raise Inexact(f"{value} has more than three decimals")
    return Decimal(int(value / SMALLEST)).scaleb(-3).normalize() + Decimal(0)

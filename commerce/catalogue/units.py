"""How many base units one unit holds, as a rational, and which quantities survive the way there and back.

Stock is kept in the base unit with three decimals. A quantity that has no exact place there is refused rather
than rounded, so that what is ordered, delivered and returned adds up to the last gram.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from commerce.catalogue.vocabulary import UNITS
from foundation.money import format_quantity

THOUSANDTH = Decimal("0.001")
"""The smallest step of a quantity in any unit: NUMERIC(14,3)."""
SMALLEST = Fraction(THOUSANDTH)
STOCK_END = Decimal(10) ** 11
"""The first quantity that is too large for NUMERIC(14,3)."""
DIVISIBLE_UNITS = frozenset(unit.code for unit in UNITS if unit.is_divisible)

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


@lru_cache(maxsize=4096)
def step(unit: str, base_quantity: Decimal, base_unit: str) -> Decimal:
    """The quantities of a unit that stock can hold exactly are the whole multiples of this one."""
    smallest = _smallest(unit)
    in_base = smallest * Fraction(base_quantity)
    # The least whole number of smallest steps that is also a whole number of steps of the base unit.
    return _decimal(smallest * (in_base / _smallest(base_unit)).denominator)


@lru_cache(maxsize=4096)
def common_step(first: Decimal, second: Decimal) -> Decimal:
    """The least quantity that is a whole multiple of both."""
    return _decimal(math.lcm(*(int(Fraction(each) / SMALLEST) for each in (first, second))) * SMALLEST)


def stock_problem(quantity: Decimal, unit: str, base_quantity: Decimal, base_unit: str) -> str | None:
    """Why stock that is kept in `base_unit` cannot hold a quantity of a unit, with the way out; None when it can."""
    in_base = quantity * base_quantity  # exact: both have fourteen digits at most
    smallest = Decimal(1) if base_unit not in DIVISIBLE_UNITS else THOUSANDTH
    if in_base < STOCK_END and in_base % smallest == 0:
        return None
    told = f"{format_quantity(quantity)} {unit}"
    if unit != base_unit:
        told += f" ({format_quantity(in_base)} {base_unit})"
    if in_base >= STOCK_END:
        return f"{told} is more than stock can hold; stay under {format_quantity(STOCK_END)} {base_unit}"
    return (
        f"{told} has no place in stock, which counts in steps of {format_quantity(smallest)} {base_unit}; "
        f"use whole multiples of {format_quantity(step(unit, base_quantity, base_unit))} {unit}"
    )


def to_base(quantity: Decimal, base_quantity: Decimal) -> Decimal:
    """A quantity of a unit in base units. Raises Inexact."""
    return _decimal(Fraction(quantity) * Fraction(base_quantity))


def from_base(in_base: Decimal, base_quantity: Decimal) -> Decimal:
    """A quantity in base units in another unit. Raises Inexact."""
    return _decimal(Fraction(in_base) / Fraction(base_quantity))


def _smallest(unit: str) -> Fraction:
    return SMALLEST if unit in DIVISIBLE_UNITS else Fraction(1)


def _is_exact(value: Fraction) -> bool:
    return (value / SMALLEST).denominator == 1


def _decimal(value: Fraction) -> Decimal:
    if not _is_exact(value):
        raise Inexact(f"{value} has more than three decimals")
    return Decimal(int(value / SMALLEST)).scaleb(-3).normalize() + Decimal(0)

"""Money in whole minor units (paisa, penny), how it is rounded, and how amounts and quantities are shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

MINOR_UNITS_PER_MAJOR = 100
AMOUNT_PAISA_MAX = 10**14 - 1
"""The largest amount that a payload, a line or an order may have: 999,999,999,999.99."""
AMOUNT_PATTERN = r"^-?[0-9]{1,12}(\.[0-9]{1,2})?$"
"""How an amount in major units is written; the API's description says the same."""


def line_amount_paisa(unit_price: Decimal, quantity: Decimal) -> int:
    """Price times quantity in minor units, rounded half-even once. `unit_price` is in major units (rupees)."""
    return int((unit_price * quantity * MINOR_UNITS_PER_MAJOR).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def to_paisa(rupees: str) -> int:
    """Exact conversion of a written amount in major units; ValueError when it is not of AMOUNT_PATTERN."""
    # Looked at before anything is counted with it: "1e400000" is a short text and a number to choke on.
    if not re.fullmatch(AMOUNT_PATTERN.removesuffix("$"), rupees):
        raise ValueError(
            f"{rupees[:40]!r} is not an amount; write it like 1234.50, with two decimals and "
            f"{to_rupees(AMOUNT_PAISA_MAX)} at most"
        )
    return int(Decimal(rupees) * MINOR_UNITS_PER_MAJOR)


def to_rupees(paisa: int) -> str:
    """The amount as a decimal string with two places, as the API speaks it: `-5` is `"-0.05"`."""
    return f"{Decimal(paisa) / MINOR_UNITS_PER_MAJOR:.2f}"


def format_quantity(quantity: Decimal) -> str:
    """A quantity or price as people write it: `12`, not `12.000`."""
    return f"{quantity.normalize():f}" if quantity.is_finite() else str(quantity)


def format_amount(paisa: int, currency: str) -> str:
    """The amount as people of the trade read it: `INR 12,34,567.50` (lakh grouping for INR and NPR)."""
    sign = "-" if paisa < 0 else ""
    whole, minor = divmod(abs(paisa), MINOR_UNITS_PER_MAJOR)
    digits = str(whole)
    if currency in ("INR", "NPR") and len(digits) > 3:
        head, tail = digits[:-3], digits[-3:]
        pairs = [head[max(0, end - 2) : end] for end in range(len(head), 0, -2)][::-1]
        grouped = ",".join([*pairs, tail])
    else:
        grouped = f"{whole:,}"
    return f"{sign}{currency} {grouped}.{minor:02d}"


def told(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as they are told outside: `{"limit_paisa": 150}` is `{"limit": "1.50"}`, at any depth."""
    return {name.removesuffix("_paisa"): _told(name, value) for name, value in facts.items()}


def _told(name: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return told(value)
    if isinstance(value, (list, tuple)):
        return [_told(name, inner) for inner in value]
    return to_rupees(value) if name.endswith("_paisa") and isinstance(value, int) else value

"""How values look: rupees by the house's own rule, shares in per cent, counts with separators."""

from __future__ import annotations

from datetime import date

from foundation.money import format_amount

NO_VALUE = "–"


def amount(paisa: float | int | None, currency: str) -> str:
    """An amount in words of the trade: `INR 12,34,567.50`."""
    return NO_VALUE if paisa is None else format_amount(round(paisa), currency)


def share(value: float | None) -> str:
    """A ratio in per cent."""
    return NO_VALUE if value is None else f"{value:.1%}"


def by_unit(unit: str, value: float | int | None, currency: str) -> str:
    """A metric's value as its unit wants it."""
    if unit.startswith("paisa"):
        return amount(value, currency)
    if unit == "ratio":
        return share(value)
    return NO_VALUE if value is None else f"{value:,}"


def quantity(units: float, unit: str) -> str:
    """A forecast quantity, no finer than it is known."""
    return f"{units:,.0f} {unit}" if units >= 10 else f"{units:.1f} {unit}"


def day(value: date | None) -> str:
    """A day, as people write it here."""
    return NO_VALUE if value is None else value.strftime("%-d %b %Y")

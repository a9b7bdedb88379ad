"""The tax of a thousand lines: `sauda bench tax` prints one JSON object.

The lines are of goods with a rate, each of another amount, a third of them between states, as an invoice taxes them.
`ratio` is the best of some turns to the 20 ms wanted: what others do on the machine only ever adds to a turn.
"""

from __future__ import annotations

import time
from datetime import date
from typing import Any, Final

from commerce.tax.calculation import Good, Party, tax_line
from commerce.tax.rates import RateRow, rate_rows

WANTED_MS: Final = 20.0
DAY: Final = date(2025, 10, 1)
SELLER: Final = Party("IN", "07", "regular")
BUYERS: Final = (
    Party("IN", "07", "regular"),
    Party("IN", "07", "unregistered"),
    Party("IN", "29", "regular"),
)


def measure(lines: int = 1_000, turns: int = 20) -> dict[str, Any]:
    """Milliseconds for the tax of so many lines."""
    classes = sorted(
        tax_class
        for (country, tax_class), rows in rate_rows().items()
        if country == "IN" and any(_is_plain(row) for row in rows if row.holds_on(DAY))
    )
    sold = [
        (
            BUYERS[number % 3],
            Good(f"good {number}", "1905", classes[number % len(classes)], None),
            10_000 + 7 * number,
        )
        for number in range(lines)
    ]
    took = []
    for _ in range(turns):
        began = time.perf_counter()
        tax = sum(
            tax_line(seller=SELLER, buyer=buyer, good=good, amount_paisa=amount, rate_day=DAY).parts.tax_paisa
            for buyer, good, amount in sold
        )
        took.append(time.perf_counter() - began)
    best = min(took) * 1000
    return {
        "name": "tax",
        "what": f"ms for the tax of {lines} lines, the best of {turns} turns, to {WANTED_MS:g} ms",
        "ratio": round(best / WANTED_MS, 3),
        "limit": 1.0,
        "best_ms": round(best, 2),
        "first_ms": round(took[0] * 1000, 2),
        "classes": len(classes),
        "tax_paisa": tax,
    }


def _is_plain(row: RateRow) -> bool:
    """Taxed by its amount alone, loose or packed."""
    return row.supply == "taxable" and not (row.condition or row.cess_per_piece or row.needs_retail_price)

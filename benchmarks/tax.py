"""The tax of a thousand lines: `sauda bench tax` prints one JSON object.

Two ways: line by line, as an invoice of a delivery taxes them (goods with a rate, each of another amount, a third of
them between states), and as one bill of a shop (a discount on every fifth line and on the whole, rounded to the
rupee, summed up by HSN, each line with its trace). `ratio` is the bill's best of some turns to the 20 ms wanted: what
others do on the machine only ever adds to a turn.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, Final

from commerce.tax.bill import BillLine, BillTerms, tax_bill
from commerce.tax.calculation import Good, Party, tax_line
from commerce.tax.rates import RateRow, rate_rows
from commerce.tax.timing import SupplyDays

WANTED_MS: Final = 20.0
DAY: Final = date(2025, 10, 1)
SELLER: Final = Party("IN", "07", "regular")
CONSUMER: Final = Party("IN", None, "consumer")
BUYERS: Final = (
    Party("IN", "07", "regular"),
    Party("IN", "07", "unregistered"),
    Party("IN", "29", "regular"),
)


def measure(lines: int = 1_000, turns: int = 20) -> dict[str, Any]:
    """Milliseconds for the tax of so many lines, and of a bill of so many."""
    classes = sorted(
        tax_class
        for (country, tax_class), rows in rate_rows().items()
        if country == "IN" and any(_is_plain(row) for row in rows if row.holds_on(DAY))
    )
    goods = [Good(f"good {number}", "1905", classes[number % len(classes)], None) for number in range(lines)]

    def by_line() -> int:
        return sum(
            tax_line(
                seller=SELLER,
                buyer=BUYERS[number % 3],
                good=good,
                amount_paisa=10_000 + 7 * number,
                rate_day=DAY,
            ).parts.tax_paisa
            for number, good in enumerate(goods)
        )

    sold = [
        BillLine(
            good,
            Decimal(1 + number % 7),
            unit_price=Decimal(1000 + 7 * number) / 100,
            discount_paisa=0 if number % 5 else 100,
        )
        for number, good in enumerate(goods)
    ]
    days, terms = SupplyDays(DAY, DAY), BillTerms(discount_paisa=50_000, rounds_to_rupee=True)

    def as_bill() -> int:
        bill = tax_bill(seller=SELLER, buyer=CONSUMER, lines=sold, days=days, terms=terms)
        return bill.parts.tax_paisa

    line_tax, line_ms, _ = _timed(by_line, turns)
    bill_tax, bill_ms, first_ms = _timed(as_bill, turns)
    return {
        "name": "tax",
        "what": f"ms for a bill of {lines} lines, the best of {turns} turns, to {WANTED_MS:g} ms",
        "ratio": round(bill_ms / WANTED_MS, 3),
        "limit": 1.0,
        "bill_ms": round(bill_ms, 2),
        "bill_first_ms": round(first_ms, 2),
        "lines_ms": round(line_ms, 2),
        "classes": len(classes),
        "tax_paisa": [line_tax, bill_tax],
    }


def _timed(work: Callable[[], int], turns: int) -> tuple[int, float, float]:
    """What it counted, the best turn and the first in milliseconds."""
    took, counted = [], 0
    for _ in range(turns):
        began = time.perf_counter()
        counted = work()
        took.append((time.perf_counter() - began) * 1000)
    return counted, min(took), took[0]


def _is_plain(row: RateRow) -> bool:
    """Taxed by its amount alone, loose or packed."""
    return row.supply == "taxable" and not (row.condition or row.cess_per_piece or row.needs_retail_price)

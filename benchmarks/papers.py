"""The papers of two hundred bills of fifteen lines: `sauda bench papers` prints one JSON object.

Each is drawn as the worker draws it after its bill: A4 with tax, discounts, Hindi names, a summary by HSN, a khata and
a UPI code, every one of another bill. `ratio` is the middle of the processor's times to the 20 ms wanted: nothing is
waited for, and what others do on the machine counts less. The slips of the same bills stand beside them.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from commerce.papers.paper import Balance, BillPaper, Paid, Side, paper_of
from commerce.papers.sheet import sheet_pdf
from commerce.papers.slip import slip_pdf
from commerce.tax.bill import BillLine, BillTerms, tax_bill
from commerce.tax.calculation import Good, Party
from commerce.tax.requirements import Named, PaperFacts
from commerce.tax.timing import SupplyDays
from commerce.tax.upi import upi_link

WANTED_MS: Final = 20.0
DAY: Final = date(2025, 10, 20)
GOODS: Final = (
    Good("Glucose biscuits 100 g", "1905", "biscuits", None),
    Good("Table salt 1 kg", "2501", "salt", None),
    Good("बासमती चावल (खुला)", "1006", "rice", "loose"),
    Good("Sugar", "1701", "sugar", None),
    Good("क्लोज़-अप टूथपेस्ट", "3306", "toothpaste", None),
)


def measure(bills: int = 200, lines: int = 15) -> dict[str, Any]:
    """Milliseconds for the paper of a bill, one after the other in one process."""
    papers = [_paper(number, lines) for number in range(1, bills + 1)]
    _, first_ms = _times([papers[0]], sheet_pdf)[0]
    sheets = _times(papers, sheet_pdf)
    slips = _times(papers, lambda paper: slip_pdf(paper, 80))
    middle = statistics.median(processor for processor, _ in sheets)
    elapsed = sorted(wall for _, wall in sheets)
    return {
        "name": "papers",
        "what": f"processor's ms for the paper of a bill of {lines} lines, the middle of {bills}, to {WANTED_MS:g} ms",
        "ratio": round(middle / WANTED_MS, 3),
        "limit": 1.0,
        "sheet_ms": round(middle, 1),
        "sheet_elapsed_ms": round(statistics.median(elapsed), 1),
        "sheet_elapsed_ms_p95": round(elapsed[int(0.95 * (len(elapsed) - 1))], 1),
        "slip_ms": round(statistics.median(processor for processor, _ in slips), 1),
        "first_elapsed_ms": round(first_ms, 1),
        "bytes": len(sheet_pdf(papers[0])),
    }


def _times(papers: Sequence[BillPaper], drawn: Callable[[BillPaper], bytes]) -> list[tuple[float, float]]:
    """The processor's milliseconds and those that went by, of each paper."""
    took = []
    for paper in papers:
        began, processor = time.perf_counter(), time.process_time()
        drawn(paper)
        took.append(((time.process_time() - processor) * 1000, (time.perf_counter() - began) * 1000))
    return took


def _paper(number: int, lines: int) -> BillPaper:
    sold = [
        BillLine(
            GOODS[(number + place) % len(GOODS)],
            Decimal(1 + (number + place) % 7),
            unit_price=Decimal(1000 + 7 * number + 131 * place) / 100,
            discount_paisa=0 if place % 5 else 100,
        )
        for place in range(lines)
    ]
    seller, buyer = Party("IN", "27", "regular"), Party("IN", "27", "consumer")
    terms = BillTerms(rounds_to_rupee=True)
    bill = tax_bill(seller=seller, buyer=buyer, lines=sold, days=SupplyDays(DAY, DAY), terms=terms)
    told = f"25-26/{number:06d}"
    paper = paper_of(
        bill,
        PaperFacts(told, DAY, Named()),
        seller=Side("Sharma Kirana", "14, Gandhi Nagar", "27", "+919810012345", "27AAPFU0939F1ZV", "regular"),
        buyer=Side("लक्ष्मी देवी", None, "27"),
        fiscal_year="25-26",
        currency="INR",
        issued_at=datetime(2025, 10, 20, 13, 12, number % 60, tzinfo=UTC),
    )
    half = paper.payable_paisa // 2
    owed = paper.payable_paisa - half
    return replace(
        paper,
        payments=[Paid("cash", half)],
        balance=Balance(100 * number, 100 * number + owed),
        upi_link=upi_link(
            address="sharma.stores@okaxis", name="Sharma Kirana", amount_paisa=owed, reference=told
        ),
    )

"""A paper on a roll: 58 or 80 mm wide, as long as it has to be."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Literal

from commerce.papers import wording
from commerce.papers.labels import label
from commerce.papers.paper import BillPaper, PaperLine
from commerce.papers.words import in_words
from commerce.tax.bill import added_up
from commerce.tax.calculation import Parts
from foundation import pdf
from foundation.money import format_quantity

TEMPLATE: Final = Path(__file__).parent / "slip.typ"
Width = Literal[58, 80]
# Printers of 58 mm print 48 of them, those of 80 mm print 72.
_FORMS: Final[dict[int, dict[str, float]]] = {
    58: {"margin": 5, "size": 7.5, "qr_width": 30},
    80: {"margin": 4, "size": 9, "qr_width": 36},
}


def slip_pdf(paper: BillPaper, width: Width) -> bytes:
    """The paper as one page of the roll's width; the same paper gives the same file."""
    return pdf.render(TEMPLATE, wording.broken(facts_of(paper, width)), made_at=paper.issued_at)


def facts_of(paper: BillPaper, width: Width) -> dict[str, Any]:
    """All that stands on a slip, as texts in their order."""
    language, buyer = paper.language, paper.buyer
    title, title_local = wording.titles(paper)
    return {
        "width": width,
        **_FORMS[width],
        "language": language,
        "title": title,
        "title_local": title_local,
        "number": paper.number,
        "marking": wording.marking(paper),
        "cancelled": wording.cancelled(paper),
        "cancelled_mark": label("cancelled", language),
        "remark": paper.remark,
        "shop": {
            "name": paper.seller.name,
            "lines": wording.side_lines(paper.seller, paper.country, language),
        },
        "buyer": {
            "name": None if buyer is None else buyer.name,
            "lines": [] if buyer is None else wording.side_lines(buyer, paper.country, language),
        },
        "facts": wording.shown(wording.facts(paper)),
        "goods": [_good(paper, line) for line in paper.lines],
        "totals": wording.shown(wording.totals(paper)),
        "words": in_words(paper.payable_paisa, language),
        "taxes": _taxes(paper),
        "notes": wording.notes(paper),
        "payments": wording.shown(wording.payments(paper)),
        "khata": wording.shown(wording.khata(paper)),
        "qr": wording.qr_svg(paper.upi_link),
        "qr_label": f"{label('scan_to_pay', language)} (UPI)",
        "thanks": label("thanks", language),
    }


def _good(paper: BillPaper, line: PaperLine) -> dict[str, Any]:
    language = paper.language
    count = f"{format_quantity(line.quantity)} {line.unit}"
    if line.unit_price is not None:
        count += f" × {wording.price(line.unit_price)}"
    facts = [f"{label('mrp', language)} {wording.price(line.mrp)}"] if line.mrp is not None else []
    if line.hsn and paper.country == "IN":
        facts.append(f"{label('hsn', language)} {line.hsn}")
    off = [[label("discount", language), wording.plain(-line.discount_paisa)]] if line.discount_paisa else []
    return {
        "name": wording.goods_name(line.name, line.supply, paper),
        "count": count,
        "amount": wording.plain(line.before_discount_paisa),
        "more": [*off, *([[", ".join(facts), ""]] if facts else [])],
    }


def _taxes(paper: BillPaper) -> list[list[str]]:
    """The taxes by rate: what they are on, and how much each is."""
    if not paper.shows_tax:
        return []
    by_rate: defaultdict[tuple[Decimal, Decimal], list[Parts]] = defaultdict(list)
    for line in paper.lines:
        if line.supply == "taxable":
            by_rate[line.rate, line.cess_rate].append(line.parts)
    rows = []
    for (rate, cess), parts in sorted(by_rate.items()):
        whole = added_up(parts)
        each = " + ".join(
            f"{name} {wording.plain(wording.tax_paisa(whole, field))}"
            for field, name in wording.taxes_of(paper)
            if wording.tax_paisa(whole, field)
        )
        rows.append([f"{wording.rate(rate, cess)} % / {wording.plain(whole.taxable_paisa)}", each])
    return rows

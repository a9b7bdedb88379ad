"""A paper on A4, in green."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any, Final

from commerce.papers import wording
from commerce.papers.labels import label
from commerce.papers.paper import BillPaper, PaperLine
from commerce.papers.words import in_words
from foundation import pdf
from foundation.money import format_quantity

TEMPLATE: Final = Path(__file__).parent / "sheet.typ"
LINE_SIZE: Final = 8.0  # as in sheet.typ
SUMMARY_SIZE: Final = 7.5
LETTER_MM: Final = 0.572 * 25.4 / 72
"""The width of a digit of Noto Sans by the point."""
BOLD: Final = 1.12
GAP_MM: Final = 2.6
SHARE_OF_MARK: Final = {"Mn": 0.0, "Mc": 0.5, "Zs": 0.5}


def sheet_pdf(paper: BillPaper) -> bytes:
    """The paper as a PDF of A4 pages; the same paper gives the same file."""
    return pdf.render(TEMPLATE, wording.broken(_data(paper)), made_at=paper.issued_at)


def _data(paper: BillPaper) -> dict[str, Any]:
    language = paper.language
    title, title_local = wording.titles(paper)
    buyer = paper.buyer
    return {
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
            "label": label("sold_to", language),
            "name": label("counter_sale", language) if buyer is None else buyer.name,
            "lines": [] if buyer is None else wording.side_lines(buyer, paper.country, language),
        },
        "facts": wording.shown(wording.facts(paper)),
        "lines": _lines(paper),
        "totals": wording.shown(wording.totals(paper)),
        "words": [label("in_words", language), in_words(paper.payable_paisa, language)],
        "notes": wording.notes(paper),
        "payments": wording.shown(wording.payments(paper)),
        "khata": wording.shown(wording.khata(paper)),
        "qr": wording.qr_svg(paper.upi_link),
        "qr_label": label("scan_to_pay", language),
        "summary": _summary(paper) if paper.shows_tax and paper.country == "IN" else None,
        "summary_title": label("hsn_summary", language),
        "for_shop": f"{label('for_shop', language)} {paper.seller.name}",
        "signatory": label("signatory", language),
        "page": label("page", language),
        "reference": paper.reference,
    }


def _lines(paper: BillPaper) -> dict[str, Any]:
    language, taxes = paper.language, wording.taxes_of(paper)
    has_hsn = paper.country == "IN" and any(line.hsn for line in paper.lines)
    has_discount = bool(paper.discount_paisa)
    columns = [
        ("line_no", True),
        ("goods", True),
        ("hsn", has_hsn),
        ("quantity", True),
        ("price", any(line.unit_price is not None for line in paper.lines)),
        ("discount", has_discount),
        ("taxable", paper.shows_tax),
        ("rate", paper.shows_tax),
    ]
    shown = [name for name, is_there in columns if is_there]
    rows = []
    for place, line in enumerate(paper.lines, start=1):
        cells = _cells(paper, line, place)
        rows.append(
            [
                *(cells[name] for name in shown),
                *(wording.plain(wording.tax_paisa(line.parts, field)) for field, _ in taxes),
                wording.plain(line.total_paisa),
            ]
        )
    titles = [
        *(label(name, language) for name in shown),
        *(name for _, name in taxes),
        label("amount", language),
    ]
    return _grid(titles, rows, wide=1, left=[0, 1, 2] if has_hsn else [0, 1], size=LINE_SIZE)


def _cells(paper: BillPaper, line: PaperLine, place: int) -> dict[str, Any]:
    small = [] if line.mrp is None else [f"{label('mrp', paper.language)} {wording.price(line.mrp)}"]
    return {
        "line_no": str(place),
        "goods": [wording.goods_name(line.name, line.supply, paper), *small],
        "hsn": line.hsn or "",
        "quantity": f"{format_quantity(line.quantity)}\N{NO-BREAK SPACE}{line.unit}",
        "price": "" if line.unit_price is None else wording.price(line.unit_price),
        "discount": wording.plain(line.discount_paisa) if line.discount_paisa else "",
        "taxable": wording.plain(line.parts.taxable_paisa),
        "rate": wording.rate(line.rate, line.cess_rate) if line.supply == "taxable" else "0",
    }


def _summary(paper: BillPaper) -> dict[str, Any]:
    language, taxes = paper.language, wording.taxes_of(paper)
    rows = []
    for row in paper.summary:
        supply = "taxable_supply" if row.supply == "taxable" else row.supply
        rows.append(
            [
                row.hsn or "",
                label(supply, language),
                f"{format_quantity(row.quantity)}\N{NO-BREAK SPACE}{row.unit}",
                wording.plain(row.parts.taxable_paisa),
                wording.rate(row.rate, row.cess_rate),
                *(wording.plain(wording.tax_paisa(row.parts, field)) for field, _ in taxes),
                wording.plain(row.parts.total_paisa),
            ]
        )
    titles = [
        *(label(name, language) for name in ("hsn", "supply", "quantity", "taxable", "rate")),
        *(name for _, name in taxes),
        label("amount", language),
    ]
    return _grid(titles, rows, wide=1, left=[0, 1], size=SUMMARY_SIZE)


def _grid(
    titles: list[str], rows: list[list[Any]], *, wide: int, left: list[int], size: float
) -> dict[str, Any]:
    """Cells with the widths of their columns in millimetres; the column `wide` takes what is left."""
    letter = size * LETTER_MM
    widths = [
        0.0
        if place == wide
        else round(max(_letters(title) * BOLD, *(_letters(row[place]) for row in rows)) * letter + GAP_MM, 2)
        for place, title in enumerate(titles)
    ]
    return {"titles": titles, "rows": rows, "wide": wide, "left": left, "widths": widths}


def _letters(text: str) -> float:
    """How many digits wide a text is, at most: marks of Devanagari stand above, below or within a letter."""
    return sum(SHARE_OF_MARK.get(unicodedata.category(letter), 1.0) for letter in text)

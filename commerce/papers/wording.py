"""How what stands on a paper is written: amounts, titles, sides, facts, totals; the same on sheets and slips."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

import segno

from commerce.papers.labels import is_known, label
from commerce.papers.paper import TAXES, BillPaper, Side
from commerce.parties.vocabulary import COUNTRIES
from commerce.tax.bikram import bikram_date
from commerce.tax.calculation import Parts, state_tax_name
from commerce.tax.errors import BikramYearUnpublished
from foundation.money import format_amount, format_quantity

WHOLE: Final = ("qr", "reference", "number", "title")
PIECE: Final = 8
LONG_WORD: Final = re.compile(r"\S{18,}")
"""A tax number of fifteen letters and digits stays whole."""
ZERO_WIDTH_SPACE: Final = "\u200b"
SIGNS: Final = {"INR": "₹", "NPR": "Rs."}
_MINUS: Final = "\N{MINUS SIGN}"


def plain(paisa: int) -> str:
    """An amount without its currency, grouped by lakhs and crores: `1,23,456.00`."""
    return format_amount(abs(paisa), "INR").removeprefix("INR ") if paisa >= 0 else f"{_MINUS}{plain(-paisa)}"


def money(paisa: int, currency: str, language: str = "en") -> str:
    """An amount with the sign of its currency: `₹ 1,260.00`."""
    sign = SIGNS.get(currency, currency)
    if currency == "NPR" and language != "en":
        sign = "रु."
    return f"{sign}\N{NO-BREAK SPACE}{plain(paisa)}"


def price(value: Decimal) -> str:
    """A price by the unit: with two decimals, and more only where it has them."""
    return f"{value:,.2f}" if value == round(value, 2) else format_quantity(value)


def titles(paper: BillPaper) -> tuple[str, str | None]:
    """The title, and in the country's or the reader's own script beside it."""
    other = "ne" if paper.country == "NP" else "hi" if paper.language == "hi" else None
    title = label(paper.kind, "en")
    return title, None if other is None else label(paper.kind, other)


def marking(paper: BillPaper) -> str | None:
    """Which of its copies a paper is, where that has to stand on it."""
    if paper.copy_no is None:
        return label("copy_of_original", "en")
    if paper.copy_no:
        return f"{label('copy_of_original', 'en')} ({paper.copy_no})"
    return (
        "Original for recipient"
        if paper.country == "IN" and paper.kind in ("tax_invoice", "invoice_cum_bill_of_supply")
        else None
    )


def place_name(country: str, state: str | None) -> str | None:
    """A state with its code as papers of India name it; a province by its name."""
    if state is None:
        return None
    known = COUNTRIES.get(country)
    name = known.states.get(state, state) if known else state
    return f"{name} ({state})" if country == "IN" and name != state else name


def number_label(side: Side, country: str) -> str:
    """How the tax number of a side is called."""
    if country == "IN":
        return "GSTIN"
    return "PAN / VAT No." if side.profile == "vat" else "PAN"


def side_lines(side: Side, country: str, language: str) -> list[str]:
    """Address, phone and tax number of a side, a line each."""
    place = ", ".join(filter(None, (side.address, place_name(country, side.state))))
    return [
        *filter(None, (place,)),
        *([f"{label('phone', language)} {side.phone}"] if side.phone else []),
        *([f"{number_label(side, country)} {side.number}"] if side.number else []),
    ]


def facts(paper: BillPaper) -> list[tuple[str, str]]:
    """Labels and values of the head."""
    said, language = [], paper.language
    said.append((label("number", language), paper.number))
    said.append((label("date", language), f"{paper.day:%d-%m-%Y}"))
    if bikram := bikram_day(paper):
        said.append((label("date_bs", language), bikram))
    said.append((label("time", language), f"{paper.issued_at:%H:%M}"))
    said.append((label("fiscal_year", language), paper.fiscal_year))
    if paper.country == "IN" and paper.place_of_supply is not None:
        said.append((label("place_of_supply", language), place_name("IN", paper.place_of_supply) or ""))
        said.append((label("reverse_charge", language), label("no", language)))
    if paper.originals:
        against = ", ".join(f"{number} ({day:%d-%m-%Y})" for number, day in paper.originals)
        said.append((label("gives_back", language), against))
    if paper.reason:
        said.append((label("reason", language), paper.reason))
    return said


def bikram_day(paper: BillPaper) -> str | None:
    """The day in Bikram Sambat on papers of Nepal, where its year was published."""
    if paper.country != "NP":
        return None
    try:
        return str(bikram_date(paper.day))
    except BikramYearUnpublished:
        # A paper that has to show it is refused before it is written; an old one is printed as it is.
        return None


def taxes_of(paper: BillPaper) -> list[tuple[str, str]]:
    """The taxes that stand on a paper: field of the parts, and what it is called there."""
    names = {name: name.upper() for name in TAXES} | {"sgst": state_tax_name(paper.place_of_supply)}
    parts = paper.parts
    return [(name, names[name]) for name in TAXES if tax_paisa(parts, name)] if paper.shows_tax else []


def tax_paisa(parts: Parts, name: str) -> int:
    """One of the taxes of parts."""
    return int(getattr(parts, f"{name}_paisa"))


def rate(percent: Decimal, cess: Decimal) -> str:
    """A rate in percent, with that of the cess after it."""
    return format_quantity(percent) + (f" + {format_quantity(cess)}" if cess else "")


def goods_name(name: str, supply: str, paper: BillPaper) -> str:
    """A good, with the kind of its supply where no tax falls on it beside others that are taxed."""
    is_apart = paper.shows_tax and supply in ("nil", "exempt", "non_gst")
    return f"{name} ({label(supply, paper.language)})" if is_apart else name


def totals(paper: BillPaper) -> list[tuple[str, str]]:
    """From the sum of the lines down to what is owed, which is the last."""
    language, parts = paper.language, paper.parts
    said: list[tuple[str, str]] = []
    if paper.discount_paisa or (paper.round_off_paisa and not paper.shows_tax):
        before = sum(line.before_discount_paisa for line in paper.lines)
        said.append((label("subtotal", language), plain(before)))
    if paper.discount_paisa:
        said.append((label("discount", language), plain(-paper.discount_paisa)))
    if paper.shows_tax:
        said.append((label("taxable_value", language), plain(parts.taxable_paisa)))
        free = sum(line.parts.taxable_paisa for line in paper.lines if line.supply != "taxable")
        if free:
            said.append((label("exempt_value", language), plain(free)))
        said += [(name, plain(tax_paisa(parts, field))) for field, name in taxes_of(paper)]
    if paper.round_off_paisa:
        said.append((label("round_off", language), plain(paper.round_off_paisa)))
    last = label("given_back" if paper.kind == "credit_note" else "total", language)
    said.append((last, money(paper.payable_paisa, paper.currency, language)))
    return said


def payments(paper: BillPaper) -> list[tuple[str, str]]:
    """What was taken, and what went on the khata."""
    said = []
    for paid in paper.payments:
        key = "given_back" if paper.kind == "credit_note" else f"paid_{paid.mode}"
        word = label(key if is_known(key) else "paid", paper.language)
        said.append((f"{word} ({paid.reference})" if paid.reference else word, plain(paid.amount_paisa)))
    rest = paper.payable_paisa - paper.paid_paisa
    if rest > 0 and paper.balance is not None and paper.kind != "credit_note":
        said.append((label("on_credit", paper.language), plain(rest)))
    return said


def khata(paper: BillPaper) -> list[tuple[str, str]]:
    """What the customer owed before and owes now."""
    if paper.balance is None:
        return []
    found = []
    for when, paisa in (("before", paper.balance.before_paisa), ("after", paper.balance.after_paisa)):
        word = label(f"{'advance' if paisa < 0 else 'balance'}_{when}", paper.language)
        found.append((word, money(abs(paisa), paper.currency, paper.language)))
    return found


def notes(paper: BillPaper) -> list[str]:
    """Sentences about the prices and the tax."""
    said = []
    if paper.shows_tax or paper.kind == "abbreviated_tax_invoice":
        said.append(label("holds_tax" if paper.holds_tax else "tax_on_top", paper.language))
    if paper.kind == "abbreviated_tax_invoice":
        said.append(label("no_input_tax", paper.language))
    return said


def cancelled(paper: BillPaper) -> str | None:
    """When and why a paper was cancelled."""
    if paper.cancelled_on is None:
        return None
    told = f"{label('cancelled_on', paper.language)} {paper.cancelled_on:%d-%m-%Y}"
    return f"{told}: {paper.cancel_reason}" if paper.cancel_reason else told


def qr_svg(link: str | None) -> str | None:
    """The QR code of a link, as a picture of lines."""
    if link is None:
        return None
    target = io.BytesIO()
    # Which of the eight masks is taken stands in the code; trying them all takes four times as long.
    code = segno.make(link, error="m", micro=False, mask=3)
    code.save(target, kind="svg", border=2, xmldecl=False, svgns=True)
    return target.getvalue().decode()


def broken(said: Any) -> Any:
    """The same with places inside long words where a line may end, so that none runs over what is beside it."""
    if isinstance(said, dict):
        return {name: value if name in WHOLE else broken(value) for name, value in said.items()}
    if isinstance(said, list):
        return [broken(each) for each in said]
    return LONG_WORD.sub(_with_breaks, said) if isinstance(said, str) else said


def _with_breaks(word: re.Match[str]) -> str:
    pieces, piece = [], ""
    for letter in word[0]:
        # Not before a mark, nor within letters that are joined by one.
        is_joined = (
            unicodedata.category(letter)[0] == "M" or unicodedata.category(piece[-1:] or "a")[0] == "M"
        )
        if len(piece) >= PIECE and not is_joined:
            pieces.append(piece)
            piece = ""
        piece += letter
    return ZERO_WIDTH_SPACE.join([*pieces, piece])


def shown(rows: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Pairs as the templates read them."""
    return [list(row) for row in rows]

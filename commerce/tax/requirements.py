"""What a paper must show by law, as a question about facts: what is missing, why, and how to go on."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from stdnum.exceptions import ValidationError
from stdnum.in_ import gstin as gstins

from commerce.parties.vocabulary import NEPALI_PAN
from commerce.tax.bikram import bikram_date
from commerce.tax.bill import ABBREVIATED_MAX_PAISA, TaxedBill
from commerce.tax.errors import BikramYearUnpublished
from commerce.tax.summary import HSN_DIGITS, TurnoverBand
from commerce.tax.vocabulary import REGISTERED

NUMBER: Final = re.compile("[A-Za-z0-9/-]{1,16}")
"""CGST Rule 46(b)."""
NAMED_FROM_PAISA: Final = 50_000_00
"""From here on the paper names a buyer who is not registered, with address and state (Rule 46(e))."""
COMPOSITION_WORDS: Final = "Composition taxable person, not eligible to collect tax on supplies"
"""At the top of a composition dealer's bill of supply (CGST Rule 5(1)(f))."""
E_INVOICES: Final = ((date(2023, 8, 1), 5 * 10**7),)
"""From which day and above which turnover in rupees a B2B invoice is registered (Notification 10/2023-CT)."""

TITLES: Final = {
    "tax_invoice": "Tax Invoice",
    "bill_of_supply": "Bill of Supply",
    "invoice_cum_bill_of_supply": "Invoice-cum-Bill of Supply",
    "consolidated_invoice": "Consolidated Tax Invoice",
    "bill": "Bill",
    "pan_bill": "Bill",
    "abbreviated_tax_invoice": "Abbreviated Tax Invoice",
    "credit_note": "Credit Note",
}
TITLES_NEPALI: Final = {
    "tax_invoice": "कर बीजक",
    "abbreviated_tax_invoice": "संक्षिप्त कर बीजक",
    "pan_bill": "बिल",
    "bill": "बिल",
    "credit_note": "क्रेडिट नोट",
}


@dataclass(frozen=True, slots=True)
class Named:
    """A side of the paper as it is written there."""

    name: str | None = None
    address: str | None = None
    state: str | None = None
    number: str | None = None
    """GSTIN, or in Nepal the PAN."""


@dataclass(frozen=True, slots=True)
class PaperFacts:
    """What stands on the paper beside the figures."""

    number: str | None
    day: date
    seller: Named
    buyer: Named = Named()
    turnover: TurnoverBand = "up-to-5-crore"
    remark: str | None = None
    original: tuple[str, date] | None = None
    """Of a credit note: number and day of the paper that it gives back of."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that the law asks for and the paper has not."""

    field: str
    rule: str
    way_out: str
    line_no: int | None = None


def e_invoice_due(bill: TaxedBill, turnover_rupees: int) -> bool:
    """Whether the invoice has to be registered before it is valid: B2B, of a seller above the turnover of its day.

    `turnover_rupees` is the largest of any fiscal year since 2017-18 (CGST Rule 48(4)).
    """
    limit = next((most for since, most in reversed(E_INVOICES) if bill.days.invoiced >= since), None)
    return (
        limit is not None
        and turnover_rupees > limit
        and bill.seller.profile == "regular"
        and bill.kind == "tax_invoice"
        and bill.buyer.profile in REGISTERED
    )


def missing_on(bill: TaxedBill, facts: PaperFacts) -> tuple[Missing, ...]:
    """What the paper lacks by the law of its country and kind; nothing where it may be given out."""
    found: list[Missing] = []
    for check in _CHECKS.get(bill.seller.country, ()):
        found += check(bill, facts)
    return tuple(found)


def _india_seller(bill: TaxedBill, facts: PaperFacts) -> Sequence[Missing]:
    if bill.seller.profile not in ("regular", "composition"):
        return ()
    rule = "CGST Rule 49(a)" if bill.kind == "bill_of_supply" else "CGST Rule 46(a)"
    return _told(
        (facts.seller.name, "seller.name", rule, "write the shop's legal name in its profile"),
        (facts.seller.address, "seller.address", rule, "write the shop's address in its profile"),
        (
            _valid_gstin(facts.seller.number),
            "seller.number",
            rule,
            "state the GSTIN with its check digit in the tax profile",
        ),
    )


def _india_number(bill: TaxedBill, facts: PaperFacts) -> Sequence[Missing]:
    if bill.seller.profile not in ("regular", "composition"):
        return ()
    return _told(
        (
            facts.number and NUMBER.fullmatch(facts.number),
            "number",
            "CGST Rule 46(b)",
            "give at most 16 of letters, digits, - and /, consecutive in its series and fiscal year",
        ),
    )


def _india_buyer(bill: TaxedBill, facts: PaperFacts) -> Sequence[Missing]:
    if bill.seller.profile not in ("regular", "composition"):
        return ()
    buyer = facts.buyer
    if bill.buyer.profile in REGISTERED:
        return _told(
            (buyer.name, "buyer.name", "CGST Rule 46(d)", "ask the buyer for its name"),
            (buyer.address, "buyer.address", "CGST Rule 46(d)", "ask the buyer for its address"),
            (
                _valid_gstin(buyer.number),
                "buyer.number",
                "CGST Rule 46(d)",
                "ask the buyer for its GSTIN and write all 15 characters",
            ),
        )
    if bill.kind == "consolidated_invoice" or bill.total_paisa < NAMED_FROM_PAISA:
        return ()
    rule = "CGST Rule 46(e): a buyer of goods for 50,000 rupees or more is named"
    return _told(
        (buyer.name, "buyer.name", rule, "ask the buyer for its name"),
        (buyer.address, "buyer.address", rule, "ask for the address, also that of delivery"),
        (buyer.state or bill.buyer.state, "buyer.state", rule, "ask for the state, and write its code too"),
    )


def _india_lines(bill: TaxedBill, facts: PaperFacts) -> Sequence[Missing]:
    if bill.seller.profile not in ("regular", "composition"):
        return ()
    if facts.turnover == "up-to-5-crore" and bill.buyer.profile not in REGISTERED:
        return ()
    digits = HSN_DIGITS[facts.turnover]
    rule = "49(e)" if bill.kind == "bill_of_supply" else "46(g)"
    return [
        Missing(
            "hsn",
            f"CGST Rule {rule} with Notification 78/2020: {digits} digits",
            f"state the HSN of {line.said.good.name} with {digits} digits or more on the product",
            line.line_no,
        )
        for line in bill.lines
        if len(line.taxed.hsn or "") < digits
    ]


def _india_words(bill: TaxedBill, facts: PaperFacts) -> Sequence[Missing]:
    if bill.seller.profile != "composition":
        return ()
    return _told(
        (
            COMPOSITION_WORDS.casefold() in (facts.remark or "").casefold(),
            "remark",
            "CGST Rule 5(1)(f)",
            f"write at the top: {COMPOSITION_WORDS}",
        ),
    )


def _original(bill: TaxedBill, facts: PaperFacts) -> Sequence[Missing]:
    if bill.kind != "credit_note" or bill.seller.profile in ("unregistered", "foreign"):
        return ()
    rule = "CGST Rule 53(1A)" if bill.seller.country == "IN" else "VAT Rules 2053, 20"
    return _told((facts.original, "original", rule, "name number and day of the paper that it gives back of"))


def _nepal_seller(bill: TaxedBill, facts: PaperFacts) -> Sequence[Missing]:
    if bill.seller.profile not in ("pan", "vat"):
        return ()
    rule = (
        "VAT Rules 2053, 17 and schedule 5" if bill.seller.profile == "vat" else "Income Tax Act 2058, s. 78"
    )
    return _told(
        (facts.seller.name, "seller.name", rule, "write the shop's name in its profile"),
        (facts.seller.address, "seller.address", rule, "write the shop's address in its profile"),
        (
            facts.seller.number and NEPALI_PAN.fullmatch(facts.seller.number),
            "seller.number",
            rule,
            "state the PAN of nine digits in the tax profile",
        ),
        (facts.number, "number", rule, "give the bill its number"),
    )


def _nepal_day(bill: TaxedBill, facts: PaperFacts) -> Sequence[Missing]:
    if bill.seller.profile not in ("pan", "vat"):
        return ()
    try:
        bikram_date(facts.day)
    except BikramYearUnpublished as unpublished:
        return [Missing("day", "dates in Bikram Sambat", unpublished.message)]
    return ()


def _nepal_buyer(bill: TaxedBill, facts: PaperFacts) -> Sequence[Missing]:
    if bill.kind == "abbreviated_tax_invoice":
        if bill.total_paisa <= ABBREVIATED_MAX_PAISA:
            return ()
        return [
            Missing(
                "kind", "VAT Rules 2053, 18(6)", "above 10,000 rupees a full tax invoice is due: give one"
            )
        ]
    if bill.seller.profile != "vat":
        return ()
    rule = "VAT Rules 2053, 17 and schedule 5"
    named = [
        (facts.buyer.name, "buyer.name", rule, "ask for a name, or get leave for abbreviated tax invoices")
    ]
    if bill.buyer.profile in ("vat", "pan"):
        named += [
            (facts.buyer.address, "buyer.address", rule, "ask the buyer for its address"),
            (
                facts.buyer.number if NEPALI_PAN.fullmatch(facts.buyer.number or "") else None,
                "buyer.number",
                rule,
                "ask the buyer for its PAN of nine digits",
            ),
        ]
    return _told(*named)


Check = Callable[[TaxedBill, PaperFacts], Sequence[Missing]]
_CHECKS: Final[dict[str, tuple[Check, ...]]] = {
    "IN": (_india_seller, _india_number, _india_buyer, _india_lines, _india_words, _original),
    "NP": (_nepal_seller, _nepal_day, _nepal_buyer, _original),
}


def _told(*wanted: tuple[object, str, str, str]) -> list[Missing]:
    return [Missing(field, rule, way_out) for value, field, rule, way_out in wanted if not value]


def _valid_gstin(number: str | None) -> bool:
    try:
        return bool(gstins.validate(number or ""))
    except ValidationError:
        return False

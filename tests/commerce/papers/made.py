"""Papers of bills that were taxed by the real functions, for looking at and reading back."""

from __future__ import annotations

import io
import re
import unicodedata
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from pypdf import PdfReader

from commerce.papers.paper import BillPaper, Side, paper_of
from commerce.tax.bill import BillLine, BillTerms, tax_bill
from commerce.tax.calculation import Good, Party
from commerce.tax.giving_back import credit_note
from commerce.tax.requirements import Named, PaperFacts
from commerce.tax.timing import SupplyDays

DAY = date(2025, 10, 20)
GSTIN, BUYERS_GSTIN, PAN = "27AAPFU0939F1ZV", "29AAGCB7383J1Z4", "301234567"
SHELF = (
    (Good("Glucose biscuits 100 g", "1905", "biscuits", None), "packet", "10", None),
    (Good("Table salt 1 kg", "2501", "salt", None), "packet", "28", "28"),
    (Good("बासमती चावल (खुला)", "1006", "rice", "loose"), "kg", "92.50", None),
    (Good("Sugar", "1701", "sugar", None), "kg", "46", None),
    (Good("क्लोज़-अप टूथपेस्ट", "3306", "toothpaste", None), "piece", "115", "120"),
)


def goods(count: int, *, discount_paisa: int = 0) -> list[BillLine]:
    """So many lines off the shelf, in turn."""
    return [
        BillLine(
            good,
            Decimal(1 + place % 4),
            unit,
            unit_price=Decimal(price),
            discount_paisa=discount_paisa,
            retail_price=None if mrp is None else Decimal(mrp),
        )
        for place in range(count)
        for good, unit, price, mrp in [SHELF[place % len(SHELF)]]
    ]


def facts_of(
    seller: str, buyer: str | None, *, country: str = "IN", original: tuple[str, date] | None = None
) -> PaperFacts:
    """What stands on the paper, as the law is asked about it."""
    number = None if seller == "unregistered" else GSTIN if country == "IN" else PAN
    is_business = buyer in ("regular", "vat")
    return PaperFacts(
        number="25-26/000123" if country == "IN" else "82-83/000123",
        day=DAY,
        seller=Named("Sharma Kirana", "14, Gandhi Nagar", "27" if country == "IN" else "NP-P6", number),
        buyer=Named(
            "Krishna Hotels" if is_business else "लक्ष्मी देवी",
            "17 MG Road" if is_business else None,
            None,
            (BUYERS_GSTIN if country == "IN" else "609876543") if is_business else None,
        ),
        original=original,
    )


def paper(
    *,
    seller: str = "regular",
    buyer: str = "consumer",
    country: str = "IN",
    buyer_state: str | None = None,
    lines: int = 5,
    only: tuple[int, ...] | None = None,
    language: str = "en",
    terms: BillTerms = BillTerms(rounds_to_rupee=True),
    discount_paisa: int = 0,
    is_credit_note: bool = False,
) -> tuple[BillPaper, PaperFacts, object]:
    """The paper of a bill, the facts on it, and the bill."""
    state = "27" if country == "IN" else "NP-P6"
    sold = goods(lines, discount_paisa=discount_paisa)
    bill = tax_bill(
        seller=Party(country, state, seller),
        buyer=Party(country, buyer_state or state, buyer),
        lines=[sold[place] for place in only] if only else sold,
        days=SupplyDays(DAY, DAY),
        terms=terms,
    )
    facts = facts_of(seller, buyer, country=country)
    if is_credit_note:
        bill = credit_note(bill, {1: (Decimal(0), Decimal(1))})
        facts = replace(facts, number="CN/25-26/000007", original=(facts.number or "", DAY))
    told = facts.seller
    made = paper_of(
        bill,
        facts,
        seller=Side(told.name or "", told.address, told.state, "+919876543210", told.number, seller),
        buyer=Side(
            facts.buyer.name or "", facts.buyer.address, bill.buyer.state, None, facts.buyer.number, buyer
        ),
        fiscal_year="25-26" if country == "IN" else "82-83",
        currency="INR" if country == "IN" else "NPR",
        issued_at=datetime(2025, 10, 20, 18, 42, tzinfo=ZoneInfo("Asia/Kolkata")),
        language=language,
    )
    remark = made.remark
    return made, replace(facts, remark=remark), bill


def read_back(pdf: bytes) -> list[str]:
    """The text of each page, with single spaces."""
    return [re.sub(r"\s+", " ", page.extract_text()) for page in PdfReader(io.BytesIO(pdf)).pages]


def letters(text: str) -> str:
    """The letters without their marks, which a PDF's own text loses or moves: enough to tell words apart."""
    return "".join(letter for letter in text if unicodedata.category(letter)[0] in "LN")

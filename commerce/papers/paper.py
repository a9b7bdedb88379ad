"""What a paper shows, as plain values: made from a taxed bill or from rows, rendered by `sheet` and `slip`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from commerce.tax.bill import TaxedBill, added_up
from commerce.tax.calculation import Parts
from commerce.tax.requirements import COMPOSITION_WORDS, PaperFacts
from commerce.tax.summary import HSN_DIGITS, HsnRow, SummedLine, TurnoverBand, hsn_summary

WITHOUT_TAX: Final = ("bill", "pan_bill", "bill_of_supply", "abbreviated_tax_invoice")
"""Kinds that show no tax, because none is charged or because it is in the prices alone."""
TAXES: Final = ("cgst", "sgst", "igst", "cess", "vat")


@dataclass(frozen=True, slots=True)
class Side:
    """Who sold or who bought, as the paper writes it."""

    name: str
    address: str | None = None
    state: str | None = None
    """Code of the state or province."""
    phone: str | None = None
    number: str | None = None
    """GSTIN, or in Nepal the PAN."""
    profile: str | None = None


@dataclass(frozen=True, slots=True)
class PaperLine:
    """A line of the paper with its tax."""

    name: str
    unit: str
    quantity: Decimal
    unit_price: Decimal | None
    """In rupees; None where the line was sold by its worth."""
    before_discount_paisa: int
    discount_paisa: int
    supply: str
    rate: Decimal
    cess_rate: Decimal
    parts: Parts
    hsn: str | None = None
    mrp: Decimal | None = None

    @property
    def total_paisa(self) -> int:
        """What is paid for the line."""
        return self.parts.total_paisa


@dataclass(frozen=True, slots=True)
class Paid:
    """Money that was taken with the bill; of a credit note, given back."""

    mode: str
    amount_paisa: int
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Balance:
    """What the customer owed before the paper and after it; below zero: an advance."""

    before_paisa: int
    after_paisa: int


@dataclass(frozen=True)
class BillPaper:
    """All that a paper shows."""

    kind: str
    number: str
    fiscal_year: str
    day: date
    country: str
    currency: str
    seller: Side
    lines: Sequence[PaperLine]
    issued_at: datetime
    """In the time zone of the seller."""
    buyer: Side | None = None
    """None for a sale at the counter to nobody known."""
    language: str = "en"
    place_of_supply: str | None = None
    holds_tax: bool = True
    """Whether the prices of the lines have the tax in them."""
    gives_input_tax: bool = False
    turnover: TurnoverBand = "up-to-5-crore"
    round_off_paisa: int = 0
    originals: Sequence[tuple[str, date]] = ()
    """Of a credit note: numbers and days of the papers that it gives back of."""
    reason: str | None = None
    payments: Sequence[Paid] = ()
    balance: Balance | None = None
    upi_link: str | None = None
    copy_no: int | None = 0
    """0: the original; from 1 on the copies by their count; None: a copy that is not counted."""
    cancelled_on: date | None = None
    cancel_reason: str | None = None
    reference: str | None = None
    """Under which the books keep it."""

    @property
    def parts(self) -> Parts:
        """Value and taxes of all lines."""
        return added_up(line.parts for line in self.lines)

    @property
    def discount_paisa(self) -> int:
        """What was taken off all lines."""
        return sum(line.discount_paisa for line in self.lines)

    @property
    def payable_paisa(self) -> int:
        """What is owed, or of a credit note given back."""
        return self.parts.total_paisa + self.round_off_paisa

    @property
    def paid_paisa(self) -> int:
        """What was paid with it."""
        return sum(paid.amount_paisa for paid in self.payments)

    @property
    def shows_tax(self) -> bool:
        """Whether value and taxes stand apart on it."""
        return self.kind not in WITHOUT_TAX and any(line.supply == "taxable" for line in self.lines)

    @property
    def remark(self) -> str | None:
        """What the law wants at the top of it."""
        return COMPOSITION_WORDS if self.seller.profile == "composition" else None

    @property
    def summary(self) -> tuple[HsnRow, ...]:
        """The lines by HSN, with as many digits as the seller's turnover asks for."""
        return hsn_summary(
            (
                SummedLine(
                    line.hsn, line.unit, line.quantity, line.supply, line.rate, line.cess_rate, line.parts
                )
                for line in self.lines
            ),
            HSN_DIGITS[self.turnover],
        )


def paper_of(
    bill: TaxedBill,
    facts: PaperFacts,
    *,
    seller: Side,
    buyer: Side | None,
    fiscal_year: str,
    currency: str,
    issued_at: datetime,
    language: str = "en",
) -> BillPaper:
    """The paper of a bill that was taxed, with the facts that stand on it."""
    return BillPaper(
        kind=bill.kind,
        number=facts.number or "",
        fiscal_year=fiscal_year,
        day=facts.day,
        country=bill.seller.country,
        currency=currency,
        seller=seller,
        buyer=buyer,
        lines=[
            PaperLine(
                name=line.said.good.name,
                unit=line.said.unit,
                quantity=line.said.quantity,
                unit_price=line.said.unit_price,
                before_discount_paisa=line.before_discount_paisa,
                discount_paisa=line.discount_paisa,
                supply=line.taxed.supply,
                rate=line.taxed.rate,
                cess_rate=line.taxed.cess_rate,
                parts=line.parts,
                hsn=line.taxed.hsn,
                mrp=line.said.retail_price,
            )
            for line in bill.lines
        ],
        issued_at=issued_at,
        language=language,
        place_of_supply=bill.place.state if bill.place else None,
        holds_tax=bill.trace["prices"] == "hold the tax",
        gives_input_tax=bill.gives_input_tax,
        turnover=bill.turnover,
        round_off_paisa=bill.round_off_paisa,
        originals=() if facts.original is None else (facts.original,),
    )

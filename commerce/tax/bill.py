"""The tax of a whole bill: one pure function from the parties, the lines and the days to figures with their traces.

The dated profile of the seller decides what is charged and what the paper is called; there is no switch for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from commerce.tax.calculation import (
    PLAIN,
    Counted,
    Good,
    Handover,
    Parts,
    Party,
    Place,
    TaxedLine,
    document_kind,
    gives_input_tax,
    place_of_supply,
    tax_line,
)
from commerce.tax.errors import BillInvalid, PriceAboveMrp, TaxOnTopRefused
from commerce.tax.summary import HSN_DIGITS, HsnRow, SummedLine, TurnoverBand, hsn_summary
from commerce.tax.timing import RateDay, SupplyDays, TimingRule, rate_day_of
from commerce.tax.vocabulary import CHARGES_TAX, CONSUMER, REGISTERED, UNSURE, hsn_warning
from foundation.money import AMOUNT_PAISA_MAX, MINOR_UNITS_PER_MAJOR, line_amount_paisa, to_rupees

QUANTITY_MAX: Final = Decimal(10**9)
NUMBER_MAX: Final = Decimal(10**12)
ABBREVIATED_MAX_PAISA: Final = 10_000_00
"""The largest abbreviated tax invoice, with VAT (Nepal, VAT Rules 2053, 18(6))."""


@dataclass(frozen=True, slots=True)
class BillLine:
    """What is sold, as the shop says it: a price by the unit, or the amount of the line."""

    good: Good
    quantity: Decimal
    unit: str = "piece"
    unit_price: Decimal | None = None
    """In rupees."""
    amount_paisa: int | None = None
    """Instead of price × quantity: for goods sold by their worth."""
    discount_paisa: int = 0
    """Taken off the line, of the same kind as its price: with the tax in it, or without."""
    retail_price: Decimal | None = None
    """The retail sale price (MRP) printed on the pack, in rupees by the unit sold."""
    pieces: Decimal | None = None
    """Pieces in the whole line, for goods with a cess on each."""


@dataclass(frozen=True, slots=True)
class BillTerms:
    """How a bill is reckoned: what the shop's settings and the moment say."""

    holds_tax: bool = True
    """Whether prices and amounts have the tax in them. A consumer's always have."""
    discount_paisa: int = 0
    """Taken off the whole bill, spread over the lines by what they come to."""
    rounds_to_rupee: bool = False
    timing: TimingRule = "section-12"
    handover: Handover = "counter"
    turnover: TurnoverBand = "up-to-5-crore"
    may_abbreviate: bool = False
    """Nepal: the tax office let the shop give abbreviated tax invoices (VAT Rules 2053, 18(1))."""
    wants_tax_invoice: bool = False
    """The buyer asks for a full one (VAT Rules 2053, 18(6))."""
    bank_holidays: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class BilledLine:
    """A line of the bill with its tax."""

    line_no: int
    said: BillLine
    before_discount_paisa: int
    discount_paisa: int
    """Of the line, and its share of the bill's."""
    taxed: TaxedLine

    @property
    def parts(self) -> Parts:
        """The line's value and taxes."""
        return self.taxed.parts

    @property
    def total_paisa(self) -> int:
        """What the buyer pays for the line."""
        return self.taxed.parts.total_paisa


@dataclass(frozen=True, slots=True)
class BillWarning:
    """What somebody should look at; the bill stands all the same."""

    code: str
    message: str
    line_no: int | None = None


@dataclass(frozen=True)
class TaxedBill:
    """A bill with all its figures. The parts of the head are the sums of the lines."""

    kind: str
    seller: Party
    buyer: Party
    days: SupplyDays
    place: Place | None
    """None where no tax is charged."""
    lines: tuple[BilledLine, ...]
    parts: Parts
    discount_paisa: int
    round_off_paisa: int
    """Added to the total so that it is whole rupees; no part of value or tax."""
    gives_input_tax: bool
    turnover: TurnoverBand
    summary: tuple[HsnRow, ...]
    warnings: tuple[BillWarning, ...]
    trace: dict[str, Any]

    @property
    def total_paisa(self) -> int:
        """Value and tax of all lines."""
        return self.parts.total_paisa

    @property
    def payable_paisa(self) -> int:
        """What the buyer owes."""
        return self.parts.total_paisa + self.round_off_paisa


def tax_bill(
    *,
    seller: Party,
    buyer: Party,
    lines: Sequence[BillLine],
    days: SupplyDays,
    terms: BillTerms = BillTerms(),
) -> TaxedBill:
    """The bill of these lines. Raises BillInvalid, TaxOnTopRefused, PriceAboveMrp, TaxRateUnknown,
    PlaceOfSupplyUnknown, RateDayUnclear.
    """
    is_taxed = seller.profile in CHARGES_TAX
    if not lines:
        raise BillInvalid("lines", "none", "a bill has at least one line")
    if is_taxed and not terms.holds_tax and buyer.profile == CONSUMER:
        raise TaxOnTopRefused(seller.country)
    if terms.discount_paisa < 0:
        raise BillInvalid("discount_paisa", terms.discount_paisa, "a discount is nothing or more")
    amounts = [_amount(line, line_no) for line_no, line in enumerate(lines, start=1)]
    reduced = [amount - line.discount_paisa for amount, line in zip(amounts, lines, strict=True)]
    shares = _spread(terms.discount_paisa, reduced)
    rate_days = _RateDays(seller, days, terms)
    billed = tuple(
        _billed(
            line,
            line_no,
            amount=amounts[line_no - 1],
            discount=line.discount_paisa + shares[line_no - 1],
            seller=seller,
            buyer=buyer,
            terms=terms,
            rate_day=rate_days.of(line.good) if is_taxed and line.good.tax_class is not None else None,
            invoiced=days.invoiced,
        )
        for line_no, line in enumerate(lines, start=1)
    )
    parts = added_up(line.parts for line in billed)
    round_off = -parts.total_paisa % MINOR_UNITS_PER_MAJOR if terms.rounds_to_rupee else 0
    if round_off > MINOR_UNITS_PER_MAJOR // 2:
        round_off -= MINOR_UNITS_PER_MAJOR
    place = place_of_supply(seller, buyer, terms.handover) if is_taxed else None
    kind, has_input_tax = _kind(seller, buyer, billed, parts.total_paisa, terms)
    # CGST and SGST of one state are set off by nobody who is registered in another (CGST Act s. 2(62), 16).
    has_input_tax = has_input_tax and (place is None or buyer.state in (None, place.state))
    return TaxedBill(
        kind=kind,
        seller=seller,
        buyer=buyer,
        days=days,
        place=place,
        lines=billed,
        parts=parts,
        discount_paisa=sum(line.discount_paisa for line in billed),
        round_off_paisa=round_off,
        gives_input_tax=has_input_tax,
        turnover=terms.turnover,
        summary=summed(billed, terms.turnover),
        warnings=tuple(_warnings(seller, buyer, billed, days, terms)),
        trace={
            "seller_profile": seller.profile,
            "buyer_profile": buyer.profile,
            "prices": "hold the tax" if terms.holds_tax else "are without tax",
            "timing": terms.timing,
            "handover": terms.handover,
            "discount": "spread by what the lines come to; the value is what is left (CGST Act s. 15(3)(a))"
            if terms.discount_paisa
            else None,
            "round_off": "to the rupee, half up; trade practice, no part of the tax"
            if terms.rounds_to_rupee
            else None,
        },
    )


def added_up(parts: Iterable[Parts]) -> Parts:
    """The sum of parts, each by itself."""
    columns = list(zip(*(each.figures for each in parts), strict=True))
    return Parts(*map(sum, columns)) if columns else Parts(0)


def summed(lines: Iterable[BilledLine], turnover: TurnoverBand) -> tuple[HsnRow, ...]:
    """The summary of lines by HSN, with as many digits as the seller's turnover asks for."""
    return hsn_summary(
        (
            SummedLine(
                line.taxed.hsn,
                line.said.unit,
                line.said.quantity,
                line.taxed.supply,
                line.taxed.rate,
                line.taxed.cess_rate,
                line.parts,
            )
            for line in lines
        ),
        HSN_DIGITS[turnover],
    )


def _amount(line: BillLine, line_no: int) -> int:
    """What the line comes to before its discount. Raises BillInvalid."""
    if not (line.quantity.is_finite() and 0 < line.quantity <= QUANTITY_MAX):
        raise BillInvalid(
            "quantity", line.quantity, f"give more than 0 and at most {QUANTITY_MAX}", line_no=line_no
        )
    if (line.unit_price is None) == (line.amount_paisa is None):
        raise BillInvalid(
            "unit_price",
            line.unit_price,
            "give the price of a unit or the amount of the line",
            line_no=line_no,
        )
    for name, number in (
        ("unit_price", line.unit_price),
        ("retail_price", line.retail_price),
        ("pieces", line.pieces),
    ):
        if number is not None and not (number.is_finite() and 0 <= number <= NUMBER_MAX):
            raise BillInvalid(name, number, f"give 0 or more, at most {NUMBER_MAX}", line_no=line_no)
    amount = (
        line_amount_paisa(line.unit_price, line.quantity)
        if line.unit_price is not None
        else line.amount_paisa or 0
    )
    if not 0 <= amount <= AMOUNT_PAISA_MAX:
        raise BillInvalid(
            "amount", amount, f"a line comes to 0 up to {to_rupees(AMOUNT_PAISA_MAX)}", line_no=line_no
        )
    if not 0 <= line.discount_paisa <= amount:
        raise BillInvalid(
            "discount_paisa",
            line.discount_paisa,
            f"it lies between 0 and the line's {to_rupees(amount)}",
            line_no=line_no,
        )
    return amount


def _spread(discount_paisa: int, amounts: Sequence[int]) -> list[int]:
    """A discount over amounts by their size: the parts add up to it, none is more than its amount."""
    if not discount_paisa:
        return [0] * len(amounts)
    total = sum(amounts)
    if discount_paisa > total:
        raise BillInvalid("discount_paisa", discount_paisa, f"the lines come to {to_rupees(total)}")
    shares, before, reached = [], 0, 0
    for amount in amounts:
        reached += amount
        after = discount_paisa * reached // total
        shares.append(after - before)
        before = after
    return shares


class _RateDays:
    """The day that decides, found once for the lines of a class."""

    def __init__(self, seller: Party, days: SupplyDays, terms: BillTerms) -> None:
        self._seller, self._days, self._terms = seller, days, terms
        self._found: dict[tuple[str | None, str | None], RateDay] = {}

    def of(self, good: Good) -> RateDay:
        key = (good.tax_class, good.condition)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = rate_day_of(
                self._days,
                good=good.name,
                country=self._seller.country,
                tax_class=good.tax_class or "",
                condition=good.condition,
                rule=self._terms.timing,
                holidays=self._terms.bank_holidays,
            )
        return found


def _billed(
    line: BillLine,
    line_no: int,
    *,
    amount: int,
    discount: int,
    seller: Party,
    buyer: Party,
    terms: BillTerms,
    rate_day: RateDay | None,
    invoiced: date,
) -> BilledLine:
    retail_paisa = None if line.retail_price is None else line_amount_paisa(line.retail_price, line.quantity)
    counted = PLAIN if line.pieces is None and retail_paisa is None else Counted(line.pieces, retail_paisa)
    taxed = tax_line(
        seller=seller,
        buyer=buyer,
        good=line.good,
        amount_paisa=amount - discount,
        rate_day=invoiced if rate_day is None else rate_day.day,
        rate_day_rule=None if rate_day is None else rate_day.rule,
        holds_tax=terms.holds_tax,
        counted=counted,
        handover=terms.handover,
    )
    if rate_day is not None and rate_day.change is not None:
        taxed.trace["change_of_rate"] = rate_day.change.isoformat()
    total = taxed.parts.total_paisa
    if retail_paisa is not None and total > retail_paisa:
        raise PriceAboveMrp(line.good.name, line_no=line_no, asked_paisa=total, allowed_paisa=retail_paisa)
    if taxed.parts.taxable_paisa < 0:
        raise BillInvalid(
            "amount",
            to_rupees(amount - discount),
            f"the tax alone, which does not follow the price here, is {to_rupees(taxed.parts.tax_paisa)}",
            line_no=line_no,
        )
    return BilledLine(line_no, line, amount, discount, taxed)


def _kind(
    seller: Party, buyer: Party, lines: Sequence[BilledLine], total_paisa: int, terms: BillTerms
) -> tuple[str, bool]:
    """What the paper is called, and whether the buyer may set its tax off."""
    if (
        seller.profile == "vat"
        and terms.may_abbreviate
        and terms.holds_tax
        and total_paisa <= ABBREVIATED_MAX_PAISA
        and not terms.wants_tax_invoice
        and buyer.profile != "vat"
    ):
        return "abbreviated_tax_invoice", False
    kind = document_kind(seller, buyer, {line.taxed.supply for line in lines})
    return kind, gives_input_tax(seller, buyer)


def _warnings(
    seller: Party,
    buyer: Party,
    lines: Sequence[BilledLine],
    days: SupplyDays,
    terms: BillTerms,
) -> Iterable[BillWarning]:
    is_elsewhere = (
        seller.country == "IN"
        and terms.handover == "brought"
        and buyer.state is not None
        and buyer.state != seller.state
    )
    if is_elsewhere and seller.profile == "composition":
        yield BillWarning(
            "composition-inter-state",
            "a composition dealer may not supply to another state (CGST Act s. 10(2)(c)); become regular first",
        )
    if is_elsewhere and seller.profile == "unregistered":
        yield BillWarning(
            "registration-needed",
            "who supplies goods to another state must register (CGST Act s. 24(i))",
        )
    if seller.profile not in CHARGES_TAX:
        return
    if (
        seller.country == "IN"
        and terms.handover == "counter"
        and buyer.profile in REGISTERED
        and buyer.state not in (None, seller.state)
    ):
        yield BillWarning(
            "no-input-tax",
            f"the buyer is registered in state {buyer.state} and cannot set off the tax of goods that it takes over a "
            f"counter in state {seller.state}: bill them as brought there if they are",
        )
    if (
        seller.country == "IN"
        and terms.handover == "counter"
        and buyer.profile not in REGISTERED
        and buyer.state not in (None, seller.state)
    ):
        yield BillWarning(
            "place-by-address",
            f"an address in state {buyer.state} on the paper of a buyer who is not registered makes that the place of "
            "supply (IGST Act s. 10(1)(ca)): leave it off, or bill the goods as brought there",
        )
    seen: set[str] = set()
    of_hsn: dict[str | None, tuple[str, str] | None] = {}
    for line in lines:
        taxed, good = line.taxed, line.said.good
        certainty = taxed.trace["row"]["certainty"]
        if certainty in UNSURE[seller.country] and good.tax_class is not None and good.tax_class not in seen:
            seen.add(good.tax_class)
            yield BillWarning(
                "rate-not-sure",
                f"the rate of {good.tax_class} is of {certainty} certainty: let an accountant look at it",
                line.line_no,
            )
        if "change_of_rate" in taxed.trace:
            yield BillWarning(
                "rate-changed",
                f"{good.name}: the rate changed on {taxed.trace['change_of_rate']}; the rate of "
                f"{taxed.trace['rate_day']} was taken by {taxed.trace['rate_day_rule']}",
                line.line_no,
            )
        if seller.country != "IN":
            continue
        if taxed.hsn not in of_hsn:
            of_hsn[taxed.hsn] = hsn_warning(taxed.hsn, HSN_DIGITS[terms.turnover], days.invoiced)
        if told := of_hsn[taxed.hsn]:
            yield BillWarning(*told, line.line_no)

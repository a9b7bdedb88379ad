"""What a line of a document is in tax: pure functions, values in and values out, each figure with its trace."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any, Literal

from commerce.tax.errors import PlaceOfSupplyUnknown, TaxRateUnknown
from commerce.tax.rates import RateRow, Table, rate_on, rate_table
from commerce.tax.vocabulary import CHARGES_TAX, REGISTERED, UNION_TERRITORIES, goods
from foundation.money import format_quantity

ONE = Decimal(1)
HUNDRED = Decimal(100)
Handover = Literal["brought", "counter"]
"""How goods reach the buyer: brought to it, or taken over the seller's counter."""


@dataclass(frozen=True)
class Party:
    """A side of a supply as the tax office sees it on the day."""

    country: str
    state: str | None
    profile: str


@dataclass(frozen=True)
class Place:
    """Where a supply is taxed, and by which rule that was found."""

    state: str | None
    is_inter_state: bool
    rule: str


@dataclass(frozen=True)
class Good:
    """What is sold: how a refusal names it, its own HSN, and the tax class that the seller stated."""

    name: str
    hsn: str | None
    tax_class: str | None
    condition: str | None


@dataclass(frozen=True)
class Parts:
    """An amount in minor units, split into the value that is taxed and what falls on it."""

    taxable_paisa: int
    cgst_paisa: int = 0
    sgst_paisa: int = 0
    """SGST, or UTGST in a Union Territory without a legislature."""
    igst_paisa: int = 0
    cess_paisa: int = 0
    vat_paisa: int = 0

    @property
    def figures(self) -> tuple[int, int, int, int, int, int]:
        """Value and each tax, in the order of the fields."""
        return (
            self.taxable_paisa,
            self.cgst_paisa,
            self.sgst_paisa,
            self.igst_paisa,
            self.cess_paisa,
            self.vat_paisa,
        )

    @property
    def tax_paisa(self) -> int:
        """All that goes to the state."""
        return self.cgst_paisa + self.sgst_paisa + self.igst_paisa + self.cess_paisa + self.vat_paisa

    @property
    def total_paisa(self) -> int:
        """Value and tax: what is owed."""
        return self.taxable_paisa + self.tax_paisa


@dataclass(frozen=True)
class TaxedLine:
    """A line with its tax and how it came about."""

    hsn: str | None
    supply: str
    rate: Decimal
    cess_rate: Decimal
    parts: Parts
    trace: dict[str, Any]
    value_paisa: int
    """What the tax was reckoned on: the value without tax, or of goods valued on it the retail sale price less tax."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What a line tells beyond its amount, where its tax is reckoned on more than that."""

    pieces: Decimal | None = None
    """Pieces in the line, for a cess on each."""
    retail_paisa: int | None = None
    """What the line would cost at the retail sale prices printed on its packs."""


PLAIN = Counted()


def place_of_supply(seller: Party, buyer: Party, handover: Handover = "brought") -> Place:
    """Where goods are supplied. Raises PlaceOfSupplyUnknown.

    A buyer without tax numbers whose state is not known is taken at the seller's place (IGST Act s. 10(1)(ca));
    of a registered one that is a question, also at the counter: its GSTIN is on the invoice.
    """
    if seller.country != buyer.country:
        raise PlaceOfSupplyUnknown(
            f"goods go from {seller.country} to {buyer.country}: an export, for which there is no "
            "invoice here; write it outside, or deliver to a business of your own country"
        )
    if seller.country == "NP":
        return Place(buyer.state, False, "VAT Act 2052: one rate in the whole country")
    if seller.state is None:
        raise PlaceOfSupplyUnknown("the seller's own state is not known; it is in its GSTIN")
    if buyer.state and handover == "brought":
        return Place(
            buyer.state, buyer.state != seller.state, "IGST Act s. 10(1)(a): where the goods are brought to"
        )
    if buyer.profile in REGISTERED and not buyer.state:
        raise PlaceOfSupplyUnknown(
            "the buyer is registered and its state is not known; ask for its GSTIN first"
        )
    if handover == "counter":
        return Place(
            seller.state, False, "IGST Act s. 10(1)(c): taken at the counter, so the shop's own place"
        )
    return Place(seller.state, False, "IGST Act s. 10(1)(ca): no address of the buyer, so the seller's place")


def parts_of_gross(gross_paisa: int, row: RateRow, place: Place, counted: Counted = PLAIN) -> Parts:
    """Split an amount that includes the tax. CGST and SGST are the same: half the rate is rounded, once.

    The taxable value is what is left, so that value and tax are the amount exactly.
    """
    return _Split.of(row, place, holds_tax=True).parts(gross_paisa, counted)


def parts_of_net(net_paisa: int, row: RateRow, place: Place, counted: Counted = PLAIN) -> Parts:
    """Put the tax on top of an amount without it, each part rounded once as in `parts_of_gross`."""
    return _Split.of(row, place, holds_tax=False).parts(net_paisa, counted)


@dataclass(frozen=True, slots=True)
class _Split:
    """How amounts of a row at a place are split, with its shares as whole numbers: made once, used for each line."""

    row: RateRow
    levied: Literal["vat", "igst", "halves"]
    holds_tax: bool
    share: tuple[int, int]
    """Of the amount, for each of the taxes: over and under."""
    cess_share: tuple[int, int] | None
    is_plain: bool
    """Whether nothing but the amount decides."""

    @classmethod
    def of(cls, row: RateRow, place: Place, *, holds_tax: bool) -> _Split:
        is_inside = holds_tax or bool(row.valued_on)
        base = HUNDRED + row.rate + row.cess if is_inside else HUNDRED
        is_halved = row.country != "NP" and not place.is_inter_state
        return cls(
            row=row,
            levied="vat" if row.country == "NP" else "halves" if is_halved else "igst",
            holds_tax=holds_tax,
            share=_fraction(row.rate / 2 if is_halved else row.rate, base),
            cess_share=_fraction(row.cess, base) if row.cess else None,
            is_plain=not (row.valued_on or row.cess_per_piece or row.cess_on_retail_price),
        )

    def parts(self, amount_paisa: int, counted: Counted) -> Parts:
        """The amount with its taxes, in it or on top of it."""
        fixed, taxed = 0, amount_paisa
        if not self.is_plain:
            if self.row.valued_on:
                taxed = counted.retail_paisa or 0
            else:
                fixed = _fixed_cess(self.row, counted)
                taxed = amount_paisa - fixed if self.holds_tax else amount_paisa
        tax = _rounded_part(taxed, *self.share)
        cess = fixed if self.cess_share is None else fixed + _rounded_part(taxed, *self.cess_share)
        whole = 2 * tax + cess if self.levied == "halves" else tax + cess
        value = amount_paisa - whole if self.holds_tax else amount_paisa
        if self.levied == "halves":
            return Parts(value, tax, tax, 0, cess)
        return Parts(value, 0, 0, tax, cess) if self.levied == "igst" else Parts(value, 0, 0, 0, cess, tax)


def _fixed_cess(row: RateRow, counted: Counted) -> int:
    """Cess that does not follow the price: on each piece, and on the retail sale price."""
    cess = 0
    if row.cess_per_piece:
        cess += _rounded((counted.pieces or 0) * row.cess_per_piece * HUNDRED)
    if row.cess_on_retail_price:
        cess += rounded_share(counted.retail_paisa or 0, row.cess_on_retail_price, HUNDRED)
    return cess


def tax_line(
    *,
    seller: Party,
    buyer: Party,
    good: Good,
    amount_paisa: int,
    rate_day: date,
    rate_day_rule: str | None = None,
    holds_tax: bool = True,
    counted: Counted = PLAIN,
    handover: Handover = "brought",
) -> TaxedLine:
    """The tax of one line of a seller's document, in its amount or (`holds_tax` false) on top of it.

    Who charges no tax needs no rate. `rate_day` is the day that decides the rate: of goods supplied and invoiced on
    one day, that day. What a change of rate between supply, invoice and payment asks for is found before
    (`timing`) and given here with the name of its rule. Raises TaxRateUnknown, PlaceOfSupplyUnknown.
    """
    known = goods().get(good.tax_class or "")
    hsn = good.hsn or (known.hsn if known else None)
    if seller.profile not in CHARGES_TAX:
        return TaxedLine(
            hsn,
            "untaxed",
            Decimal(0),
            Decimal(0),
            Parts(amount_paisa),
            {"rule": _why_untaxed(seller)},
            amount_paisa,
        )
    if good.tax_class is None:
        place_of_supply(seller, buyer, handover)
        raise TaxRateUnknown(good.name, "its seller charges tax and never said which class it is of")
    try:
        row, split, told = _ruled(
            rate_table(), seller, buyer, good.tax_class, good.condition, rate_day, handover, holds_tax
        )
        if not split.is_plain:
            _check_counted(row, counted)
    except TaxRateUnknown as unknown:
        raise TaxRateUnknown(good.name, unknown.why, way_out=unknown.way_out) from None
    if hsn is None and seller.country == "IN":
        raise TaxRateUnknown(
            good.name, "an invoice in India names the HSN (Rule 46(g)), and the product has none"
        )
    parts = split.parts(amount_paisa, counted)
    trace = {**told}
    if rate_day_rule is not None:
        trace["rate_day_rule"] = rate_day_rule
    value_paisa = parts.taxable_paisa
    if split.is_plain:
        pass
    elif row.valued_on:
        retail_paisa = counted.retail_paisa or 0
        value_paisa = retail_paisa - parts.tax_paisa
        trace["valued_on"] = {
            "rule": "retail sale price less the tax in it (CGST Rule 31D)",
            "retail_paisa": retail_paisa,
            "value_paisa": value_paisa,
        }
    else:
        trace["fixed_cess"] = {
            "pieces": None if counted.pieces is None else format_quantity(counted.pieces),
            "retail_paisa": counted.retail_paisa,
            "cess_paisa": _fixed_cess(row, counted),
        }
    return TaxedLine(hsn, row.supply, row.rate, row.cess, parts, trace, value_paisa)


def _check_counted(row: RateRow, counted: Counted) -> None:
    if row.needs_retail_price and counted.retail_paisa is None:
        raise TaxRateUnknown(
            row.tax_class,
            "it is taxed by the retail sale price printed on the pack",
            way_out="give that price with the line of the bill (`retail_price`)",
        )
    if row.cess_per_piece and counted.pieces is None:
        raise TaxRateUnknown(
            row.tax_class,
            "a cess is due on each piece of it",
            way_out="say how many pieces the line holds (`pieces`)",
        )


@lru_cache(maxsize=4096)
def _ruled(
    table: Table,
    seller: Party,
    buyer: Party,
    tax_class: str,
    condition: str | None,
    rate_day: date,
    handover: Handover,
    holds_tax: bool,
) -> tuple[RateRow, _Split, dict[str, Any]]:
    """What is the same for all lines of a class between two parties on a day: row, split, and how they were found.

    Raises TaxRateUnknown, PlaceOfSupplyUnknown.
    """
    place = place_of_supply(seller, buyer, handover)
    row = rate_on(
        country=seller.country, tax_class=tax_class, condition=condition, day=rate_day, rows=table.rows
    )
    trace = {
        "row": row.as_data(table.version),
        "rate_day": rate_day.isoformat(),
        "rate_day_rule": "supplied and invoiced on this day (CGST Act s. 12(2)(a))"
        if seller.country == "IN"
        else "supplied and invoiced on this day",
        "place": place.state,
        "place_rule": place.rule,
        "levied_as": _levied_as(seller.country, place),
        "rounding": _rounding(row, place, holds_tax=holds_tax),
    }
    return row, _Split.of(row, place, holds_tax=holds_tax), trace


def share(parts: Parts, *, before_paisa: int, after_paisa: int) -> Parts:
    """The part of a line between two amounts of it, for a credit note: all shares of a line add up to the line.

    Each tax is the difference of two rounded shares, the value is what is left of the amount.
    """
    total = parts.total_paisa

    def step(tax_paisa: int) -> int:
        if not total:
            return 0
        return _rounded(Decimal(tax_paisa * after_paisa) / total) - _rounded(
            Decimal(tax_paisa * before_paisa) / total
        )

    taxes = {
        part.name: step(getattr(parts, part.name)) for part in fields(parts) if part.name != "taxable_paisa"
    }
    return Parts(taxable_paisa=after_paisa - before_paisa - sum(taxes.values()), **taxes)


def document_kind(seller: Party, buyer: Party, supplies: Collection[str]) -> str:
    """What the paper of these lines is called by law.

    India: CGST Act s. 31(1), (3)(c), (3)(d) and Rules 46, 46A, 49; 46A is for buyers without a registration.
    Nepal: a seller outside VAT gives a bill with its PAN.
    """
    match seller.profile:
        case "composition":
            return "bill_of_supply"
        case "pan":
            return "pan_bill"
        case "vat":
            return "tax_invoice"
        case "regular":
            if "taxable" not in supplies:
                return "bill_of_supply"
            is_mixed = set(supplies) != {"taxable"}
            return (
                "invoice_cum_bill_of_supply"
                if is_mixed and buyer.profile not in REGISTERED
                else "tax_invoice"
            )
        case _:
            return "bill"


def gives_input_tax(seller: Party, buyer: Party) -> bool:
    """Whether the buyer may set the tax of the document off against its own (CGST Act s. 16; VAT Act 2052 s. 17)."""
    return (
        seller.profile in CHARGES_TAX and buyer.profile == seller.profile and buyer.country == seller.country
    )


def state_tax_name(state: str | None) -> str:
    """How the state's half is called there."""
    return "UTGST" if state in UNION_TERRITORIES else "SGST"


def _rounded(amount: Decimal) -> int:
    return int(amount.quantize(ONE, rounding=ROUND_HALF_UP))


def rounded_share(amount_paisa: int, rate: Decimal, base: Decimal) -> int:
    """amount × rate / base, half up to the paisa: in whole numbers, which is exact and a tenth of the time."""
    return _rounded_part(amount_paisa, *_fraction(rate, base))


def _rounded_part(amount_paisa: int, over: int, under: int) -> int:
    rounded = (2 * abs(amount_paisa) * over + under) // (2 * under)
    return rounded if amount_paisa >= 0 else -rounded


@lru_cache(maxsize=1024)
def _fraction(rate: Decimal, base: Decimal) -> tuple[int, int]:
    (rate_over, rate_under), (base_over, base_under) = rate.as_integer_ratio(), base.as_integer_ratio()
    return rate_over * base_under, rate_under * base_over


def _why_untaxed(seller: Party) -> str:
    return {
        "composition": "a composition dealer shows and collects no tax (CGST Act s. 10(4))",
        "pan": "registered for PAN only: no VAT is charged (VAT Act 2052 s. 10)",
        "foreign": "the seller's country is not one whose tax is known here",
    }.get(seller.profile, "the seller is not registered: who is not may collect no tax (CGST Act s. 32)")


def _levied_as(country: str, place: Place) -> list[str]:
    if country == "NP":
        return ["VAT"]
    return ["IGST"] if place.is_inter_state else ["CGST", state_tax_name(place.state)]


def _rounding(row: RateRow, place: Place, *, holds_tax: bool) -> str:
    each = row.rate if row.country == "NP" or place.is_inter_state else row.rate / 2
    is_inside = holds_tax or bool(row.valued_on)
    base = HUNDRED + row.rate + row.cess if is_inside else HUNDRED
    of = "retail sale price" if row.valued_on else "amount"
    if row.cess_per_piece or row.cess_on_retail_price:
        of = "(amount − cess by piece or retail price)" if holds_tax else of
    rule = f"{of} × {format_quantity(each)} / {format_quantity(base)}, half up to the paisa, once per line"
    if row.country == "IN" and not place.is_inter_state:
        rule += "; CGST = SGST"
    return rule

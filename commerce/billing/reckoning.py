"""A draft as a bill: what each line comes to at the shop's prices, and the tax of the whole. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_DOWN, Decimal
from uuid import UUID

from commerce.billing.draft import STEP, Content, DraftLine
from commerce.billing.errors import BillDraftInvalid, BillUnpriced
from commerce.billing.facts import Counter, ShopGood
from commerce.catalogue.errors import ProductNotFound, UnitNotSold
from commerce.catalogue.units import DIVISIBLE_UNITS, stock_problem
from commerce.tax.bill import BillLine, BillTerms, TaxedBill, tax_bill
from commerce.tax.calculation import Good
from commerce.tax.timing import SupplyDays
from foundation.money import MINOR_UNITS_PER_MAJOR, format_quantity, line_amount_paisa, to_rupees

Goods = Mapping[tuple[UUID, str], ShopGood]


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line of the draft with the good that it names and what it costs."""

    said: DraftLine
    good: ShopGood
    unit_price: Decimal | None
    """What is asked for the unit; None: nobody said."""
    quantity: Decimal | None
    """None of what is had for an amount, while it has no price."""

    @property
    def base_quantity(self) -> Decimal:
        """What leaves the shelf."""
        return (self.quantity or Decimal(0)) * (self.good.base_quantity or Decimal(0))

    @property
    def is_priced_by_hand(self) -> bool:
        """Whether the price is this bill's own."""
        return self.said.unit_price is not None


def priced(content: Content, goods: Goods) -> list[PricedLine]:
    """The lines with their goods and prices. Raises ProductNotFound, UnitNotSold, BillDraftInvalid."""
    return [_priced(line, goods.get((line.product_id, line.unit))) for line in content.lines]


def _priced(line: DraftLine, good: ShopGood | None) -> PricedLine:
    if good is None or not good.is_usable:
        raise ProductNotFound(
            f"line {line.id}: there is no product {line.product_id} for this shop",
            product_id=str(line.product_id),
        )
    if good.base_quantity is None:
        raise UnitNotSold(
            f"line {line.id}: {good.name} is not sold by {line.unit!r}; use {' or '.join(good.units)}",
            unit=line.unit,
        )
    price = line.unit_price if line.unit_price is not None else good.unit_price
    quantity = line.quantity
    if quantity is None and price is not None:
        quantity = _worth(line, good, price)
    if quantity is not None:
        problem = stock_problem(quantity, line.unit, good.base_quantity, good.base_unit)
        if problem is not None:
            raise BillDraftInvalid("quantity", format_quantity(quantity), f"line {line.id}: {problem}")
    return PricedLine(line, good, price, quantity)


def _worth(line: DraftLine, good: ShopGood, price: Decimal) -> Decimal:
    """How much of a good is had for an amount. Raises BillDraftInvalid where only a part of a whole one would be."""
    worth = Decimal(line.worth_paisa or 0) / MINOR_UNITS_PER_MAJOR
    if line.unit in DIVISIBLE_UNITS and good.base_unit in DIVISIBLE_UNITS:
        # Up to the next gram: nobody gets less than they paid for.
        quantity = (worth / price).quantize(STEP, rounding=ROUND_CEILING)
        least = STEP
    else:
        quantity = (worth / price).quantize(Decimal(1), rounding=ROUND_DOWN)
        least = Decimal(1)
        if quantity >= 1 and line_amount_paisa(price, quantity) != line.worth_paisa:
            raise BillDraftInvalid(
                "worth",
                to_rupees(line.worth_paisa or 0),
                f"line {line.id}: {good.name} is sold whole: {format_quantity(quantity)} {line.unit} cost "
                f"{to_rupees(line_amount_paisa(price, quantity))}; say how many",
            )
    if quantity < least:
        raise BillDraftInvalid(
            "worth",
            to_rupees(line.worth_paisa or 0),
            f"line {line.id}: {good.name} costs {format_quantity(price)} by the {line.unit}; say a larger amount",
        )
    return quantity


def reckon(
    content: Content, lines: list[PricedLine], at: Counter, *, paid_in_full: bool = False
) -> TaxedBill:
    """The bill of priced lines at the counter on its day.

    Raises BillUnpriced, BillDraftInvalid, and what `tax_bill` raises.
    """
    unpriced = {line.said.id: line.good.name for line in lines if line.unit_price is None}
    if unpriced:
        raise BillUnpriced(unpriced)
    if not content.holds_tax:
        _check_prices_without_tax(lines)
    paid_on = at.day if paid_in_full else None
    return tax_bill(
        seller=at.seller,
        buyer=at.buyer(content.state),
        lines=[_bill_line(line) for line in lines],
        days=SupplyDays(
            supplied=at.day,
            invoiced=at.day,
            booked=paid_on,
            credited=paid_on,
            is_composition=at.profile == "composition",
        ),
        terms=BillTerms(
            holds_tax=content.holds_tax,
            discount_paisa=content.discount_paisa,
            rounds_to_rupee=at.rounds_to_rupee,
            timing=at.timing,
            handover="brought" if content.is_brought else "counter",
            turnover=at.turnover,
            may_abbreviate=at.may_abbreviate,
            wants_tax_invoice=content.wants_tax_invoice,
        ),
    )


def _check_prices_without_tax(lines: list[PricedLine]) -> None:
    """Whether each line has a price of its own: the shop's hold the tax. Raises BillDraftInvalid."""
    shops = [str(line.said.id) for line in lines if not line.is_priced_by_hand]
    if shops:
        raise BillDraftInvalid(
            "holds_tax",
            False,
            f"the shop's prices hold the tax, and line {', '.join(shops)} has no other; say its price without tax",
        )


def _bill_line(line: PricedLine) -> BillLine:
    good, said = line.good, line.said
    by_worth = said.worth_paisa is not None
    return BillLine(
        good=Good(good.name, good.hsn, good.tax_class, good.condition),
        quantity=line.quantity or Decimal(0),
        unit=said.unit,
        unit_price=None if by_worth else line.unit_price,
        amount_paisa=said.worth_paisa,
        discount_paisa=said.discount_paisa,
        retail_price=good.mrp,
        pieces=None if good.piece_quantity is None else line.base_quantity / good.piece_quantity,
    )

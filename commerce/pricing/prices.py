"""The price of one line, explained: list price, quantity, agreement with the customer, schemes, rounding.

Pure. Each part of a price is a step that says in data and in words what it did; the amounts of the steps add up to
the line's amount exactly. The line is rounded once, half to even, from its net unit price.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from typing import Any
from uuid import UUID

from commerce.catalogue.offers import Tier
from foundation.money import format_quantity, line_amount_paisa

PRICE_STEP = Decimal("0.000001")
EFFECT_STEP = Decimal("0.000000001")
"""As exact as a price of six decimals times a quantity of three."""
OFF_STEP = Decimal("0.000000000001")
"""So that what is promised of a unit comes to the paisa of the whole line again."""
CENT = Decimal("0.01")
HUNDRED = Decimal(100)
# Products and percentages of what a database column can hold come out exact, and a quotient is so long that
# rounding it to a price cannot round twice. (Fractions are exact too, and cost each line ten times as much.)
_EXACT = Context(prec=100)


@dataclass(frozen=True)
class Slab:
    """So much off from a quantity or value on: a percentage, or an amount in major units."""

    begins_at: Decimal
    off: Decimal


@dataclass(frozen=True)
class FreeGood:
    """What a scheme gives: `get` of a good, in its base unit, for every whole `buy_in_base` of the line's good."""

    product_id: UUID
    sku: str
    name: str
    unit: str
    is_stock_tracked: bool
    buy_in_base: Decimal
    get: Decimal


@dataclass(frozen=True)
class Scheme:
    """A scheme that applies to the line, as its kind needs it."""

    code: str
    name: str
    kind: str
    is_exclusive: bool = False
    priority: int = 100
    basis: str = "value"
    slabs: tuple[Slab, ...] = ()
    free: FreeGood | None = None
    percent: Decimal = Decimal(0)
    within_days: int = 0


@dataclass(frozen=True)
class Agreement:
    """What the customer has of its own: a price of the offer's unit, or a percentage off."""

    unit_price: Decimal | None = None
    percent_off: Decimal | None = None


@dataclass(frozen=True)
class Terms:
    """All that the price of a line depends on, besides its quantity and how it is paid."""

    product_id: UUID
    unit: str
    unit_price: Decimal
    base_quantity: Decimal = Decimal(1)
    tiers: tuple[Tier, ...] = ()
    agreement: Agreement | None = None
    schemes: tuple[Scheme, ...] = ()
    tax_percent: Decimal = Decimal(0)
    """Comes on top of all these, which are without tax then."""


@dataclass(frozen=True)
class Step:
    """One part of a price: what did it, in words, the unit price after it, and what it changed, in major units."""

    kind: str
    text: str
    unit_price: Decimal
    effect: Decimal
    code: str | None = None
    off_per_unit: Decimal | None = None
    """Of what is promised: comes off each unit that is paid within `within_days` of its delivery."""
    within_days: int | None = None

    def as_data(self) -> dict[str, Any]:
        """As it is kept with an order line."""
        told: dict[str, Any] = {
            "kind": self.kind,
            "code": self.code,
            "text": self.text,
            "unit_price": format_quantity(self.unit_price),
            "effect": format_quantity(self.effect),
        }
        if self.off_per_unit is not None:
            told |= {"off_per_unit": format_quantity(self.off_per_unit), "within_days": self.within_days}
        return told

    @classmethod
    def of_data(cls, told: Mapping[str, Any]) -> Step:
        """What `as_data` told."""
        off = told.get("off_per_unit")
        return cls(
            told["kind"],
            told["text"],
            Decimal(told["unit_price"]),
            Decimal(told["effect"]),
            told["code"],
            None if off is None else Decimal(off),
            told.get("within_days"),
        )


@dataclass(frozen=True)
class Free:
    """Goods that come with a line at no price."""

    good: FreeGood
    quantity: Decimal
    code: str


@dataclass(frozen=True)
class Priced:
    """A line's price with every step to it. `amount_paisa` is the sum of the steps' effects."""

    quantity: Decimal
    unit_price: Decimal
    steps: tuple[Step, ...]
    free: tuple[Free, ...] = ()
    unit_price_without_tax: Decimal = Decimal(0)
    """The unit price before the tax that came on top of it; with none, the unit price."""

    @property
    def amount_paisa(self) -> int:
        return line_amount_paisa(self.unit_price, self.quantity)


@dataclass
class _Running:
    """A price on its way: exact money in major units."""

    quantity: Decimal
    unit: str
    amount: Decimal
    steps: list[Step] = field(default_factory=list)
    free: list[Free] = field(default_factory=list)
    gift_value: Decimal = Decimal(0)

    @property
    def worth(self) -> Decimal:
        """What the buyer gives for it in the end; of two offers the lower is the better one."""
        return _rounded(self.amount - self.gift_value, EFFECT_STEP)

    def copy(self) -> _Running:
        return _Running(self.quantity, self.unit, self.amount, [*self.steps], [*self.free], self.gift_value)

    def come_to(self, amount: Decimal, kind: str, text: str, code: str | None = None) -> None:
        # The difference of rounded amounts, so that effects add up whatever fractions a percentage leaves.
        effect = _rounded(amount, EFFECT_STEP) - _rounded(self.amount, EFFECT_STEP)
        self.amount = amount
        self.steps.append(Step(kind, text, _rounded(amount / self.quantity, PRICE_STEP), effect, code))


def price(terms: Terms, quantity: Decimal, *, settlement: str = "credit") -> Priced:
    """The price of `quantity` (above zero, in the terms' unit) with every step to it.

    The customer's agreed price holds unless the quantity makes the list cheaper; its percentage comes off after
    that. Then the schemes: all stackable ones by priority, or the one exclusive scheme that gives the buyer more.
    A cash discount comes off at once where the order is settled in cash, and is told where it is not. Tax that comes
    on top comes last.
    """
    with localcontext(_EXACT):
        return _priced(terms, quantity, settlement)


def _priced(terms: Terms, quantity: Decimal, settlement: str) -> Priced:
    running = _Running(quantity, terms.unit, Decimal(0))
    _take_list_price(running, terms)
    _take_agreement(running, terms)
    best = _with_schemes(running, terms, [s for s in terms.schemes if not s.is_exclusive], settlement)
    for scheme in terms.schemes:
        if scheme.is_exclusive:
            alone = _with_schemes(running, terms, [scheme], settlement)
            if alone.worth < best.worth:
                best = alone
    without_tax = _rounded(best.amount / quantity, PRICE_STEP)
    if terms.tax_percent:
        best.come_to(
            best.amount * (HUNDRED + terms.tax_percent) / HUNDRED,
            "tax",
            f"{format_quantity(terms.tax_percent)} % tax on top",
        )
    unit_price = _rounded(best.amount / quantity, PRICE_STEP)
    rounded = Decimal(line_amount_paisa(unit_price, quantity)).scaleb(-2)
    if rounded != best.amount:
        best.come_to(rounded, "rounding", "rounded to a whole paisa")
    return Priced(quantity, unit_price, tuple(best.steps), tuple(best.free), without_tax)


def _take_list_price(running: _Running, terms: Terms) -> None:
    running.come_to(
        terms.unit_price * running.quantity,
        "list",
        f"{format_quantity(running.quantity)} {terms.unit} at the list price of {format_quantity(terms.unit_price)}",
    )
    reached = [tier for tier in terms.tiers if tier.minimum_quantity <= running.quantity]
    if reached:
        tier = min(reached, key=lambda tier: tier.unit_price)
        running.come_to(
            tier.unit_price * running.quantity,
            "tier",
            f"from {format_quantity(tier.minimum_quantity)} {terms.unit} on: {format_quantity(tier.unit_price)} each",
        )


def _take_agreement(running: _Running, terms: Terms) -> None:
    agreed = terms.agreement
    if agreed is None:
        return
    if agreed.unit_price is not None:
        amount = agreed.unit_price * running.quantity
        is_dearer = amount > running.amount and any(step.kind == "tier" for step in running.steps)
        if not is_dearer:
            running.come_to(
                amount, "agreement", f"your agreed price: {format_quantity(agreed.unit_price)} each"
            )
    if agreed.percent_off is not None:
        running.come_to(
            running.amount * (HUNDRED - agreed.percent_off) / HUNDRED,
            "agreement",
            f"your agreed {format_quantity(agreed.percent_off)} % off",
        )


def _with_schemes(running: _Running, terms: Terms, schemes: Iterable[Scheme], settlement: str) -> _Running:
    after = running.copy()
    for scheme in sorted(schemes, key=lambda scheme: (scheme.priority, scheme.code)):
        if scheme.kind == "free_goods":
            _give(after, terms, scheme)
        elif scheme.kind == "cash_discount":
            _discount_cash(after, scheme, settlement)
        else:
            _take_slab(after, scheme)
    return after


def _take_slab(running: _Running, scheme: Scheme) -> None:
    reached = running.quantity if scheme.basis == "quantity" else running.amount
    slabs = [slab for slab in scheme.slabs if slab.begins_at <= reached]
    if not slabs:
        return
    off = max(slabs, key=lambda slab: slab.begins_at).off
    if scheme.kind == "percent":
        text, amount = f"{format_quantity(off)} % off", running.amount * (HUNDRED - off) / HUNDRED
    else:
        text, amount = f"{format_quantity(off)} off", max(Decimal(0), running.amount - off)
    running.come_to(amount, "scheme", f"{scheme.name}: {text}", scheme.code)


def _give(running: _Running, terms: Terms, scheme: Scheme) -> None:
    good = scheme.free
    assert good is not None  # a scheme of free goods has one
    times = int(running.quantity * terms.base_quantity // good.buy_in_base)
    if times == 0:
        return
    quantity = good.get * times
    running.free.append(Free(good, quantity, scheme.code))
    if good.product_id == terms.product_id:
        # Compared with other schemes by what the line's own goods cost; another good is not weighed against money.
        running.gift_value += running.amount * quantity / (running.quantity * terms.base_quantity)
    running.come_to(
        running.amount,
        "free_goods",
        f"{scheme.name}: {format_quantity(quantity)} {good.unit} {good.name} free",
        scheme.code,
    )


def _discount_cash(running: _Running, scheme: Scheme, settlement: str) -> None:
    after = running.amount * (HUNDRED - scheme.percent) / HUNDRED
    if settlement == "cash":
        running.come_to(
            after, "scheme", f"{scheme.name}: {format_quantity(scheme.percent)} % off for cash", scheme.code
        )
        return
    saved = format_quantity(_rounded(running.amount - after, CENT))
    running.come_to(
        running.amount,
        "conditional",
        f"{scheme.name}: {format_quantity(scheme.percent)} % ({saved}) off if paid within {scheme.within_days} days",
        scheme.code,
    )
    off_per_unit = _rounded((running.amount - after) / running.quantity, OFF_STEP)
    running.steps[-1] = replace(running.steps[-1], off_per_unit=off_per_unit, within_days=scheme.within_days)


def told(steps: Sequence[Step]) -> str:
    """The explanation as one text, a line for each step."""
    return "\n".join(step.text for step in steps)


def _rounded(value: Decimal, step: Decimal) -> Decimal:
    return value.quantize(step, ROUND_HALF_EVEN)

"""What is said of a bill that is being made, and what each further word changes of it: pure functions.

Nothing here knows a price or a tax: those are looked up anew whenever the draft is shown, and once more when it is
confirmed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from commerce.billing.errors import BillDraftInvalid
from foundation.money import AMOUNT_PAISA_MAX, format_quantity, to_rupees

LINES_MAX: Final = 500
QUANTITY_MAX: Final = Decimal(10**6)
"""A million of anything over a counter is a slip of the tongue."""
PRICE_MAX: Final = Decimal(10**7)
STEP: Final = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A good on a draft: so much of it, or what is had for an amount."""

    id: int
    """Stays the line's own while others come and go."""
    product_id: UUID
    unit: str
    quantity: Decimal | None = None
    worth_paisa: int | None = None
    """Instead of a quantity: "fifty rupees of sugar"."""
    unit_price: Decimal | None = None
    """For this bill alone, in the place of what the shop asks."""
    discount_paisa: int = 0


@dataclass(frozen=True, slots=True)
class Content:
    """All that was said of a bill."""

    lines: tuple[DraftLine, ...] = ()
    customer_id: UUID | None = None
    """Who buys; None: nobody by name, and all is paid at the counter."""
    discount_paisa: int = 0
    """Off the whole bill."""
    is_brought: bool = False
    """Goods are brought to the buyer, not taken over the counter: the place of supply may be another."""
    state: str | None = None
    """Where the goods go, or the buyer is, of somebody whose state the shop does not keep."""
    holds_tax: bool = True
    """Whether prices have the tax in them; only a business may be asked for it on top."""
    wants_tax_invoice: bool = False
    """Nepal: the buyer asks for a full tax invoice in the place of an abbreviated one."""
    next_line: int = 1

    def as_data(self) -> dict[str, Any]:
        """As the row keeps it."""
        return {
            **asdict(self),
            "lines": [_line_data(line) for line in self.lines],
            "customer_id": None if self.customer_id is None else str(self.customer_id),
        }

    @classmethod
    def of_data(cls, data: Mapping[str, Any]) -> Content:
        """What `as_data` told."""
        buyer = data["customer_id"]
        return cls(
            **{
                **data,
                "lines": tuple(_line_of(line) for line in data["lines"]),
                "customer_id": None if buyer is None else UUID(buyer),
            }
        )

    def line(self, line_id: int) -> DraftLine:
        """The line of that number. Raises BillDraftInvalid."""
        for line in self.lines:
            if line.id == line_id:
                return line
        known = ", ".join(str(line.id) for line in self.lines) or "none yet"
        raise BillDraftInvalid("line", line_id, f"the draft has {known}")


@dataclass(frozen=True, slots=True)
class AddGoods:
    """Put a good on the draft; more of one that is there at the same price adds to its line."""

    product_id: UUID
    unit: str
    quantity: Decimal | None = None
    worth_paisa: int | None = None
    unit_price: Decimal | None = None
    discount_paisa: int = 0

    def applied(self, content: Content) -> Content:
        """The draft with it. Raises BillDraftInvalid."""
        _check_amounts(self.quantity, self.worth_paisa, self.unit_price, self.discount_paisa)
        twin = next((line for line in content.lines if self._is_twin(line)), None)
        if twin is not None and twin.quantity is not None and self.quantity is not None:
            more = twin.quantity + self.quantity
            _check_amounts(more, None, twin.unit_price, 0)
            return _put(content, replace(twin, quantity=more))
        if len(content.lines) >= LINES_MAX:
            raise BillDraftInvalid(
                "lines", len(content.lines) + 1, f"a bill has {LINES_MAX} at most; begin another"
            )
        line = DraftLine(
            content.next_line, **{field.name: getattr(self, field.name) for field in fields(self)}
        )
        return replace(content, lines=(*content.lines, line), next_line=content.next_line + 1)

    def _is_twin(self, line: DraftLine) -> bool:
        return (
            (line.product_id, line.unit, line.unit_price) == (self.product_id, self.unit, self.unit_price)
            and line.worth_paisa is None
            and not line.discount_paisa
            and not self.discount_paisa
        )


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """Say something of a line anew; what is None stays."""

    line: int
    unit: str | None = None
    quantity: Decimal | None = None
    worth_paisa: int | None = None
    unit_price: Decimal | None = None
    discount_paisa: int | None = None
    takes_shop_price: bool = False
    """Ask what the shop asks again, and no price of its own."""

    def applied(self, content: Content) -> Content:
        """The draft with it. Raises BillDraftInvalid."""
        before = content.line(self.line)
        if self.takes_shop_price and self.unit_price is not None:
            raise BillDraftInvalid("unit_price", self.unit_price, "give a price, or take the shop's")
        amounts = (before.quantity, before.worth_paisa)
        if self.quantity is not None or self.worth_paisa is not None:
            amounts = (self.quantity, self.worth_paisa)
        # A price is one of a unit: another unit has none of this bill's own until one is said.
        kept = before.unit_price if self.unit in (None, before.unit) else None
        price = self.unit_price if self.unit_price is not None else None if self.takes_shop_price else kept
        discount = before.discount_paisa if self.discount_paisa is None else self.discount_paisa
        _check_amounts(*amounts, price, discount)
        line = replace(
            before,
            unit=self.unit or before.unit,
            quantity=amounts[0],
            worth_paisa=amounts[1],
            unit_price=price,
            discount_paisa=discount,
        )
        return _put(content, line)


@dataclass(frozen=True, slots=True)
class RemoveLine:
    """Take a line off."""

    line: int

    def applied(self, content: Content) -> Content:
        """The draft without it. Raises BillDraftInvalid."""
        gone = content.line(self.line)
        return replace(content, lines=tuple(line for line in content.lines if line is not gone))


@dataclass(frozen=True, slots=True)
class SetTerms:
    """Say something of the whole bill anew; what is None stays."""

    customer_id: UUID | None = None
    is_unnamed: bool = False
    """It is for nobody by name after all."""
    discount_paisa: int | None = None
    is_brought: bool | None = None
    state: str | None = None
    holds_tax: bool | None = None
    wants_tax_invoice: bool | None = None

    def applied(self, content: Content) -> Content:
        """The draft with it. Raises BillDraftInvalid."""
        if self.is_unnamed and self.customer_id is not None:
            raise BillDraftInvalid("customer_id", str(self.customer_id), "name the customer, or nobody")
        _check_paisa("discount", self.discount_paisa or 0)
        told: dict[str, Any] = {
            field.name: value
            for field in fields(self)
            if field.name != "is_unnamed" and (value := getattr(self, field.name)) is not None
        }
        if self.is_unnamed:
            told["customer_id"] = None
        return replace(content, **told)


Change = AddGoods | ChangeLine | RemoveLine | SetTerms


def _put(content: Content, changed: DraftLine) -> Content:
    return replace(content, lines=tuple(changed if line.id == changed.id else line for line in content.lines))


def _check_amounts(
    quantity: Decimal | None, worth_paisa: int | None, unit_price: Decimal | None, discount_paisa: int
) -> None:
    if (quantity is None) == (worth_paisa is None):
        raise BillDraftInvalid("quantity", quantity, "say how much, or for how much money")
    if quantity is not None and not (0 < quantity <= QUANTITY_MAX and quantity % STEP == 0):
        raise BillDraftInvalid(
            "quantity",
            format_quantity(quantity),
            f"give more than 0 and {QUANTITY_MAX} at most, with three decimals at most; take a line off to have none",
        )
    if worth_paisa is not None:
        if worth_paisa <= 0:
            raise BillDraftInvalid("worth", to_rupees(worth_paisa), "give more than nothing")
        _check_paisa("worth", worth_paisa)
    if unit_price is not None and not 0 < unit_price <= PRICE_MAX:
        raise BillDraftInvalid(
            "unit_price", format_quantity(unit_price), f"give more than nothing and {PRICE_MAX} at most"
        )
    _check_paisa("discount", discount_paisa)


def _check_paisa(field: str, paisa: int) -> None:
    if not 0 <= paisa <= AMOUNT_PAISA_MAX:
        raise BillDraftInvalid(field, to_rupees(paisa), f"give 0 up to {to_rupees(AMOUNT_PAISA_MAX)}")


def _line_data(line: DraftLine) -> dict[str, Any]:
    told = asdict(line)
    return {name: str(value) if isinstance(value, UUID | Decimal) else value for name, value in told.items()}


def _line_of(data: Mapping[str, Any]) -> DraftLine:
    numbers = {
        name: None if data[name] is None else Decimal(data[name]) for name in ("quantity", "unit_price")
    }
    return DraftLine(**{**data, **numbers, "product_id": UUID(data["product_id"])})

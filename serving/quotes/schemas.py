"""Payloads and views of kept quotes and of what a vendor asks of orders."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from commerce.ordering.quoting import LINES_MAX
from commerce.ordering.vocabulary import MINUTES_MAX, NOTICE_HOURS_MAX, RELEASE_DAYS_MAX
from foundation.money import line_amount_paisa
from serving.orders.schemas import AddedTaxOut, AddedTaxTotal, StepOut, WishIn, added_tax_of
from serving.shapes import Payload, QuantityOut, Rupees, RupeesIn, UnitPrice, View

Minutes = Annotated[int, Field(ge=1, le=MINUTES_MAX)]


class KeptLineOut(View):
    """A line at the price that is kept."""

    product_id: UUID
    name: str = Field(examples=["Iodised salt 1 kg"])
    unit: str = Field(examples=["carton"])
    unit_price: UnitPrice
    quantity: QuantityOut
    is_free: bool = Field(description="Goods that a scheme gives with another line.", examples=[False])
    steps: list[StepOut] = Field(description="How the price came about.")
    added_tax: AddedTaxOut | None = Field(description="Null: the price holds the tax, or there is none.")


class KeptQuoteOut(View):
    """Prices that hold until a moment, for one order: send its id as `quote_id` of an order."""

    id: UUID
    vendor_id: UUID
    retailer_id: UUID
    currency: str = Field(examples=["NPR"])
    settlement: str = Field(examples=["credit"])
    total_paisa: Rupees
    added_tax_paisa: AddedTaxTotal
    made_at: datetime
    valid_until: datetime
    again_of: UUID | None = Field(description="The order that was asked for again.")
    order_id: UUID | None = Field(description="The order that was made of it.")
    lines: list[KeptLineOut]


class BackOrderOut(View):
    """What a vendor could not accept of an order, and waits for the goods."""

    id: UUID
    vendor_id: UUID
    retailer_id: UUID
    currency: str = Field(examples=["NPR"])
    settlement: str = Field(examples=["credit"])
    total_paisa: Rupees
    added_tax_paisa: AddedTaxTotal
    made_at: datetime
    valid_until: datetime = Field(description="When the wait ends or ended.")
    again_of: UUID | None = Field(description="The order that it was a part of.")
    order_id: UUID | None = Field(description="The order that was placed when the goods had come.")
    lines: list[KeptLineOut]


class AgainLineOut(View):
    """A line of the earlier order, and what is to be had of it now."""

    product_id: UUID
    unit: str = Field(examples=["carton"])
    asked_quantity: QuantityOut
    quantity: QuantityOut | None = Field(description="What is quoted; null: nothing.")
    unit_price_before: UnitPrice | None = Field(description="Null: of a basket, which keeps no prices.")
    unit_price: UnitPrice | None
    changes: list[str] = Field(
        examples=[["price"]], description="Of `price`, `minimum`, `stock`, `unavailable`; empty: as it was."
    )
    refusal: str | None = Field(examples=[None], description="Why nothing of it is quoted.")


class AgainOut(View):
    """The kept quote of what is to be had, and each earlier line beside it."""

    quote: KeptQuoteOut
    lines: list[AgainLineOut]


class RulesIn(Payload):
    """What a vendor asks of orders from now on."""

    acceptance_minutes: Minutes = Field(10, description="So long an order waits for the answer.")
    quote_minutes: Minutes = Field(60, description="So long the prices of a kept quote hold.")
    minimum_order_paisa: RupeesIn = Field(0, ge=0, validate_default=False, examples=["500.00"])
    cancel_notice_hours: Annotated[int, Field(ge=0, le=NOTICE_HOURS_MAX)] | None = Field(
        None,
        description="An accepted order is cancelled for nothing until so long before its day begins; left out: until "
        "it is accepted.",
        examples=[24],
    )
    cancel_fee_paisa: RupeesIn = Field(0, ge=0, validate_default=False, examples=["0.00"])
    cancel_fee_percent: Annotated[Decimal, Field(ge=0, le=100, max_digits=6, decimal_places=3)] = Field(
        Decimal(0), description="Of the order's value, instead of an amount.", examples=["5"]
    )
    cancel_fee_max_paisa: RupeesIn | None = Field(None, gt=0, examples=["500.00"])
    cancel_credit_paisa: RupeesIn = Field(
        0,
        ge=0,
        validate_default=False,
        description="What you give when you cancel an accepted order late yourself.",
        examples=["0.00"],
    )
    cancel_credit_percent: Annotated[Decimal, Field(ge=0, le=100, max_digits=6, decimal_places=3)] = Field(
        Decimal(0), description="Of the order's value, instead of an amount.", examples=["5"]
    )
    cancel_credit_max_paisa: RupeesIn | None = Field(None, gt=0, examples=["500.00"])
    needs_proof: bool = Field(False, description="Each delivery is to say who received it.")
    release_days: Annotated[int, Field(ge=0, le=RELEASE_DAYS_MAX)] | None = Field(
        None,
        description="What is left over of an order delivered in part is released so long after its day; left out: "
        "never by itself.",
        examples=[7],
    )


class RulesOut(View):
    """What a vendor asks of orders."""

    acceptance_minutes: int = Field(examples=[10])
    quote_minutes: int = Field(examples=[60])
    minimum_order_paisa: Rupees
    cancel_notice_hours: int | None = Field(examples=[24])
    cancel_fee_paisa: Rupees
    cancel_fee_percent: QuantityOut = Field(examples=["5"])
    cancel_fee_max_paisa: Rupees | None
    cancel_credit_paisa: Rupees
    cancel_credit_percent: QuantityOut = Field(examples=["5"])
    cancel_credit_max_paisa: Rupees | None
    needs_proof: bool = Field(examples=[False])
    release_days: int | None = Field(examples=[7])


def kept_quote_out(row: Any, lines: Any) -> KeptQuoteOut:
    """A kept quote as rows of the database have it."""
    return KeptQuoteOut(**row, **kept_lines_out(lines))


def kept_lines_out(rows: Any) -> dict[str, Any]:
    """Kept lines, and what of them all is tax on top of prices that were given without it."""
    lines = [
        KeptLineOut(
            **{
                **row,
                "added_tax": AddedTaxOut.of(
                    row["added_tax"], line_amount_paisa(row["unit_price"], row["quantity"])
                ),
            }
        )
        for row in rows
    ]
    return {"lines": lines, "added_tax_paisa": added_tax_of(line.added_tax for line in lines)}


def again_line_out(line: Any) -> AgainLineOut:
    """An earlier line beside the quoted one."""
    quoted = line.line
    quantity: Decimal | None = quoted.quantity if quoted else None
    return AgainLineOut(
        product_id=line.product_id,
        unit=line.unit,
        asked_quantity=line.asked_quantity,
        quantity=quantity,
        unit_price_before=line.unit_price_before,
        unit_price=quoted.unit_price if quoted else None,
        changes=list(line.changes),
        refusal=line.refusal,
    )


class TemplateIn(Payload):
    """A basket under a name; one of the same name at the same vendor is replaced."""

    vendor_id: UUID
    name: Annotated[str, StringConstraints(min_length=1, max_length=40)] = Field(examples=["Monday"])
    lines: Annotated[list[WishIn], Field(min_length=1, max_length=LINES_MAX)]
    settlement: Literal["credit", "cash"] = "credit"


class TemplateLineOut(View):
    """A good of a basket; without a unit, in the offer's."""

    product_id: UUID
    unit: str | None
    quantity: str = Field(examples=["2"])


class TemplateOut(View):
    """A basket with a name."""

    id: UUID
    vendor_id: UUID
    name: str = Field(examples=["Monday"])
    settlement: str = Field(examples=["credit"])
    lines: list[TemplateLineOut]
    made_at: datetime

"""Payloads and views of schemes and agreed prices."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from commerce.pricing.service import SLABS_MAX, WITHIN_DAYS_MAX
from serving.shapes import Payload, Quantity, UnitPrice, UnitPriceIn, View, written

Code = Annotated[str, StringConstraints(pattern="^[A-Za-z0-9._-]{1,40}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Unit = Annotated[str, StringConstraints(min_length=1, max_length=20)]
Percent = Annotated[
    Decimal,
    Field(gt=0, le=100, max_digits=5, decimal_places=2),
    written(r"^[0-9]{1,3}(\.[0-9]{1,2})?$", "2.5"),
]


class FreeGoodsIn(Payload):
    """Buy so much, get so much free, of the same good or another; in whole multiples."""

    buy: Quantity = Field(examples=["10"])
    unit: Unit = Field(examples=["packet"])
    get: Quantity = Field(examples=["1"])
    free_unit: Unit = Field(examples=["packet"])
    free_product_id: UUID | None = Field(None, description="Left out: the same good.")


class SlabIn(Payload):
    """So much off from a quantity or value on."""

    begins_at: Annotated[
        Decimal,
        Field(ge=0, max_digits=14, decimal_places=3),
        written(r"^[0-9]{1,11}(\.[0-9]{1,3})?$", "1000"),
    ] = Field(examples=["1000"])
    off: Annotated[
        Decimal,
        Field(gt=0, max_digits=12, decimal_places=2),
        written(r"^[0-9]{1,10}(\.[0-9]{1,2})?$", "5"),
    ] = Field(description="A percentage, or rupees off the line.", examples=["5"])


class SlabsIn(Payload):
    """Reductions by the line's quantity (in the offer's unit) or value (in rupees)."""

    basis: Literal["quantity", "value"] = "value"
    slabs: Annotated[list[SlabIn], Field(min_length=1, max_length=SLABS_MAX)]


class CashDiscountIn(Payload):
    """A percentage off what is paid in time; at once where an order is settled in cash."""

    percent: Percent = Field(examples=["2"])
    within_days: Annotated[int, Field(ge=0, le=WITHIN_DAYS_MAX)] = Field(examples=[7])


class SchemeIn(Payload):
    """A scheme; the terms of its kind must be given, and only those."""

    code: Code = Field(examples=["DASHAIN-10-1"])
    name: Name = Field(examples=["Dashain ten and one"])
    kind: Literal["free_goods", "percent", "amount", "cash_discount"] = "free_goods"
    product_id: UUID | None = Field(None, description="Left out: every good; free goods need one.")
    free_goods: FreeGoodsIn | None = None
    slabs: SlabsIn | None = Field(None, description="Of `percent` and `amount`.")
    cash_discount: CashDiscountIn | None = None
    stacking: Literal["stackable", "exclusive"] = Field(
        "stackable", description="exclusive: alone on its line, where that gives the buyer more."
    )
    priority: Annotated[int, Field(ge=0, le=1000)] = Field(100, description="Smaller ones apply first.")
    valid_from: AwareDatetime | None = None
    valid_until: AwareDatetime | None = None

    @model_validator(mode="after")
    def _terms_of_its_kind(self) -> SchemeIn:
        wanted = {"percent": "slabs", "amount": "slabs"}.get(self.kind, self.kind)
        given = [name for name in ("free_goods", "slabs", "cash_discount") if getattr(self, name) is not None]
        if given != [wanted]:
            raise ValueError(f"a scheme of kind {self.kind} wants `{wanted}` and nothing else")
        return self


class CreatedOut(View):
    """The id of what was set."""

    id: UUID


class SchemeOut(View):
    """A scheme in force."""

    id: UUID
    vendor_id: UUID
    code: str = Field(examples=["DASHAIN-10-1"])
    name: str = Field(examples=["Dashain ten and one"])
    kind: str = Field(examples=["free_goods"])
    product_id: UUID | None
    terms: dict[str, Any] = Field(
        examples=[{"buy": "10", "unit": "packet", "get": "1", "free_unit": "packet"}]
    )
    stacking: str = Field(examples=["stackable"])
    priority: int = Field(examples=[100])
    valid_from: datetime
    valid_until: datetime | None


class CustomerPriceIn(Payload):
    """What is agreed with one customer: the price of a good in a unit, or a percentage off."""

    retailer_id: UUID
    product_id: UUID | None = Field(None, description="Left out: a percentage off every good.")
    unit: Unit | None = Field(None, description="With a price.", examples=["carton"])
    unit_price: UnitPriceIn | None = None
    percent_off: Percent | None = Field(None, examples=["5"])
    is_active: bool = Field(True, description="False ends the agreement.")
    valid_from: AwareDatetime | None = None
    valid_until: AwareDatetime | None = None


class CustomerPriceOut(View):
    """An agreement in force."""

    id: UUID
    retailer_id: UUID
    product_id: UUID | None
    unit: str | None = Field(examples=["carton"])
    unit_price: UnitPrice | None
    percent_off: Decimal | None = Field(examples=["5.00"])
    valid_from: datetime
    valid_until: datetime | None

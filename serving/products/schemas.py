"""Payloads and views of the catalogue."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from commerce.catalogue.offers import TIERS_MAX
from serving.shapes import Payload, Quantity, QuantityOut, UnitPrice, UnitPriceIn, View, WarningOut

Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Short = Annotated[str, StringConstraints(min_length=1, max_length=40)]
Hsn = Annotated[str, StringConstraints(pattern="^([0-9]{4}|[0-9]{6}|[0-9]{8})$")]
Unit = Annotated[str, StringConstraints(min_length=1, max_length=20)]


Barcode = Annotated[str, StringConstraints(max_length=20)]
Names = dict[Literal["en", "hi", "ne"], Annotated[list[Text], Field(max_length=20)]]


class ProductIn(Payload):
    """A product: of the vendor who adds it, or of the platform when an admin does."""

    sku: Annotated[str, StringConstraints(min_length=1, max_length=60)] = Field(examples=["SALT-1KG"])
    name: Text = Field(examples=["Iodised salt 1 kg"])
    category: Short = Field(examples=["staples"])
    base_unit: Unit = Field(description="The unit that stock is kept in.", examples=["packet"])
    units: dict[Unit, Quantity] = Field(
        default_factory=dict,
        description="Base units in one of each further unit.",
        examples=[{"carton": "24"}],
    )
    hsn: Hsn | None = Field(None, examples=["2501"])
    barcode: Barcode | None = Field(
        None, description="GTIN of 8, 12, 13 or 14 digits.", examples=["8901058000290"]
    )
    names: Names = Field(
        default_factory=dict,
        description="Further names by language; the product is found by any of them.",
        examples=[{"hi": ["नमक"], "ne": ["नुन"]}],
    )


class ProductChangesIn(Payload):
    """What shall be changed of a product; what is left out stays."""

    name: Text = Field("", examples=["Iodised salt 1 kg"])
    category: Short = Field("", examples=["staples"])
    hsn: Hsn | None = Field(None, examples=["2501"])
    barcode: Barcode | None = Field(None, examples=["8901058000290"])
    names: Names = Field({}, description="In place of all further names.", examples=[{"ne": ["नुन"]}])
    is_active: bool = Field(True, description="False: it can be ordered no longer.")
    version: Annotated[str, StringConstraints(pattern="^[0-9]{1,20}$")] | None = Field(
        None, description="Refuse when the product was changed since this version.", examples=["7301"]
    )


class ProductCreatedOut(View):
    """The new product's id."""

    id: UUID
    sku: str = Field(examples=["SALT-1KG"])


class TierIn(Payload):
    """The price of a unit from a quantity on."""

    minimum_quantity: Quantity = Field(examples=["10"])
    unit_price: UnitPriceIn = Field(examples=["41"])


class OfferIn(Payload):
    """A vendor's terms for a product, from now or a later moment on."""

    unit: Unit = Field(examples=["carton"])
    unit_price: UnitPriceIn = Field(description="Of one `unit`, in the vendor's currency.")
    minimum_quantity: Quantity = Field(Decimal(1), examples=["1"])
    carton_multiple: Quantity = Field(
        Decimal(1), description="Orders are whole multiples of it.", examples=["1"]
    )
    is_tax_inclusive: bool = Field(
        True, description="The prices hold the tax; false: it comes on top when goods are quoted."
    )
    availability: Literal["tracked", "flag", "always"] = "tracked"
    is_listed: bool = True
    lead_time_days: Annotated[int, Field(ge=0, le=90)] = 2
    tiers: Annotated[list[TierIn], Field(max_length=TIERS_MAX)] = Field(
        default_factory=list, description="Larger quantities, smaller prices, in this order."
    )
    valid_from: AwareDatetime | None = Field(None, description="Left out: now. Later: a price announced.")
    valid_until: AwareDatetime | None = Field(
        None, description="Afterwards the terms before these hold again. Left out: no end."
    )


class OfferCreatedOut(View):
    """The new terms' id, and what will be in the way of selling by them."""

    id: UUID
    warnings: list[WarningOut]


class TierOut(View):
    """The price of a unit from a quantity on."""

    minimum_quantity: QuantityOut = Field(examples=["10"])
    unit_price: UnitPrice = Field(examples=["41"])


class OfferOut(View):
    """A vendor's terms in force."""

    vendor_id: UUID
    unit: str = Field(examples=["carton"])
    unit_price: UnitPrice
    currency: str = Field(examples=["NPR"])
    minimum_quantity: QuantityOut
    carton_multiple: QuantityOut
    is_tax_inclusive: bool
    availability: str = Field(examples=["tracked"])
    tiers: list[TierOut]
    lead_time_days: int = Field(examples=[2])
    valid_from: datetime
    valid_until: datetime | None


class ProductOut(View):
    """A product with the offers that the caller may see, cheapest first."""

    id: UUID
    sku: str = Field(examples=["SALT-1KG"])
    name: str = Field(examples=["Iodised salt 1 kg"])
    category: str = Field(examples=["staples"])
    base_unit: str = Field(examples=["packet"])
    hsn: str | None = Field(examples=["2501"])
    is_active: bool
    version: str = Field(examples=["7301"])
    barcode: str | None = Field(examples=["8901058000290"])
    offers: list[OfferOut]

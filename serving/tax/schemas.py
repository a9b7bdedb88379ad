"""Payloads and views of tax profiles and classes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from serving.invoices.schemas import Percent
from serving.shapes import Day, Payload, View

Profile = Literal["unregistered", "composition", "regular", "pan", "vat", "foreign"]


class TaxProfileIn(Payload):
    """How the caller's business stands to the tax office from a day on."""

    profile: Profile = Field(
        description="India: unregistered, composition, regular. Nepal: unregistered, pan, vat.",
        examples=["regular"],
    )
    registration_number: Annotated[str, StringConstraints(min_length=1, max_length=20)] | None = Field(
        None, description="GSTIN, or in Nepal the PAN.", examples=["27AAPFU0939F1ZV"]
    )
    valid_from: Day | None = Field(None, description="Today or later; left out: today.")


class TaxProfileOut(View):
    """A profile and the day from which it holds."""

    profile: str = Field(examples=["regular"])
    registration_number: str | None = Field(examples=["27AAPFU0939F1ZV"])
    valid_from: date
    recorded_at: datetime


class TaxProfilesOut(View):
    """The profile that holds today, and all that were ever said, newest first."""

    current: TaxProfileOut | None
    profiles: list[TaxProfileOut]


class RateOut(View):
    """A row of rates: what falls on a class, under a condition, from a day to a day."""

    condition: str | None = Field(examples=["pre-packaged"])
    supply: str = Field(examples=["taxable"], description="taxable, nil, exempt, non_gst, or unknown.")
    rate: Percent
    cess: Percent
    cess_per_piece: Percent = Field(description="Cess on each piece, in rupees.")
    cess_on_retail_price: Percent = Field(description="Cess in percent of the retail sale price on the pack.")
    valued_on: str = Field(
        description="`retail-sale-price` where the tax is reckoned on the price on the pack; else empty.",
        examples=[""],
    )
    valid_from: date | None
    valid_until: date | None
    source: str = Field(examples=["S9+S10"])
    certainty: str = Field(examples=["high"])
    reason: str = Field(description="Why the rate is not known, where it is not.", examples=[""])


class TaxClassRowOut(View):
    """A tax class with its rows of a day; what is no good of the table is a rate that one declares."""

    code: str = Field(examples=["rice"])
    name: str | None = Field(examples=["Rice"])
    name_hi: str | None = Field(examples=["चावल"])
    name_ne: str | None = Field(examples=["चामल"])
    hsn: str | None = Field(examples=["1006"])
    note: str | None = Field(examples=[""])
    rates: list[RateOut]


class ProductTaxClassIn(Payload):
    """What a product is taxed as from a day on."""

    tax_class: Annotated[str, StringConstraints(min_length=1, max_length=40)] = Field(examples=["rice"])
    condition: Literal["loose", "pre-packaged"] | None = Field(
        None, description="For goods whose tax depends on it.", examples=["pre-packaged"]
    )
    valid_from: Day | None = Field(None, description="Left out: today.")
    country: Literal["IN", "NP"] | None = Field(
        None, description="For an admin, who has none; left out: the caller's own.", examples=[None]
    )


class ProductTaxClassOut(View):
    """What a product is taxed as on a day when the caller sells it."""

    product_id: UUID
    country: str = Field(examples=["IN"])
    day: date
    tax_class: str | None = Field(description="Null: nobody said.", examples=["rice"])
    condition: str | None = Field(examples=["pre-packaged"])
    valid_from: date | None
    is_platforms: bool | None = Field(description="Whether it is the platform's word and not the caller's.")
    row: RateOut | None = Field(description="Null: not known, which is not nil.")
    unknown_because: str | None = Field(examples=[None])

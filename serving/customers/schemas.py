"""Payloads and views of a shop's customers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from commerce.customers.service import Known
from commerce.customers.vocabulary import ALIASES_MAX, HEARD_FROM, HEARD_UNTIL, WANTED_UNASKED
from serving.shapes import Payload, Rupees, RupeesIn, View, WallTime

Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Language = Literal["en", "hi", "ne"]
Channel = Literal["whatsapp", "sms", "mail", "none"]
Purpose = Literal["bill", "payment", "reminder", "offer"]
TaxProfile = Literal["unregistered", "composition", "regular", "pan", "vat"]


class CustomerFacts(Payload):
    """What a shop may know of a customer."""

    nickname: Name | None = Field(None, examples=["Chhotu"])
    phone: Annotated[str, StringConstraints(max_length=30)] | None = Field(
        None, description="Without a prefix it is of the shop's country.", examples=["98100 12345"]
    )
    email: Annotated[str, StringConstraints(max_length=254)] | None = Field(
        None, examples=["ramesh@example.com"]
    )
    landmark: Text | None = Field(None, description="How the house is found.", examples=["behind the temple"])
    address: Text | None = Field(
        None, description="As a tax document writes it.", examples=["12 Gandhi Road"]
    )
    aliases: Annotated[list[Name], Field(max_length=ALIASES_MAX)] = Field(
        [], description="What else the shop calls the customer, in any script.", examples=[["रमेश भाई"]]
    )
    language: Language = "hi"
    channel: Channel = Field("whatsapp", description="By which way messages go; `none`: none do.")
    purposes: list[Purpose] = Field(
        list(WANTED_UNASKED),
        description="What the customer wants to hear of.",
        examples=[["bill", "reminder"]],
    )
    heard_from: WallTime = Field(
        HEARD_FROM,
        description="What can wait is sent from this hour of the shop's day on.",
        examples=["09:00"],
    )
    heard_until: WallTime = Field(HEARD_UNTIL, description="And until this one.", examples=["20:00"])
    tax_profile: TaxProfile = Field("unregistered", description="How the customer stands to the tax office.")
    registration_number: Annotated[str, StringConstraints(max_length=20)] | None = Field(
        None, description="GSTIN or PAN of a registered customer.", examples=["27AAPFU0939F1ZV"]
    )
    state: Annotated[str, StringConstraints(max_length=40)] | None = Field(
        None,
        description="Where goods are brought to; of a registered one left out: that of its GSTIN.",
        examples=["27"],
    )


class CustomerIn(CustomerFacts):
    """A customer to be taken in, perhaps with what they owe already."""

    name: Name = Field(examples=["Ramesh Kumar"])
    opening_balance_paisa: RupeesIn | None = Field(
        None, gt=0, description="What they owe from before, by the shop's own paper.", examples=["250.00"]
    )
    confirm_duplicate: bool = Field(
        False, description="They share their phone or e-mail with another customer."
    )


class CustomerChangeIn(CustomerFacts):
    """What is changed of a customer: fields that are left out stay, `null` empties one that may be empty."""

    name: Name | None = Field(None, examples=["Ramesh Kumar"])
    confirm_duplicate: bool = False

    @property
    def changes(self) -> dict[str, Any]:
        """The fields that were sent."""
        return self.model_dump(include=self.model_fields_set - {"confirm_duplicate"})


class CodeIn(Payload):
    """The code that was mailed."""

    code: Annotated[str, StringConstraints(min_length=4, max_length=20)] = Field(examples=["482913"])


class CustomerOut(View):
    """A customer as the shop knows them. Of one who was erased the name says so, and nothing else is left."""

    id: UUID
    name: str = Field(examples=["Ramesh Kumar"])
    nickname: str | None
    phone: str | None = Field(examples=["+919810012345"])
    email: str | None
    landmark: str | None
    address: str | None
    aliases: list[str]
    language: Language
    channel: Channel
    purposes: list[Purpose]
    heard_from: WallTime
    heard_until: WallTime
    tax_profile: TaxProfile
    registration_number: str | None
    state: str | None
    balance_paisa: Rupees = Field(description="What they owe; below zero: what they paid ahead.")
    currency: str = Field(examples=["INR"])
    is_erased: bool
    version: int
    created_at: datetime

    @classmethod
    def of(cls, known: Known) -> CustomerOut:
        """The view of a customer."""
        return cls(
            **vars(known.details) | {"aliases": list(known.details.aliases)},
            **vars(known.preferences) | {"purposes": list(known.preferences.purposes)},
            **{
                name: getattr(known, name)
                for name in ("id", "balance_paisa", "currency", "is_erased", "version", "created_at")
            },
        )


class CustomerAddedOut(View):
    """The customer, and others whose names sound the same: perhaps the same person."""

    customer: CustomerOut
    namesakes: list[CustomerOut]


class BalanceOut(View):
    """What one customer owes."""

    id: UUID
    name: str = Field(examples=["Ramesh Kumar"])
    phone: str | None = Field(examples=["+919810012345"])
    balance_paisa: Rupees
    currency: str = Field(examples=["INR"])


class TotalPendingOut(View):
    """What all customers of the shop owe, and what it owes to those that paid ahead."""

    customers: int = Field(description="How many owe something.", examples=[12])
    owed_paisa: Rupees
    advances_paisa: Rupees
    currency: str = Field(examples=["INR"])

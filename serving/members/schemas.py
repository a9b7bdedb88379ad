"""Payloads and views of a business's members and their invitations."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field, model_validator

from serving.auth.schemas import Email, Phone, Text
from serving.shapes import Payload, View

Role = Literal["vendor", "retailer"]
Position = Literal["owner", "accountant", "cashier", "salesman", "collector"]


class PositionIn(Payload):
    """What a member is from now on."""

    position: Position = Field(examples=["cashier"])


class InvitationIn(PositionIn):
    """Whom to invite, by mail or by phone, and as what."""

    full_name: Text = Field(examples=["Ramesh Oli"])
    email: Email | None = Field(None, examples=["ramesh@karnali.example"])
    phone: Phone | None = Field(
        None,
        description="In place of the e-mail; without a prefix it is of the business's country.",
        examples=[None],
    )

    role: Role | None = Field(
        None,
        description="For which half, of a business that trades both ways; left out: the one of who invites.",
    )

    @model_validator(mode="after")
    def _one_address(self) -> InvitationIn:
        if (self.email is None) == (self.phone is None):
            raise ValueError("give either the e-mail or the phone")
        return self


class MemberOut(View):
    """A member as the others see them."""

    id: UUID
    full_name: str = Field(examples=["Asha Thapa"])
    email: str | None = Field(examples=["asha@karnali.example"])
    phone: str | None = Field(examples=["+9779841234567"])
    role: Role = Field(examples=["vendor"])
    position: Position = Field(examples=["owner"])
    created_at: datetime


class InvitationOut(View):
    """An invitation that was not taken up yet. What it takes to do so is known to the invited alone."""

    id: UUID
    channel: Literal["mail", "phone"] = Field(examples=["mail"])
    address: str = Field(examples=["ramesh@karnali.example"])
    full_name: str = Field(examples=["Ramesh Oli"])
    role: Role = Field(examples=["vendor"])
    position: Position = Field(examples=["cashier"])
    invited_by: UUID
    invited_at: datetime
    expires_at: datetime

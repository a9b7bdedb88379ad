"""Payloads and views of registration and log-in."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, SecretStr, StringConstraints

from serving.shapes import Payload, View

Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Short = Annotated[str, StringConstraints(min_length=1, max_length=40)]
Email = Annotated[str, StringConstraints(min_length=3, max_length=254)]
Password = Annotated[SecretStr, Field(min_length=8, max_length=256)]
RefreshTokenText = Annotated[str, StringConstraints(min_length=20, max_length=200)]


class BusinessIn(Payload):
    """The business that comes in with its first user."""

    name: Text = Field(examples=["Karnali Traders"])
    country: Annotated[str, StringConstraints(pattern="^[A-Z]{2}$")] = Field(examples=["NP"])
    state: Short = Field(
        description="GST state code in India, ISO 3166-2 province in Nepal.", examples=["NP-P6"]
    )
    zone: Short = Field(description="The delivery area, no closer than a town.", examples=["Birendranagar"])
    currency: Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")] | None = Field(None, examples=["NPR"])
    time_zone: Short | None = Field(None, examples=["Asia/Kathmandu"])
    tax_profile: Literal["unregistered", "composition", "regular", "pan", "vat", "foreign"] = Field(
        "unregistered", examples=["vat"]
    )
    registration_number: Annotated[str, StringConstraints(min_length=1, max_length=20)] | None = Field(
        None, description="GSTIN or PAN, as the tax profile asks.", examples=["301234567"]
    )
    trades_both_ways: bool = Field(False, description="Sells and buys, whatever the first user's role is.")


class RegisterIn(Payload):
    """A vendor or retailer comes with a business; the other roles come without, by an admin's token."""

    email: Email = Field(examples=["asha@karnali.example"])
    full_name: Text = Field(examples=["Asha Thapa"])
    password: Password = Field(examples=["a long phrase of yours"])
    role: Literal["admin", "vendor", "retailer", "loan_officer", "analyst"] = Field(examples=["vendor"])
    business: BusinessIn | None = None


class LoginIn(Payload):
    """The credentials."""

    email: Email = Field(examples=["asha@karnali.example"])
    password: Annotated[SecretStr, Field(min_length=1, max_length=256)] = Field(
        examples=["a long phrase of yours"]
    )


class RefreshIn(Payload):
    """A refresh token, good for one use."""

    refresh_token: RefreshTokenText = Field(examples=["pJ0v0y7Jt8s4i1nq2C0bq8b1k8c3x8u7z6w5v4t3s2r"])


class BusinessOut(View):
    """The caller's own business."""

    id: UUID
    name: str = Field(examples=["Karnali Traders"])
    is_vendor: bool
    is_retailer: bool
    country: str = Field(examples=["NP"])
    state: str = Field(examples=["NP-P6"])
    zone: str = Field(examples=["Birendranagar"])
    currency: str = Field(examples=["NPR"])
    time_zone: str = Field(examples=["Asia/Kathmandu"])
    origin: str = Field(examples=["real"])


class UserOut(View):
    """A user as the user may see it."""

    id: UUID
    email: str = Field(examples=["asha@karnali.example"])
    full_name: str = Field(examples=["Asha Thapa"])
    role: str = Field(examples=["vendor"])
    business_id: UUID | None
    created_at: datetime


class ProfileOut(UserOut):
    """The caller, with their business."""

    business: BusinessOut | None


class TokensOut(View):
    """What to send from now on, and what to trade for the next."""

    access_token: str = Field(examples=["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIwMTkzIn0.c2lnbmF0dXJl"])
    refresh_token: str = Field(examples=["pJ0v0y7Jt8s4i1nq2C0bq8b1k8c3x8u7z6w5v4t3s2r"])
    token_type: Literal["Bearer"] = "Bearer"
    expires_in_seconds: int = Field(examples=[3600])
    user: UserOut

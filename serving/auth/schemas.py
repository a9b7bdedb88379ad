"""Payloads and views of registration and log-in."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, SecretStr, StringConstraints, model_validator

from serving.shapes import CurrencyCode, Payload, View

Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Short = Annotated[str, StringConstraints(min_length=1, max_length=40)]
Email = Annotated[str, StringConstraints(min_length=3, max_length=254)]
Password = Annotated[SecretStr, Field(min_length=8, max_length=256)]
Phone = Annotated[str, StringConstraints(min_length=6, max_length=30)]
Code = Annotated[str, StringConstraints(min_length=4, max_length=20)]
SecondFactorCode = Annotated[SecretStr | None, Field(max_length=20)]
OneTimeToken = Annotated[SecretStr, Field(min_length=8, max_length=200)]
RefreshTokenText = Annotated[str, StringConstraints(min_length=20, max_length=200)]


class BusinessIn(Payload):
    """The business that comes in with its first user."""

    name: Text = Field(examples=["Karnali Traders"])
    country: Annotated[str, StringConstraints(max_length=20)] = Field(
        description="IN, NP, or another one by its ISO 3166 code, with currency, time zone and profile `foreign`.",
        examples=["NP"],
    )
    state: Short = Field(
        description="GST state code in India, ISO 3166-2 province in Nepal.", examples=["NP-P6"]
    )
    zone: Short = Field(description="The delivery area, no closer than a town.", examples=["Birendranagar"])
    currency: CurrencyCode | None = Field(None, examples=["NPR"])
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
    """E-mail or confirmed phone, and password; the authenticator's code where one is set up."""

    email: Email | None = Field(None, examples=["asha@karnali.example"])
    phone: Phone | None = Field(None, description="In place of the e-mail.", examples=[None])
    password: Annotated[SecretStr, Field(min_length=1, max_length=256)] = Field(
        examples=["a long phrase of yours"]
    )
    second_factor: SecondFactorCode = Field(
        None, description="The authenticator's code, or a recovery code.", examples=[None]
    )

    @model_validator(mode="after")
    def _one_address(self) -> LoginIn:
        if (self.email is None) == (self.phone is None):
            raise ValueError("give either the e-mail or the phone")
        return self


class PhoneIn(Payload):
    """A phone, with its country in front."""

    phone: Phone = Field(examples=["+977 9841234567"])


class PhoneCodeIn(PhoneIn):
    """The code that was sent to the phone."""

    code: Code = Field(examples=["093118"])


class PhoneLoginIn(PhoneCodeIn):
    """The code that was sent to the phone; the authenticator's code too where one is set up."""

    second_factor: SecondFactorCode = Field(
        None, description="The authenticator's code, or a recovery code.", examples=[None]
    )


class PasswordIn(Payload):
    """The present password and the next one."""

    password: Annotated[SecretStr, Field(min_length=1, max_length=256)] = Field(
        examples=["a long phrase of yours"]
    )
    new_password: Password = Field(examples=["another phrase of yours"])


class ForgottenIn(Payload):
    """The address to mail to."""

    email: Email = Field(examples=["asha@karnali.example"])


class ResetIn(Payload):
    """The token that was mailed, and the next password."""

    token: OneTimeToken = Field(examples=["pJ0v0y7Jt8s4i1nq2C0bq8b1k8c3x8u7z6w5v4t3s2r"])
    new_password: Password = Field(examples=["another phrase of yours"])


class JoinIn(Payload):
    """What came with the invitation, and the password to log in with."""

    token: OneTimeToken = Field(examples=["K7QM2XPA9T"])
    password: Password = Field(examples=["a long phrase of yours"])
    full_name: Text | None = Field(None, description="As it was invited, unless given.", examples=[None])


class CodeIn(Payload):
    """A code of the authenticator."""

    code: Code = Field(examples=["480213"])


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
    email: str | None = Field(examples=["asha@karnali.example"])
    phone: str | None = Field(examples=["+9779841234567"])
    full_name: str = Field(examples=["Asha Thapa"])
    role: str = Field(examples=["vendor"])
    position: str | None = Field(examples=["owner"])
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
    must_set_up_second_factor: bool = Field(
        description="An admin can do nothing else before that.", examples=[False]
    )
    user: UserOut


class SecondFactorOut(View):
    """What to set the authenticator up with: type the secret, or let it read the URI as a QR code."""

    secret: str = Field(examples=["JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"])
    uri: str = Field(examples=["otpauth://totp/Sauda:asha%40karnali.example?secret=JBSWY3DP&issuer=Sauda"])


class SecondFactorSetUpOut(View):
    """Keep the recovery codes where the phone is not: each stands in for it once. The log-in begins anew."""

    recovery_codes: list[str] = Field(examples=[["K7QM2XPA9T"]])
    log_in: TokensOut


class KeySetOut(View):
    """The public keys of access tokens (RFC 7517)."""

    keys: list[dict[str, str]] = Field(
        examples=[[{"kty": "OKP", "crv": "Ed25519", "kid": "k1", "x": "11qY", "use": "sig", "alg": "EdDSA"}]]
    )

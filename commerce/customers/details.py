"""What is personal of a customer, as it is sealed and opened."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from email_validator import EmailNotValidError

from commerce.customers.errors import CustomerInvalid
from commerce.customers.vocabulary import ALIASES_MAX
from commerce.messaging.addresses import normal_email, normal_phone
from commerce.messaging.errors import PhoneInvalid
from foundation.personal import Subject

SEALED_AS = "details"


@dataclass(frozen=True)
class Details:
    """Names and addresses of a customer."""

    name: str = field(repr=False)
    nickname: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    """E.164. Not the identity: people share phones, lose them, and have none."""
    email: str | None = field(default=None, repr=False)
    landmark: str | None = field(default=None, repr=False)
    """How the house is found: "behind the temple"."""
    address: str | None = field(default=None, repr=False)
    """As a tax document writes it."""
    registration_number: str | None = field(default=None, repr=False)
    aliases: tuple[str, ...] = field(default=(), repr=False)
    """What else the shop calls the customer, in any script."""

    def sealed(self, subject: Subject) -> bytes:
        """As the row keeps it."""
        return subject.seal(SEALED_AS, json.dumps(asdict(self), ensure_ascii=False))

    @classmethod
    def opened(cls, subject: Subject, sealed: bytes) -> Details:
        """What `sealed` made."""
        told = json.loads(subject.open(SEALED_AS, sealed))
        return cls(**told | {"aliases": tuple(told["aliases"])})

    @property
    def names(self) -> tuple[str, ...]:
        """All that the customer is called and found by."""
        return tuple(filter(None, (self.name, self.nickname, *self.aliases, self.landmark)))


def checked(told: Details, *, country: str) -> Details:
    """Names and addresses in their normal forms. Raises CustomerInvalid."""
    name = " ".join(told.name.split())
    if not name:
        raise CustomerInvalid("name", told.name, "write what the customer is called")
    if len(told.aliases) > ALIASES_MAX:
        raise CustomerInvalid("aliases", len(told.aliases), f"give {ALIASES_MAX} at most")
    return replace(
        told,
        name=name,
        phone=told.phone and _phone(told.phone, country),
        email=told.email and _email(told.email),
        aliases=tuple(dict.fromkeys(" ".join(alias.split()) for alias in told.aliases if alias.strip())),
    )


def _phone(written: str, country: str) -> str:
    try:
        return normal_phone(written, country=country)
    except PhoneInvalid:
        raise CustomerInvalid(
            "phone", written, "write all its digits, with +91 or +977 before them if it is of another country"
        ) from None


def _email(written: str) -> str:
    try:
        return normal_email(written)
    except EmailNotValidError as error:
        raise CustomerInvalid("email", written, str(error)) from None


def changed(details: Details, changes: Mapping[str, Any]) -> Details:
    """The details with what is named in `changes`."""
    own = {name: value for name, value in changes.items() if name in Details.__dataclass_fields__}
    return replace(details, **own)

"""The one normal form of a phone and of an e-mail, by which each is kept and found."""

from __future__ import annotations

import phonenumbers
from email_validator import validate_email

from commerce.messaging.errors import PhoneInvalid


def normal_phone(written: str, *, country: str | None = None) -> str:
    """The number as E.164 (`+9779841234567`). `country` is where a number without a prefix belongs.

    Raises PhoneInvalid.
    """
    try:
        number = phonenumbers.parse(written, country)
    except phonenumbers.NumberParseException:
        raise PhoneInvalid from None
    if not phonenumbers.is_valid_number(number):
        raise PhoneInvalid
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def normal_email(written: str) -> str:
    """The address in one spelling of case and script. Raises email_validator.EmailNotValidError."""
    return validate_email(written, check_deliverability=False).normalized.lower()

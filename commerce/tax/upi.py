"""The link that a UPI app opens from a QR code, by NPCI's linking specification 1.6."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

from commerce.tax.errors import UpiLinkInvalid
from foundation.money import AMOUNT_PAISA_MAX, to_rupees

ADDRESS: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,253}[A-Za-z0-9]@[A-Za-z][A-Za-z0-9.-]{1,63}")
"""A virtual payment address: a name of 2 characters or more, and the handle of a bank or app."""
NAME_MAX, REFERENCE_MAX, NOTE_MAX, ADDRESS_MAX = 99, 35, 50, 255
REFERENCE: Final = re.compile(f"[A-Za-z0-9./-]{{1,{REFERENCE_MAX}}}")
CATEGORY: Final = re.compile("[0-9]{4}")


def checked_address(address: str) -> str:
    """The virtual payment address (VPA) without spaces around it. Raises UpiLinkInvalid."""
    address = address.strip()
    if len(address) > ADDRESS_MAX or not ADDRESS.fullmatch(address):
        raise UpiLinkInvalid(
            "address", address, "write the UPI address as the bank's app shows it, like sharma.stores@okaxis"
        )
    return address


def upi_link(
    *,
    address: str,
    name: str,
    amount_paisa: int | None = None,
    reference: str | None = None,
    note: str | None = None,
    category: str | None = None,
) -> str:
    """`upi://pay?…` for a payment in rupees to this address. Raises UpiLinkInvalid.

    Without an amount the payer writes it. `reference` comes back with the payment: the number of the bill.
    `category` is the merchant's category code (5411: groceries).
    """
    name = " ".join(name.split())
    if not 1 <= len(name) <= NAME_MAX:
        raise UpiLinkInvalid("name", name, f"write the shop's name in 1 to {NAME_MAX} characters")
    if amount_paisa is not None and not 0 < amount_paisa <= AMOUNT_PAISA_MAX:
        raise UpiLinkInvalid("amount", to_rupees(amount_paisa), "ask for more than nothing, or leave it out")
    if reference is not None and not REFERENCE.fullmatch(reference):
        raise UpiLinkInvalid(
            "reference", reference, f"give 1 to {REFERENCE_MAX} letters, digits, dots, dashes and slashes"
        )
    if category is not None and not CATEGORY.fullmatch(category):
        raise UpiLinkInvalid("category", category, "a merchant's category has four digits")
    told = {
        "pa": checked_address(address),
        "pn": name,
        "mc": category,
        "tr": reference,
        "tn": None if note is None else " ".join(note.split())[:NOTE_MAX].strip(),
        "am": None if amount_paisa is None else to_rupees(amount_paisa),
        "cu": "INR",
    }
    return "upi://pay?" + "&".join(f"{key}={quote(value, safe='@.')}" for key, value in told.items() if value)

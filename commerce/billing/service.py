"""Verbs of a shop's counter: what it asks for its goods, and how its bills are made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from commerce.billing import queries
from commerce.billing.errors import BillingSettingInvalid, ShopPriceInvalid, TillInvalid, TillNotFound
from commerce.billing.models import ShopPrice
from commerce.billing.vocabulary import (
    ADDRESS_MAX,
    DRAFT_HOURS,
    DRAFT_HOURS_MAX,
    PRICE_MAX,
    TILL_CODE,
    TIMINGS,
    TURNOVERS,
)
from commerce.catalogue import queries as catalogue
from commerce.catalogue.errors import ProductNotFound, UnitNotSold
from commerce.customers.vocabulary import LANGUAGES
from commerce.messaging.addresses import normal_phone
from commerce.messaging.errors import PhoneInvalid
from commerce.parties import service as parties
from commerce.tax.upi import checked_address
from foundation import clock
from foundation.ids import uuid7
from foundation.money import format_quantity


@dataclass(frozen=True)
class Settings:
    """How a shop's bills are reckoned and kept."""

    timing: str = "section-12"
    turnover: str = "up-to-5-crore"
    rounds_to_rupee: bool = False
    may_abbreviate: bool = False
    upi_address: str | None = None
    address: str | None = None
    """As papers write it: street and place."""
    phone: str | None = None
    paper_language: str | None = None
    """None: the customer's own."""
    draft_hours: int = DRAFT_HOURS
    version: int = 0
    """0: nothing was set, and these are what holds without."""
    changed_at: datetime | None = None


def set_price(
    session: Session,
    *,
    business_id: UUID,
    product_id: UUID,
    unit: str,
    unit_price: Decimal | None,
    mrp: Decimal | None = None,
    actor_id: UUID | None = None,
) -> UUID:
    """Say what a good costs at the counter from now on, the tax in it; None: it has no price any more. The row's id.

    Bills that are made keep theirs. Raises ProductNotFound, UnitNotSold, ShopPriceInvalid.
    """
    if product_id not in catalogue.usable_products(session, business_id, [product_id]):
        raise ProductNotFound(f"there is no product {product_id} for this shop", product_id=str(product_id))
    sold_in = catalogue.units_of(session, product_id)
    if unit not in sold_in:
        raise UnitNotSold(f"unit {unit!r} is not one of this good; use {' or '.join(sold_in)}", unit=unit)
    for name, value in (("unit_price", unit_price), ("mrp", mrp)):
        if value is not None and not 0 < value <= PRICE_MAX:
            raise ShopPriceInvalid(
                f"{name} {format_quantity(value)} cannot be; give more than nothing and {PRICE_MAX} at most"
            )
    if unit_price is not None and mrp is not None and unit_price > mrp:
        raise ShopPriceInvalid(
            f"{format_quantity(unit_price)} is more than the retail sale price on the pack, {format_quantity(mrp)}; "
            "nobody may ask more than that (Legal Metrology (Packaged Commodities) Rules 2011, 18(2))"
        )
    shop = parties.get_business(session, business_id=business_id)
    price_id = uuid7()
    session.execute(
        insert(ShopPrice.__table__).values(  # type: ignore[arg-type]
            id=price_id,
            business_id=business_id,
            product_id=product_id,
            unit=unit,
            unit_price=unit_price,
            mrp=mrp,
            currency=shop.currency,
            valid_from=clock.now(),
            recorded_by=actor_id,
        )
    )
    return price_id


def settings_of(session: Session, *, business_id: UUID) -> Settings:
    """What holds for a shop's bills now."""
    row = queries.settings(session, business_id)
    return Settings() if row is None else Settings(**row)


def change_settings(
    session: Session, *, business_id: UUID, wanted: Settings, actor_id: UUID | None = None
) -> None:
    """Put these settings in the place of those before, for bills that are made from now on.

    Raises BillingSettingInvalid, UpiLinkInvalid.
    """
    for name, value, known in (
        ("timing", wanted.timing, TIMINGS),
        ("turnover", wanted.turnover, TURNOVERS),
    ):
        if value not in known:
            raise BillingSettingInvalid(name, value, f"give {' or '.join(known)}")
    if wanted.paper_language is not None and wanted.paper_language not in LANGUAGES:
        raise BillingSettingInvalid("paper_language", wanted.paper_language, f"give {' or '.join(LANGUAGES)}")
    if wanted.address is not None and len(wanted.address) > ADDRESS_MAX:
        raise BillingSettingInvalid(
            "address", wanted.address, f"write it in {ADDRESS_MAX} characters at most"
        )
    if not 1 <= wanted.draft_hours <= DRAFT_HOURS_MAX:
        raise BillingSettingInvalid("draft_hours", wanted.draft_hours, f"give 1 to {DRAFT_HOURS_MAX}")
    shop = parties.get_business(session, business_id=business_id)
    today = clock.business_day(clock.now(), shop.time_zone)
    profile = parties.tax_profile_on(session, business_id=business_id, day=today)
    if wanted.may_abbreviate and (profile is None or profile.profile != "vat"):
        raise BillingSettingInvalid(
            "may_abbreviate", True, "only who is registered for VAT in Nepal gives abbreviated tax invoices"
        )
    if wanted.upi_address is not None and shop.country != "IN":
        raise BillingSettingInvalid("upi_address", wanted.upi_address, "UPI is of India; leave it out")
    queries.write_settings(
        session,
        {
            "business_id": business_id,
            "timing": wanted.timing,
            "turnover": wanted.turnover,
            "rounds_to_rupee": wanted.rounds_to_rupee,
            "may_abbreviate": wanted.may_abbreviate,
            "upi_address": wanted.upi_address and checked_address(wanted.upi_address),
            "address": " ".join((wanted.address or "").split()) or None,
            "phone": wanted.phone and _phone(wanted.phone, shop.country),
            "paper_language": wanted.paper_language,
            "draft_hours": wanted.draft_hours,
            "changed_by": actor_id,
            "changed_at": clock.now(),
        },
    )


def open_till(
    session: Session, *, business_id: UUID, code: str, name: str, actor_id: UUID | None = None
) -> None:
    """Let a device bill by a series of its own from now on, or name it anew; one that was closed is open again.

    Raises TillInvalid.
    """
    if not TILL_CODE.fullmatch(code):
        raise TillInvalid(f"code {code!r} cannot be a till's; use a letter and a digit, such as T1")
    session.execute(
        text("""
            INSERT INTO app.tills AS known (business_id, code, name, opened_by, opened_at)
            VALUES (:business_id, :code, :name, :actor_id, :now)
            ON CONFLICT (business_id, code) DO UPDATE SET name = excluded.name, closed_at = NULL
        """),
        {
            "business_id": business_id,
            "code": code,
            "name": " ".join(name.split()),
            "actor_id": actor_id,
            "now": clock.now(),
        },
    )


def close_till(session: Session, *, business_id: UUID, code: str) -> None:
    """Let a device bill no longer; its bills and its series stay. Raises TillNotFound."""
    closed = session.execute(
        text("""
            UPDATE app.tills SET closed_at = :now
            WHERE business_id = :business_id AND code = :code AND closed_at IS NULL RETURNING code
        """),
        {"business_id": business_id, "code": code, "now": clock.now()},
    ).one_or_none()
    if closed is None:
        raise TillNotFound(code)


def _phone(written: str, country: str) -> str:
    try:
        return normal_phone(written, country=country)
    except PhoneInvalid:
        raise BillingSettingInvalid("phone", written, "write all its digits, as customers dial it") from None

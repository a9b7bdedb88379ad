"""Take businesses in, and the dated facts about them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping, text
from sqlalchemy.exc import DataError
from sqlalchemy.orm import Session
from stdnum.exceptions import ValidationError
from stdnum.in_ import gstin, pan

from commerce.ledger import service as ledger
from commerce.parties import queries
from commerce.parties.errors import BusinessInvalid, BusinessNotFound, ConsentInvalid, TaxProfileInvalid
from commerce.parties.models import ORIGINS, SCORE_BAND, Business, Consent, TaxProfile
from commerce.parties.vocabulary import COUNTRIES, COUNTRY_CODES, CURRENCIES, NEPALI_PAN
from foundation import clock
from foundation.ids import uuid7
from foundation.keyset import Order

FOREIGN = "foreign"


def create_business(
    session: Session,
    *,
    name: str,
    is_vendor: bool,
    is_retailer: bool,
    country: str,
    state: str,
    zone: str,
    currency: str | None = None,
    time_zone: str | None = None,
    tax_profile: str = "unregistered",
    registration_number: str | None = None,
    origin: str = "real",
    joined_at: datetime | None = None,
) -> Business:
    """Take in a business that keeps its books here, with its tax profile from its first day on.

    Currency and time zone default to the country's. A country other than India and Nepal needs both and
    the tax profile `foreign`. Raises BusinessInvalid, TaxProfileInvalid.
    """
    known = COUNTRIES.get(country)
    currency = currency or (known.currency if known else "")
    time_zone = time_zone or (known.time_zone if known else "")
    # One line: it stands in headers of mails, where a line break would begin another one.
    name = " ".join(name.split())
    if not name:
        raise BusinessInvalid("name", name, "write the name that stands over the shop")
    if not (is_vendor or is_retailer):
        raise BusinessInvalid("side", "none", "a business is a vendor, a retailer, or both")
    check_place(country=country, state=state, currency=currency)
    if origin not in ORIGINS:
        raise BusinessInvalid("origin", origin, f"give one of {', '.join(ORIGINS)}")
    _check_time_zone(session, time_zone)
    joined_at = joined_at or clock.now()
    business = Business(
        id=uuid7(),
        name=name,
        is_vendor=is_vendor,
        is_retailer=is_retailer,
        keeps_books=True,
        country=country,
        state=state,
        zone=zone,
        currency=currency,
        time_zone=time_zone,
        origin=origin,
        joined_at=joined_at,
    )
    session.add(business)
    session.flush()
    ledger.open_book(session, business_id=business.id, currency=currency)
    _add_tax_profile(
        session, business, tax_profile, registration_number, clock.business_day(joined_at, business.time_zone)
    )
    return business


def check_place(*, country: str, state: str, currency: str) -> None:
    """That a business can stand there and trade in that currency. Raises BusinessInvalid."""
    known = COUNTRIES.get(country)
    if country not in COUNTRY_CODES:
        raise BusinessInvalid(
            "country",
            country,
            f"give {' or '.join(COUNTRIES)}, or the two capital letters of another country in ISO 3166 with its "
            "currency, its time zone and the tax profile 'foreign'",
        )
    if known and state not in known.states:
        raise BusinessInvalid("state", state, f"give one of {', '.join(known.states)}")
    if currency not in CURRENCIES or (known and currency != known.currency):
        raise BusinessInvalid(
            "currency",
            currency,
            f"businesses of {country} trade in {known.currency}"
            if known
            else f"say by its ISO 4217 code in which one this business of {country} trades",
        )


def get_business(session: Session, *, business_id: UUID) -> Business:
    """The business with this id. Raises BusinessNotFound."""
    business = queries.business(session, business_id)
    if business is None:
        raise BusinessNotFound(business_id)
    return business


def list_businesses(
    session: Session,
    *,
    chosen: queries.BusinessFilter = queries.BusinessFilter(),
    by: Order = queries.BUSINESSES_BY["name"],
    after: Sequence[Any] | None = None,
    limit: int = 50,
) -> Sequence[Business]:
    """Businesses by name, `limit` of them after the one with the key given."""
    return queries.businesses(session, chosen=chosen, by=by, after=after, limit=limit)


def names_of(session: Session, business_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The name of each of the businesses that exist."""
    return queries.names(session, business_ids)


def tax_profile_on(session: Session, *, business_id: UUID, day: date) -> TaxProfile | None:
    """How the business stood to the tax office on `day`; None before its first row."""
    return queries.tax_profile_on(session, business_id, day)


def tax_profiles_of(session: Session, *, business_id: UUID) -> Sequence[TaxProfile]:
    """How a business stands to the tax office from which day on, newest first."""
    return queries.tax_profiles(session, business_id)


def set_tax_profile(
    session: Session,
    *,
    business_id: UUID,
    profile: str,
    registration_number: str | None,
    valid_from: date | None = None,
) -> TaxProfile:
    """Let a business stand otherwise to the tax office from a day on (left out: today); documents keep theirs.

    A day that has passed is refused: its documents are written. Raises BusinessNotFound, TaxProfileInvalid.
    """
    business = get_business(session, business_id=business_id)
    today = clock.business_day(clock.now(), business.time_zone)
    if valid_from is not None and valid_from < today:
        raise TaxProfileInvalid(
            "valid_from", valid_from, f"documents of past days are written; give {today} or a later day"
        )
    return _add_tax_profile(session, business, profile, registration_number, valid_from or today)


def record_consent(
    session: Session,
    *,
    retailer_id: UUID,
    vendor_id: UUID | None,
    is_granted: bool,
    recorded_by: UUID | None = None,
) -> None:
    """Let a vendor (None: every vendor) see the grade of a retailer's score from now on, or no longer.

    What was said on one vendor goes before what was said on all. Saying the same again adds nothing.
    Raises BusinessNotFound, ConsentInvalid.
    """
    if vendor_id is not None and (
        vendor_id == retailer_id or not get_business(session, business_id=vendor_id).is_vendor
    ):
        raise ConsentInvalid(vendor_id)
    said = {row["vendor_id"]: row["is_granted"] for row in queries.consents(session, retailer_id)}
    if said.get(vendor_id) is is_granted:
        return
    session.add(
        Consent(
            id=uuid7(),
            business_id=retailer_id,
            vendor_id=vendor_id,
            purpose=SCORE_BAND,
            is_granted=is_granted,
            recorded_by=recorded_by,
            recorded_at=clock.now(),
        )
    )
    session.flush()


def consents_of(session: Session, *, retailer_id: UUID) -> Sequence[RowMapping]:
    """What a retailer said last on each vendor, and on all of them (vendor None, first)."""
    return queries.consents(session, retailer_id)


def consents_page(
    session: Session,
    *,
    retailer_id: UUID,
    is_granted: bool | None,
    by: Order,
    after: Sequence[Any] | None,
    limit: int,
) -> Sequence[RowMapping]:
    """The same in pages, by one of CONSENTS_BY; with `is_granted` only what was said so."""
    return queries.consents(session, retailer_id, is_granted=is_granted, by=by, after=after, limit=limit)


def has_consent(session: Session, *, retailer_id: UUID, vendor_id: UUID) -> bool:
    """Whether the retailer lets the vendor see its grade now. The session's scope must name the retailer."""
    said = {row["vendor_id"]: row["is_granted"] for row in queries.consents(session, retailer_id)}
    return bool(said.get(vendor_id, said.get(None, False)))


def _check_time_zone(session: Session, time_zone: str) -> None:
    # That name stands for where the machine is, and some servers know it.
    if time_zone == "localtime" or not _is_time_zone(session, time_zone):
        raise BusinessInvalid("time_zone", time_zone, "give an IANA name, such as Asia/Kathmandu")


def _is_time_zone(session: Session, name: str) -> bool:
    try:
        ZoneInfo(name)
        # The days of a business are reckoned by Postgres too, which does not know every name that Python does.
        session.execute(text("SELECT now() AT TIME ZONE :name"), {"name": name})
    except (OSError, ValueError, LookupError, DataError):
        # An unknown name, a path, a folder of the zone files.
        return False
    return True


def _add_tax_profile(
    session: Session, business: Business, profile: str, registration_number: str | None, valid_from: date
) -> TaxProfile:
    number = checked_registration(business.country, business.state, profile, registration_number)
    row = TaxProfile(
        id=uuid7(),
        business_id=business.id,
        valid_from=valid_from,
        profile=profile,
        registration_number=number,
        recorded_at=clock.now(),
    )
    session.add(row)
    session.flush()
    return row


def checked_registration(country: str, state: str, profile: str, number: str | None) -> str | None:
    """The registration number in its compact form. Raises TaxProfileInvalid."""
    known = COUNTRIES.get(country)
    possible = known.tax_profiles if known else (FOREIGN,)
    if profile not in possible:
        raise TaxProfileInvalid("tax_profile", profile, f"in {country} give one of {', '.join(possible)}")
    if profile in ("composition", "regular"):
        return _checked_gstin(state, number)
    if profile in ("pan", "vat"):
        if number is None or not NEPALI_PAN.fullmatch(number):
            raise TaxProfileInvalid("registration_number", number, "a Nepali PAN has nine digits")
        return number
    if country == "IN" and number is not None:
        try:
            return str(pan.validate(number))
        except ValidationError:
            raise TaxProfileInvalid(
                "registration_number",
                number,
                "an unregistered business gives its ten-character PAN, or nothing",
            ) from None
    return number


def _checked_gstin(state: str, number: str | None) -> str:
    try:
        valid = str(gstin.validate(number or ""))
    except ValidationError:
        raise TaxProfileInvalid(
            "registration_number", number, "a GSTIN has 15 characters and a check digit"
        ) from None
    if valid[:2] != state:
        raise TaxProfileInvalid(
            "registration_number",
            valid,
            f"its first two digits name state {valid[:2]}, the business stands in {state}",
        )
    return valid

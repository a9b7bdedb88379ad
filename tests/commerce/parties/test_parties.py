"""Which businesses are taken in, and what is said about those that are not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.parties import service
from commerce.parties.errors import BusinessInvalid, BusinessNotFound, TaxProfileInvalid
from commerce.parties.queries import BusinessFilter
from foundation import clock, database
from foundation.embedded_postgres import Server

NEPALI = {"name": "Karnali Traders", "country": "NP", "state": "NP-P6", "zone": "Birendranagar"}
INDIAN = {"name": "Gupta Kirana", "country": "IN", "state": "27", "zone": "Nagpur"}
SIDES = {"is_vendor": True, "is_retailer": False}
GSTIN = "27AAPFU0939F1ZV"  # the example of python-stdnum, Maharashtra


@pytest.fixture
def session(migrated: Server) -> Iterator[Session]:
    with Session(database.engine(), expire_on_commit=False, autoflush=False) as opened:
        database.set_scope(opened, database.SYSTEM)
        yield opened
        opened.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        opened.rollback()


def test_currency_and_time_zone_come_from_the_country(session: Session):
    nepali = service.create_business(session, **NEPALI, **SIDES)
    indian = service.create_business(session, **INDIAN, **SIDES)
    assert (nepali.currency, nepali.time_zone) == ("NPR", "Asia/Kathmandu")
    assert (indian.currency, indian.time_zone) == ("INR", "Asia/Kolkata")


def test_a_name_is_one_line(session: Session):
    named = service.create_business(session, **{**NEPALI, "name": " Shop\r\nBcc:\u2028 x "}, **SIDES)
    assert named.name == "Shop Bcc: x"


def test_a_business_gets_its_book(session: Session):
    business = service.create_business(session, **NEPALI, **SIDES)
    codes = session.execute(
        text("SELECT code FROM app.accounts WHERE business_id = :id"), {"id": business.id}
    )
    assert {"sales", "cash"} <= set(codes.scalars())


def test_a_foreign_business_names_its_currency_and_time_zone(session: Session):
    foreign = {
        "name": "Shop",
        "country": "GB",
        "state": "ENG",
        "zone": "London",
        "tax_profile": "foreign",
        **SIDES,
    }
    business = service.create_business(session, **foreign, currency="GBP", time_zone="Europe/London")
    assert business.currency == "GBP"
    with pytest.raises(BusinessInvalid, match="currency ''"):
        service.create_business(session, **foreign, time_zone="Europe/London")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "  "}, "name"),
        ({"is_vendor": False}, "side"),
        ({"country": "Nepal"}, "country"),
        ({"country": "np"}, "country"),
        ({"country": "ZZ"}, "country"),
        ({"state": "Karnali"}, "state"),
        ({"currency": "INR"}, "currency"),
        ({"time_zone": "Asia/Nowhere"}, "time_zone"),
        ({"time_zone": "../etc/passwd"}, "time_zone"),
        ({"time_zone": "Asia"}, "time_zone"),
        ({"origin": "imagined"}, "origin"),
    ],
)
def test_a_fact_that_does_not_hold_is_named_with_its_value(session: Session, changes, field: str):
    with pytest.raises(BusinessInvalid) as refused:
        service.create_business(session, **{**NEPALI, **SIDES, **changes})
    assert refused.value.facts["field"] == field


@pytest.mark.parametrize(
    ("business", "profile", "number", "kept"),
    [
        (INDIAN, "regular", "27-aapfu 0939f1zv", GSTIN),
        (INDIAN, "composition", GSTIN, GSTIN),
        (INDIAN, "unregistered", "AAPFU0939F", "AAPFU0939F"),
        (INDIAN, "unregistered", None, None),
        (NEPALI, "vat", "301234567", "301234567"),
        (NEPALI, "pan", "601234567", "601234567"),
        (NEPALI, "unregistered", None, None),
    ],
)
def test_registration_numbers_are_kept_in_their_compact_form(
    session: Session, business, profile, number, kept
):
    created = service.create_business(
        session, **business, **SIDES, tax_profile=profile, registration_number=number
    )
    today = clock.business_day(clock.now(), created.time_zone)
    found = service.tax_profile_on(session, business_id=created.id, day=today)
    assert found is not None
    assert (found.profile, found.registration_number) == (profile, kept)


@pytest.mark.parametrize(
    ("business", "profile", "number"),
    [
        (INDIAN, "vat", "301234567"),
        (NEPALI, "regular", GSTIN),
        (INDIAN, "regular", None),
        (INDIAN, "regular", "27AAPFU0939F1ZO"),
        ({**INDIAN, "state": "29"}, "regular", GSTIN),
        (INDIAN, "unregistered", "12"),
        (NEPALI, "vat", "30123456"),
        (NEPALI, "vat", "٣٠١٢٣٤٥٦٧"),
        (NEPALI, "vat", "301234567\n"),
        (NEPALI, "pan", None),
        (NEPALI, "foreign", None),
    ],
)
def test_a_tax_profile_that_does_not_fit_is_refused(session: Session, business, profile, number):
    with pytest.raises(TaxProfileInvalid):
        service.create_business(session, **business, **SIDES, tax_profile=profile, registration_number=number)


def test_a_tax_profile_holds_from_the_first_day_on(session: Session):
    with clock.at(datetime(2026, 1, 1, tzinfo=UTC)):
        shop = service.create_business(session, **NEPALI, **SIDES)
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2027, 1, 1)]
    found = [service.tax_profile_on(session, business_id=shop.id, day=day) for day in days]
    assert [row and row.profile for row in found] == [None, "unregistered", "unregistered"]


def test_a_business_that_is_not_there_is_named(session: Session):
    nobody = uuid4()
    with pytest.raises(BusinessNotFound, match=str(nobody)):
        service.get_business(session, business_id=nobody)


def test_lists_are_by_name_and_filtered(session: Session):
    zone = uuid4().hex
    for name in ("Beta 100% Oil", "alpha", "Gamma_1"):
        service.create_business(session, **{**NEPALI, "name": name, "zone": zone}, **SIDES)

    def names(**filters) -> list[str]:
        return [
            row.name for row in service.list_businesses(session, chosen=BusinessFilter(zone=zone, **filters))
        ]

    assert sorted(names()) == ["Beta 100% Oil", "Gamma_1", "alpha"]
    assert names(search="100%") == ["Beta 100% Oil"]
    assert names(search="_") == ["Gamma_1"]
    assert names(search="ALPHA") == ["alpha"]
    assert names(side="retailer") == []
    first = service.list_businesses(session, chosen=BusinessFilter(zone=zone), limit=1)[0]
    rest = service.list_businesses(session, chosen=BusinessFilter(zone=zone), after=(first.name, first.id))
    assert sorted(row.name for row in (first, *rest)) == ["Beta 100% Oil", "Gamma_1", "alpha"]
    both = service.list_businesses(session, chosen=BusinessFilter(ids=[first.id, uuid4()]))
    assert [row.id for row in both] == [first.id]


def test_consent_is_dated_and_what_is_said_again_adds_nothing(session: Session):
    vendor = service.create_business(session, **NEPALI, **SIDES).id
    retailer = service.create_business(session, **NEPALI, is_vendor=False, is_retailer=True).id
    both = {"retailer_id": retailer, "vendor_id": vendor}
    first = datetime(2026, 3, 1, tzinfo=UTC)
    for day, is_granted in enumerate((True, True, False, True)):
        with clock.at(first + timedelta(days=day)):
            service.record_consent(session, **both, is_granted=is_granted)
        assert service.has_consent(session, **both) is is_granted
    rows = session.execute(
        text("SELECT is_granted, recorded_at FROM app.consents WHERE business_id = :id ORDER BY recorded_at"),
        {"id": retailer},
    ).all()
    assert rows == [(said, first + timedelta(days=day)) for day, said in ((0, True), (2, False), (3, True))]
    [last] = service.consents_of(session, retailer_id=retailer)
    assert (last["vendor_id"], last["is_granted"]) == (vendor, True)

"""Offers from a sheet: what a line means, what it would change, applied as previewed, and the way round."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.catalogue import service as catalogue
from commerce.catalogue import uploads
from commerce.catalogue.errors import OfferInvalid, OfferPreviewStale, OfferSheetFaulty
from commerce.catalogue.offer_sheet import COLUMNS
from commerce.catalogue.offers import Tier
from commerce.catalogue.uploads import Applied, Preview
from foundation import clock, sheets
from foundation.database import read, write
from foundation.embedded_postgres import Server
from foundation.ids import uuid7
from tests.commerce.factories import business, product

pytestmark = pytest.mark.committing

NOON = datetime(2026, 3, 1, 6, tzinfo=UTC)
ZONE = "Asia/Kathmandu"
USER = uuid7()


@pytest.fixture
def vendor(migrated: Server) -> UUID:
    return write(lambda session: business(session, is_vendor=True, is_retailer=False))


def offered(vendor: UUID, **given: Any) -> str:
    """The code of a good of the vendor's own that it offers at 10 a packet."""

    def make(session: Session) -> str:
        names = {key: given.pop(key) for key in ("name", "barcode", "sku") if key in given}
        made = product(session, owner_id=vendor, **names)
        with clock.at(NOON - timedelta(days=30)):
            terms = {"unit": "packet", "unit_price": Decimal(10), **given}
            catalogue.set_offer(session, vendor_id=vendor, product_id=made, currency="NPR", **terms)
        return session.execute(text("SELECT sku FROM app.products WHERE id = :id"), {"id": made}).scalar_one()

    return write(make)


def preview(vendor: UUID, content: bytes) -> Preview:
    with clock.at(NOON), read() as session:
        rows = uploads.rows_of(content)
        return uploads.preview(session, vendor_id=vendor, rows=rows, time_zone=ZONE)


def apply(vendor: UUID, content: bytes, token: str, *, only_good: bool = False) -> Applied:
    def take_in(session: Session) -> Applied:
        return uploads.apply(
            session,
            vendor_id=vendor,
            rows=uploads.rows_of(content),
            time_zone=ZONE,
            currency="NPR",
            token=token,
            actor_id=USER,
            only_good=only_good,
        )

    with clock.at(NOON):
        return write(take_in)


def prices(vendor: UUID) -> list[str]:
    with clock.at(NOON), read() as session:
        return [str(row[4]) for row in uploads.download(session, vendor_id=vendor, time_zone=ZONE)]


def rows(vendor: UUID) -> int:
    with read() as session:
        return session.execute(
            text("SELECT count(*) FROM app.offers WHERE vendor_id = :vendor"), {"vendor": vendor}
        ).scalar_one()


def test_each_line_says_what_it_would_change_and_is_applied_so_once(vendor: UUID) -> None:
    dearer, same = offered(vendor), offered(vendor)
    content = (
        "sku,name,category,base_unit,unit,base_quantity,unit_price,tiers\n"
        f"{dearer},,,,packet,,12.50,10: 12; 50: 11\n"
        f"{same},,,,packet,1,10,\n"
        "NEW-1,New biscuits,biscuits,packet,carton,24,240,\n"
    ).encode()
    found = preview(vendor, content)
    assert [line.action for line in found.lines] == ["changed", "same", "new"]
    assert [(change.column, change.before, change.after) for change in found.lines[0].changes] == [
        ("unit_price", "10", "12.5"),
        ("tiers", "", "10: 12; 50: 11"),
    ]
    assert found.lines[0].price_percent == Decimal("25.00")
    assert rows(vendor) == 2
    applied = apply(vendor, content, found.token)
    assert (applied.new_offers, applied.changed_offers, applied.new_products) == (1, 1, 1)
    assert apply(vendor, content, found.token) == applied
    assert rows(vendor) == 4
    assert [line.action for line in preview(vendor, content).lines] == ["same"] * 3


def test_goods_are_found_by_barcode_and_name_and_asked_about_where_there_are_two(vendor: UUID) -> None:
    word = uuid7().hex[-6:]
    scanned = offered(vendor, barcode="8901058000290")
    named = offered(vendor, name=f"Tea leaves {word} 250 g")
    offered(vendor, name=f"Turmeric {word} 100 g")
    offered(vendor, name=f"Turmeric {word} 200 g")
    found = preview(
        vendor,
        (
            "barcode,name,unit_price\n"
            "08901058000290,,11\n"
            f",tea leaves {word} 250 G,11\n"
            f",Turmeric {word},11\n"
            ",Zzzqqqxxx,11\n"
            ",,11\n"
        ).encode(),
    )
    assert [line.good.sku if line.good else None for line in found.lines] == [
        scanned,
        named,
        None,
        None,
        None,
    ]
    [asked] = found.lines[2].faults
    assert (asked.column, "100 g" in asked.reason, "200 g" in asked.reason) == ("name", True, True)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("unit", "bori"),
        ("unit_price", ""),
        ("unit_price", "ten"),
        ("unit_price", "1e5"),
        ("unit_price", "1.0000001"),
        ("minimum", "-1"),
        ("carton_multiple", "9" * 400),
        ("tiers", "10-9"),
        ("lead_time_days", "1.5"),
        ("availability", "maybe"),
        ("listed", "perhaps"),
        ("valid_from", "tomorrow"),
        ("valid_until", "0001-01-01"),
        ("base_unit", "kg"),
        ("base_quantity", "12"),
        ("barcode", "8901058000291"),
        ("", "minimum is no multiple of carton_multiple"),
    ],
)
def test_a_fault_names_its_column_and_the_way_out(vendor: UUID, column: str, value: str) -> None:
    good = offered(vendor)
    cells = {"sku": good, "unit_price": "10", "unit": "packet"}
    cells |= {column: value} if column else {"minimum": "5", "carton_multiple": "2"}
    content = sheets.as_csv(list(cells), [list(cells.values())])
    [line] = preview(vendor, content).lines
    assert line.action == "error"
    assert (line.faults[0].column, bool(line.faults[0].reason)) == (column, True)


def test_a_fault_keeps_all_out_unless_the_good_lines_are_asked_for(vendor: UUID) -> None:
    good = offered(vendor)
    content = f"sku,unit_price\n{good},12\nNOBODY,3\n{good},13\n".encode()
    found = preview(vendor, content)
    assert [line.action for line in found.lines] == ["changed", "error", "error"]
    with pytest.raises(OfferSheetFaulty):
        apply(vendor, content, found.token)
    assert apply(vendor, content, found.token, only_good=True).left_out == 2
    assert prices(vendor) == ["12.000000"]


def test_another_sheet_or_other_terms_want_another_preview(vendor: UUID) -> None:
    good = offered(vendor)
    content = f"sku,unit_price\n{good},12\n".encode()
    token = preview(vendor, content).token
    with pytest.raises(OfferPreviewStale):
        apply(vendor, f"sku,unit_price\n{good},13\n".encode(), token)
    other = f"sku,unit_price\n{good},11\n".encode()
    apply(vendor, other, preview(vendor, other).token)
    with pytest.raises(OfferPreviewStale):
        apply(vendor, content, token)


def test_columns_that_are_not_there_stay_as_they_are(vendor: UUID) -> None:
    offered(
        vendor,
        unit="carton",
        minimum_quantity=Decimal(2),
        carton_multiple=Decimal(2),
        lead_time_days=5,
        tiers=[Tier(Decimal(10), Decimal(9))],
    )
    with clock.at(NOON), read() as session:
        [row] = uploads.download(session, vendor_id=vendor, time_zone=ZONE)
    before = dict(zip(COLUMNS, row, strict=True))
    content = f"sku,unit_price\n{before['sku']},9.5\n".encode()
    [line] = preview(vendor, content).lines
    assert [change.column for change in line.changes] == ["unit_price"]


def test_a_rivals_goods_are_not_found(vendor: UUID) -> None:
    rival = write(lambda session: business(session, is_vendor=True))
    theirs = offered(rival, barcode="8901058000306")
    found = preview(vendor, f"sku,barcode,unit_price\n{theirs},,5\n,8901058000306,5\n".encode())
    assert [line.action for line in found.lines] == ["error", "error"]
    assert theirs not in str(found.lines[1].faults)


quantities = st.integers(1, 50).map(Decimal)
terms = st.fixed_dictionaries(
    {
        "unit": st.sampled_from(["packet", "carton"]),
        "unit_price": st.decimals(1, 10**8, places=6),
        "minimum_quantity": quantities,
        "lead_time_days": st.integers(0, 90),
        "availability": st.sampled_from(["tracked", "flag", "always"]),
        "valid_until": st.none()
        | st.integers(1, 300).map(lambda days: NOON + timedelta(days=days, seconds=days)),
        "tiers": st.lists(quantities, max_size=3, unique=True),
        "announced": st.booleans(),
        "sku": st.text(st.characters(whitelist_categories=("L", "N", "P", "S")), min_size=1, max_size=20),
    }
)


def announce(vendor: UUID, sku: str, price: Decimal) -> None:
    wanted = text("SELECT id FROM app.products WHERE owner_id = :vendor AND sku = :sku")

    def make(session: Session) -> None:
        catalogue.set_offer(
            session,
            vendor_id=vendor,
            product_id=session.execute(wanted, {"vendor": vendor, "sku": sku}).scalar_one(),
            currency="NPR",
            unit="packet",
            unit_price=price,
            valid_from=NOON + timedelta(days=3, microseconds=7),
        )

    with clock.at(NOON):
        write(make)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(terms, min_size=1, max_size=4, unique_by=lambda one: one["sku"]), st.booleans())
def test_what_is_taken_out_and_in_again_changes_nothing(
    migrated: Server, wanted: list[dict[str, Any]], as_xlsx: bool
) -> None:
    vendor = write(lambda session: business(session, is_vendor=True))
    for given_terms in wanted:
        facts = dict(given_terms)
        steps, price = sorted(facts.pop("tiers")), facts["unit_price"]
        facts["tiers"] = [
            Tier(facts["minimum_quantity"] + step, round(price * (100 - place) / 200, 6))
            for place, step in enumerate(steps)
        ]
        later = facts.pop("announced")
        try:
            offered(vendor, **facts)
            if later:
                announce(vendor, facts["sku"], facts["unit_price"])
        except OfferInvalid:
            continue
    with clock.at(NOON), read() as session:
        told = uploads.download(session, vendor_id=vendor, time_zone=ZONE)
    if not told:
        return
    content = sheets.as_xlsx("Offers", COLUMNS, told) if as_xlsx else sheets.as_csv(COLUMNS, told)
    found = preview(vendor, content)
    assert [line.action for line in found.lines] == ["same"] * len(told), found.lines

"""Products and offers: dated terms, units, and what the catalogue refuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from commerce.catalogue import queries
from commerce.catalogue import service as catalogue
from commerce.catalogue.errors import (
    OfferInvalid,
    ProductExists,
    ProductInvalid,
    ProductNotFound,
    UnitNotSold,
    UnitUnknown,
)
from commerce.catalogue.offers import Tier
from commerce.ordering import queries as ordering_queries
from foundation import clock
from foundation.database import read, write
from foundation.embedded_postgres import Server
from foundation.ids import uuid7
from tests.commerce.factories import business, product

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)


@pytest.fixture
def vendor(migrated: Server) -> UUID:
    return write(lambda session: business(session, is_vendor=True))


def offer(vendor: UUID, product_id: UUID, **given: object) -> UUID:
    terms: dict[str, object] = {"unit": "packet", "unit_price": Decimal(10), "currency": "NPR", **given}
    return write(
        lambda session: catalogue.set_offer(session, vendor_id=vendor, product_id=product_id, **terms)
    )


def test_the_newest_terms_before_a_moment_hold(vendor: UUID) -> None:
    item = write(product)
    for days, price in ((0, "10"), (2, "12.5"), (1, "11")):
        with clock.at(NOW + timedelta(days=days)):
            offer(vendor, item, unit_price=Decimal(price))

    shop = write(business)

    def price_after(days: float) -> Decimal | None:
        with read() as session:
            found = ordering_queries.trade(session, vendor, shop, [item], NOW + timedelta(days=days))
        assert found is not None
        return found.offers[item].unit_price

    assert [price_after(days) for days in (-1, 0, 0.5, 1, 2, 30)] == [
        None, 10, 10, 11, Decimal("12.5"), Decimal("12.5")
    ]  # fmt: skip


@pytest.mark.parametrize(
    "given",
    [
        {"unit_price": Decimal(-1)},
        {"minimum_quantity": Decimal(0)},
        {"carton_multiple": Decimal(0)},
        {"minimum_quantity": Decimal(5), "carton_multiple": Decimal(2)},
        {"minimum_quantity": Decimal("0.5"), "carton_multiple": Decimal("0.5")},
        {"lead_time_days": 91},
        {"availability": "perhaps"},
        {"unit_price": Decimal(10) ** 9},
        {"tiers": [Tier(Decimal(1), Decimal(9))]},
        {"tiers": [Tier(Decimal(5), Decimal(10))]},
        {"tiers": [Tier(Decimal(5), Decimal(9)), Tier(Decimal(5), Decimal(8))]},
        {"valid_from": datetime(2020, 1, 1, tzinfo=UTC)},
        {"valid_from": datetime(2999, 1, 1, tzinfo=UTC)},
        {"valid_until": datetime(2020, 1, 1, tzinfo=UTC)},
    ],
)
def test_terms_out_of_bounds_are_refused(vendor: UUID, given: dict[str, object]) -> None:
    item = write(product)
    with pytest.raises(OfferInvalid):
        offer(vendor, item, **given)


def test_a_unit_that_is_not_sold_is_named_with_those_that_are(vendor: UUID) -> None:
    item = write(product)
    with pytest.raises(UnitNotSold, match=r"unit 'bori' is not sold for SKU-.*; use packet or carton"):
        offer(vendor, item, unit="bori")


def test_a_rivals_own_product_cannot_be_offered(vendor: UUID) -> None:
    rival = write(lambda session: business(session, is_vendor=True))
    theirs = write(lambda session: product(session, owner_id=rival))
    for item in (theirs, uuid7()):
        with pytest.raises(ProductNotFound):
            offer(vendor, item)


def test_a_code_stands_for_one_product_of_an_owner(vendor: UUID) -> None:
    write(lambda session: product(session, sku=f"OWN-{vendor}", owner_id=vendor))
    with pytest.raises(ProductExists):
        write(lambda session: product(session, sku=f"OWN-{vendor}", owner_id=vendor))
    write(lambda session: product(session, sku=f"OWN-{vendor}"))


def price_at(vendor: UUID, item: UUID, moment: datetime) -> Decimal | None:
    shop = write(business)
    with read() as session:
        found = ordering_queries.trade(session, vendor, shop, [item], moment)
    assert found is not None
    return found.offers[item].unit_price


def test_a_price_announced_holds_from_its_day_on(vendor: UUID) -> None:
    item = write(product)
    with clock.at(NOW):
        offer(vendor, item)
        offer(vendor, item, unit_price=Decimal(11), valid_from=NOW + timedelta(days=3))
    assert price_at(vendor, item, NOW + timedelta(days=2)) == 10
    assert price_at(vendor, item, NOW + timedelta(days=3)) == 11


def test_after_a_price_for_a_time_the_one_before_holds_again(vendor: UUID) -> None:
    item = write(product)
    with clock.at(NOW):
        offer(vendor, item)
        festival = NOW + timedelta(days=2)
        offer(
            vendor,
            item,
            unit_price=Decimal(8),
            valid_from=festival,
            valid_until=festival + timedelta(days=1),
        )
    assert [price_at(vendor, item, NOW + timedelta(days=days)) for days in (1, 2, 2.9, 3)] == [10, 8, 8, 10]


@pytest.mark.parametrize("hsn", ["190", "19021", "1902190", "0002", "190x", "१९०२"])
def test_an_hsn_of_another_form_is_refused(migrated: Server, hsn: str) -> None:
    with pytest.raises(ProductInvalid, match="4, 6 or 8 digits"):
        write(lambda session: product(session, hsn=hsn))


@pytest.mark.parametrize("barcode", ["8901058000291", "890105800029", "890105800029a", ""])
def test_a_barcode_whose_check_digit_is_wrong_is_refused(migrated: Server, barcode: str) -> None:
    with pytest.raises(ProductInvalid, match="barcode"):
        write(lambda session: product(session, barcode=barcode))


def test_names_are_kept_in_three_languages_only(migrated: Server) -> None:
    with pytest.raises(ProductInvalid, match="'fr' is none of them"):
        write(lambda session: product(session, names={"fr": ["sel"]}))


def test_weights_and_dozens_come_by_themselves_and_cannot_be_others(migrated: Server) -> None:
    rice = write(lambda session: product(session, base_unit="kg", units={"bori": Decimal(50)}))
    with read() as session:
        assert list(queries.units_of(session, rice)) == ["g", "kg", "bori", "quintal"]
    with pytest.raises(UnitUnknown, match="one dozen is 12 piece for every good, not 10"):
        write(lambda session: product(session, base_unit="piece", units={"dozen": Decimal(10)}))
    with pytest.raises(UnitUnknown, match="Keep the product in its smallest unit"):
        write(lambda session: product(session, base_unit="carton", units={"packet": Decimal(1) / 24}))


@pytest.mark.parametrize(
    "given", [{"base_unit": "barrel"}, {"units": {"barrel": Decimal(2)}}, {"units": {"carton": Decimal(0)}}]
)
def test_unknown_units_and_empty_cartons_are_refused(migrated: Server, given: dict[str, object]) -> None:
    with pytest.raises(UnitUnknown):
        write(lambda session: product(session, **given))

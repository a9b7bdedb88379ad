"""Products and offers: dated terms, units, and what the catalogue refuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from commerce.catalogue import queries
from commerce.catalogue import service as catalogue
from commerce.catalogue.errors import OfferInvalid, ProductExists, ProductNotFound, UnitNotSold, UnitUnknown
from commerce.ordering import queries as ordering_queries
from foundation import clock
from foundation.database import read, write
from foundation.embedded_postgres import Server
from foundation.ids import uuid7
from tests.commerce.factories import business, market, product

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
        return found[1][item].unit_price

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


@pytest.mark.parametrize(
    "given", [{"base_unit": "barrel"}, {"units": {"barrel": Decimal(2)}}, {"units": {"carton": Decimal(0)}}]
)
def test_unknown_units_and_empty_cartons_are_refused(migrated: Server, given: dict[str, object]) -> None:
    with pytest.raises(UnitUnknown):
        write(lambda session: product(session, **given))


def test_searching_finds_by_name_and_code_and_takes_no_pattern(migrated: Server) -> None:
    trade = market(products=1)
    item = write(lambda session: product(session, name=f"Tea 100% {trade.vendor_id}"))
    offer(trade.vendor_id, item)

    def found(search: str) -> list[UUID]:
        with read() as session:
            rows = queries.listed(
                session,
                viewer_id=trade.retailer_id,
                now=clock.now(),
                vendor_id=trade.vendor_id,
                search=search,
            )
        return [row["id"] for row in rows]

    assert found("100%") == [item]
    assert found("tea") == [item]
    assert found("1_0") == []

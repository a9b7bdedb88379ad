"""What a shop asks at its counter, and how its bills are made."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from commerce.billing import queries, service
from commerce.billing.errors import BillingSettingInvalid, ShopPriceInvalid
from commerce.billing.queries import PriceFilter
from commerce.billing.service import Settings
from commerce.catalogue.errors import ProductNotFound, UnitNotSold
from commerce.tax.errors import UpiLinkInvalid
from foundation.database import read, write
from foundation.embedded_postgres import Server
from tests.commerce.factories import business, product

pytestmark = pytest.mark.committing


@pytest.fixture
def shop(migrated: Server) -> UUID:
    return write(lambda session: business(session, country="IN", state="07"))


@pytest.fixture
def noodles(shop: UUID) -> UUID:
    return write(lambda session: product(session, owner_id=shop))


def ask(
    shop: UUID, product_id: UUID, price: str | None, unit: str = "packet", mrp: str | None = None
) -> UUID:
    return write(
        lambda session: service.set_price(
            session,
            business_id=shop,
            product_id=product_id,
            unit=unit,
            unit_price=None if price is None else Decimal(price),
            mrp=None if mrp is None else Decimal(mrp),
        )
    )


def asked(shop: UUID, **chosen: Any) -> dict[str, Decimal]:
    with read((shop,)) as session:
        rows = queries.prices(session, shop, chosen=PriceFilter(**chosen), limit=50)
    return {row["unit"]: row["unit_price"] for row in rows}


def test_the_newest_price_of_each_unit_holds_and_one_may_be_taken_away(shop: UUID, noodles: UUID):
    ask(shop, noodles, "14", mrp="15")
    ask(shop, noodles, "330", unit="carton")
    ask(shop, noodles, "14.50", mrp="15")
    assert asked(shop) == {"packet": Decimal("14.5"), "carton": Decimal(330)}
    ask(shop, noodles, None)
    assert asked(shop, product_id=noodles) == {"carton": Decimal(330)}
    ask(shop, noodles, "13")
    assert asked(shop, words="NOODLES")["packet"] == Decimal(13)
    assert asked(shop, words="soap") == asked(shop, product_id=uuid4()) == {}
    with read((shop,)) as session:
        kept = session.execute(text("SELECT count(*) FROM app.shop_prices")).scalar_one()
    assert kept == 5


@pytest.mark.parametrize(
    ("price", "mrp"), [("0", None), ("-1", None), ("10000001", None), ("16", "15"), ("1", "0")]
)
def test_a_price_that_cannot_be_is_refused(shop: UUID, noodles: UUID, price: str, mrp: str | None):
    with pytest.raises(ShopPriceInvalid):
        ask(shop, noodles, price, mrp=mrp)
    assert asked(shop) == {}


def test_a_shop_prices_goods_that_it_may_hold_in_their_units(shop: UUID, noodles: UUID):
    shared = write(lambda session: product(session, owner_id=None))
    ask(shop, shared, "20")
    other = write(lambda session: business(session, country="IN", state="07"))
    with pytest.raises(ProductNotFound):
        ask(other, noodles, "14")
    with pytest.raises(UnitNotSold, match="packet or carton"):
        ask(shop, noodles, "14", unit="kg")
    assert asked(other) == {}


def test_settings_hold_from_when_they_are_set(shop: UUID):
    def change(**wanted: Any) -> None:
        write(lambda session: service.change_settings(session, business_id=shop, wanted=Settings(**wanted)))

    def held() -> Settings:
        with read((shop,)) as session:
            return service.settings_of(session, business_id=shop)

    assert held() == Settings()
    change(timing="section-14", rounds_to_rupee=True, upi_address=" sharma.stores@okaxis ", draft_hours=6)
    change(turnover="above-5-crore", upi_address="sharma.stores@okaxis")
    now = held()
    assert (now.timing, now.turnover, now.rounds_to_rupee, now.upi_address, now.draft_hours, now.version) == (
        "section-12",
        "above-5-crore",
        False,
        "sharma.stores@okaxis",
        4,
        2,
    )
    for wanted, refusal in (
        ({"timing": "section-13"}, BillingSettingInvalid),
        ({"turnover": "huge"}, BillingSettingInvalid),
        ({"draft_hours": 0}, BillingSettingInvalid),
        ({"may_abbreviate": True}, BillingSettingInvalid),
        ({"upi_address": "nobody"}, UpiLinkInvalid),
    ):
        with pytest.raises(refusal):
            change(**wanted)
    assert held() == now


def test_what_is_of_a_country_is_of_its_shops_alone(migrated: Server):
    registered = {"tax_profile": "vat", "registration_number": "301234567"}
    nepali = write(lambda session: business(session, **registered))
    write(
        lambda session: service.change_settings(
            session, business_id=nepali, wanted=Settings(may_abbreviate=True)
        )
    )
    with pytest.raises(BillingSettingInvalid, match="UPI"):
        write(
            lambda session: service.change_settings(
                session, business_id=nepali, wanted=Settings(upi_address="a.b@upi")
            )
        )

"""The market of a good: enough sellers or no figure, nobody's own price, worlds apart; and what is advised."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from benchmarks.parts.driver import statements_sent
from commerce.catalogue import service as catalogue
from commerce.catalogue.errors import ProductNotFound
from commerce.ordering import sourcing
from commerce.pricing import market
from commerce.pricing.market import Day, Viewer
from commerce.tax import service as tax
from foundation import clock
from foundation.database import read, write
from foundation.embedded_postgres import Server
from foundation.ids import uuid7
from tests.commerce.factories import business, product
from tests.commerce.factories import market as shop

pytestmark = pytest.mark.committing

NOW = datetime(2026, 5, 20, 8, tzinfo=UTC)
HSN = "1902"


class Trade:
    """Vendors who sell the same good, each a product of its own with the same name."""

    def __init__(self) -> None:
        self.name = f"Noodles {uuid7().hex[-8:]}"
        self.products: dict[UUID, UUID] = {}

    def vendor(self, price: str, *, unit: str = "packet", days_ago: int = 1, **given: Any) -> UUID:
        def make(session: Any) -> UUID:
            made = business(session, is_vendor=True, is_retailer=False, **given)
            self.products[made] = product(session, name=self.name, hsn=HSN, owner_id=made)
            return made

        made = write(make)
        self.ask(
            made,
            price,
            unit=unit,
            days_ago=days_ago,
            currency="INR" if given.get("country") == "IN" else "NPR",
        )
        return made

    def ask(self, vendor: UUID, price: str, *, unit: str = "packet", days_ago: int = 0, **given: Any) -> None:
        with clock.at(NOW - timedelta(days=days_ago)):
            write(
                lambda session: catalogue.set_offer(
                    session,
                    vendor_id=vendor,
                    product_id=self.products[vendor],
                    unit=unit,
                    unit_price=Decimal(price),
                    **{"currency": "NPR", **given},
                )
            )

    def past(self, vendor: UUID, days: int) -> list[Day]:
        with clock.at(NOW), read() as session:
            viewer = market.viewer_of(session, vendor, is_vendor=True)
            return market.history(session, viewer, self.products[vendor], days=days, vendor_id=None)


def test_five_others_make_a_market_of_base_units_and_four_do_not(migrated: Server) -> None:
    trade = Trade()
    me = trade.vendor("99")
    for price in ("10", "11", "12", "13"):
        trade.vendor(price)
    [today] = trade.past(me, 1)
    assert (today.market.sellers, today.market.average, today.price) == (4, None, Decimal(99))
    assert "4" in today.market.reason
    trade.vendor("336", unit="carton")  # of 24: 14 a packet
    [today] = trade.past(me, 1)
    assert (today.market.sellers, today.market.average) == (5, Decimal(12))
    assert market.advice_to_vendor(today)[0] == "lower"


def test_who_asks_a_price_without_tax_is_told_so(migrated: Server) -> None:
    trade = Trade()
    me, other = trade.vendor("10"), trade.vendor("10")
    trade.ask(me, "10", is_tax_inclusive=False)
    trade.ask(other, "10", is_listed=False)
    told = {}
    for vendor in (me, other):
        with clock.at(NOW), read() as session:
            viewer = market.viewer_of(session, vendor, is_vendor=True)
            today = market.today_of(session, viewer, trade.products[vendor])
        told[vendor] = (today.price, market.advice_to_vendor(today)[1])
    assert told[me][0] is told[other][0] is None
    assert "a price without tax" in told[me][1]
    assert "you do not offer this good now" in told[other][1]


def test_sellers_without_tax_in_their_price_push_no_cheaper_one_out(
    migrated: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sourcing, "SELLERS_COMPARED", 1)
    trade = Trade()
    cheaper = trade.vendor("10")
    with clock.at(NOW - timedelta(days=2)):
        dearer = trade.vendor("9", tax_profile="vat", registration_number="301234567")
    trade.ask(dearer, "9", is_tax_inclusive=False)
    with clock.at(NOW):
        write(
            lambda session: tax.state_class(
                session,
                business_id=dearer,
                country="NP",
                product_id=trade.products[dearer],
                tax_class="biscuits",
                condition=None,
                valid_from=NOW.date(),
            )
        )
        retailer = write(business)
        with read() as session:
            viewer = market.viewer_of(session, retailer, is_vendor=False)
            good = market.product(session, viewer, trade.products[cheaper])
            found = sourcing.best_price(
                session, viewer, good, quantity=Decimal(1), unit=None, settlement="credit"
            )
    assert [(one.vendor_id, one.landed_unit_price) for one in found] == [(cheaper, Decimal(10))]


def test_a_seller_is_asked_once_for_all_its_goods(migrated: Server) -> None:
    trade = shop(products=3)
    counts = []
    for goods in (1, 3):
        wanted = dict.fromkeys(trade.products[:goods], Decimal(2))
        with statements_sent() as seen, read() as session:
            viewer = market.viewer_of(session, trade.retailer_id, is_vendor=False)
            past = market.histories(session, viewer, list(wanted), days=3, vendor_id=None)
            found = sourcing.best_prices(session, viewer, wanted, settlement="credit")
        assert set(past) == set(wanted)
        assert [(one.vendor_id, one.amount_paisa) for one in found[trade.products[goods - 1]]] == [
            (trade.vendor_id, 2_000)
        ]
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_other_countries_and_played_vendors_are_other_markets(migrated: Server) -> None:
    trade = Trade()
    me = trade.vendor("10")
    for _ in range(5):
        trade.vendor("10", origin="simulated")
    trade.vendor("10", country="IN", state="09")
    [today] = trade.past(me, 1)
    assert today.market.sellers == 0


def test_a_day_has_the_prices_that_held_at_its_end(migrated: Server) -> None:
    trade = Trade()
    me = trade.vendor("10", days_ago=3)
    others = [trade.vendor("10", days_ago=20) for _ in range(5)]
    for other in others:
        trade.ask(other, "12", days_ago=2)
    trade.ask(others[0], "12", is_listed=False)
    past = trade.past(me, 5)
    assert [day.market.average for day in past] == [10, 10, 12, 12, None]
    assert [day.price for day in past] == [None, 10, 10, 10, 10]
    assert [day.market.sellers for day in past] == [5, 5, 5, 5, 4]
    assert market.trend_percent(trade.past(me, 16)) == Decimal("6.67")


def test_a_vendor_does_not_reach_a_rivals_own_good(migrated: Server) -> None:
    trade = Trade()
    me, rival = trade.vendor("10"), trade.vendor("11")
    with read() as session:
        viewer = market.viewer_of(session, me, is_vendor=True)
        with pytest.raises(ProductNotFound):
            market.product(session, viewer, trade.products[rival])


@given(st.lists(st.decimals(1, 1000, places=2), min_size=5, max_size=30, unique=True))
def test_no_quantile_is_one_sellers_price_and_they_rise(prices: list[Decimal]) -> None:
    found = market.market_of(prices, NOW).quantiles
    assert found is not None
    told = [found[percent] for percent in market.QUANTILES]
    assert told == sorted(told)
    assert min(prices) < told[0]
    assert told[-1] < max(prices)


def test_asks_are_read_along_the_index_of_a_goods_offers(migrated: Server) -> None:
    trade = Trade()
    me = trade.vendor("10")
    with read() as session:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        viewer: Viewer = market.viewer_of(session, me, is_vendor=True)
        plan = session.execute(
            text(f"EXPLAIN {market.ASKS_BY_GOOD}"),
            {
                "products": [trade.products[me]],
                "moments": [NOW],
                "country": viewer.country,
                "currency": viewer.currency,
                "origin": viewer.origin,
            },
        ).scalars()
        told = "\n".join(plan)
    for index in (
        "ix_product_search_comparison_key",
        "ix_offers_product_id_valid_from",
        "ix_offers_vendor_id_product_id_valid_from",
    ):
        assert index in told
    assert "Seq Scan" not in told

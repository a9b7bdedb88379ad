"""The world before the first order: the same for the same seed, stable when it grows, and believable."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest

from commerce.catalogue.vocabulary import UNITS
from commerce.parties.vocabulary import COUNTRIES
from simulation.goods import SPECIALITIES, goods
from simulation.places import COUNTRY, HUB, ROADS, TOWNS, hours_between, route
from simulation.randomness import stream
from simulation.seasons import bikram_sambat, festival_days, is_wholesale_closed, season_factor
from simulation.world import World, build_world, round_price

UNTIL = date(2026, 11, 19)


def small_world(seed: int = 7, retailers: int = 30, days: int = 60, until: date = UNTIL) -> World:
    return build_world(seed=seed, vendors=8, retailers=retailers, days=days, until=until)


def test_the_same_seed_builds_the_same_world() -> None:
    one, other = small_world(), small_world()
    assert [shop.name for shop in one.retailers] == [shop.name for shop in other.retailers]
    assert [shop.character for shop in one.retailers] == [shop.character for shop in other.retailers]
    assert one.blockages == other.blockages
    np.testing.assert_array_equal(one.market_log_price, other.market_log_price)
    np.testing.assert_array_equal(one.retailer_stress, other.retailer_stress)


def test_another_seed_builds_another_world() -> None:
    assert [v.name for v in small_world(seed=7).vendors] != [v.name for v in small_world(seed=8).vendors]


def test_more_shops_leave_the_first_ones_as_they_were() -> None:
    few, many = small_world(retailers=10), small_world(retailers=40)
    for shop, same in zip(few.retailers, many.retailers, strict=False):
        assert replace(shop, tastes=same.tastes) == same
        np.testing.assert_array_equal(shop.tastes, same.tastes)


def test_the_draws_of_one_stream_do_not_shift_another() -> None:
    alone = stream(7, "order", "R0002", UNTIL).random(5)
    stream(7, "order", "R0001", UNTIL).random(1_000)
    np.testing.assert_array_equal(stream(7, "order", "R0002", UNTIL).random(5), alone)
    assert not np.array_equal(stream(7, "order", "R0001", UNTIL).random(5), alone)


def test_names_are_told_apart() -> None:
    world = build_world(seed=7, vendors=40, retailers=400, days=30, until=UNTIL)
    names = [party.name for party in (*world.vendors, *world.retailers)]
    assert len(set(names)) == len(names)


def test_every_supplier_carries_something_for_the_shop_and_every_good_has_one() -> None:
    world = small_world()
    for shop in world.retailers:
        offered = {good for supplier in shop.suppliers for good in world.vendors[supplier].carries}
        assert set(shop.carries) <= offered
        assert shop.on_credit <= set(shop.suppliers)


def test_goods_are_in_units_and_categories_that_exist() -> None:
    units = {unit.code for unit in UNITS}
    categories = {category for _, carried in SPECIALITIES.values() for category in carried}
    table = goods()
    assert 60 <= len(table) <= 120
    assert len({good.code for good in table}) == len(table)
    for good in table:
        assert good.unit in units, good.code
        assert good.category in categories, good.code
        assert good.price > 0
        assert good.step >= 1


def test_towns_stand_in_provinces_that_parties_know() -> None:
    assert {town.province_code for town in TOWNS} <= set(COUNTRIES[COUNTRY].states)


def test_every_town_is_reached_from_the_hub_and_the_way_back_is_as_long() -> None:
    for town in TOWNS:
        assert sorted(route(HUB, town.name)) == sorted(route(town.name, HUB))
        assert hours_between(HUB, town.name) > 0
    assert route(HUB, HUB) == ()


def test_a_closed_road_cuts_off_exactly_the_routes_over_it() -> None:
    world = next(world for world in map(small_world, range(20)) if world.blockages)
    block = world.blockages[0]
    day = max(block.first, world.start)
    origin, destination = ROADS[block.road].ends
    assert world.is_blocked(origin, destination, day)
    assert not world.is_blocked(origin, origin, day)
    assert not world.is_blocked(origin, destination, world.start - timedelta(days=400))


def test_a_longer_simulation_sees_the_same_shocks() -> None:
    short, long = small_world(days=30), small_world(days=90)
    assert set(short.blockages) <= set(long.blockages)
    assert set(short.shortages) <= set(long.shortages)


@pytest.mark.parametrize(("year", "dashami"), [(2025, date(2025, 10, 2)), (2026, date(2026, 10, 20))])
def test_demand_swells_before_dashain_and_wholesalers_shut_for_it(year: int, dashami: date) -> None:
    assert festival_days("dashain", year) == (dashami,)
    eve, ordinary = dashami - timedelta(days=1), dashami - timedelta(days=40)
    assert season_factor("feast", "hill", eve) > 1.7 * season_factor("feast", "hill", ordinary)
    assert season_factor("feast", "hill", dashami + timedelta(days=3)) < 1
    assert is_wholesale_closed(dashami)
    assert not is_wholesale_closed(ordinary)


def test_bikram_sambat_new_year_falls_in_mid_april() -> None:
    assert bikram_sambat(date(2026, 4, 14)) == (2083, 1, 1)


@pytest.mark.parametrize(
    ("price", "quoted"),
    [(21.87, "22.00"), (98.30, "98.50"), (545.4, "545.00"), (2151.0, "2150.00"), (0.1, "0.50")],
)
def test_prices_are_quoted_in_the_steps_that_people_use(price: float, quoted: str) -> None:
    assert round_price(price) == Decimal(quoted)


@pytest.mark.parametrize("missing", [{"vendors": 2}, {"retailers": 0}, {"days": 3}])
def test_a_market_without_people_or_days_is_refused(missing: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="a market needs at least"):
        build_world(**{"seed": 7, "vendors": 8, "retailers": 5, "days": 30, **missing}, until=UNTIL)

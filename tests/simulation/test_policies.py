"""What agents decide from what they see."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simulation.policies import (
    AccountView,
    Basket,
    BuyerView,
    DueView,
    RetailerPolicy,
    ShopView,
    VendorPolicy,
    true_propensity,
    value_paisa,
)
from simulation.randomness import stream
from simulation.truth import truth_path, write_truth
from simulation.world import World, build_world

UNTIL = date(2026, 11, 19)
WORLD = build_world(seed=7, vendors=10, retailers=60, days=120, until=UNTIL)
DAY = UNTIL - timedelta(days=90)


def policy_of(kind: str, world: World = WORLD) -> RetailerPolicy:
    shop = next(shop for shop in world.retailers if shop.character.kind == kind)
    return RetailerPolicy(world, shop)


def view_of(policy: RetailerPolicy, **changes: object) -> ShopView:
    shop = policy.retailer
    prices = {
        (supplier, good): policy.world.goods[good].price
        for supplier in shop.suppliers
        for good in policy.world.vendors[supplier].carries
    }
    empty = np.zeros(len(shop.carries))
    view = ShopView(
        day=DAY,
        shelf=empty,
        on_order=empty,
        daily_sales=shop.tastes * shop.size,
        prices=prices,
        last_paid={},
        room_paisa={},
        grudges={},
    )
    return replace(view, **changes)  # type: ignore[arg-type]


def late_share(policy: RetailerPolicy, view: DueView, draws: int = 400) -> float:
    answers = [policy.settles(view, stream(1, "pay", n)) for n in range(draws)]
    return sum(answer.share == 0 for answer in answers) / draws


def test_an_empty_shop_orders_whole_cartons_from_suppliers_that_carry_the_goods() -> None:
    policy = policy_of("steady")
    baskets = policy.baskets(view_of(policy), stream(7, "rounds"))
    assert baskets
    for basket in baskets:
        assert basket.is_credit == (basket.vendor in policy.retailer.on_credit)
        for good, quantity in basket.lines:
            assert good in WORLD.vendors[basket.vendor].carries
            assert quantity > 0
            assert quantity % WORLD.goods[good].step == 0


def test_a_full_shop_orders_nothing() -> None:
    policy = policy_of("steady")
    full = np.full(len(policy.retailer.carries), 10_000.0)
    assert policy.baskets(view_of(policy, shelf=full), stream(7, "rounds")) == []


def test_a_shop_buys_where_it_is_cheap() -> None:
    policy = policy_of("steady")
    view = view_of(policy)
    dear = policy.retailer.suppliers[0]
    raised = {key: price * 2 if key[0] == dear else price for key, price in view.prices.items()}

    def spent_there(prices: dict[tuple[int, int], Decimal]) -> int:
        baskets = policy.baskets(replace(view, prices=prices), stream(7, "rounds"))
        return sum(len(basket.lines) for basket in baskets if basket.vendor == dear)

    assert spent_there(raised) < spent_there(view.prices)


@given(room=st.integers(0, 3_000_000), quantities=st.lists(st.integers(1, 40), min_size=1, max_size=8))
def test_a_trimmed_basket_fits_the_credit_that_is_left(room: int, quantities: list[int]) -> None:
    basket = Basket(0, tuple(enumerate(quantities)), is_credit=True)
    prices = {(0, good): WORLD.goods[good].price for good in range(len(quantities))}
    trimmed = RetailerPolicy.trimmed(basket, room, prices)
    assert value_paisa(prices, trimmed) <= room
    assert set(trimmed.lines) <= set(basket.lines)


def test_strain_makes_a_shop_miss_its_dates() -> None:
    policy = policy_of("stretched")
    calm = late_share(policy, DueView(DAY, 0, stress=-1.0, utilisation=0.3))
    strained = late_share(policy, DueView(DAY, 0, stress=2.0, utilisation=0.3))
    squeezed = late_share(policy, DueView(DAY, 0, stress=-1.0, utilisation=1.0))
    assert calm < squeezed
    assert calm + 0.2 < strained


def test_a_broken_shop_hardly_pays_any_more() -> None:
    policy = policy_of("failing")
    breaks_on = policy.retailer.character.breaks_on
    assert breaks_on is not None
    calm = DueView(breaks_on - timedelta(days=1), 0, stress=0.0, utilisation=0.3)
    assert late_share(policy, calm) < 0.4
    assert late_share(policy, replace(calm, day=breaks_on)) > 0.85


def test_the_true_propensities_order_the_kinds_of_shops() -> None:
    def mean(kind: str) -> float:
        shops = [shop for shop in WORLD.retailers if shop.character.kind == kind]
        return float(np.mean([true_propensity(WORLD, shop, draws=100) for shop in shops]))

    assert mean("steady") < mean("stretched") < mean("failing")


def test_a_vendor_refuses_those_who_do_not_pay_it() -> None:
    policy = VendorPolicy(WORLD, WORLD.vendors[0])

    def accepted(worst: int) -> int:
        return sum(policy.accepts(BuyerView(worst, 0), stream(3, "answer", n)) for n in range(300))

    assert accepted(90) < accepted(25) < accepted(0)


def test_what_leaves_the_yard_is_never_more_than_was_ordered() -> None:
    vendor = WORLD.vendors[0]
    policy = VendorPolicy(WORLD, replace(vendor, character=replace(vendor.character, short_delivery=1.0)))
    for n in range(200):
        dispatch = policy.dispatches((3, 10, 1), is_big_buyer=False, rng=stream(3, "load", n))
        assert all(0 <= sent <= asked for sent, asked in zip(dispatch.quantities, (3, 10, 1), strict=True))
        assert dispatch.late_days >= 0


def test_a_small_market_move_leaves_the_price_list_alone() -> None:
    policy = VendorPolicy(WORLD, WORLD.vendors[0])
    current = {good: WORLD.target_price(policy.vendor, good, DAY) for good in policy.vendor.carries}
    assert policy.reprices(current, DAY) == {}
    moved = {good: price * Decimal("1.2") for good, price in current.items()}
    assert set(policy.reprices(moved, DAY)) == set(current)


def test_a_vendor_restocks_what_runs_low_in_whole_cartons() -> None:
    policy = VendorPolicy(WORLD, WORLD.vendors[0])
    daily = dict.fromkeys(policy.vendor.carries, 5.0)
    assert policy.restock(dict.fromkeys(policy.vendor.carries, 1e6), daily, DAY) == {}
    bought = policy.restock(dict.fromkeys(policy.vendor.carries, 0.0), daily, DAY)
    assert set(bought) == set(policy.vendor.carries)
    assert all(quantity % WORLD.goods[good].step == 0 for good, quantity in bought.items())


def test_limits_fall_for_bad_payers_and_stay_for_new_ones() -> None:
    policy = VendorPolicy(WORLD, WORLD.vendors[0])
    bad = AccountView(limit_paisa=40_000_00, owed_paisa=30_000_00, worst_days_past_due=40, days_known=60)
    assert policy.reviews_limit(bad, stream(1, "limit")) == 20_000_00
    assert policy.reviews_limit(replace(bad, days_known=10), stream(1, "limit")) is None


def test_the_truth_goes_to_a_file_by_seed(tmp_path: Path) -> None:
    path = write_truth(WORLD, tmp_path)
    assert path == truth_path(tmp_path, 7) == tmp_path / "simulation" / "truth-7.json"
    truth = json.loads(path.read_text(encoding="utf-8"))
    assert [shop["name"] for shop in truth["retailers"]] == [shop.name for shop in WORLD.retailers]
    assert all(0 <= shop["default_propensity"] <= 1 for shop in truth["retailers"])
    assert truth["blocked_roads"]
    assert truth["untold_effects"]

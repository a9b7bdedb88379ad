"""A line's price: each step does what it says, and the steps add up to the paisa."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commerce.catalogue.offers import Tier
from commerce.pricing.prices import Agreement, FreeGood, Priced, Scheme, Slab, Step, Terms, price, told

ITEM, OTHER = UUID(int=1), UUID(int=2)


def terms(**changes: Any) -> Terms:
    return Terms(**{"product_id": ITEM, "unit": "packet", "unit_price": Decimal(10), **changes})


def percent(off: str, *, begins_at: str = "0", **changes: Any) -> Scheme:
    slabs = (Slab(Decimal(begins_at), Decimal(off)),)
    return Scheme(**{"code": f"P{off}", "name": "Festival", "kind": "percent", "slabs": slabs, **changes})


def ten_and_one(product_id: UUID = ITEM, **changes: Any) -> Scheme:
    good = FreeGood(product_id, "SKU", "Noodles", "packet", True, Decimal(10), Decimal(1))
    return Scheme(**{"code": "10+1", "name": "Ten and one", "kind": "free_goods", "free": good, **changes})


def kinds(priced: Priced) -> list[str]:
    return [step.kind for step in priced.steps]


def test_without_anything_it_is_the_list_price():
    priced = price(terms(), Decimal(7))
    assert (priced.amount_paisa, kinds(priced)) == (7000, ["list"])
    assert told(priced.steps) == "7 packet at the list price of 10"


@pytest.mark.parametrize(("quantity", "paisa"), [(9, 9000), (10, 9500), (49, 46550), (50, 45000)])
def test_the_largest_tier_that_is_reached_holds(quantity: int, paisa: int):
    tiers = (Tier(Decimal(10), Decimal("9.5")), Tier(Decimal(50), Decimal(9)))
    assert price(terms(tiers=tiers), Decimal(quantity)).amount_paisa == paisa


def test_an_agreed_price_holds_unless_the_quantity_makes_the_list_cheaper():
    agreed = Agreement(unit_price=Decimal("9.2"))
    tiers = (Tier(Decimal(50), Decimal(9)),)
    assert price(terms(tiers=tiers, agreement=agreed), Decimal(10)).amount_paisa == 9200
    assert price(terms(tiers=tiers, agreement=agreed), Decimal(50)).amount_paisa == 45000
    assert price(terms(agreement=Agreement(unit_price=Decimal(11))), Decimal(1)).amount_paisa == 1100


def test_an_agreed_percentage_comes_off_after_the_tier():
    tiers = (Tier(Decimal(10), Decimal(9)),)
    priced = price(terms(tiers=tiers, agreement=Agreement(percent_off=Decimal(10))), Decimal(10))
    assert (priced.amount_paisa, kinds(priced)) == (8100, ["list", "tier", "agreement"])


@pytest.mark.parametrize(("quantity", "free"), [(9, None), (10, 1), (19, 1), (25, 2)])
def test_free_goods_come_in_whole_multiples_and_cost_nothing(quantity: int, free: int | None):
    priced = price(terms(schemes=(ten_and_one(),)), Decimal(quantity))
    assert priced.amount_paisa == quantity * 1000
    assert [one.quantity for one in priced.free] == ([] if free is None else [free])


def test_cartons_earn_free_packets_by_what_they_hold():
    scheme = ten_and_one()
    priced = price(terms(unit="carton", base_quantity=Decimal(24), schemes=(scheme,)), Decimal(5))
    assert priced.free[0].quantity == 12


def test_stackable_schemes_apply_one_after_the_other_by_priority():
    flat = Scheme("F", "Flat", "amount", priority=1, slabs=(Slab(Decimal(50), Decimal(20)),))
    priced = price(terms(schemes=(percent("10", priority=2), flat)), Decimal(10))
    assert priced.amount_paisa == (10000 - 2000) * 9 // 10
    assert [step.code for step in priced.steps] == [None, "F", "P10"]


def test_an_exclusive_scheme_stands_alone_where_it_gives_more():
    stackable = (percent("3", code="A"), percent("3", code="B"))
    assert (
        price(terms(schemes=(*stackable, percent("5", is_exclusive=True))), Decimal(100)).amount_paisa
        == 94090
    )
    assert (
        price(terms(schemes=(*stackable, percent("7", is_exclusive=True))), Decimal(100)).amount_paisa
        == 93000
    )


def test_free_goods_weigh_what_they_cost_against_other_schemes():
    exclusive = (ten_and_one(is_exclusive=True), percent("5", is_exclusive=True))
    priced = price(terms(schemes=exclusive), Decimal(10))
    assert (priced.amount_paisa, len(priced.free)) == (10000, 1)
    priced = price(terms(schemes=(exclusive[0], percent("11", is_exclusive=True))), Decimal(10))
    assert (priced.amount_paisa, len(priced.free)) == (8900, 0)


def test_slabs_by_quantity_and_by_value():
    slabs = (Slab(Decimal(10), Decimal(1)), Slab(Decimal(20), Decimal(2)))
    for basis, quantity, paisa in (("quantity", 9, 9000), ("quantity", 20, 19600), ("value", 2, 1960)):
        scheme = Scheme("S", "Slabs", "percent", basis=basis, slabs=slabs)
        assert price(terms(schemes=(scheme,)), Decimal(quantity)).amount_paisa == paisa


def test_a_cash_discount_comes_off_for_cash_and_is_told_on_credit():
    scheme = Scheme("CD", "Prompt", "cash_discount", percent=Decimal(2), within_days=7)
    assert price(terms(schemes=(scheme,)), Decimal(10), settlement="cash").amount_paisa == 9800
    on_credit = price(terms(schemes=(scheme,)), Decimal(10))
    assert on_credit.amount_paisa == 10000
    promise = on_credit.steps[-1]
    assert promise.text == "Prompt: 2 % (2) off if paid within 7 days"
    assert (promise.off_per_unit, promise.within_days) == (Decimal("0.2"), 7)
    # A quote keeps it as data, and its order makes the same promise.
    assert [Step.of_data(step.as_data()) for step in on_credit.steps] == list(on_credit.steps)


def test_an_amount_off_never_pays_the_buyer():
    flat = Scheme("F", "Flat", "amount", slabs=(Slab(Decimal(0), Decimal(500)),))
    assert price(terms(schemes=(flat,)), Decimal(1)).amount_paisa == 0


prices = st.decimals(min_value=0, max_value=100_000, places=6)
quantities = st.decimals(min_value="0.001", max_value=100_000, places=3)
percents = st.decimals(min_value="0.01", max_value=100, places=2)
schemes = st.lists(
    st.builds(
        lambda off, exclusive, n: percent(str(off), is_exclusive=exclusive, code=f"S{n}"),
        percents,
        st.booleans(),
        st.integers(0, 9),
    ),
    max_size=4,
)


@settings(deadline=None)
@given(prices, quantities, st.none() | st.builds(Agreement, percent_off=percents), schemes, st.booleans())
def test_the_effects_of_all_steps_add_up_to_the_amount(
    unit_price: Decimal, quantity: Decimal, agreed: Agreement | None, off: list[Scheme], is_cash: bool
):
    of = terms(unit_price=unit_price, agreement=agreed, schemes=tuple(off))
    priced = price(of, quantity, settlement="cash" if is_cash else "credit")
    assert sum((Fraction(step.effect) for step in priced.steps), Fraction(0)) == Fraction(
        priced.amount_paisa, 100
    )
    assert 0 <= priced.amount_paisa <= price(terms(unit_price=unit_price), quantity).amount_paisa + 1


@settings(deadline=None)
@given(prices, quantities, schemes)
def test_a_scheme_more_never_costs_the_buyer(unit_price: Decimal, quantity: Decimal, off: list[Scheme]):
    def amount(given: list[Scheme]) -> int:
        return price(terms(unit_price=unit_price, schemes=tuple(given)), quantity).amount_paisa

    assert amount(off) <= amount(off[:-1]) + 1

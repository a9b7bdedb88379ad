"""Quantities go from unit to unit and back without losing a gram, or are refused."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from commerce.catalogue import units

factors = st.decimals(min_value="0.001", max_value="100000", places=3)
counts = st.integers(min_value=1, max_value=10_000)


@settings(deadline=None)
@given(factors, counts, st.sampled_from(["kg", "packet"]), st.sampled_from(["g", "piece"]))
def test_whole_steps_come_back_as_they_went(factor: Decimal, count: int, unit: str, base_unit: str) -> None:
    quantity = units.step(unit, factor, base_unit) * count
    assume(quantity * factor < units.STOCK_END)
    in_base = units.to_base(quantity, factor)
    assert units.stock_problem(quantity, unit, factor, base_unit) is None
    assert base_unit == "g" or in_base % 1 == 0
    assert Fraction(in_base) == Fraction(quantity) * Fraction(factor)
    assert in_base == round(in_base, 3)
    assert units.from_base(in_base, factor) == quantity


@settings(deadline=None)
@given(factors, st.lists(counts, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_an_order_delivered_in_parts_and_returned_leaves_the_shelf_as_it_was(
    factor: Decimal, parts: list[int], draw: Random
) -> None:
    step = units.step("kg", factor, "g")
    ordered = step * sum(parts)
    shelf = start = units.to_base(ordered, factor) + 7
    for part in parts:
        shelf -= units.to_base(step * part, factor)
    assert shelf == start - units.to_base(ordered, factor)
    cut = draw.randint(0, sum(parts))
    for back in (cut, sum(parts) - cut):
        shelf += units.to_base(step * back, factor)
    assert shelf == start


@settings(deadline=None)
@given(factors)
def test_no_smaller_step_is_exact(factor: Decimal) -> None:
    step = units.step("kg", factor, "g")
    smaller = step - Decimal("0.001")
    if smaller > 0:
        with pytest.raises(units.Inexact):
            units.to_base(smaller, factor)


@pytest.mark.parametrize(
    ("unit", "base", "ratio"),
    [
        ("quintal", "kg", 100),
        ("g", "kg", Fraction(1, 1000)),
        ("dozen", "piece", 12),
        ("carton", "piece", None),
    ],
)
def test_what_is_the_same_for_every_good(unit: str, base: str, ratio: Fraction | None) -> None:
    assert units.fixed_ratio(unit, base) == ratio


def test_a_unit_that_stock_could_not_hold_is_left_out() -> None:
    assert units.complete("dozen", {}) == {"dozen": 1}
    assert units.complete("l", {}) == {"l": 1, "ml": Decimal("0.001")}


@pytest.mark.parametrize(
    ("quantity", "unit", "holds", "base", "said"),
    [
        ("1.5", "g", "0.001", "kg", r"1\.5 g \(0\.0015 kg\) has no place .* 0\.001 kg; .* multiples of 1 g"),
        ("0.5", "packet", "1", "packet", "0\\.5 packet has no place .* 1 packet; .* multiples of 1 packet"),
        ("1", "kg", "2.5", "piece", r"1 kg \(2\.5 piece\) has no place .* 1 piece; .* multiples of 0\.4 kg"),
        ("100000000000", "kg", "1", "kg", "more than stock can hold; stay under 100000000000 kg"),
    ],
)
def test_what_stock_cannot_hold_is_told_with_the_way_out(
    quantity: str, unit: str, holds: str, base: str, said: str
) -> None:
    problem = units.stock_problem(Decimal(quantity), unit, Decimal(holds), base)
    assert problem is not None
    assert re.search(said, problem), problem


def test_a_step_that_suits_both() -> None:
    assert units.common_step(Decimal("0.4"), Decimal(1)) == 2
    assert units.common_step(Decimal(6), Decimal(1)) == 6

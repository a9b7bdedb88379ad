"""Quantities go from unit to unit and back without losing a gram, or are refused."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commerce.catalogue import units

factors = st.decimals(min_value="0.001", max_value="100000", places=3)
counts = st.integers(min_value=1, max_value=10_000)


@settings(deadline=None)
@given(factors, counts, st.booleans())
def test_whole_steps_come_back_as_they_went(factor: Decimal, count: int, is_divisible: bool) -> None:
    quantity = units.step(factor, is_divisible=is_divisible) * count
    in_base = units.to_base(quantity, factor)
    assert Fraction(in_base) == Fraction(quantity) * Fraction(factor)
    assert in_base == round(in_base, 3)
    assert units.from_base(in_base, factor) == quantity


@settings(deadline=None)
@given(factors, st.lists(counts, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_an_order_delivered_in_parts_and_returned_leaves_the_shelf_as_it_was(
    factor: Decimal, parts: list[int], draw: Random
) -> None:
    step = units.step(factor, is_divisible=True)
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
    step = units.step(factor, is_divisible=True)
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

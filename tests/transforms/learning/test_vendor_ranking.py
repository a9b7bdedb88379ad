"""Vendor ranking: fair to small samples, silent on vendors nobody ordered from."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.learning.vendor_ranking import RANKING_SCHEMA, RankingParameters, prior_strength, rank_vendors

AS_OF = date(2026, 3, 31)


def vendor(vendor_id: str, **changed: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "vendor_id": vendor_id,
        "orders_imported": 0,
        "orders_asked": 50,
        "orders_accepted": 45,
        "lines_asked": 200,
        "quantity_asked": 1000.0,
        "quantity_filled": 900.0,
        "deliveries": 45,
        "deliveries_on_time": 36,
        "priced_lines": 200,
        "price_to_market": 1.0,
    }
    return usual | changed


def idle(vendor_id: str) -> dict[str, Any]:
    return dict.fromkeys(vendor(vendor_id), 0) | {"vendor_id": vendor_id, "price_to_market": None}


def ranking(*vendors: dict[str, Any], **options: Any) -> dict[str, dict[str, Any]]:
    frame = rank_vendors(pl.DataFrame(list(vendors), infer_schema_length=None), AS_OF, **options)
    assert frame.schema == RANKING_SCHEMA
    return {row["vendor_id"]: row for row in frame.to_dicts()}


def test_a_vendor_without_orders_is_not_scored() -> None:
    rows = ranking(vendor("busy"), idle("idle"))
    assert rows["idle"]["grade"] == "not ranked"
    assert rows["idle"]["reason"] == "no order in the window"
    assert rows["idle"]["score"] is None
    assert rows["idle"]["rank"] is None
    assert rows["busy"]["rank"] == 1


def test_a_vendor_of_whom_there_are_only_imported_orders_is_not_known_instead_of_first() -> None:
    row = ranking(vendor("busy"), idle("trader") | {"orders_imported": 400})["trader"]
    assert {row[name] for name in ("rank", "score", "fill", "on_time", "acceptance", "price")} == {None}
    assert row["reason"] == "not known: imported orders hold no promise and no refusal"


def test_two_perfect_orders_do_not_beat_a_long_good_record() -> None:
    perfect = {
        "orders_asked": 2,
        "orders_accepted": 2,
        "lines_asked": 2,
        "quantity_asked": 4.0,
        "quantity_filled": 4.0,
        "deliveries": 2,
        "deliveries_on_time": 2,
        "priced_lines": 2,
    }
    good = {"orders_accepted": 50, "quantity_filled": 980.0, "deliveries": 50, "deliveries_on_time": 49}
    rows = ranking(
        vendor("newcomer", **perfect), vendor("proven", **good), *(vendor(f"v{n}") for n in range(6))
    )
    assert rows["proven"]["rank"] == 1
    assert rows["newcomer"]["score"] < rows["proven"]["score"]
    assert rows["newcomer"]["score"] > rows["v0"]["score"]


@pytest.mark.parametrize(
    ("component", "worse"),
    [
        ("fill", {"quantity_filled": 500.0}),
        ("on_time", {"deliveries_on_time": 10}),
        ("acceptance", {"orders_accepted": 20}),
        ("price", {"price_to_market": 1.1}),
    ],
)
def test_each_component_lowers_the_score_of_the_vendor_that_fails_it(
    component: str, worse: dict[str, Any]
) -> None:
    rows = ranking(vendor("worse", **worse), *(vendor(f"v{n}") for n in range(5)))
    assert rows["worse"][component] < rows["v0"][component]
    assert rows["worse"]["rank"] == 6
    assert {rows[f"v{n}"]["rank"] for n in range(5)} == {1}


def test_a_component_without_any_sample_is_null_and_weighs_nothing() -> None:
    undelivered = {"deliveries": 0, "deliveries_on_time": 0, "priced_lines": 0, "price_to_market": None}
    full = {"orders_accepted": 50, "quantity_filled": 1000.0}
    rows = ranking(*(vendor(f"v{n}", **undelivered, **full) for n in range(5)))
    assert rows["v0"]["on_time"] is None
    assert rows["v0"]["price"] is None
    assert rows["v0"]["score"] == pytest.approx(100.0)


def test_a_price_at_the_market_is_the_middle_and_the_span_its_ends() -> None:
    many = 10**9
    rows = ranking(
        vendor("same", priced_lines=many),
        vendor("cheap", priced_lines=many, price_to_market=0.8),
        vendor("dear", priced_lines=many, price_to_market=1.3),
    )
    assert [round(rows[name]["price"], 3) for name in ("same", "cheap", "dear")] == [50.0, 100.0, 0.0]


def test_the_strength_of_the_prior_is_recovered_from_vendors_that_differ() -> None:
    rng = np.random.default_rng(5)
    trials = rng.integers(5, 60, size=2000).astype(float)
    shares = rng.beta(0.8 * 20, 0.2 * 20, size=2000)
    successes = rng.binomial(trials.astype(int), shares).astype(float)
    assert prior_strength(successes, trials) == pytest.approx(20, rel=0.15)


def test_vendors_that_differ_by_chance_alone_are_drawn_hard_to_the_market() -> None:
    trials = np.full(40, 20.0)
    assert prior_strength(np.full(40, 16.0), trials) == RankingParameters().strength_max


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"orders_accepted": 51}, "more orders accepted than asked"),
        ({"deliveries_on_time": 46}, "more deliveries on time than made"),
        ({"quantity_filled": -1.0}, "negative"),
        ({"price_to_market": None}, "without a price"),
        ({"lines_asked": None}, "null"),
    ],
)
def test_counts_that_contradict_themselves_are_refused_by_name(broken: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=f"vendor odd has .*{said}"):
        ranking(vendor("even"), vendor("odd", **broken))


def test_a_vendor_counted_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="vendor a stands more than once"):
        ranking(vendor("a"), vendor("a"))


def test_no_vendors_make_an_empty_ranking() -> None:
    frame = rank_vendors(pl.DataFrame([vendor("a")]).clear(), AS_OF)
    assert frame.height == 0
    assert frame.schema == RANKING_SCHEMA


def test_the_version_follows_the_weights() -> None:
    usual = ranking(vendor("a"))["a"]["model_version"]
    other = ranking(vendor("a"), parameters=RankingParameters(fill_weight=0.4))["a"]["model_version"]
    assert usual.startswith("vendor-ranking 1.0.0+")
    assert usual != other


counts = st.integers(0, 40).flatmap(
    lambda orders: st.fixed_dictionaries(
        {
            "orders_imported": st.just(0),
            "orders_asked": st.just(orders),
            "orders_accepted": st.integers(0, orders),
            "lines_asked": st.integers(0, 60),
            "quantity_asked": st.floats(0, 500),
            "quantity_filled": st.floats(0, 600),
            "deliveries": st.just(orders),
            "deliveries_on_time": st.integers(0, orders),
            "priced_lines": st.integers(0, 60),
            "price_to_market": st.floats(0.3, 3.0),
        }
    )
)


@settings(deadline=None, max_examples=60)
@given(st.lists(counts, min_size=1, max_size=9))
def test_scores_stay_in_bounds_and_ranks_follow_them(rows: list[dict[str, Any]]) -> None:
    frame = rank_vendors(pl.DataFrame([{"vendor_id": f"v{n}"} | row for n, row in enumerate(rows)]), AS_OF)
    assert frame.height == len(rows)
    ranked = frame.filter(pl.col("grade") == "ranked")
    assert ranked["orders_asked"].to_list() == [n for n in ranked["orders_asked"] if n > 0]
    assert frame.filter(pl.col("orders_asked") == 0)["score"].null_count() == frame.height - ranked.height
    for name in ("score", "fill", "on_time", "acceptance", "price"):
        assert ranked[name].drop_nulls().is_between(-1e-9, 100 + 1e-9).all()
    scores, ranks = ranked["score"].to_list(), ranked["rank"].to_list()
    assert ranks == [1 + sum(other > score for other in scores) for score in scores]

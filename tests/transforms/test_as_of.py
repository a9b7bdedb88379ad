"""What became known after the as-of day changes no figure of that day."""

from __future__ import annotations

from typing import Any

import pytest

from tests.transforms.market import at
from tests.transforms.story import AS_OF, Story, tell

CLOCK = {"predicted_at", "run_id"}
"""Stamps of a run, which no figure depends on."""


@pytest.fixture(scope="module")
def planted(make_warehouse: Any) -> tuple[Any, Story]:
    """The story, with everything that may happen later planted into it, built as of the same day."""
    story = tell()
    later = story.market
    steady, slow, good, late = (story.ids[name] for name in ("steady", "slow", "good", "late"))
    # What happens after the day.
    order = later.order(steady, good, "2026-07-01", [(story.ids["rice"], "100", "50", "10")])
    later.accept(order, "2026-07-01", promised="2026-07-02")
    item = later.deliver(order, "2026-07-02", {1: "10"})
    later.pay(steady, good, "2026-07-03", 50_000, {item: 50_000})
    later.refuse(slow, late, "2026-07-01", [(story.ids["rice"], "5")], 45_000)
    later.offer(slow, story.ids["rice"], "1", "2026-07-01")
    later.stock(slow, story.ids["rice"], "2026-07-01", "-9", "0")
    later.business("retailer", joined="2026-07-02")
    later.product("LATER-SALT")
    later.rows["products"][-1]["created_at"] = at("2026-07-02")
    placed = next(row for row in later.rows["orders"] if row["id"] == story.ids["placed_order"])
    placed |= {
        "order_state": "accepted",
        "accepted_at": at("2026-07-01"),
        "promised_on": at("2026-07-02").date(),
    }
    later.add(
        "order_timeline",
        order_id=placed["id"],
        vendor_id=slow,
        retailer_id=late,
        verb="accept",
        order_state="accepted",
        fulfilment_state="none",
        credit_state="held",
        channel="app",
        happened_at=at("2026-07-01"),
        recorded_at=at("2026-07-01"),
    )
    # What is dated before it and became known after it.
    later.pay(slow, late, "2026-06-15", 100_000, {story.ids["late_open"]: 100_000}, recorded="2026-07-02")
    # A limit of tomorrow, and one that was written down late.
    later.limit(story.ids["late_slow"], 10, "2026-07-01")
    later.limit(story.ids["late_steady"], 20, "2026-06-01", recorded="2026-07-02")
    # A payment that was taken off one debt and put on another.
    [first] = [row for row in later.rows["allocations"] if row["debit_item_id"] == story.ids["mixed_first"]]
    later.allocate(
        steady,
        first["credit_item_id"],
        story.ids["mixed_first"],
        -first["amount_paisa"],
        "2026-06-20",
        recorded="2026-07-02",
        reverses=first["id"],
    )
    later.allocate(
        steady, first["credit_item_id"], story.ids["mixed_second"], 4_000, "2026-06-20", recorded="2026-07-02"
    )
    warehouse = make_warehouse(story)
    warehouse.build()
    return warehouse, story


def _figures(warehouse: Any, story: Story) -> dict[str, list[tuple[Any, ...]]]:
    """Every mart and prediction without the run's stamps, its ids put into the story's names."""
    names = {str(identity): name for name, identity in story.ids.items()}
    ordinals = {
        str(row["id"]): f"{table} {number}"
        for table, rows in story.market.rows.items()
        for number, row in enumerate(rows)
        if "id" in row
    }
    found = {}
    for schema, table in warehouse.rows(
        "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('marts', 'predictions')"
    ):
        columns = warehouse.rows(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = %s AND table_name = %s",
            schema,
            table,
        )
        compared = ", ".join(f'"{name}"' for (name,) in columns if name not in CLOCK)
        rows = warehouse.rows(f"SELECT {compared} FROM {schema}.{table}")
        found[table] = sorted(
            (
                tuple(
                    names.get(value, ordinals.get(value, value)) if isinstance(value, str) else value
                    for value in row
                )
                for row in rows
            ),
            key=repr,
        )
    return found


def test_nothing_of_later_shows_on_the_day(warehouse: Any, story: Story, planted: tuple[Any, Story]) -> None:
    before, after = _figures(warehouse, story), _figures(*planted)
    assert before.keys() == after.keys()
    for table, rows in before.items():
        assert after[table] == rows, f"{table} as of {AS_OF} knows what came later"


def test_all_of_it_shows_when_its_day_has_come(warehouse: Any, planted: tuple[Any, Story]) -> None:
    shared = warehouse
    warehouse, story = planted
    warehouse.build("--exclude", "resource_type:seed", as_of="2026-07-05")
    [placed] = warehouse.rows(
        "SELECT order_state, accepted_at IS NOT NULL FROM marts.fct_orders WHERE order_id = %s",
        str(story.ids["placed_order"]),
    )
    assert placed == ("accepted", True)
    open_items = dict(
        warehouse.rows(
            "SELECT item_id, open_paisa FROM marts.fct_receivable_balance WHERE valid_to = '9999-12-31'"
        )
    )
    assert open_items[str(story.ids["late_open"])] == 440_000
    assert open_items[str(story.ids["mixed_first"])] == 7_334
    [late] = warehouse.rows(
        "SELECT limit_paisa, debt_ratio FROM marts.mart_retailer_360 JOIN predictions.credit_score USING (retailer_id)"
        " WHERE retailer_id = %s",
        str(story.ids["late"]),
    )
    assert late == (30, 10_000)
    # And what it knew of an earlier day that nothing late touched is what was known then.
    end_of_may = """
        SELECT sum(open_paisa)::bigint FROM marts.fct_receivable_balance
        WHERE valid_from <= '2026-05-31' AND valid_to > '2026-05-31'
    """
    assert warehouse.rows(end_of_may) == shared.rows(end_of_may)

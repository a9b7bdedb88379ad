"""Own sales in the score: they count where a shop's bills tell enough, and change nothing where they do not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from foundation import score
from foundation.ids import uuid7
from tests.transforms.market import Market, at
from tests.transforms.story import AS_OF, Story
from tests.transforms.test_score import COLUMNS, _in_batch, _on_demand

EVERY_THIRD = range(2, 90, 3)
"""Days before the as-of day: thirty, fifteen within the last 45 days and fifteen within the 45 before."""
SALE = 10_000


def day(ago: int) -> str:
    return (date.fromisoformat(AS_OF) - timedelta(days=ago)).isoformat()


def bill(market: Market, shop: UUID, ago: int, total_paisa: int = SALE, **given: Any) -> UUID:
    """A bill of nobody by name, or what else `given` makes of it."""
    row = {
        "kind": "tax_invoice", "vendor_id": shop, "document_date": date.fromisoformat(day(ago)), "currency": "NPR",
        "taxable_paisa": total_paisa, "tax_paisa": 0, "total_paisa": total_paisa, "discount_paisa": 0,
        "round_off_paisa": 0, "issued_at": at(day(ago)),
    }  # fmt: skip
    return market.add("invoices", **row | given)


def tender(market: Market, shop: UUID, ago: int, amount_paisa: int, **given: Any) -> None:
    """Money at the counter."""
    row = {
        "business_id": shop, "invoice_id": uuid7(), "mode": "cash", "amount_paisa": amount_paisa, "currency": "NPR",
        "taken_on": date.fromisoformat(day(ago)), "recorded_at": at(day(ago)),
    }  # fmt: skip
    market.add("bill_tenders", **row | given)


def khata(market: Market, shop: UUID, ago: int, amount_paisa: int, **given: Any) -> None:
    """An entry of a khata: below zero a payment."""
    row = {
        "business_id": shop, "customer_id": uuid7(), "kind": "payment", "mode": "upi", "amount_paisa": amount_paisa,
        "currency": "NPR", "entered_on": date.fromisoformat(day(ago)), "recorded_at": at(day(ago)),
    }  # fmt: skip
    market.add("khata_entries", **row | given)


def cancel(market: Market, shop: UUID, invoice: UUID, ago: int) -> None:
    """A bill holds no longer."""
    market.rows["bill_cancellations"].append(
        {
            "invoice_id": invoice,
            "business_id": shop,
            "cancelled_on": date.fromisoformat(day(ago)),
            "cancelled_at": at(day(ago)),
        }
    )


def sells(market: Market, shop: UUID, agos: Iterable[int], newer: int = SALE, paid: bool = True) -> None:
    """A bill on each day, of `newer` within the last 45 days, paid at once or not at all."""
    for ago in agos:
        amount = newer if ago < 45 else SALE
        bill(market, shop, ago, amount)
        if paid:
            tender(market, shop, ago, amount)


def buys(market: Market, retailer: UUID) -> None:
    """A history of credit, without which there is no number."""
    vendor, rice = market.business("vendor"), market.product(f"RICE-{retailer.hex}")
    market.agreement(vendor, retailer, 1_000_000, "2026-01-10")
    for month in range(1, 6):
        order = market.order(vendor, retailer, f"2026-0{month}-12", [(rice, "100", "1")])
        item = market.deliver(order, f"2026-0{month}-13", {1: "1"})
        market.pay(vendor, retailer, f"2026-0{month}-20", 10_000, {item: 10_000})


def tell() -> Story:
    """Shops by what is the matter with them."""
    market = Market()
    shops: dict[str, UUID] = {}

    def shop(name: str) -> UUID:
        shops[name] = market.business("retailer")
        return shops[name]

    for name in ("steady", "silent", "falling", "unpaid"):
        buys(market, shop(name))
    sells(market, shops["steady"], EVERY_THIRD)
    sells(market, shops["falling"], EVERY_THIRD, newer=SALE * 55 // 100)
    sells(market, shops["unpaid"], EVERY_THIRD, paid=False)
    for name, newer in (("seasonal", 8_000), ("collapsed", 3_000), ("grown", 20_000)):
        sells(market, shop(name), EVERY_THIRD, newer=newer)

    sells(market, shop("khata"), EVERY_THIRD, paid=False)
    khata(market, shops["khata"], 1, -30 * SALE * 65 // 100)
    khata(market, shops["khata"], 1, 90_000, kind="opening", mode=None)
    khata(market, shops["khata"], 0, -SALE, recorded_at=at("2026-07-02"))
    khata(market, shops["khata"], 90, -SALE)
    sells(market, shop("bounced"), EVERY_THIRD, paid=False)
    khata(market, shops["bounced"], 9, -30 * SALE)
    khata(market, shops["bounced"], 3, 30 * SALE, kind="reversal", reversal_reason="bounced")
    sells(market, shop("given_back"), EVERY_THIRD)
    tender(market, shops["given_back"], 0, -30 * SALE * 35 // 100)

    # 8 bills in the 16 days of the older half, 23 in the 45 of the newer one: more, by the day.
    sells(market, shop("sixty_days"), range(0, 61, 2))
    sells(market, shop("fifty_nine_days"), range(1, 60, 2))
    sells(market, shop("twenty_six_bill_days"), (*range(60, 73), *range(5, 18)))
    sells(market, shop("twenty_five_bill_days"), (*range(60, 72), *range(5, 18)))
    sells(market, shop("stopped"), (*range(60, 90), *range(5, 17)))

    sells(market, shop("other_currency"), ())
    sells(market, shop("wholesale"), ())
    sells(market, shop("recorded_later"), ())
    for ago in EVERY_THIRD:
        bill(market, shops["other_currency"], ago, currency="INR")
        bill(market, shops["wholesale"], ago, order_id=uuid7())
        bill(market, shops["recorded_later"], ago, issued_at=at("2026-07-02"))

    # A cancelled bill of the newer half, and a note of it; a note that is cancelled takes nothing away.
    sells(market, shop("undone"), EVERY_THIRD)
    cancel(market, shops["undone"], bill(market, shops["undone"], 50, 40_000), 40)
    bill(market, shops["undone"], 4, 27_500, kind="credit_note")
    cancel(market, shops["undone"], bill(market, shops["undone"], 3, 99_999, kind="credit_note"), 2)
    sells(market, shop("all_came_back"), EVERY_THIRD)
    bill(market, shops["all_came_back"], 1, 30 * SALE, kind="credit_note")
    return Story(market, shops)


@pytest.fixture(scope="module")
def told(make_warehouse: Any) -> dict[str, dict[str, Any]]:
    """What the score says of every shop on demand, which is what the batch says of it."""
    story = tell()
    warehouse = make_warehouse(story)
    warehouse.build("--select", "+credit_score", "--exclude", "resource_type:test", "resource_type:unit_test")
    batch = _in_batch(warehouse)
    answers = {name: _on_demand(warehouse, identity) for name, identity in story.ids.items()}
    for name, identity in story.ids.items():
        of_batch = batch[str(identity)]
        assert {each: answers[name][each] for each in COLUMNS} == {each: of_batch[each] for each in COLUMNS}
    return answers


@pytest.mark.parametrize(
    ("name", "sales_ratio", "money_ratio", "points"),
    [
        ("steady", 10_000, 10_000, 10_000),
        ("seasonal", 8_000, 10_000, 10_000),
        ("falling", 5_500, 10_000, 7_500),
        ("collapsed", 3_000, 10_000, 5_000),
        ("grown", 10_000, 10_000, 10_000),
        ("unpaid", 10_000, 0, 5_000),
        ("khata", 10_000, 6_500, 7_500),
        ("bounced", 10_000, 0, 5_000),
        ("given_back", 10_000, 6_500, 7_500),
        ("sixty_days", 10_000, 10_000, 10_000),
        # By the day: 13 bills in 28 days, and 13 in 45.
        ("twenty_six_bill_days", 6_222, 10_000, 8_222),
        # 150,000 - 40,000 - 27,500 of 190,000.
        ("undone", 4_342, 10_000, 6_342),
    ],
)
def test_points_follow_sales_and_what_is_paid_of_them(
    name: str, sales_ratio: int, money_ratio: int, points: int, told: dict[str, dict[str, Any]]
) -> None:
    row = told[name]
    assert (row["own_sales_ratio"], row["own_money_ratio"], row["own_points"]) == (
        sales_ratio,
        money_ratio,
        points,
    )


@pytest.mark.parametrize(
    "name",
    [
        "silent",
        "fifty_nine_days",
        "twenty_five_bill_days",
        "stopped",
        "other_currency",
        "wholesale",
        "recorded_later",
        "all_came_back",
    ],
)
def test_what_tells_too_little_does_not_count(name: str, told: dict[str, dict[str, Any]]) -> None:
    row = told[name]
    assert [row[each] for each in ("own_points", "own_bill_days", "own_sales_ratio", "own_money_ratio")] == [
        None
    ] * 4
    assert "own-sales" not in row["reason_codes"]
    assert score.parts_of(row) == score.PARTS


def test_a_score_without_own_sales_is_what_it_was(told: dict[str, dict[str, Any]]) -> None:
    row = told["silent"]
    points = sum(
        weight * row[each]
        for weight, each in (
            (40, "payment_points"),
            (30, "debt_points"),
            (20, "volume_points"),
            (10, "age_points"),
        )
    )
    assert row["score"] == 300 + points * 600 // 1_000_000


@pytest.mark.parametrize("name", ["steady", "falling", "unpaid"])
def test_own_sales_weigh_a_tenth_of_the_whole(name: str, told: dict[str, dict[str, Any]]) -> None:
    row, without = told[name], told["silent"]
    four = ("payment_points", "debt_points", "volume_points", "age_points")
    assert [row[each] for each in four] == [without[each] for each in four]
    parts = score.parts_of(row)
    assert sum(part.weight_percent for part in parts) == 100
    points = sum(part.weight_percent * row[part.column] for part in parts)
    assert row["score"] == 300 + points * 600 // 1_000_000
    assert abs(row["score"] - without["score"]) <= 60


def test_the_reasons_say_it_with_their_figures(told: dict[str, dict[str, Any]]) -> None:
    said = {
        name: {reason.code: reason.text for reason in score.explain(told[name])}
        for name in ("steady", "falling", "unpaid")
    }
    assert "came to 55 % of" in said["falling"]["own-sales-fell"]
    assert said["unpaid"]["own-sales-unpaid"].startswith("0 % of what the shop sold")
    assert "hold steady" in said["steady"]["own-sales-steady"]
    assert not {"own-sales-fell", "own-sales-unpaid"} & said["steady"].keys()
    assert "own-sales-steady" not in said["falling"].keys() | said["unpaid"].keys()


def test_a_shop_that_only_sells_has_no_number_yet(told: dict[str, dict[str, Any]]) -> None:
    assert told["grown"]["own_points"] == 10_000
    assert (told["grown"]["score"], told["grown"]["grade"]) == (None, score.NO_HISTORY)

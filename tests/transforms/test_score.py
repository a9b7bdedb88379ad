"""The transparent score: the same in batch and on demand, and right on paper."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from foundation import score
from foundation.locations import for_sqlalchemy
from tests.transforms.market import Market, at
from tests.transforms.story import AS_OF, Story

FINGERPRINTS = {
    "transparent-1.0.0": "0f5d7b7cb06d6278de81778963743616d8b3f7e11adfad211e1b1478bf1165b9",
    "transparent-1.1.0": "899bfd6445580659018344899c904a82596956a3d9974465266b9b954bd01b57",
    "transparent-1.2.0": "a36011997b807022b5b584f3c4e71afb4b967d9d53e255982bf199253b1a60f6",
    "transparent-1.3.0": "57584a53772b9060ff9a86bdb2653ec29a8294400542510dfc615f72c587f863",
    "transparent-1.4.0": "3c23b6b202eb5e211c0a10480a8e61965140c8f476adc56b174cbeeeb583baac",
    "transparent-1.5.0": "c76f7841e24e435da44ca370380591fd8afe0d0e6d7871e19b3764a98a8ce2b9",
}
"""The text of each version's formula. Another text needs another version: decisions quote it."""

COLUMNS = (
    "score",
    "grade",
    "payment_points",
    "debt_points",
    "volume_points",
    "age_points",
    "own_points",
    "matured_items",
    "late_items",
    "worst_days_late",
    "bounced_payments",
    "debt_ratio",
    "order_days",
    "account_days",
    "own_bill_days",
    "own_sales_ratio",
    "own_money_ratio",
    "reason_codes",
)


def _in_batch(warehouse: Any) -> dict[str, dict[str, Any]]:
    rows = warehouse.rows(
        f"SELECT retailer_id, model_version, {', '.join(COLUMNS)} FROM predictions.credit_score"
    )
    return {row[0]: dict(zip(("model_version", *COLUMNS), row[1:], strict=True)) for row in rows}


def _on_demand(warehouse: Any, retailer_id: Any, as_of: str = AS_OF) -> dict[str, Any]:
    engine = create_engine(for_sqlalchemy(warehouse.url))
    with engine.connect() as connection:
        rows = (
            connection.execute(text(score.render()), {"as_of": as_of, "retailer_id": retailer_id})
            .mappings()
            .all()
        )
    engine.dispose()
    assert len(rows) == 1
    return dict(rows[0])


def test_batch_and_on_demand_agree_for_every_retailer(warehouse: Any) -> None:
    batch = _in_batch(warehouse)
    assert len(batch) == 5
    for retailer_id, expected in batch.items():
        answer = _on_demand(warehouse, retailer_id)
        assert {name: answer[name] for name in COLUMNS} == {name: expected[name] for name in COLUMNS}
        assert answer["score_version"] == expected["model_version"] == score.version()


def test_a_late_payer_on_paper(warehouse: Any, story: Any) -> None:
    row = _on_demand(warehouse, story.ids["late"])
    # Due on the 26th of February, March and April: paid 8, 20 and 40 days later; due on 23 May and open for 38.
    assert row["matured_items"] == row["late_items"] == 4
    assert row["worst_days_late"] == 40
    assert row["payment_points"] == (60 + 40 + 15 + 15) * 100 // 4
    # 500,000 owed to one seller, nothing to the other; limits of 3,000,000 together.
    assert row["debt_ratio"] == 10_000 * 500_000 // 3_000_000
    assert row["debt_points"] == 10_000
    assert row["order_days"] == 2
    assert row["volume_points"] == 10_000 * 2 // 26
    assert row["account_days"] == 171
    points = 40 * row["payment_points"] + 30 * 10_000 + 20 * row["volume_points"] + 10 * row["age_points"]
    assert row["score"] == 300 + points * 600 // 1_000_000
    assert row["grade"] == "C"


def test_a_thin_file_gets_no_number(warehouse: Any, story: Any) -> None:
    for name in ("fresh", "silent", "customer"):
        row = _on_demand(warehouse, story.ids[name])
        assert (row["score"], row["grade"]) == (None, score.NO_HISTORY)
        assert "few-matured-items" in row["reason_codes"]


def test_an_earlier_day_knows_less(warehouse: Any, story: Any) -> None:
    assert _on_demand(warehouse, story.ids["late"], "2026-04-30")["matured_items"] == 3
    assert _on_demand(warehouse, story.ids["late"], "2026-03-05")["grade"] == score.NO_HISTORY


def test_an_old_debt_never_ages_into_no_history(warehouse: Any, story: Any) -> None:
    row = _on_demand(warehouse, story.ids["late"], "2027-12-31")
    # What was paid lies more than a year back by then; what was due on 23 May 2026 is open still.
    assert row["matured_items"] == row["late_items"] == 1
    assert row["worst_days_late"] == 587
    assert row["payment_points"] == 0


def test_every_reason_has_words(warehouse: Any) -> None:
    spoken = [reason for row in _in_batch(warehouse).values() for reason in score.explain(row)]
    assert {reason.code for reason in spoken} >= {"late-payments", "few-matured-items", "young-account"}
    assert all("{" not in reason.text for reason in spoken)
    coded = set(re.findall(r"then '([a-z]+-[a-z-]+)'", score.SQL_FILE.read_text()))
    assert coded == set(score.REASON_CODES)


def test_where_there_is_none_the_reason_does_not_count_to_nothing() -> None:
    nothing = {"reason_codes": "few-matured-items new-account", "matured_items": 0, "account_days": 0}
    said = [reason.text for reason in score.explain(nothing | {"debt_ratio": 0})]
    assert [text.split(";")[0] for text in said] == [
        "No credit purchase has come due so far",
        "No credit agreement is a day old yet",
    ]


def test_another_formula_needs_another_version() -> None:
    digest = hashlib.sha256(score.SQL_FILE.read_bytes()).hexdigest()
    assert FINGERPRINTS.get(score.version()) == digest, (
        f"{score.SQL_FILE.name} changed: raise transparent_score_version, and note the text here as {digest}"
    )


def test_an_assumed_payment_proves_nothing(make_warehouse: Any) -> None:
    market = Market()
    vendor, retailer = market.business("vendor"), market.business("retailer")
    rice = market.product("RICE")
    market.agreement(vendor, retailer, 1_000_000, "2026-01-10")
    for month in range(1, 6):
        order = market.order(vendor, retailer, f"2026-0{month}-12", [(rice, "100", "1")])
        item = market.deliver(order, f"2026-0{month}-13", {1: "1"})
        market.pay(vendor, retailer, f"2026-0{month}-20", 10_000, {item: 10_000}, is_assumed=month > 1)
    row = _on_demand(make_warehouse(Story(market, {})), retailer)
    assert (row["matured_items"], row["grade"]) == (1, score.NO_HISTORY)


def test_a_payment_that_was_undone_is_none(make_warehouse: Any) -> None:
    market = Market()
    vendor, retailer = market.business("vendor"), market.business("retailer")
    rice = market.product("RICE")
    market.agreement(vendor, retailer, 1_000_000, "2026-01-10")
    paid = []
    for month in range(1, 6):
        order = market.order(vendor, retailer, f"2026-0{month}-12", [(rice, "100", "1")])
        item = market.deliver(order, f"2026-0{month}-13", {1: "1"})
        paid.append(market.pay(vendor, retailer, f"2026-0{month}-20", 10_000, {item: 10_000}))
    market.undo(paid[4], "2026-05-24", "bounced")
    market.undo(paid[3], "2026-04-21", "mistake")
    warehouse = make_warehouse(Story(market, {}))
    warehouse.build()
    on_demand, batch = _on_demand(warehouse, retailer), _in_batch(warehouse)[str(retailer)]
    assert {name: on_demand[name] for name in COLUMNS} == {name: batch[name] for name in COLUMNS}
    assert (on_demand["matured_items"], on_demand["late_items"], on_demand["bounced_payments"]) == (5, 2, 1)
    assert on_demand["debt_ratio"] == 10_000 * 20_000 // 1_000_000
    payments = warehouse.rows(
        "SELECT paid_date::text, amount_paisa, is_bounce, is_reversed FROM marts.fct_payments "
        "WHERE paid_date >= '2026-04-01' ORDER BY paid_date"
    )
    assert payments == [
        ("2026-04-20", 10_000, False, True),
        ("2026-04-21", -10_000, False, False),
        ("2026-05-20", 10_000, False, True),
        ("2026-05-24", -10_000, True, False),
    ]
    standing = warehouse.rows(
        "SELECT last_paid_date::text, bounces_365d, paid_90d_paisa, receivable_paisa FROM marts.mart_retailer_360"
    )
    assert standing == [("2026-03-20", 1, 0, 20_000)]


def test_what_is_disputed_is_no_late_payment_while_that_lasts(make_warehouse: Any) -> None:
    market = Market()
    vendor, retailer = market.business("vendor"), market.business("retailer")
    rice = market.product("RICE")
    market.agreement(vendor, retailer, 1_000_000, "2026-01-10")
    items = []
    for month in range(1, 6):
        order = market.order(vendor, retailer, f"2026-0{month}-12", [(rice, "100", "1")])
        items.append(market.deliver(order, f"2026-0{month}-13", {1: "1"}))
    for item in items[:3]:
        market.pay(vendor, retailer, "2026-04-02", 10_000, {item: 10_000})
    for item, amount, settled in (
        (items[3], 10_000, "2026-05-20"),
        (items[3], 9_000, None),
        (items[4], 9_999, None),
    ):
        opened_at = at("2026-05-10") if settled else at("2026-06-10")
        market.dispute(vendor, retailer, {item: amount}, opened_at, at(settled) if settled else None)
    market.pay(vendor, retailer, "2026-06-11", 1_000, {items[3]: 1_000})
    warehouse = make_warehouse(Story(market, {}))
    # Of the fourth nothing was open but what was disputed, in May whole and in June after a part was paid.
    expected = {"2026-05-09": 4, "2026-05-15": 3, "2026-05-21": 4, "2026-06-10": 5, "2026-06-12": 4}
    told = {day: _on_demand(warehouse, retailer, day)["matured_items"] for day in expected}
    assert told == expected


def test_what_the_seller_owed_itself_pays_as_money_does(make_warehouse: Any) -> None:
    market = Market()
    vendor, retailer = market.business("vendor"), market.business("retailer")
    rice = market.product("RICE")
    market.agreement(vendor, retailer, 1_000_000, "2026-01-10")
    items = []
    for month in range(1, 6):
        order = market.order(vendor, retailer, f"2026-0{month}-12", [(rice, "100", "1")])
        items.append(market.deliver(order, f"2026-0{month}-13", {1: "1"}))
    for month, item in enumerate(items[:3], start=1):
        market.pay(vendor, retailer, f"2026-0{month}-20", 10_000, {item: 10_000})
    market.credit(vendor, retailer, "2026-04-20", "cancel_credit", {items[3]: 10_000})
    # Due on 27 May: half came back in time, the seller's own fee given up settled the rest a day late.
    market.credit(vendor, retailer, "2026-05-20", "credit_note", {items[4]: 5_000})
    market.credit(vendor, retailer, "2026-05-28", "fee_waiver", {items[4]: 5_000})
    warehouse = make_warehouse(Story(market, {}))
    may = _on_demand(warehouse, retailer, "2026-05-20")
    assert (may["matured_items"], may["late_items"], may["payment_points"]) == (4, 0, 10_000)
    assert "always-on-time" in may["reason_codes"]
    june = _on_demand(warehouse, retailer)
    assert (june["matured_items"], june["late_items"], june["worst_days_late"]) == (5, 1, 1)


def test_what_was_disputed_and_credited_is_left_out_once(make_warehouse: Any) -> None:
    market = Market()
    vendor, retailer = market.business("vendor"), market.business("retailer")
    rice = market.product("RICE")
    market.agreement(vendor, retailer, 1_000_000, "2026-01-10")
    order = market.order(vendor, retailer, "2026-05-01", [(rice, "100", "1")])
    item = market.deliver(order, "2026-05-01", {1: "1"})
    note = market.credit(vendor, retailer, "2026-05-22", "credit_note", {item: 3_000})
    market.pay(vendor, retailer, "2026-05-24", 4_000, {item: 4_000})
    market.dispute(
        vendor,
        retailer,
        {item: 3_000},
        at("2026-05-20"),
        at("2026-06-10"),
        outcome="credit-note",
        note=note,
    )
    # The rest is late, until the whole of it is disputed; that the first one ends by its note changes nothing.
    market.dispute(vendor, retailer, {item: 3_000}, at("2026-06-02"))
    warehouse = make_warehouse(Story(market, {}))
    warehouse.build()
    told = {
        day: _on_demand(warehouse, retailer, day)["late_items"]
        for day in ("2026-05-21", "2026-05-25", "2026-06-03", "2026-06-11")
    }
    assert told == {"2026-05-21": 1, "2026-05-25": 1, "2026-06-03": 0, "2026-06-11": 0}
    assert _in_batch(warehouse)[str(retailer)]["matured_items"] == 0


def test_the_parts_weigh_as_the_formula_says() -> None:
    for parts in (score.PARTS, score.PARTS_OF_A_SHOP):
        weighed = " + ".join(f"{part.weight_percent} * {part.column}" for part in parts)
        assert f"({weighed}) * 600" in score.SQL_FILE.read_text()


@pytest.mark.parametrize("schema", ["app", "raw"])
def test_the_text_names_its_tables_by_schema(schema: str) -> None:
    statement = score.render(schema)
    assert all(f"{schema}.{table}" in statement for table in score.TABLES)

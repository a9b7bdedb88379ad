"""The build as a whole and the marts' figures, reckoned on paper from the story."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from foundation.ids import uuid7
from foundation.money import line_amount_paisa
from tests.transforms.conftest import failures
from tests.transforms.story import tell
from transforms import parsed


def test_every_mart_has_an_enforced_contract_with_described_columns(warehouse: Any) -> None:
    nodes = parsed.manifest(warehouse.url).nodes
    models = [node for node in nodes.values() if node.resource_type == "model"]
    marts = [node for node in models if node.schema in ("marts", "predictions")]
    assert {node.name for node in marts} >= {"fct_orders", "mart_executive_daily", "credit_score"}
    for node in marts:
        assert node.contract.enforced, node.name
        assert node.description, node.name
        assert all(column.description and column.data_type for column in node.columns.values()), node.name


def test_a_build_without_an_as_of_day_says_how_to_give_one(warehouse: Any) -> None:
    result = warehouse.dbt("compile", "--select", "fct_orders", as_of=None)
    assert not result.success
    assert "--vars '{as_of:" in failures(result)


def test_a_contract_refuses_a_value_that_is_missing(warehouse: Any) -> None:
    with psycopg.connect(warehouse.url) as connection, pytest.raises(psycopg.errors.NotNullViolation):
        connection.execute("INSERT INTO marts.dim_product (product_id) VALUES ('x')")


def test_a_line_rounds_in_sql_as_in_python(warehouse: Any) -> None:
    cases = [
        (Decimal(price), Decimal(quantity))
        for price in (
            "0.005",
            "0.015",
            "0.025",
            "33.335",
            "-0.005",
            "-0.015",
            "2.5",
            "0.000001",
            "99999999.999999",
        )
        for quantity in ("1", "0.5", "3", "1.001", "12345.678")
    ]
    values = ", ".join(f"({price}::numeric(18, 6), {quantity}::numeric(14, 3))" for price, quantity in cases)
    sql = f"select {{{{ line_amount_paisa('price', 'quantity') }}}} from (values {values}) as t (price, quantity)"
    result = warehouse.dbt("compile", "--inline", sql)
    assert result.success, failures(result)
    [compiled] = [one.node.compiled_code for one in result.result.results]
    assert [amount for (amount,) in warehouse.rows(compiled)] == [
        line_amount_paisa(price, quantity) for price, quantity in cases
    ]


def test_an_order_of_parts_returns_and_a_cut_line_adds_up(warehouse: Any, story: Any) -> None:
    [row] = warehouse.rows(
        """SELECT order_state, fulfilment_state, payment_state, line_count, cut_line_count, total_paisa,
                  delivered_paisa, returned_paisa, is_on_time
           FROM marts.fct_orders WHERE order_id = %s""",
        str(story.ids["mixed_order"]),
    )
    # 0.5 paisa goes to 0, 3333.5 to 3334; five times 20.00 beside it.
    assert row == ("completed", "delivered", "part_paid", 3, 1, 13_334, 13_334, 2_000, False)


def test_receivables_age_by_bucket(warehouse: Any, story: Any) -> None:
    [row] = warehouse.rows(
        """SELECT balance_paisa, overdue_31_60_paisa, unallocated_credit_paisa, days_past_due_max
           FROM marts.fct_receivable_ageing WHERE reporting_date = '2026-06-30' AND vendor_id = %s""",
        str(story.ids["slow"]),
    )
    assert row == (500_000, 540_000, -40_000, 38)


def test_an_empty_shelf_censors_its_days_and_a_refusal_is_demand(warehouse: Any, story: Any) -> None:
    rows = warehouse.rows(
        """SELECT business_date, asked_units, refused_units, is_request_cut, is_stocked_out
           FROM marts.fct_daily_sales WHERE vendor_id = %s AND is_censored ORDER BY 1""",
        str(story.ids["slow"]),
    )
    assert rows == [
        (date(2026, 6, 24), 7, 7, True, True),
        (date(2026, 6, 25), 0, 0, False, True),
        (date(2026, 6, 26), 3, 0, False, True),
        (date(2026, 6, 27), 0, 0, False, True),
    ]


def test_a_vendor_is_judged_by_orders_that_ended(warehouse: Any, story: Any) -> None:
    [row] = warehouse.rows(
        """SELECT orders_90d, orders_answered_90d, orders_accepted_90d, orders_promised_90d, orders_on_time_90d,
                  lines_closed_90d, lines_filled_90d, asked_90d_paisa, filled_90d_paisa
           FROM marts.mart_vendor_performance WHERE vendor_id = %s""",
        str(story.ids["slow"]),
    )
    assert row == (5, 3, 1, 1, 0, 3, 0, 902_000, 540_000)


def test_origins_and_currencies_stand_apart(warehouse: Any) -> None:
    rows = warehouse.rows(
        """SELECT origin, currency, sum(total_paisa)::bigint, max(receivable_paisa) FILTER (
                      WHERE business_date = '2026-06-30')
           FROM marts.mart_executive_daily GROUP BY 1, 2 ORDER BY 1, 2"""
    )
    assert rows == [
        ("imported", "GBP", 1_530, 1_530),
        ("simulated", "INR", 40_000, 40_000),
        ("simulated", "NPR", 1_377_334, 526_334),
    ]


def test_an_identity_that_breaks_fails_the_build(make_warehouse: Any, story: Any) -> None:
    broken = make_warehouse(story)
    broken.execute("UPDATE raw.postings SET amount_paisa = amount_paisa + 1 WHERE amount_paisa = 540000")
    result = broken.dbt("build")
    assert not result.success
    assert "receivables_equal_ledger" in failures(result)
    assert "receivables_equal_payables" in failures(result)


@pytest.fixture(scope="module")
def imported(make_warehouse: Any) -> Any:
    """The market with a trader beside it whose whole history, long and lately, came from a file."""
    told = tell()
    rice, market = told.ids["rice"], told.market
    vendor, retailer = (
        market.business(side, origin="imported", joined="2006-01-05") for side in ("vendor", "retailer")
    )
    market.agreement(vendor, retailer, 1_000_000, "2006-01-10")
    for sold, delivered in (("2006-02-01", "2006-02-03"), ("2026-06-20", "2026-06-20")):
        order = market.order(vendor, retailer, sold, [(rice, "10", "5")])
        order.row["import_id"] = uuid7()
        market.accept(order, sold, promised=delivered)
        item = market.deliver(order, delivered, {1: "5"})
        if sold < "2009":
            market.pay(vendor, retailer, "2009-02-10", 4_000, {item: 4_000})
    walk_in = market.business("retailer", origin="imported", keeps_books=False, is_walk_in=True)
    market.account("receivable", vendor, walk_in, "NPR", "2026-06-21")
    order = market.order(vendor, walk_in, "2026-06-21", [(rice, "7", "1")], settlement="cash")
    order.row["import_id"] = uuid7()
    market.deliver(order, "2026-06-21", {1: "1"})
    built = make_warehouse(told)
    built.build()
    return built


def test_the_walk_in_trades_and_is_no_retailer_who_could_be_lent_to(imported: Any) -> None:
    of_imports = """FROM {} AS figures JOIN marts.dim_business AS buyer ON buyer.business_id = figures.retailer_id
                    WHERE figures.origin = 'imported' AND figures.currency = 'NPR' GROUP BY 1 ORDER BY 1"""
    assert imported.rows("SELECT buyer.is_walk_in, count(*) " + of_imports.format("marts.fct_orders")) == [
        (False, 2),
        (True, 1),
    ]
    assert imported.rows(
        "SELECT buyer.is_walk_in, count(*) " + of_imports.format("marts.mart_retailer_360")
    ) == [(False, 1)]


def test_trade_that_is_older_than_the_calendar_counts(imported: Any) -> None:
    rows = imported.rows(
        """SELECT business_date, orders, total_paisa, delivered_paisa, paid_paisa, receivable_paisa, overdue_paisa
           FROM marts.mart_executive_daily
           WHERE origin = 'imported' AND currency = 'NPR' AND (orders > 0 OR delivered_paisa > 0 OR paid_paisa > 0)
             AND business_date < '2010-01-01'
           ORDER BY 1"""
    )
    assert rows == [
        (date(2006, 2, 1), 1, 5_000, 0, 0, 0, 0),
        (date(2006, 2, 3), 0, 0, 5_000, 0, 5_000, 0),
        (date(2009, 2, 10), 0, 0, 0, 4_000, 1_000, 1_000),
    ]


def test_an_import_says_nothing_of_how_a_vendor_serves(imported: Any) -> None:
    [trade] = imported.rows(
        """SELECT orders_90d, orders_imported_90d, total_90d_paisa, orders_answered_90d, orders_accepted_90d,
                  orders_promised_90d, orders_on_time_90d, lines_closed_90d, asked_90d_paisa, filled_90d_paisa
           FROM marts.mart_vendor_performance WHERE origin = 'imported' AND currency = 'NPR'"""
    )
    assert trade == (2, 2, 5_700, 0, 0, 0, 0, 0, 0, 0)
    assert imported.rows(
        "SELECT DISTINCT promised_date, is_on_time FROM marts.fct_orders WHERE is_imported"
    ) == [(None, None)]


def test_a_day_that_is_missing_from_the_executive_figures_is_found(warehouse: Any) -> None:
    with psycopg.connect(warehouse.url) as connection:
        query = _compiled(warehouse, "executive_totals_equal_facts")
        connection.execute("DELETE FROM marts.mart_executive_daily WHERE business_date = '2026-06-16'")
        [(day, returned)] = connection.execute(
            f"SELECT business_date, returned_paisa::bigint FROM ({query}) AS found"
        ).fetchall()
        connection.rollback()
    assert (day, returned) == (date(2026, 6, 16), -2_000)


def _compiled(warehouse: Any, data_test: str) -> str:
    [file] = (warehouse.target / "build" / "compiled").rglob(f"{data_test}.sql")
    return file.read_text()

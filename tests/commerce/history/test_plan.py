from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from commerce.history.plan import ImportPlan, Settlement, Trader, line_id, with_consequences

BEGIN = datetime(2024, 1, 1, 6, tzinfo=UTC)
TERMS = Settlement("terms", due_days=10, paid_days_after_due=5)


def plan(
    settlement: Settlement = TERMS, *, stock: bool = False, file_hash: str = "ab" * 32, days: int = 400
) -> ImportPlan:
    return ImportPlan(
        file_hash=file_hash,
        file_name="history.csv",
        mapping_name="test",
        mapping_hash="0" * 64,
        trader=Trader("Gupta Traders", "NP", "NP-P6", "Surkhet", "NPR", "Asia/Kathmandu"),
        settlement=settlement,
        has_opening_stock=stock,
        services=frozenset({"POST"}),
        customer_name_pattern="Customer {ref}",
        walk_in_name="Walk-in",
        document_count=1,
        line_count=1,
        rejected_count=0,
        file_total=Decimal(0),
        rejected_total=Decimal(0),
        rounding_total=Decimal(0),
        begins_at=BEGIN,
        ends_on=date(2024, 1, 1) + timedelta(days=days),
    )


def lines(*rows: dict[str, object]) -> pl.DataFrame:
    """Canonical lines in the order of time; what a row leaves out is a sale of one piece at one rupee."""
    made = []
    for number, row in enumerate(rows, 1):
        kind = row.get("kind", "sale")
        quantity = Decimal(str(row.get("quantity", 1)))
        made.append(
            {
                "row_no": number,
                "document_no": row.get("document_no", str(row.get("document", number - 1))),
                "document_ordinal": row.get("document", number - 1),
                "kind": kind,
                "product_code": row.get("product", "A"),
                "description": row.get("description"),
                "quantity": quantity,
                "amount_paisa": row.get("paisa", int(quantity * 100)),
                "occurred_at": BEGIN + timedelta(days=int(str(row.get("day", 0)))),
                "original_row_no": row.get("original"),
            }
        )
    schema = {
        "row_no": pl.Int64, "document_no": pl.String, "document_ordinal": pl.Int64, "kind": pl.String,
        "product_code": pl.String, "description": pl.String, "quantity": pl.Decimal(14, 3), "amount_paisa": pl.Int64,
        "occurred_at": pl.Datetime("us", "UTC"), "original_row_no": pl.Int64,
    }  # fmt: skip
    return pl.DataFrame(made, schema=schema)


def test_the_day_is_the_traders_own() -> None:
    late = lines({}).with_columns(pl.lit(datetime(2024, 1, 1, 20, tzinfo=UTC)).alias("occurred_at"))
    late = late.cast({"occurred_at": pl.Datetime("us", "UTC")})
    assert with_consequences(late, plan())["day"].to_list() == [date(2024, 1, 2)]


def test_a_second_document_of_a_number_is_told_apart() -> None:
    frame = lines(
        {"document": 0, "document_no": "7"},
        {"document": 1, "document_no": "7"},
        {"document": 1, "document_no": "7"},
        {"document": 2, "document_no": "7", "kind": "cancellation", "quantity": -1},
    )
    result = with_consequences(frame, plan())
    assert result["number"].to_list() == ["7", "7/2", "7/2", "7"]
    assert result["line_no"].to_list() == [1, 1, 2, 1]


def test_a_product_is_called_what_most_of_its_sales_call_it() -> None:
    frame = lines(
        {"kind": "adjustment", "description": "damaged"},
        {"description": "SOAP"},
        {"description": "Soap 75 g"},
        {"kind": "adjustment", "description": "damaged"},
        {"description": "Soap 75 g"},
        {"product": "B1"},
        {"product": "B2", "kind": "adjustment", "description": "found"},
    )
    names = with_consequences(frame, plan())["product_name"].to_list()
    assert names == ["Soap 75 g"] * 5 + ["B1", "found"]


def test_an_assumed_payment_comes_so_many_days_after_due_and_pays_the_document() -> None:
    result = with_consequences(lines({"paisa": 500}), plan())
    assert result["paid_on"].to_list() == [date(2024, 1, 16)]
    assert result["paid_paisa"].to_list() == [500]


def test_a_credit_note_before_the_payment_lessens_it() -> None:
    frame = lines(
        {"paisa": 500, "quantity": 5},
        {"kind": "cancellation", "quantity": -2, "paisa": -200, "original": 1, "day": 3},
    )
    result = with_consequences(frame, plan())
    assert result["paid_paisa"].to_list() == [300, 0]
    assert result["settled_paisa"].to_list() == [0, 200]


def test_a_credit_note_after_the_payment_settles_nothing() -> None:
    frame = lines(
        {"paisa": 500, "quantity": 5},
        {"kind": "cancellation", "quantity": -2, "paisa": -200, "original": 1, "day": 30},
    )
    result = with_consequences(frame, plan())
    assert result["paid_paisa"].to_list() == [500, 0]
    assert result["settled_paisa"].to_list() == [0, 0]


def test_nothing_is_assumed_to_be_paid_after_the_history_ends() -> None:
    result = with_consequences(lines({"paisa": 500}), plan(days=14))
    assert result["paid_paisa"].to_list() == [0]
    assert result["paid_on"].to_list() == [None]


def test_opening_stock_is_just_what_the_history_needs() -> None:
    frame = lines(
        {"quantity": 5},
        {"kind": "adjustment", "quantity": 2},
        {"quantity": 4},
        {"kind": "cancellation", "quantity": -3},
        {"product": "POST"},
        {"product": "B", "kind": "adjustment", "quantity": 3},
    )
    result = with_consequences(frame, plan(stock=True))
    quantities = [None if value is None else int(value) for value in result["opening_quantity"]]
    assert quantities == [7, None, None, None, None, 0]
    levels = [None if value is None else int(value) for value in result["on_hand_after"]]
    assert levels == [2, 4, 0, 3, None, 3]


def test_untracked_goods_have_no_levels() -> None:
    result = with_consequences(lines({}), plan())
    assert result["on_hand_after"].to_list() == [None]
    assert result["opening_quantity"].to_list() == [None]


def test_the_ids_of_files_and_lines_are_their_own() -> None:
    mine, other = plan(file_hash="ab" * 32), plan(file_hash="cd" * 32)
    assert mine.import_id == plan(file_hash="ab" * 32).import_id != other.import_id
    ids = {line_id(each.import_id, row) for each in (mine, other) for row in range(1, 5000)}
    assert len(ids) == 2 * 4999


histories = st.lists(
    st.tuples(st.integers(1, 9), st.integers(1, 999), st.integers(0, 60), st.booleans()),
    min_size=1,
    max_size=12,
)


@given(histories, st.integers(0, 80), st.booleans())
def test_no_document_is_settled_beyond_its_charge_and_no_level_falls_below_zero(
    sales: list[tuple[int, int, int, bool]], horizon: int, stock: bool
) -> None:
    events: list[dict[str, object]] = []
    for day, (quantity, paisa, wait, comes_back) in enumerate(sales):
        events.append({"day": day, "quantity": quantity, "paisa": paisa, "sale": day})
        if comes_back:
            back = {"kind": "cancellation", "day": day + wait, "quantity": -quantity, "paisa": -paisa - 1}
            events.append({**back, "sale": day})
    events.sort(key=lambda event: (int(str(event["day"])), "kind" in event))
    rows = {event["sale"]: number for number, event in enumerate(events, 1) if "kind" not in event}
    frame = lines(
        *[{**event, "original": rows[event["sale"]] if "kind" in event else None} for event in events]
    )
    result = with_consequences(frame, plan(stock=stock, days=horizon))
    taken = dict(result.group_by("original_row_no").agg(pl.col("settled_paisa").sum()).iter_rows())
    for sale in result.filter(pl.col("kind") == "sale").iter_rows(named=True):
        settled = taken.get(sale["row_no"], 0) + sale["paid_paisa"]
        assert settled == sale["amount_paisa"] if sale["paid_on"] else settled <= sale["amount_paisa"]
    assert (result["settled_paisa"] >= 0).all()
    if stock:
        assert (result["on_hand_after"] >= 0).all()

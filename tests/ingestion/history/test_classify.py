from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.history import mapping, readers
from ingestion.history.canonical import LINES, REJECTS
from ingestion.history.classify import Classified, classify
from ingestion.history.mapping import Mapping

UCI = mapping.load("uci-online-retail")
MAPPINGS = Path(mapping.__file__).parent / "mappings"
UNITS = ("piece", "kg")
WHEN = datetime(2010, 12, 1)  # noqa: DTZ001 - files hold times without a zone
REAL_FILE = Path(__file__).parents[4] / "shared/data/retail/online_retail.parquet"

SOMEBODY = {"name": "Somebody", "country": "NP", "state": "NP-P6"}


def judge(rows: list[dict[str, object]], how: Mapping = UCI) -> Classified:
    """Classify rows of text cells; what a row leaves out is the usual sale."""
    usual = {
        "document_no": "536365", "product_code": "85123A", "quantity": "6", "unit_price": "2.55",
        "occurred_at": "2010-12-01 08:26:00", "description": "HEART", "customer_ref": "17850",
        "country": "United Kingdom", "kind": None, "unit": None, "original_document_no": None,
    }  # fmt: skip
    cells = pl.DataFrame(
        [{"row_no": number, **usual, **row} for number, row in enumerate(rows, 1)],
        schema={"row_no": pl.Int64} | dict.fromkeys(usual, pl.String),
    )
    raw = readers.RawHistory(Path("history.csv"), "ab" * 32, cells, pl.DataFrame(schema=readers.MALFORMED))
    return classify(raw, how, units=UNITS)


def test_a_plain_line_is_a_sale_with_exact_figures() -> None:
    result = judge([{}])
    assert result.lines.schema == LINES
    assert result.rejects.schema == REJECTS
    row = result.lines.row(0, named=True)
    assert row["kind"] == "sale"
    assert (row["quantity"], row["unit_price"], row["amount_paisa"]) == (
        Decimal("6.000"),
        Decimal("2.55"),
        1530,
    )
    assert row["occurred_at"] == datetime(2010, 12, 1, 8, 26, tzinfo=UTC)
    assert (row["country"], row["customer_ref"], row["unit"]) == ("GB", "17850", "piece")


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ({"document_no": "C536379", "quantity": "-1"}, "cancellation"),
        (
            {"document_no": "A563186", "product_code": "B", "quantity": "1", "unit_price": "-11062.06"},
            "bad_debt",
        ),
        (
            {"document_no": "A563185", "product_code": "B", "quantity": "1", "unit_price": "11062.06"},
            "bad_debt",
        ),
        ({"quantity": "-10", "unit_price": "0", "customer_ref": None}, "adjustment"),
        ({"quantity": "10", "unit_price": "0.0", "customer_ref": None}, "adjustment"),
        ({"quantity": "10", "unit_price": "0"}, "sale"),
    ],
)
def test_the_rules_of_the_mapping_give_each_line_its_kind(row: dict[str, object], kind: str) -> None:
    result = judge([row])
    assert result.lines["kind"].to_list() == [kind], result.rejects.to_dicts()


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"document_no": None}, "document number is missing"),
        ({"product_code": "  "}, "product code is missing"),
        ({"quantity": None}, "quantity is missing"),
        ({"quantity": "six"}, "quantity 'six' is no number below 100,000,000,000 with at most 3 decimals"),
        ({"quantity": "0.0001"}, "quantity '0.0001' is no number"),
        ({"quantity": "0"}, "quantity is zero"),
        ({"quantity": "-6"}, "a sale of -6 is negative and no cancellation"),
        ({"document_no": "C1", "quantity": "6"}, "a cancellation of 6 is not negative"),
        ({"unit_price": "2.5.5"}, "unit price '2.5.5' is no number"),
        ({"unit_price": "0.0000001"}, "with at most 6 decimals"),
        ({"unit_price": "NaN"}, "unit price 'NaN' is no number"),
        ({"unit_price": "9" * 13}, "is no number below 1,000,000,000,000"),
        ({"unit_price": "-1"}, "unit price -1 is negative"),
        ({"unit_price": "999999999999", "quantity": "99999999999"}, "beyond what a line may be"),
        ({"occurred_at": "yesterday"}, "date 'yesterday' is not a moment of the trader's time zone"),
        ({"occurred_at": "2011-03-27 01:30:00"}, "2011-03-27 01:30:00"),
        ({"occurred_at": "0001-01-01 00:00:00"}, "date '0001-01-01 00:00:00' lies before 2000-01-01"),
        ({"occurred_at": "0082-08-30 00:00:00"}, "lies before 2000-01-01, the mapping's file.earliest_date"),
        ({"occurred_at": "1999-12-31 23:59:59"}, "lies before 2000-01-01"),
        ({"occurred_at": "०००१-०१-०१ ००:००:००"}, "date '०००१-०१-०१ ००:००:००' lies before 2000-01-01"),
        ({"unit_price": "२.५.५"}, "unit price '२.५.५' is no number"),
        ({"quantity": "छ"}, "quantity 'छ' is no number"),
        ({"quantity": "½"}, "quantity '½' is no number"),
        ({"unit": "pieces"}, "unit 'pieces' is none of kg, piece"),
        ({"unit": "kg"}, "unit 'kg' is not 'piece', which 85123A is counted in"),
        ({"document_no": "7" * 29}, "document no is longer than 28 characters"),
        ({"document_no": "A1", "product_code": "B", "unit_price": "0"}, "a bad debt of zero"),
        ({"kind": "gift"}, "kind 'gift' is none of sale, cancellation, adjustment, bad_debt"),
    ],
)
def test_a_bad_line_is_rejected_with_its_value_and_the_others_live(
    row: dict[str, object], reason: str
) -> None:
    result = judge([{}, row, {}])
    assert result.lines["row_no"].to_list() == [1, 3]
    assert result.rejects["row_no"].to_list() == [2]
    assert reason in result.rejects["reason"][0]
    assert result.reconciliation.difference == 0


def test_a_reject_counts_with_its_amount_where_it_can_be_read() -> None:
    result = judge([{}, {"quantity": "-2", "unit_price": "1.005"}, {"quantity": "six"}])
    assert result.rejects["amount"].to_list() == [Decimal("-2.01"), None]
    assert result.reconciliation.file_total == Decimal("15.30") - Decimal("2.01")
    assert result.reconciliation.rejected == Decimal("-2.01")


@pytest.mark.parametrize(("quantity", "price"), [("१२", "२५.५०"), ("১২", "25.50"), ("1२", "२.५५e1")])
def test_the_digits_of_every_script_are_numbers(quantity: str, price: str) -> None:
    line = {"quantity": quantity, "unit_price": price, "occurred_at": "२०२४-०१-०५ १०:३०"}
    result = judge([line], mapping.load("canonical", SOMEBODY))
    assert result.lines["amount_paisa"].to_list() == [30_600]
    assert result.lines["occurred_at"].to_list() == [datetime(2024, 1, 5, 4, 45, tzinfo=UTC)]


def test_a_mapping_may_begin_earlier() -> None:
    told = (MAPPINGS / "uci-online-retail.toml").read_text()
    since_1990 = mapping.parse(told.replace("[file]", "[file]\nearliest_date = 1990-01-01"), source="uci")
    rows = [{"occurred_at": "1990-01-01 00:00:00"}, {"occurred_at": "1989-12-31 23:59:59"}]
    assert judge(rows, since_1990).lines["row_no"].to_list() == [1]


@pytest.mark.parametrize(
    ("price", "paisa"),
    [
        ("0.005", 0),
        ("0.015", 2),
        ("0.025", 2),
        ("0.0250001", None),
        ("0.025001", 3),
        ("0.001", 0),
        ("1e-05", 0),
    ],
)
def test_amounts_are_rounded_half_even_once(price: str, paisa: int | None) -> None:
    result = judge([{"quantity": "1", "unit_price": price}])
    assert result.lines["amount_paisa"].to_list() == ([] if paisa is None else [paisa])


def test_a_float_is_taken_by_its_shortest_decimal_text() -> None:
    cells = pl.DataFrame(
        {
            "row_no": [1, 2],
            "document_no": ["1", "1"],
            "product_code": ["A", "A"],
            "quantity": [3, 1],
            "unit_price": [0.1, 0.001],
            "occurred_at": [WHEN, WHEN],
            "customer_ref": [17850.0, None],
        }
    )
    raw = readers.RawHistory(Path("x.parquet"), "ab" * 32, cells, pl.DataFrame(schema=readers.MALFORMED))
    result = classify(raw, UCI, units=UNITS)
    assert result.reconciliation.file_total == Decimal("0.301")
    assert result.lines["customer_ref"].to_list() == ["17850", None]


def test_documents_go_in_the_order_of_time_each_with_its_first_moment() -> None:
    result = judge(
        [
            {"document_no": "1"},
            {"document_no": "2", "occurred_at": "2010-12-01 08:00:00"},
            {"document_no": "1", "occurred_at": "2010-12-01 08:27:00"},
            {"document_no": "1", "customer_ref": "9"},
        ]
    )
    lines = result.lines.sort("row_no")
    assert lines["document_ordinal"].to_list() == [1, 0, 1, 2]
    assert lines["occurred_at"][2] == datetime(2010, 12, 1, 8, 26, tzinfo=UTC)
    assert result.lines["document_ordinal"].is_sorted()


def test_days_minutes_seconds_and_offsets_may_stand_in_one_column() -> None:
    kathmandu = mapping.load("canonical", SOMEBODY)
    written = ["2024-01-01", "2024-01-01 05:45", "2024-01-01T05:45:30", "2024-01-01 00:00:30.5"]
    result = judge([{"occurred_at": each, "document_no": each} for each in written], kathmandu)
    assert result.lines.sort("row_no")["occurred_at"].to_list() == [
        datetime(2023, 12, 31, 18, 15, tzinfo=UTC),
        datetime(2024, 1, 1, tzinfo=UTC),
        datetime(2024, 1, 1, 0, 0, 30, tzinfo=UTC),
        datetime(2023, 12, 31, 18, 15, 30, 500_000, tzinfo=UTC),
    ]
    offset = judge(
        [{"occurred_at": "2024-01-01T05:45:00+05:45"}, {"occurred_at": "2024-01-01T00:00:00Z"}], kathmandu
    )
    assert offset.lines["occurred_at"].to_list() == [datetime(2024, 1, 1, tzinfo=UTC)] * 2


def test_a_cancellation_finds_the_last_earlier_line_that_still_has_the_quantity() -> None:
    sale, back = {"document_no": "1"}, {"document_no": "C2", "quantity": "-4"}
    result = judge(
        [
            sale | {"quantity": "10"},
            sale | {"quantity": "5"},
            back,  # row 2 has 5
            back,  # row 2 has 1 left, so row 1
            back,  # row 1 has 6
            back,  # nothing has 4 left
            sale | {"document_no": "3", "quantity": "10"},  # later than all of them
        ]
    ).lines.sort("row_no")
    assert result["original_row_no"].to_list() == [None, None, 2, 1, 1, None, None]


@pytest.mark.parametrize("change", [{"customer_ref": "9"}, {"product_code": "X"}, {"unit_price": "2.54"}])
def test_a_cancellation_of_another_customer_product_or_price_finds_nothing(change: dict[str, object]) -> None:
    result = judge([{}, {"document_no": "C2", "quantity": "-1"} | change])
    assert result.lines["original_row_no"].to_list() == [None, None]


def test_the_walk_in_is_many_people_and_finds_nothing() -> None:
    nobody = {"customer_ref": None}
    result = judge([nobody, nobody | {"document_no": "C2", "quantity": "-1"}])
    assert result.lines["original_row_no"].to_list() == [None, None]


def test_a_cancellation_may_name_the_document_it_takes_back() -> None:
    back = {"kind": "cancellation", "document_no": "9", "quantity": "-1", "original_document_no": "2"}
    result = judge([{"document_no": "1"}, {"document_no": "2"}, back], mapping.load("canonical", SOMEBODY))
    assert result.lines.sort("row_no")["original_row_no"].to_list() == [None, None, 2]


prices = st.decimals("-20", "2000", places=6) | st.sampled_from(["x", "", "1e-05", "0.001", "2.5.5"])
quantities = st.decimals("-50", "500", places=3) | st.sampled_from(["six", "", "0", "1e2"])


@given(
    st.lists(st.tuples(prices, quantities, st.sampled_from(["1", "C2", "A3", ""])), min_size=1, max_size=30)
)
def test_file_total_is_imported_plus_rejected_plus_rounding(rows: list[tuple[object, object, str]]) -> None:
    result = judge(
        [
            {"unit_price": str(price), "quantity": str(quantity), "document_no": no}
            for price, quantity, no in rows
        ]
    )
    parts = result.reconciliation
    assert parts.file_total == parts.imported + parts.rejected + parts.rounding
    assert result.lines.height + result.rejects.height == len(rows)
    # The same by plain Python, line by line.
    total = rounded = Decimal(0)
    accepted = set(result.lines["row_no"].to_list())
    for number, (price, quantity, _) in enumerate(rows, 1):
        try:
            exact = Decimal(str(price)) * Decimal(str(quantity))
        except ArithmeticError:
            assert number not in accepted
            continue
        total += exact
        if number in accepted:
            rounded += exact.quantize(Decimal("0.01"), ROUND_HALF_EVEN)
    assert parts.file_total == total
    assert parts.imported == rounded


@pytest.mark.skipif(not REAL_FILE.is_file(), reason=f"the real file is not at {REAL_FILE}")
def test_the_real_file_reconciles_exactly() -> None:
    result = classify(readers.read(REAL_FILE, UCI), UCI, units=UNITS)
    lines, parts = result.lines, result.reconciliation
    assert parts.file_total == Decimal("9747747.934")
    assert parts.difference == 0
    assert parts.rounding == Decimal("0.004")
    assert lines.height + result.rejects.height == 541_909
    assert lines.filter(pl.col("unit_price") == Decimal("0.001")).height == 4
    assert lines["customer_ref"].null_count() == 135_080
    assert lines.filter((pl.col("quantity") < 0) & (pl.col("kind") == "adjustment")).height == 1_336
    counts = dict(lines["kind"].value_counts().iter_rows())
    assert counts == {"sale": 530_143, "cancellation": 9_288, "adjustment": 2_475, "bad_debt": 3}
    written_off = lines.filter((pl.col("kind") == "bad_debt") & (pl.col("amount_paisa") < 0))
    assert written_off["amount_paisa"].to_list() == [-1_106_206, -1_106_206]
    assert lines["country"].null_count() == 0


def test_a_number_that_comes_again_on_another_day_is_another_document() -> None:
    rows = [
        {"document_no": "1", "occurred_at": "2011-08-05 10:00:00"},
        {"document_no": "1", "occurred_at": "2011-08-05 10:01:00"},
        {"document_no": "1", "occurred_at": "2012-08-05 10:00:00"},
    ]
    result = judge(rows)
    assert result.document_count == 2
    assert sorted(result.lines["occurred_at"].dt.year().to_list()) == [2011, 2011, 2012]


def test_a_date_that_has_not_come_is_rejected() -> None:
    result = judge([{}, {"occurred_at": "2999-01-08 10:00:00"}])
    assert result.lines.height == 1
    assert "2999-01-08" in result.rejects["reason"][0]
    assert "future" in result.rejects["reason"][0]

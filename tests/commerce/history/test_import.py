from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import polars as pl
import psycopg
import pytest
from sqlalchemy import text

from commerce.history import queries, service
from commerce.history.errors import (
    ImportOverlaps,
    ImportOvertaken,
    ImportRunsElsewhere,
    MappingChanged,
    ProductDiffers,
    TraderDiffers,
)
from commerce.history.plan import ImportPlan
from foundation.database import read, write
from foundation.embedded_postgres import DATABASE, SUPERUSER, Server
from foundation.settings import settings
from sauda import import_command
from sauda.import_command import import_trade
from tests.conftest import forget_connections

pytestmark = [pytest.mark.committing, pytest.mark.usefixtures("migrated")]

HEADER = "no,item,name,qty,rate,at,who"
REAL_FILE = Path(__file__).parents[4] / "shared/data/retail/online_retail.parquet"
CASH = 'kind = "cash"'
TERMS = 'kind = "terms"\ndue_days = 10\npaid_days_after_due = 5'


@dataclass
class Books:
    """A trader of this test, whose files go in by a mapping of its own."""

    folder: Path
    settlement: str = CASH
    stock: str = "untracked"
    currency: str = "NPR"

    def __post_init__(self) -> None:
        self.name = f"Trader {uuid4().hex[:12]}"

    def file(self, *rows: str, name: str = "history.csv") -> Path:
        path = self.folder / name
        # The last column tells the files of different tests apart: an import is known by its bytes.
        path.write_text("\n".join([HEADER + ",test", *[f"{row},{self.name}" for row in rows]]) + "\n")
        return path

    def mapping(self, extra: str = "") -> str:
        path = self.folder / f"mapping{abs(hash((self.settlement, self.stock, self.currency, extra)))}.toml"
        path.write_text(f"""
name = "test"
[trader]
name = "{self.name}"
country = "GB"
currency = "{self.currency}"
time_zone = "Asia/Kathmandu"
[columns]
document_no = "no"
product_code = "item"
description = "name"
quantity = "qty"
unit_price = "rate"
occurred_at = "at"
customer_ref = "who"
[settlement]
{self.settlement}
[stock]
mode = "{self.stock}"
[products]
services = ["POST"]
[cancellations]
originals = "latest-earlier-sale"
[[kinds]]
kind = "cancellation"
document_prefix = "C"
[[kinds]]
kind = "bad_debt"
product_codes = ["B"]
[[kinds]]
kind = "adjustment"
unit_price = "zero"
customer = "missing"
{extra}""")
        return str(path)

    def take(
        self, *rows: str, name: str = "history.csv", extra: str = "", only_new: bool = False
    ) -> import_command.Summary:
        return import_trade(self.file(*rows, name=name), self.mapping(extra), only_new=only_new)

    @property
    def id(self) -> UUID:
        found: UUID = ask(
            "SELECT id FROM app.businesses WHERE external_ref = :ref", ref=f"trader:{self.name}"
        )[0][0]
        return found

    def ask(self, question: str) -> list[Any]:
        return ask(question, id=self.id)

    def balances(self) -> dict[str, int]:
        return dict(
            self.ask("""
                SELECT code, CAST(sum(amount_paisa) AS bigint)
                FROM app.postings p JOIN app.accounts a ON a.id = p.account_id
                WHERE p.business_id = :id GROUP BY code
            """)
        )


def ask(question: str, **values: object) -> list[Any]:
    with read() as session:
        return [tuple(row) for row in session.execute(text(question), values)]


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path, currency="GBP")


@pytest.fixture
def on_terms(tmp_path: Path) -> Books:
    return Books(tmp_path, settlement=TERMS, currency="GBP")


SALE = "1,A,Soap,5,2.55,2024-01-01 10:00,7"


def test_a_sale_becomes_an_order_that_was_delivered_and_paid(books: Books) -> None:
    books.take(SALE, "1,B1,Oil,1,0.005,2024-01-01 10:00,7")
    [order] = books.ask("""
        SELECT number, settlement, order_state, fulfilment_state, credit_state, total_paisa, delivered_paisa, placed_at,
               recorded_at, import_id IS NOT NULL FROM app.orders WHERE vendor_id = :id
    """)
    moment = datetime(2024, 1, 1, 4, 15, tzinfo=UTC)
    assert order == ("1", "cash", "completed", "delivered", "none", 1275, 1275, moment, moment, True)
    assert books.balances() == {"clearing": 1275, "sales": -1275}
    lines = books.ask("""
        SELECT l.asked_quantity, l.delivered_quantity, d.quantity, d.unit_price, d.amount_paisa, l.import_row
        FROM app.order_lines l JOIN app.delivery_lines d ON d.order_id = l.order_id AND d.order_line_no = l.line_no
        WHERE l.vendor_id = :id ORDER BY l.import_row
    """)
    assert lines == [
        (5, 5, 5, Decimal("2.55"), 1275, 1),
        (1, 1, 1, Decimal("0.005"), 0, 2),
    ]


def test_entries_are_recorded_at_the_files_time_and_imported_at_ours(books: Books) -> None:
    before = datetime.now(UTC)
    books.take(SALE)
    [(recorded_at, imported_at, day)] = books.ask(
        "SELECT recorded_at, imported_at, effective_date FROM app.ledger_transactions WHERE business_id = :id"
    )
    assert recorded_at == datetime(2024, 1, 1, 4, 15, tzinfo=UTC)
    assert before <= imported_at <= datetime.now(UTC)
    assert day.isoformat() == "2024-01-01"


def test_every_entry_waits_for_its_seal(books: Books) -> None:
    books.take(SALE, "2,A,Soap,1,1,2024-01-02,8")
    waiting = books.ask("""
        SELECT count(*) FROM app.ledger_transactions t
        LEFT JOIN app.ledger_unsealed u ON u.transaction_id = t.id
        LEFT JOIN app.ledger_seal_members m ON m.transaction_id = t.id
        WHERE t.business_id = :id AND (u.transaction_id IS NOT NULL OR m.transaction_id IS NOT NULL)
    """)
    assert waiting == [(2,)]


def test_customers_are_imported_retailers_without_books_and_the_walk_in_is_one(books: Books) -> None:
    books.take(SALE, "2,A,Soap,1,1,2024-01-02,", "3,A,Soap,1,1,2024-01-03,", "4,A,Soap,1,1,2024-01-04,7")
    parties = books.ask("""
        SELECT b.name, b.origin, b.is_retailer, b.keeps_books, b.is_walk_in, count(*) FROM app.orders o
        JOIN app.businesses b ON b.id = o.retailer_id WHERE o.vendor_id = :id GROUP BY b.id ORDER BY b.name
    """)
    assert parties == [
        ("Customer 7", "imported", True, False, False, 2),
        ("Walk-in customers", "imported", True, False, True, 2),
    ]
    assert books.ask("SELECT origin, is_vendor, keeps_books FROM app.businesses WHERE id = :id") == [
        ("imported", True, True)
    ]


def test_a_return_takes_back_its_order_line_from_its_own_day_on(books: Books) -> None:
    books.take(
        SALE, "2,A,Soap,2,3,2024-01-02,8", "C9,A,Soap,-2,2.55,2024-02-01,7", "C10,A,Soap,-2,3,2024-02-01,8"
    )
    orders = books.ask(
        "SELECT number, fulfilment_state, returned_paisa FROM app.orders WHERE vendor_id = :id ORDER BY number"
    )
    assert orders == [("1", "delivered", 510), ("2", "returned", 600)]
    returns = books.ask("""
        SELECT d.number, o.number, d.total_paisa, d.document_date::text, l.quantity
        FROM app.deliveries d JOIN app.delivery_lines l ON l.delivery_id = d.id JOIN app.orders o ON o.id = d.order_id
        WHERE d.vendor_id = :id AND d.kind = 'return' ORDER BY d.number
    """)
    assert returns == [("C10", "2", 600, "2024-02-01", 2), ("C9", "1", 510, "2024-02-01", 2)]
    assert books.balances() == {"clearing": 1275 + 600 - 1110, "sales": -1875, "sales_returns": 1110}


def test_a_return_without_original_stands_by_itself(books: Books) -> None:
    books.take(SALE, "C9,A,Soap,-2,9.99,2024-02-01,7")
    assert books.ask("SELECT order_id FROM app.deliveries WHERE vendor_id = :id AND kind = 'return'") == [
        (None,)
    ]
    assert books.balances()["sales_returns"] == 1998


def test_bad_debts_and_corrections_of_stock_are_no_orders(books: Books) -> None:
    books.take(SALE, "A1,B,Adjust bad debt,1,-10,2024-01-05,", "5,A,damaged,-3,0,2024-01-06,")
    assert books.ask("SELECT count(*) FROM app.orders WHERE vendor_id = :id") == [(1,)]
    assert books.balances() == {"clearing": 275, "sales": -1275, "bad_debts": 1000}
    movements = books.ask(
        "SELECT kind, quantity, on_hand_after, reason FROM app.stock_movements WHERE business_id = :id"
    )
    assert movements == [("adjustment", -3, None, "damaged")]


def test_services_are_told_apart_from_goods(books: Books) -> None:
    books.take(SALE, "1,POST,Postage,1,3,2024-01-01 10:00,7")
    products = books.ask("SELECT sku, name, category FROM app.products WHERE owner_id = :id ORDER BY sku")
    assert products == [("A", "Soap", "goods"), ("POST", "Postage", "service")]


def everything_of(books: Books) -> list[Any]:
    tables = {
        "orders": "vendor_id", "order_lines": "vendor_id", "deliveries": "vendor_id", "delivery_lines": "vendor_id",
        "ledger_transactions": "business_id", "postings": "business_id", "receivable_items": "business_id",
        "imports": "business_id", "products": "owner_id", "stock_movements": "business_id",
    }  # fmt: skip
    return [
        books.ask(f"SELECT '{table}', count(*), max(changed_in::text) FROM app.{table} WHERE {key} = :id")
        for table, key in tables.items()
    ]


def test_a_second_run_changes_nothing(books: Books) -> None:
    rows = (SALE, "C9,A,Soap,-2,2.55,2024-02-01,7", "5,A,lost,-3,0,2024-01-06,", "6,A,Soap,x,1,2024-01-06,7")
    first = books.take(*rows)
    before = everything_of(books)
    second = books.take(*rows)
    assert everything_of(books) == before
    assert (first.new_lines, second.new_lines) == (3, 0)


def test_the_same_file_by_another_mapping_is_refused(books: Books) -> None:
    books.take(SALE)
    with pytest.raises(MappingChanged, match="taken in by mapping 'test'"):
        books.take(SALE, extra='[[kinds]]\nkind = "adjustment"\ndocument_prefix = "X"')


def test_a_second_file_adds_to_the_same_trader_and_tells_equal_numbers_apart(books: Books) -> None:
    books.take(SALE)
    books.take("1,A,Soap,1,1,2024-06-01,7", name="later.csv")
    numbers = [
        number
        for (number,) in books.ask("SELECT number FROM app.orders WHERE vendor_id = :id ORDER BY placed_at")
    ]
    assert numbers[0] == "1"
    assert numbers[1].startswith("1~")
    assert books.ask("SELECT count(DISTINCT retailer_id) FROM app.orders WHERE vendor_id = :id") == [(1,)]
    assert books.ask("SELECT count(*) FROM app.products WHERE owner_id = :id") == [(1,)]


JANUARY = (
    SALE,
    "C9,A,Soap,-2,2.55,2024-01-03,7",
    "5,A,lost,-3,0,2024-01-06,",
    "6,B1,Oil,1,0.005,2024-01-07,",
)


def test_a_file_that_repeats_documents_is_refused_with_counts_and_nothing_is_recorded(books: Books) -> None:
    books.take(*JANUARY)
    before = everything_of(books)
    with pytest.raises(
        ImportOverlaps,
        match=r"4 of the 5 documents of february.csv came by another file \(3 the same, 1 changed\), the first "
        r"of them 1 of 2024-01-01 by history.csv; nothing was recorded. Take in the rest with --only-new",
    ):
        books.take(SALE, *JANUARY[1:3], "6,B1,Oil,2,1,2024-01-07,", FEBRUARY, name="february.csv")
    assert everything_of(books) == before


FEBRUARY = "7,A,Soap,4,2.55,2024-02-01,8"


def test_a_growing_export_takes_in_what_is_new_and_rejects_what_has_changed(books: Books) -> None:
    books.take(*JANUARY)
    rows = (SALE, *JANUARY[1:3], "6,B1,Oil,2,1,2024-01-07,", FEBRUARY, "C10,A,Soap,-1,2.55,2024-02-02,7")
    summary = books.take(*rows, name="february.csv", only_new=True)
    parts = summary.classified.reconciliation
    assert (summary.new_lines, summary.classified.already_in) == (2, 3)
    assert (parts.already_in, parts.imported, parts.rejected, parts.difference) == (
        Decimal("7.65"), Decimal("7.65"), 2, 0,
    )  # fmt: skip
    assert summary.rejects_file is not None
    [reason] = pl.read_csv(summary.rejects_file)["reason"]
    assert reason.startswith("document 6 of 2024-01-07 came with history.csv and is another one here")
    assert books.balances() == {
        "clearing": 1275 - 510 + 1020 - 255,
        "sales": -1275 - 1020,
        "sales_returns": 510 + 255,
    }
    figures = books.ask("""
        SELECT file_name, state, document_count, line_count,
               file_total - rejected_total - rounding_total, imported_paisa
        FROM app.imports WHERE business_id = :id ORDER BY imported_at
    """)
    assert figures[1] == ("february.csv", "completed", 2, 2, Decimal("7.65"), 765)
    before = everything_of(books)
    assert books.take(*rows, name="february.csv").new_lines == 0
    assert books.take(*JANUARY).new_lines == 0
    assert books.take(*JANUARY, " ", name="nothing-new.csv", only_new=True).new_lines == 0
    assert everything_of(books) == before


def test_of_two_files_with_the_same_documents_at_once_one_is_refused_and_then_finds_them(
    books: Books,
) -> None:
    other = books.file(SALE, " ", name="other.csv")
    known_of = service.known_of

    def meanwhile(session: Any, **asked: Any) -> service.Known:
        known = known_of(session, **asked)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(service, "known_of", known_of)
            import_trade(other, books.mapping())
        return known

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service, "known_of", meanwhile)
        with pytest.raises(ImportOverlaps, match="another file brought documents of it; run it again"):
            books.take(SALE)
    with pytest.raises(ImportOverlaps, match="1 of the 1 documents"):
        books.take(SALE)


@pytest.mark.parametrize(
    ("key", "value"), [("country", "FR"), ("currency", "EUR"), ("time_zone", "Europe/Paris")]
)
def test_a_trader_of_another_place_is_refused(books: Books, key: str, value: str) -> None:
    books.take(SALE)
    later = books.file("2,A,Soap,1,1,2024-06-01,7", name="later.csv")
    with pytest.raises(
        TraderDiffers, match=f"is known here with {key.replace('_', ' ')} .*the file: {value}"
    ):
        import_trade(later, books.mapping(), trader={key: value})


def test_a_product_counted_in_another_unit_is_refused_and_nothing_of_the_batch_stays(books: Books) -> None:
    books.take(SALE)
    books.folder.joinpath("kilo.csv").write_text(f"{HEADER},test\n2,A,Soap,1,1,2024-06-01,7,{books.name}\n")
    with pytest.raises(ProductDiffers, match="product A is counted in piece here and in kg"):
        import_trade(
            books.folder / "kilo.csv",
            str(with_unit(Path(books.mapping()), "kg")),
        )
    assert books.ask("SELECT count(*) FROM app.orders WHERE vendor_id = :id") == [(1,)]


def with_unit(mapping: Path, unit: str) -> Path:
    other = mapping.with_name("unit.toml")
    other.write_text(
        mapping.read_text().replace('services = ["POST"]', f'services = ["POST"]\nunit = "{unit}"')
    )
    return other


def test_rejects_stand_in_a_file_with_their_reason_and_cells(books: Books) -> None:
    summary = books.take(SALE, "2,A,Soap,six,1,2024-01-02,7", "3,A,Soap,-1,2,2024-01-02,7", "4,A")
    assert summary.rejects_file is not None
    assert summary.rejects_file.parent == settings().home / "imports"
    rejects = pl.read_csv(summary.rejects_file, infer_schema=False)
    assert rejects["line_no"].to_list() == ["3", "4", "5"]
    assert "quantity 'six' is no number" in rejects["reason"][0]
    assert rejects["amount"].to_list() == [None, "-2.000000000", None]
    assert rejects["quantity"].to_list() == ["six", "-1", None]
    assert "'4', 'A'" in rejects["unread_row"][2]
    [figures] = books.ask("""
        SELECT state, line_count, rejected_count, file_total, rejected_total, rounding_total, imported_paisa
        FROM app.imports WHERE business_id = :id
    """)
    assert figures == ("completed", 1, 3, Decimal("10.75"), Decimal("-2"), 0, 1275)


def test_a_dry_run_records_nothing(books: Books) -> None:
    summary = import_trade(books.file(SALE), books.mapping(), dry_run=True)
    assert summary.classified.reconciliation.imported == Decimal("12.75")
    assert ask(
        "SELECT count(*) FROM app.businesses WHERE external_ref = :ref", ref=f"trader:{books.name}"
    ) == [(0,)]


# Terms --------------------------------------------------------------------------------------


def receivables(books: Books) -> list[Any]:
    return books.ask("""
        SELECT b.name, r.posted_paisa, r.limit_paisa,
               (SELECT sum(amount_paisa) FROM app.postings WHERE account_id = r.account_id),
               (SELECT sum(amount_paisa) FROM app.receivable_items WHERE account_id = r.account_id)
        FROM app.receivables r JOIN app.accounts a ON a.id = r.account_id JOIN app.businesses b ON b.id = a.party_id
        WHERE r.business_id = :id ORDER BY b.name
    """)


def test_on_terms_a_sale_is_a_debt_and_its_assumed_payment_is_marked(on_terms: Books) -> None:
    on_terms.take(SALE, "2,A,Soap,1,1,2024-03-01,8")
    items = on_terms.ask("""
        SELECT kind, amount_paisa, document_date::text, due_date::text, is_assumed
        FROM app.receivable_items WHERE business_id = :id ORDER BY document_date, kind
    """)
    assert items == [
        ("charge", 1275, "2024-01-01", "2024-01-11", True),
        ("payment", -1275, "2024-01-16", "2024-01-16", True),
        ("charge", 100, "2024-03-01", "2024-03-11", True),
    ]
    assert on_terms.ask("SELECT amount_paisa, is_assumed FROM app.payments WHERE vendor_id = :id") == [
        (1275, True)
    ]
    entries = on_terms.ask("""
        SELECT kind, is_assumed FROM app.ledger_transactions WHERE business_id = :id ORDER BY recorded_at
    """)
    assert entries == [("delivery", False), ("payment", True), ("delivery", False)]
    assert receivables(on_terms) == [("Customer 7", 0, 0, 0, 0), ("Customer 8", 100, 0, 100, 100)]
    orders = on_terms.ask("SELECT settlement, credit_state FROM app.orders WHERE vendor_id = :id")
    assert orders == [("credit", "charged")] * 2


def test_a_credit_note_settles_the_debt_of_its_original(on_terms: Books) -> None:
    on_terms.take(SALE, "C9,A,Soap,-2,2.55,2024-01-05,7", "2,A,Soap,1,1,2024-03-01,8")
    settled = on_terms.ask("""
        SELECT c.kind, d.kind, l.amount_paisa, l.effective_date::text FROM app.allocations l
        JOIN app.receivable_items c ON c.id = l.credit_item_id JOIN app.receivable_items d ON d.id = l.debit_item_id
        WHERE l.business_id = :id ORDER BY l.effective_date
    """)
    assert settled == [("credit_note", "charge", 510, "2024-01-05"), ("payment", "charge", 765, "2024-01-16")]
    assert receivables(on_terms)[0] == ("Customer 7", 0, 0, 0, 0)


def test_a_late_credit_note_stays_the_customers_credit(on_terms: Books) -> None:
    on_terms.take(SALE, "C9,A,Soap,-2,2.55,2024-02-05,7", "A1,B,Bad debt,1,-3,2024-03-01,8")
    assert receivables(on_terms) == [
        ("Customer 7", -510, 0, -510, -510),
        ("Customer 8", -300, 0, -300, -300),
    ]


# Stock --------------------------------------------------------------------------------------


def test_an_opening_movement_carries_the_whole_history(tmp_path: Path) -> None:
    books = Books(tmp_path, stock="opening", currency="GBP")
    books.take(
        SALE, "5,A,found,2,0,2024-01-02,", "2,A,Soap,4,1,2024-01-03,8", "C3,A,Soap,-3,1,2024-01-04,8",
        "4,POST,Postage,1,1,2024-01-05,8",
    )  # fmt: skip
    movements = books.ask("""
        SELECT kind, quantity, on_hand_after FROM app.stock_movements WHERE business_id = :id
        ORDER BY moved_at, kind <> 'opening'
    """)
    assert movements == [
        ("opening", 7, 7), ("delivery", -5, 2), ("adjustment", 2, 4), ("delivery", -4, 0), ("return", 3, 3)
    ]  # fmt: skip
    assert books.ask("SELECT on_hand, reserved FROM app.stock_levels WHERE business_id = :id") == [(3, 0)]
    with pytest.raises(ProductDiffers, match="product A has a stock here already"):
        books.take("9,A,Soap,4,1,2024-05-03,8", name="later.csv")


# Batches and crashes ------------------------------------------------------------------------


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_command, "FIRST_BATCH_LINES", 3)
    monkeypatch.setattr(import_command, "MOST_LINES", 3)


def month(count: int) -> list[str]:
    """Documents of two lines each, every fifth followed by the return of its first line."""
    rows = []
    for number in range(count):
        day = f"2024-{1 + number // 28 % 12:02}-{1 + number % 28:02} {number // 336 % 24:02}:00"
        rows += [f"{number},A,Soap,2,1.5,{day},{number % 7}", f"{number},B1,Oil,1,9.99,{day},{number % 7}"]
        if number % 5 == 0:
            rows.append(f"C{number},A,Soap,-2,1.5,{day},{number % 7}")
    return rows


@pytest.mark.usefixtures("small_batches")
def test_many_batches_give_what_one_gives(tmp_path: Path) -> None:
    in_parts, whole = (
        Books(folder, settlement=TERMS, stock="opening", currency="GBP") for folder in two(tmp_path)
    )
    in_parts.take(*month(40))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(import_command, "FIRST_BATCH_LINES", 10_000)
        patch.setattr(import_command, "MOST_LINES", 10_000)
        whole.take(*month(40))
    assert in_parts.ask("SELECT count(*) > 20 FROM app.import_batches WHERE business_id = :id") == [(True,)]
    assert whole.ask("SELECT count(*) FROM app.import_batches WHERE business_id = :id") == [(1,)]
    assert in_parts.balances() == whole.balances()
    assert receivables(in_parts) == receivables(whole)
    question = """
        SELECT p.sku, m.kind, m.quantity, m.on_hand_after, m.moved_at FROM app.stock_movements m
        JOIN app.products p ON p.id = m.product_id WHERE m.business_id = :id ORDER BY m.moved_at, 1, 2, 3, 4
    """
    assert in_parts.ask(question) == whole.ask(question)


def two(folder: Path) -> list[Path]:
    parts = [folder / "a", folder / "b"]
    for part in parts:
        part.mkdir()
    return parts


@pytest.mark.usefixtures("small_batches")
def test_a_batch_offered_again_is_left_alone_and_one_out_of_turn_refused(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered: list[tuple[ImportPlan, pl.DataFrame]] = []
    take_in = service.take_in

    def remember(session: Any, *, plan: ImportPlan, lines: pl.DataFrame) -> service.Progress:
        offered.append((plan, lines))
        return take_in(session, plan=plan, lines=lines)

    monkeypatch.setattr(service, "take_in", remember)
    books.take(*month(10))
    before = everything_of(books)
    plan, lines = offered[1]
    assert write(lambda session: take_in(session, plan=plan, lines=lines)).is_completed
    assert everything_of(books) == before
    ahead = lines.with_columns(pl.col("document_ordinal") + 1_000)
    with pytest.raises(ImportRunsElsewhere, match="comes next"):
        write(lambda session: take_in(session, plan=plan, lines=ahead))


def test_a_file_that_another_process_takes_in_at_this_moment_is_left_to_it(
    books: Books, migrated: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    books.take(SALE)
    question = "SELECT id FROM app.imports WHERE business_id = %s FOR NO KEY UPDATE"
    with psycopg.connect(migrated.url(SUPERUSER, DATABASE)) as other:
        [(import_id,)] = other.execute(question, [books.id]).fetchall()
        monkeypatch.setenv("DB_LOCK_TIMEOUT_MS", "20")
        forget_connections()
        try:
            with pytest.raises(ImportRunsElsewhere, match="is being imported by another process; wait until"):
                write(lambda session: queries.lock_import(session, import_id))
        finally:
            monkeypatch.undo()
            forget_connections()


CHILD = """
import sys
from pathlib import Path
from sauda import import_command
import_command.FIRST_BATCH_LINES = import_command.MOST_LINES = 20
import_command.import_trade(
    Path(sys.argv[1]), sys.argv[2], on_progress=lambda done, total: print(done, total, flush=True)
)
"""


@pytest.mark.parametrize("batches", [1, 4, 9])
def test_killed_anywhere_it_goes_on_where_it_was(on_terms: Books, batches: int) -> None:
    file, mapping = on_terms.file(*month(600)), on_terms.mapping()
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(file), mapping], stdout=subprocess.PIPE, env=os.environ, text=True
    )
    assert child.stdout is not None
    for _ in range(batches + 1):  # the first line stands before the first batch
        assert child.stdout.readline(), "the child ended before it could be killed"
    child.send_signal(signal.SIGKILL)
    assert child.wait(timeout=30) == -signal.SIGKILL
    child.stdout.close()
    [(state, at, of)] = on_terms.ask(
        "SELECT state, next_document, document_count FROM app.imports WHERE business_id = :id"
    )
    assert state == "running"
    assert 0 < at < of
    summary = import_trade(file, mapping)
    assert 0 < summary.new_lines < summary.classified.lines.height
    [(state, held)] = on_terms.ask("""
        SELECT state, (SELECT count(*) FROM app.delivery_lines l WHERE l.import_id = i.id)
        FROM app.imports i WHERE business_id = :id
    """)
    assert (state, held) == ("completed", 1320)
    assert all(posted == ledger == items for _, posted, _, ledger, items in receivables(on_terms))
    assert import_trade(file, mapping).new_lines == 0


@pytest.mark.usefixtures("small_batches")
def test_a_broken_import_that_another_file_overtook_says_how_to_go_on(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in, taken = service.take_in, 0

    def die_at_the_third(session: Any, **given: Any) -> service.Progress:
        nonlocal taken
        taken += 1
        if taken == 3:
            raise KeyboardInterrupt
        return take_in(session, **given)

    with monkeypatch.context() as patch:
        patch.setattr(service, "take_in", die_at_the_third)
        with pytest.raises(KeyboardInterrupt):
            books.take(*month(10))
    books.take(*month(10), " ", name="anew.csv", only_new=True)
    with pytest.raises(ImportOverlaps, match="--only-new"):
        books.take(*month(10))
    with pytest.raises(ImportOvertaken, match=r"broken off at document .* export the history anew"):
        books.take(*month(10), only_new=True)
    whole = Books(two(books.folder)[0], currency="GBP")
    whole.take(*month(10))
    assert books.balances() == whole.balances()


@pytest.mark.skipif(not REAL_FILE.is_file(), reason=f"the real file is not at {REAL_FILE}")
def test_the_head_of_the_real_file_goes_in_by_the_built_in_mapping(tmp_path: Path) -> None:
    path = tmp_path / "head.parquet"
    name = pl.lit(uuid4().hex).alias("test")
    pl.read_parquet(REAL_FILE).head(5_000).with_columns(name).write_parquet(path)
    summary = import_trade(path, "uci-online-retail")
    assert summary.classified.reconciliation.difference == 0
    assert summary.new_lines == 5_000 - summary.classified.rejects.height

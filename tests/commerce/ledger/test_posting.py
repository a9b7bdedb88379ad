"""Entries balance, are only ever added, and stand the same in both books."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import errors
from sqlalchemy import text

from commerce.ledger import queries
from commerce.ledger import service as ledger
from commerce.ledger.errors import EntryUnbalanced
from commerce.ledger.vocabulary import CHART
from foundation.database import Session, read, write
from foundation.embedded_postgres import APP, DATABASE, SUPERUSER, Server
from foundation.ids import uuid7
from tests.commerce.factories import Market, business, market

APPEND_ONLY = (
    "postings",
    "ledger_transactions",
    "accounts",
    "receivable_items",
    "allocations",
    "ledger_seals",
)
DAY = date(2026, 3, 1)


@pytest.fixture(scope="module")
def book(migrated: Server) -> UUID:
    return write(business)


@pytest.fixture
def trade(migrated: Server) -> Market:
    return market()


def entry(book: UUID, amounts: dict[UUID, int]) -> ledger.Entry:
    return ledger.Entry(book, "khata", "khata", uuid7(), DAY, "NPR", amounts)


def accounts(session: Session, book: UUID) -> list[UUID]:
    return list(ledger.accounts_of(session, business_id=book, currency="NPR").values())


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(-(10**12), 10**12).filter(bool), min_size=1, max_size=9))
def test_what_is_posted_sums_to_zero_and_stands_on_its_accounts(book: UUID, parts: list[int]) -> None:
    def post(session: Session) -> tuple[ledger.Entry, dict[UUID, int]]:
        chart = accounts(session, book)
        before = {account: queries.balance(session, account) for account in chart}
        amounts = dict(zip(chart[1:], parts, strict=False))
        made = entry(book, {**amounts, chart[0]: -sum(parts)})
        ledger.post(session, [made])
        return made, before

    made, before = write(post)
    with read() as session:
        posted = session.execute(
            text("SELECT account_id, amount_paisa FROM app.postings WHERE transaction_id = :id"),
            {"id": made.id},
        ).all()
        assert sum(amount for _, amount in posted) == 0
        assert {row.account_id: row.amount_paisa for row in posted} == {
            a: p for a, p in made.amounts.items() if p
        }
        for account, balance in before.items():
            assert queries.balance(session, account) == balance + made.amounts.get(account, 0)


def test_an_unbalanced_entry_is_refused_with_its_difference(book: UUID) -> None:
    def post(session: Session) -> None:
        first, second, *_ = accounts(session, book)
        ledger.post(session, [entry(book, {first: 500, second: -499})])

    with pytest.raises(EntryUnbalanced, match=r"NPR 0\.01"):
        write(post)


def test_the_database_itself_refuses_an_unbalanced_entry(trade: Market, migrated: Server) -> None:
    with app(migrated) as connection:
        transaction_id, account = uuid7(), account_of(connection, trade.vendor_id)
        insert_transaction(connection, trade.vendor_id, transaction_id)
        with pytest.raises(errors.CheckViolation, match="debits must equal credits"):
            insert_posting(connection, trade.vendor_id, transaction_id, account, 100)


def test_a_posting_to_a_transaction_committed_before_is_refused(trade: Market, migrated: Server) -> None:
    trade.place(1)
    trade.pay(100)
    with app(migrated) as connection:
        row = connection.execute(
            "SELECT id FROM app.ledger_transactions WHERE business_id = %s", [trade.vendor_id]
        ).fetchone()
        assert row is not None
        account = account_of(connection, trade.vendor_id)
        late = (
            "INSERT INTO app.postings (business_id, transaction_id, line_no, account_id, amount_paisa, currency)"
            " VALUES (%(b)s, %(t)s, 8, %(a)s, 5, 'NPR'), (%(b)s, %(t)s, 9, %(a)s, -5, 'NPR')"
        )
        with pytest.raises(errors.CheckViolation, match="was committed before"):
            connection.execute(late, {"b": trade.vendor_id, "t": row[0], "a": account})


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("change", ["UPDATE app.{} SET business_id = business_id", "DELETE FROM app.{}"])
def test_what_is_written_is_changed_by_nobody(table: str, change: str, migrated: Server) -> None:
    with app(migrated) as connection, pytest.raises(errors.InsufficientPrivilege):
        connection.execute(change.format(table))


@pytest.mark.parametrize("table", ["postings", "receivable_items", "allocations", "ledger_transactions"])
@pytest.mark.parametrize("change", ["UPDATE app.{} SET business_id = business_id", "DELETE FROM app.{}"])
def test_not_even_by_who_is_above_all_grants(
    table: str, change: str, migrated: Server, trade: Market
) -> None:
    trade.deliver(trade.accepted(1))
    trade.pay(100)
    with superuser(migrated) as connection, pytest.raises(errors.RestrictViolation, match="only ever added"):
        connection.execute(change.format(table))


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_nor_is_a_table_emptied(table: str, own_world: str) -> None:
    # In a database of its own: TRUNCATE locks every table that refers to this one, whatever others hold.
    with psycopg.connect(own_world) as connection, pytest.raises(errors.RestrictViolation):
        connection.execute(f"TRUNCATE app.{table} CASCADE")


def test_one_source_is_posted_once_for_ever(book: UUID) -> None:
    source_id = uuid7()

    def post(session: Session) -> None:
        first, second, *_ = accounts(session, book)
        ledger.post(
            session, [ledger.Entry(book, "khata", "khata", source_id, DAY, "NPR", {first: 1, second: -1})]
        )

    write(post)
    with pytest.raises(Exception, match="uq_ledger_transactions_business_id"):
        write(post)


def test_seller_and_buyer_say_the_same_after_delivery_return_and_payment(trade: Market) -> None:
    order_id = trade.accepted(30, 7)
    trade.deliver(order_id)
    trade.take_back(order_id, {1: 4})
    trade.pay(5_000)
    with read() as session:
        receivable = queries.party_account(session, trade.vendor_id, "receivable", trade.retailer_id, "NPR")
        payable = queries.party_account(session, trade.retailer_id, "payable", trade.vendor_id, "NPR")
        assert queries.balance(session, receivable) == 37_000 - 4_000 - 5_000
        assert queries.balance(session, payable) == -queries.balance(session, receivable)


def test_a_balance_is_its_open_items_less_the_advance(trade: Market) -> None:
    trade.deliver(trade.accepted(30))
    trade.pay(40_000)
    with read() as session:
        account = queries.party_account(session, trade.vendor_id, "receivable", trade.retailer_id, "NPR")
        owed = sum(item.open_paisa for item in queries.open_debits(session, account))
        advance = sum(item.open_paisa for item in queries.open_credits(session, account))
        assert (owed, advance) == (0, 10_000)
        assert queries.balance(session, account) == owed - advance


# What a test does behind the verbs' back -----------------------------------------------------


def app(server: Server) -> psycopg.Connection:
    connection = psycopg.connect(server.url(APP, DATABASE))
    connection.execute("SELECT set_config('app.business_id', '*', false)")
    return connection


def superuser(server: Server) -> psycopg.Connection:
    return psycopg.connect(server.url(SUPERUSER, DATABASE))


def account_of(connection: psycopg.Connection, book: UUID) -> UUID:
    row = connection.execute(
        "SELECT id FROM app.accounts WHERE business_id = %s AND code = 'cash'", [book]
    ).fetchone()
    assert row is not None
    found: UUID = row[0]
    return found


def insert_transaction(connection: psycopg.Connection, book: UUID, transaction_id: UUID) -> None:
    connection.execute(
        "INSERT INTO app.ledger_transactions"
        " (id, business_id, kind, source, source_id, effective_date, recorded_at)"
        " VALUES (%s, %s, 'test', 'test', %s, %s, now())",
        [transaction_id, book, uuid7(), DAY],
    )


def insert_posting(
    connection: psycopg.Connection, book: UUID, transaction_id: UUID, account: UUID, amount: int
) -> None:
    connection.execute(
        "INSERT INTO app.postings (business_id, transaction_id, line_no, account_id, amount_paisa, currency)"
        " VALUES (%s, %s, 1, %s, %s, 'NPR')",
        [book, transaction_id, account, amount],
    )


def test_a_book_that_was_opened_with_fewer_accounts_gets_the_others_when_they_are_asked_for(
    migrated: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = {"unbilled_sales", "discount_allowed", "discount_received"}
    with monkeypatch.context() as before:
        before.setattr(ledger, "CHART", {code: kind for code, kind in CHART.items() if code not in later})
        book = write(business)
    with read() as session:
        assert {code for _, code in queries.shared_accounts(session, [book], "NPR")} == set(CHART) - later
    found = write(lambda session: ledger.accounts_of(session, business_id=book, currency="NPR"))
    assert set(found) == set(CHART)
    assert found == write(lambda session: ledger.accounts_of(session, business_id=book, currency="NPR"))

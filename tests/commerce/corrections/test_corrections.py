"""Any entry of a book is undone from one place, or says what else undoes it."""

from __future__ import annotations

import csv
import re
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from commerce.billing.draft import AddGoods
from commerce.billing.errors import BillCancelled
from commerce.corrections import queries, service
from commerce.corrections.errors import EntryNotUndoable, LedgerTransactionNotFound
from commerce.corrections.vocabulary import UNDONE_BY
from commerce.expenses import service as expenses
from commerce.khata import service as khata
from commerce.khata.errors import KhataEntryReversed
from commerce.ledger.errors import EntryDayInvalid, EntryReversed
from commerce.ledger.verification import verify
from commerce.ledger.vocabulary import SOURCES
from commerce.purchases import payments
from commerce.purchases import queries as purchase_queries
from commerce.purchases import service as purchases
from commerce.purchases.suppliers import Named
from foundation import clock
from foundation.database import read, write
from foundation.embedded_postgres import Server
from foundation.idempotency import RequestKey
from tests.commerce.billing.counter import Shop
from tests.commerce.factories import market

pytestmark = pytest.mark.committing


class Till(Shop):
    """The shop of the bills, with its journal."""

    def entry_of(self, source_id: UUID) -> UUID:
        with read((self.id,)) as session:
            return session.execute(
                text(
                    "SELECT id FROM app.ledger_transactions WHERE business_id = :shop AND source_id = :source"
                    " ORDER BY id LIMIT 1"
                ),
                {"shop": self.id, "source": source_id},
            ).scalar_one()

    def undo(self, transaction_id: UUID, **given: Any) -> UUID:
        facts = {"reason": "mistake", **given}
        return write(
            lambda session: service.reverse_transaction(
                session, business_id=self.id, transaction_id=transaction_id, **facts
            )
        )

    def standing(self) -> dict[str, int]:
        with read((self.id,)) as session:
            rows = session.execute(
                text("""
                    SELECT account.code, CAST(sum(line.amount_paisa) AS bigint) AS amount FROM app.postings line
                    JOIN app.accounts account ON account.id = line.account_id
                    WHERE account.business_id = :id GROUP BY account.code HAVING sum(line.amount_paisa) <> 0
                """),
                {"id": self.id},
            )
            return {row.code: row.amount for row in rows}

    def written(self) -> dict[str, UUID]:
        """One entry of each kind that can be undone by itself, by its source."""
        debit = write(
            lambda session: khata.add_debit(
                session, business_id=self.id, customer_id=self.customer, amount_paisa=50_00
            )
        )
        line = purchases.Line(self.sugar, Decimal(20), None, 800_00)
        came = write(
            lambda session: purchases.take_in(
                session, business_id=self.id, lines=[line], paid_by="owed", supplier=Named("Gupta")
            )
        )
        with read((self.id,)) as session:
            [supplier] = purchase_queries.suppliers(session, self.id, limit=5)
        paid = write(
            lambda session: payments.pay_supplier(
                session, business_id=self.id, supplier_id=supplier["id"], amount_paisa=300_00, mode="cash"
            )
        )
        spent = write(
            lambda session: expenses.record_expense(
                session, business_id=self.id, head="rent", amount_paisa=90_00, mode="cash"
            )
        )
        bill = self.sell(AddGoods(self.biscuits, "packet", Decimal(3)))
        sources = {
            "khata": debit,
            "stock-in": came,
            "supplier-payment": paid,
            "expense": spent,
            "bill": bill,
        }
        return {source: self.entry_of(source_id) for source, source_id in sources.items()}


@pytest.fixture
def till(migrated: Server) -> Till:
    return Till()


def test_the_table_says_of_every_source_what_undoes_it():
    assert set(UNDONE_BY) == set(SOURCES)
    assert {source for source, undoing in UNDONE_BY.items() if undoing.is_here} == set(service.VERBS)


def test_the_table_names_routes_that_there_are():
    seeds = Path(__file__).parents[3] / "docs/api-seeds.tsv"
    with seeds.open() as file:
        known = {
            f"{row['method']} {re.sub(r'{[^}]*}', '{}', row['path'])}"
            for row in csv.DictReader(file, delimiter="\t")
        }
    named = {
        re.sub(r"{[^}]*}", "{}", route)
        for undoing in UNDONE_BY.values()
        for route in re.findall(r"`([A-Z]+ /api[^`]*)`", undoing.verb)
    }
    assert named
    assert named <= known


def test_each_kind_is_undone_from_one_place_and_leaves_the_book_as_it_was(till: Till):
    written = till.written()
    assert set(written) == set(service.VERBS)
    for source, entry in written.items():
        reversal = till.undo(entry)
        with read((till.id,)) as session:
            row = queries.shown(session, till.id, reversal)
            undone = queries.shown(session, till.id, entry)
        assert row is not None
        assert undone is not None
        assert (row["reverses_id"], undone["reversed_by_id"]) == (entry, reversal), source
        refused = {"khata": KhataEntryReversed, "bill": BillCancelled}.get(source, EntryReversed)
        with pytest.raises(refused):
            till.undo(entry)
        with pytest.raises((EntryReversed, EntryNotUndoable)):
            till.undo(reversal)
    assert till.standing() == {}
    with read() as session:
        assert not [found for found in verify(session) if str(till.id) in found.detail]


def test_a_request_that_is_repeated_undoes_once(till: Till):
    entry = till.written()["expense"]
    key = RequestKey.of(till.id, till.id, "reverse_ledger_transaction", "k", b"x")
    assert till.undo(entry, request=key) == till.undo(entry, request=key)


def test_what_stands_elsewhere_says_what_undoes_it(migrated: Server):
    trade = market()
    trade.deliver(trade.accepted(2))
    with read((trade.vendor_id,)) as session:
        [delivery] = queries.journal(session, trade.vendor_id, limit=5)
    for business_id in (trade.vendor_id,):
        with pytest.raises(EntryNotUndoable, match="a return of the goods"):
            write(
                lambda session, own=business_id: service.reverse_transaction(
                    session, business_id=own, transaction_id=delivery["id"], reason="mistake"
                )
            )


def test_an_entry_of_another_book_is_not_there(till: Till):
    entry = till.written()["expense"]
    for own, asked in ((Till(), entry), (till, uuid4())):
        with pytest.raises(LedgerTransactionNotFound):
            own.undo(asked)


def test_a_bill_is_cancelled_today_and_nothing_else(till: Till):
    entry = till.written()["bill"]
    with pytest.raises(EntryDayInvalid):
        till.undo(entry, entered_on=clock.now().date())
    till.undo(entry, note="wrong customer")
    with read((till.id,)) as session:
        reason = session.execute(
            text("SELECT reason FROM app.bill_cancellations WHERE business_id = :id"), {"id": till.id}
        ).scalar_one()
    assert reason == "wrong customer"


def test_the_journal_tells_amounts_by_account(till: Till):
    till.written()
    with read((till.id,)) as session:
        rows = queries.journal(session, till.id, limit=20)
        [expense] = queries.journal(session, till.id, chosen=queries.EntryFilter(source="expense"), limit=20)
    assert [row["source"] for row in rows] == ["bill", "expense", "supplier-payment", "stock-in", "khata"]
    assert {one["account"]: one["amount_paisa"] for one in expense["postings"]} == {
        "rent": 90_00,
        "cash": -90_00,
    }
    assert all(sum(one["amount_paisa"] for one in row["postings"]) == 0 for row in rows)


def test_the_number_of_an_entrys_document_is_found_along_an_index(migrated: Server):
    with read() as session:
        # Of the few rows of a test any way is cheap; what is asked is whether there is one beside reading all.
        session.execute(text("SET LOCAL enable_seqscan = off"))
        rows = session.execute(text(f"EXPLAIN {queries._JOURNAL}"), {"business_id": uuid4()})
        plan = "\n".join(rows.scalars())
    assert "ix_receivable_items_numbered" in plan, plan

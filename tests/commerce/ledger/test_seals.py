"""Seals and `sauda verify ledger`: what is right passes, and what was done behind the ledger's back is named."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from importlib import import_module
from pathlib import Path

import psycopg
import pytest
from obstore.store import LocalStore
from sqlalchemy import text
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from commerce.ledger import anchors, seals, verification
from commerce.parties import service as parties
from commerce.tax import service as tax
from foundation import object_store
from foundation.database import read, write
from foundation.ids import uuid7
from foundation.object_store import ObjectStore
from sauda.main import application
from tests.commerce.conftest import Crowd
from tests.commerce.factories import Market, market
from tests.commerce.ordering.test_slots import slot

pytestmark = pytest.mark.committing


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    return ObjectStore(str(tmp_path), LocalStore(tmp_path))


@pytest.fixture
def trade(own_world: str) -> Market:
    """A market with VAT, in which there were two deliveries, one for cash, a payment and a return, all sealed.

    One more order waits for its slot.
    """
    made = market()
    write(lambda session: register(session, made))
    made.deliver(made.accepted(5, settlement="cash"))
    order_id = made.accepted(30, 20)
    made.deliver(order_id)
    made.pay(10_000)
    seal()
    made.take_back(order_id, {1: 3})
    seal()
    made.place(1, slot=slot(made))
    return made


@pytest.fixture
def behind(own_world: str) -> Iterator[psycopg.Connection]:
    """A connection that no trigger, key or policy stops."""
    with psycopg.connect(own_world, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection


def register(session: Session, trade: Market) -> None:
    """Both are registered, and the first of the goods is taxed."""
    for business_id, number in ((trade.vendor_id, "301234567"), (trade.retailer_id, "601234567")):
        parties.set_tax_profile(session, business_id=business_id, profile="vat", registration_number=number)
    for product_id, tax_class in zip(trade.products, ("biscuits", "rice"), strict=True):
        tax.state_class(
            session,
            business_id=trade.vendor_id,
            country="NP",
            product_id=product_id,
            tax_class=tax_class,
            condition=None,
            valid_from=date(2026, 1, 1),
        )


def seal() -> None:
    while write(seals.LEDGER.seal):
        continue


def failed_checks(store: ObjectStore) -> set[str]:
    anchored = anchors.read(store)
    with read() as session:
        return {finding.check for finding in verification.verify(session, anchored)}


def test_books_that_were_only_written_by_the_verbs_pass(trade: Market, store: ObjectStore) -> None:
    anchors.write(store)
    trade.place(1)
    trade.deliver(trade.accepted(2, 2))
    assert failed_checks(store) == set()


def test_an_altered_posting_is_found_though_the_books_still_balance(
    trade: Market, store: ObjectStore, behind: psycopg.Connection
) -> None:
    changed = behind.execute(
        "UPDATE app.postings SET amount_paisa = amount_paisa * 2 WHERE transaction_id ="
        " (SELECT id FROM app.ledger_transactions WHERE kind = 'payment' AND business_id = %s)",
        [trade.vendor_id],
    )
    assert changed.rowcount == 2
    found = failed_checks(store)
    assert "seals match their entries" in found
    assert "receivables equal their postings" in found
    assert "entries are balanced" not in found


@pytest.mark.parametrize(
    "alteration",
    [
        "UPDATE app.ledger_transactions SET effective_date = effective_date - 1 WHERE kind = 'delivery'",
        "UPDATE app.ledger_transactions SET is_assumed = true WHERE kind = 'delivery'",
        "UPDATE app.postings SET line_no = line_no + 10",
        "UPDATE app.ledger_seals SET hash = sha256('x') WHERE seal_no = 1",
        "UPDATE app.ledger_seal_members SET position = position + 7 WHERE seal_no = 1",
        "DELETE FROM app.ledger_seal_members WHERE position = 1",
    ],
)
def test_any_alteration_of_what_is_sealed_is_found(
    trade: Market, store: ObjectStore, behind: psycopg.Connection, alteration: str
) -> None:
    assert behind.execute(alteration).rowcount
    found = failed_checks(store)
    if "position = position" in alteration:  # the order of members is what counts, and it is the same
        assert found == set()
    else:
        assert found & {"seals match their entries", "seals are a chain"}


def test_a_difference_is_told_in_paisa(trade: Market, behind: psycopg.Connection) -> None:
    behind.execute("""
        UPDATE app.postings SET amount_paisa = amount_paisa + 1
        WHERE ctid = (SELECT ctid FROM app.postings WHERE amount_paisa > 0 LIMIT 1)
    """)
    with read() as session:
        details = {finding.check: finding.detail for finding in verification.verify(session)}
    assert details["entries are balanced"].endswith("differs by 1 paisa of NPR")


@pytest.mark.parametrize(
    ("day", "check"),
    [
        (
            "effective_date - 1 WHERE amount_paisa > 0",
            "a settlement holds from when both its documents were there",
        ),
        ("effective_date - 1 WHERE amount_paisa < 0", "no settlement is undone before it held"),
    ],
)
def test_a_settlement_that_holds_before_its_documents_is_found(
    trade: Market, store: ObjectStore, behind: psycopg.Connection, day: str, check: str
) -> None:
    trade.bounce(trade.pay(777))
    anchors.write(store)
    assert failed_checks(store) == set()
    assert behind.execute(f"UPDATE app.allocations SET effective_date = {day}").rowcount
    assert check in failed_checks(store)
    # So stand those that were recorded before the rule; the migration says their day anew.
    behind.execute(import_module("migrations.versions.0055_settled_from").SETTLED_FROM)
    assert failed_checks(store) == set()


def test_a_settlement_that_a_version_before_dates_too_early_holds_from_its_documents(
    trade: Market, store: ObjectStore
) -> None:
    trade.pay(777, is_rest_kept=True)
    early = text("""
        INSERT INTO app.allocations (id, business_id, account_id, credit_item_id, debit_item_id, amount_paisa,
                                     effective_date, recorded_at)
        SELECT :id, paid.business_id, paid.account_id, paid.id, debt.id, 777, paid.document_date - 30, paid.recorded_at
        FROM app.receivable_items paid JOIN app.receivable_items debt
          ON debt.account_id = paid.account_id AND debt.kind = 'charge'
        WHERE paid.business_id = :vendor AND paid.amount_paisa = -777
    """)
    write(lambda session: session.execute(early, {"id": uuid7(), "vendor": trade.vendor_id}))
    anchors.write(store)
    assert failed_checks(store) == set()


def test_a_tail_of_seals_cut_with_its_members_leaves_entries_without_a_seal(
    trade: Market, store: ObjectStore, behind: psycopg.Connection
) -> None:
    anchors.write(store)
    cut_tail(behind, trade)
    assert failed_checks(store) == {"every entry is sealed or waiting", "anchored seals are there"}


def test_a_tail_cut_with_all_that_it_covered_is_told_by_the_anchor_alone(
    trade: Market, store: ObjectStore, behind: psycopg.Connection
) -> None:
    anchors.write(store)
    cut_tail(behind, trade, with_entries=True)
    assert failed_checks(store) == {"anchored seals are there"}


def test_a_tail_that_was_cut_and_grown_anew_is_told_by_the_older_anchor(
    trade: Market, store: ObjectStore, behind: psycopg.Connection
) -> None:
    anchors.write(store)
    cut_tail(behind, trade, with_entries=True)
    trade.pay(500)
    anchors.seal_and_anchor(store)
    with read() as session:
        found = verification.verify(session, anchors.read(store))
    assert {finding.detail.split(" of ")[0] for finding in found} == {"seal 2"}
    assert all("another hash" in finding.detail for finding in found)


def cut_tail(behind: psycopg.Connection, trade: Market, *, with_entries: bool = False) -> None:
    """Cut the last seal of both books; with its entries, and all that shows them, as a careful forger would."""
    tail = "(SELECT transaction_id FROM app.ledger_seal_members WHERE seal_no = 2)"
    if with_entries:
        returned = behind.execute(
            f"SELECT -sum(amount_paisa) FROM app.receivable_items WHERE transaction_id IN {tail}"
        ).fetchone()
        assert returned is not None
        assert returned[0] > 0
        behind.execute("UPDATE app.receivables SET posted_paisa = posted_paisa + %s", [returned[0]])
        items = f"(SELECT id FROM app.receivable_items WHERE transaction_id IN {tail})"
        behind.execute(f"DELETE FROM app.allocations WHERE credit_item_id IN {items}")
        behind.execute(f"DELETE FROM app.receivable_items WHERE transaction_id IN {tail}")
        behind.execute(
            "UPDATE app.stock_levels level SET on_hand = on_hand - m.quantity FROM app.stock_movements m"
            " WHERE m.kind = 'return' AND m.product_id = level.product_id"
        )
        behind.execute("DELETE FROM app.stock_movements WHERE kind = 'return'")
        behind.execute("DELETE FROM app.invoices WHERE kind = 'credit_note'")
        behind.execute("DELETE FROM app.goods_receipts WHERE kind = 'return'")
        behind.execute("DELETE FROM app.deliveries WHERE kind = 'return'")
        behind.execute(f"DELETE FROM app.postings WHERE transaction_id IN {tail}")
        behind.execute(f"DELETE FROM app.ledger_transactions WHERE id IN {tail}")
    behind.execute("DELETE FROM app.ledger_seal_members WHERE seal_no = 2")
    assert behind.execute("DELETE FROM app.ledger_seals WHERE seal_no = 2").rowcount == 2


@pytest.mark.parametrize(
    ("alteration", "check"),
    [
        ("UPDATE app.postings SET amount_paisa = amount_paisa + 1 WHERE line_no = 1", "entries are balanced"),
        ("DELETE FROM app.postings", "entries have postings"),
        ("UPDATE app.receivables SET held_paisa = held_paisa + 1", "held credit equals the holds"),
        (
            "UPDATE app.receivable_items SET amount_paisa = amount_paisa + 1 WHERE kind = 'charge'",
            "receivables equal their open items",
        ),
        (
            "UPDATE app.allocations SET amount_paisa = amount_paisa * 9",
            "no item is settled beyond its amount",
        ),
        (
            "UPDATE app.receivable_items SET kind = 'reinstatement' WHERE kind = 'charge'",
            "no more is owed again than was written off",
        ),
        ("UPDATE app.stock_levels SET reserved = reserved + 1", "stock promised equals the orders' lines"),
        ("UPDATE app.stock_levels SET on_hand = on_hand + 1", "stock on hand equals its movements"),
        (
            "UPDATE app.stock_levels SET batched = 1, expired = 1",
            "stock counted as expired equals the batches marked",
        ),
        (
            "UPDATE app.postings SET amount_paisa = 0 WHERE account_id IN"
            " (SELECT payable_account_id FROM app.credit_agreements)",
            "seller's receivable is the buyer's payable",
        ),
        (
            "UPDATE app.credit_agreements SET payable_account_id = NULL;"
            " UPDATE app.postings SET amount_paisa = amount_paisa + 1 WHERE account_id IN"
            " (SELECT id FROM app.accounts WHERE code = 'payable')",
            "seller's receivable is the buyer's payable",
        ),
        (
            "UPDATE app.postings SET amount_paisa = amount_paisa * 2 WHERE transaction_id IN"
            " (SELECT transaction_id FROM app.postings JOIN app.accounts ON id = account_id"
            "  WHERE code = 'purchases') AND transaction_id NOT IN"
            " (SELECT transaction_id FROM app.postings JOIN app.accounts ON id = account_id WHERE code = 'payable')",
            "both books tell an event alike",
        ),
        (
            "DELETE FROM app.ledger_transactions WHERE id IN"
            " (SELECT transaction_id FROM app.postings JOIN app.accounts ON id = account_id"
            "  WHERE code = 'purchases') AND id NOT IN"
            " (SELECT transaction_id FROM app.postings JOIN app.accounts ON id = account_id WHERE code = 'payable')",
            "a delivery stands in the books of both",
        ),
        (
            "UPDATE app.invoice_lines SET taxable_paisa = taxable_paisa - 1, vat_paisa = vat_paisa + 1",
            "an invoice is the sum of its lines",
        ),
        (
            "UPDATE app.invoice_lines SET taxable_paisa = taxable_paisa - 1, vat_paisa = vat_paisa + 1;"
            " UPDATE app.invoices SET taxable_paisa = taxable_paisa - 2, tax_paisa = tax_paisa + 2"
            " WHERE id = (SELECT invoice_id FROM app.invoice_lines GROUP BY invoice_id HAVING count(*) = 2)",
            "the tax of invoices is the tax posted",
        ),
        (
            "UPDATE app.postings SET account_id = (SELECT id FROM app.accounts WHERE code = 'sales' AND"
            " business_id = postings.business_id) WHERE account_id IN"
            " (SELECT id FROM app.accounts WHERE code = 'output_tax')",
            "the tax of invoices is the tax posted",
        ),
        ("DELETE FROM app.invoices WHERE kind = 'credit_note'", "the tax of invoices is the tax posted"),
        (
            "UPDATE app.delivery_slot_days SET taken = taken + 1",
            "places in delivery slots equal the orders that hold them",
        ),
        ("DELETE FROM app.delivery_slot_days", "places in delivery slots equal the orders that hold them"),
        (
            "UPDATE app.orders SET slot_id = NULL, promised_without_slot = NULL WHERE slot_id IS NOT NULL",
            "places in delivery slots equal the orders that hold them",
        ),
        *[
            (
                f"UPDATE app.goods_receipts SET cost_paisa = cost_paisa {wrong} WHERE kind = '{kind}'",
                "goods receipts cost what the buyer's book says",
            )
            for kind in ("receipt", "return")
            for wrong in ("+ 1", "- 1")
        ],
        (
            "DELETE FROM app.goods_receipts WHERE kind = 'return'",
            "goods receipts cost what the buyer's book says",
        ),
        (
            "UPDATE app.goods_receipt_lines SET cost_paisa = cost_paisa + 1 WHERE line_no = 1",
            "a goods receipt is the sum of its lines",
        ),
    ],
)
def test_each_invariant_is_checked(
    trade: Market, store: ObjectStore, behind: psycopg.Connection, alteration: str, check: str
) -> None:
    behind.execute("ALTER TABLE app.postings DROP CONSTRAINT IF EXISTS ck_postings_moves")
    assert behind.execute(alteration).rowcount
    assert check in failed_checks(store)


def test_goods_that_came_before_there_were_receipts_go_back_for_less_and_never_for_more(
    trade: Market, store: ObjectStore, behind: psycopg.Connection
) -> None:
    behind.execute("DELETE FROM app.goods_receipts WHERE kind = 'receipt'")
    behind.execute("UPDATE app.goods_receipts SET cost_paisa = cost_paisa - 1")
    behind.execute("UPDATE app.goods_receipt_lines SET cost_paisa = cost_paisa - 1")
    assert failed_checks(store) == set()
    behind.execute("UPDATE app.goods_receipts SET cost_paisa = cost_paisa + 2")
    behind.execute("UPDATE app.goods_receipt_lines SET cost_paisa = cost_paisa + 2")
    assert failed_checks(store) == {"goods receipts cost what the buyer's book says"}


def test_an_entry_that_waits_for_minutes_is_named(
    trade: Market, store: ObjectStore, behind: psycopg.Connection
) -> None:
    trade.pay(100)
    assert failed_checks(store) == set()
    behind.execute("UPDATE app.ledger_unsealed SET queued_at = queued_at - interval '6 minutes'")
    assert failed_checks(store) == {"nothing waits long for its seal"}


def test_a_late_commit_is_sealed_after_younger_entries(
    trade: Market, store: ObjectStore, own_world: str
) -> None:
    with psycopg.connect(own_world) as late:
        late.execute("SELECT set_config('app.business_id', '*', false)")
        late.execute(
            """
            WITH entry AS (
                INSERT INTO app.ledger_transactions
                    (id, business_id, kind, source, source_id, effective_date, recorded_at)
                VALUES (gen_random_uuid(), %(book)s, 'test', 'test', gen_random_uuid(), '2026-01-01', now())
                RETURNING id
            )
            INSERT INTO app.postings (business_id, transaction_id, line_no, account_id, amount_paisa, currency)
            SELECT %(book)s, entry.id, n, account.id, CASE n WHEN 1 THEN 7 ELSE -7 END, 'NPR'
            FROM entry, generate_series(1, 2) n
            JOIN LATERAL (SELECT id FROM app.accounts
                          WHERE business_id = %(book)s AND code = (ARRAY['cash', 'sales'])[n]) account ON true
            """,
            {"book": trade.vendor_id},
        )
        trade.pay(100)
        seal()
        assert unsealed() == 0
        late.commit()
    assert unsealed() == 1
    seal()
    assert unsealed() == 0
    assert failed_checks(store) == set()


def test_sealers_at_once_seal_each_entry_once(own_world: str, crowd: Crowd, store: ObjectStore) -> None:
    trades = [market() for _ in range(4)]
    for trade in trades:
        trade.place(1)

    def pay(trade: Market) -> None:
        for amount in range(1, 6):
            trade.pay(amount)

    answers = crowd([*[lambda trade=trade: pay(trade) for trade in trades], *[seal] * 4])
    assert [answer for answer in answers if answer is not None] == []
    seal()
    assert failed_checks(store) == set()
    with read() as session:
        members = session.execute(text("SELECT count(*) FROM app.ledger_seal_members")).scalar_one()
    assert members == 4 * 5 * 2


def unsealed() -> int:
    with read() as session:
        return verification.waiting_for_seals(session).entries


def test_nothing_is_anchored_where_nothing_is_sealed(own_world: str, store: ObjectStore) -> None:
    assert anchors.write(store) is None
    assert anchors.read(store) == set()


def test_the_command_says_what_fails_and_ends_with_one(
    trade: Market, behind: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAUDA_HOME", str(tmp_path))
    from foundation.settings import settings

    settings.cache_clear()
    anchors.write(object_store.object_store())
    trade.pay(100)
    well = CliRunner().invoke(application("verify"), ["verify", "ledger"])
    assert well.exit_code == 0, well.output
    assert "2 anchored seals compared; 2 entries wait to be sealed" in well.output
    behind.execute("UPDATE app.receivables SET posted_paisa = posted_paisa - 1")
    ill = CliRunner().invoke(application("verify"), ["verify", "ledger"])
    assert ill.exit_code == 1
    assert "its postings" in ill.output

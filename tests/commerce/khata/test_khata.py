"""A customer's khata: what is owed from before, written up, paid and undone, with the shop's book right throughout."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from commerce.customers import service as customers
from commerce.customers.details import Details
from commerce.customers.errors import CustomerErased, CustomerNotFound
from commerce.khata import queries, service
from commerce.khata.errors import (
    KhataEntryDuplicate,
    KhataEntryInvalid,
    KhataEntryNotFound,
    KhataEntryReversed,
    KhataOpenedAlready,
)
from commerce.ledger.errors import AllocationInvalid
from commerce.ledger.verification import verify
from foundation import clock
from foundation.database import read, write
from foundation.embedded_postgres import Server
from foundation.idempotency import RequestKey
from tests.commerce.conftest import CALLERS, Crowd
from tests.commerce.factories import business

pytestmark = pytest.mark.committing


class Shop:
    """A shop in Delhi and one of its customers."""

    def __init__(self) -> None:
        self.id = write(lambda session: business(session, country="IN", state="07"))
        self.customer_id = write(
            lambda session: customers.add_customer(session, business_id=self.id, details=Details("Ramesh"))
        )

    def do(self, verb: Any, amount_paisa: int, **given: Any) -> UUID:
        facts = {
            "business_id": self.id,
            "customer_id": self.customer_id,
            "amount_paisa": amount_paisa,
            **given,
        }
        return write(lambda session: verb(session, **facts))

    def debit(self, amount_paisa: int, **given: Any) -> UUID:
        return self.do(service.add_debit, amount_paisa, confirm_duplicate=True, **given)

    def pay(self, amount_paisa: int, **given: Any) -> UUID:
        return self.do(
            service.record_payment, amount_paisa, **{"mode": "cash", "confirm_duplicate": True, **given}
        )

    def undo(self, entry_id: UUID, **given: Any) -> UUID:
        facts = {"reason": "mistake", **given}
        return write(
            lambda session: service.reverse_entry(session, business_id=self.id, entry_id=entry_id, **facts)
        )

    @property
    def balance(self) -> int:
        with read((self.id,)) as session:
            return customers.get_customer(
                session, business_id=self.id, customer_id=self.customer_id
            ).balance_paisa

    @property
    def items(self) -> dict[UUID, tuple[str, int, int]]:
        """Of each entry the item's kind, amount and what is open of it."""
        with read((self.id,)) as session:
            account_id = queries.khata(session, self.id, self.customer_id).account_id  # type: ignore[union-attr]
            rows = queries.movements(session, account_id, by=queries.MOVEMENTS_BY["oldest"], limit=500)
        return {row["source_id"]: (row["kind"], row["amount_paisa"], row["open_paisa"]) for row in rows}

    def item(self, entry_id: UUID) -> UUID:
        with read((self.id,)) as session:
            return session.execute(
                text("SELECT id FROM app.receivable_items WHERE source_id = :id"), {"id": entry_id}
            ).scalar_one()

    def standing(self, code: str) -> int:
        with read((self.id,)) as session:
            return session.execute(
                text("""
                    SELECT CAST(coalesce(sum(line.amount_paisa), 0) AS bigint) FROM app.postings line
                    JOIN app.accounts account ON account.id = line.account_id
                    WHERE account.business_id = :id AND account.code = :code
                """),
                {"id": self.id, "code": code},
            ).scalar_one()


@pytest.fixture
def shop(migrated: Server) -> Shop:
    return Shop()


def test_payments_settle_the_oldest_debt_first_and_the_rest_is_paid_ahead(shop: Shop):
    opening = shop.do(service.open_balance, 100_00, reference="page 12")
    debit = shop.debit(50_00)
    paid = shop.pay(120_00)
    assert shop.items == {
        opening: ("opening", 100_00, 0),
        debit: ("charge", 50_00, 30_00),
        paid: ("payment", -120_00, 0),
    }
    ahead = shop.pay(40_00, mode="upi", reference="UTR 1")
    assert (shop.balance, shop.items[ahead]) == (-10_00, ("payment", -40_00, 10_00))
    later = shop.debit(25_00)
    assert (shop.balance, shop.items[later][2], shop.items[ahead][2]) == (15_00, 15_00, 0)
    standing = {
        code: shop.standing(code) for code in ("khata", "cash", "bank", "opening_balances", "unbilled_sales")
    }
    assert standing == {
        "khata": 15_00,
        "cash": 120_00,
        "bank": 40_00,
        "opening_balances": -100_00,
        "unbilled_sales": -75_00,
    }


def test_a_payment_may_say_what_it_settles(shop: Shop):
    first, second = shop.debit(50_00), shop.debit(70_00)
    shop.pay(60_00, chosen={shop.item(second): 60_00})
    assert (shop.items[first][2], shop.items[second][2]) == (50_00, 10_00)
    kept = shop.pay(30_00, chosen={shop.item(second): 10_00}, is_rest_kept=True)
    assert (shop.items[first][2], shop.items[second][2], shop.items[kept][2]) == (50_00, 0, 20_00)
    with pytest.raises(AllocationInvalid):
        shop.pay(5_00, chosen={shop.item(second): 5_00})
    assert shop.balance == 30_00


def test_a_bounced_payment_is_owed_again_and_a_mistaken_debit_is_not(shop: Shop):
    debit = shop.debit(100_00)
    paid = shop.pay(100_00, mode="cheque", reference="000123")
    bounced = shop.undo(paid, reason="bounced")
    assert shop.balance == 100_00
    assert shop.items == {
        debit: ("charge", 100_00, 100_00),
        paid: ("payment", -100_00, 0),
        bounced: ("bounce", 100_00, 0),
    }
    undone = shop.undo(debit)
    assert (shop.balance, shop.items[undone], shop.items[debit][2]) == (0, ("credit_note", -100_00, 0), 0)
    for entry in (paid, debit, bounced, undone):
        with pytest.raises(KhataEntryReversed):
            shop.undo(entry)
    with pytest.raises(KhataEntryNotFound):
        shop.undo(uuid4())
    assert {shop.standing(code) for code in ("khata", "cash", "bank", "unbilled_sales")} == {0}


def test_the_same_within_five_minutes_is_taken_for_a_slip(shop: Shop):
    now = datetime.now(UTC)
    with clock.at(now):
        debit = shop.do(service.add_debit, 50_00)
        with pytest.raises(KhataEntryDuplicate) as refused:
            shop.do(service.add_debit, 50_00)
        assert refused.value.facts == {"entry_id": str(debit), "amount_paisa": 50_00}
        paid = shop.do(service.record_payment, 50_00, mode="cash")
        with pytest.raises(KhataEntryDuplicate):
            shop.do(service.record_payment, 50_00, mode="upi")
        shop.undo(paid)
        shop.do(service.record_payment, 50_00, mode="upi")
    with clock.at(now + timedelta(minutes=5, seconds=1)):
        shop.do(service.add_debit, 50_00)
    assert shop.balance == 50_00


@pytest.mark.parametrize(
    ("verb", "amount", "given"),
    [
        (service.add_debit, 0, {}),
        (service.add_debit, -5, {}),
        (service.add_debit, 10_000_000_001, {}),
        (service.record_payment, 5_00, {"mode": "barter"}),
        (service.record_payment, 5_00, {"mode": "cash", "entered_on": date(2099, 1, 1)}),
        (service.add_debit, 5_00, {"entered_on": date(2000, 1, 1)}),
        (service.add_debit, 5_00, {"due_on": date(2000, 1, 1)}),
    ],
)
def test_what_cannot_be_changes_nothing(shop: Shop, verb: Any, amount: int, given: dict[str, Any]):
    with pytest.raises(KhataEntryInvalid):
        shop.do(verb, amount, **given)
    assert (shop.balance, shop.items) == (0, {})


def test_what_was_owed_before_is_written_once(shop: Shop):
    shop.do(service.open_balance, 100_00)
    with pytest.raises(KhataOpenedAlready):
        shop.do(service.open_balance, 100_00)
    with pytest.raises(CustomerNotFound):
        shop.do(service.open_balance, 100_00, customer_id=uuid4())
    other = Shop()
    with pytest.raises(CustomerNotFound):
        shop.do(service.add_debit, 100_00, customer_id=other.customer_id)
    write(
        lambda session: customers.erase_customer(session, business_id=other.id, customer_id=other.customer_id)
    )
    with pytest.raises(CustomerErased):
        other.debit(5_00)


def test_a_retry_finds_the_first_entry(shop: Shop):
    request = RequestKey.of(shop.id, uuid4(), "pay", "key", b"body")
    first = shop.pay(50_00, request=request)
    assert shop.pay(50_00, request=request) == first
    assert shop.balance == -50_00


def test_two_that_undo_one_payment_undo_it_once(shop: Shop, crowd: Crowd):
    shop.debit(50_00)
    paid = shop.pay(50_00)
    outcomes = crowd([partial(shop.undo, paid, reason="bounced")] * CALLERS)
    assert sum(isinstance(one, UUID) for one in outcomes) == 1
    assert all(isinstance(one, UUID | KhataEntryReversed) for one in outcomes)
    assert shop.balance == 50_00


def test_many_at_one_khata_leave_it_balanced(shop: Shop, crowd: Crowd):
    calls = [partial(shop.debit, 10_00), partial(shop.pay, 3_00)] * (CALLERS // 2)
    assert all(isinstance(one, UUID) for one in crowd(calls))
    assert shop.balance == CALLERS // 2 * 7_00
    check(shop)


@pytest.mark.slow
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["opening", "debit", "pay", "undo"]), st.integers(1, 500_00)), max_size=25
    )
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_sequence_leaves_book_items_and_balance_alike(migrated: Server, steps: list[tuple[str, int]]):
    shop, entries = Shop(), []
    for verb, amount in steps:
        with suppress(KhataEntryReversed, KhataOpenedAlready):
            if verb != "undo":
                did = {
                    "opening": partial(shop.do, service.open_balance),
                    "debit": shop.debit,
                    "pay": shop.pay,
                }[verb]
                entries.append(did(amount))
            elif entries:
                shop.undo(entries[amount % len(entries)])
    check(shop)


def check(shop: Shop) -> None:
    """Balance = postings = Σ open debts − unallocated credit, and nothing settles more than there is."""
    items = shop.items.values()
    assert shop.balance == shop.standing("khata") == sum(amount for _, amount, _ in items)
    assert shop.balance == sum(left if amount > 0 else -left for _, amount, left in items)
    assert all(left >= 0 for _, _, left in items)
    with read((shop.id,)) as session:
        # Nobody seals here, and others of this database may have waited for long.
        assert [found for found in verify(session) if "seal" not in found.check] == []

"""What a shop spends: on heads of all shops and its own, with notes that can be forgotten, undone by the contrary."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from commerce.expenses import queries, service
from commerce.expenses.errors import ExpenseHeadTaken, ExpenseHeadUnknown, ExpenseInvalid, ExpenseNotFound
from commerce.expenses.vocabulary import HEADS
from commerce.ledger.errors import EntryDayInvalid, EntryDuplicate, EntryReversed
from commerce.ledger.tally import as_xml, book
from commerce.ledger.verification import verify
from commerce.ledger.vocabulary import CHART
from foundation import clock
from foundation.database import read, write
from foundation.embedded_postgres import Server
from foundation.idempotency import RequestKey
from tests.commerce.conftest import CALLERS, Crowd
from tests.commerce.factories import business

pytestmark = pytest.mark.committing


class Shop:
    """A shop in Delhi."""

    def __init__(self) -> None:
        self.id = write(lambda session: business(session, country="IN", state="07"))

    def spend(self, head: str, amount_paisa: int, **given: Any) -> UUID:
        facts = {"mode": "cash", "confirm_duplicate": True, **given}
        return write(
            lambda session: service.record_expense(
                session, business_id=self.id, head=head, amount_paisa=amount_paisa, **facts
            )
        )

    def undo(self, expense_id: UUID, **given: Any) -> UUID:
        return write(
            lambda session: service.reverse_expense(
                session, business_id=self.id, expense_id=expense_id, **given
            )
        )

    def add_head(self, name: str, under: str) -> UUID:
        return write(lambda session: service.add_head(session, business_id=self.id, name=name, under=under))

    def note(self, expense_id: UUID) -> str | None:
        with read((self.id,)) as session:
            row = queries.expense(session, self.id, expense_id)
            assert row is not None
            return service.opened(session, [row])[0].note

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


@pytest.fixture
def shop(migrated: Server) -> Shop:
    return Shop()


def test_what_is_spent_stands_on_its_head_and_goes_out_of_cash_or_bank(shop: Shop):
    shop.spend("rent", 4500_00)
    shop.spend("Electricity", 812_50, mode="upi", reference="UTR 1")
    shop.add_head("Chowkidar", "salaries")
    shop.spend("chowkidar", 2000_00)
    assert shop.standing() == {
        "rent": 4500_00,
        "electricity": 812_50,
        "salaries": 2000_00,
        "cash": -6500_00,
        "bank": -812_50,
    }
    with read((shop.id,)) as session:
        rows = queries.expenses(session, shop.id, limit=10)
        assert not [found for found in verify(session) if str(shop.id) in found.detail]
    assert [(row["head"], row["own_head"]) for row in rows] == [
        ("salaries", "Chowkidar"),
        ("electricity", None),
        ("rent", None),
    ]


def test_every_head_is_an_account_of_the_book_that_tally_takes(shop: Shop):
    assert all(CHART[head] == "expense" for head in HEADS)
    for head in HEADS:
        shop.spend(head, 1_00)
    today = clock.business_day(clock.now(), "Asia/Kolkata")
    with read((shop.id,)) as session:
        exported = book(session, business_id=shop.id, first=today, last=today)
    groups = {ledger.name: ledger.group for ledger in exported.ledgers}
    assert {groups[head.replace("_", " ").title()] for head in HEADS} == {
        "Indirect Expenses",
        "Direct Expenses",
    }
    assert groups["Supplier Dues"] == "Sundry Creditors"
    assert {voucher.kind for voucher in exported.vouchers} == {"Payment"}
    assert b"Bank Charges" in as_xml(exported, "vouchers")


def test_an_expense_is_undone_once_by_its_contrary(shop: Shop):
    spent = shop.spend("rent", 4500_00, mode="bank")
    undone = shop.undo(spent)
    assert shop.standing() == {}
    for one in (spent, undone):
        with pytest.raises(EntryReversed):
            shop.undo(one)
    with pytest.raises(ExpenseNotFound):
        shop.undo(uuid4())
    with pytest.raises(EntryDayInvalid):
        shop.undo(shop.spend("rent", 1_00), entered_on=clock.now().date() - timedelta(days=3))
    with read((shop.id,)) as session:
        rows = {row["id"]: row for row in queries.expenses(session, shop.id, limit=10)}
    assert (rows[spent]["reversed_by_id"], rows[undone]["reverses_id"], rows[undone]["amount_paisa"]) == (
        undone,
        spent,
        -4500_00,
    )


def test_an_expense_of_another_shop_is_not_there(shop: Shop):
    other = Shop()
    with pytest.raises(ExpenseNotFound):
        other.undo(shop.spend("rent", 1_00))


def test_the_same_within_five_minutes_is_asked_about(shop: Shop):
    first = shop.spend("refreshments", 50_00)
    with pytest.raises(EntryDuplicate, match=str(first)):
        shop.spend("refreshments", 50_00, confirm_duplicate=False)
    shop.spend("refreshments", 60_00, confirm_duplicate=False)
    shop.add_head("Tea", "refreshments")
    shop.spend("tea", 50_00, confirm_duplicate=False)
    shop.undo(first)
    shop.spend("refreshments", 50_00, confirm_duplicate=False)
    with clock.at(clock.now() + timedelta(minutes=6)):
        shop.spend("tea", 50_00, confirm_duplicate=False)


def test_a_note_is_sealed_and_can_be_forgotten(shop: Shop):
    spent = shop.spend("salaries", 9000_00, note="Raju, November")
    assert shop.note(spent) == "Raju, November"
    with read((shop.id,)) as session:
        kept = session.execute(
            text("SELECT note_sealed FROM app.expenses WHERE id = :id"), {"id": spent}
        ).scalar_one()
    assert b"Raju" not in bytes(kept)
    write(lambda session: service.forget_note(session, business_id=shop.id, expense_id=spent))
    assert shop.note(spent) is None
    with pytest.raises(ExpenseNotFound):
        write(lambda session: service.forget_note(session, business_id=Shop().id, expense_id=spent))


def test_what_cannot_be_is_refused(shop: Shop):
    for amount, given in ((0, {}), (-1, {}), (10_000_000_001, {}), (1_00, {"mode": "shells"})):
        with pytest.raises(ExpenseInvalid):
            shop.spend("rent", amount, **given)
    with pytest.raises(ExpenseHeadUnknown, match="'chanda'"):
        shop.spend("chanda", 1_00)
    with pytest.raises(EntryDayInvalid):
        shop.spend("rent", 1_00, spent_on=clock.now().date() + timedelta(days=2))
    assert shop.standing() == {}


def test_a_head_has_a_name_of_its_own(shop: Shop):
    shop.add_head("Chanda", "other_expenses")
    for name, under in (("  chanda", "rent"), ("RENT", "rent")):
        with pytest.raises(ExpenseHeadTaken):
            shop.add_head(name, under)
    with pytest.raises(ExpenseHeadUnknown):
        shop.add_head("Dog", "pets")
    assert Shop().add_head("Chanda", "other_expenses")


def test_many_at_once_make_one_head_and_undo_once(shop: Shop, crowd: Crowd):
    made = crowd([lambda: shop.add_head("Chanda", "rent") for _ in range(CALLERS)])
    assert sum(isinstance(answer, UUID) for answer in made) == 1
    spent = shop.spend("chanda", 10_00)
    undone = crowd([lambda: shop.undo(spent) for _ in range(CALLERS)])
    assert sum(isinstance(answer, UUID) for answer in undone) == 1
    assert shop.standing() == {}


def test_a_request_that_is_repeated_is_written_once(shop: Shop):
    key = RequestKey.of(shop.id, shop.id, "record_expense", "k", b"rent")
    assert shop.spend("rent", 1_00, request=key) == shop.spend("rent", 1_00, request=key)
    assert shop.standing() == {"rent": 1_00, "cash": -1_00}

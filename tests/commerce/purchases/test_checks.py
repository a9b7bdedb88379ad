"""`sauda verify ledger` of what shops buy and spend: what was done behind the verbs' back is named."""

from __future__ import annotations

from decimal import Decimal

import psycopg
import pytest

from commerce.expenses import service as expenses
from commerce.ledger import verification
from commerce.purchases import payments, service
from commerce.purchases.service import Line
from commerce.purchases.suppliers import Named
from foundation.database import read, write
from tests.commerce.factories import business, product

pytestmark = pytest.mark.committing


@pytest.fixture
def world(own_world: str) -> str:
    """A shop that took goods in for cash and on credit, paid a part, and spent something."""
    shop = write(business)
    good = write(product)

    def buy(paid_by: str, supplier: Named | None) -> None:
        line = Line(good, Decimal(2), None, 100_00)
        write(
            lambda session: service.take_in(
                session, business_id=shop, lines=[line], paid_by=paid_by, supplier=supplier
            )
        )

    buy("cash", None)
    buy("owed", Named("Gupta Traders"))
    with read((shop,)) as session:
        [supplier] = service.queries.suppliers(session, shop, limit=5)
    write(
        lambda session: payments.pay_supplier(
            session, business_id=shop, supplier_id=supplier["id"], amount_paisa=30_00, mode="cash"
        )
    )
    write(
        lambda session: expenses.record_expense(
            session, business_id=shop, head="rent", amount_paisa=50_00, mode="cash"
        )
    )
    return own_world


OWED = "what suppliers are owed is what came less what they got"
BOOK = "what shops buy and spend stands in their books"


@pytest.mark.parametrize(
    ("alteration", "check"),
    [
        ("UPDATE app.suppliers SET owed_paisa = owed_paisa + 1", OWED),
        ("DELETE FROM app.supplier_payments", OWED),
        ("DELETE FROM app.stock_ins WHERE paid_by = 'cash'", BOOK),
        ("UPDATE app.stock_ins SET cost_paisa = 9000, tax_paisa = 1000 WHERE paid_by = 'owed'", BOOK),
        ("UPDATE app.expenses SET head = 'repairs'", BOOK),
        ("DELETE FROM app.ledger_transactions WHERE source = 'expense'", BOOK),
    ],
)
def test_each_invariant_is_checked(world: str, alteration: str, check: str):
    assert _failed() == set()
    with psycopg.connect(world, autocommit=True) as behind:
        behind.execute("SET session_replication_role = replica")
        behind.execute("ALTER TABLE app.stock_ins DROP CONSTRAINT ck_stock_ins_taxed")
        assert behind.execute(alteration).rowcount
    assert check in _failed()


def _failed() -> set[str]:
    with read() as session:
        return {finding.check for finding in verification.verify(session)}

"""Goods that a shop buys beside orders: on the shelf and in the book at once, owed, paid and undone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from commerce.catalogue import service as catalogue
from commerce.catalogue.errors import ProductNotFound, UnitNotSold
from commerce.ledger.errors import EntryDayInvalid, EntryReversed
from commerce.ledger.verification import verify
from commerce.parties import service as parties
from commerce.purchases import payments, queries, service, suppliers
from commerce.purchases.errors import (
    StockInInvalid,
    StockInNotFound,
    SupplierErased,
    SupplierNotFound,
    SupplierOwed,
    SupplierPaymentInvalid,
    SupplierPaymentNotFound,
)
from commerce.purchases.service import Line
from commerce.purchases.suppliers import Named
from commerce.stock import service as stock
from commerce.stock.errors import StockAdjustmentInvalid
from foundation import clock
from foundation.database import read, write
from foundation.embedded_postgres import Server
from foundation.idempotency import RequestKey, RequestKeyReused
from foundation.personal import FORGOTTEN
from tests.commerce.conftest import CALLERS, Crowd
from tests.commerce.factories import business

pytestmark = pytest.mark.committing

GUPTA = Named("Gupta Traders", "9811112222", "07abcde1234f1z5")


class Shop:
    """A shop in Delhi that charges tax, with sugar by the kilogram and noodles by packet and carton."""

    def __init__(self, profile: str = "regular") -> None:
        number = {"regular": "07AAGFF2194N1Z1", "unregistered": None}[profile]
        self.id = write(
            lambda session: business(
                session, country="IN", state="07", tax_profile=profile, registration_number=number
            )
        )
        self.sugar = self.good("SUGAR", "kg", {})
        self.noodles = self.good("NOODLES", "packet", {"carton": Decimal(24)})

    def good(self, name: str, base_unit: str, units: dict[str, Decimal]) -> UUID:
        facts: dict[str, Any] = {"name": name, "category": "kirana", "base_unit": base_unit, "units": units}
        return write(
            lambda session: catalogue.add_product(
                session, sku=f"{name}-{uuid4().hex[:6]}", owner_id=self.id, **facts
            )
        )

    def line(self, quantity: str = "20", cost: int = 800_00, **given: Any) -> Line:
        facts = {"product_id": self.sugar, "unit": None, "quantity": Decimal(quantity), "cost_paisa": cost}
        return Line(**{**facts, **given})

    def take(self, *lines: Line, **given: Any) -> UUID:
        facts = {"paid_by": "cash", **given}
        return write(
            lambda session: service.take_in(
                session, business_id=self.id, lines=lines or [self.line()], **facts
            )
        )

    def undo(self, stock_in_id: UUID, **given: Any) -> UUID:
        return write(
            lambda session: service.reverse_stock_in(
                session, business_id=self.id, stock_in_id=stock_in_id, **given
            )
        )

    def pay(self, supplier_id: UUID, amount_paisa: int, **given: Any) -> UUID:
        facts = {"mode": "upi", "amount_paisa": amount_paisa, **given}
        return write(
            lambda session: payments.pay_supplier(
                session, business_id=self.id, supplier_id=supplier_id, **facts
            )
        )

    def unpay(self, supplier_id: UUID, payment_id: UUID) -> UUID:
        return write(
            lambda session: payments.reverse_supplier_payment(
                session, business_id=self.id, supplier_id=supplier_id, payment_id=payment_id
            )
        )

    def supplier_of(self, stock_in_id: UUID) -> UUID:
        with read((self.id,)) as session:
            found = queries.stock_in(session, self.id, stock_in_id)
        assert found is not None
        return UUID(str(found["supplier_id"]))

    def owed(self, supplier_id: UUID) -> int:
        with read((self.id,)) as session:
            return suppliers.get_supplier(session, business_id=self.id, supplier_id=supplier_id).owed_paisa

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

    def on_hand(self, product_id: UUID) -> Decimal:
        with read((self.id,)) as session:
            return session.execute(
                text(
                    "SELECT on_hand FROM app.stock_levels WHERE business_id = :id AND product_id = :product"
                ),
                {"id": self.id, "product": product_id},
            ).scalar_one()

    def is_sound(self) -> bool:
        with read() as session:
            return not [found for found in verify(session) if str(self.id) in found.detail]


@pytest.fixture
def shop(migrated: Server) -> Shop:
    return Shop()


def test_goods_that_are_paid_at_once_are_on_the_shelf_and_in_the_book(shop: Shop):
    stock_in = shop.take(
        shop.line(), shop.line("2", 480_00, product_id=shop.noodles, unit="carton"), paid_by="cash"
    )
    assert (shop.on_hand(shop.sugar), shop.on_hand(shop.noodles)) == (20, 48)
    assert shop.standing() == {"purchases": 1280_00, "cash": -1280_00}
    with read((shop.id,)) as session:
        lines = queries.lines_of(session, stock_in)
    assert [(line["base_quantity"], line["unit_cost"]) for line in lines] == [(20, 40), (48, 10)]
    shop.take(shop.line("5", 100_00), paid_by="upi")
    assert shop.standing() == {"purchases": 1380_00, "cash": -1280_00, "bank": -100_00}
    assert shop.is_sound()


def test_goods_may_be_counted_in_any_unit_that_the_shelf_can_hold(shop: Shop):
    shop.take(shop.line("1", 4000_00, unit="quintal"))
    shop.take(shop.line("500", 20_00, unit="g"))
    assert shop.on_hand(shop.sugar) == Decimal("100.5")


def test_what_is_owed_stands_with_its_supplier_until_it_is_paid(shop: Shop):
    first = shop.take(paid_by="owed", supplier=GUPTA)
    supplier = shop.supplier_of(first)
    again = shop.take(shop.line("1", 50_00), paid_by="owed", supplier=Named("  gupta   TRADERS "))
    assert shop.supplier_of(again) == supplier
    shop.take(shop.line("1", 60_00), paid_by="cash", supplier=supplier)
    assert (shop.owed(supplier), shop.standing()["supplier_dues"]) == (850_00, -850_00)
    paid = shop.pay(supplier, 300_00, reference="UTR 7")
    assert (shop.owed(supplier), shop.standing()["bank"]) == (550_00, -300_00)
    with pytest.raises(SupplierPaymentInvalid, match="owed INR 550"):
        shop.pay(supplier, 550_01)
    shop.unpay(supplier, paid)
    assert (shop.owed(supplier), "bank" in shop.standing()) == (850_00, False)
    with pytest.raises(EntryReversed):
        shop.unpay(supplier, paid)
    with pytest.raises(SupplierPaymentNotFound):
        shop.unpay(supplier, uuid4())
    assert shop.is_sound()


def test_tax_is_set_off_by_who_charges_it_and_has_the_suppliers_invoice(shop: Shop):
    taxed = shop.line("20", 840_00, tax_paisa=40_00)
    shop.take(taxed, supplier=GUPTA, invoice_number="GT/101")
    assert shop.standing() == {"purchases": 800_00, "input_tax": 40_00, "cash": -840_00}
    for lacking in ({"supplier": GUPTA}, {"invoice_number": "GT/102"}):
        with pytest.raises(StockInInvalid, match="set off by the supplier's tax invoice"):
            shop.take(taxed, **lacking)
    plain = Shop("unregistered")
    with pytest.raises(StockInInvalid, match="unregistered for tax sets off none"):
        plain.take(plain.line("20", 840_00, tax_paisa=40_00), supplier=GUPTA, invoice_number="GT/101")
    assert plain.standing() == {}


def test_the_same_paper_of_a_supplier_comes_in_once_until_it_is_undone(shop: Shop):
    first = shop.take(supplier=GUPTA, invoice_number="GT/7")
    with pytest.raises(StockInInvalid, match=str(first)):
        shop.take(supplier=GUPTA, invoice_number="GT/7")
    with pytest.raises(StockInInvalid, match=str(first)):
        shop.take(supplier=GUPTA, invoice_number=" gt / 7")
    shop.take(supplier=Named("Shree Traders"), invoice_number="GT/7")
    shop.undo(first)
    shop.take(supplier=GUPTA, invoice_number="GT/7")


def test_an_undoing_takes_back_book_shelf_batch_and_debt(shop: Shop):
    expiring = clock.now().date() + timedelta(days=90)
    stock_in = shop.take(
        shop.line(batch="B1", expires_on=expiring, mrp_paisa=48_00), paid_by="owed", supplier=GUPTA
    )
    reversal = shop.undo(stock_in)
    assert (shop.standing(), shop.on_hand(shop.sugar), shop.owed(shop.supplier_of(stock_in))) == ({}, 0, 0)
    with read((shop.id,)) as session:
        assert queries.missing(session, reversal) == []
        rows = {row["id"]: row for row in queries.stock_ins(session, shop.id, limit=10)}
    assert (rows[stock_in]["reversed_by_id"], rows[reversal]["reverses_id"]) == (reversal, stock_in)
    for one in (stock_in, reversal):
        with pytest.raises(EntryReversed):
            shop.undo(one)
    with pytest.raises(StockInNotFound):
        shop.undo(uuid4())
    assert shop.is_sound()


def test_what_was_sold_meanwhile_is_told_as_missing(shop: Shop):
    stock_in = shop.take()
    write(
        lambda session: stock.receive(
            session,
            business_id=shop.id,
            quantities={shop.sugar: Decimal(-3)},
            kind="adjustment",
            reason="own use",
        )
    )
    reversal = shop.undo(stock_in)
    with read((shop.id,)) as session:
        assert [(row["product_id"], row["quantity"]) for row in queries.missing(session, reversal)] == [
            (shop.sugar, 3)
        ]
    assert (shop.on_hand(shop.sugar), shop.standing()) == (0, {})
    assert shop.is_sound()


def test_what_cannot_be_is_refused_and_leaves_nothing(shop: Shop):
    for given in (
        {"paid_by": "shells"},
        {"paid_by": "owed"},
        {"lines": [shop.line(cost=0)]},
        {"lines": [shop.line(cost=10_000_000_001)]},
        {"lines": [shop.line(cost=100, tax_paisa=101)]},
        {"lines": [shop.line("0.0001")]},
        {"supplier": Named("  ")},
        {"supplier": Named("Gupta", phone="12")},
    ):
        with pytest.raises(StockInInvalid):
            shop.take(*given.pop("lines", ()), **given)
    with pytest.raises(UnitNotSold):
        shop.take(shop.line(unit="carton"))
    with pytest.raises(ProductNotFound):
        shop.take(shop.line(product_id=uuid4()))
    with pytest.raises(SupplierNotFound):
        shop.take(supplier=uuid4())
    with pytest.raises(StockAdjustmentInvalid):
        shop.take(shop.line(batch="B1", mrp_paisa=48_00), shop.line(batch="B1", mrp_paisa=50_00, cost=1_00))
    today = clock.now().date()
    for day in (today + timedelta(days=2), today - timedelta(days=1000)):
        with pytest.raises(EntryDayInvalid):
            shop.take(document_date=day)
    assert shop.standing() == {}
    with read((shop.id,)) as session:
        assert not queries.stock_ins(session, shop.id, limit=10)
        assert not queries.suppliers(session, shop.id, limit=10)


def test_an_undoing_is_not_before_what_it_undoes(shop: Shop):
    stock_in = shop.take()
    with pytest.raises(EntryDayInvalid):
        shop.undo(stock_in, entered_on=clock.now().date() - timedelta(days=2))


def test_a_request_that_is_repeated_takes_in_once(shop: Shop):
    key = RequestKey.of(shop.id, shop.id, "take_stock_in", "k1", b"20 kg")
    assert shop.take(request=key) == shop.take(request=key)
    assert shop.on_hand(shop.sugar) == 20
    with pytest.raises(RequestKeyReused):
        shop.take(request=RequestKey.of(shop.id, shop.id, "take_stock_in", "k1", b"30 kg"))


def test_a_supplier_is_forgotten_once_it_is_settled(shop: Shop):
    stock_in = shop.take(paid_by="owed", supplier=GUPTA)
    supplier = shop.supplier_of(stock_in)

    def erase() -> None:
        write(lambda session: suppliers.erase_supplier(session, business_id=shop.id, supplier_id=supplier))

    with pytest.raises(SupplierOwed):
        erase()
    shop.pay(supplier, 800_00)
    erase()
    with read((shop.id,)) as session:
        known = suppliers.get_supplier(session, business_id=shop.id, supplier_id=supplier)
        assert (known.name, known.is_erased, known.details.phone) == (FORGOTTEN, True, None)
    with pytest.raises(SupplierErased):
        shop.take(supplier=supplier)
    assert shop.supplier_of(shop.take(supplier=GUPTA)) != supplier


def test_what_is_kept_of_a_supplier_is_sealed_and_completed_later(shop: Shop):
    supplier = shop.supplier_of(shop.take(supplier=Named("Gupta Traders")))
    shop.take(supplier=GUPTA)
    with read((shop.id,)) as session:
        known = suppliers.get_supplier(session, business_id=shop.id, supplier_id=supplier)
        kept = session.execute(
            text("SELECT details_sealed || name_index FROM app.suppliers WHERE id = :id"), {"id": supplier}
        ).scalar_one()
    assert known.details == Named("Gupta Traders", "+919811112222", "07ABCDE1234F1Z5")
    assert b"Gupta" not in bytes(kept)


def test_many_who_name_one_supplier_at_once_owe_to_one(shop: Shop, crowd: Crowd):
    answers = crowd(
        [lambda: shop.take(shop.line("1", 10_00), paid_by="owed", supplier=GUPTA) for _ in range(CALLERS)]
    )
    whose = {shop.supplier_of(answer) for answer in answers if isinstance(answer, UUID)}
    assert (len(answers), len(whose)) == (CALLERS, 1)
    supplier = whose.pop()
    assert (shop.owed(supplier), shop.on_hand(shop.sugar)) == (CALLERS * 10_00, CALLERS)
    paid = crowd([lambda: shop.pay(supplier, 100_00) for _ in range(CALLERS)])
    assert sum(isinstance(answer, UUID) for answer in paid) == 1
    undone = crowd([lambda: shop.undo(answers[0]) for _ in range(CALLERS)])  # type: ignore[arg-type]
    assert sum(isinstance(answer, UUID) for answer in undone) == 1
    assert shop.is_sound()


def test_a_day_is_that_of_the_shop(shop: Shop):
    late = datetime(2026, 12, 2, 19, 30, tzinfo=UTC)  # one in the morning of the third in Delhi
    with clock.at(late):
        stock_in = shop.take()
    with read((shop.id,)) as session:
        found = queries.stock_in(session, shop.id, stock_in)
    assert found is not None
    assert str(found["document_date"]) == "2026-12-03"


def test_the_tax_profile_of_the_documents_day_decides(shop: Shop):
    write(
        lambda session: parties.set_tax_profile(
            session, business_id=shop.id, profile="unregistered", registration_number=None
        )
    )
    with pytest.raises(StockInInvalid, match="sets off none"):
        shop.take(shop.line("1", 105_00, tax_paisa=5_00), supplier=GUPTA, invoice_number="GT/9")

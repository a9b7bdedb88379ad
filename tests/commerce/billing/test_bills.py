"""Bills: paper, goods, books and money together, and what undoes them."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.billing import service
from commerce.billing.draft import SetTerms
from commerce.billing.drafting import AddNew, ToggleTax
from commerce.billing.errors import (
    BillCancelled,
    BillDateInvalid,
    BillDraftClosed,
    BillDraftInvalid,
    BillNotCancellable,
    BillNotFound,
    BillNumberNotNext,
    BillPaymentInvalid,
    BillReturnInvalid,
    BillTaxNotOptional,
    BillTotalDiffers,
    BillUnpaid,
    BillUnpriced,
    TillNotFound,
)
from commerce.catalogue.errors import ProductNotFound, UnitNotSold
from commerce.customers import service as customers
from commerce.customers.errors import CustomerErased, CustomerNotFound
from commerce.ledger import service as ledger
from commerce.ledger.errors import DocumentDateBackwards
from commerce.stock import adjusting
from commerce.stock import service as stock
from commerce.stock.batches import Incoming
from commerce.tax.errors import PriceAboveMrp, TaxOnTopRefused, TaxRateUnknown
from foundation import clock
from foundation.database import read, write
from foundation.embedded_postgres import Server
from foundation.idempotency import RequestKey
from tests.commerce.billing.counter import Made, Shop, Tender, add
from tests.commerce.conftest import CALLERS, Crowd

pytestmark = pytest.mark.committing


@pytest.fixture
def shop(migrated: Server) -> Shop:
    """Not registered: no tax on its bills."""
    return Shop()


@pytest.fixture
def taxed(migrated: Server) -> Shop:
    """Registered as a regular taxpayer."""
    return Shop("regular")


def test_a_sale_at_the_counter_moves_goods_money_and_book_together(taxed: Shop):
    taxed.stock_up(taxed.biscuits, "100")
    bill = taxed.sell(add(taxed.biscuits, "3"), add(taxed.sugar, "0.5", "kg"))
    paper = taxed.paper(bill)
    assert (paper["kind"], paper["customer_id"], paper["retailer_id"]) == ("tax_invoice", None, None)
    assert paper["total_paisa"] == 52_00
    assert paper["taxable_paisa"] + paper["tax_paisa"] == 52_00
    assert [(line.quantity, line.rate) for line in taxed.lines(bill)] == [(3, 5), (Decimal("0.5"), 5)]
    assert taxed.on_hand(taxed.biscuits) == 97
    assert (taxed.account("cash"), taxed.account("sales"), taxed.account("output_tax")) == (
        52_00,
        -paper["taxable_paisa"],
        -paper["tax_paisa"],
    )
    assert taxed.errors() == []


def test_a_bill_of_a_customer_stands_in_the_khata_and_what_is_paid_with_it_settles_it_first(shop: Shop):
    bill = shop.sell(
        add(shop.biscuits, "10"),
        customer=shop.customer,
        tenders=[Tender("upi", 30_00, "UTR7"), Tender("cash", 20_00)],
    )
    assert shop.balance() == 50_00
    with read((shop.id,)) as session:
        items = session.execute(
            text("""
                SELECT item.kind, item.amount_paisa, item.document_number,
                       coalesce((SELECT sum(amount_paisa) FROM app.allocations
                                 WHERE debit_item_id = item.id), 0) AS paid
                FROM app.receivable_items item WHERE item.business_id = :shop ORDER BY item.id
            """),
            {"shop": shop.id},
        ).all()
    assert [(row.kind, row.amount_paisa, row.paid) for row in items] == [
        ("charge", 100_00, 50_00),
        ("payment", -30_00, 0),
        ("payment", -20_00, 0),
    ]
    assert items[0].document_number == shop.paper(bill)["number"]
    assert (shop.account("cash"), shop.account("bank"), shop.account("sales")) == (20_00, 30_00, -100_00)
    assert shop.errors() == []


def test_what_was_paid_ahead_settles_what_is_left_of_a_bill(shop: Shop):
    first = shop.sell(add(shop.biscuits, "1"), customer=shop.customer, tenders=[Tender("cash", 10_00)])
    shop.cancel(first)  # its money stands in the khata as paid ahead
    assert shop.balance() == -10_00
    shop.sell(add(shop.biscuits, "3"), customer=shop.customer, tenders=[Tender("cash", 25_00)])
    assert shop.balance() == -5_00
    assert shop.errors() == []


def test_goods_beyond_what_the_books_have_are_sold_and_told(shop: Shop):
    shop.stock_up(shop.biscuits, "2")
    bill = shop.sell(add(shop.biscuits, "1"), add(shop.biscuits, "1", "carton", unit_price="230"))
    with read((shop.id,)) as session:
        short = session.execute(
            text("SELECT short_quantity FROM app.invoice_lines WHERE invoice_id = :id ORDER BY line_no"),
            {"id": bill},
        ).scalars()
        assert list(short) == [0, 23]
    assert shop.on_hand(shop.biscuits) == 0
    shop.cancel(bill)
    assert shop.on_hand(shop.biscuits) == 2
    assert shop.errors() == []


def test_what_expires_first_is_sold_first_and_what_has_expired_not_at_all(shop: Shop):
    today = clock.business_day(clock.now(), "Asia/Kolkata")
    batches = (("OLD", -1, "5"), ("SOON", 3, "4"), ("LATE", 90, "6"))
    labels = [
        Incoming(shop.biscuits, number, Decimal(quantity), today + timedelta(days=days))
        for number, days, quantity in batches
    ]
    write(
        lambda session: stock.receive(
            session, business_id=shop.id, quantities={shop.biscuits: Decimal(15)}, batches=labels
        )
    )
    bill = shop.sell(add(shop.biscuits, "12"))
    assert left(shop) == {"OLD": 5, "SOON": 0, "LATE": 0}
    with read((shop.id,)) as session:
        short = session.execute(
            text("SELECT short_quantity FROM app.invoice_lines WHERE invoice_id = :id"), {"id": bill}
        ).scalar_one()
    assert short == 2
    shop.give_back(bill, (1, "7"), mode="cash")
    assert left(shop) == {"OLD": 5, "SOON": 1, "LATE": 6}
    shop.give_back(bill, (1, "5"), mode="cash")
    assert left(shop) == {"OLD": 5, "SOON": 4, "LATE": 6}
    assert shop.errors() == []


def left(shop: Shop) -> dict[str, Decimal]:
    with read((shop.id,)) as session:
        rows = session.execute(
            text("SELECT number, on_hand FROM app.stock_batches WHERE business_id = :shop"), {"shop": shop.id}
        )
        return {row.number: row.on_hand for row in rows}


def test_goods_that_run_low_by_a_sale_are_told_of_once(shop: Shop):
    shop.stock_up(shop.biscuits, "10")
    write(
        lambda session: adjusting.set_threshold(
            session, business_id=shop.id, product_id=shop.biscuits, quantity=Decimal(8), actor_id=uuid4()
        )
    )
    shop.sell(add(shop.biscuits, "3"))
    shop.sell(add(shop.biscuits, "1"))
    with read((shop.id,)) as session:
        told = session.execute(
            text(
                "SELECT count(*) FROM app.domain_events WHERE type = 'stock-ran-low' AND business_id = :shop"
            ),
            {"shop": shop.id},
        ).scalar_one()
    assert told == 1


def test_goods_without_a_level_are_not_tracked(shop: Shop):
    bill = shop.sell(add(shop.sugar, "2", "kg"))
    with read((shop.id,)) as session:
        moved = session.execute(
            text("SELECT kind, quantity, on_hand_after FROM app.stock_movements WHERE source_id = :id"),
            {"id": bill},
        ).one()
    assert tuple(moved) == ("sale", -2, None)


def test_the_numbers_of_a_shop_have_no_gap_though_some_bills_are_refused(shop: Shop):
    numbers = [shop.paper(shop.sell(add(shop.biscuits, "1")))["number"]]
    with pytest.raises(BillUnpaid, match="for a bill of"):
        shop.sell(add(shop.biscuits, "1"), tenders=[Tender("cash", 9_99)])
    numbers.append(shop.paper(shop.sell(add(shop.biscuits, "1")))["number"])
    assert [number[-6:] for number in numbers] == ["000001", "000002"]


def test_a_cancelled_bill_keeps_its_number_and_gives_all_back(taxed: Shop):
    taxed.stock_up(taxed.biscuits, "10")
    bill = taxed.sell(add(taxed.biscuits, "4"), tenders=[Tender("upi", 40_00, "UTR1")])
    taxed.cancel(bill)
    assert taxed.on_hand(taxed.biscuits) == 10
    assert (taxed.account("bank"), taxed.account("sales"), taxed.account("output_tax")) == (0, 0, 0)
    with pytest.raises(BillCancelled, match=taxed.paper(bill)["number"]):
        taxed.cancel(bill)
    with pytest.raises(BillCancelled):
        taxed.give_back(bill, (1, "1"), mode="cash")
    assert taxed.errors() == []


def test_a_bill_of_a_month_that_is_closed_for_tax_is_not_cancelled(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
):
    bill = shop.sell(add(shop.biscuits, "1"))
    later = clock.now() + timedelta(days=32)
    with clock.at(later), pytest.raises(BillNotCancellable, match="credit-notes"):
        shop.cancel(bill)


def test_goods_come_back_line_by_line_and_never_more_than_went(taxed: Shop):
    taxed.stock_up(taxed.biscuits, "10")
    bill = taxed.sell(add(taxed.biscuits, "7"), add(taxed.sugar, "1", "kg"), customer=taxed.customer)
    before = taxed.balance()
    notes = [taxed.give_back(bill, (1, "2")), taxed.give_back(bill, (1, "4"), is_sound=False)]
    assert taxed.balance() == before - 60_00
    assert taxed.on_hand(taxed.biscuits) == 5
    assert [taxed.paper(note)["number"][:3] for note in notes] == ["CB/", "CB/"]
    with pytest.raises(BillReturnInvalid, match="1 of 7 are left"):
        taxed.give_back(bill, (1, "2"))
    with pytest.raises(BillReturnInvalid, match="the lines 1, 2"):
        taxed.give_back(bill, (3, "1"))
    with pytest.raises(BillNotCancellable, match="came back by"):
        taxed.cancel(bill)
    taxed.give_back(bill, (1, "1"), (2, "1"))
    assert taxed.balance() == 0
    assert (taxed.account("sales") + taxed.account("sales_returns"), taxed.account("output_tax")) == (0, 0)
    assert taxed.errors() == []


@pytest.mark.parametrize(
    ("prices", "discounts", "payable", "back"),
    [
        (("100.10", "0.30"), (0, 0), 100_00, (99_70, 30)),
        (("100.20", "0.40"), (0, 0), 101_00, (100_60, 40)),
        (("33.35", "33.35", "33.35"), (0, 0, 0), 100_00, (33_33, 33_34, 33_33)),
    ],
)
def test_each_note_has_its_share_of_the_bills_rounding_and_all_are_the_bill(
    shop: Shop, prices: tuple[str, ...], discounts: tuple[int, ...], payable: int, back: tuple[int, ...]
):
    write(
        lambda session: service.change_settings(
            session, business_id=shop.id, wanted=service.Settings(rounds_to_rupee=True)
        )
    )
    goods = [shop.good(f"Good {n}", "piece", price) for n, price in enumerate(prices)]
    bill = shop.sell(*(add(good, "1", "piece") for good in goods))
    paper = shop.paper(bill)
    assert paper["total_paisa"] + paper["round_off_paisa"] == payable
    given = []
    for line_no in range(1, len(goods) + 1):
        note = shop.paper(shop.give_back(bill, (line_no, "1"), mode="cash"))
        given.append(note["total_paisa"] + note["round_off_paisa"])
    assert sum(given) == payable
    assert tuple(given) == back
    assert (shop.account("cash"), shop.account("rounding")) == (0, 0)
    assert shop.errors() == []


def test_parts_of_whole_goods_do_not_come_back(shop: Shop):
    bill = shop.sell(add(shop.biscuits, "2"))
    with pytest.raises(BillReturnInvalid, match="no place in stock"):
        shop.give_back(bill, (1, "0.5"), mode="cash")


def test_goods_that_were_sold_before_they_were_counted_left_no_shelf_and_come_onto_none(shop: Shop):
    bills = [shop.sell(add(shop.biscuits, "5"), customer=shop.customer) for _ in range(2)]
    shop.stock_up(shop.biscuits, "10")
    shop.cancel(bills[0])
    shop.give_back(bills[1], (1, "2"))
    assert shop.on_hand(shop.biscuits) == 10
    assert shop.errors() == []


def test_who_is_forgotten_meanwhile_gets_no_bill_and_what_they_had_goes_back_as_money(shop: Shop):
    bill = shop.sell(add(shop.biscuits, "2"), customer=shop.customer, tenders=[Tender("cash", 20_00)])
    with ThreadPoolExecutor(1) as pool:

        def begin(session: Session) -> Future[UUID]:
            ledger.lock_exposure(session, account_id=khata_of(shop))
            selling = pool.submit(shop.sell, add(shop.biscuits, "1"), customer=shop.customer)
            assert_waits(selling)
            customers.erase_customer(session, business_id=shop.id, customer_id=shop.customer)
            return selling

        with pytest.raises(CustomerErased):
            write(begin).result(timeout=30)
    with pytest.raises(BillNotCancellable, match="was forgotten"):
        shop.cancel(bill)
    with pytest.raises(BillPaymentInvalid, match="say by `mode`"):
        shop.give_back(bill, (1, "2"))
    shop.give_back(bill, (1, "2"), mode="cash")
    assert (shop.balance(), shop.account("cash")) == (0, 0)
    assert shop.errors() == []


def khata_of(shop: Shop) -> UUID:
    with read((shop.id,)) as session:
        return customers.get_customer(session, business_id=shop.id, customer_id=shop.customer).account_id


def assert_waits(working: Future[UUID]) -> None:
    """Whoever would bill waits for the khata's lock, as the database sees it."""
    deadline = time.monotonic() + 30
    while True:
        with read() as session:
            waiting = session.execute(
                text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
            ).scalar_one()
        if waiting:
            return
        assert not working.done(), working.result()
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)


def test_the_rounding_of_a_bill_comes_back_with_the_last_of_its_goods(shop: Shop):
    write(
        lambda session: service.change_settings(
            session, business_id=shop.id, wanted=service.Settings(rounds_to_rupee=True)
        )
    )
    bill = shop.sell(add(shop.sugar, "0.33", "kg"), customer=shop.customer)
    paper = shop.paper(bill)
    assert (paper["total_paisa"], paper["round_off_paisa"]) == (14_52, 48)
    shop.give_back(bill, (1, "0.1"))
    shop.give_back(bill, (1, "0.23"))
    assert shop.balance() == 0
    assert shop.account("rounding") == 0
    assert shop.errors() == []


def test_money_for_goods_of_nobody_by_name_goes_back_by_the_way_that_is_said(shop: Shop):
    bill = shop.sell(add(shop.biscuits, "2"))
    with pytest.raises(BillPaymentInvalid, match="say by `mode`"):
        shop.give_back(bill, (1, "1"))
    shop.give_back(bill, (1, "1"), mode="upi")
    assert (shop.account("cash"), shop.account("bank")) == (20_00, -10_00)
    named = shop.sell(add(shop.biscuits, "2"), customer=shop.customer)
    with pytest.raises(BillPaymentInvalid, match="leave `mode` out"):
        shop.give_back(named, (1, "1"), mode="cash")
    assert shop.errors() == []


def test_a_good_without_a_price_is_told_and_its_bill_refused(shop: Shop):
    new = AddNew("Amla candy", "packet", Decimal(2))
    with pytest.raises(BillUnpriced, match=r"Amla candy \(line 1\)"):
        shop.sell(new)
    bill = shop.sell(AddNew("Amla candy", "packet", Decimal(2), unit_price=Decimal(5)))
    assert shop.paper(bill)["total_paisa"] == 10_00


def test_fifty_rupees_of_sugar_are_so_much_sugar_and_fifty_rupees(shop: Shop):
    bill = shop.sell(add(shop.sugar, unit="kg", worth_paisa=50_00))
    [line] = shop.lines(bill)
    assert (line.quantity, line.parts.total_paisa) == (Decimal("1.137"), 50_00)
    with pytest.raises(BillDraftInvalid, match="2 packet cost"):
        shop.sell(add(shop.biscuits, worth_paisa=25_00))
    with pytest.raises(BillDraftInvalid, match="larger amount"):
        shop.sell(add(shop.biscuits, worth_paisa=5_00))


def test_the_tax_profile_decides_what_paper_it_is(migrated: Server):
    papers = {}
    for profile in ("unregistered", "composition", "regular"):
        shop = Shop(profile)
        paper = shop.paper(shop.sell(add(shop.biscuits, "2"), add(shop.sugar, "1", "kg")))
        papers[profile] = (paper["kind"], paper["tax_paisa"] > 0)
        assert paper["total_paisa"] == 64_00
    assert papers == {
        "unregistered": ("bill", False),
        "composition": ("bill_of_supply", False),
        "regular": ("tax_invoice", True),
    }


def test_a_registered_buyer_may_be_asked_for_the_tax_on_top_and_a_consumer_not(taxed: Shop):
    with pytest.raises(BillDraftInvalid, match="the shop's prices hold the tax, and line 1 has no other"):
        taxed.sell(add(taxed.sugar, "1", "kg"), SetTerms(holds_tax=False))
    words = (add(taxed.sugar, "1", "kg", unit_price="44"), SetTerms(holds_tax=False))
    with pytest.raises(TaxOnTopRefused):
        taxed.sell(*words)
    firm = taxed.take_in("Gupta Sweets", tax_profile="regular", state="07", number="07AABCU9603R1ZP")
    paper = taxed.paper(taxed.sell(*words, customer=firm))
    assert (paper["taxable_paisa"], paper["tax_paisa"], paper["gives_input_tax"]) == (44_00, 2_20, True)
    assert taxed.balance(firm) == 46_20
    assert taxed.errors() == []


def test_goods_that_are_brought_to_another_state_are_taxed_there(taxed: Shop):
    firm = taxed.take_in("Mehta Stores", tax_profile="regular", state="27", number="27AAPFU0939F1ZV")
    bill = taxed.sell(add(taxed.biscuits, "5"), SetTerms(is_brought=True), customer=firm)
    [line] = taxed.lines(bill)
    assert (taxed.paper(bill)["place_of_supply"], line.parts.cgst_paisa) == ("27", 0)
    assert line.parts.igst_paisa == 2_38


def test_a_state_that_there_is_not_is_no_place_of_supply_and_what_was_said_can_be_unsaid(taxed: Shop):
    for state in ("ZZ", "NP-P3", "99", "25"):
        with pytest.raises(BillDraftInvalid, match="give one of 01, 02"):
            taxed.sell(add(taxed.biscuits, "1"), SetTerms(state=state, is_brought=True))
    bill = taxed.sell(add(taxed.biscuits, "1"), SetTerms(state="27", is_brought=True), SetTerms(state=""))
    assert taxed.paper(bill)["place_of_supply"] == "07"


def test_who_is_registered_elsewhere_sets_off_no_tax_of_a_counter(taxed: Shop):
    firm = taxed.take_in("Mehta Stores", tax_profile="regular", state="27", number="27AAPFU0939F1ZV")
    draft = taxed.begin(add(taxed.biscuits, "5"), customer=firm)
    seen = taxed.shown(draft).bill
    assert seen is not None
    assert (seen.gives_input_tax, "no-input-tax" in {warning.code for warning in seen.warnings}) == (
        False,
        True,
    )
    taxed.say(draft, SetTerms(is_brought=True))
    seen = taxed.shown(draft).bill
    assert seen is not None
    assert seen.gives_input_tax


def test_a_bill_that_comes_to_another_sum_than_its_paper_says_is_not_written(shop: Shop):
    with pytest.raises(BillTotalDiffers, match=r"comes to INR 10\.00"):
        shop.sell(add(shop.biscuits, "1"), made=Made(payable_paisa=9_00))
    bill = shop.sell(add(shop.biscuits, "1", unit_price="9"), made=Made(payable_paisa=9_00))
    assert shop.paper(bill)["total_paisa"] == 9_00
    with pytest.raises(BillDateInvalid, match="nobody by name"):
        shop.sell(add(shop.biscuits, "1"), due_on=date(2030, 1, 1))


def test_tax_is_not_the_tills_to_say(taxed: Shop, shop: Shop):
    with pytest.raises(BillTaxNotOptional, match="charges tax"):
        taxed.sell(add(taxed.biscuits, "1"), ToggleTax(False))
    with pytest.raises(BillTaxNotOptional, match="must not charge tax"):
        shop.sell(add(shop.biscuits, "1"), ToggleTax(True))
    assert taxed.sell(add(taxed.biscuits, "1"), ToggleTax(True))


@pytest.mark.parametrize(
    ("quantity", "unit", "error", "way_out"),
    [
        ("-1", "packet", BillDraftInvalid, "more than 0"),
        ("0", "packet", BillDraftInvalid, "more than 0"),
        ("1e9", "packet", BillDraftInvalid, "1000000 at most"),
        ("0.0001", "packet", BillDraftInvalid, "three decimals"),
        ("0.5", "packet", BillDraftInvalid, "no place in stock"),
        ("1", "bottle", UnitNotSold, "packet or carton"),
    ],
)
def test_quantities_that_cannot_be_are_refused_with_the_way_out(
    shop: Shop, quantity: str, unit: str, error: type[Exception], way_out: str
):
    with pytest.raises(error, match=way_out):
        shop.sell(add(shop.biscuits, quantity, unit))


def test_a_price_above_the_printed_one_a_good_without_a_rate_and_strangers_are_refused(taxed: Shop):
    with pytest.raises(PriceAboveMrp):
        taxed.sell(add(taxed.biscuits, "1", unit_price="10.50"))
    odd = taxed.good("Odd thing", "piece", "5", hsn="9999")
    with pytest.raises(TaxRateUnknown, match="Odd thing"):
        taxed.sell(add(odd, "1", "piece"))
    with pytest.raises(ProductNotFound):
        taxed.sell(add(uuid4(), "1"))
    with pytest.raises(CustomerNotFound):
        taxed.sell(add(taxed.biscuits, "1"), customer=uuid4())
    with pytest.raises(BillNotFound):
        taxed.cancel(uuid4())
    assert taxed.account("sales") == 0


@pytest.mark.parametrize(
    ("tenders", "way_out"),
    [
        ([Tender("barter", 10_00)], "cash, upi, card, bank, cheque"),
        ([Tender("cash", 0)], "more than nothing"),
        ([Tender("cash", 10_01)], "give back the change"),
        ([Tender("cash", 1_00)] * 11, "10 at most"),
    ],
)
def test_money_that_cannot_be_is_refused(shop: Shop, tenders: list[Tender], way_out: str):
    with pytest.raises(BillPaymentInvalid, match=way_out):
        shop.sell(add(shop.biscuits, "1"), tenders=tenders)


def test_a_discount_is_spread_and_a_bill_of_nothing_refused(taxed: Shop):
    bill = taxed.sell(add(taxed.biscuits, "1"), add(taxed.sugar, "1", "kg"), SetTerms(discount_paisa=5_40))
    assert [line.parts.total_paisa for line in taxed.lines(bill)] == [9_00, 39_60]
    assert taxed.paper(bill)["discount_paisa"] == 5_40
    with pytest.raises(BillPaymentInvalid, match="comes to nothing"):
        taxed.sell(add(taxed.biscuits, "1"), SetTerms(discount_paisa=10_00))


def test_a_device_numbers_its_bills_in_a_series_of_its_own(shop: Shop):
    write(lambda session: service.open_till(session, business_id=shop.id, code="T1", name="Front"))
    first = Made(till="T1", serial=1, client_id=uuid4())
    bill = shop.sell(add(shop.biscuits, "1"), made=first)
    assert shop.paper(bill)["number"].startswith("T1/")
    assert shop.sell(add(shop.biscuits, "1"), made=first) == bill  # sent again: the one that is there
    with pytest.raises(BillNumberNotNext, match="000002 is"):
        shop.sell(add(shop.biscuits, "1"), made=Made(till="T1", serial=3, client_id=uuid4()))
    assert shop.sell(add(shop.biscuits, "1"), made=Made(till="T1", serial=2, client_id=uuid4()))
    write(lambda session: service.close_till(session, business_id=shop.id, code="T1"))
    with pytest.raises(TillNotFound, match="T1"):
        shop.sell(add(shop.biscuits, "1"), made=Made(till="T1"))


def test_a_bill_is_dated_within_what_may_be_told_later_and_never_backwards_in_its_series(migrated: Server):
    with clock.at(datetime(2026, 10, 1, 6, tzinfo=UTC)):
        shop = Shop()
    with clock.at(datetime(2026, 10, 20, 6, tzinfo=UTC)):
        for day, way_out in ((date(2026, 9, 30), "from 2026-10-"), (date(2026, 10, 21), "to today")):
            with pytest.raises(BillDateInvalid, match=way_out):
                shop.sell(add(shop.biscuits, "1"), made=Made(on=day))
        late = shop.sell(add(shop.biscuits, "1"), made=Made(on=date(2026, 10, 19)))
        assert shop.paper(late)["document_date"] == date(2026, 10, 19)
        shop.sell(add(shop.biscuits, "1"))
        with pytest.raises(DocumentDateBackwards):
            shop.sell(add(shop.biscuits, "1"), made=Made(on=date(2026, 10, 19)))


def test_a_request_is_answered_once(shop: Shop):
    key = RequestKey.of(shop.id, uuid4(), "sell", "k1", b"{}")
    assert shop.sell(add(shop.biscuits, "1"), request=key) == shop.sell(add(shop.biscuits, "1"), request=key)
    assert shop.account("sales") == -10_00


def test_of_many_that_confirm_one_draft_one_does(shop: Shop, crowd: Crowd):
    shop.stock_up(shop.biscuits, "50")
    draft = shop.begin(add(shop.biscuits, "5"), customer=shop.customer)
    answers = crowd([partial(shop.confirm, draft)] * CALLERS)
    [bill] = [answer for answer in answers if isinstance(answer, UUID)]
    closed = [answer for answer in answers if isinstance(answer, BillDraftClosed)]
    assert len(closed) == CALLERS - 1
    assert {error.facts["invoice_id"] for error in closed} == {str(bill)}
    assert (shop.balance(), shop.on_hand(shop.biscuits)) == (50_00, 45)
    assert shop.errors() == []


def test_many_tills_sell_cancel_and_take_back_at_once_and_the_books_hold(taxed: Shop, crowd: Crowd):
    taxed.stock_up(taxed.biscuits, "40")
    others = [taxed.take_in(f"Customer {n}") for n in range(3)]
    goods = (add(taxed.sugar, "0.25", "kg"), add(taxed.biscuits, "3"))
    bills = [taxed.sell(*goods[:: -1 if n % 2 else 1], customer=others[n % 3]) for n in range(4)]
    calls = [partial(taxed.sell, *goods[:: -1 if n % 2 else 1], customer=others[n % 3]) for n in range(6)]
    calls += [partial(taxed.sell, *goods) for _ in range(4)]
    calls += [partial(taxed.cancel, bill) for bill in bills[:2]] * 2
    calls += [partial(taxed.give_back, bills[2], (2, "2"))] * 2
    answers = crowd(calls)
    assert sum(isinstance(answer, BillCancelled) for answer in answers) == 2
    assert sum(isinstance(answer, BillReturnInvalid) for answer in answers) <= 2
    assert not [
        answer for answer in answers if not isinstance(answer, UUID | BillCancelled | BillReturnInvalid)
    ]
    with read((taxed.id,)) as session:
        numbers = session.execute(
            text(
                "SELECT number FROM app.invoices WHERE vendor_id = :id AND kind <> 'credit_note' ORDER BY number"
            ),
            {"id": taxed.id},
        ).scalars()
        assert [int(number[-6:]) for number in numbers] == list(range(1, 15))
    assert taxed.errors() == []

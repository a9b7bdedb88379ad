"""Papers of the books' own rows: what was written is what stands on paper, with the khata as it was then."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.billing import service as billing
from commerce.billing.service import Settings
from commerce.billing.tenders import Tender
from commerce.customers import service as customers
from commerce.invoices import faces
from commerce.invoices.errors import InvoiceNotFound
from commerce.khata import service as khata
from commerce.papers import queries, service
from commerce.papers.paper import Balance, BillPaper, Paid, Side
from commerce.papers.sheet import sheet_pdf
from commerce.papers.slip import slip_pdf
from foundation.database import read, write
from foundation.personal import FORGOTTEN
from tests.commerce.billing.counter import GSTIN, Shop, add
from tests.commerce.papers.made import letters, read_back

pytestmark = pytest.mark.committing


@pytest.fixture
def shop(own_world: str) -> Shop:
    return Shop("regular")


def shown(shop: Shop, invoice_id: UUID) -> BillPaper:
    with read((shop.id,)) as session:
        return service.paper_of(session, invoice_id)


def rule(shop: Shop, **wanted: Any) -> None:
    write(lambda session: billing.change_settings(session, business_id=shop.id, wanted=Settings(**wanted)))


def change(shop: Shop, customer: UUID, **changes: Any) -> None:
    write(
        lambda session: customers.change_customer(
            session, business_id=shop.id, customer_id=customer, changes=changes
        )
    )


def told(paper: BillPaper) -> str:
    return " ".join(read_back(sheet_pdf(paper))).replace("\N{NO-BREAK SPACE}", " ")


def test_a_bill_on_the_khata_shows_what_was_owed_before_and_after(shop: Shop) -> None:
    rule(
        shop,
        upi_address="gupta@okaxis",
        address="14, Gandhi Nagar",
        phone="98100 12345",
        rounds_to_rupee=True,
    )
    shop.sell(add(shop.biscuits, "3"), customer=shop.customer)
    bill = shop.sell(
        add(shop.biscuits, "5"),
        add(shop.sugar, "1.5", "kg"),
        tenders=[Tender("cash", 20_00), Tender("upi", 10_00, "UTR7")],
        customer=shop.customer,
    )
    paper = shown(shop, bill)
    assert paper.payable_paisa == 116_00
    assert paper.payments == [Paid("cash", 20_00), Paid("upi", 10_00, "UTR7")]
    assert paper.balance == Balance(30_00, 116_00)
    assert paper.upi_link is not None
    assert "am=86.00" in paper.upi_link
    khata_now = shop.balance()
    assert khata_now == 116_00
    # What comes later is not on the paper of before.
    write(
        lambda session: khata.record_payment(
            session, business_id=shop.id, customer_id=shop.customer, amount_paisa=50_00, mode="cash"
        )
    )
    shop.sell(add(shop.biscuits, "1"), customer=shop.customer)
    assert shown(shop, bill) == paper
    text = told(paper.__class__(**{**vars(paper), "language": "en"}))
    for words in (GSTIN, "14, Gandhi Nagar", "+919810012345", "Ramesh", "Owed now ₹ 116.00", "Tax Invoice"):
        assert words in text


def test_a_cash_sale_names_nobody_and_asks_for_nothing_more(shop: Shop) -> None:
    rule(shop, upi_address="gupta@okaxis")
    bill = shop.sell(add(shop.biscuits, "2", unit_price="8"), tenders=[Tender("card", 16_00)])
    paper = shown(shop, bill)
    assert (paper.buyer, paper.balance, paper.upi_link) == (None, None, None)
    assert paper.payments == [Paid("card", 16_00)]
    assert paper.language == "en"
    assert "Cash sale" in told(paper)


def test_the_language_is_the_customers_until_the_shop_says_otherwise(shop: Shop) -> None:
    nepali = shop.take_in("सीता", language="ne")
    bill = shop.sell(add(shop.biscuits, "1"), customer=nepali)
    paper = shown(shop, bill)
    assert paper.language == "ne"
    assert letters("सीता") in letters(" ".join(read_back(slip_pdf(paper, 58))))
    rule(shop, paper_language="en")
    assert shown(shop, bill).language == "en"
    business = shop.take_in("Krishna Hotels", tax_profile="regular", number="29AAGCB7383J1Z4", state="29")
    rule(shop)
    assert shown(shop, shop.sell(add(shop.biscuits, "1"), customer=business)).language == "en"


def test_a_credit_note_names_its_bill_and_what_was_given_back(shop: Shop) -> None:
    bill = shop.sell(add(shop.biscuits, "4"), add(shop.sugar, "1", "kg"))
    note = shop.give_back(bill, (1, "2"), mode="cash")
    paper = shown(shop, note)
    number = shop.paper(bill)["number"]
    assert [each for each, _ in paper.originals] == [number]
    assert paper.reason == "broken"
    assert paper.payments == [Paid("cash", 20_00)]
    text = told(paper)
    for words in ("Credit Note", f"Against {number}", "Given back ₹ 20.00", "Reason broken"):
        assert words in text


def test_a_cancelled_bill_is_marked(shop: Shop) -> None:
    bill = shop.sell(add(shop.biscuits, "4"))
    assert "CANCELLED" not in told(shown(shop, bill))
    shop.cancel(bill)
    paper = shown(shop, bill)
    assert paper.payments == [Paid("cash", 40_00)]
    assert "CANCELLED" in told(paper)
    assert "typed wrong" in told(paper)


def rename(shop: Shop) -> None:
    """Everything that a paper shows is called otherwise from now on."""

    def change(session: Session) -> None:
        session.execute(text("UPDATE app.businesses SET name = 'Other Stores', zone = 'Elsewhere'"))
        session.execute(text("UPDATE app.products SET name = name || ' (new)'"))

    write(change)
    rule(shop, address="99, Other Road", phone="98100 99999", paper_language="en", turnover="above-5-crore")


def test_a_paper_stays_as_it_was_given_out(shop: Shop) -> None:
    rule(shop, address="14, Gandhi Nagar", phone="98100 12345", paper_language="en")
    hotel = shop.take_in("Krishna Hotels", tax_profile="regular", number="29AAGCB7383J1Z4", state="29")
    change(shop, hotel, address="1, MG Road, Bengaluru", phone="98450 12345")
    bill = shop.sell(add(shop.biscuits, "4"), tenders=[], customer=hotel)
    cash = shop.sell(add(shop.biscuits, "4"))
    before, nobodys, slip = shown(shop, bill), shown(shop, cash), slip_pdf(shown(shop, bill), 80)
    assert before.buyer == Side(
        "Krishna Hotels", "1, MG Road, Bengaluru", "29", "+919845012345", "29AAGCB7383J1Z4", "regular"
    )
    rename(shop)
    change(
        shop,
        hotel,
        name="Somebody",
        address="2, Other Road",
        phone=None,
        registration_number=None,
        tax_profile="unregistered",
        state="07",
    )
    assert shown(shop, bill) == before
    assert shown(shop, cash) == nobodys
    assert slip_pdf(shown(shop, bill), 80) == slip
    # What gives back of the bill names who bought and what, as the bill does, and the shop as it is called by then.
    note = shown(shop, shop.give_back(bill, (1, "1")))
    assert note.buyer == before.buyer
    assert [line.name for line in note.lines] == ["Glucose biscuits"]
    assert (note.seller.name, note.seller.address) == ("Other Stores", "99, Other Road")
    later = shown(shop, shop.sell(add(shop.biscuits, "1"), customer=hotel))
    assert later.buyer is not None
    assert (later.buyer.name, later.lines[0].name, later.turnover) == (
        "Somebody",
        "Glucose biscuits (new)",
        "above-5-crore",
    )
    assert shop.errors() == []


def test_what_is_kept_of_the_buyer_is_sealed_and_gone_with_who_is_erased(shop: Shop) -> None:
    change(shop, shop.customer, address="7, Ring Road")
    bill = shop.sell(add(shop.biscuits, "1"), tenders=[Tender("cash", 10_00)], customer=shop.customer)
    with read((shop.id,)) as session:
        row = session.execute(
            text("SELECT * FROM app.invoice_faces WHERE invoice_id = :id"), {"id": bill}
        ).one()
        kept = faces.kept_buyer(session, bill)
    assert kept is not None
    assert kept.buyer.address == "7, Ring Road"
    assert not any(word in str(row) for word in ("Ramesh", "Ring Road"))
    write(lambda session: customers.erase_customer(session, business_id=shop.id, customer_id=shop.customer))
    with read((shop.id,)) as session:
        assert faces.kept_buyer(session, bill) is None
    buyer = shown(shop, bill).buyer
    assert buyer is not None
    assert (buyer.name, buyer.address, buyer.number) == (FORGOTTEN, None, None)


def test_a_paper_from_before_its_words_were_kept_reads_the_ones_of_today(shop: Shop, own_world: str) -> None:
    bill = shop.sell(add(shop.biscuits, "1"), customer=shop.customer)
    forget_words(own_world, bill)
    rename(shop)
    paper = shown(shop, bill)
    assert (paper.seller.name, paper.seller.address) == ("Other Stores", "99, Other Road")
    assert paper.lines[0].name == "Glucose biscuits (new)"
    assert paper.buyer is not None
    assert paper.buyer.name == "Ramesh"


def forget_words(world: str, invoice_id: UUID) -> None:
    """Make a paper one of those that were written before."""
    with psycopg.connect(world, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("DELETE FROM app.invoice_faces WHERE invoice_id = %s", (invoice_id,))
        connection.execute("UPDATE app.invoice_lines SET name = NULL WHERE invoice_id = %s", (invoice_id,))


def test_who_was_erased_is_on_no_paper(shop: Shop) -> None:
    bill = shop.sell(add(shop.biscuits, "1"), tenders=[Tender("cash", 10_00)], customer=shop.customer)
    assert "Ramesh" in told(shown(shop, bill))
    write(lambda session: customers.erase_customer(session, business_id=shop.id, customer_id=shop.customer))
    text = told(shown(shop, bill))
    assert "Ramesh" not in text
    assert "10.00" in text


def test_a_paper_of_another_shop_is_not_there(shop: Shop) -> None:
    other = Shop("regular")
    bill = other.sell(add(other.biscuits, "1"))
    for invoice_id in (bill, uuid4()):
        with pytest.raises(InvoiceNotFound):
            shown(shop, invoice_id)


def count(shop: Shop, invoice_id: UUID, form: str) -> int:
    return write(
        lambda session: service.count_print(session, business_id=shop.id, invoice_id=invoice_id, form=form),
        scope=(shop.id,),
    )


def test_each_print_is_counted_once_also_at_the_same_moment(own_world: str) -> None:
    shop = Shop("pan", country="NP", state="NP-P6")
    bill = shop.sell(add(shop.biscuits, "1"))
    assert [count(shop, bill, "sheet"), count(shop, bill, "filed"), count(shop, bill, "filed")] == [0, 1, 1]
    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(lambda _: count(shop, bill, "slip"), range(8)))
    assert sorted(numbers) == list(range(2, 10))
    with read((shop.id,)) as session:
        assert [row["copy_no"] for row in queries.copies(session, bill)] == list(range(10))
    other = Shop("pan", country="NP", state="NP-P6")
    with pytest.raises(InvoiceNotFound):
        count(other, bill, "sheet")

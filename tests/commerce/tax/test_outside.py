"""What a bill becomes for others: a payment link, an e-invoice, a report to the tax office of Nepal."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerce.tax.bill import BillLine, BillTerms, TaxedBill, tax_bill
from commerce.tax.calculation import Good, Party
from commerce.tax.cbms import CbmsAccount, answer_of, bill_payload, must_report, return_payload
from commerce.tax.e_invoice import EInvoiceParty, e_invoice, e_invoice_problems
from commerce.tax.errors import BillInvalid, EInvoiceInvalid, UpiLinkInvalid
from commerce.tax.giving_back import credit_note
from commerce.tax.timing import SupplyDays
from commerce.tax.upi import checked_address, upi_link
from foundation.money import to_paisa

DAY = date(2026, 3, 10)
SELLER = EInvoiceParty("27AAPFU0939F1ZV", "Sharma Stores", "12 Bazar Road", "Pune", 411001)
BUYER = EInvoiceParty("29AAGCB7383J1Z4", "Rao Traders", "4 MG Road", "Bengaluru", 560001)
SHOP, FAR = Party("IN", "27", "regular"), Party("IN", "29", "regular")


def line(name: str, tax_class: str, amount: str, quantity: str = "1", **more: Any) -> BillLine:
    good = Good(name, "1905", tax_class, None)
    return BillLine(good, Decimal(quantity), amount_paisa=to_paisa(amount), **more)


def bill(
    *lines: BillLine, seller: Party = SHOP, buyer: Party = FAR, day: date = DAY, **terms: Any
) -> TaxedBill:
    return tax_bill(
        seller=seller,
        buyer=buyer,
        lines=lines,
        days=SupplyDays(day, day),
        terms=BillTerms(**{"handover": "brought", **terms}),
    )


def registered(taxed: TaxedBill, **more: Any) -> dict[str, Any]:
    told = {"number": "25-26/000123", "day": DAY, "seller": SELLER, "buyer": BUYER, **more}
    return e_invoice(taxed, **told)


# UPI


def test_a_payment_link_has_all_that_an_app_needs() -> None:
    link = upi_link(
        address=" sharma.stores@okaxis ",
        name="Sharma  Stores & Sons",
        amount_paisa=1_234_50,
        reference="25-26/000123",
        note="Bill 25-26/000123",
        category="5411",
    )
    assert link == (
        "upi://pay?pa=sharma.stores@okaxis&pn=Sharma%20Stores%20%26%20Sons&mc=5411&tr=25-26%2F000123"
        "&tn=Bill%2025-26%2F000123&am=1234.50&cu=INR"
    )


def test_a_name_in_devanagari_and_an_open_amount_go_through() -> None:
    link = upi_link(address="ram@upi", name="शर्मा स्टोर")
    told = parse_qs(urlsplit(link).query)
    assert told == {"pa": ["ram@upi"], "pn": ["शर्मा स्टोर"], "cu": ["INR"]}


@pytest.mark.parametrize(
    "address",
    ["", "ram", "@upi", "ram@", "r@upi", "ram@1upi", "ram@upi@x", "ram mohan@upi", "ram@upi&am=1", "राम@upi"],
)
def test_an_address_that_no_app_knows_is_refused(address: str) -> None:
    with pytest.raises(UpiLinkInvalid, match="bank's app"):
        checked_address(address)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("name", "x" * 100),
        ("amount_paisa", 0),
        ("amount_paisa", -5),
        ("reference", "a b"),
        ("reference", "x" * 36),
        ("category", "54"),
    ],
)
def test_a_link_that_cannot_be_is_refused(field: str, value: Any) -> None:
    with pytest.raises(UpiLinkInvalid):
        upi_link(**{"address": "ram@upi", "name": "Ram", field: value})


@given(
    st.text(min_size=1, max_size=60).filter(lambda text: text.split()),
    st.integers(1, 10**12),
    st.text(max_size=90),
)
def test_whatever_a_shop_is_called_the_amount_stays_its_own(name: str, amount: int, note: str) -> None:
    told = parse_qs(urlsplit(upi_link(address="ram@upi", name=name, amount_paisa=amount, note=note)).query)
    assert told["am"] == [f"{amount // 100}.{amount % 100:02d}"]
    assert told["pa"] == ["ram@upi"]
    assert told["pn"] == [" ".join(name.split())]


# e-invoice


def test_an_e_invoice_tells_the_bill_as_the_schema_wants_it() -> None:
    payload = registered(
        bill(
            line("Biscuits", "biscuits", "1050", "10", unit="packet"),
            line("Salt", "salt", "28", unit="kg"),
            rounds_to_rupee=True,
        )
    )
    assert e_invoice_problems(payload) == []
    assert json.loads(json.dumps(payload)) == payload
    assert payload["Version"] == "1.1"
    assert payload["DocDtls"] == {"Typ": "INV", "No": "25-26/000123", "Dt": "10/03/2026"}
    assert (payload["SellerDtls"]["Stcd"], payload["BuyerDtls"]["Pos"]) == ("27", "29")
    first, second = payload["ItemList"]
    assert (first["Qty"], first["Unit"], first["UnitPrice"]) == (10.0, "PAC", 100.0)
    assert (first["AssAmt"], first["IgstAmt"], first["CgstAmt"], first["TotItemVal"]) == (1000, 50, 0, 1050)
    assert (second["GstRt"], second["Unit"], second["TotItemVal"]) == (0, "KGS", 28)
    assert payload["ValDtls"]["TotInvVal"] == 1078.0


def test_names_that_the_portal_would_refuse_are_told_as_it_takes_them() -> None:
    told = registered(
        bill(
            line('Pipe 5" \\ red', "biscuits", "10"),
            line("A", "biscuits", "10"),
            line("x" * 400, "salt", "5"),
        )
    )
    assert [item.get("PrdDesc") for item in told["ItemList"]] == ["Pipe 5' ' red", None, "x" * 300]


def test_a_discount_off_a_price_without_tax_stands_on_its_line() -> None:
    taxed = bill(line("Biscuits", "biscuits", "1000", "10", discount_paisa=100_00), holds_tax=False)
    [item] = registered(taxed)["ItemList"]
    assert (item["TotAmt"], item["Discount"], item["AssAmt"], item["TotItemVal"]) == (1000, 100, 900, 945)


def test_what_is_valued_on_its_retail_price_tells_the_net_sale_value() -> None:
    good = Good("Khaini", "2403", "chewing-tobacco", None)
    sold = BillLine(good, Decimal(1000), unit_price=Decimal(45), retail_price=Decimal(100))
    [item] = registered(bill(sold, holds_tax=False))["ItemList"]
    assert (item["AssAmt"], item["IgstAmt"], item["TotItemVal"]) == (45_000.0, 28_571.43, 73_571.43)


def test_cess_by_value_and_by_the_piece_stand_apart() -> None:
    sold = line("Cigarettes", "filter-cigarettes-65mm", "800", "10", pieces=Decimal(100))
    taxed = bill(sold, holds_tax=False, day=date(2025, 12, 1))
    [item] = registered(taxed, day=date(2025, 12, 1))["ItemList"]
    assert (item["CesRt"], item["CesAmt"], item["CesNonAdvlAmt"]) == (5.0, 40.0, 207.6)


def test_a_credit_note_names_its_invoice_and_has_its_rates() -> None:
    taxed = bill(line("Biscuits", "biscuits", "1050", "10"), line("Salt", "salt", "28"))
    note = credit_note(taxed, {1: (Decimal(2), Decimal(3))})
    payload = registered(note, number="CN/25-26/000007", original=("25-26/000123", DAY))
    assert payload["DocDtls"]["Typ"] == "CRN"
    assert payload["RefDtls"]["PrecDocDtls"] == [{"InvNo": "25-26/000123", "InvDt": "10/03/2026"}]
    [item] = payload["ItemList"]
    assert (item["SlNo"], item["Qty"], item["TotItemVal"], item["IgstAmt"]) == ("1", 3.0, 315.0, 15.0)
    with pytest.raises(EInvoiceInvalid, match="PrecDocDtls"):
        registered(note)


def test_a_credit_note_is_of_lines_that_are_there_and_of_what_is_left() -> None:
    taxed = bill(line("Biscuits", "biscuits", "1050", "10"))
    for back in ({}, {2: (Decimal(0), Decimal(1))}, {1: (Decimal(9), Decimal(2))}):
        with pytest.raises(BillInvalid):
            credit_note(taxed, back)
    all_of_it = credit_note(taxed, {1: (Decimal(0), Decimal(10))})
    assert all_of_it.parts == taxed.parts


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"number": "0012"}, "DocDtls.No"),
        ({"number": "25-26/00000000123"}, "1 to 16 characters"),
        ({"seller": replace(SELLER, gstin="27AAPFU0939F1ZW")}, "check digit"),
        ({"seller": replace(SELLER, gstin="27AAPFU0939")}, "15 to 15 characters"),
        ({"buyer": replace(BUYER, pin=56001)}, "BuyerDtls.Pin"),
        ({"buyer": replace(BUYER, legal_name="Ra")}, "BuyerDtls.LglNm"),
        ({"buyer": replace(BUYER, location="")}, "BuyerDtls.Loc"),
        ({"buyer": replace(BUYER, phone="+91-98765")}, "BuyerDtls.Ph"),
        ({"buyer": replace(BUYER, email="rao at traders")}, "BuyerDtls.Em"),
        ({"seller": replace(SELLER, address='12 "Bazar" Road')}, "SellerDtls.Addr1"),
    ],
)
def test_an_e_invoice_that_would_be_refused_is_not_made(change: dict[str, Any], words: str) -> None:
    with pytest.raises(EInvoiceInvalid, match=words):
        registered(bill(line("Biscuits", "biscuits", "1050")), **change)


def test_only_tax_invoices_of_regular_sellers_are_registered() -> None:
    for taxed in (
        bill(line("Salt", "salt", "28")),
        bill(line("Biscuits", "biscuits", "10"), seller=Party("IN", "27", "composition"), handover="counter"),
    ):
        with pytest.raises(EInvoiceInvalid, match="not registered there"):
            registered(taxed)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda told: told.pop("ValDtls"), "ValDtls is missing"),
        (lambda told: told.update(Extra=1), "no field of the schema"),
        (lambda told: told["TranDtls"].update(SupTyp="B2C"), "none of B2B"),
        (lambda told: told.update(ItemList=[]), "1 to 1000 entries"),
        (lambda told: told.update(ItemList=[3]), "no group of fields"),
        (lambda told: told["ItemList"][0].update(HsnCd="0000"), "HsnCd"),
        (lambda told: told["ItemList"][0].update(AssAmt=1.005), "more than 2 decimals"),
        (lambda told: told["ItemList"][0].update(AssAmt=-1), "outside of"),
        (lambda told: told["ItemList"][0].update(GstRt="5"), "no number"),
        (lambda told: told["ItemList"][0].update(SlNo=1), "no text"),
        (lambda told: told["ValDtls"].update(IgstVal=60), "not the sum of its lines"),
        (lambda told: told["ValDtls"].update(TotInvVal=900), "not the sum of its lines"),
        (lambda told: told["ItemList"][0].update(TotItemVal=900), "not value and taxes"),
    ],
)
def test_what_breaks_the_schema_is_named(spoil: Callable[[dict[str, Any]], object], words: str) -> None:
    payload = deepcopy(registered(bill(line("Biscuits", "biscuits", "1050"))))
    spoil(payload)
    assert any(words in problem for problem in e_invoice_problems(payload))


@given(
    st.lists(
        st.builds(
            lambda tax_class, quantity, price, discount: BillLine(
                Good("Good of the trade", "190531", tax_class, None),
                Decimal(quantity) / 1000,
                unit="kg",
                unit_price=Decimal(price) / 100,
                discount_paisa=quantity * price // 1000 * discount // 100,
            ),
            st.sampled_from(["biscuits", "salt", "cold-drink", "gst-0.25", "detergent-powder"]),
            st.integers(1, 10**6),
            st.integers(0, 10**6),
            st.integers(0, 100),
        ),
        min_size=1,
        max_size=6,
    ),
    st.booleans(),
    st.booleans(),
    st.sampled_from([date(2025, 9, 21), DAY]),
)
def test_every_tax_invoice_between_businesses_is_one_that_the_portal_takes(
    sold: list[BillLine], holds_tax: bool, rounds: bool, on: date
) -> None:
    # At least one taxed line, so that it is a tax invoice.
    lines = [*sold, line("Biscuits", "biscuits", "10")]
    taxed = bill(*lines, day=on, holds_tax=holds_tax, rounds_to_rupee=rounds)
    payload = registered(taxed, day=on)
    assert e_invoice_problems(payload) == []
    assert round(payload["ValDtls"]["TotInvVal"] * 100) == taxed.payable_paisa
    items = payload["ItemList"]
    assert round(sum(item["TotItemVal"] for item in items) * 100) == taxed.total_paisa
    assert all(round((item["TotAmt"] - item["Discount"] - item["AssAmt"]) * 100) == 0 for item in items)


# Nepal

ACCOUNT = CbmsAccount("shop", "secret", "301234567")
VAT, CONSUMER = Party("NP", "NP-P3", "vat"), Party("NP", None, "consumer")
NEPALI_DAY = date(2025, 10, 23)
SENT = datetime(2025, 10, 23, 14, 5, 9, 250, tzinfo=UTC)
FIELDS = {
    "username", "password", "seller_pan", "buyer_pan", "buyer_name", "fiscal_year", "total_sales",
    "taxable_sales_vat", "vat", "excisable_amount", "excise", "taxable_sales_hst", "hst", "amount_for_esf", "esf",
    "export_sales", "tax_exempted_sales", "isrealtime", "datetimeClient",
}  # fmt: skip


def nepali(*lines: BillLine, buyer: Party = CONSUMER) -> TaxedBill:
    return bill(*lines, seller=VAT, buyer=buyer, day=NEPALI_DAY)


def test_a_bill_is_reported_with_its_kinds_of_sales() -> None:
    taxed = nepali(line("Biscuits", "biscuits", "1130"), line("Rice", "rice", "95"))
    told = bill_payload(
        taxed,
        account=ACCOUNT,
        number="82-83/000123",
        buyer_name="Ram",
        buyer_pan=None,
        sent_at=SENT,
        is_realtime=True,
    )
    assert set(told) == FIELDS | {"invoice_number", "invoice_date"}
    assert (told["fiscal_year"], told["invoice_date"]) == ("2082.083", "2082.07.06")
    assert (told["total_sales"], told["taxable_sales_vat"], told["vat"]) == (1225.0, 1000.0, 130.0)
    assert (told["tax_exempted_sales"], told["buyer_pan"]) == (95.0, "")
    assert told["datetimeClient"] == "2025-10-23T14:05:09"
    assert told["isrealtime"] is True
    assert json.loads(json.dumps(told)) == told
    assert "secret" not in repr(ACCOUNT)


def test_a_return_is_reported_with_what_it_gives_back() -> None:
    taxed = nepali(line("Biscuits", "biscuits", "1130", "10"), buyer=Party("NP", "NP-P1", "vat"))
    more: dict[str, Any] = {
        "account": ACCOUNT,
        "number": "CN/82-83/000007",
        "day": date(2025, 10, 25),
        "original_number": "82-83/000123",
        "reason": "damaged",
        "buyer_name": "Ram Traders",
        "buyer_pan": "609876543",
        "sent_at": SENT,
        "is_realtime": False,
    }
    told = return_payload(credit_note(taxed, {1: (Decimal(0), Decimal(5))}), **more)
    assert set(told) == FIELDS | {
        "ref_invoice_number",
        "credit_note_number",
        "credit_note_date",
        "reason_for_return",
    }
    assert (told["credit_note_date"], told["ref_invoice_number"]) == ("2082.07.08", "82-83/000123")
    assert (told["total_sales"], told["taxable_sales_vat"], told["vat"]) == (565.0, 500.0, 65.0)
    with pytest.raises(BillInvalid, match="credit note"):
        return_payload(taxed, **more)


def test_only_vat_sellers_of_nepal_report_and_from_a_turnover_on() -> None:
    taxed = nepali(line("Biscuits", "biscuits", "1130"))
    assert not must_report(taxed, 10**9)  # before April 2026
    later = bill(line("Biscuits", "biscuits", "1130"), seller=VAT, buyer=CONSUMER, day=date(2026, 4, 14))
    assert must_report(later, 20 * 10**7 + 1)
    assert not must_report(later, 20 * 10**7)
    indian = bill(line("Biscuits", "biscuits", "1130"))
    assert not must_report(indian, 10**10)
    with pytest.raises(BillInvalid, match="Nepal"):
        bill_payload(
            indian,
            account=ACCOUNT,
            number="1",
            buyer_name="",
            buyer_pan=None,
            sent_at=SENT,
            is_realtime=True,
        )


@pytest.mark.parametrize(
    ("code", "first", "repeated"),
    [
        (200, "done", "done"),
        (101, "look", "done"),  # there already: success for who repeats
        (100, "settings", "settings"),
        (102, "again", "again"),
        (103, "again", "again"),
        (104, "refused", "refused"),
        (105, "again", "again"),
        (999, "again", "again"),
    ],
)
def test_each_answer_has_a_meaning(code: int, first: str, repeated: str) -> None:
    assert answer_of(code, is_repeat=False).outcome == first
    assert answer_of(code, is_repeat=True).outcome == repeated
    assert answer_of(code, is_repeat=True).meaning

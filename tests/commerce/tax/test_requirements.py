"""What each paper must show: found missing with its rule and the way out, and nothing missing on a good one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import nepali_datetime
import pytest

from commerce.ledger.fiscal_year import fiscal_year
from commerce.tax.bikram import bikram_date, published_years
from commerce.tax.bill import BillLine, BillTerms, TaxedBill, tax_bill
from commerce.tax.calculation import Good, Party
from commerce.tax.errors import BikramYearUnpublished
from commerce.tax.giving_back import credit_note
from commerce.tax.requirements import (
    TITLES,
    TITLES_NEPALI,
    Named,
    PaperFacts,
    e_invoice_due,
    missing_on,
)
from commerce.tax.timing import SupplyDays
from foundation.money import to_paisa

DAY = date(2026, 3, 10)
GSTIN, OTHER_GSTIN = "27AAPFU0939F1ZV", "29AAGCB7383J1Z4"
CONSUMER = Party("IN", None, "consumer")
BUSINESS = Party("IN", "29", "regular")
FACTS = PaperFacts(
    number="25-26/000123",
    day=DAY,
    seller=Named("Sharma Stores", "12 Bazar Road, Pune", "27", GSTIN),
    buyer=Named("Rao Traders", "4 MG Road, Bengaluru", "29", OTHER_GSTIN),
)
SHOP_NEPAL = Named("Shrestha Pasal", "Asan, Kathmandu", "NP-P3", "301234567")


def bill(
    amount: str = "500",
    *,
    seller: Party = Party("IN", "27", "regular"),
    buyer: Party = CONSUMER,
    tax_class: str = "biscuits",
    hsn: str | None = "1905",
    **terms: Any,
) -> TaxedBill:
    return tax_bill(
        seller=seller,
        buyer=buyer,
        lines=[BillLine(Good("Thing", hsn, tax_class, None), Decimal(1), amount_paisa=to_paisa(amount))],
        days=SupplyDays(DAY, DAY),
        terms=BillTerms(**terms),
    )


def fields(taxed: TaxedBill, facts: PaperFacts) -> list[str]:
    found = missing_on(taxed, facts)
    assert all(each.rule and each.way_out for each in found)
    return [each.field for each in found]


def test_a_tax_invoice_to_a_business_names_both_sides_and_four_digits() -> None:
    good = bill(buyer=BUSINESS)
    assert fields(good, FACTS) == []
    assert fields(good, replace(FACTS, seller=Named())) == ["seller.name", "seller.address", "seller.number"]
    assert fields(good, replace(FACTS, buyer=Named())) == ["buyer.name", "buyer.address", "buyer.number"]
    wrong = replace(FACTS, buyer=replace(FACTS.buyer, number="29AAGCB7383J1Z5"))  # the check digit
    assert fields(good, wrong) == ["buyer.number"]
    assert fields(bill(buyer=BUSINESS, hsn="19"), FACTS) == ["hsn"]
    assert fields(good, replace(FACTS, turnover="above-5-crore")) == ["hsn"]
    six = bill(buyer=BUSINESS, hsn="190531")
    assert fields(six, replace(FACTS, turnover="above-5-crore")) == []


@pytest.mark.parametrize("number", [None, "", "25-26/00000000123", "25-26_1", "२५-२६/१"])
def test_a_number_has_sixteen_characters_of_three_kinds_at_most(number: str | None) -> None:
    assert fields(bill(buyer=BUSINESS), replace(FACTS, number=number)) == ["number"]
    assert fields(bill(buyer=BUSINESS), replace(FACTS, number="25-26/0000000123")) == []


def test_a_consumer_is_named_from_fifty_thousand_on() -> None:
    nobody = replace(FACTS, buyer=Named())
    assert fields(bill("49999.99"), nobody) == []
    assert fields(bill("50000"), nobody) == ["buyer.name", "buyer.address", "buyer.state"]
    assert fields(bill("50000"), replace(FACTS, buyer=Named("Asha", "Pune", "27"))) == []
    # A small shop may leave the HSN out to consumers, a larger one may not (Notification 78/2020).
    assert fields(bill(hsn="19"), nobody) == []
    assert fields(bill(hsn="1905"), replace(nobody, turnover="above-5-crore")) == ["hsn"]


def test_a_composition_dealer_says_so_at_the_top() -> None:
    taxed = bill(seller=Party("IN", "27", "composition"))
    assert fields(taxed, replace(FACTS, buyer=Named())) == ["remark"]
    words = "Composition taxable person, not eligible to collect tax on supplies"
    assert fields(taxed, replace(FACTS, buyer=Named(), remark=words)) == []


def test_a_bill_of_supply_names_its_goods_too_and_a_credit_note_its_bill() -> None:
    salt = bill(buyer=BUSINESS, tax_class="salt", hsn="2501")
    assert salt.kind == "bill_of_supply"
    assert fields(salt, FACTS) == []
    assert fields(bill(buyer=BUSINESS, tax_class="salt", hsn="25"), FACTS) == ["hsn"]
    note = credit_note(bill(buyer=BUSINESS), {1: (Decimal(0), Decimal(1))})
    assert fields(note, FACTS) == ["original"]
    assert fields(note, replace(FACTS, original=("25-26/000123", DAY))) == []


def test_a_shop_without_registration_owes_its_paper_nothing() -> None:
    taxed = bill(seller=Party("IN", "27", "unregistered"))
    assert fields(taxed, PaperFacts(None, DAY, Named())) == []
    nepali = bill(seller=Party("NP", "NP-P3", "unregistered"), buyer=Party("NP", None, "consumer"))
    assert fields(nepali, PaperFacts(None, date(2040, 1, 1), Named())) == []


def test_papers_of_nepal_have_a_pan_and_a_date_that_is_published() -> None:
    vat, pan = Party("NP", "NP-P3", "vat"), Party("NP", "NP-P3", "pan")
    facts = PaperFacts("82-83/000001", DAY, SHOP_NEPAL, Named("Ram"))
    nobody = replace(facts, buyer=Named())
    consumer = Party("NP", None, "consumer")
    assert fields(bill(seller=vat, buyer=consumer), facts) == []
    assert fields(bill(seller=vat, buyer=consumer), nobody) == ["buyer.name"]
    assert fields(bill(seller=vat, buyer=consumer, may_abbreviate=True), nobody) == []
    assert fields(bill(seller=pan, buyer=consumer), nobody) == []
    assert fields(bill(seller=pan, buyer=consumer), replace(nobody, seller=Named())) == [
        "seller.name",
        "seller.address",
        "seller.number",
    ]
    business = bill(seller=vat, buyer=Party("NP", "NP-P1", "vat"))
    assert fields(business, facts) == ["buyer.address", "buyer.number"]
    named = replace(facts, buyer=Named("Ram Traders", "Biratnagar", None, "609876543"))
    assert fields(business, named) == []
    assert fields(business, replace(named, day=date(2027, 4, 14))) == ["day"]


def test_an_invoice_is_registered_when_both_sides_and_the_turnover_say_so() -> None:
    assert e_invoice_due(bill(buyer=BUSINESS), 5 * 10**7 + 1)
    assert not e_invoice_due(bill(buyer=BUSINESS), 5 * 10**7)
    assert not e_invoice_due(bill(), 10**9)  # to a consumer
    assert not e_invoice_due(bill(buyer=BUSINESS, tax_class="salt"), 10**9)  # a bill of supply
    early = replace(bill(buyer=BUSINESS), days=SupplyDays(date(2023, 7, 31), date(2023, 7, 31)))
    assert not e_invoice_due(early, 10**9)


def test_every_kind_of_paper_has_a_title() -> None:
    assert set(TITLES_NEPALI) <= set(TITLES)


def test_dates_of_bikram_sambat_are_those_of_the_library_in_every_published_year() -> None:
    years = published_years()
    before = None
    for year in years.values():
        assert len(year.months) == 12
        assert before is None or before.last_day + timedelta(days=1) == year.first_day
        assert year.source
        before = year
        for offset in range(sum(year.months)):
            day = year.first_day + timedelta(days=offset)
            told = bikram_date(day)
            assert nepali_datetime.date(told.year, told.month, told.day).to_datetime_date() == day
            # One year of numbers, one of dates: 2082.083 and 82-83.
            assert fiscal_year("NP", day) == f"{told.fiscal_year[2:4]}-{told.fiscal_year[-2:]}"


def test_a_date_is_written_as_the_tax_office_does_and_an_unpublished_year_is_refused() -> None:
    told = bikram_date(date(2025, 10, 23))
    assert (str(told), told.fiscal_year) == ("2082.07.06", "2082.083")
    assert bikram_date(date(2025, 7, 16)).fiscal_year == "2081.082"
    for day in (date(2023, 4, 13), date(2027, 4, 14)):
        with pytest.raises(BikramYearUnpublished, match="2080 to 2083"):
            bikram_date(day)


def test_a_library_that_counts_otherwise_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    day = date(2026, 11, 29)
    tomorrow = nepali_datetime.date.from_datetime_date(day + timedelta(days=1))

    class Otherwise:
        @staticmethod
        def from_datetime_date(_day: date) -> Any:
            return tomorrow

    bikram_date.cache_clear()
    monkeypatch.setattr("commerce.tax.bikram.nepali_datetime.date", Otherwise)
    with pytest.raises(BikramYearUnpublished):
        bikram_date(day)

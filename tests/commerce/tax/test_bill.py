"""The tax of bills: tables of cases with the source of each, and what holds for every bill."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerce.tax.bill import (
    BillLine,
    BillTerms,
    TaxedBill,
    tax_bill,
)
from commerce.tax.calculation import Counted, Good, Parts, Party, Place, parts_of_gross, parts_of_net
from commerce.tax.errors import BillInvalid, RateDayUnclear
from commerce.tax.giving_back import credit_note_until, given_back
from commerce.tax.rates import RateRow, Table, by_class, put_in_force, rate_on, rate_table
from commerce.tax.small_sales import consolidated, needs_own_invoice
from commerce.tax.timing import SupplyDays, changes_between, rate_day, rate_day_of, working_days_after
from foundation.errors import DomainError
from foundation.money import to_paisa, to_rupees

CHANGE = date(2025, 9, 22)
SHOP = Party("IN", "07", "regular")
CONSUMER = Party("IN", None, "consumer")
SALE = SupplyDays(date(2026, 3, 10), date(2026, 3, 10))


def cases(name: str) -> list[dict[str, str]]:
    path = Path(__file__).with_name(name)
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines(), delimiter="\t"))


def of(name: str) -> Any:
    return pytest.mark.parametrize("case", [pytest.param(case, id=case["case"]) for case in cases(name)])


def party(written: str) -> Party:
    country, state, profile = written.split(":")
    return Party(country, state or None, profile)


def day(written: str) -> date | None:
    return date.fromisoformat(written) if written else None


def decimal(written: str) -> Decimal | None:
    return Decimal(written) if written else None


def bill_of(case: Mapping[str, str], days: SupplyDays, **terms: Any) -> TaxedBill:
    """The bill of one line that a row of a table tells."""
    price = decimal(case["price"])
    return tax_bill(
        seller=party(case["seller"]),
        buyer=party(case["buyer"]),
        lines=[
            BillLine(
                Good("Thing", case["hsn"] or None, case["class"] or None, case["condition"] or None),
                Decimal(case["quantity"]),
                unit_price=price,
                amount_paisa=to_paisa(case["amount"]) if case.get("amount") else None,
                discount_paisa=to_paisa(case["discount"] or "0"),
                retail_price=decimal(case["retail"]),
                pieces=decimal(case["pieces"]),
            )
        ],
        days=days,
        terms=BillTerms(holds_tax=case["basis"] == "in", handover=case["handover"], **terms),  # type: ignore[arg-type]
    )


@of("bill_cases.tsv")
def test_a_bill_of_the_table(case: dict[str, str]) -> None:
    days = SupplyDays(
        date.fromisoformat(case["supplied"]),
        date.fromisoformat(case["invoiced"]),
        due_to_invoice=day(case["due"]),
        booked=day(case["booked"]),
        credited=day(case["credited"]),
    )
    bill = bill_of(case, days, timing=case["timing"])
    [line] = bill.lines
    figures = dict(zip(("value", "cgst", "sgst", "igst", "cess", "vat"), line.parts.figures, strict=True))
    assert {name: to_rupees(paisa) for name, paisa in figures.items()} == {
        name: case[name] for name in figures
    }
    assert (bill.kind, line.taxed.supply) == (case["kind"], case["supply"])
    assert (line.taxed.rate, line.taxed.cess_rate) == (Decimal(case["rate"]), Decimal(case["cess_rate"]))
    assert to_rupees(bill.payable_paisa) == case["total"]
    assert bill.parts == line.parts
    assert case["rule"] in str(line.taxed.trace)
    assert case["source"]


@of("refused_cases.tsv")
def test_a_bill_that_is_refused_says_why(case: dict[str, str]) -> None:
    on = date.fromisoformat(case["day"])
    with pytest.raises(DomainError, match=case["words"].replace("(", r"\(").replace(".", r"\.")) as refused:
        bill_of(case, SupplyDays(on, on))
    assert refused.value.code == case["code"]


@of("kind_cases.tsv")
def test_the_paper_has_the_name_that_the_law_gives_it(case: dict[str, str]) -> None:
    on = date(2026, 3, 10)
    classes = case["classes"].split()
    amounts = [to_paisa(case["amount"]) // len(classes)] * len(classes)
    bill = tax_bill(
        seller=party(case["seller"]),
        buyer=party(case["buyer"]),
        lines=[
            BillLine(Good(name, "1905", name, None), Decimal(1), amount_paisa=amount)
            for name, amount in zip(classes, amounts, strict=True)
        ],
        days=SupplyDays(on, on),
        terms=BillTerms(
            holds_tax=case["basis"] == "in",
            may_abbreviate=bool(case["permission"]),
            wants_tax_invoice=bool(case["asked"]),
        ),
    )
    assert bill.kind == case["kind"]
    if bill.kind == "abbreviated_tax_invoice":
        assert not bill.gives_input_tax


@of("timing_cases.tsv")
def test_the_day_that_decides_a_rate(case: dict[str, str]) -> None:
    facts = SupplyDays(
        date.fromisoformat(case["supplied"]),
        date.fromisoformat(case["invoiced"]),
        due_to_invoice=day(case["due"]),
        booked=day(case["booked"]),
        credited=day(case["credited"]),
        is_service=bool(case["service"]),
        is_composition=bool(case["composition"]),
    )
    decided = rate_day(facts, CHANGE, case["rule"])  # type: ignore[arg-type]
    assert decided.day == date.fromisoformat(case["day"])
    assert case["named"] in decided.rule
    assert decided.change == CHANGE


@pytest.mark.parametrize(
    "case", [pytest.param(row, id=f"{row['class']} {row['condition']}") for row in cases("rates_by_era.tsv")]
)
def test_every_good_has_its_rate_in_each_of_three_times(case: dict[str, str]) -> None:
    def told(country: str, on: date) -> str:
        try:
            row = rate_on(
                country=country, tax_class=case["class"], condition=case["condition"] or None, day=on
            )
        except DomainError:
            return "unknown"
        if row.supply == "exempt":
            return "exempt"
        assert (row.supply == "nil") is (row.rate == 0)
        words = f"{row.rate:f}"
        if row.cess:
            words += f" + {row.cess:f}"
        if row.cess_on_retail_price:
            words += f" + {row.cess_on_retail_price:f} of retail"
        return words + (" on retail" if row.valued_on else "")

    assert told("IN", date(2025, 9, 21)) == case["until_2025_09_21"]
    assert told("IN", date(2025, 9, 22)) == case["from_2025_09_22"]
    assert told("IN", date(2026, 1, 31)) == case["from_2025_09_22"]
    assert told("IN", date(2026, 2, 1)) == case["from_2026_02_01"]
    assert told("NP", date(2026, 2, 1)) == case["np"]


def test_the_tables_name_each_case_once_with_its_source() -> None:
    for name in ("bill_cases.tsv", "refused_cases.tsv", "kind_cases.tsv", "timing_cases.tsv"):
        rows = cases(name)
        assert len({row["case"] for row in rows}) == len(rows)
        assert all(row["source"] for row in rows)


def test_banks_are_closed_on_sundays_and_on_second_and_fourth_saturdays() -> None:
    assert working_days_after(CHANGE, 4) == date(2025, 9, 26)
    # 2025-09-27 is a fourth Saturday, 2025-10-02 a holiday; 2025-10-04 is a first Saturday.
    assert working_days_after(date(2025, 9, 26), 4) == date(2025, 10, 2)
    assert working_days_after(date(2025, 9, 26), 4, {date(2025, 10, 2)}) == date(2025, 10, 3)
    assert working_days_after(date(2025, 10, 3), 1) == date(2025, 10, 4)


def test_a_change_of_rates_is_one_of_the_figures_not_of_the_rows() -> None:
    first, last = date(2025, 9, 1), date(2026, 3, 1)
    assert changes_between("IN", "biscuits", None, first, last) == (CHANGE,)
    assert changes_between("IN", "detergent-powder", None, first, last) == ()
    assert changes_between("IN", "paneer", "loose", first, last) == ()
    assert changes_between("IN", "paneer", "pre-packaged", first, last) == (CHANGE,)
    assert changes_between("IN", "bidi", None, first, last) == (date(2026, 2, 1),)
    assert changes_between("IN", "biscuits", None, CHANGE, last) == ()


def test_two_changes_between_supply_and_payment_are_a_question_for_section_14() -> None:
    facts = SupplyDays(date(2025, 9, 1), date(2025, 9, 1), booked=date(2026, 3, 1))
    of_class = {"good": "Thing", "country": "IN", "tax_class": "twice", "condition": None}
    rows = [
        RateRow("IN", "twice", None, "taxable", Decimal(rate), Decimal(0), first, last, "S9", "high")
        for rate, first, last in (
            ("28", None, date(2025, 9, 21)),
            ("40", CHANGE, date(2026, 1, 31)),
            ("18", date(2026, 2, 1), None),
        )
    ]
    before = rate_table()
    put_in_force(Table(1, by_class(rows)))
    try:
        with pytest.raises(RateDayUnclear, match="2025-09-22 and 2026-02-01"):
            rate_day_of(facts, **of_class, rule="section-14")  # type: ignore[arg-type]
        decided = rate_day_of(facts, **of_class, rule="section-12")  # type: ignore[arg-type]
        assert decided.day == date(2025, 9, 1)
    finally:
        put_in_force(before)


def simple(amount: str, tax_class: str = "biscuits", quantity: str = "1", **kwargs: Any) -> BillLine:
    return BillLine(
        Good(tax_class, None, tax_class, None), Decimal(quantity), amount_paisa=to_paisa(amount), **kwargs
    )


@pytest.mark.parametrize(
    ("amount", "round_off"),
    [("10.00", "0.00"), ("10.49", "-0.49"), ("10.50", "0.50"), ("10.51", "0.49"), ("0.49", "-0.49")],
)
def test_a_bill_is_rounded_to_the_rupee_where_the_shop_wants_it(amount: str, round_off: str) -> None:
    bill = tax_bill(
        seller=SHOP,
        buyer=CONSUMER,
        lines=[simple(amount)],
        days=SALE,
        terms=BillTerms(rounds_to_rupee=True),
    )
    assert to_rupees(bill.round_off_paisa) == round_off
    assert bill.payable_paisa % 100 == 0
    assert bill.total_paisa == to_paisa(amount)  # value and tax are as they were


def test_a_discount_of_the_bill_is_spread_over_its_lines() -> None:
    bill = tax_bill(
        seller=SHOP,
        buyer=CONSUMER,
        lines=[simple("100"), simple("50", "salt"), simple("0.01", "salt")],
        days=SALE,
        terms=BillTerms(discount_paisa=10_00),
    )
    assert [line.discount_paisa for line in bill.lines] == [6_66, 3_33, 1]
    assert bill.discount_paisa == 10_00
    assert bill.payable_paisa == 140_01
    with pytest.raises(BillInvalid, match="the lines come to"):
        tax_bill(
            seller=SHOP,
            buyer=CONSUMER,
            lines=[simple("9")],
            days=SALE,
            terms=BillTerms(discount_paisa=10_00),
        )
    with pytest.raises(BillInvalid, match="at least one line"):
        tax_bill(seller=SHOP, buyer=CONSUMER, lines=[], days=SALE)


def test_a_bill_adds_up_by_hsn_with_the_digits_that_the_turnover_asks_for() -> None:
    def summary(turnover: Any) -> list[tuple[Any, ...]]:
        bill = tax_bill(
            seller=SHOP,
            buyer=CONSUMER,
            lines=[
                simple("10"),
                simple("20", quantity="2"),
                simple("40", "cold-drink"),
                simple("15", "fruit-drink"),
                simple("28", "salt"),
            ],
            days=SALE,
            terms=BillTerms(turnover=turnover),
        )
        return [(row.hsn, row.rate, row.quantity, to_rupees(row.parts.total_paisa)) for row in bill.summary]

    assert summary("up-to-5-crore") == [
        ("1905", 5, 3, "30.00"),
        ("2202", 5, 1, "15.00"),
        ("2202", 40, 1, "40.00"),
        ("2501", 0, 1, "28.00"),
    ]
    assert [row[0] for row in summary("above-5-crore")] == ["1905", "220210", "220299", "2501"]


def test_a_bill_warns_of_what_somebody_should_look_at() -> None:
    def codes(line: BillLine, *, seller: Party = SHOP, buyer: Party = CONSUMER, **terms: Any) -> list[str]:
        bill = tax_bill(seller=seller, buyer=buyer, lines=[line], days=SALE, terms=BillTerms(**terms))
        return [warning.code for warning in bill.warnings]

    eight = BillLine(Good("Cola", "22021010", "cold-drink", None), Decimal(1), amount_paisa=40_00)
    assert codes(simple("10")) == []
    assert codes(simple("10", "led-bulb")) == ["rate-not-sure"]
    assert codes(simple("10"), turnover="above-5-crore") == ["hsn-too-short"]
    assert codes(eight) == []
    may = SupplyDays(date(2026, 5, 1), date(2026, 5, 1))
    bill = tax_bill(seller=SHOP, buyer=CONSUMER, lines=[eight], days=may)
    assert [warning.code for warning in bill.warnings] == ["hsn-renumbered"]
    far = Party("IN", "29", "regular")
    assert codes(simple("10"), seller=Party("IN", "07", "composition"), buyer=far, handover="brought") == [
        "composition-inter-state"
    ]
    assert codes(simple("10"), seller=Party("IN", "07", "unregistered"), buyer=far, handover="brought") == [
        "registration-needed"
    ]
    assert codes(simple("10"), buyer=Party("IN", "29", "consumer")) == ["place-by-address"]
    assert codes(simple("10"), buyer=Party("IN", "07", "consumer")) == []
    assert codes(simple("10"), buyer=far) == ["no-input-tax"]
    assert codes(simple("10"), buyer=far, handover="brought") == []
    around = SupplyDays(date(2025, 9, 20), date(2025, 9, 23))
    bill = tax_bill(seller=SHOP, buyer=CONSUMER, lines=[simple("10")], days=around)
    assert [warning.code for warning in bill.warnings] == ["rate-changed"]


def small(
    amount: str,
    tax_class: str = "biscuits",
    buyer: Party = CONSUMER,
    hsn: str | None = None,
    **terms: Any,
) -> TaxedBill:
    return tax_bill(
        seller=SHOP,
        buyer=buyer,
        lines=[BillLine(Good(tax_class, hsn, tax_class, None), Decimal(1), amount_paisa=to_paisa(amount))],
        days=SALE,
        terms=BillTerms(**terms),
    )


def test_small_sales_of_a_day_go_into_one_invoice() -> None:
    assert not needs_own_invoice(small("199.99"))
    assert needs_own_invoice(small("200"))
    assert needs_own_invoice(small("10"), is_asked_for=True)
    assert needs_own_invoice(small("10", buyer=Party("IN", "07", "regular")))
    sales = [small("10"), small("10.50", rounds_to_rupee=True), small("28", "salt"), small("199.99")]
    invoice = consolidated(sales)
    assert invoice.kind == "consolidated_invoice"
    assert [(line.line_no, line.taxed.hsn) for line in invoice.lines] == [(1, "1905"), (2, "2501")]
    assert invoice.payable_paisa == sum(sale.payable_paisa for sale in sales)
    assert invoice.parts.cgst_paisa == sum(sale.parts.cgst_paisa for sale in sales)
    assert sum(row.parts.total_paisa for row in invoice.summary) == invoice.total_paisa
    assert invoice.lines[0].said.quantity == 3
    assert consolidated([small("28", "salt"), small("10", "exempt", hsn="1905")]).kind == "bill_of_supply"
    with pytest.raises(BillInvalid, match="below 200"):
        consolidated([small("200")])
    tomorrow = SupplyDays(date(2026, 3, 11), date(2026, 3, 11))
    other = tax_bill(seller=SHOP, buyer=CONSUMER, lines=[simple("10")], days=tomorrow)
    with pytest.raises(BillInvalid, match="one day"):
        consolidated([small("10"), other])
    with pytest.raises(BillInvalid, match="nothing to consolidate"):
        consolidated([])


def test_a_credit_note_gives_back_what_is_left_and_until_a_day() -> None:
    parts = small("105").parts
    first = given_back(parts, quantity=Decimal(3), already=Decimal(0), now=Decimal(1))
    rest = given_back(parts, quantity=Decimal(3), already=Decimal(1), now=Decimal(2))
    assert first.total_paisa + rest.total_paisa == 105_00
    assert first.cgst_paisa + rest.cgst_paisa == parts.cgst_paisa
    for already, now in (("1", "3"), ("0", "0"), ("0", "-1"), ("-1", "1")):
        with pytest.raises(BillInvalid):
            given_back(parts, quantity=Decimal(3), already=Decimal(already), now=Decimal(now))
    assert credit_note_until("IN", date(2026, 3, 31)) == date(2026, 11, 30)
    assert credit_note_until("IN", date(2026, 4, 1)) == date(2027, 11, 30)
    assert credit_note_until("NP", date(2026, 4, 1)) is None


# What holds for every bill.

CLASSES = (
    "biscuits",
    "salt",
    "detergent-powder",
    "cold-drink",
    "bidi",
    "exempt",
    "non-gst",
    "gst-3",
    "gst-0.25",
)
lines = st.builds(
    lambda tax_class, quantity, price, discount: BillLine(
        Good(tax_class, "1905", tax_class, None),
        Decimal(quantity) / 1000,
        unit_price=Decimal(price) / 100,
        discount_paisa=quantity * price // 1000 * discount // 100,
    ),
    st.sampled_from(CLASSES),
    st.integers(1, 10**6),
    st.integers(0, 10**6),
    st.integers(0, 90),
)
days = st.dates(date(2025, 4, 1), date(2026, 11, 30)).map(lambda on: SupplyDays(on, on))


@given(
    st.lists(lines, min_size=1, max_size=12),
    days,
    st.sampled_from(["regular", "composition", "unregistered"]),
    st.sampled_from([CONSUMER, Party("IN", "07", "regular"), Party("IN", "29", "unregistered")]),
    st.booleans(),
    st.booleans(),
    st.integers(0, 100),
)
def test_the_head_is_the_sum_of_its_lines_whatever_is_sold(
    sold: list[BillLine],
    on: SupplyDays,
    profile: str,
    buyer: Party,
    holds_tax: bool,
    rounds: bool,
    percent_off: int,
) -> None:
    holds_tax = holds_tax or buyer.profile == "consumer"
    plain = tax_bill(
        seller=Party("IN", "07", profile),
        buyer=buyer,
        lines=sold,
        days=on,
        terms=BillTerms(holds_tax=holds_tax, handover="brought"),
    )
    before = sum(line.before_discount_paisa - line.discount_paisa for line in plain.lines)
    bill = tax_bill(
        seller=Party("IN", "07", profile),
        buyer=buyer,
        lines=sold,
        days=on,
        terms=BillTerms(
            holds_tax=holds_tax,
            handover="brought",
            rounds_to_rupee=rounds,
            discount_paisa=before * percent_off // 100,
        ),
    )
    for place, total in enumerate(bill.parts.figures):
        assert total == sum(line.parts.figures[place] for line in bill.lines)
        assert total == sum(row.parts.figures[place] for row in bill.summary)
    assert bill.discount_paisa == sum(line.discount_paisa for line in bill.lines)
    for line in bill.lines:
        parts = line.parts
        assert parts.cgst_paisa == parts.sgst_paisa
        assert not (parts.igst_paisa and parts.cgst_paisa)
        assert min(parts.figures) >= 0
        net = line.before_discount_paisa - line.discount_paisa
        assert (parts.total_paisa if holds_tax else parts.taxable_paisa) == net
        assert (profile == "regular") or not parts.tax_paisa
    assert abs(bill.round_off_paisa) <= 50
    assert not rounds or bill.payable_paisa % 100 == 0


def row(rate: str, cess: str = "0", country: str = "IN", **more: Any) -> RateRow:
    return RateRow(
        country, "x", None, "taxable", Decimal(rate), Decimal(cess), None, None, "S9", "high", **more
    )


RATES = st.sampled_from(["0", "0.25", "1.5", "3", "5", "12", "18", "28", "40"])
PLACES = st.sampled_from([Place("07", False, ""), Place("29", True, "")])


@given(st.integers(0, 10**12), RATES, PLACES)
def test_tax_put_on_top_is_what_is_found_in_the_whole(net: int, rate: str, place: Place) -> None:
    on_top = parts_of_net(net, row(rate), place)
    assert parts_of_gross(on_top.total_paisa, row(rate), place) == on_top


@given(st.integers(0, 10**12))
def test_vat_put_on_top_is_what_is_found_in_the_whole(net: int) -> None:
    place = Place("NP-P3", False, "")
    on_top = parts_of_net(net, row("13", country="NP"), place)
    assert parts_of_gross(on_top.total_paisa, row("13", country="NP"), place) == on_top


@given(st.integers(0, 10**12), RATES, st.sampled_from(["0", "5", "12"]), PLACES)
def test_an_amount_taken_apart_and_put_together_is_off_by_two_paisa_at_most(
    gross: int, rate: str, cess: str, place: Place
) -> None:
    # Each rounded half moves the sum; some amounts with tax are the sum of no price and its tax.
    inside = parts_of_gross(gross, row(rate, cess), place)
    again = parts_of_net(inside.taxable_paisa, row(rate, cess), place)
    assert abs(again.total_paisa - gross) <= (3 if cess != "0" else 2)


@given(st.integers(0, 10**9), st.integers(0, 10**4), st.integers(0, 10**9), st.sampled_from(["0", "2.076"]))
def test_cess_by_the_piece_and_on_the_retail_price_does_not_follow_the_price(
    net: int, pieces: int, retail: int, by_piece: str
) -> None:
    place = Place("07", False, "")
    levied = row("28", "5", cess_per_piece=Decimal(by_piece), cess_on_retail_price=Decimal(32))
    counted = Counted(Decimal(pieces), retail)
    on_top = parts_of_net(net, levied, place, counted)
    plain = parts_of_net(net, row("28", "5"), place)
    fixed = on_top.cess_paisa - plain.cess_paisa
    assert fixed == parts_of_net(0, levied, place, counted).cess_paisa
    assert parts_of_gross(on_top.total_paisa, levied, place, counted).cess_paisa >= fixed


@given(st.integers(1, 10**9), st.integers(0, 10**9), RATES, PLACES)
def test_what_is_valued_on_the_retail_price_is_taxed_alike_at_every_price(
    retail: int, paid: int, rate: str, place: Place
) -> None:
    levied = row(rate, valued_on="retail-sale-price")
    counted = Counted(None, retail)
    inside, on_top = parts_of_gross(paid, levied, place, counted), parts_of_net(paid, levied, place, counted)
    assert inside.tax_paisa == on_top.tax_paisa == parts_of_gross(retail, row(rate), place).tax_paisa
    assert inside.total_paisa == paid


@given(
    st.integers(0, 10**9),
    RATES,
    PLACES,
    st.integers(1, 1000),
    st.lists(st.integers(1, 1000), min_size=1, max_size=8),
)
def test_credit_notes_of_a_line_are_never_more_than_it(
    gross: int, rate: str, place: Place, sold: int, returned: list[int]
) -> None:
    parts = parts_of_gross(gross, row(rate), place)
    already, taken = 0, Parts(0)
    for now in returned:
        if already + now > sold:
            with pytest.raises(BillInvalid):
                given_back(parts, quantity=Decimal(sold), already=Decimal(already), now=Decimal(now))
            break
        note = given_back(parts, quantity=Decimal(sold), already=Decimal(already), now=Decimal(now))
        already += now
        taken = Parts(*(a + b for a, b in zip(taken.figures, note.figures, strict=True)))
        assert note.cgst_paisa == note.sgst_paisa
        assert 0 <= taken.tax_paisa <= parts.tax_paisa
        assert taken.total_paisa <= parts.total_paisa
    if already == sold:
        assert taken == parts


SUPPLY_DAYS = st.dates(date(2025, 9, 1), date(2025, 10, 15))


@given(
    SUPPLY_DAYS,
    SUPPLY_DAYS,
    st.none() | SUPPLY_DAYS,
    st.none() | SUPPLY_DAYS,
    st.sampled_from(["section-12", "section-14"]),
)
def test_the_day_that_decides_is_one_of_the_facts_and_on_the_side_of_two_of_three(
    supplied: date, invoiced: date, booked: date | None, credited: date | None, rule: str
) -> None:
    facts = SupplyDays(supplied, invoiced, booked=booked, credited=credited)
    decided = rate_day(facts, CHANGE, rule)  # type: ignore[arg-type]
    assert decided.day in {supplied, invoiced, booked, credited}
    if rule == "section-14" and booked == credited and (booked is None or booked <= date(2025, 9, 26)):
        # Of supply, invoice and payment, two lie on one side of the change, and the rate is that side's.
        sides = [supplied < CHANGE, invoiced < CHANGE, booked is not None and booked < CHANGE]
        assert (decided.day < CHANGE) is (sum(sides) >= 2)


def worked_bills() -> dict[str, TaxedBill]:
    """The bills that docs/tax.md explains."""

    def good(name: str, condition: str | None = None) -> Good:
        return Good(name, None, name, condition)

    def sold(name: str, quantity: str, price: str, condition: str | None = None, **more: Any) -> BillLine:
        return BillLine(good(name, condition), Decimal(quantity), unit_price=Decimal(price), **more)

    brought = Party("IN", "29", "regular")
    business = Party("IN", "07", "regular")
    around = SupplyDays(
        date(2025, 9, 20), date(2025, 9, 25), booked=date(2025, 9, 26), credited=date(2025, 9, 26)
    )
    counter = [
        sold("biscuits", "3", "10"),
        sold("rice", "2.5", "62", "loose"),
        sold("detergent-powder", "1", "118"),
        sold("cold-drink", "2", "40", retail_price=Decimal(40)),
    ]
    wholesale = [sold("ghee", "10", "540.35"), sold("biscuits", "24", "8.95", discount_paisa=10_00)]
    packs = [
        sold("cigarettes", "2", "190", retail_price=Decimal(190)),
        sold("pan-masala", "10", "5", retail_price=Decimal(5)),
    ]
    change = [sold("biscuits", "100", "9")]
    return {
        "A": tax_bill(
            seller=SHOP,
            buyer=CONSUMER,
            lines=counter,
            days=SALE,
            terms=BillTerms(discount_paisa=9_70, rounds_to_rupee=True),
        ),
        "B": tax_bill(
            seller=SHOP,
            buyer=brought,
            lines=wholesale,
            days=SALE,
            terms=BillTerms(holds_tax=False, handover="brought"),
        ),
        "C": tax_bill(
            seller=SHOP, buyer=business, lines=change, days=around, terms=BillTerms(holds_tax=False)
        ),
        "D": tax_bill(
            seller=SHOP,
            buyer=business,
            lines=change,
            days=around,
            terms=BillTerms(holds_tax=False, timing="section-14"),
        ),
        "E": tax_bill(seller=SHOP, buyer=CONSUMER, lines=packs, days=SALE),
        "F": tax_bill(seller=Party("IN", "07", "composition"), buyer=CONSUMER, lines=counter[:2], days=SALE),
        "G": tax_bill(
            seller=Party("NP", "NP-P3", "vat"),
            buyer=Party("NP", None, "consumer"),
            lines=[sold("biscuits", "3", "50"), sold("rice", "5", "95")],
            days=SupplyDays(date(2025, 10, 23), date(2025, 10, 23)),
            terms=BillTerms(may_abbreviate=True),
        ),
    }


def worked_tables() -> str:
    """The tables of docs/tax.md, as the code counts."""
    lines = [
        "| bill | line | rate | value | CGST | SGST | IGST | VAT | comes to |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    bills = [
        "| bill | kind | value | tax | round-off | to pay | day that decided |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, bill in worked_bills().items():
        for line in bill.lines:
            said, parts = line.said, line.parts
            figures = (
                parts.taxable_paisa,
                parts.cgst_paisa,
                parts.sgst_paisa,
                parts.igst_paisa,
                parts.vat_paisa,
            )
            told = " | ".join(to_rupees(paisa) for paisa in (*figures, line.total_paisa))
            words = f"{said.quantity} × {said.unit_price} {said.good.name}"
            lines.append(f"| {name} | {words} | {line.taxed.rate} | {told} |")
        first = bill.lines[0].taxed.trace
        money = (bill.parts.taxable_paisa, bill.parts.tax_paisa, bill.round_off_paisa, bill.payable_paisa)
        decided = f"{first['rate_day']}: {first['rate_day_rule']}" if "rate_day" in first else first["rule"]
        told = " | ".join(to_rupees(paisa) for paisa in money)
        bills.append(f"| {name} | {bill.kind.replace('_', ' ')} | {told} | {decided} |")
    return "\n".join([*lines, "", *bills, ""])


def test_the_page_explains_bills_as_the_code_counts_them() -> None:
    page = (Path(__file__).parents[3] / "docs" / "tax.md").read_text(encoding="utf-8")
    assert page.endswith(worked_tables())

"""The tax of a line: a table of cases with the source of each, and what holds for all amounts."""

from __future__ import annotations

import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerce.tax.added import Levy
from commerce.tax.calculation import (
    Good,
    Parts,
    Party,
    Place,
    document_kind,
    parts_of_gross,
    place_of_supply,
    rounded_share,
    share,
    state_tax_name,
    tax_line,
)
from commerce.tax.errors import PlaceOfSupplyUnknown, TaxClassInvalid, TaxRateUnknown
from commerce.tax.rates import RateRow, check_class, rate_on, rate_rows
from commerce.tax.vocabulary import SOURCES, goods
from foundation.money import to_paisa, to_rupees

OLD, NEW, NEWEST = date(2025, 9, 21), date(2025, 9, 22), date(2026, 2, 1)
DELHI = Party("IN", "07", "regular")
HOME, AWAY = Place("07", False, ""), Place("29", True, "")
NEPAL = Place("NP-P6", False, "")
amounts = st.integers(0, 10**13)
indian_rates = st.sampled_from(
    [Decimal(text) for text in ("0", "0.25", "1.5", "3", "5", "12", "18", "28", "40")]
)


def row(rate: Decimal | str, cess: Decimal | str = "0", country: str = "IN") -> RateRow:
    rate, cess = Decimal(rate), Decimal(cess)
    return RateRow(country, "x", None, "taxable", rate, cess, None, None, "S9", "high")


@pytest.mark.parametrize(
    ("tax_class", "condition", "day", "expected"),
    [
        # Notification 9/2025-CTR and the one before it
        ("biscuits", None, OLD, ("taxable", "18", "0")),
        ("biscuits", None, NEW, ("taxable", "5", "0")),
        ("instant-noodles", None, OLD, ("taxable", "12", "0")),  # not 18
        ("instant-noodles", None, NEW, ("taxable", "5", "0")),
        ("cashew", None, OLD, ("taxable", "5", "0")),  # 5 already
        ("bath-soap", None, NEW, ("taxable", "5", "0")),  # toilet soap in bars only
        ("laundry-soap", None, NEW, ("taxable", "18", "0")),
        ("fruit-drink", None, NEW, ("taxable", "5", "0")),
        ("packaged-water", None, OLD, ("taxable", "18", "0")),
        ("cold-drink", None, OLD, ("taxable", "28", "12")),  # compensation cess by value
        ("cold-drink", None, NEW, ("taxable", "40", "0")),
        # Notification 6/2022-CTR: loose, or packed and labelled
        ("rice", "loose", OLD, ("nil", "0", "0")),
        ("rice", "pre-packaged", OLD, ("taxable", "5", "0")),
        ("rice", "pre-packaged", NEWEST, ("taxable", "5", "0")),
        ("paneer", "pre-packaged", OLD, ("taxable", "5", "0")),
        ("paneer", None, NEW, ("nil", "0", "0")),  # Notification 10/2025-CTR: packed or not
        ("salt", None, NEW, ("nil", "0", "0")),
        # Notification 19/2025-CTR
        ("bidi", None, date(2026, 1, 31), ("taxable", "28", "0")),
        ("bidi", None, NEWEST, ("taxable", "18", "0")),
        ("gst-12", None, OLD, ("taxable", "12", "0")),
        ("exempt", None, NEW, ("exempt", "0", "0")),
        ("non-gst", None, NEW, ("non_gst", "0", "0")),
    ],
)
def test_india_rates_by_date_and_condition(
    tax_class: str, condition: str | None, day: date, expected: tuple[str, str, str]
) -> None:
    found = rate_on(country="IN", tax_class=tax_class, condition=condition, day=day)
    assert (found.supply, found.rate, found.cess) == (expected[0], Decimal(expected[1]), Decimal(expected[2]))
    assert found.source
    assert found.certainty


@pytest.mark.parametrize(
    ("country", "tax_class", "condition", "day", "why"),
    [
        ("IN", "rice", None, NEW, "loose or as pre-packaged"),
        ("IN", "cigarettes", None, OLD, "compensation cess"),
        ("IN", "gst-12", None, NEW, "no rate"),  # 12 % is for bricks alone since
        ("IN", "biscuits", None, date(2019, 1, 1), "no rate"),  # older rates are not in the table
        ("NP", "sugar", None, NEW, "not sure"),
        ("IN", "unheard-of", None, NEW, "no rate"),
    ],
)
def test_unknown_is_not_nil(country: str, tax_class: str, condition: str | None, day: date, why: str) -> None:
    with pytest.raises(TaxRateUnknown, match=why):
        rate_on(country=country, tax_class=tax_class, condition=condition, day=day)


def test_no_two_rows_hold_at_once_and_every_source_is_named() -> None:
    for (country, tax_class), rows in rate_rows().items():
        for one in rows:
            assert any(one.source.startswith(mark) for mark in SOURCES), one
            assert one.rate >= 0
            for other in rows:
                if one is not other and one.condition == other.condition:
                    assert (one.valid_until or date.max) < (other.valid_from or date.min) or (
                        other.valid_until or date.max
                    ) < (one.valid_from or date.min), (country, tax_class)
    assert len(goods()) >= 130
    assert all((country, code) in rate_rows() for code in goods() for country in ("IN", "NP"))


def test_a_class_and_its_condition_are_checked_when_they_are_stated() -> None:
    check_class("IN", "rice", "loose")
    check_class("IN", "paneer", "loose")
    check_class("NP", "rice", None)
    for country, tax_class, condition in (
        ("IN", "rice", None),
        ("IN", "biscuits", "loose"),
        ("NP", "gst-5", None),
        ("IN", "vat-13", None),
    ):
        with pytest.raises(TaxClassInvalid):
            check_class(country, tax_class, condition)


@pytest.mark.parametrize(
    ("buyer", "expected"),
    [
        (Party("IN", "07", "unregistered"), ("07", False)),  # IGST Act s. 8(1), 10(1)(a)
        (Party("IN", "29", "unregistered"), ("29", True)),  # s. 7(1)
        (Party("IN", "29", "regular"), ("29", True)),
        (Party("IN", None, "unregistered"), ("07", False)),  # s. 10(1)(ca)
    ],
)
def test_place_of_supply(buyer: Party, expected: tuple[str, bool]) -> None:
    place = place_of_supply(DELHI, buyer)
    assert (place.state, place.is_inter_state) == expected


@pytest.mark.parametrize("buyer", [Party("IN", None, "regular"), Party("NP", "NP-P3", "vat")])
def test_a_place_that_is_not_known_is_asked_for(buyer: Party) -> None:
    with pytest.raises(PlaceOfSupplyUnknown):
        place_of_supply(DELHI, buyer)


def test_union_territories_without_a_legislature_levy_utgst() -> None:
    named = {
        state: state_tax_name(state) for state in ("04", "26", "31", "35", "38", "97", "07", "34", "01", "27")
    }
    assert [state for state, name in named.items() if name == "UTGST"] == ["04", "26", "31", "35", "38", "97"]


@pytest.mark.parametrize(
    ("gross", "rate_row", "place", "expected"),
    [
        (105_00, row("5"), HOME, Parts(100_00, 2_50, 2_50)),
        (105_00, row("5"), AWAY, Parts(100_00, igst_paisa=5_00)),
        (10_00, row("5"), HOME, Parts(9_52, 24, 24)),  # 23.8 each, not 47.6 halved
        (1, row("18"), HOME, Parts(1)),
        (140_00, row("28", "12"), HOME, Parts(100_00, 14_00, 14_00, cess_paisa=12_00)),
        (113_00, row("13", country="NP"), NEPAL, Parts(100_00, vat_paisa=13_00)),
        (10_50, row("13", country="NP"), NEPAL, Parts(9_29, vat_paisa=1_21)),  # 120.796
        (100_00, row("0"), HOME, Parts(100_00)),
    ],
)
def test_an_amount_with_tax_is_split(gross: int, rate_row: RateRow, place: Place, expected: Parts) -> None:
    assert parts_of_gross(gross, rate_row, place) == expected


@given(amounts, indian_rates, st.sampled_from(["0", "12"]), st.booleans())
def test_value_and_tax_are_the_amount_and_the_halves_are_the_same(
    gross: int, rate: Decimal, cess: str, is_inter_state: bool
) -> None:
    parts = parts_of_gross(gross, row(rate, cess), AWAY if is_inter_state else HOME)
    assert parts.total_paisa == gross
    assert parts.cgst_paisa == parts.sgst_paisa
    assert not (parts.igst_paisa and parts.cgst_paisa)
    assert parts.taxable_paisa >= 0
    exact = gross * rate / (100 + rate + Decimal(cess))
    assert abs(parts.cgst_paisa + parts.sgst_paisa + parts.igst_paisa - exact) <= 1


@given(amounts, indian_rates, st.sampled_from(["0", "12"]), st.booleans())
def test_tax_that_came_on_top_is_what_an_invoice_takes_out(
    amount: int, rate: Decimal, cess: str, is_inter_state: bool
) -> None:
    levy = Levy(rate, Decimal(cess), is_halved=not is_inter_state)
    place = AWAY if is_inter_state else HOME
    assert levy.tax_in(amount) == parts_of_gross(amount, row(rate, cess), place).tax_paisa


@given(st.integers(-(10**12), 10**12), indian_rates)
def test_whole_numbers_round_as_decimals_do(amount: int, rate: Decimal) -> None:
    exact = (amount * rate / (100 + rate)).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    assert rounded_share(amount, rate, 100 + rate) == exact


@given(st.integers(100, 10**9), indian_rates, st.booleans(), st.lists(st.integers(0, 100), max_size=6))
def test_shares_of_a_line_add_up_to_it_and_are_never_more(
    gross: int, rate: Decimal, is_inter_state: bool, cuts: list[int]
) -> None:
    parts = parts_of_gross(gross, row(rate), AWAY if is_inter_state else HOME)
    edges = [0, *sorted(gross * cut // 100 for cut in cuts), gross]
    shares = [share(parts, before_paisa=a, after_paisa=b) for a, b in pairwise(edges)]
    for name in vars(parts):
        assert sum(getattr(each, name) for each in shares) == getattr(parts, name)
    assert all(each.cgst_paisa == each.sgst_paisa for each in shares)
    assert all(0 <= each.tax_paisa <= parts.tax_paisa for each in shares)


@pytest.mark.parametrize(
    ("profile", "buyer", "supplies", "kind"),
    [
        ("unregistered", "regular", {"untaxed"}, "bill"),
        ("composition", "regular", {"untaxed"}, "bill_of_supply"),  # s. 31(3)(c)
        ("regular", "regular", {"taxable"}, "tax_invoice"),
        ("regular", "unregistered", {"nil", "exempt"}, "bill_of_supply"),
        ("regular", "unregistered", {"taxable", "nil"}, "invoice_cum_bill_of_supply"),  # Rule 46A
        ("regular", "regular", {"taxable", "nil"}, "tax_invoice"),  # Rule 46A is for unregistered buyers
        ("pan", "pan", {"untaxed"}, "pan_bill"),
        ("vat", "pan", {"taxable", "exempt"}, "tax_invoice"),
        ("foreign", "foreign", {"untaxed"}, "bill"),
    ],
)
def test_the_profile_names_the_paper(profile: str, buyer: str, supplies: set[str], kind: str) -> None:
    assert document_kind(Party("IN", "07", profile), Party("IN", "07", buyer), supplies) == kind


def test_every_figure_has_a_trace() -> None:
    line = tax_line(
        seller=DELHI,
        buyer=Party("IN", "07", "regular"),
        good=Good("Rice", None, "rice", "pre-packaged"),
        amount_paisa=105_00,
        rate_day=NEW,
    )
    assert line.hsn == "1006"
    assert line.trace["row"]["source"] == "S9+S10"
    assert line.trace["row"]["condition"] == "pre-packaged"
    assert line.trace["rounding"] == "amount × 2.5 / 105, half up to the paisa, once per line; CGST = SGST"
    assert line.trace["levied_as"] == ["CGST", "SGST"]
    assert line.trace["place_rule"].startswith("IGST Act s. 10(1)(a)")


def test_who_charges_no_tax_needs_no_rate_and_who_does_cannot_guess() -> None:
    unknown = Good("Mystery", None, None, None)
    buyer = Party("IN", "07", "unregistered")
    for profile in ("unregistered", "composition"):
        line = tax_line(
            seller=Party("IN", "07", profile), buyer=buyer, good=unknown, amount_paisa=5, rate_day=NEW
        )
        assert (line.supply, line.parts) == ("untaxed", Parts(5))
    with pytest.raises(TaxRateUnknown, match="never said which class"):
        tax_line(seller=DELHI, buyer=buyer, good=unknown, amount_paisa=5, rate_day=NEW)
    with pytest.raises(TaxRateUnknown, match="HSN"):
        tax_line(
            seller=DELHI, buyer=buyer, good=Good("Thing", None, "gst-18", None), amount_paisa=5, rate_day=NEW
        )


def test_the_page_counts_as_the_code_does() -> None:
    places = {
        "in Delhi": (DELHI, Party("IN", "07", "regular")),
        "Delhi to Karnataka": (DELHI, Party("IN", "29", "regular")),
        "in Nepal": (Party("NP", "NP-P6", "vat"), Party("NP", "NP-P6", "vat")),
    }
    page = (Path(__file__).parents[3] / "docs" / "tax.md").read_text()
    told = re.findall(r"^\| ([\d.]+) \| ([a-z-]+), ([\d-]+) \| ([^|]+) \| (.+) \|$", page, re.M)
    assert len(told) == 6
    for amount, tax_class, day, where, figures in told:
        seller, buyer = places[where]
        line = tax_line(
            seller=seller,
            buyer=buyer,
            good=Good(tax_class, None, tax_class, None),
            amount_paisa=to_paisa(amount),
            rate_day=date.fromisoformat(day),
        )
        assert figures.split(" | ") == [to_rupees(paisa) for paisa in vars(line.parts).values()]

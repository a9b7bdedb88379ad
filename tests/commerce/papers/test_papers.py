"""What stands on papers: each kind shows what its law wants, read back from the PDF."""

from __future__ import annotations

import io
import unicodedata
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from pypdf import PdfReader

from commerce.papers import wording
from commerce.papers.paper import Balance, BillPaper, Paid
from commerce.papers.sheet import sheet_pdf
from commerce.papers.slip import Width, slip_pdf
from commerce.papers.text_slip import slip_text
from commerce.papers.words import in_words
from commerce.tax.bill import BillTerms
from commerce.tax.requirements import COMPOSITION_WORDS, missing_on
from commerce.tax.upi import upi_link
from tests.commerce.papers.made import BUYERS_GSTIN, GSTIN, PAN, letters, paper, read_back

BROUGHT = BillTerms(handover="brought")
ABBREVIATING = BillTerms(may_abbreviate=True)
NEPAL = {"country": "NP", "only": (0, 4)}


@pytest.mark.parametrize(
    ("wanted", "title", "shown", "not_shown"),
    [
        (
            {"only": (0, 3)},
            "Tax Invoice",
            [GSTIN, "CGST", "SGST", "1905", "Original for recipient"],
            ["IGST"],
        ),
        (
            {"only": (0, 3), "buyer": "regular", "buyer_state": "29", "terms": BROUGHT},
            "Tax Invoice",
            [GSTIN, BUYERS_GSTIN, "IGST", "Place of supply Karnataka (29)", "Reverse charge No"],
            ["CGST"],
        ),
        ({}, "Invoice-cum-Bill of Supply", ["nil-rated", "CGST"], []),
        ({"only": (1, 2)}, "Bill of Supply", [GSTIN, "2501"], ["CGST", "Tax %"]),
        ({"seller": "composition"}, "Bill of Supply", [GSTIN, COMPOSITION_WORDS], ["CGST", "Tax %"]),
        ({"seller": "unregistered"}, "Bill", ["Sharma Kirana"], ["GSTIN", "CGST", "Tax %"]),
        ({"is_credit_note": True}, "Credit Note", ["Against 25-26/000123 (20-10-2025)", "CGST"], []),
        ({**NEPAL, "seller": "pan"}, "Bill", [f"PAN {PAN}", "Date (BS) 2082.07.03"], ["VAT 13", "Tax %"]),
        (
            {**NEPAL, "seller": "vat"},
            "Tax Invoice",
            [f"PAN / VAT No. {PAN}", "Date (BS) 2082.07.03", "Date 20-10-2025", "VAT", "Tax %"],
            ["GSTIN", "HSN"],
        ),
        (
            {**NEPAL, "seller": "vat", "terms": ABBREVIATING},
            "Abbreviated Tax Invoice",
            [f"PAN / VAT No. {PAN}", "Prices hold the tax.", "No input tax credit"],
            ["Tax %"],
        ),
    ],
)
def test_each_kind_shows_what_its_law_wants(
    wanted: dict[str, object], title: str, shown: list[str], not_shown: list[str]
) -> None:
    made, facts, bill = paper(**wanted)  # type: ignore[arg-type]
    assert missing_on(bill, facts) == ()  # type: ignore[arg-type]
    for pages in (read_back(sheet_pdf(made)), read_back(slip_pdf(made, 80)), read_back(slip_pdf(made, 58))):
        told = " ".join(pages)
        assert title in told
        assert made.number in told
        assert in_words(made.payable_paisa) in told
        assert wording.money(made.payable_paisa, made.currency).replace(
            "\N{NO-BREAK SPACE}", " "
        ) in told.replace("\N{NO-BREAK SPACE}", " ")
        assert facts.seller.address in told  # type: ignore[operator]
        assert wording.number_label(made.seller, made.country) in told or made.seller.number is None
    sheet = " ".join(read_back(sheet_pdf(made)))
    for words in shown:
        assert words in sheet
    for words in not_shown:
        assert words not in sheet


def test_the_title_stands_in_nepali_too_in_nepal() -> None:
    for seller, terms, title in (
        ("vat", BillTerms(), "कर बीजक"),
        ("vat", ABBREVIATING, "संक्षिप्त कर बीजक"),
        ("pan", BillTerms(), "बिल"),
    ):
        made, *_ = paper(**NEPAL, seller=seller, terms=terms)  # type: ignore[arg-type]
        assert wording.titles(made)[1] == title
        assert letters(title) in letters(" ".join(read_back(sheet_pdf(made))))


def test_names_and_labels_in_devanagari_are_read_back() -> None:
    made, *_ = paper(language="hi")
    assert made.buyer is not None
    for pages in (read_back(sheet_pdf(made)), read_back(slip_pdf(made, 58))):
        told = letters("".join(pages))
        for words in (made.buyer.name, made.lines[4].name, "कुल"):
            assert letters(words) in told
    assert letters(in_words(made.payable_paisa, "hi")) in letters("".join(read_back(sheet_pdf(made))))


def test_amounts_of_each_line_and_the_summary_add_up_on_the_paper() -> None:
    made, *_ = paper(discount_paisa=200, terms=BillTerms(discount_paisa=1000, rounds_to_rupee=True))
    told = " ".join(read_back(sheet_pdf(made)))
    for line in made.lines:
        assert f" {wording.plain(line.total_paisa)}" in told
        assert wording.plain(line.parts.taxable_paisa) in told
    assert made.discount_paisa == 5 * 200 + 1000
    assert f"Discount {wording.plain(-made.discount_paisa)}" in told
    assert f"Round off {wording.plain(made.round_off_paisa)}" in told
    assert sum(row.parts.total_paisa for row in made.summary) == made.parts.total_paisa
    before = sum(line.before_discount_paisa for line in made.lines)
    assert before - made.discount_paisa + made.round_off_paisa == made.payable_paisa


def test_the_hsn_has_the_digits_that_the_turnover_asks_for() -> None:
    made, *_ = paper(only=(0, 3))
    longer = replace(made, lines=[replace(line, hsn="19053100") for line in made.lines])
    assert [row.hsn for row in longer.summary][:1] == ["1905"]
    assert [row.hsn for row in replace(longer, turnover="above-5-crore").summary][:1] == ["190531"]


def test_a_long_bill_repeats_its_head_on_every_page() -> None:
    made, *_ = paper(lines=60)
    pages = read_back(sheet_pdf(made))
    assert len(pages) > 1
    for page_no, told in enumerate(pages, start=1):
        assert "Goods HSN Quantity" in told
        assert made.number in told
        assert f"{page_no} / {len(pages)}" in told
    assert "Total" in pages[-1]


def test_a_name_of_any_length_is_shown_whole() -> None:
    made, *_ = paper()
    name = " ".join(f"word{number}" for number in range(60))
    longer = replace(made, lines=[replace(made.lines[0], name=name), *made.lines[1:]])
    assert name in " ".join(read_back(sheet_pdf(longer)))
    assert name in " ".join(read_back(slip_pdf(longer, 58)))


def test_a_cancelled_paper_says_so() -> None:
    made, *_ = paper()
    gone = replace(made, cancelled_on=date(2025, 10, 21), cancel_reason="billed twice")
    for told in (*read_back(sheet_pdf(gone)), *read_back(slip_pdf(gone, 80))):
        assert "CANCELLED" in told
        assert "Cancelled on 21-10-2025: billed twice" in told
    assert "CANCELLED" not in read_back(sheet_pdf(made))[0]


def test_a_copy_says_which_one_it_is() -> None:
    made, *_ = paper(**NEPAL, seller="vat")  # type: ignore[arg-type]
    assert "Copy of Original" not in read_back(sheet_pdf(made))[0]
    assert "Copy of Original (2)" in read_back(sheet_pdf(replace(made, copy_no=2)))[0]
    assert "Copy of Original" in read_back(slip_pdf(replace(made, copy_no=None), 58))[0]


def with_khata(made: BillPaper) -> BillPaper:
    half = made.payable_paisa // 200 * 100
    return replace(
        made,
        payments=[Paid("cash", half), Paid("upi", 100, "UTR42")],
        balance=Balance(-5000, made.payable_paisa - half - 100 - 5000),
        upi_link=upi_link(address="sharma.stores@okaxis", name="Sharma", amount_paisa=half),
    )


def test_payments_and_the_khata_before_and_after_stand_on_it() -> None:
    made, *_ = paper()
    told = " ".join(read_back(sheet_pdf(with_khata(made))))
    half = made.payable_paisa // 200 * 100
    rest = made.payable_paisa - half - 100
    for words in (
        f"Paid in cash {wording.plain(half)}",
        "Paid by UPI (UTR42) 1.00",
        f"On the khata {wording.plain(rest)}",
        "Advance before ₹ 50.00",
        f"Owed now ₹ {wording.plain(rest - 5000)}",
    ):
        assert words in told.replace("\N{NO-BREAK SPACE}", " ")


def test_a_slip_has_the_width_of_its_roll_and_is_as_long_as_it_must() -> None:
    made, *_ = paper()
    longer, *_ = paper(lines=40)
    for width in (58, 80):
        heights = []
        for each in (made, longer):
            pages = PdfReader(io.BytesIO(slip_pdf(with_khata(each), width))).pages
            assert len(pages) == 1
            assert abs(float(pages[0].mediabox.width) - width * 72 / 25.4) < 0.1
            heights.append(float(pages[0].mediabox.height))
        assert heights[1] > 2 * heights[0]


@pytest.mark.parametrize(("width", "columns"), [(58, 32), (80, 48)])
def test_a_slip_in_plain_text_fits_the_columns_of_its_printer(width: Width, columns: int) -> None:
    made, *_ = paper(discount_paisa=200)
    name = " ".join(f"word{number}" for number in range(20))
    longer = with_khata(replace(made, lines=[replace(made.lines[0], name=name), *made.lines[1:]]))
    told = slip_text(longer, width)
    lines = told.splitlines()
    assert max(sum(letter not in "्ँंःोूुे़" for letter in line) for line in lines) <= columns
    assert name in " ".join(" ".join(lines).split())
    total = wording.money(longer.payable_paisa, "INR")
    assert f"Total{' ' * (columns - 5 - len(total))}{total}" in lines
    for words in ("Invoice-cum-Bill of Supply", longer.number, "क्लोज़-अप टूथपेस्ट", "Owed now"):
        assert words in told


def test_the_same_paper_gives_the_same_file() -> None:
    made, *_ = paper()
    assert sheet_pdf(with_khata(made)) == sheet_pdf(with_khata(made))
    assert slip_pdf(made, 58) == slip_pdf(made, 58)


def test_prices_are_written_as_they_were_said() -> None:
    assert [wording.price(Decimal(each)) for each in ("10", "92.5", "0.3333", "1234")] == [
        "10.00",
        "92.50",
        "0.3333",
        "1,234.00",
    ]
    assert wording.plain(-12345678) == "−1,23,456.78"


def test_long_words_get_places_where_a_line_may_end_and_others_stay_whole() -> None:
    long, devanagari = "Supercalifragilistic" * 3, "क्लोज़अपटूथपेस्ट" * 3
    said = wording.broken({"name": long, "lines": [["29AAGCB7383J1Z4", devanagari]], "qr": long, "width": 58})
    assert (said["qr"], said["width"], said["lines"][0][0]) == (long, 58, "29AAGCB7383J1Z4")
    for whole, broken in ((long, said["name"]), (devanagari, said["lines"][0][1])):
        pieces = broken.split("\u200b")
        assert "".join(pieces) == whole
        assert len(pieces) > 2
        assert max(map(len, pieces)) <= 12
        assert not any(unicodedata.category(piece[0]).startswith("M") for piece in pieces)
    made, *_ = paper()
    longer = replace(
        made,
        seller=replace(made.seller, name=long, address=long),
        lines=[replace(made.lines[0], name=long), *made.lines[1:]],
    )
    for drawn in (sheet_pdf(longer), slip_pdf(longer, 58)):
        assert long in letters("".join(read_back(drawn))).replace("\u200b", "")

"""Amounts in words, in three languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerce.papers.words import in_words, number_in_words
from foundation.money import AMOUNT_PAISA_MAX


@pytest.mark.parametrize(
    ("paisa", "english", "hindi", "nepali"),
    [
        (0, "Rupees zero only", "शून्य रुपये मात्र", "शुन्य रुपैयाँ मात्र"),
        (100, "Rupees one only", "एक रुपया मात्र", "एक रुपैयाँ मात्र"),
        (
            1_01,
            "Rupees one and one paisa only",
            "एक रुपया और एक पैसा मात्र",
            "एक रुपैयाँ एक पैसा मात्र",
        ),
        (
            1_05_020_50,
            "Rupees one lakh, five thousand and twenty and fifty paisa only",
            "एक लाख पाँच हजार बीस रुपये और पचास पैसे मात्र",
            "एक लाख पाँच हजार बिस रुपैयाँ पचास पैसा मात्र",
        ),
        (
            12_34_56_789_00,
            "Rupees twelve crore, thirty-four lakh, fifty-six thousand, seven hundred and eighty-nine only",
            "बारह करोड़ चौंतीस लाख छप्पन हजार सात सौ नवासी रुपये मात्र",
            "बाह्र करोड चौँतिस लाख छपन्न हजार सात सय उनान्नब्बे रुपैयाँ मात्र",
        ),
        (
            2_000_00_00_000_00,
            "Rupees two thousand crore only",
            "बीस अरब रुपये मात्र",
            "बिस अरब रुपैयाँ मात्र",
        ),
    ],
)
def test_an_amount_is_said_by_lakh_and_crore(paisa: int, english: str, hindi: str, nepali: str) -> None:
    assert [in_words(paisa, language) for language in ("en", "hi", "ne")] == [english, hindi, nepali]


@pytest.mark.parametrize("language", ["en", "hi", "ne"])
def test_no_two_numbers_are_said_alike(language: str) -> None:
    assert len({number_in_words(number, language) for number in range(20_000)}) == 20_000


@given(paisa=st.integers(0, AMOUNT_PAISA_MAX), language=st.sampled_from(["en", "hi", "ne"]))
def test_every_amount_that_a_bill_may_have_is_said(paisa: int, language: str) -> None:
    said = in_words(paisa, language)
    assert said == " ".join(said.split())
    assert not any(letter.isdigit() for letter in said)


@pytest.mark.parametrize("number", [-1, 10**13])
def test_what_is_no_amount_is_not_said(number: int) -> None:
    with pytest.raises(ValueError, match="give 0 to"):
        number_in_words(number, "hi")

"""Devanagari and Roman spellings of one word come to one sound; other words stay others."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commerce.language.sound import skeleton, sound

# Names of kirana goods as shops of Hindi and Nepali speech write them.
ALIKE = [
    ("चीनी", "चिनी", "cheeni", "chini", "CHEENI"),
    ("आटा", "aata", "atta", "āṭā"),
    ("दूध", "doodh", "dudh", "dūdh"),
    ("नमक", "namak"),
    ("अदरक", "adrak"),
    ("अगरबत्ती", "agarbatti", "agarbati"),
    ("सरसों का तेल", "sarson ka tel"),
    ("मूंग दाल", "moong dal", "mung daal"),
    ("काजू", "काजु", "kaju", "kaaju"),
    ("ज़ीरा", "जीरा", "jeera", "zeera", "jira"),
    ("धनिया", "dhaniya", "dhania"),
    ("गुड़", "gud"),
    ("चाय पत्ती", "chay patti"),
    ("५०० ग्राम", "500 gram", "500gram"),
]
SAME_BONES = [
    ("toothpaste", "टूथपेस्ट", "टुथपेस्ट"),
    ("shampoo", "शैम्पू", "स्याम्पु"),
    ("blade", "ब्लेड"),
    ("elaichi", "इलायची"),
    ("cornflakes", "कॉर्नफ्लेक्स"),
    ("cigarette", "सिगरेट"),
]
OTHERS = ["चीनी", "चना", "चावल", "नमक", "नमकीन", "दूध", "दाल", "तेल", "घी", "आलू", "आटा", "साबुन"]


@pytest.mark.parametrize("spellings", ALIKE, ids=lambda words: words[-1])
def test_spellings_of_one_word_sound_alike(spellings: tuple[str, ...]) -> None:
    assert len({sound(word) for word in spellings}) == 1


@pytest.mark.parametrize("spellings", SAME_BONES, ids=lambda words: words[0])
def test_loan_words_keep_their_consonants(spellings: tuple[str, ...]) -> None:
    assert len({skeleton(word) for word in spellings}) == 1


def test_other_words_stay_others() -> None:
    assert len({sound(word) for word in OTHERS}) == len(OTHERS)


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_becomes_plain_words(text: str) -> None:
    heard = sound(text)
    assert all(word.isascii() and word.isalnum() for word in heard.split(" ") if heard)
    assert sound(heard.upper()) == sound(heard)

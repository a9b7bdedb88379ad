"""What is asked for in one language of the trade is asked for in the others too."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commerce.language.sound import sound
from commerce.language.trade_words import WAYS_MAX, ways_of


@pytest.mark.parametrize(
    ("said", "other"),
    [
        ("tata namak", "tata salt"),
        ("टाटा नमक", "tata nun"),
        ("masoor ki daal", "red lentil"),
        ("kali mirch powder", "black pepper powder"),
        ("लसुनको अचार", "garlic pickle"),
        ("basmati rice 5 kg", "basmati chawal 5 kg"),
    ],
)
def test_a_word_of_the_trade_has_its_names_in_other_languages(said: str, other: str) -> None:
    assert sound(other) in ways_of(said)


def test_the_longest_phrase_that_is_known_is_one_thing() -> None:
    # Pepper is no chilli, though mirch alone is.
    assert not [way for way in ways_of("kali mirch") if "cili" in way]


@settings(deadline=None)
@given(st.text(max_size=60))
def test_what_was_said_comes_first_and_the_ways_are_few(text: str) -> None:
    ways = ways_of(text)
    assert ways[:1] == [sound(text)][: len(ways)]
    assert bool(ways) == bool(sound(text))
    assert len(ways) == len(set(ways)) <= WAYS_MAX

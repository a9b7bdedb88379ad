"""Amounts in words, in English of India, Hindi and Nepali, by lakh and crore."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

from num2words import num2words

from foundation.money import MINOR_UNITS_PER_MAJOR

# The numbers below a hundred follow no rule in these languages, and num2words has neither. They are spelt as in the
# rule-based number formats of Unicode CLDR (common/rbnf/hi.xml and ne.xml, read 2026-11-30).
_TABLE: Final = Path(__file__).parent / "number_words.tsv"
_STEPS: Final = {
    "hi": ((10**11, "खरब"), (10**9, "अरब"), (10**7, "करोड़"), (10**5, "लाख"), (10**3, "हजार"), (10**2, "सौ")),
    "ne": ((10**11, "खरब"), (10**9, "अरब"), (10**7, "करोड"), (10**5, "लाख"), (10**3, "हजार"), (10**2, "सय")),
}
_NUMBER_MAX: Final = 10**13 - 1
_ENGLISH_MAX: Final = 10**10


@lru_cache(maxsize=1)
def _below_hundred() -> dict[str, tuple[str, ...]]:
    head, *rows = [line.split("\t") for line in _TABLE.read_text().splitlines()]
    return {name: tuple(row[place] for row in rows) for place, name in enumerate(head) if name != "number"}


def number_in_words(number: int, language: str) -> str:
    """A whole number from 0 on as it is said. Raises ValueError for a number below 0 or of more than 13 digits."""
    if not 0 <= number <= _NUMBER_MAX:
        raise ValueError(f"{number} is not said in words here; give 0 to {_NUMBER_MAX}")
    if language not in _STEPS:
        return _english(number)
    small = _below_hundred()[language]
    said = []
    for size, name in _STEPS[language]:
        count, number = divmod(number, size)
        if count:
            said.append(f"{small[count]} {name}")
    if number or not said:
        said.append(small[number])
    return " ".join(said)


def _english(number: int) -> str:
    # num2words ends at a thousand crore.
    if number < _ENGLISH_MAX:
        return str(num2words(number, lang="en_IN"))
    crores, rest = divmod(number, 10**7)
    return f"{_english(crores)} crore" + (f", {_english(rest)}" if rest else "")


def in_words(paisa: int, language: str = "en") -> str:
    """An amount of rupees in words: `Rupees one lakh, five thousand and twenty paisa only`."""
    rupees, minor = divmod(paisa, MINOR_UNITS_PER_MAJOR)
    whole, part = number_in_words(rupees, language), number_in_words(minor, language)
    if language == "hi":
        words = f"{whole} {'रुपया' if rupees == 1 else 'रुपये'}"
        return f"{words} और {part} {'पैसा' if minor == 1 else 'पैसे'} मात्र" if minor else f"{words} मात्र"
    if language == "ne":
        words = f"{whole} रुपैयाँ"
        return f"{words} {part} पैसा मात्र" if minor else f"{words} मात्र"
    words = f"Rupees {whole}"
    return f"{words} and {part} paisa only" if minor else f"{words} only"

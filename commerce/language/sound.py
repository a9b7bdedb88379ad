"""Words as they sound: one spelling for what people of India and Nepal write in Devanagari or in Roman letters.

`sound("चीनी") == sound("cheeni") == sound("chini")`. Devanagari is read with its silent vowels left out
(Ohala, Aspects of Hindi Phonology, 1983: the inherent vowel falls at the end of a word and between a vowel
with one consonant and a consonant with its vowel), then both scripts lose the differences that hands and ears
mix up: long and short vowels, aspirated and plain, dental and retroflex stops, the three sibilants, doubled letters.
The result is for comparing, never for showing.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_CONSONANTS = {
    "क": "k", "ख": "k", "ग": "g", "घ": "g", "ङ": "n", "च": "c", "छ": "c", "ज": "j", "झ": "j", "ञ": "n",
    "ट": "t", "ठ": "t", "ड": "d", "ढ": "d", "ण": "n", "त": "t", "थ": "t", "द": "d", "ध": "d", "न": "n",
    "प": "p", "फ": "f", "ब": "b", "भ": "b", "म": "m", "य": "y", "र": "r", "ल": "l", "ळ": "l", "व": "v",
    "श": "s", "ष": "s", "स": "s", "ह": "h",
}  # fmt: skip
_VOWELS = {
    "अ": "a", "आ": "a", "इ": "i", "ई": "i", "उ": "u", "ऊ": "u", "ऋ": "ri", "ए": "e", "ऐ": "ai", "ओ": "o",
    "औ": "au", "ऑ": "o", "ऍ": "e",
}  # fmt: skip
_SIGNS = {
    "ा": "a", "ि": "i", "ी": "i", "ु": "u", "ू": "u", "ृ": "ri", "े": "e", "ै": "ai", "ो": "o", "ौ": "au",
    "ॉ": "o", "ॅ": "e",
}  # fmt: skip
_NASALS, _VIRAMA, _INHERENT = "ंँ", "्", "A"

_ROMAN = (
    (r"ph", "f"),
    (r"tch|chh?", "ç"),
    (r"sh", "s"),
    (r"ck|q", "k"),
    (r"c(?=[eiy])", "s"),
    (r"c", "k"),
    (r"ç", "c"),
    (r"x", "ks"),
    (r"([kgjtdb])h", r"\1"),
    (r"z", "j"),
    (r"ow(?=[^aeiou])", "au"),
    (r"w", "v"),
    (r"ee|ea|ie", "i"),
    (r"oo|ou", "u"),
    (r"oa", "o"),
    (r"(?<![aeiou])y\b", "i"),
)
_BOTH = (
    (r"m(?=[pb])", "n"),
    (r"a+", "a"),
    (r"i+", "i"),
    (r"u+", "u"),
    (r"([aeiou])y(?![aeiou])", r"\1i"),
    (r"iya", "ia"),
    (r"([a-z])\1+", r"\1"),
)
_WORD = re.compile(r"[0-9]+|[a-z]+|[\u0900-\u097f]+")


def sound(text: str) -> str:
    """The words of `text` as they sound, in lower-case Roman letters and digits, one space between them."""
    plain = unicodedata.normalize("NFD", text.casefold())
    # Marks that stand on Roman letters go (ā, ñ); those of Devanagari are its vowels and dots.
    plain = "".join(c for c in plain if unicodedata.category(c) != "Mn" or "\u0900" <= c <= "\u097f")
    return " ".join(filter(None, map(_word, _WORD.findall(plain))))


def skeleton(text: str) -> str:
    """The consonants of `text` as they sound; a word's first vowel is `a`. Loan words differ in vowels alone."""
    return " ".join(filter(None, map(_bones, sound(text).split())))


def _bones(word: str) -> str:
    first = "a" if word[0] in "aeiou" else ""
    return first + re.sub("[aeiouy]", "", word)


@lru_cache(maxsize=20_000)
def _word(word: str) -> str:
    digits = "".join(str(unicodedata.digit(c, "")) for c in word)
    if digits:
        return digits
    read = _read_devanagari(word) if word[0] >= "\u0900" else _replaced(word, _ROMAN)
    return _replaced(read, _BOTH)


def _replaced(word: str, rules: tuple[tuple[str, str], ...]) -> str:
    for pattern, to in rules:
        word = re.sub(pattern, to, word)
    return word


def _read_devanagari(word: str) -> str:
    parts: list[str] = []  # consonants and vowels by turns; the inherent vowel as A
    for letter in word:
        if letter in _CONSONANTS:
            parts += [_CONSONANTS[letter], _INHERENT]
        elif letter in _SIGNS or letter == _VIRAMA:
            if parts and parts[-1] == _INHERENT:
                parts.pop()
            if letter in _SIGNS:
                parts.append(_SIGNS[letter])
        elif letter in _VOWELS:
            parts.append(_VOWELS[letter])
        elif letter in _NASALS:
            parts.append("n")
        # The dot below says nothing here: ज़ is heard as ज, and ड़ is written d as often as r.
    return _without_silent_vowels("".join(parts))


def _without_silent_vowels(read: str) -> str:
    consonant, vowel = "[bcdfghjklmnprstvy]", "[aeiouA]"
    if re.search(rf"{vowel}.*{consonant}A$", read):
        read = read[:-1]
    # From the right, as the rule says: each vowel that falls closes the syllable before it.
    silent = re.compile(rf"(.*{vowel}{consonant})A({consonant}{vowel}.*)")
    while (match := silent.fullmatch(read)) is not None:
        read = match[1] + match[2]
    return read.replace(_INHERENT, "a")

"""The words of the trade in three languages: what is asked for in one is looked for in the others too.

`ways_of("tata namak")` has "tata salt" and "tata nun" beside it. A good that is listed under its English name alone is
found by who asks for it in Hindi or Nepali, in either script; the words are compared as they sound.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from itertools import islice, product
from typing import Final

from commerce.language.sound import sound

WAYS_MAX: Final = 6
WORDS_MAX: Final = 8
"""Words of what is asked that are looked up: a longer one is the name of a good, written out."""

_PARTICLES: Final = frozenset({"ka", "ki", "ke", "ko"})
"""Of: `masoor ki daal` is `masoor daal`."""


def ways_of(text: str) -> list[str]:
    """The ways to say what is asked, each as it sounds, as it was said first: WAYS_MAX at most, none without words."""
    heard = sound(text)
    if not heard:
        return []
    words = [_stem(word) for word in heard.split() if word not in _PARTICLES]
    if len(words) > WORDS_MAX:
        return [heard]
    ways = dict.fromkeys([heard, *(" ".join(way) for way in islice(product(*_pieces(words)), 1, WAYS_MAX))])
    return list(ways)[:WAYS_MAX]


def _stem(word: str) -> str:
    """The word without the `ko` that Nepali writes onto it, where the trade knows what is left."""
    stem = word.removesuffix("ko")
    return stem if stem in _also_called() else word


def _pieces(words: list[str]) -> Iterator[list[str]]:
    """The words in turn, the longest phrase that the trade knows as one piece, each with what else it is called."""
    at = 0
    while at < len(words):
        for end in range(min(len(words), at + _longest()), at, -1):
            said = " ".join(words[at:end])
            others = _also_called().get(said)
            if others is not None or end == at + 1:
                yield [said, *(others or ())]
                at = end
                break


@lru_cache(maxsize=1)
def _also_called() -> dict[str, tuple[str, ...]]:
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    lines = files("commerce.language").joinpath("kirana.tsv").read_text(encoding="utf-8").splitlines()
    for row in csv.DictReader(lines, delimiter="\t"):
        names = [
            " ".join(word for word in sound(name).split() if word not in _PARTICLES)
            for words in row.values()
            for name in words.split(",")
        ]
        for name in names:
            found[name] |= dict.fromkeys(other for other in names if other != name)
    return {name: tuple(others) for name, others in found.items()}


@lru_cache(maxsize=1)
def _longest() -> int:
    return max(len(name.split()) for name in _also_called())

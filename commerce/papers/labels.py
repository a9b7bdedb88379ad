"""The words of papers, in the languages of both countries."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

LANGUAGES: Final = ("en", "hi", "ne")
_TABLE: Final = Path(__file__).parent / "labels.tsv"


@lru_cache(maxsize=1)
def _labels() -> dict[str, dict[str, str]]:
    head, *rows = [line.split("\t") for line in _TABLE.read_text().splitlines()]
    return {row[0]: dict(zip(head[1:], row[1:], strict=True)) for row in rows}


def label(key: str, language: str) -> str:
    """The word or sentence of this key; in English where the language is not known. Raises KeyError for the key."""
    told = _labels()[key]
    return told.get(language, told["en"])


def is_known(key: str) -> bool:
    """Whether there is a word for it."""
    return key in _labels()

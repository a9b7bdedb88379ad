"""A paper as lines of plain text, as wide as a receipt printer prints: for printers that are sent characters."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any, Final

from commerce.papers.paper import BillPaper
from commerce.papers.slip import Width, facts_of

COLUMNS: Final[dict[Width, int]] = {58: 32, 80: 48}
"""Of a printer's usual letters, 12 dots wide: 384 dots on 58 mm, 576 on 80 mm."""


def slip_text(paper: BillPaper, width: Width) -> str:
    """The slip in lines of 32 or 48 columns, each ended by a line feed; without its QR code."""
    columns = COLUMNS[width]
    lines = [line.rstrip() for line in _lines(facts_of(paper, width), columns)]
    return "\n".join(lines) + "\n"


def _lines(data: dict[str, Any], columns: int) -> Iterator[str]:
    rule = "-" * columns
    yield from _centred([data["shop"]["name"], *data["shop"]["lines"]], columns)
    yield rule
    yield from _centred(
        [data["title"], data["title_local"], data["marking"], data["remark"], data["cancelled"]], columns
    )
    yield from _pairs(data["facts"], columns)
    if data["buyer"]["name"] is not None:
        for told in (data["buyer"]["name"], *data["buyer"]["lines"]):
            yield from _wrapped(told, columns)
    yield rule
    for good in data["goods"]:
        yield from _wrapped(good["name"], columns)
        yield from _pairs([["  " + good["count"], good["amount"]]], columns)
        yield from _pairs([["  " + name, value] for name, value in good["more"]], columns)
    yield rule
    yield from _pairs(data["totals"], columns)
    yield from _wrapped(data["words"], columns)
    yield from _pairs(data["taxes"], columns)
    for note in data["notes"]:
        yield from _wrapped(note, columns)
    if data["payments"] or data["khata"]:
        yield rule
    yield from _pairs([*data["payments"], *data["khata"]], columns)
    yield from _centred([data["thanks"]], columns)


def _pairs(rows: Sequence[Sequence[str]], columns: int) -> Iterator[str]:
    """A name at the left and its value at the right; below it where both are too long for one line."""
    for name, value in rows:
        room = columns - _width(name) - _width(value)
        if room >= 1 or not value:
            yield name + " " * max(0, room) + value
            continue
        yield from _wrapped(name, columns)
        for line in _wrapped(value, columns):
            yield " " * max(0, columns - _width(line)) + line


def _centred(texts: Sequence[str | None], columns: int) -> Iterator[str]:
    for told in filter(None, texts):
        for line in _wrapped(told, columns):
            yield " " * (max(0, columns - _width(line)) // 2) + line


def _wrapped(told: str, columns: int) -> list[str]:
    return textwrap.wrap(told, columns) or [""]


def _width(told: str) -> int:
    """How many columns a text takes: marks of Devanagari take none."""
    return sum(unicodedata.category(letter) not in ("Mn", "Cf") for letter in told)

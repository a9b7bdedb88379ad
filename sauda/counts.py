"""Counts as people read them."""

from __future__ import annotations


def counted(number: int, one: str, many: str) -> str:
    """A number with what it counts: `1 line was`, `2,304 lines were`."""
    return f"{number:,} {one if number == 1 else many}"

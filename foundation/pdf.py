"""Documents on paper: a typst template and plain data become a PDF."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst

from foundation import clock

FONTS = Path(__file__).parent / "fonts"


def render(template: Path, data: Mapping[str, Any], *, made_at: datetime | None = None) -> bytes:
    """The PDF of `template` filled with `data` (plain JSON values).

    The template reads its data by `#let data = json("data.json")`, imports no other file, and writes in "Noto Sans",
    with "Noto Sans Devanagari" for Hindi and Nepali; no other font is looked for. `made_at` is the
    document's own date, so that the same data gives the same file.
    """
    made_at = made_at or clock.now()
    made = _compiler().compile(  # type: ignore[type-var]  # its stub knows no files in memory
        # As files in memory and not as inputs, which a sixth of the time would go into.
        {"main": _source(template), "data.json": json.dumps(data, ensure_ascii=False).encode()},
        format="pdf",
        timestamp=int(made_at.timestamp()),
    )
    assert isinstance(made, bytes)  # a PDF is one file, however many pages it has
    return made


@lru_cache
def _source(template: Path) -> bytes:
    return template.read_bytes()


# A compiler has read its fonts, and serves one thread at a time.
_of_thread = threading.local()


def _compiler() -> typst.Compiler:
    kept: typst.Compiler | None = getattr(_of_thread, "compiler", None)
    if kept is None:
        fonts = typst.Fonts(include_system_fonts=False, font_paths=[FONTS])
        kept = _of_thread.compiler = typst.Compiler(b"", font_paths=fonts)
    return kept

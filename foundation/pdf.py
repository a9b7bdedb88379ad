"""Documents on paper: a typst template and plain data become a PDF."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import typst

from foundation import clock

FONTS = Path(__file__).parent / "fonts"


def render(template: Path, data: Mapping[str, Any], *, made_at: datetime | None = None) -> bytes:
    """The PDF of `template` filled with `data` (plain JSON values).

    The template reads its data by `#let data = json(bytes(sys.inputs.data))` and writes in "Noto Sans",
    with "Noto Sans Devanagari" for Hindi and Nepali; no other font is looked for. `made_at` is the
    document's own date, so that the same data gives the same file.
    """
    made_at = made_at or clock.now()
    made = _compiler(template).compile(
        format="pdf",
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        timestamp=int(made_at.timestamp()),
    )
    assert isinstance(made, bytes)  # a PDF is one file, however many pages it has
    return made


# A compiler has read its fonts and template and keeps what it made of them; it serves one thread at a time.
_of_thread = threading.local()


def _compiler(template: Path) -> typst.Compiler:
    kept: dict[Path, typst.Compiler] = _of_thread.__dict__.setdefault("compilers", {})
    if template not in kept:
        kept[template] = typst.Compiler(template, font_paths=[FONTS], ignore_system_fonts=True)
    return kept[template]

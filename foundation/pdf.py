"""Documents on paper: a typst template and plain data become a PDF."""

from __future__ import annotations

import json
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
    pdf: bytes = typst.compile(
        template,
        format="pdf",
        font_paths=[FONTS],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        timestamp=int(made_at.timestamp()),
    )
    return pdf

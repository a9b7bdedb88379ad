"""The lines of an invoice added up by HSN, as its view shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import RowMapping

TAXES: Final = ("cgst", "sgst", "igst", "cess", "vat")


@dataclass(frozen=True)
class Summary:
    """What the lines of one HSN at one rate add up to."""

    hsn: str | None
    supply: str
    rate: Decimal
    cess_rate: Decimal
    taxable_paisa: int
    cgst_paisa: int
    sgst_paisa: int
    igst_paisa: int
    cess_paisa: int
    vat_paisa: int
    total_paisa: int


def hsn_summary(lines: Sequence[RowMapping]) -> list[Summary]:
    """The lines added up by HSN, kind of supply and rate, in that order."""
    sums: dict[tuple[Any, ...], list[int]] = {}
    names = ("taxable", *TAXES, "total")
    for line in lines:
        key = (line["hsn"], line["supply"], line["rate"], line["cess_rate"])
        found = sums.setdefault(key, [0] * len(names))
        for place, name in enumerate(names):
            found[place] += line[f"{name}_paisa"]
    ordered = sorted(sums.items(), key=lambda item: (item[0][0] or "", *item[0][1:]))
    return [Summary(*key, *found) for key, found in ordered]

"""Words of the tax law, each with its source, and the goods of a kirana shop by tax class."""

from __future__ import annotations

import csv
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Final, NamedTuple

UNION_TERRITORIES: Final = frozenset({"04", "26", "31", "35", "38", "97"})
"""State codes where UTGST stands in the place of SGST (UTGST Act s. 1 and 2(8)). Delhi (07), Puducherry (34) and
Jammu and Kashmir (01) have legislatures and levy SGST."""

SUPPLIES: Final = ("taxable", "nil", "exempt", "non_gst", "untaxed")
"""What a line is to the tax office: taxed at a rate; nil-rated; exempt; outside GST; or sold by somebody who
charges no tax."""

CONDITIONS: Final = ("loose", "pre-packaged")
"""Packed and labelled for retail sale, 25 kg or 25 litres at most, or not (Notification 6/2022-CTR, 2022-07-18)."""

CONSUMER: Final = "consumer"
"""The profile of a buyer who is no business: who buys at the counter, or on a shop's khata for a home."""

REGISTERED: Final = ("composition", "regular", "vat")
CHARGES_TAX: Final = ("regular", "vat")

SOURCES: Final = {
    "S9": "India, Notification 9/2025-Central Tax (Rate), rates from 2025-09-22, and the one that it replaced",
    "S10": "India, Notification 10/2025-Central Tax (Rate), goods without tax, and the one that it replaced",
    "N19/2025": "India, Notification 19/2025-Central Tax (Rate), tobacco from 2026-02-01; valued on the retail sale "
    "price by Notifications 19/2025 and 20/2025-Central Tax (CGST Rule 31D)",
    "CC1/2017": "India, Notification 1/2017-Compensation Cess (Rate) as amended by 2/2023 and 3/2023, until 2026-01-31",
    "CGST Act s. 9": "India, goods on which no GST is levied",
    "VAT Act 2052 s. 7": "Nepal, one rate of 13 %",
    "VAT Act 2052 s. 5(3)": "Nepal, goods of Schedule 1 are exempt",
    "NP": "Nepal, Schedule 1 as secondary reports tell it; it changes with every Finance Act",
}
"""The marks of the column `source`. Further marks in it (A, M, a name) are secondary reports beside these."""


CERTAINTIES: Final = ("high", "medium-high", "declared", "medium", "medium-low", "low")
UNSURE: Final = {"IN": ("medium", "medium-low", "low"), "NP": ("medium-low", "low")}
"""Values of the column `certainty` that a bill warns of. In Nepal one rate is the rule: what is not listed has it."""

HSN_RENUMBERED: Final = (("2202", date(2026, 5, 1)),)
"""Headings whose tariff items (eight digits) have other numbers from a day on: Finance Act 2026, with Notification
14/2026-Customs. The first six digits are the world's and stay; the new items are not in the table, for no source of
them was at hand."""


def hsn_warning(hsn: str | None, digits: int, day: date) -> tuple[str, str] | None:
    """Code and words of what is doubtful about an HSN on a day; `digits` is how many the seller owes."""
    for heading, since in HSN_RENUMBERED:
        if hsn is not None and len(hsn) == 8 and hsn.startswith(heading) and day >= since:
            return (
                "hsn-renumbered",
                f"the tariff items under {heading} have other numbers since {since}: look {hsn} up anew",
            )
    if hsn is not None and len(hsn) < digits:
        return "hsn-too-short", f"HSN {hsn} has {len(hsn)} digits; the seller's turnover asks for {digits}"
    return None


class TaxedGood(NamedTuple):
    """A good of the trade whose rates `rates.tsv` tells; its code is a tax class."""

    code: str
    hsn: str
    unit: str
    name_en: str
    name_hi_roman: str
    name_hi: str
    name_ne: str
    note: str
    category: str


@lru_cache(maxsize=1)
def goods() -> dict[str, TaxedGood]:
    """The goods by code."""
    return {row["code"]: TaxedGood(**row) for row in table("goods.tsv")}


def table(name: str) -> list[dict[str, str]]:
    """The rows of a table of this folder."""
    lines = files("commerce.tax").joinpath(name).read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(lines, delimiter="\t", restval=""))

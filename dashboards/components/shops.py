"""What shops sell and are owed, as tiles and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from dashboards.components import charts
from dashboards.components.amounts import amount, by_unit
from dashboards.components.figures import tile

_TILES = {
    "sales_paisa": (
        "Sales",
        "Billed to people, rounding in it, less credit notes and cancellations of the period.",
    ),
    "tax_paisa": ("Tax", "Tax on these sales."),
    "bills": ("Bills", "Bills made, also those that were cancelled since."),
    "shops": ("Shops", "Shops that made a bill in the period."),
    "khata_given_paisa": ("Khata given", "Charged to customers' khatas: bills, and debits without a bill."),
    "khata_collected_paisa": ("Khata collected", "Paid on khatas, less what bounced."),
    "outstanding_paisa": ("Khata outstanding", "What customers owe their shops at the end of the period."),
}
_AMOUNTS = {
    "sales_paisa": "Sales",
    "tax_paisa": "Tax",
    "khata_given_paisa": "Khata given",
    "khata_collected_paisa": "Khata collected",
    "outstanding_paisa": "Outstanding",
}
_COUNT = st.column_config.NumberColumn(format="localized")
_RIGHT = st.column_config.TextColumn(alignment="right")


def tiles(totals: Mapping[str, Any], currency: str, as_of: date) -> None:
    """Two rows: what was sold, and what stands in khatas."""
    names = list(_TILES)
    for row in (names[:4], names[4:]):
        for column, name in zip(st.columns(len(row)), row, strict=True):
            label, meaning = _TILES[name]
            unit = "paisa" if name.endswith("_paisa") else "count"
            with column:
                tile(label, by_unit(unit, totals[name], currency), as_of, help_text=meaning)


def top(shops: Sequence[Mapping[str, Any]], names: Mapping[str, str], currency: str) -> None:
    """A picture of the sales of those that sell most, and a table of their bills and khatas."""
    left, right = st.columns(2, gap="medium")
    called = [names[one["shop_id"]] for one in shops]
    with left:
        charts.ranking(called, [one["sales_paisa"] for one in shops], currency, "Top shops")
    with right:
        amounts = {
            name: label for name, label in _AMOUNTS.items() if name.startswith(("khata", "outstanding"))
        }
        columns = {label: [amount(one[name], currency) for one in shops] for name, label in amounts.items()}
        table = pl.DataFrame({"Shop": called, "Bills": [one["bills"] for one in shops], **columns})
        looks = {"Bills": _COUNT, **dict.fromkeys(amounts.values(), _RIGHT)}
        st.dataframe(table, hide_index=True, column_config=looks)


def by_day(days: pl.DataFrame, currency: str) -> None:
    """A row for every day on which a shop billed, was paid, or a khata moved."""
    columns = {label: [amount(value, currency) for value in days[name]] for name, label in _AMOUNTS.items()}
    table = pl.DataFrame({"Day": days["day"], "Bills": days["bills"], **columns})
    looks = {
        "Day": st.column_config.DateColumn(format="D MMM YYYY"),
        "Bills": _COUNT,
        **dict.fromkeys(_AMOUNTS.values(), _RIGHT),
    }
    st.dataframe(table, hide_index=True, column_config=looks)

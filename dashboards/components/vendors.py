"""The vendors of whom most is ordered, and how they serve."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from dashboards.components import charts
from dashboards.components.amounts import share


def top(vendors: list[dict[str, Any]], names: dict[str, str], currency: str) -> None:
    """A picture of their orders' value, and a table of how many there were, how much came, and came on time."""
    left, right = st.columns(2, gap="medium")
    called = [names[one["vendor_id"]] for one in vendors]
    with left:
        charts.ranking(called, [one["gmv"] for one in vendors], currency, "Top vendors")
    with right:
        table = pl.DataFrame(
            {
                "Vendor": called,
                "Orders": [one["orders"] for one in vendors],
                "Filled": [_known(one["fill_rate"]) for one in vendors],
                "On time": [_known(one["on_time_rate"]) for one in vendors],
            }
        )
        looks = {
            "Orders": st.column_config.NumberColumn(format="localized"),
            "Filled": st.column_config.TextColumn(alignment="right"),
            "On time": st.column_config.TextColumn(alignment="right"),
        }
        st.dataframe(table, hide_index=True, column_config=looks)


def _known(rate: float | None) -> str:
    """A share, or that it is not known: no order was asked for, answered or promised here."""
    return "not known" if rate is None else share(rate)

"""The demand forecast: which goods of which vendor, the week to come, and how sure it is."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from dashboards.api import LogIn
from dashboards.components import charts, empty
from dashboards.components.amounts import day, quantity
from dashboards.queries import market as market_queries
from dashboards.queries.market import Market
from dashboards.queries.names import business_names

_LOOKS = {
    "Goods": st.column_config.TextColumn(width=160),
    "Vendor": st.column_config.TextColumn(width=150),
    "Expected": st.column_config.TextColumn(width=90, alignment="right"),
    "Enough 9 times in 10": st.column_config.TextColumn(width=140, alignment="right"),
}


def demand(run_id: str, shown: Market, who: LogIn) -> None:
    """Choose a vendor's product; its past and coming days; and the coming week of the most ordered goods."""
    series = market_queries.forecast_series(run_id, shown)
    if not series:
        empty.nothing_here("No demand is forecast: the run knows too few days of sales in this market.")
        return
    names = business_names(who, [one["vendor_id"] for one in series])
    left, right = st.columns([4, 6], gap="medium")
    with left:
        chosen = st.selectbox(
            "Goods",
            series,
            format_func=lambda one: f"{one['product']} · {names[one['vendor_id']]}",
            key=f"goods {shown.origin} {shown.currency}",
        )
        days = market_queries.forecast_days(run_id, shown, chosen["vendor_id"], chosen["product_id"])
        charts.forecast(days, chosen["base_unit"])
        st.caption(
            f"{quantity(chosen['mean_units'], chosen['base_unit'])} expected from {day(chosen['first_date'])} to "
            f"{day(chosen['last_date'])}; the shaded band holds 8 days of 10. Model: {chosen['model_version']}."
        )
    with right:
        st.dataframe(_coming_week(series[:10], names), hide_index=True, column_config=_LOOKS)


def _coming_week(series: list[dict[str, Any]], names: dict[str, str]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "Goods": [one["product"] for one in series],
            "Vendor": [names[one["vendor_id"]] for one in series],
            "Expected": [quantity(one["mean_units"], one["base_unit"]) for one in series],
            "Enough 9 times in 10": [quantity(one["p90_units"], one["base_unit"]) for one in series],
        }
    )

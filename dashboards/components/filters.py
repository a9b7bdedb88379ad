"""What of the run is shown: which market, which days."""

from __future__ import annotations

from datetime import date, timedelta

import streamlit as st

from dashboards.queries.market import Market

DAYS_SHOWN_FIRST = 365
ORIGINS = {
    "real": "Trade of real businesses on this platform.",
    "imported": "History imported from files of sellers, as declared there. A file holds no promise and no refusal, so "
    "fill and on-time rates are not known.",
    "simulated": "A simulated market: none of its businesses exists.",
}


def market(known: list[Market]) -> Market:
    """The market to show. Origins and currencies stand apart: their figures are never added up."""
    if len(known) == 1:
        return known[0]
    chosen: Market = st.selectbox(
        "Market",
        known,
        format_func=lambda one: f"{one.origin} · {one.currency}",
        key="market",
        width=260,
        help="Real, imported and simulated trade, and every currency, are kept apart.",
    )
    return chosen


def about(shown: Market) -> None:
    """What kind of trade the figures are of."""
    st.caption(f"Amounts in {shown.currency}. {ORIGINS[shown.origin]}")


def period(shown: Market) -> tuple[date, date]:
    """First and last day to show, at first the last year that the market itself knows."""
    earliest = max(shown.first_day, shown.last_day - timedelta(days=DAYS_SHOWN_FIRST - 1))
    chosen = st.date_input(
        "Period",
        (earliest, shown.last_day),
        min_value=shown.first_day,
        max_value=shown.last_day,
        key=f"period {shown.origin} {shown.currency}",
        format="DD/MM/YYYY",
        width=260,
    )
    if len(chosen) != 2:
        st.info("Choose the last day of the period too.")
        st.stop()
    return chosen

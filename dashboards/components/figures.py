"""Figures as tiles, each with its definition and the day it is of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import streamlit as st

from dashboards.components.amounts import by_unit
from dashboards.components.stamp import DAY
from dashboards.queries.market import Asked, definition


def tiles(asked: Asked, values: Mapping[str, float | int | None], as_of: date) -> None:
    """A row with a tile for every metric."""
    for column, (name, value) in zip(st.columns(len(values)), values.items(), strict=True):
        metric = definition(asked.run_id, name)
        shown = by_unit(metric.unit, value, asked.market.currency)
        with column:
            tile(metric.label, shown, as_of, help_text=metric.description)


def tile(label: str, value: str, as_of: date, *, help_text: str | None = None, note: str = "") -> None:
    """One figure; `note` is said beside its day."""
    with st.container(border=True, gap=None, height="stretch"):
        st.metric(label, value, help=help_text)
        st.caption(" · ".join(filter(None, (note, f"as of {as_of.strftime(DAY)}"))))

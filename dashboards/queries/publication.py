"""Which publication a page reads, and how its questions are asked and remembered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import polars as pl
import streamlit as st

from foundation import published
from foundation.published import NothingPublished, Publication

KEEP = timedelta(minutes=30)
"""How long an answer is remembered. It cannot turn wrong, for a run never changes: this only bounds memory."""
ANSWERS_KEPT = 500


def current() -> Publication | None:
    """The newest publication; None before the first."""
    try:
        return published.reader().current()
    except NothingPublished:
        return None


@st.cache_data(ttl=KEEP, max_entries=ANSWERS_KEPT, show_spinner=False)
def rows(run_id: str, sql: str, parameters: Mapping[str, Any]) -> pl.DataFrame:
    """The rows of one of our own SELECTs over the marts of a run, its parameters bound."""
    return published.reader().run(run_id).query(sql, parameters)


@st.cache_data(ttl=KEEP, max_entries=ANSWERS_KEPT, show_spinner=False)
def metric(
    run_id: str, name: str, by: tuple[str, ...], where: Mapping[str, Any], period: tuple[Any, Any] | None
) -> list[dict[str, Any]]:
    """The rows of a metric of a run (`Publication.metric`)."""
    return published.reader().run(run_id).metric(name, by=by, where=where, period=period).rows

"""Which publication a page reads, and how its questions are asked and remembered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import polars as pl
import streamlit as st

from foundation import published
from foundation.published import NothingPublished, Publication, RunNotPublished

KEEP = timedelta(minutes=30)
"""How long an answer is remembered. It cannot turn wrong, for a run never changes: this only bounds memory."""
ANSWERS_KEPT = 500


def shown() -> Publication | None:
    """The newest publication, or the one that the page's address asks for (`?run=…`); None before the first.

    Raises RunNotPublished for a run that is not there, or no more.
    """
    asked = st.query_params.get("run")
    if asked is None:
        return current()
    if not re.fullmatch(r"[\w-]{1,64}", asked):
        raise RunNotPublished(f"{asked!r} is no name of a run")
    return published.reader().run(asked)


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

"""As of when: no figure stands without the last day that it knows."""

from __future__ import annotations

from datetime import date

import streamlit as st

from dashboards.components import empty
from dashboards.queries import publication as queries
from foundation.published import Publication, RunNotPublished

DAY = "%-d %b %Y"


def heading(text: str, as_of: date, *, note: str = "") -> None:
    """The heading of a picture or a table, with the day that its figures are of."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.subheader(text, anchor=False, width="content")
        badge(as_of)
    if note:
        st.caption(note)


def badge(as_of: date) -> None:
    """The last business day that the figures beside it know."""
    st.badge(f"as of {as_of.strftime(DAY)}", icon=":material/event_available:", color="green")


def opened(text: str) -> Publication:
    """The title of a page and the publication that it reads; without one, what to do, and no more."""
    st.title(text, anchor=False)
    try:
        publication = queries.shown()
    except RunNotPublished as error:
        st.error(f"{error}; leave `?run=` out of the address for the newest")
        st.stop()
    if publication is None:
        empty.nothing_published()
        st.stop()
    st.caption(
        f"Figures of run `{publication.run_id}`, as of {publication.as_of.strftime(DAY)}: "
        "the last closed business day that it knows. They change with the next run only."
    )
    return publication

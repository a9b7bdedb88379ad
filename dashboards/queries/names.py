"""Names for ids: the marts hold none, so that a name is never published; the API knows them."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from dashboards import api
from dashboards.api import ApiRefused, ApiUnreachable, LogIn


def business_names(who: LogIn, ids: list[str]) -> dict[str, str]:
    """A name for every id: its own, or the id's last characters where the API knows none or does not answer."""
    try:
        known = _asked(tuple(sorted(set(ids))), who.access_token)
    except (ApiRefused, ApiUnreachable) as error:
        st.warning(f"Names are missing: {error}")
        known = {}
    return {one: known.get(one) or f"…{one[-8:]}" for one in ids}


# The token is no part of the key: everybody who gets this far may see every name.
@st.cache_data(ttl=timedelta(minutes=15), max_entries=100, show_spinner=False)
def _asked(ids: tuple[str, ...], _access_token: str) -> dict[str, str]:
    return api.business_names(_access_token, ids)

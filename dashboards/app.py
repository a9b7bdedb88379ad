"""The dashboards: log-in and navigation. Run by `sauda up`, or `streamlit run dashboards/app.py`."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboards import session
from dashboards.components import empty
from foundation.published import TableNotPublished

HERE = Path(__file__).parent
PAGES = HERE / "pages"

st.set_page_config(page_title="Sauda", page_icon=str(HERE / "icon.svg"), layout="wide")
page = st.navigation(
    [
        st.Page(PAGES / "executive.py", title="The market", icon=":material/monitoring:", default=True),
        st.Page(PAGES / "credit.py", title="Trade credit", icon=":material/account_balance:"),
        st.Page(PAGES / "shops.py", title="Shops", icon=":material/storefront:"),
    ],
    position="sidebar" if session.may_read() else "hidden",
)
current = session.required()
session.show_user(current)
try:
    page.run()
except TableNotPublished as error:
    empty.made_by_another_version(error)

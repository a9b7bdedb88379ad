"""What a page says where there is nothing to show, and what to do about it."""

from __future__ import annotations

import streamlit as st

from foundation.published import TableNotPublished


def nothing_published() -> None:
    """No run has ended yet."""
    st.info(
        "**Nothing is published yet.** Let the data side run once, and load this page again:\n\n"
        "```\nsauda run\n```\n"
        "No data to run on? `sauda demo` plays a market, `sauda import trade FILE` takes in your own history.",
        icon=":material/hourglass_empty:",
    )


def made_by_another_version(error: TableNotPublished) -> None:
    """The run lacks what this version shows, or has what it shows no more."""
    st.warning(
        f"**This page needs a new run.** {error.message}:\n\n```\nsauda run\n```", icon=":material/update:"
    )


def nothing_traded(what: str) -> None:
    """The run knows nothing of the kind."""
    st.info(
        f"**The last run knows of no {what}.** Once there are some, `sauda run` brings them here.",
        icon=":material/inventory_2:",
    )


def nothing_here(text: str) -> None:
    """One picture of a page has nothing behind it."""
    st.caption(f":material/info: {text}")

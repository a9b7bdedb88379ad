"""Who is looking: log-in by the API, kept in the browser session's own state, renewed before it runs out."""

from __future__ import annotations

import time

import streamlit as st

from dashboards import api
from dashboards.api import ApiRefused, ApiUnreachable, LogIn

READERS = {"admin": "Administrator", "analyst": "Analyst", "loan_officer": "Loan officer"}
RENEW_BEFORE_SECONDS = 120
_LOG_IN, _ENDS_AT = "log_in", "log_in_ends_at"
_SECRET, _RECOVERY_CODES = "second_factor_secret", "recovery_codes"


def may_read() -> bool:
    """Whether somebody is logged in whose role may read the market."""
    current: LogIn | None = st.session_state.get(_LOG_IN)
    return current is not None and current.role in READERS and not current.must_set_up_second_factor


def required() -> LogIn:
    """The log-in of somebody who may read the market; anybody else gets a form or a plain word, and no more."""
    current = _renewed()
    if current is None:
        _form()
        st.stop()
    if current.role not in READERS:
        st.title("Not for this role", anchor=False)
        st.warning(
            f"You are logged in as a {current.role}. These pages show the whole market and are for "
            f"{', '.join(name.lower() for name in READERS.values())} only; your own figures are in the API."
        )
        st.button("Log out", on_click=_log_out)
        st.stop()
    if current.must_set_up_second_factor:
        _second_factor_form(current)
        st.stop()
    if codes := st.session_state.pop(_RECOVERY_CODES, None):
        st.warning("Keep these recovery codes where your phone is not: each stands in for it once.")
        st.code("\n".join(codes), language=None)
    return current


def show_user(current: LogIn) -> None:
    """Who is logged in, and the way out, at the foot of the sidebar."""
    with st.sidebar:
        st.caption(f"**{current.full_name}** · {READERS[current.role]}  \n`{current.email}`")
        st.button("Log out", on_click=_log_out, icon=":material/logout:", width="stretch")


def _renewed() -> LogIn | None:
    current: LogIn | None = st.session_state.get(_LOG_IN)
    if current is None or time.monotonic() < st.session_state[_ENDS_AT] - RENEW_BEFORE_SECONDS:
        return current
    try:
        return _keep(api.refresh(current.refresh_token))
    except ApiRefused:
        _forget()
        st.info("Your log-in has run out; log in again.")
    except ApiUnreachable as error:
        if time.monotonic() < st.session_state[_ENDS_AT]:
            return current
        _forget()
        st.error(str(error))
    return None


def _form() -> None:
    _, middle, _ = st.columns([1, 1.2, 1])
    with middle:
        st.title("सौदा Sauda", anchor=False)
        st.caption("The market and its credit, in one picture.")
        with st.form("log in"):
            email = st.text_input("E-mail", autocomplete="username")
            password = st.text_input("Password", type="password", autocomplete="current-password")
            code = st.text_input("Authenticator code, if you have one", autocomplete="one-time-code")
            if st.form_submit_button("Log in", type="primary", width="stretch"):
                _try(email, password, code)


def _try(email: str, password: str, code: str) -> None:
    if not email or not password:
        st.error("Give both e-mail and password.")
        return
    try:
        _keep(api.log_in(email, password, code))
    except (ApiRefused, ApiUnreachable) as error:
        st.error(str(error))
        return
    st.rerun()


def _second_factor_form(current: LogIn) -> None:
    """An administrator may do nothing before an authenticator is set up."""
    st.title("Set up your authenticator", anchor=False)
    st.write("Administrators log in with a second factor. Type this secret into an authenticator app:")
    try:
        if _SECRET not in st.session_state:
            st.session_state[_SECRET] = api.begin_second_factor(current.access_token)
        st.code(st.session_state[_SECRET], language=None)
        with st.form("second factor"):
            code = st.text_input("The code that it shows", autocomplete="one-time-code")
            if not st.form_submit_button("Confirm", type="primary"):
                return
        log_in, st.session_state[_RECOVERY_CODES] = api.confirm_second_factor(current.access_token, code)
    except (ApiRefused, ApiUnreachable) as error:
        st.error(str(error))
        return
    del st.session_state[_SECRET]
    _keep(log_in)
    st.rerun()


def _keep(log_in: LogIn) -> LogIn:
    st.session_state[_LOG_IN] = log_in
    st.session_state[_ENDS_AT] = time.monotonic() + log_in.expires_in_seconds
    return log_in


def _log_out() -> None:
    current: LogIn = st.session_state[_LOG_IN]
    _forget()
    try:
        api.log_out(current.refresh_token)
    except (ApiRefused, ApiUnreachable) as error:
        # Gone from here either way; the API forgets it when it runs out.
        st.toast(f"Logged out here only: {error}")


def _forget() -> None:
    for name in (_LOG_IN, _ENDS_AT, _SECRET, _RECOVERY_CODES):
        st.session_state.pop(name, None)

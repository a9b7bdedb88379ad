"""The API as the dashboards use it: to log in, and to learn the names of those whom the marts know by id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import httpx

from foundation.settings import settings

V1 = "/api/v1"
NAMES_PER_QUESTION = 100


class ApiRefused(Exception):
    """The API said no; the text says why."""


class ApiUnreachable(Exception):
    """The API did not answer; the text says where it was looked for."""


@dataclass(frozen=True)
class LogIn:
    """Who logged in, and with what the API knows them."""

    email: str
    full_name: str
    role: str
    access_token: str
    refresh_token: str
    expires_in_seconds: int
    must_set_up_second_factor: bool = False


def address() -> str:
    """Where the API is."""
    chosen = settings()
    host = "127.0.0.1" if chosen.api_host in ("0.0.0.0", "::") else chosen.api_host
    return chosen.api_url or f"http://{host}:{chosen.api_port}"


def log_in(email: str, password: str, code: str = "") -> LogIn:
    """Trade e-mail, password and the authenticator's code, if one is set up, for tokens.

    Raises ApiRefused, ApiUnreachable.
    """
    credentials = {"email": email, "password": password, "second_factor": code or None}
    return _log_in(_asked("POST", "/auth/login", json=credentials))


def begin_second_factor(access_token: str) -> str:
    """A secret to set an authenticator up with. Raises ApiRefused, ApiUnreachable."""
    headers = {"Authorization": f"Bearer {access_token}"}
    return str(_asked("POST", "/auth/second-factor", headers=headers)["secret"])


def confirm_second_factor(access_token: str, code: str) -> tuple[LogIn, list[str]]:
    """Show a code of the authenticator: the log-in to go on with, and the recovery codes.

    Raises ApiRefused, ApiUnreachable.
    """
    headers = {"Authorization": f"Bearer {access_token}"}
    answer = _asked("POST", "/auth/second-factor/confirm", json={"code": code}, headers=headers)
    return _log_in(answer["log_in"]), list(answer["recovery_codes"])


def refresh(refresh_token: str) -> LogIn:
    """Trade a refresh token, once, for the next tokens. Raises ApiRefused, ApiUnreachable."""
    return _log_in(_asked("POST", "/auth/refresh", json={"refresh_token": refresh_token}))


def log_out(refresh_token: str) -> None:
    """End the log-in. Raises ApiRefused, ApiUnreachable."""
    _asked("POST", "/auth/logout", json={"refresh_token": refresh_token})


def business_names(access_token: str, ids: Sequence[str]) -> dict[str, str]:
    """The names of those of the businesses that exist. Raises ApiRefused, ApiUnreachable."""
    names: dict[str, str] = {}
    for start in range(0, len(ids), NAMES_PER_QUESTION):
        page = _asked(
            "GET",
            "/businesses",
            params={"ids": ids[start : start + NAMES_PER_QUESTION], "limit": NAMES_PER_QUESTION},
            headers={"Authorization": f"Bearer {access_token}"},
        )
        names |= {card["id"]: card["name"] for card in page["items"]}
    return names


def _asked(method: str, path: str, **question: Any) -> Any:
    try:
        answer = _client(address()).request(method, f"{V1}{path}", **question)
    except httpx.TransportError as error:
        raise ApiUnreachable(
            f"the API does not answer at {address()} ({error}); start it with `sauda up`, or set API_URL"
        ) from error
    if answer.is_success:
        return answer.json() if answer.content else None
    raise ApiRefused(_reason(answer))


def _reason(answer: httpx.Response) -> str:
    if "json" in answer.headers.get("content-type", ""):
        return str(answer.json().get("detail") or answer.reason_phrase)
    return f"{address()} answered {answer.status_code} {answer.reason_phrase}"


def _log_in(tokens: dict[str, Any]) -> LogIn:
    user = tokens["user"]
    return LogIn(
        email=user["email"] or user["phone"],
        full_name=user["full_name"],
        role=user["role"],
        access_token=tokens["access_token"],
        refresh_token=tokens["refresh_token"],
        expires_in_seconds=tokens["expires_in_seconds"],
        must_set_up_second_factor=tokens["must_set_up_second_factor"],
    )


@lru_cache
def _client(base_url: str) -> httpx.Client:
    # One for the process: making a client reads all certificates anew.
    return httpx.Client(base_url=base_url, timeout=15)

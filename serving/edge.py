"""What stands between the network and the routes, as plain ASGI: who speaks through which proxy, over https alone,
how often, what browsers are told, and which answers a client has already.
"""

from __future__ import annotations

import hashlib
from typing import Final

from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from foundation.settings import Settings
from serving import deprecations, problems, rates
from serving.dependencies import VERSION
from serving.observed import CORRELATION_HEADER, QUIET, Observed
from serving.paths import V1
from serving.security import CALLER

HSTS: Final = "max-age=31536000; includeSubDomains"
SECURITY_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# FastAPI's page loads Swagger UI from its usual place and starts it by a script of the page itself.
DOCS_POLICY: Final = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' https://cdn.jsdelivr.net; "
    "style-src 'self' 'unsafe-inline' https://cdn.jsdelivr.net; "
    "img-src 'self' data: https://fastapi.tiangolo.com; frame-ancestors 'none'"
)


def install(app: FastAPI, chosen: Settings) -> None:
    """Put all of it around `app`, outermost last."""
    app.add_middleware(Validated)
    if origins := _listed(chosen.cors_origins):
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match",
                           CORRELATION_HEADER],
            expose_headers=["ETag", "RateLimit", "RateLimit-Policy", "Retry-After", "Deprecation", "Sunset",
                            CORRELATION_HEADER],
            max_age=600,
        )  # fmt: skip
    app.add_middleware(Guarded, is_https_only=chosen.https_only)
    app.add_middleware(Observed)
    if proxies := _listed(chosen.trusted_proxies):
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=proxies)


def _listed(setting: str) -> list[str]:
    return [one.strip() for one in setting.split(",") if one.strip()]


class Guarded:
    """Refuses plain http if it must, counts who does not say who they are, and tells browsers what they may do."""

    def __init__(self, app: ASGIApp, *, is_https_only: bool) -> None:
        self.app = app
        self.is_https_only = is_https_only

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add_headers(scope, MutableHeaders(scope=message))
            await send(message)

        answer = self._refusal(scope)
        await (self.app if answer is None else answer)(scope, receive, send_guarded)

    def _refusal(self, scope: Scope) -> ASGIApp | None:
        if scope["path"] in QUIET:  # a balancer asks from the inside, without a certificate
            return None
        if self.is_https_only and scope["scheme"] != "https":
            detail = "this is for https alone; what came with this request was readable on its way: change it"
            return problems.problem(403, "https-needed", detail)
        is_log_in = scope["path"].startswith(f"{V1}/auth/") and scope["method"] != "GET"
        if "authorization" in Headers(scope=scope) and not is_log_in:
            return (
                None  # whoever it is, is counted when they are known; at the log-in nobody looks at a token
            )
        try:
            rates.count_stranger(scope)
        except rates.RequestsTooMany as refusal:
            return problems.refused(refusal)
        return None

    def _add_headers(self, scope: Scope, headers: MutableHeaders) -> None:
        for name, value in SECURITY_HEADERS.items():
            headers.setdefault(name, value)
        if scope["path"] == "/docs":
            headers["Content-Security-Policy"] = DOCS_POLICY
        if scope["path"].startswith("/api/"):
            # Answers are of one caller and of this moment; a client may keep one to ask whether it still holds.
            headers.setdefault("Cache-Control", "no-cache, private" if CALLER in scope else "no-store")
        if self.is_https_only:
            headers["Strict-Transport-Security"] = HSTS
        headers.update(rates.headers(scope))
        headers.update(deprecations.headers(getattr(scope.get("route"), "name", None)))


class Validated:
    """Gives every JSON answer to a GET its ETag, and answers 304 to a client that has it already."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        held: Message | None = None
        body = bytearray()

        async def send_validated(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start" and _is_kept(message):
                held = message
                return
            if held is None:
                await send(message)
                return
            body.extend(message.get("body", b""))
            if not message.get("more_body", False):
                await self._answer(scope, held, bytes(body), send)

        await self.app(scope, receive, send_validated)

    @staticmethod
    async def _answer(scope: Scope, start: Message, body: bytes, send: Send) -> None:
        tag = etag(body, scope.get(VERSION))
        headers = MutableHeaders(scope=start)
        headers["ETag"] = tag
        if tag in _tags(Headers(scope=scope).get("If-None-Match", "")):
            start["status"], body = 304, b""
            del headers["content-length"]
            del headers["content-type"]
        await send(start)
        await send({"type": "http.response.body", "body": body})


def _is_kept(start: Message) -> bool:
    return start["status"] == 200 and Headers(scope=start).get("content-type") == "application/json"


def etag(body: bytes, version: int | str | None) -> str:
    """The tag of an answer: what it says, and before a dot the version that `If-Match` is compared with."""
    digest = hashlib.blake2b(body, digest_size=9).hexdigest()
    return f'"{digest}"' if version is None else f'"{version}.{digest}"'


def _tags(header: str) -> set[str]:
    return {one.strip().removeprefix("W/") for one in header.split(",")}

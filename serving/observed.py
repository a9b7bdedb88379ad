"""Each request under a correlation id, in the log and in the figures; a fault of ours ends as a problem."""

from __future__ import annotations

import re
import time
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from foundation.logs import correlated, logger
from serving import metrics, problems
from serving.paths import V1

log = logger(__name__)

CORRELATION_HEADER = "X-Correlation-ID"
_CORRELATION = re.compile("[A-Za-z0-9._-]{8,64}")
QUIET = {"/health", "/metrics"}
BODY_BYTES_MAX = 1_048_576
SHEET_BYTES_MAX = 8 * BODY_BYTES_MAX
BYTES_MAX_OF = {f"{V1}/offers/sheet": SHEET_BYTES_MAX, f"{V1}/offers/sheet/preview": SHEET_BYTES_MAX}
"""Paths that take ten thousand lines at once, in base64."""

HELD_LINKS: Final = ("/b/", "/k/", "/sandbox/")
"""Paths that are secrets themselves: of bills, of khatas, of the sandbox's phones."""


class Observed:
    """ASGI middleware. Not Starlette's BaseHTTPMiddleware, which runs each request in a task of its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get(CORRELATION_HEADER, "")
        # An id that could break the log's lines is replaced, not refused.
        with correlated(given if _CORRELATION.fullmatch(given) else None) as correlation:
            await self._observe(scope, receive, send, correlation)

    async def _observe(self, scope: Scope, receive: Receive, send: Send, correlation: str) -> None:
        began = time.perf_counter()
        status: int | None = None
        received = 0
        bytes_max = BYTES_MAX_OF.get(scope["path"], BODY_BYTES_MAX)

        async def receive_bounded() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > bytes_max:
                raise HTTPException(413, f"the body has more than {bytes_max} bytes; send less at once")
            return message

        async def send_observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[CORRELATION_HEADER] = correlation
            await send(message)

        try:
            await self.app(scope, receive_bounded, send_observed)
        except Exception:
            log.exception("request_failed", method=scope["method"], path=_told_path(scope))
            if status is not None:
                raise  # the answer has begun: only a broken connection can tell the client now
            await problems.internal()(scope, receive, send_observed)
        finally:
            self._record(scope, status or 0, time.perf_counter() - began)

    @staticmethod
    def _record(scope: Scope, status: int, took: float) -> None:
        # The route's pattern, not the path: a figure per id would never end.
        route = getattr(scope.get("route"), "path", "(none)")
        metrics.requests.labels(scope["method"], route, status).inc()
        metrics.seconds.labels(scope["method"], route).observe(took)
        say = log.debug if route in QUIET else log.info
        say(
            "request",
            method=scope["method"],
            route=route,
            path=_told_path(scope),
            status=status,
            milliseconds=round(took * 1000, 1),
        )


def _told_path(scope: Scope) -> str:
    """The path as the log may have it: of a link that lets in whoever holds it, the route's pattern."""
    if scope["path"].startswith(HELD_LINKS):
        return str(getattr(scope.get("route"), "path", "(a link)"))
    return str(scope["path"])

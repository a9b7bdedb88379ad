"""How requests are sent: the caller's token, a key for what moves money or goods, and trying again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx

from sauda_client.errors import Refused
from sauda_client.operations import Operations

WORTH_A_RETRY = {429, 503}
WAIT_SECONDS_MAX = 60.0


class Sauda(Operations):
    """The API at `base_url`, spoken to with an access token or an API key."""

    def __init__(
        self,
        base_url: str,
        *,
        token: str | None = None,
        retries: int = 4,
        timeout_seconds: float = 30.0,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.token = token
        self._retries = retries
        self._sleep = sleep
        self._http = httpx.Client(base_url=base_url, timeout=timeout_seconds, transport=transport)

    def __enter__(self) -> Sauda:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def _send(
        self,
        method: str,
        path: str,
        *,
        parts: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        key: str | None = None,
        is_keyed: bool = False,
    ) -> Any:
        url = path.format(**{name: quote(str(value), safe="") for name, value in (parts or {}).items()})
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if is_keyed:
            headers["Idempotency-Key"] = key or uuid4().hex
        request = self._http.build_request(
            method,
            url,
            params={name: value for name, value in (query or {}).items() if value is not None},
            json=body,
            headers=headers,
        )
        return self._read(self._answer(request, may_repeat=is_keyed or method == "GET"))

    def _answer(self, request: httpx.Request, *, may_repeat: bool) -> httpx.Response:
        # What has no key is sent once: after a broken connection nobody knows whether it was done.
        retries = self._retries if may_repeat else 0
        for attempt in range(retries):
            try:
                answer = self._http.send(request)
            except httpx.TransportError:
                self._sleep(_pause(attempt))
                continue
            if answer.status_code not in WORTH_A_RETRY:
                return answer
            told = answer.headers.get("Retry-After", "")
            self._sleep(min(float(told), WAIT_SECONDS_MAX) if told.isdecimal() else _pause(attempt))
        return self._http.send(request)

    @staticmethod
    def _read(answer: httpx.Response) -> Any:
        media_type = answer.headers.get("Content-Type", "").partition(";")[0]
        is_json = media_type == "application/json" or media_type.endswith("+json")
        if not answer.is_success:
            facts = answer.json() if is_json else {}
            raise Refused(answer.status_code, facts, answer.headers.get("X-Correlation-ID"))
        if not answer.content:
            return None
        return answer.json() if is_json else answer.content


def every(
    list_: Callable[..., Mapping[str, Any]], *given: Any, rows: str = "items", **filters: Any
) -> Iterator[Any]:
    """Every row of a list, page after page: `every(sauda.list_orders, state="placed")`.

    `rows` is what an answer that tells more than a list calls them: `every(sauda.read_collection_run, rows="stops")`.
    """
    cursor: str | None = None
    while True:
        page = list_(*given, **filters, cursor=cursor)
        yield from page[rows]
        cursor = page["next_cursor"]
        if cursor is None:
            return


def _pause(attempt: int) -> float:
    # Spread, so that clients cut off together do not come back together.
    return random.uniform(0.5, 1.0) * min(2.0**attempt / 2, WAIT_SECONDS_MAX)

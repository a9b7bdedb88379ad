"""Users of the API as one process plays them: each with a connection, one request at a time, and a pause between.

A request that was not answered, or with 503 or 429, is sent again with the same key, after the pause that the answer
asks for. What was acknowledged is remembered, to be looked for in the database afterwards.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

ANSWERED_WITHIN_SECONDS = 40.0
TRIES_MAX = 60
PAUSE_WITHOUT_WORD_SECONDS = 1.0
IDLE_MAX_SECONDS = 30.0
"""A connection that lay longer is opened anew: the API closes idle ones, and one may be closing as we write."""

READS, ORDERS = 0.60, 0.25
"""Shares of what users do; the rest are payments."""

BUSINESS_OWN = frozenset(
    {
        "credit-limit-exceeded",
        "out-of-stock",
        "payment-duplicate",
        "payment-large",
        "move-not-allowed",
        "product-unavailable",
    }
)
"""Refusals that trade brings with it: a limit reached, an empty shelf, the same amount twice in five minutes."""


@dataclass(frozen=True)
class User:
    """A retailer and the vendor that it deals with today, and what lets each of them in."""

    vendor_id: str
    retailer_id: str
    vendor_bearer: str
    retailer_bearer: str
    products: tuple[str, ...]


@dataclass
class Told:
    """What the users of one process saw."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {"read": [], "order": [], "payment": []})
    """From the first try to the answer that counts, by kind; only of requests that needed one try."""
    orders: dict[str, str] = field(default_factory=dict)
    """Key and id of every order that was acknowledged."""
    payments: dict[str, str] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    """The business's own refusals, by code."""
    backed_off: Counter[str] = field(default_factory=Counter)
    """Answers that asked for another try, and answers that never came, by code."""
    repeated: int = 0
    """Requests that were sent more than once and then succeeded."""
    errors: Counter[str] = field(default_factory=Counter)
    """All else; wanted: none."""


class NotAnswered(Exception):
    """The connection broke, or no answer came in time."""


class _Connection:
    """One kept-alive HTTP/1.1 connection: a whole client library would take half of the cores from the API."""

    def __init__(self, address: str) -> None:
        self._host, self._port = urlsplit(address).hostname or "", urlsplit(address).port or 0
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._used_at = 0.0

    async def send(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        try:
            return await asyncio.wait_for(self._send(method, path, headers, body), ANSWERED_WITHIN_SECONDS)
        except (OSError, EOFError, TimeoutError, asyncio.IncompleteReadError) as broken:
            self.close()
            raise NotAnswered(type(broken).__name__) from broken

    async def _send(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        if time.monotonic() - self._used_at > IDLE_MAX_SECONDS:
            self.close()
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._streams
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: {self._host}:{self._port}",
            f"Content-Length: {len(body)}",
        ]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        first, *rest = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        got = {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest if line)
        }
        content = await reader.readexactly(int(got.get("content-length", "0")))
        self._used_at = time.monotonic()
        if got.get("connection", "").lower() == "close":
            self.close()
        return int(first.split(" ")[1]), got, content

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


def play(users: list[User], address: str, seconds: float, think_seconds: float, seed: int) -> Told:
    """Let the users act for so many seconds, then finish what they began."""
    told = Told()

    async def all_of_them() -> None:
        until = time.monotonic() + seconds
        await asyncio.gather(
            *(
                _Acting(user, _Connection(address), told, random.Random(seed * 10_000 + n)).until(
                    until, think_seconds
                )
                for n, user in enumerate(users)
            )
        )

    asyncio.run(all_of_them())
    return told


class _Acting:
    def __init__(self, user: User, connection: _Connection, told: Told, draw: random.Random) -> None:
        self._user, self._connection, self._told, self._draw = user, connection, told, draw
        self._order_id: str | None = None
        """The newest order; who has none yet owes nothing that could be paid."""
        self._next = "place"

    async def until(self, moment: float, think_seconds: float) -> None:
        # Nobody begins with all the others.
        await asyncio.sleep(self._draw.random() * max(think_seconds, 0.5))
        while time.monotonic() < moment:
            share = self._draw.random()
            if share < READS:
                await self._read()
            elif share < READS + ORDERS or self._order_id is None:
                await self._order()
            else:
                await self._pay()
            if think_seconds:
                await asyncio.sleep(self._draw.expovariate(1 / think_seconds))
        self._connection.close()

    async def _read(self) -> None:
        goods = f"/products?{urlencode({'vendor_id': self._user.vendor_id, 'limit': 50})}"
        path, bearer = self._draw.choice(
            [
                ("/orders?limit=50", self._user.retailer_bearer),
                ("/orders?limit=50", self._user.vendor_bearer),
                (goods, self._user.retailer_bearer),
                ("/credit/history?limit=50", self._user.retailer_bearer),
                (f"/credit/ageing/{self._user.vendor_id}", self._user.retailer_bearer),
                *([(f"/orders/{self._order_id}", self._user.retailer_bearer)] if self._order_id else []),
            ]
        )
        await self._ask("read", "GET", path, bearer, None, HTTPStatus.OK)

    async def _order(self) -> None:
        """Place an order, then as the vendor accept it, then deliver it; then the next one."""
        path = f"/orders/{self._order_id}"
        bearer = self._user.vendor_bearer
        if self._next == "place" or self._order_id is None:
            goods = self._draw.sample(self._user.products, min(5, len(self._user.products)))
            lines = [{"product_id": one, "quantity": str(self._draw.randint(1, 9))} for one in goods]
            wish = {"vendor_id": self._user.vendor_id, "lines": lines}
            answer = await self._ask(
                "order",
                "POST",
                "/orders",
                self._user.retailer_bearer,
                wish,
                HTTPStatus.CREATED,
                self._told.orders,
            )
            if answer is not None:
                self._order_id, self._next = answer["id"], "accept"
        elif self._next == "accept":
            await self._ask("order", "POST", f"{path}/accept", bearer, {}, HTTPStatus.OK)
            self._next = "deliver"
        else:
            await self._ask("order", "POST", f"{path}/deliveries", bearer, {}, HTTPStatus.CREATED)
            self._next = "place"

    async def _pay(self) -> None:
        rupees = f"{self._draw.randint(1, 500)}.{self._draw.randint(0, 99):02}"
        payment = {"retailer_id": self._user.retailer_id, "amount": rupees, "mode": "upi"}
        await self._ask(
            "payment",
            "POST",
            "/credit/payment",
            self._user.vendor_bearer,
            payment,
            HTTPStatus.CREATED,
            self._told.payments,
        )

    async def _ask(
        self,
        kind: str,
        method: str,
        path: str,
        bearer: str,
        body: dict[str, Any] | None,
        wanted: int,
        acknowledged: dict[str, str] | None = None,
    ) -> dict[str, Any] | None:
        key = uuid4().hex
        headers = {
            "Authorization": f"Bearer {bearer}",
            "Content-Type": "application/json",
            "Idempotency-Key": key,
        }
        content = b"" if body is None else json.dumps(body).encode()
        began = time.monotonic()
        for turn in range(TRIES_MAX):
            try:
                status, got, answer = await self._connection.send(method, f"/api/v1{path}", headers, content)
            except NotAnswered as broken:
                self._told.backed_off[f"not answered: {broken}"] += 1
                await asyncio.sleep(PAUSE_WITHOUT_WORD_SECONDS)
                continue
            if status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
                self._told.backed_off[_code(answer)] += 1
                await asyncio.sleep(float(got.get("retry-after", "1")) * self._draw.uniform(0.5, 1.5))
                continue
            return self._judged(kind, key, status, answer, wanted, acknowledged, began, turn)
        self._told.errors[f"{method} {path.partition('?')[0][:20]} gave up"] += 1
        return None

    def _judged(
        self,
        kind: str,
        key: str,
        status: int,
        answer: bytes,
        wanted: int,
        acknowledged: dict[str, str] | None,
        began: float,
        turn: int,
    ) -> dict[str, Any] | None:
        if status == wanted:
            found: dict[str, Any] = json.loads(answer)
            if acknowledged is not None:
                acknowledged[key] = found["id"]
            if turn:
                self._told.repeated += 1
            else:
                self._told.seconds[kind].append(time.monotonic() - began)
            return found
        code = _code(answer)
        if code in BUSINESS_OWN:
            self._told.refused[code] += 1
        else:
            self._told.errors[f"{kind}: {status} {code}"] += 1
        return None


def _code(answer: bytes) -> str:
    try:
        return str(json.loads(answer)["code"])
    except (ValueError, KeyError, TypeError):
        return f"not a problem: {answer[:80]!r}"

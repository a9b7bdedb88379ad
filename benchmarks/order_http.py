"""Placing orders through the API beside the same peer: `sauda bench order-http` prints one JSON object.

Two processes of the API, as `sauda api` starts them, and eight caller processes, each with one connection kept open
to one of them. Every caller posts orders of five lines with a key of its own and reads the answer whole; in turns
with these rounds the same callers call the PL/pgSQL function of `benchmarks/order.py` directly. `ratio` is orders
through HTTP to those of the function.
"""

from __future__ import annotations

import http.client
import json
import multiprocessing
import random
import time
from collections.abc import Callable, Sequence
from multiprocessing.synchronize import Barrier
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import psycopg

from benchmarks import order
from benchmarks.order import LINES, Market
from benchmarks.parts.scratch import api_processes, percentile, scratch_home
from commerce.identity import tokens
from foundation import locations
from foundation.ids import uuid7

API_PROCESSES = 2
P99_WANTED_MS = 60.0

Call = Callable[[], object]


def measure(
    rounds: int = 3, round_seconds: float = 5.0, callers: int = 8, warm_up_seconds: float = 1.0
) -> dict[str, Any]:
    """Orders a second and latencies through HTTP and by the function, on a scratch home."""
    with scratch_home() as home:
        market = order.make_market()
        order.add_peer()
        bearers = {retailer: _token(retailer) for retailer in market[1]}
        with api_processes(home, API_PROCESSES) as addresses:
            taken = _rounds(market, bearers, addresses, callers, rounds, (warm_up_seconds, round_seconds))
        deadlocks = _deadlocks()
    figures = {
        way: {
            "orders_per_second": round(len(seconds) / (rounds * round_seconds), 1),
            **{f"p{p}_ms": round(percentile(seconds, p) * 1000, 2) for p in (50, 95, 99)},
        }
        for way, seconds in taken.items()
    }
    return {
        "name": "order-http",
        "what": f"orders of five lines a second through HTTP ({API_PROCESSES} processes) to those by one PL/pgSQL"
        f" function, {callers} callers",
        "ratio": round(len(taken["http"]) / len(taken["plpgsql"]), 3),
        "limit": 0.20,
        "p99_ms_wanted": P99_WANTED_MS,
        "deadlocks": deadlocks,
        **figures,
    }


def _rounds(
    market: Market,
    bearers: dict[UUID, str],
    addresses: Sequence[str],
    callers: int,
    rounds: int,
    seconds: tuple[float, float],
) -> dict[str, list[float]]:
    taken: dict[str, list[float]] = {"http": [], "plpgsql": []}
    context = multiprocessing.get_context("spawn")
    with context.Pool(callers, initializer=_begin_caller, initargs=(context.Barrier(callers),)) as pool:
        for round_no in range(rounds):
            for way in taken:
                tasks = [
                    (market, bearers, addresses[n % len(addresses)], way, round_no * 100 + n, seconds)
                    for n in range(callers)
                ]
                for answer in pool.starmap(_caller, tasks, chunksize=1):
                    taken[way] += answer
    return taken


def _token(retailer: UUID) -> str:
    return tokens.issue_access_token(
        tokens.Access(uuid7(), "retailer", retailer, "owner", has_second_factor=False)
    )


def _deadlocks() -> int:
    with psycopg.connect(locations.database_admin_url()) as owner:
        row = owner.execute(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        ).fetchone()
        return int(row[0]) if row else 0


_ready: list[Barrier] = []


def _begin_caller(ready: Barrier) -> None:
    _ready.append(ready)


def _caller(
    market: Market, bearers: dict[UUID, str], address: str, way: str, seed: int, seconds: tuple[float, float]
) -> list[float]:
    """One process: places for the warm-up, then, when all are warm, for the round."""
    draw = random.Random(seed)
    warm_up_seconds, round_seconds = seconds
    one = _by_http(market, bearers, address, draw) if way == "http" else _by_function(market, draw)
    warm_until = time.perf_counter() + warm_up_seconds
    while time.perf_counter() < warm_until:
        one()
    _ready[0].wait(timeout=60)
    until = time.perf_counter() + round_seconds
    taken = []
    while (began := time.perf_counter()) < until:
        one()
        taken.append(time.perf_counter() - began)
    return taken


def _by_http(market: Market, bearers: dict[UUID, str], address: str, draw: random.Random) -> Call:
    vendors, retailers, products = market
    # The client of the standard library: what it costs is taken from the same cores.
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)

    def one() -> None:
        retailer = draw.choice(retailers)
        lines = [
            {"product_id": str(product), "quantity": str(draw.randint(1, 9))}
            for product in draw.sample(products, LINES)
        ]
        body = json.dumps({"vendor_id": str(draw.choice(vendors)), "lines": lines})
        headers = {
            "Authorization": f"Bearer {bearers[retailer]}",
            "Content-Type": "application/json",
            "Idempotency-Key": uuid7().hex,
        }
        connection.request("POST", "/api/v1/orders", body, headers)
        answer = connection.getresponse()
        content = answer.read()
        if answer.status != http.HTTPStatus.CREATED:
            raise RuntimeError(f"{answer.status}: {content[:500]!r}")

    return one


def _by_function(market: Market, draw: random.Random) -> Call:
    vendors, retailers, products = market
    place = order.placing_by(order.connection_of_caller())

    def one() -> None:
        quantities = [draw.randint(1, 9) for _ in range(LINES)]
        place(draw.choice(vendors), draw.choice(retailers), draw.sample(products, LINES), quantities)

    return one


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))

"""Five hundred users at once, with and without a crash of the database: `sauda bench load` prints one JSON object.

300 vendors and 1,500 retailers; users read (60 %), order (25 %: place, accept, deliver) and pay (15 %), each with a
pause between two requests, against two processes of the API and a worker. Afterwards the books, the stock and the
limits are checked from the rows, and every acknowledged order and payment is looked for. In the second phase
Postgres is killed in the middle and started again: a request that was in flight is sent again with its key and has
one effect. `ratio` counts what went wrong: errors that are not the business's own, lost writes and findings; wanted: 0.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

import migrations
from benchmarks.parts.load_client import Told, User, play
from benchmarks.parts.scratch import api_processes, percentile, process, scratch_home
from commerce.catalogue import service as catalogue
from commerce.credit import service as credit
from commerce.identity import tokens
from commerce.ledger import verification
from commerce.parties import service as parties
from commerce.stock import service as stock
from foundation import database, embedded_postgres, locations
from foundation.ids import uuid7

API_PROCESSES, CLIENT_PROCESSES = 2, 2
PRODUCTS, SCARCE = 60, 5
"""Goods of every vendor; of the first few of them there is little, so that shelves run empty."""
SMALL_LIMIT_PAISA, LIMIT_PAISA = 1_000_00, 10**12
PLACES = {"country": "NP", "state": "NP-P6", "zone": "Surkhet"}


def measure(
    vendors: int = 300,
    retailers: int = 1_500,
    users: int = 500,
    seconds: float = 120.0,
    think_seconds: float = 1.0,
) -> dict[str, Any]:
    """Two phases over one scratch home: undisturbed, and with a crash of Postgres in the middle."""
    with scratch_home() as home:
        migrations.upgrade()
        customers = _make_market(vendors, retailers)
        with api_processes(home, API_PROCESSES) as addresses, _working(home) as start_worker:
            acting = customers[: min(users, len(customers))]
            calm = _phase(acting, addresses, seconds, think_seconds, seed=1)
            with _crashing(home, seconds / 2, start_worker):
                crashed = _phase(acting, addresses, seconds, think_seconds, seed=2)
    wrong = sum(
        sum(phase["errors"].values()) + sum(phase["lost"].values()) + len(phase["findings"])
        for phase in (calm, crashed)
    )
    return {
        "name": "load",
        "what": f"{len(acting)} users at once for {seconds:g} s, twice: errors, lost writes and findings",
        "ratio": wrong,
        "limit": 0,
        "think_seconds": think_seconds,
        "undisturbed": calm,
        "with_a_crash_of_postgres": crashed,
    }


def _make_market(vendors: int, retailers: int) -> list[User]:
    """Vendors with shelves, and one user for every retailer, who deals with one of them on credit."""

    def goods(session: Session) -> list[UUID]:
        return [
            catalogue.add_product(
                session, sku=f"SKU-{n}", name=f"Good {n}", category="noodles", base_unit="packet"
            )
            for n in range(PRODUCTS)
        ]

    products = database.write(goods)

    def vendor(n: int) -> UUID:
        def make(session: Session) -> UUID:
            made = parties.create_business(
                session, name=f"Vendor {n}", is_vendor=True, is_retailer=False, **PLACES
            ).id
            for number, product in enumerate(products):
                catalogue.set_offer(
                    session,
                    vendor_id=made,
                    product_id=product,
                    unit="packet",
                    unit_price=Decimal(number) / 7 + 5,
                    currency="NPR",
                )
            shelf = {
                product: Decimal(200 if number < SCARCE else 10**9) for number, product in enumerate(products)
            }
            stock.receive(session, business_id=made, kind="opening", quantities=shelf)
            return made

        return database.write(make)

    sellers = [vendor(n) for n in range(vendors)]
    bearers = {seller: _bearer("vendor", seller) for seller in sellers}

    def customer(n: int) -> User:
        seller = sellers[n % vendors]

        def make(session: Session) -> UUID:
            made = parties.create_business(
                session, name=f"Shop {n}", is_vendor=False, is_retailer=True, **PLACES
            ).id
            credit.agree(
                session,
                vendor_id=seller,
                retailer_id=made,
                limit_paisa=SMALL_LIMIT_PAISA if n % 10 == 0 else LIMIT_PAISA,
                net_days=15,
                reason="for the benchmark",
                policy_version="benchmark",
            )
            return made

        made = database.write(make)
        return User(
            str(seller), str(made), bearers[seller], _bearer("retailer", made), tuple(map(str, products))
        )

    made = [customer(n) for n in range(retailers)]
    random.Random(7).shuffle(made)
    return made


def _bearer(role: str, business_id: UUID) -> str:
    return tokens.issue_access_token(tokens.Access(uuid7(), role, business_id, "owner"))


@contextmanager
def _working(home: Path) -> Iterator[Any]:
    """A worker beside the API; what is yielded starts the next one, as a supervisor does."""
    with ExitStack() as running:

        def start() -> None:
            name = f"worker-{time.monotonic_ns()}"
            running.enter_context(process(home, name, ["worker"], {}))

        start()
        yield start


@contextmanager
def _crashing(home: Path, after_seconds: float, start_worker: Any) -> Iterator[None]:
    """Postgres is ended as by a crash, once, and started again."""

    def crash() -> None:
        pid = embedded_postgres.status(home).pid
        assert pid is not None
        os.kill(pid, signal.SIGQUIT)  # no farewell to anybody: it recovers from its log
        while embedded_postgres.status(home).running:
            time.sleep(0.05)
        locations.embedded_server()
        start_worker()  # the first one lost its name with its connection

    timer = threading.Timer(after_seconds, crash)
    timer.start()
    try:
        yield
    finally:
        timer.join()


def _phase(
    users: Sequence[User], addresses: Sequence[str], seconds: float, think_seconds: float, *, seed: int
) -> dict[str, Any]:
    shares = [users[n::CLIENT_PROCESSES] for n in range(CLIENT_PROCESSES)]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(len(shares), mp_context=context) as clients:
        began = time.monotonic()
        waiting: list[Future[Told]] = [
            clients.submit(
                play, list(share), addresses[n % len(addresses)], seconds, think_seconds, seed * 100 + n
            )
            for n, share in enumerate(shares)
        ]
        told = [each.result() for each in waiting]
        took = time.monotonic() - began
    return {**_figures(told, took), **_kept(told)}


def _figures(told: Sequence[Told], took: float) -> dict[str, Any]:
    seconds = {kind: [one for each in told for one in each.seconds[kind]] for kind in told[0].seconds}
    answered = sum(map(len, seconds.values()))
    return {
        "requests_per_second": round(answered / took, 1),
        **{
            kind: {
                "answered": len(taken),
                **{f"p{p}_ms": round(percentile(taken, p) * 1000, 1) for p in (50, 95, 99)},
            }
            for kind, taken in seconds.items()
            if taken
        },
        "refused_by_the_business": dict(_added(each.refused for each in told)),
        "sent_again": dict(_added(each.backed_off for each in told)),
        "succeeded_when_sent_again": sum(each.repeated for each in told),
        "errors": dict(_added(each.errors for each in told)),
    }


def _added(counts: Iterator[Counter[str]]) -> Counter[str]:
    return sum(counts, Counter())


_KEPT = {
    "order": "SELECT id, (SELECT count(*) FROM app.idempotency_keys WHERE result_id = orders.id) FROM app.orders",
    "payment": "SELECT id, (SELECT count(*) FROM app.idempotency_keys WHERE result_id = payments.id) FROM app.payments",
}


def _kept(told: Sequence[Told]) -> dict[str, Any]:
    """What was acknowledged and is not there, what is there twice, and what the checks of the books find."""
    lost: dict[str, int] = {}
    with database.read() as session:
        for kind, question in _KEPT.items():
            there = {str(row[0]): int(row[1]) for row in session.execute(text(question))}
            acknowledged: dict[str, str] = {}
            for each in told:
                acknowledged |= each.orders if kind == "order" else each.payments
            lost[f"acknowledged {kind}s that are not there"] = len(set(acknowledged.values()) - set(there))
            lost[f"{kind}s without a request, or with two"] = sum(keys != 1 for keys in there.values())
        findings = [f"{found.check}: {found.detail}" for found in verification.verify(session)]
        findings += _limits_passed(session)
    return {
        "lost": lost,
        "acknowledged": sum(len(each.orders) + len(each.payments) for each in told),
        "findings": findings,
    }


def _limits_passed(session: Session) -> list[str]:
    rows = session.execute(
        text("""
            SELECT account_id, posted_paisa + held_paisa AS used, limit_paisa FROM app.receivables
            WHERE posted_paisa + held_paisa > limit_paisa
        """)
    )
    return [
        f"account {row.account_id}: {row.used} paisa used of a limit of {row.limit_paisa}" for row in rows
    ]


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))

"""Many callers at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from foundation import database
from foundation.embedded_postgres import Server
from tests.conftest import forget_connections

CALLERS = 16

Crowd = Callable[[Sequence[Callable[[], object]]], list[object]]


@pytest.fixture
def crowd(migrated: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Crowd]:
    """Runs calls at once, each on a connection of its own; answers what each returned or raised, in order.

    A deadlock that `write` healed by running again fails the test: the lock order must not let it happen.
    """
    monkeypatch.setenv("DB_POOL_SIZE", str(CALLERS))
    monkeypatch.setenv("DB_POOL_TIMEOUT_SECONDS", "60")
    monkeypatch.setenv("DB_LOCK_TIMEOUT_MS", "60000")
    monkeypatch.setenv("DB_STATEMENT_TIMEOUT_MS", "90000")
    forget_connections()
    database.engine()  # one for all: callers that come first together would make a pool each
    before = _deadlocks()

    def run(calls: Sequence[Callable[[], object]]) -> list[object]:
        together = Barrier(len(calls))

        def one(call: Callable[[], object]) -> object:
            together.wait(timeout=60)
            try:
                return call()
            except Exception as error:
                return error

        with ThreadPoolExecutor(len(calls)) as threads:
            return list(threads.map(one, calls))

    yield run
    forget_connections()
    assert _deadlocks() == before


def _deadlocks() -> float:
    return database.retries.labels("deadlock")._value.get()

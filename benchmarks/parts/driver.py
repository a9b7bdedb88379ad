"""What this process sends to its database, seen where it leaves: at the driver, whoever hands it over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import event

from foundation import database


@contextmanager
def statements_sent() -> Iterator[list[str]]:
    """The statements of the body's transactions, as they come; BEGIN and COMMIT are not among them."""
    seen: list[str] = []

    class Noting(psycopg.Cursor[Any]):
        def execute(self, query: Any, *args: Any, **kwargs: Any) -> Noting:
            seen.append(str(query))
            return super().execute(query, *args, **kwargs)

    def note(driver: psycopg.Connection[Any], *_: object) -> None:
        driver.cursor_factory = Noting

    def forget(driver: psycopg.Connection[Any] | None, *_: object) -> None:
        if driver is not None:
            driver.cursor_factory = psycopg.Cursor

    engine = database.engine()
    event.listen(engine, "checkout", note)
    event.listen(engine, "checkin", forget)
    try:
        yield seen
    finally:
        event.remove(engine, "checkout", note)
        event.remove(engine, "checkin", forget)

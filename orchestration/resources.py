"""What the assets of a run share: the warehouse, held by its lock, and the day that the run may know."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, ClassVar, cast

import dagster as dg
import polars as pl
from adbc_driver_postgresql import dbapi
from pydantic import Field

from foundation import locations
from foundation.errors import Invalid
from foundation.warehouse import warehouse_lock
from ingestion.horizon import last_closed_day, last_over_day

STATEMENT_TIMEOUT_MS = 30_000
DAGSTER_CONNECTIONS = 4


class DayInvalid(Invalid):
    """The asked business day is no date, or is not over yet."""

    code: ClassVar[str] = "as-of-invalid"


class Warehouse(dg.ConfigurableResource[Any]):
    """The warehouse, held by this run from its first step to its last."""

    as_of: str = Field(
        "", description="Last business day that the run may know, YYYY-MM-DD; empty: the last closed one."
    )

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Warehouse]:
        """Hold the warehouse. Raises WarehouseBusy, which says who holds it."""
        if context.instance is not None:
            keep_connections(context.instance)
        run = context.run
        with warehouse_lock(f"run {run.run_id[:8]} of {run.job_name}" if run else "an ad-hoc run"):
            yield self

    @property
    def url(self) -> str:
        """Where it is."""
        return locations.warehouse_url()

    def day(self) -> date:
        """The `as_of` of this run: the asked day, or the last one that was closed at the cut.

        Nobody else writes while the run holds the warehouse, so every step gets the same answer.
        Raises DayInvalid, NothingIngested.
        """
        closed = last_closed_day(self.url)
        if not self.as_of:
            return closed
        try:
            asked = date.fromisoformat(self.as_of)
        except ValueError:
            raise DayInvalid(f"as_of {self.as_of!r} is no date; write it like {closed}") from None
        # A day without trade is closed when it is over, so the day before the cut may always be asked for.
        last = max(closed, last_over_day(self.url))
        if asked > last:
            raise DayInvalid(f"{asked} is not over yet; ask for {last} or an earlier day")
        return asked

    def rows(self, query: str) -> pl.DataFrame:
        """The rows of one of our own SELECTs. Cast numbers with decimals to float8: ADBC has them as text."""
        with dbapi.connect(self.url) as connection, connection.cursor() as cursor:
            cursor.execute(query)
            return cast(pl.DataFrame, pl.from_arrow(cursor.fetch_arrow_table()))

    def count(self, query: str) -> int:
        """The one whole number of a query."""
        return int(self.rows(query).item())


def keep_connections(instance: dg.DagsterInstance) -> None:
    """Let the instance keep its connections for the run: it otherwise opens one for every statement."""
    for storage in (instance.event_log_storage, instance.run_storage):
        storage.optimize_for_webserver(
            statement_timeout=STATEMENT_TIMEOUT_MS, pool_recycle=-1, max_overflow=DAGSTER_CONNECTIONS
        )

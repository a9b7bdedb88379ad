"""The warehouse's one lock: whatever writes there holds it, and a second is told who does."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

import psycopg

from foundation import locations
from foundation.errors import Conflict

_LOCK = (0x5A0DA, 1)  # the two keys of the advisory lock
_NAME_BYTES_MAX = 63  # Postgres cuts application_name there


class WarehouseBusy(Conflict):
    """Another run holds the warehouse."""

    code: ClassVar[str] = "warehouse-busy"


@contextmanager
def warehouse_lock(holder: str, url: str | None = None) -> Iterator[None]:
    """Hold the warehouse for the body; the server lets go of it when this process dies, however it dies.

    `holder` is what a second one is told ("sauda run 3f2a"). Raises WarehouseBusy at once.
    """
    name = f"{holder}, {socket.gethostname()} pid {os.getpid()}".encode()[:_NAME_BYTES_MAX].decode(
        errors="ignore"
    )
    with psycopg.connect(
        url or locations.warehouse_url(), autocommit=True, application_name=name
    ) as connection:
        # A server that hangs up on idle sessions would let go of the lock in the middle of a run.
        if connection.info.server_version >= 140000:
            connection.execute("SET idle_session_timeout = 0")
        taken = connection.execute("SELECT pg_try_advisory_lock(%s, %s)", _LOCK).fetchone()
        if taken is None or not taken[0]:
            by = holder_of_lock(connection) or "a run that has just ended"
            raise WarehouseBusy(f"the warehouse is held by {by}; wait until it ends, or stop it", holder=by)
        yield


def holder_of_lock(connection: psycopg.Connection) -> str | None:
    """Who holds the warehouse, and since when; None where nobody does."""
    row = connection.execute(
        """
        SELECT a.application_name || ', since '
               || to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"')
        FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
        WHERE l.locktype = 'advisory' AND l.classid = %s AND l.objid = %s AND l.objsubid = 2 AND l.granted
              AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """,
        _LOCK,
    ).fetchone()
    return row[0] if row else None

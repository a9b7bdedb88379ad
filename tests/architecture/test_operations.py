"""The table of connections in docs/operations.md is true, and its sum leaves room on the server."""

from __future__ import annotations

import re
from pathlib import Path

import psycopg

from foundation import worker
from foundation.embedded_postgres import SUPERUSER, Server
from foundation.settings import Settings

RESERVED = 10
DOCUMENT = Path(__file__).parents[2] / "docs" / "operations.md"


def documented() -> dict[str, int]:
    section = DOCUMENT.read_text().partition("## Connections")[2].partition("\n## ")[0]
    return {name.strip(): int(count) for name, count in re.findall(r"^\| ([^|]+) \| (\d+) \|", section, re.M)}


def test_the_pools_of_all_processes_leave_room_on_the_server(server: Server) -> None:
    with psycopg.connect(server.url(SUPERUSER, "postgres")) as connection:
        row = connection.execute("SHOW max_connections").fetchone()
    assert row is not None
    rows = documented()
    total = rows.pop("sum")
    assert total == sum(rows.values())
    assert total < int(row[0]) - RESERVED


def test_the_rows_of_our_own_pools_follow_the_defaults() -> None:
    pool = Settings.model_fields["db_pool_size"].default
    rows = documented()
    assert rows["API"] == pool
    assert rows["worker"] == pool + worker.SYSTEM_POOL + 2

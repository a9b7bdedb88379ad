"""Ingestion of a large table: `python -m benchmarks.ingest` prints one JSON object.

Two million rows go from Postgres to the lake and the warehouse by one first run (snapshot, Parquet, COPY, unique
index, the source's own figures, receipt), beside `COPY … TO STDOUT (FORMAT binary)` of the same columns by the same
role, before and after it. All of it stands on a scratch home that is erased in the end.
"""

from __future__ import annotations

import json
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from obstore.store import LocalStore
from psycopg import sql

import migrations
from foundation import embedded_postgres
from foundation.embedded_postgres import APP, DATABASE, OWNER, SUPERUSER, WAREHOUSE, Server
from foundation.object_store import ObjectStore
from foundation.settings import settings
from ingestion.checks import disagreements
from ingestion.run import ingest
from ingestion.sources import source

ROWS = 2_000_000

# Ids as the application makes them: the time first, so that rows lie nearly in the order of their key.
_ID = (
    "(lpad(to_hex(1704067200000 + {0}), 12, '0') || '7' || left(md5(({0})::text), 3)"
    " || '8' || right(md5(({0})::text), 15))::uuid"
)

_PLANTED = {
    "receivable_items": """
        INSERT INTO app.receivable_items (id, business_id, account_id, kind, amount_paisa, currency, document_date,
            due_date, source, source_id, order_id, transaction_id, document_number, recorded_at)
        SELECT {id}, md5((n % 40)::text)::uuid, md5((n % 4000)::text)::uuid, 'charge', 100 + n % 900000,
            'NPR', date '2024-01-01' + n % 700, date '2024-01-31' + n % 700, 'delivery', md5((n + 1)::text)::uuid,
            md5((n + 2)::text)::uuid, md5((n + 3)::text)::uuid, 'D' || n, timestamptz '2024-01-01' + n * interval '1 s'
        FROM generate_series(1, {rows}) n""",
    "stock_movements": """
        INSERT INTO app.stock_movements (id, business_id, product_id, kind, quantity, on_hand_after, source_id,
            moved_at, recorded_at)
        SELECT {id}, md5((n % 40)::text)::uuid, md5((n % 900)::text)::uuid, 'delivery', n % 50 + 0.5,
            n % 1000, md5((n % 200000)::text)::uuid, timestamptz '2024-01-01' + n * interval '1 s',
            timestamptz '2024-01-01' + n * interval '1 s'
        FROM generate_series(1, {rows}) n""",
    "order_lines": """
        INSERT INTO app.order_lines (order_id, line_no, vendor_id, retailer_id, product_id, unit, base_quantity,
            unit_price, asked_quantity, ordered_quantity, is_stock_tracked, delivered_quantity)
        SELECT {order}, n % 5, md5((n % 40)::text)::uuid, md5((n % 200)::text)::uuid,
            md5((n % 900)::text)::uuid, 'packet', 24, (n % 10000) / 7.0, n % 50 + 1, n % 50 + 1, true, n % 50 + 1
        FROM generate_series(1, {rows}) n""",
    "postings": """
        INSERT INTO app.postings (business_id, transaction_id, line_no, account_id, amount_paisa, currency)
        SELECT md5((n % 40)::text)::uuid, {transaction}, n % 2, md5((n % 4000)::text)::uuid,
            100 + n % 900000, 'NPR' FROM generate_series(1, {rows}) n""",
}


def measure(table: str = "stock_movements", rows: int = ROWS) -> dict[str, Any]:
    """Rows a second of one first ingestion of `table`, and of COPY; `ratio` is ours to COPY's."""
    with _scratch_server() as (server, folder):
        _plant(server, table, rows)
        store = ObjectStore(str(folder), LocalStore(folder, mkdir=True))
        before = _copy_seconds(server, table)
        started = time.perf_counter()
        report = ingest(
            "bench",
            source_url=server.url(APP, DATABASE),
            warehouse_url=server.url(OWNER, WAREHOUSE),
            store=store,
        )
        seconds = time.perf_counter() - started
        after = _copy_seconds(server, table)
        if report.rows < rows or disagreements(warehouse_url=server.url(OWNER, WAREHOUSE)):
            raise RuntimeError(f"{report.rows} rows carried of {rows}, or source and raw disagree")
    copy_seconds = (before + after) / 2
    return {
        "benchmark": "ingest",
        "table": table,
        "columns": len(source(table).carried),
        "rows": rows,
        "seconds": round(seconds, 2),
        "rows_per_second": round(rows / seconds),
        "copy_seconds": [round(before, 2), round(after, 2)],
        "copy_rows_per_second": round(rows / copy_seconds),
        "peak_memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "ratio": round(copy_seconds / seconds, 3),
        "ratio_wanted": 0.25,
    }


@contextmanager
def _scratch_server() -> Iterator[tuple[Server, Path]]:
    with tempfile.TemporaryDirectory(prefix="sauda-bench-") as name:
        home = Path(name)
        home.chmod(0o711)  # as root the server runs as nobody, who must be able to enter
        server = embedded_postgres.ensure_running(home, settings().sauda_postgres_bin)
        try:
            migrations.upgrade(server.url(OWNER, DATABASE), server.url(APP, DATABASE))
            yield server, home / "objects"
        finally:
            embedded_postgres.erase(home)


def _plant(server: Server, table: str, rows: int) -> None:
    with psycopg.connect(server.url(SUPERUSER, DATABASE), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        statement = _PLANTED[table].format(
            id=_ID.format("n"), order=_ID.format("n / 5"), transaction=_ID.format("n / 2"), rows=rows
        )
        connection.execute(statement.encode())
        connection.execute(sql.SQL("VACUUM (ANALYZE) {}").format(sql.Identifier("app", table)))
        connection.execute("CHECKPOINT")


def _copy_seconds(server: Server, table: str) -> float:
    columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in source(table).carried)
    query = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT (FORMAT binary)").format(
        columns, sql.Identifier("app", table)
    )
    with psycopg.connect(server.url(APP, DATABASE)) as connection, connection.cursor() as cursor:
        cursor.execute("SET app.business_id = '*'")
        started = time.perf_counter()
        with cursor.copy(query) as copy:
            for _ in copy:
                continue
        return time.perf_counter() - started


if __name__ == "__main__":
    import sys

    print(json.dumps(measure(*sys.argv[1:2]), indent=1))

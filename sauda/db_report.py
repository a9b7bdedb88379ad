"""`sauda db report`: what an operator asks a database that has grown slow."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

ROWS = 10
LARGE_BYTES = 8 * 2**20
"""Below a thousand pages a whole scan costs less than an index."""


@dataclass(frozen=True)
class Section:
    """One question, its answer as rows, and what to do about them."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[object, ...]]
    remark: str


_STATEMENTS = """
    SELECT total_ms, calls, mean_ms, left(statement, 120) FROM operations.slow_statements
    ORDER BY total_ms DESC LIMIT %(rows)s
"""
_SCANNED = """
    SELECT table_name, whole_scans, index_scans, pg_size_pretty(bytes) FROM operations.tables_read
    WHERE bytes > %(large)s AND whole_scans > 0 ORDER BY rows_of_whole_scans DESC LIMIT %(rows)s
"""
_UNUSED = """
    SELECT index_name, table_name, pg_size_pretty(bytes) FROM operations.index_use
    WHERE schema = 'app' AND scans = 0 AND NOT is_unique AND bytes > %(large)s ORDER BY bytes DESC LIMIT %(rows)s
"""
_DEAD = """
    SELECT name, dead_rows, round(100.0 * dead_rows / (live_rows + dead_rows), 1), last_autovacuum
    FROM operations.bloat
    WHERE kind = 'table' AND dead_rows > 0.2 * (live_rows + dead_rows) AND bytes > %(large)s
    ORDER BY dead_rows DESC LIMIT %(rows)s
"""
_WASTED = """
    SELECT name, kind, pg_size_pretty(wasted_bytes), round(100.0 * wasted_bytes / bytes, 1) FROM operations.bloat
    WHERE bytes > %(large)s AND wasted_bytes > 0.3 * bytes ORDER BY wasted_bytes DESC LIMIT %(rows)s
"""


def report(connection: psycopg.Connection, *, large: int = LARGE_BYTES) -> list[Section]:
    """Slow statements, whole scans of large tables, indexes nobody reads, dead rows and wasted room, worst first."""

    def ask(query: str) -> list[tuple[object, ...]]:
        return connection.execute(query.encode(), {"rows": ROWS, "large": large}).fetchall()

    statements = ask(_STATEMENTS)
    return [
        Section(
            "Statements by time spent",
            ("ms", "calls", "mean ms", "statement"),
            statements,
            "EXPLAIN (ANALYZE, BUFFERS) the first of them"
            if statements
            else "not counted: set shared_preload_libraries = 'pg_stat_statements', then CREATE EXTENSION",
        ),
        Section(
            "Large tables read whole",
            ("table", "whole scans", "index scans", "size"),
            ask(_SCANNED),
            "checks and ingestion read whole tables rightly; a request must not",
        ),
        Section(
            "Large indexes never read",
            ("index", "table", "size"),
            ask(_UNUSED),
            "counted since the statistics were reset, on this server alone: look at its replicas before you drop one",
        ),
        Section(
            "Dead rows",
            ("table", "dead", "per cent", "last autovacuum"),
            ask(_DEAD),
            "an old transaction holds the clean-up back, or autovacuum_vacuum_cost_limit is too low",
        ),
        Section(
            "Room that is wasted, by estimate",
            ("name", "kind", "wasted", "per cent"),
            ask(_WASTED),
            "an index: REINDEX INDEX CONCURRENTLY; a table: rarely worth it, new rows fill it again",
        ),
    ]

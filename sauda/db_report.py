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
    SELECT round(total_exec_time)::bigint, calls, round(mean_exec_time::numeric, 2),
           left(regexp_replace(query, '\\s+', ' ', 'g'), 120)
    FROM pg_stat_statements JOIN pg_database ON pg_database.oid = dbid
    WHERE datname = current_database() ORDER BY total_exec_time DESC LIMIT %(rows)s
"""
_SCANNED = """
    SELECT relname, seq_scan, idx_scan, pg_size_pretty(pg_relation_size(relid))
    FROM pg_stat_user_tables WHERE schemaname IN ('app', 'dbos') AND pg_relation_size(relid) > %(large)s
      AND seq_scan > 0
    ORDER BY seq_tup_read DESC LIMIT %(rows)s
"""
_UNUSED = """
    SELECT indexrelname, relname, pg_size_pretty(pg_relation_size(indexrelid))
    FROM pg_stat_user_indexes JOIN pg_index USING (indexrelid)
    WHERE schemaname = 'app' AND idx_scan = 0 AND NOT indisunique AND pg_relation_size(indexrelid) > %(large)s
    ORDER BY pg_relation_size(indexrelid) DESC LIMIT %(rows)s
"""
_BLOAT = """
    SELECT relname, n_dead_tup, round(100.0 * n_dead_tup / (n_live_tup + n_dead_tup), 1), last_autovacuum
    FROM pg_stat_user_tables WHERE schemaname IN ('app', 'dbos') AND n_dead_tup > 0.2 * (n_live_tup + n_dead_tup)
      AND pg_relation_size(relid) > %(large)s
    ORDER BY n_dead_tup DESC LIMIT %(rows)s
"""


def report(connection: psycopg.Connection, *, large: int = LARGE_BYTES) -> list[Section]:
    """Slow statements, whole scans of large tables, indexes nobody reads, and dead rows, worst first."""

    def ask(query: str) -> list[tuple[object, ...]]:
        return connection.execute(query.encode(), {"rows": ROWS, "large": large}).fetchall()

    counted = connection.execute("SELECT to_regclass('pg_stat_statements') IS NOT NULL").fetchone() == (True,)
    return [
        Section(
            "Statements by time spent",
            ("ms", "calls", "mean ms", "statement"),
            ask(_STATEMENTS) if counted else [],
            "EXPLAIN (ANALYZE, BUFFERS) the first of them"
            if counted
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
            ask(_BLOAT),
            "an old transaction holds the clean-up back, or autovacuum_vacuum_cost_limit is too low",
        ),
    ]

"""What change capture leaves behind: tombstones and receipts, and when nobody needs them any more."""

from __future__ import annotations

from datetime import datetime, timedelta

import psycopg
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.orm import Session

KEPT = timedelta(days=30)

# Only receipts of this server: the numbers of transactions begin anew where a dump was loaded.
_CUT = text("""
    SELECT run_id, snapshot, written_at FROM app.ingestion_receipts
    WHERE written_at < :before AND system_identifier = (SELECT system_identifier::text FROM pg_control_system())
    ORDER BY written_at DESC LIMIT 1
""")
_TOMBSTONES = text(
    "DELETE FROM app.tombstones WHERE pg_visible_in_snapshot(changed_in, CAST(:snapshot AS pg_snapshot))"
)
_RECEIPTS = text("DELETE FROM app.ingestion_receipts WHERE written_at < :written_at")


def delete_carried(session: Session, *, now: datetime) -> None:
    """Delete the tombstones that a run carried more than 30 days before `now`, and the receipts before that run's.

    The receipts go with them: a warehouse from an older back-up, which lacks those deletions, then finds no
    receipt of its own and reads everything anew.
    """
    cut = session.execute(_CUT, {"before": now - KEPT}).one_or_none()
    if cut is not None:
        session.execute(_TOMBSTONES, {"snapshot": cut.snapshot})
        session.execute(_RECEIPTS, {"written_at": cut.written_at})


def restamp(connection: psycopg.Connection) -> None:
    """Let every captured row count as changed by the running transaction, and no run as having read any.

    For rows that came from elsewhere: their transaction numbers mean nothing to this server, and may lie in
    its future. As the owner; by rewriting each table, so that it needs no trigger and leaves no dead rows.
    """
    tables = connection.execute(
        "SELECT table_name FROM information_schema.columns JOIN information_schema.tables"
        " USING (table_schema, table_name)"
        " WHERE table_schema = 'app' AND column_name = 'changed_in' AND table_type = 'BASE TABLE' ORDER BY 1"
    ).fetchall()
    for (table,) in tables:
        connection.execute(
            sql.SQL("ALTER TABLE app.{} ALTER COLUMN changed_in TYPE xid8 USING pg_current_xact_id()").format(
                sql.Identifier(table)
            )
        )
    connection.execute("DELETE FROM app.ingestion_receipts")

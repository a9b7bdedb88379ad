"""`sauda db report` finds what was planted, and says so where statements are not counted."""

from __future__ import annotations

import psycopg
import pytest
from typer.testing import CliRunner

from sauda.db_report import report
from sauda.main import application

pytestmark = pytest.mark.committing


def test_an_index_that_nobody_reads_is_found(own_world: str) -> None:
    with psycopg.connect(own_world, autocommit=True) as connection:
        connection.execute("CREATE INDEX ix_planted ON app.units (name_hi)")
        _, _, unread, _, _ = report(connection, large=0)
        assert ("ix_planted", "units") in {row[:2] for row in unread.rows}


def test_a_table_read_whole_is_found(own_world: str) -> None:
    with psycopg.connect(own_world, autocommit=True) as connection:
        connection.execute("SELECT count(name_ne) FROM app.units")
        connection.execute("SELECT pg_stat_force_next_flush()")
        connection.execute("SELECT 1")
        _, scanned, _, _, _ = report(connection, large=0)
        assert "units" in {row[0] for row in scanned.rows}


def test_rows_that_were_deleted_and_the_room_that_they_leave_are_found(own_world: str) -> None:
    with psycopg.connect(own_world, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE app.planted (id int PRIMARY KEY, words text) WITH (autovacuum_enabled = off)"
        )
        connection.execute(
            "INSERT INTO app.planted SELECT n, repeat('x', 200) FROM generate_series(1, 20000) AS n"
        )
        connection.execute("DELETE FROM app.planted WHERE id % 4 <> 0")
        connection.execute("ANALYZE app.planted")
        connection.execute("SELECT pg_stat_force_next_flush()")
        *_, dead, wasted = report(connection, large=0)
        assert "planted" in {row[0] for row in dead.rows}
        assert {("planted", "table"), ("planted_pkey", "index")} <= {row[:2] for row in wasted.rows}


def test_the_command_says_where_statements_are_not_counted(own_world: str) -> None:
    done = CliRunner().invoke(application("db"), ["db", "report"])
    assert done.exit_code == 0, done.output
    for title in ("Statements by time spent", "Large indexes never read", "Dead rows", "Room that is wasted"):
        assert title in done.output
    assert "not counted" in done.output

"""Migrating: one at a time, never a database that is ahead of the code, and never half."""

from __future__ import annotations

import threading
from collections.abc import Callable

import psycopg
import pytest

import migrations
from foundation import locations
from foundation.errors import Unavailable
from sauda import doctor
from sauda.api import api
from sauda.worker import worker

pytestmark = pytest.mark.committing

DEADLINE_SECONDS = 60


def in_thread(work: Callable[[], object]) -> tuple[threading.Thread, list[BaseException]]:
    raised: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, raised


def wait_until_blocked(watching: psycopg.Connection, sessions: int = 1) -> None:
    """Wait until so many sessions have been seen to wait for a lock in this database, one after another."""
    seen: set[int] = set()
    for _ in range(DEADLINE_SECONDS * 50):
        watching.execute("SELECT pg_stat_clear_snapshot()")
        rows = watching.execute(
            "SELECT pid FROM pg_stat_activity"
            " WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0"
        )
        seen |= {pid for (pid,) in rows}
        if len(seen) >= sessions:
            return
        threading.Event().wait(0.02)
    raise AssertionError(f"{len(seen)} sessions waited for a lock, expected {sessions}")


def test_two_migrators_at_once_both_find_the_work_done(own_world: str) -> None:
    with psycopg.connect(locations.database_admin_url(), autocommit=True) as owner:
        # With the tables of the jobs, whose indexes wait for every session that holds a snapshot.
        owner.execute("DROP SCHEMA app, dbos CASCADE")
    migrators = [in_thread(migrations.upgrade) for _ in range(2)]
    for thread, raised in migrators:
        thread.join(DEADLINE_SECONDS)
        assert not thread.is_alive()
        assert raised == []
    with psycopg.connect(own_world) as connection:
        assert migrations.version_of(connection) == migrations.head()


def test_a_migrator_that_waited_too_long_says_who_is_in_the_way(
    own_world: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "_WAIT_FOR_ANOTHER_SECONDS", 0.2)
    with psycopg.connect(own_world, autocommit=True) as first:
        first.execute("SELECT pg_advisory_lock(%s)", [migrations.LOCK_KEY])
        with pytest.raises(Unavailable, match="another process has been migrating world_"):
            migrations.upgrade()


def test_a_database_that_is_ahead_of_the_code_is_left_alone(own_world: str) -> None:
    with psycopg.connect(own_world, autocommit=True) as connection:
        connection.execute("UPDATE app.alembic_version SET version_num = '9999'")
        with pytest.raises(Unavailable, match=f"at version 9999.*beyond {migrations.head()}; run the newer"):
            migrations.upgrade()
        assert migrations.version_of(connection) == "9999"
        assert doctor.migrations_of(connection).remedy == "run the newer Sauda that migrated it"


def test_no_service_starts_on_a_database_that_waits_for_a_migration(
    own_world: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[object] = []
    monkeypatch.setattr("uvicorn.run", lambda *_, **__: started.append("api"))
    monkeypatch.setattr("sauda.worker.launch", lambda *_, **__: started.append("worker"))
    with psycopg.connect(own_world, autocommit=True) as connection:
        connection.execute("UPDATE app.alembic_version SET version_num = '0031'")
    for service in (api, worker):
        with pytest.raises(
            Unavailable, match=f"at version 0031.* needs {migrations.head()}; run `sauda migrate`"
        ):
            service()
    assert started == []
    # A newer one serves the version before, so that processes can be changed one after the other.
    with psycopg.connect(own_world, autocommit=True) as connection:
        connection.execute("UPDATE app.alembic_version SET version_num = '9999'")
    api()
    assert started == ["api"]


def test_a_table_in_use_is_tried_again(own_world: str) -> None:
    with psycopg.connect(locations.database_admin_url(), autocommit=True) as owner:
        owner.execute("DROP SCHEMA app CASCADE")
    with psycopg.connect(own_world) as busy:
        busy.execute("CREATE SCHEMA app")
        thread, raised = in_thread(migrations.upgrade)
        wait_until_blocked(busy, sessions=2)
        busy.rollback()
        thread.join(DEADLINE_SECONDS)
    assert not thread.is_alive()
    assert raised == []
    with psycopg.connect(own_world) as connection:
        assert migrations.version_of(connection) == migrations.head()

"""What `sauda doctor` finds, and the way out it names."""

from __future__ import annotations

import socket
from pathlib import Path

import psycopg
import pytest

from foundation.embedded_postgres import OWNER, SUPERUSER, Server
from foundation.settings import Settings
from sauda import doctor
from sauda.doctor import Finding, Verdict


def _one(findings: list[Finding], what: str) -> Finding:
    (found,) = (one for one in findings if one.what == what)
    return found


def test_this_python_is_good() -> None:
    assert _one(list(doctor.python_version(Settings())), "Python").verdict is Verdict.GOOD


def test_a_home_that_cannot_be_made_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    found = _one(list(doctor.home(Settings(sauda_home=tmp_path / "file" / "home"))), "SAUDA_HOME")
    assert (found.verdict, found.remedy) == (Verdict.BAD, "set SAUDA_HOME to a folder of yours")
    assert (
        _one(list(doctor.home(Settings(sauda_home=tmp_path / "home"))), "SAUDA_HOME").verdict is Verdict.GOOD
    )
    assert not (tmp_path / "home").exists()


def test_missing_binaries_are_named_with_the_setting(tmp_path: Path) -> None:
    found = _one(list(doctor.postgres(Settings(sauda_postgres_bin=tmp_path))), "Postgres programs")
    assert found.verdict is Verdict.BAD
    assert "SAUDA_POSTGRES_BIN" in found.remedy


def test_a_server_that_does_not_run_yet_is_no_fault_and_is_not_started(tmp_path: Path) -> None:
    found = _one(list(doctor.postgres(Settings(sauda_home=tmp_path))), "database")
    assert (found.verdict, found.seen) == (Verdict.NOTE, "embedded, not running")
    assert not list(tmp_path.iterdir())


def test_a_database_that_was_never_migrated_is_told_to_migrate(server: Server) -> None:
    with psycopg.connect(server.url(SUPERUSER, "postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE not_migrated OWNER {OWNER}")
    with psycopg.connect(server.url(OWNER, "not_migrated")) as connection:
        found = doctor.migrations_of(connection)
    with psycopg.connect(server.url(SUPERUSER, "postgres"), autocommit=True) as connection:
        connection.execute("DROP DATABASE not_migrated")
    assert found.verdict is Verdict.BAD
    assert found.seen.startswith("at nothing, wanted ")
    assert found.remedy == "run `sauda migrate`"


def test_a_port_in_use_is_named_with_its_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found = _one(list(doctor.ports(Settings(api_port=port))), "API_PORT")
    assert found.verdict is Verdict.NOTE
    assert found.seen == f"{port} is in use"
    assert "set API_PORT" in found.remedy


def test_a_browser_is_no_condition(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    found = _one(list(doctor.chromium(Settings())), "Chromium")
    assert (found.verdict, found.remedy) == (Verdict.NOTE, "apt-get install chromium")

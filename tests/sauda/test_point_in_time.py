"""Back to a moment between two sales, by a base backup and the archived log of a server of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import psycopg
import pytest
from sqlalchemy import text
from typer.testing import CliRunner

import migrations
from commerce.ledger import anchors, verification
from foundation import database, embedded_postgres
from foundation.embedded_postgres import APP, OWNER, SUPERUSER, Server
from foundation.object_store import object_store
from foundation.settings import settings
from sauda.main import application
from tests.commerce.factories import market
from tests.conftest import forget_connections

pytestmark = [pytest.mark.committing, pytest.mark.slow]


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home with a server of its own, to which this process speaks."""
    folder = Path(mkdtemp(prefix="sauda-recovery-"))
    folder.chmod(0o711)
    monkeypatch.setenv("SAUDA_HOME", str(folder))
    forget_connections()
    yield folder
    forget_connections()
    embedded_postgres.erase(folder)
    shutil.rmtree(folder)


def superuser(server: Server) -> psycopg.Connection:
    return psycopg.connect(server.url(SUPERUSER, "sauda"), autocommit=True)


def started(home: Path) -> Server:
    return embedded_postgres.ensure_running(home, settings().sauda_postgres_bin)


def data_of(home: Path) -> Path:
    data = embedded_postgres.status(home).data
    assert data is not None
    return data


def give_to_owner(path: Path, data: Path) -> None:
    owner = data.stat()
    for one in (path, *path.rglob("*")):
        os.chown(one, owner.st_uid, owner.st_gid)


def test_a_server_goes_back_to_a_moment_and_work_goes_on(home: Path) -> None:
    server = started(home)
    data = data_of(home)
    archive = data.parent / "archive"
    archive.mkdir(mode=0o700)
    give_to_owner(archive, data)
    with superuser(server) as connection:
        connection.execute("ALTER SYSTEM SET archive_mode = 'on'")
        connection.execute(
            f"ALTER SYSTEM SET archive_command = 'test ! -f {archive}/%f && cp %p {archive}/%f'"
        )
    embedded_postgres.stop(home)
    server = started(home)
    migrations.upgrade(server.url(OWNER, "sauda"), server.url(APP, "sauda"))

    place = market()
    base = home / "base"
    subprocess.run(
        [
            embedded_postgres.find_binaries(settings().sauda_postgres_bin) / "pg_basebackup",
            f"--dbname={server.url(SUPERUSER, 'postgres')}", f"--pgdata={base}",
            "--wal-method=none", "--checkpoint=fast", "--no-sync",
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    kept = place.deliver(place.accepted(1))
    anchors.seal_and_anchor(object_store())
    with superuser(server) as connection:
        row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    lost = place.deliver(place.accepted(1))
    anchors.seal_and_anchor(object_store())
    with superuser(server) as connection:
        connection.execute("SELECT pg_switch_wal()")
        connection.execute("CHECKPOINT")
    database.forget_pool()
    embedded_postgres.stop(home)  # archives what is left

    shutil.rmtree(data)
    shutil.copytree(base, data)
    data.chmod(0o700)
    (data / "postmaster.pid").unlink(missing_ok=True)
    with (data / "postgresql.auto.conf").open("a") as file:
        file.write(
            f"restore_command = 'cp {archive}/%f %p'\nrecovery_target_time = '{row[0].isoformat()}'\n"
            "recovery_target_action = 'promote'\n"
        )
    (data / "recovery.signal").touch()
    give_to_owner(data, archive)
    started(home)

    done = CliRunner().invoke(application("restore"), ["restore", "--recovered", "--yes"])
    assert done.exit_code == 0, done.output
    assert "letter A" in done.output
    # The earlier one was written after the newest event that is left: nobody can tell that it still holds.
    assert "2 anchors of the lost time" in done.output
    with database.read() as session:
        delivered = set(session.execute(text("SELECT id FROM app.deliveries")).scalars())
    assert delivered == {kept}
    assert lost not in delivered
    again = place.deliver(place.accepted(1))
    with database.read() as session:
        number = session.execute(
            text("SELECT number FROM app.deliveries WHERE id = :id"), {"id": again}
        ).scalar_one()
        assert number.startswith("DNA/")
        assert not list(verification.verify(session, anchors.read(object_store())))

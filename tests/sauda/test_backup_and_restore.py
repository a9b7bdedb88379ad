"""The drill: lose the database, take a backup's, and nothing is sent, numbered or counted twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import text
from typer.testing import CliRunner

import commerce.subscriptions  # noqa: F401 - events are followed once the table is imported
from commerce.cbms.workflows import FOLLOW_DOCUMENT
from commerce.ledger import anchors, verification
from commerce.ordering import documents
from commerce.ordering.workflows import FILE_DELIVERY_DOCUMENT
from foundation import backup, database, jobs, locations
from foundation.embedded_postgres import Server
from foundation.errors import Conflict
from foundation.object_store import object_store
from sauda import restore_command
from sauda.backup_command import PAPERS
from sauda.main import application
from tests.commerce.factories import Market, market
from tests.conftest import forget_connections
from tests.ingestion.worlds import World, create_database

pytestmark = [pytest.mark.committing, pytest.mark.slow]

DEADLINE_SECONDS = 60


@pytest.fixture
def home(own_world: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own beside its database: papers and backups stand there."""
    monkeypatch.setenv("SAUDA_HOME", str(tmp_path))
    forget_connections()
    return tmp_path


def sauda(*words: str) -> str:
    done = CliRunner().invoke(application(words[0]), list(words))
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return str(done.output)


@contextmanager
def a_worker() -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-m", "sauda", "worker"], env=dict(os.environ))
    try:
        yield
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=DEADLINE_SECONDS) == 0
    finally:
        process.kill()
        process.wait()


def wait_for(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"waited {DEADLINE_SECONDS} s for {what}"
        threading.Event().wait(0.05)


def scalar(statement: str, **values: object) -> object:
    with database.read() as session:
        return session.execute(text(statement), values).scalar_one()


def number_of(table: str, row_id: UUID) -> str:
    return str(scalar(f"SELECT number FROM app.{table} WHERE id = :id", id=row_id))


def paper(place: Market, delivery: UUID) -> str:
    return documents.key_of(str(place.vendor_id), str(delivery))


def delivered(place: Market) -> tuple[UUID, UUID]:
    order = place.accepted(2)
    return order, place.deliver(order)


def findings() -> list[verification.Finding]:
    anchored = anchors.read(object_store())
    with database.read() as session:
        return list(verification.verify(session, anchored))


def test_the_drill(server: Server, own_world: str, home: Path) -> None:
    warehouse = f"warehouse_{uuid4().hex[:12]}"
    create_database(server, warehouse)
    data_side = World(server, str(conninfo_to_dict(own_world)["dbname"]), warehouse, home / "lake")
    data_side.folder.mkdir()
    place, store = market(), object_store()
    with a_worker():
        _, sent = delivered(place)
        wait_for(lambda: store.exists(paper(place, sent)), "the paper of a delivery")
    _, waiting = delivered(place)
    anchors.seal_and_anchor(store)
    data_side.ingest()
    balance = place.exposure()

    said = sauda("backup")
    [made] = backup.taken(home / "backups")
    assert said.startswith(str(made))

    # The lost window: what waited is sent, more is sold, anchored and carried to the data side.
    with a_worker():
        lost_order, lost = delivered(place)
        wait_for(lambda: store.exists(paper(place, lost)), "the paper of the lost delivery")
        wait_for(lambda: store.exists(paper(place, waiting)), "the paper of the one before")
    lost_number, lost_order_number = number_of("deliveries", lost), number_of("orders", lost_order)
    anchors.seal_and_anchor(store)
    assert data_side.ingest().read_anew_because is None
    store.delete(paper(place, waiting), paper(place, sent))

    said = sauda("restore", "--yes", str(made))
    assert "order-delivered: 1" in said
    assert "letter A" in said
    # Its paper, and whether its seller has to report it.
    assert "2 unfinished messages and files wait for review" in said

    assert findings() == []
    assert place.exposure() == balance
    assert store.exists(paper(place, sent)), "papers of the backup are put back"

    # Nothing outward is sent again, until somebody looked and says so.
    with a_worker():
        order, fresh = delivered(place)
        wait_for(lambda: store.exists(paper(place, fresh)), "the paper of a delivery after the restore")
        assert not store.exists(paper(place, waiting))
        with database.read() as session:
            parked = jobs.failed(session)
        assert {one.name for one in parked} == {FILE_DELIVERY_DOCUMENT, FOLLOW_DOCUMENT}
        for one in parked:
            assert one.error is not None
            assert "the database was restored" in one.error
            sauda("jobs", "retry", one.id)
        wait_for(lambda: store.exists(paper(place, waiting)), "the paper that was released")

    # No number is given twice.
    assert number_of("deliveries", fresh).startswith("DNA/")
    assert number_of("deliveries", fresh) != lost_number.replace("DN/", "DNA/")
    assert int(number_of("orders", order)[9:]) > int(lost_order_number[9:])

    # The data side reads everything anew, once.
    assert data_side.ingest().read_anew_because is not None
    data_side.assert_raw_is_the_source()
    assert data_side.ingest().read_anew_because is None
    assert findings() == []


def test_a_second_restore_of_the_same_backup_takes_the_next_letter(own_world: str, home: Path) -> None:
    place = market()
    sauda("backup")
    [made] = backup.taken(home / "backups")
    for letter in "AB":
        assert f"letter {letter}" in sauda("restore", "--yes", str(made))
        _, delivery = delivered(place)
        assert number_of("deliveries", delivery).startswith(f"DN{letter}/")


def test_nobody_is_restored_under(own_world: str, home: Path) -> None:
    sauda("backup")
    [made] = backup.taken(home / "backups")
    with (
        psycopg.connect(own_world, application_name="worker-1.v1"),
        pytest.raises(Conflict, match=r"in use by worker-1\.v1; stop API and workers first"),
    ):
        sauda("restore", "--yes", str(made))


def test_a_backup_that_was_altered_is_refused_before_anything_is_dropped(own_world: str, home: Path) -> None:
    place = market()
    sauda("backup")
    [made] = backup.taken(home / "backups")
    with (made / backup.DUMP).open("ab") as dump:
        dump.write(b"more")
    with pytest.raises(backup.BackupBroken, match=r"database\.dump is not what was written"):
        sauda("restore", "--yes", str(made))
    assert scalar("SELECT count(*) FROM app.businesses WHERE id = :id", id=place.vendor_id) == 1


def test_backups_stand_for_seven_days_and_the_newest_for_ever(own_world: str, home: Path) -> None:
    folder, url = home / "backups", locations.database_admin_url()
    first = backup.take(url, object_store(), PAPERS, folder)
    taken_at = backup.check(first).taken_at
    old = first.rename(folder / f"{taken_at - timedelta(days=8):%Y%m%dT%H%M%SZ}")
    backup.prune(folder, now=taken_at)
    assert backup.taken(folder) == [old]
    second = backup.take(url, object_store(), PAPERS, folder)
    assert backup.taken(folder) == [second]


def test_letters_run_from_a_to_z() -> None:
    assert [restore_command.letter(number) for number in (1, 2, 26)] == ["A", "B", "Z"]

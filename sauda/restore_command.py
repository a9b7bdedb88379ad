"""`sauda restore`: back to a backup, or the steps that a point-in-time recovery of one's own still needs.

What the lost window did to the world outside is not undone by a restore. So nothing that reaches people is
sent again before somebody looked, no number of a paper is given twice, and the data side reads all anew.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import typer
from psycopg.conninfo import conninfo_to_dict
from rich.console import Console

import migrations
from commerce.messaging import sending
from foundation import backup, capture, database, jobs, locations
from foundation.errors import Conflict, Invalid
from foundation.object_store import ObjectStore, object_store
from sauda.counts import counted
from sauda.worker import CHAINS

RESTORES = "restores"
"""The folder of the object store that remembers each restore, beyond the database that was replaced."""

ORDER_NUMBERS_SKIPPED = 100_000
"""More orders than the market places in a lost window: their numbers are with people."""

GENERATIONS = 26


@dataclass(frozen=True)
class Replaced:
    """What the database knew that is being replaced, as far as it could still be asked."""

    generation: int = 0
    order_serial: int = 0
    lost_events: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Settled:
    """What was done so that work can go on."""

    generation: int
    lost_from: datetime
    lost_until: datetime
    parked: int
    kept_back: int
    """Messages of shops that may have gone out in the lost time."""
    anchors_set_aside: int
    lost_events: tuple[tuple[str, int], ...]


def restore(
    from_: Path | None = typer.Argument(None, metavar="[BACKUP]", help="The backup's folder."),
    recovered: bool = typer.Option(
        False, "--recovered", help="The server was recovered to a point in time: do what remains to be done."
    ),
    yes: bool = typer.Option(False, "--yes", help="Do not ask."),
) -> None:
    """Bring the database back to a backup, or finish a point-in-time recovery; says what was lost."""
    if recovered == (from_ is not None):
        raise Invalid("name the folder of a backup, or give --recovered; one of them")
    if not yes:
        if from_ is not None:
            _loadable(from_)
        typer.confirm("Everything written since that moment is given up. Go on?", abort=True)
    url, store = locations.database_admin_url(), object_store()
    refuse_company(url)
    database.forget_pool()
    done = finish_recovery(url, store) if from_ is None else load(url, store, from_)
    console = Console(soft_wrap=True)
    console.print(f"lost: what was written from {done.lost_from:%F %T} to {done.lost_until:%F %T} (UTC)")
    for event, count in done.lost_events:
        console.print(f"  {event}: {count:,}")
    console.print(f"new documents are numbered under the letter {letter(done.generation)}")
    parked = counted(done.parked, "unfinished message or file waits", "unfinished messages and files wait")
    console.print(f"{parked} for review: `sauda jobs failed`")
    kept_back = counted(done.kept_back, "message of a shop waits", "messages of shops wait")
    console.print(f"{kept_back} for review: `GET /api/v1/messages?state=failed`")
    aside = " and ".join(chain.lost_folder for chain in CHAINS)
    anchors = counted(
        done.anchors_set_aside, "anchor of the lost time stands", "anchors of the lost time stand"
    )
    console.print(f"{anchors} in {aside}")
    console.print(
        "next: `sauda verify ledger`, then start API and workers; the next `sauda run` reads all anew"
    )


def _loadable(folder: Path) -> backup.Manifest:
    """What a backup says of itself. Raises BackupBroken, Conflict for one of a newer schema."""
    manifest = backup.check(folder)
    if not migrations.is_known(manifest.schema_version):
        raise Conflict(
            f"{folder} is of schema version {manifest.schema_version}, and this Sauda knows none beyond "
            f"{migrations.head()}; restore with the newer Sauda that wrote it"
        )
    return manifest


def load(url: str, store: ObjectStore, folder: Path) -> Settled:
    """Replace the database by a backup and settle it. Raises BackupBroken, Unavailable."""
    manifest = _loadable(folder)
    replaced = look_at_what_is_replaced(url, manifest.taken_at)
    migrations.make_roles(url, app_user=str(conninfo_to_dict(locations.database_url())["user"]))
    backup.load(url, folder, between=capture.restamp)
    migrations.upgrade()
    backup.unpack(folder, store)
    return settle(url, store, lost_from=manifest.taken_at, replaced=replaced)


def finish_recovery(url: str, store: ObjectStore) -> Settled:
    """Settle a database that the server itself recovered: its newest event tells to when."""
    with psycopg.connect(url) as connection:
        connection.execute("SET app.business_id = '*'")
        row = connection.execute("SELECT coalesce(max(recorded_at), now()) FROM app.domain_events").fetchone()
    assert row is not None
    migrations.upgrade()
    return settle(url, store, lost_from=row[0], replaced=Replaced())


def settle(url: str, store: ObjectStore, *, lost_from: datetime, replaced: Replaced) -> Settled:
    """Open new series, park what reaches people, forget the receipts, set the lost anchors aside, and seal."""
    lost_until = datetime.now(UTC)
    lost_from = min(lost_from.astimezone(UTC), lost_until)
    with psycopg.connect(url) as connection:
        connection.execute("SET app.business_id = '*'")
        row = connection.execute("SELECT coalesce(max(generation), 0) FROM app.restores").fetchone()
        assert row is not None
        remembered = [int(Path(one.key).stem) for one in store.list(RESTORES)]
        generation = max(row[0], replaced.generation, *remembered, 0) + 1
        if generation > GENERATIONS:
            raise Conflict(
                f"this database was restored {GENERATIONS} times and no letter is left for new series of "
                f"documents; drop those of closed fiscal years from app.restores and from {RESTORES}/"
            )
        window = {"lost_from": lost_from.isoformat(), "lost_until": lost_until.isoformat()}
        # Before the commit: a letter that was once chosen is never chosen again, whatever comes between.
        store.put(f"{RESTORES}/{generation}.json", json.dumps(window).encode(), replace=False)
        connection.execute(
            "INSERT INTO app.restores (generation, lost_from, lost_until) VALUES (%s, %s, %s)",
            [generation, lost_from, lost_until],
        )
        connection.execute(
            "SELECT setval('app.order_serial', greatest(last_value, %s) + %s) FROM app.order_serial",
            [replaced.order_serial, ORDER_NUMBERS_SKIPPED],
        )
        connection.execute("DELETE FROM app.ingestion_receipts")
        parked = jobs.park_outward(connection)
        kept_back = sending.keep_back_waiting(connection)
    set_aside = sum(chain.set_aside(store, after=lost_from, generation=generation) for chain in CHAINS)
    database.forget_pool()
    for chain in CHAINS:
        chain.seal_all()
        chain.anchor(store)
    return Settled(generation, lost_from, lost_until, parked, kept_back, set_aside, replaced.lost_events)


def letter(generation: int) -> str:
    """What numbers of documents carry behind their series since restore `generation`."""
    return chr(ord("A") + generation - 1)


def refuse_company(url: str) -> None:
    """Raise Conflict while anybody else is connected to the database."""
    # Our own pool counts as company too.
    database.forget_pool()
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT DISTINCT coalesce(nullif(application_name, ''), usename, 'a session') FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename IS NOT NULL"
        ).fetchall()
    if rows:
        names = ", ".join(sorted(name for (name,) in rows))
        raise Conflict(f"the database is in use by {names}; stop API and workers first, then try again")


def look_at_what_is_replaced(url: str, since: datetime) -> Replaced:
    """What the present database can still say of the window that will be lost; nothing where it is empty."""
    with psycopg.connect(url) as connection:
        connection.execute("SET app.business_id = '*'")
        present = connection.execute(
            "SELECT to_regclass('app.restores') IS NOT NULL AND to_regclass('app.order_serial') IS NOT NULL"
        ).fetchone()
        if present != (True,):
            return Replaced()
        row = connection.execute(
            "SELECT (SELECT coalesce(max(generation), 0) FROM app.restores), last_value FROM app.order_serial"
        ).fetchone()
        assert row is not None
        events = connection.execute(
            "SELECT type, count(*) FROM app.domain_events WHERE recorded_at > %s GROUP BY type ORDER BY type",
            [since],
        ).fetchall()
    return Replaced(row[0], row[1], tuple(events))

"""Backups of the transactional database and of papers: taken, kept for a week, loaded again.

    backups/20261120T210000Z/database.dump     pg_dump's own compressed form
    backups/20261120T210000Z/papers.tar.gz     objects that only this platform has
    backups/20261120T210000Z/manifest.json     when, of which version, and the digest of each file

A folder appears under its name when it is whole. What a loaded database needs beside its rows stands in
`sauda/restore_command.py`.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import secrets
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from foundation import embedded_postgres
from foundation.errors import Conflict, Unavailable
from foundation.object_store import ObjectStore
from foundation.settings import settings

KEPT = timedelta(days=7)
SCHEMAS: Final = ("app", "dbos", "operations")
DUMP, PAPERS, MANIFEST = "database.dump", "papers.tar.gz", "manifest.json"
_STAMP = "%Y%m%dT%H%M%SZ"
_SYSTEM_FOLDERS = "/usr/lib/postgresql/{version}/bin"


class BackupBroken(Conflict):
    """A backup is not what was written."""

    code = "backup-broken"


@dataclass(frozen=True)
class Manifest:
    """What a backup holds: everything that was committed at `taken_at`."""

    taken_at: datetime
    schema_version: str
    server_version: int
    papers: int
    digests: dict[str, str]

    def to_json(self) -> str:
        return json.dumps({**asdict(self), "taken_at": self.taken_at.isoformat()}, indent=2)

    @classmethod
    def from_json(cls, written: str) -> Manifest:
        values = json.loads(written)
        return cls(**{**values, "taken_at": datetime.fromisoformat(values["taken_at"])})


def take(admin_url: str, store: ObjectStore, prefixes: Sequence[str], folder: Path) -> Path:
    """Write a backup of the database and of the objects under `prefixes` into `folder`; where it stands.

    Runs beside everything else. Backups older than seven days go afterwards, never the newest.
    Raises Unavailable.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = folder / f"unfinished-{secrets.token_hex(4)}"
    unfinished.mkdir(mode=0o700)
    try:
        with psycopg.connect(admin_url) as connection:
            row = connection.execute(
                "SELECT clock_timestamp(), (SELECT version_num FROM app.alembic_version)"
            ).fetchone()
            assert row is not None
            taken_at, schema_version = row
            server_version = connection.info.server_version // 10_000
        _run(
            admin_url, server_version, "pg_dump", "--format=custom", "--compress=6", "--enable-row-security",
            "--no-owner", "--no-comments", f"--file={unfinished / DUMP}",
        )  # fmt: skip
        papers = _pack(store, prefixes, unfinished / PAPERS)
        digests = {name: _digest(unfinished / name) for name in (DUMP, PAPERS)}
        manifest = Manifest(taken_at.astimezone(UTC), schema_version, server_version, papers, digests)
        (unfinished / MANIFEST).write_text(manifest.to_json())
        finished = folder / f"{taken_at.astimezone(UTC):{_STAMP}}"
        unfinished.rename(finished)
    except psycopg.errors.UndefinedTable as error:
        raise Unavailable("this database has no tables of Sauda yet; run `sauda migrate`") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    prune(folder, now=taken_at)
    return finished


def prune(folder: Path, *, now: datetime) -> None:
    """Delete backups taken more than seven days before `now`; the newest stays whatever its age."""
    for backup in taken(folder)[:-1]:
        if datetime.strptime(backup.name, _STAMP).replace(tzinfo=UTC) < now - KEPT:
            shutil.rmtree(backup)


def taken(folder: Path) -> list[Path]:
    """The whole backups of a folder, oldest first."""
    return sorted(manifest.parent for manifest in folder.glob(f"[0-9]*/{MANIFEST}"))


def check(backup: Path) -> Manifest:
    """The manifest of a backup whose files are as they were written. Raises BackupBroken."""
    try:
        manifest = Manifest.from_json((backup / MANIFEST).read_text())
        for name, digest in manifest.digests.items():
            if _digest(backup / name) != digest:
                raise BackupBroken(f"{backup / name} is not what was written; use another backup", file=name)
    except (FileNotFoundError, ValueError, TypeError, KeyError) as error:
        raise BackupBroken(
            f"{backup} is no whole backup ({error}); `sauda backup` makes one folder for each",
            file=str(backup),
        ) from error
    return manifest


def load(admin_url: str, backup: Path, *, between: Callable[[psycopg.Connection], object]) -> None:
    """Replace the database's own schemas by those of a checked backup.

    `between` runs when the rows stand and no index, trigger or policy does. Raises Unavailable; a load that
    broke off is repeated whole.
    """
    with psycopg.connect(admin_url, autocommit=True) as connection:
        version = connection.info.server_version // 10_000
        for schema in SCHEMAS:
            connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
    _restore(admin_url, version, backup, "--section=pre-data", "--section=data")
    with psycopg.connect(admin_url) as connection:
        between(connection)
    _restore(admin_url, version, backup, "--section=post-data")
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute("ANALYZE")


def unpack(backup: Path, store: ObjectStore) -> int:
    """Put back the papers that the object store no longer has; how many those were."""
    missing = 0
    with tarfile.open(backup / PAPERS, "r:gz") as archive:
        for member in archive:
            content = archive.extractfile(member)
            if content is not None and not store.exists(member.name):
                store.put(member.name, content.read())
                missing += 1
    return missing


def _pack(store: ObjectStore, prefixes: Sequence[str], file: Path) -> int:
    count = 0
    with tarfile.open(file, "w:gz") as archive:
        for prefix in prefixes:
            for one in store.list(prefix):
                content = store.get(one.key)
                member = tarfile.TarInfo(one.key)
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
                count += 1
    return count


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _restore(admin_url: str, version: int, backup: Path, *sections: str) -> None:
    _run(
        admin_url, version, "pg_restore", "--exit-on-error", "--no-owner", "--no-comments", *sections,
        str(backup / DUMP),
    )  # fmt: skip


def _run(admin_url: str, version: int, program: str, *options: str) -> None:
    """Run a program of Postgres on the database; nothing secret stands among its arguments."""
    parts = conninfo_to_dict(admin_url)
    password = parts.pop("password", None)
    environment = {
        **os.environ,
        **({"PGPASSWORD": str(password)} if password else {}),
        # Row-level security binds the owner too; a backup is of every business.
        "PGOPTIONS": "-c app.business_id=* -c statement_timeout=0 -c lock_timeout=60s",
    }
    done = subprocess.run(
        [_program(program, version), f"--dbname={make_conninfo('', **parts)}", *options],
        env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise Unavailable(f"{program} failed: {done.stderr.strip()[-1000:]}")


def _program(name: str, version: int) -> str:
    """The program of the server's own version: a newer pg_restore says what an older server does not know."""
    folders = [Path(_SYSTEM_FOLDERS.format(version=version))]
    if settings().sauda_postgres_bin is not None or settings().database_url is None:
        folders.insert(0, embedded_postgres.find_binaries(settings().sauda_postgres_bin))
    else:
        folders.append(embedded_postgres.find_binaries())
    found = next((folder / name for folder in folders if (folder / name).is_file()), None)
    program = str(found) if found else shutil.which(name)
    if program is None:
        raise Unavailable(
            f"{name} is in none of {', '.join(map(str, folders))} and not on the PATH; install "
            f"postgresql-client-{version}, or set SAUDA_POSTGRES_BIN to its folder"
        )
    return program

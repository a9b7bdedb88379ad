"""`sauda doctor`: what is missing on this machine, and how to get it. Changes and starts nothing."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import psycopg
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from foundation import embedded_postgres, locations
from foundation.errors import DomainError, Unavailable
from foundation.settings import Settings, settings
from sauda.counts import counted

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
_FREE_BYTES_MIN = 2_000_000_000


class Verdict(StrEnum):
    """How a check ended."""

    GOOD = "good"
    NOTE = "note"
    BAD = "missing"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `remedy` says how to get it where it is missing."""

    what: str
    verdict: Verdict
    seen: str
    remedy: str = ""


def doctor() -> None:
    """Say what is missing on this machine, and how to get it."""
    findings = [finding for check in CHECKS for finding in check(settings())]
    table = Table("what", "", Column("seen", overflow="fold"), Column("how to get it", overflow="fold"))
    colours = {Verdict.GOOD: "green", Verdict.NOTE: "yellow", Verdict.BAD: "bold red"}
    for one in findings:
        table.add_row(
            one.what, f"[{colours[one.verdict]}]{one.verdict}[/]", escape(one.seen), escape(one.remedy)
        )
    Console().print(table)
    if any(one.verdict is Verdict.BAD for one in findings):
        raise typer.Exit(1)


def python_version(_: Settings) -> Iterator[Finding]:
    """Python is one that the lock was resolved for."""
    seen = ".".join(str(part) for part in sys.version_info[:3])
    good = (3, 11) <= sys.version_info[:2] <= (3, 13)
    yield Finding(
        "Python",
        Verdict.GOOD if good else Verdict.BAD,
        seen,
        "" if good else "install Python 3.11, 3.12 or 3.13",
    )


def home(chosen: Settings) -> Iterator[Finding]:
    """The home can be written and has room."""
    standing = next(folder for folder in (chosen.home, *chosen.home.parents) if folder.exists())
    if not (standing.is_dir() and os.access(standing, os.W_OK | os.X_OK)):
        yield Finding(
            "SAUDA_HOME",
            Verdict.BAD,
            f"{chosen.home} cannot be written",
            "set SAUDA_HOME to a folder of yours",
        )
        return
    free = shutil.disk_usage(standing).free
    yield Finding(
        "SAUDA_HOME",
        Verdict.GOOD if free >= _FREE_BYTES_MIN else Verdict.NOTE,
        f"{chosen.home}, {free / 1e9:.0f} GB free",
        "" if free >= _FREE_BYTES_MIN else "make room, or set SAUDA_HOME to another disk",
    )
    if os.geteuid() == 0 and (folders := embedded_postgres.left_behind()):
        yield Finding(
            "left-over databases",
            Verdict.NOTE,
            ", ".join(str(folder) for folder in folders),
            "their homes are gone; end the servers that run there and remove the folders",
        )


def postgres(chosen: Settings) -> Iterator[Finding]:
    """There is a server: one that was set, or binaries to run one."""
    if chosen.database_url is None or chosen.warehouse_url is None:
        try:
            binaries = embedded_postgres.find_binaries(chosen.sauda_postgres_bin)
            yield Finding("Postgres programs", Verdict.GOOD, str(binaries))
        except Unavailable as error:
            yield Finding("Postgres programs", Verdict.BAD, "not found", error.message)
            return
    if chosen.database_url is None and not embedded_postgres.status(chosen.home).running:
        yield Finding(
            "database", Verdict.NOTE, "embedded, not running", "starts by itself, or by `sauda db start`"
        )
        return
    try:
        url = locations.database_admin_url()
    except (DomainError, Unavailable) as error:
        yield Finding("database", Verdict.BAD, "does not answer", error.message)
        return
    with psycopg.connect(url) as connection:
        version = connection.info.server_version
        yield Finding(
            "database",
            Verdict.GOOD if version >= 14_00_00 else Verdict.BAD,
            f"Postgres {version // 10_000} on {connection.info.host}:{connection.info.port} answers",
            "" if version >= 14_00_00 else "Postgres 14 or later is needed",
        )
        migrated = migrations_of(connection)
    yield migrated
    if migrated.verdict is Verdict.GOOD:
        yield from work()


def work() -> Iterator[Finding]:
    """What no worker will finish: workflows of a version that is gone, and those that failed."""
    from foundation import database, jobs

    with database.read() as session:
        stranded, failed = jobs.stranded(session), jobs.health(session).failed
    if stranded:
        versions = ", ".join(sorted({str(job.version) for job in stranded}))
        yield Finding(
            "work left behind",
            Verdict.BAD,
            f"workflows begun by version {versions}, which no live worker has: "
            + ", ".join(f"{job.name} {job.id}" for job in stranded[:5]),
            f"run one worker of version {versions} until they are done",
        )
    if failed:
        yield Finding(
            "failed work",
            Verdict.NOTE,
            counted(failed, "workflow", "workflows"),
            "look with `sauda jobs failed`",
        )
    if not stranded and not failed:
        yield Finding("work", Verdict.GOOD, "nothing stranded, nothing failed")


def migrations_of(connection: psycopg.Connection) -> Finding:
    import migrations

    seen, wanted = migrations.version_of(connection), migrations.head()
    if seen == wanted:
        return Finding("migrations", Verdict.GOOD, f"at {wanted}")
    newer = seen is not None and not migrations.is_known(seen)
    remedy = "run the newer Sauda that migrated it" if newer else "run `sauda migrate`"
    return Finding("migrations", Verdict.BAD, f"at {seen or 'nothing'}, wanted {wanted}", remedy)


def ports(chosen: Settings) -> Iterator[Finding]:
    """The ports that `sauda up` binds are free."""
    for name in ("api_port", "dashboards_port", "dagster_port"):
        port = getattr(chosen, name)
        with socket.socket() as probe:
            probe.settimeout(1)
            taken = probe.connect_ex((chosen.api_host, port)) == 0
        yield Finding(
            name.upper(),
            Verdict.NOTE if taken else Verdict.GOOD,
            f"{port} " + ("is in use" if taken else "is free"),
            f"unless that is Sauda itself, set {name.upper()} to another port" if taken else "",
        )


def chromium(_: Settings) -> Iterator[Finding]:
    """A browser for the tests of the pages; nothing else needs one."""
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    yield Finding(
        "Chromium",
        Verdict.GOOD if found else Verdict.NOTE,
        found or "not found; only the tests of the pages need it",
        "" if found else "apt-get install chromium",
    )


CHECKS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
    python_version,
    home,
    postgres,
    ports,
    chromium,
)

"""`sauda backup`: the database and the papers in one folder, beside the work of everybody."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.console import Console

from foundation import backup, locations
from foundation.object_store import object_store
from foundation.settings import settings
from sauda.counts import counted
from sauda.restore_command import RESTORES
from sauda.worker import CHAINS

PAPERS = (
    "documents",
    RESTORES,
    *(folder for chain in CHAINS for folder in (chain.folder, chain.lost_folder)),
)
"""What stands in the object store and nowhere else; lake and publications are made from the database."""


def backup_command(
    folder: Path | None = typer.Option(None, help="Where backups stand; SAUDA_HOME/backups."),
) -> None:
    """Back the database and the papers up; backups older than seven days are deleted."""
    folder = folder or settings().home / "backups"
    made = backup.take(locations.database_admin_url(), object_store(), PAPERS, folder)
    size = sum(file.stat().st_size for file in made.iterdir())
    console = Console(soft_wrap=True)
    papers = counted(backup.check(made).papers, "paper", "papers")
    console.print(f"{made} ({size / 1e6:,.1f} MB, {papers})")
    console.print(f"{counted(len(backup.taken(folder)), 'backup stands', 'backups stand')} in {folder}")
